// The table: looking columns up, adding them, dropping incomplete rows.
#include "woodbury/frame/frame.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

namespace woodbury::frame {
namespace {

std::size_t length_of(const Column& column) {
  if (const auto* numeric = std::get_if<Numeric>(&column)) return numeric->values.size();
  return std::get<Factor>(column).codes.size();
}

// Clears `complete` where the column is missing.
void mark_missing(const Column& column, std::vector<char>& complete) {
  if (const auto* numeric = std::get_if<Numeric>(&column)) {
    for (std::size_t row = 0; row < complete.size(); ++row) {
      if (std::isnan(numeric->values[row])) complete[row] = 0;
    }
  } else {
    const auto& codes = std::get<Factor>(column).codes;
    for (std::size_t row = 0; row < complete.size(); ++row) {
      if (codes[row] < 0) complete[row] = 0;
    }
  }
}

template <class Values>
using Element = std::remove_cvref_t<decltype(std::declval<Values>()[0])>;

template <class Values>
auto keep(const Values& values, const std::vector<char>& complete, std::size_t count) {
  std::vector<Element<Values>> kept;
  kept.reserve(count);
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (complete[row] != 0) kept.push_back(values[row]);
  }
  return kept;
}

Column keep(const Column& column, const std::vector<char>& complete, std::size_t count) {
  if (const auto* numeric = std::get_if<Numeric>(&column)) return Numeric{keep(numeric->values, complete, count)};
  const auto& factor = std::get<Factor>(column);
  return Factor{keep(factor.codes, complete, count), factor.levels};
}

template <class Values>
auto gather(const Values& values, const std::vector<std::size_t>& rows) {
  std::vector<Element<Values>> taken;
  taken.reserve(rows.size());
  for (const std::size_t row : rows) taken.push_back(values[row]);
  return taken;
}

}  // namespace

bool Frame::is_numeric(const std::string& name) const { return std::holds_alternative<Numeric>(column(name)); }

bool Frame::is_factor(const std::string& name) const { return std::holds_alternative<Factor>(column(name)); }

const Column& Frame::column(const std::string& name) const {
  const auto found = columns_.find(name);
  if (found == columns_.end()) {
    throw base::Error(fmt::format("no column `{}`", name), {}, base::did_you_mean(name, names_));
  }
  return *found->second;
}

const Numbers& Frame::numeric(const std::string& name) const {
  if (const auto* numeric = std::get_if<Numeric>(&column(name))) return numeric->values;
  throw base::Error(fmt::format("column `{}` is a factor where numbers are needed", name));
}

const Factor& Frame::factor(const std::string& name) const {
  if (const auto* factor = std::get_if<Factor>(&column(name))) return *factor;
  throw base::Error(fmt::format("column `{}` is numeric where a factor is needed", name));
}

std::shared_ptr<const Column> Frame::share(const std::string& name) const {
  static_cast<void>(column(name));  // throws where there is none
  return columns_.at(name);
}

void Frame::add(const std::string& name, Column column) {
  add(name, std::make_shared<const Column>(std::move(column)));
}

void Frame::add(const std::string& name, std::shared_ptr<const Column> column) {
  WOODBURY_ASSERT(column != nullptr);
  const std::size_t length = length_of(*column);
  WOODBURY_ASSERT(names_.empty() || length == rows_);
  rows_ = length;
  if (!has(name)) names_.push_back(name);
  columns_[name] = std::move(column);
}

std::size_t Frame::drop_incomplete(const std::vector<std::string>& used) {
  std::vector<char> complete(rows_, 1);
  for (const auto& name : used) mark_missing(column(name), complete);
  const auto count = static_cast<std::size_t>(std::ranges::count(complete, 1));
  const std::size_t dropped = rows_ - count;
  if (dropped == 0) return 0;
  for (auto& [name, column] : columns_) column = std::make_shared<const Column>(keep(*column, complete, count));
  rows_ = count;
  return dropped;
}

Frame Frame::take(const std::vector<std::string>& names, const std::vector<std::size_t>& rows) const {
  Frame taken;
  for (const auto& name : names) {
    if (is_numeric(name))
      taken.add(name, Numeric{gather(numeric(name), rows)});
    else
      taken.add(name, Factor{gather(factor(name).codes, rows), factor(name).levels});
  }
  taken.source = source;
  return taken;
}

}  // namespace woodbury::frame
