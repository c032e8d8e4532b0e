// Distinct texts to numbers.
#include "woodbury/frame/dictionary.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

#include "woodbury/base/base.hpp"

namespace woodbury::frame {

Dictionary::Dictionary() : slots_(64) {}

std::string_view Dictionary::text(std::size_t code) const {
  const std::size_t begin = code == 0 ? 0 : ends_[code - 1];
  return std::string_view(bytes_).substr(begin, ends_[code] - begin);
}

// The slot that holds the text, or the free one where it belongs.
std::size_t Dictionary::slot_of(std::string_view text, const Slot& wanted) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = wanted.hash & mask;
  for (; slots_[at].code >= 0; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.hash != wanted.hash || slot.head != wanted.head) continue;
    if (text.size() < sizeof wanted.head || this->text(static_cast<std::size_t>(slot.code)) == text) break;
  }
  return at;
}

void Dictionary::grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  const std::size_t mask = larger.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.code < 0) continue;
    std::size_t at = slot.hash & mask;
    while (larger[at].code >= 0) at = (at + 1) & mask;
    larger[at] = slot;
  }
  slots_ = std::move(larger);
}

std::int32_t Dictionary::code(std::string_view text) {
  Slot wanted{.hash = static_cast<std::uint32_t>(std::hash<std::string_view>{}(text))};
  if (!text.empty()) std::memcpy(&wanted.head, text.data(), std::min(text.size(), sizeof wanted.head));
  Slot& slot = slots_[slot_of(text, wanted)];
  if (slot.code >= 0) return slot.code;
  if (size() >= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    throw base::Error("a factor has more than 2147483647 levels");
  }
  wanted.code = static_cast<std::int32_t>(size());
  slot = wanted;
  bytes_ += text;
  ends_.push_back(bytes_.size());
  if (3 * size() > 2 * slots_.size()) grow();
  return wanted.code;
}

}  // namespace woodbury::frame
