// Chunks of a column to numbers or codes.
#include "woodbury/frame/arrow_column.hpp"

#include <limits>

#include <fmt/format.h>

namespace woodbury::frame {
namespace {

ArrowType type_of(const std::string& name, const ArrowSchema& schema) {
  if (auto type = parse_arrow_type(schema.format)) return *type;
  throw base::Error(fmt::format("column `{}` holds {}", name, arrow_type_words(schema.format)), {},
                    "make it numbers, texts or a categorical");
}

/// Doubles that can be used where they are: none null, at a place fit for doubles.
bool can_stay(const ArrowArray& chunk) {
  if (reinterpret_cast<std::uintptr_t>(chunk.buffers[1]) % alignof(double) != 0) return false;
  if (chunk.null_count == 0 || chunk.buffers[0] == nullptr) return true;
  for (std::int64_t at = 0; at < chunk.length; ++at)
    if (arrow_is_null(chunk, at)) return false;
  return true;
}

}  // namespace

ArrowColumn::ArrowColumn(std::string name, const ArrowSchema& schema, bool as_factor)
    : name_(std::move(name)), type_(type_of(name_, schema)) {
  coded_ = type_.kind == ArrowKind::text || type_.kind == ArrowKind::boolean;
  if (type_.kind == ArrowKind::wide_integer && as_factor) coded_ = true;
  if (type_.kind == ArrowKind::boolean) levels_ = {"False", "True"};
  if (schema.dictionary == nullptr) return;
  dictionary_ = type_of(name_, *schema.dictionary);
  coded_ = true;
  ordered_ = !is_polars_categorical(schema);
}

void ArrowColumn::add(ArrowArray& chunk, std::int64_t first, std::int64_t rows) {
  auto owned = std::make_shared<ArrowOwned>(chunk);
  owned->offset += first;
  owned->length = rows;
  if (rows == 0) return;
  if (is_double() && !kept_ && numbers_.empty() && can_stay(*owned)) {
    kept_ = std::move(owned);
    return;
  }
  if (kept_) append(*std::exchange(kept_, nullptr));
  append(*owned);
}

void ArrowColumn::append(const ArrowArray& chunk) {
  if (dictionary_) {
    append_indices(chunk);
  } else if (coded_) {
    append_labels(chunk);
  } else {
    append_numbers(chunk);
  }
}

void ArrowColumn::append_numbers(const ArrowArray& chunk) {
  numbers_.reserve(numbers_.size() + static_cast<std::size_t>(chunk.length));
  for (std::int64_t at = 0; at < chunk.length; ++at)
    numbers_.push_back(arrow_is_null(chunk, at) ? std::numeric_limits<double>::quiet_NaN()
                                                : arrow_number(type_, chunk, at));
}

void ArrowColumn::append_indices(const ArrowArray& chunk) {
  const ArrowArray& values = *chunk.dictionary;
  std::vector<std::int32_t> codes(static_cast<std::size_t>(values.length), -1);
  for (std::int64_t at = 0; at < values.length; ++at)
    if (!arrow_is_null(values, at)) codes[static_cast<std::size_t>(at)] = code(arrow_label(*dictionary_, values, at));
  for (std::int64_t at = 0; at < chunk.length; ++at)
    codes_.push_back(arrow_is_null(chunk, at) ? -1
                                              : codes.at(static_cast<std::size_t>(arrow_integer(type_, chunk, at))));
}

void ArrowColumn::append_labels(const ArrowArray& chunk) {
  std::string label;
  for (std::int64_t at = 0; at < chunk.length; ++at) {
    if (arrow_is_null(chunk, at)) {
      codes_.push_back(-1);
      continue;
    }
    label = arrow_label(type_, chunk, at);
    codes_.push_back(code(label));
  }
}

std::int32_t ArrowColumn::code(const std::string& label) {
  if (levels_.size() > code_of_.size())  // levels that were known before any row
    for (std::size_t i = 0; i < levels_.size(); ++i) code_of_.emplace(levels_[i], static_cast<std::int32_t>(i));
  const auto [found, is_new] = code_of_.try_emplace(label, static_cast<std::int32_t>(levels_.size()));
  if (is_new) levels_.push_back(label);
  return found->second;
}

Column ArrowColumn::finish() && {
  if (kept_) {
    const auto* values = static_cast<const double*>(kept_->buffers[1]) + kept_->offset;
    return Numeric{Numbers({values, static_cast<std::size_t>(kept_->length)}, kept_)};
  }
  if (!coded_) return Numeric{std::move(numbers_)};
  return make_factor(std::move(codes_), std::move(levels_), ordered_);
}

}  // namespace woodbury::frame
