// Distinct texts to numbers.
#include "woodbury/frame/dictionary.hpp"

#include <functional>
#include <limits>

#include "woodbury/base/base.hpp"

namespace woodbury::frame {

Dictionary::Dictionary() : slots_(64, -1) {}

std::string_view Dictionary::text(std::size_t code) const {
  const std::size_t begin = code == 0 ? 0 : ends_[code - 1];
  return std::string_view(bytes_).substr(begin, ends_[code] - begin);
}

// The slot that holds the text, or the free one where it belongs.
std::size_t Dictionary::slot_of(std::string_view text) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = std::hash<std::string_view>{}(text)&mask;
  while (slots_[slot] >= 0 && this->text(static_cast<std::size_t>(slots_[slot])) != text) slot = (slot + 1) & mask;
  return slot;
}

void Dictionary::grow() {
  slots_.assign(slots_.size() * 2, -1);
  for (std::size_t code = 0; code < size(); ++code) slots_[slot_of(text(code))] = static_cast<std::int32_t>(code);
}

std::int32_t Dictionary::code(std::string_view text) {
  if (last_ >= 0 && this->text(static_cast<std::size_t>(last_)) == text) return last_;
  const std::size_t slot = slot_of(text);
  if (slots_[slot] >= 0) return last_ = slots_[slot];
  if (size() >= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    throw base::Error("a factor has more than 2147483647 levels");
  }
  bytes_ += text;
  ends_.push_back(bytes_.size());
  last_ = slots_[slot] = static_cast<std::int32_t>(size() - 1);
  const std::int32_t code = last_;
  if (3 * size() > 2 * slots_.size()) grow();
  return code;
}

}  // namespace woodbury::frame
