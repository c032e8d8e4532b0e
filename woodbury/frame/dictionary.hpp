// The distinct texts of a column, numbered in the order they came: an open-addressing hash table over one run of bytes,
// about a tenth of what a map of strings would take.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace woodbury::frame {

/// Texts hold no zero bytes.
class Dictionary {
 public:
  Dictionary();

  /// The text's number, given now where the text is new.
  std::int32_t code(std::string_view text);
  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
  [[nodiscard]] std::string_view text(std::size_t code) const;
  /// Frees what only finding needs; texts stay, none can be added.
  void close() { slots_ = {}; }

 private:
  /// A code under its text's hash; −1 where free. The head, the first eight bytes padded with zeros, is all of a short
  /// text: finding one touches no other memory.
  struct Slot {
    std::uint32_t hash = 0;
    std::int32_t code = -1;
    std::uint64_t head = 0;
  };
  [[nodiscard]] std::size_t slot_of(std::string_view text, const Slot& wanted) const;
  void grow();

  std::string bytes_;              ///< the texts, one after the other
  std::vector<std::size_t> ends_;  ///< where each text ends in `bytes_`
  std::vector<Slot> slots_;        ///< a power of two, at most two thirds full
};

}  // namespace woodbury::frame
