// Fields to numbers or codes.
#include "woodbury/frame/column_builder.hpp"

#include <limits>
#include <utility>

#include "woodbury/frame/levels.hpp"
#include "woodbury/frame/text.hpp"

namespace woodbury::frame {

ColumnBuilder::ColumnBuilder(std::string name, std::optional<ColumnType> declared)
    : name_(std::move(name)),
      declared_numeric_(declared == ColumnType::numeric),
      state_(declared == ColumnType::factor ? State::factor : State::numeric) {}

void ColumnBuilder::reserve(std::size_t rows) {
  if (state_ == State::numeric) numbers_.reserve(rows);
  if (state_ == State::factor) factor_.codes.reserve(rows);
}

Verdict ColumnBuilder::add(std::string_view text) {
  if (state_ == State::numeric) return add_number(text);
  if (state_ == State::factor) return add_label(text);
  return Verdict::good;
}

Verdict ColumnBuilder::add_number(std::string_view text) {
  if (const auto value = parse_number(text)) {
    numbers_.push_back(*value);
    any_number_ = true;
    return Verdict::good;
  }
  if (is_missing(text)) {
    numbers_.push_back(std::numeric_limits<double>::quiet_NaN());
    return Verdict::good;
  }
  if (declared_numeric_) return Verdict::not_a_number;
  const std::size_t missing_rows = numbers_.size();
  numbers_ = {};
  state_ = any_number_ ? State::postponed : State::factor;
  if (state_ == State::postponed) return Verdict::good;
  factor_.codes.assign(missing_rows, -1);
  return add_label(text);
}

Verdict ColumnBuilder::add_label(std::string_view text) {
  const std::size_t known = labels_.size();
  const std::int32_t code = is_missing(text) ? -1 : labels_.code(text);
  if (labels_.size() > known && !is_utf8(text)) return Verdict::not_utf8;
  factor_.codes.push_back(code);
  return Verdict::good;
}

void ColumnBuilder::restart_as_factor() {
  state_ = State::factor;
  factor_ = {};
  labels_ = {};
}

Column ColumnBuilder::finish() && {
  WOODBURY_ASSERT(state_ != State::postponed);
  if (state_ == State::numeric) return Numeric{std::move(numbers_)};
  labels_.close();
  factor_.levels.reserve(labels_.size());
  for (std::size_t code = 0; code < labels_.size(); ++code) factor_.levels.emplace_back(labels_.text(code));
  labels_ = {};
  sort_levels(factor_);
  return std::move(factor_);
}

}  // namespace woodbury::frame
