// One column of an Arrow stream, chunk by chunk.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "woodbury/frame/arrow_types.hpp"
#include "woodbury/frame/frame.hpp"

namespace woodbury::frame {

/// Owns an array, and releases it.
struct ArrowOwned : ArrowArray {
  explicit ArrowOwned(ArrowArray& from) : ArrowArray(from) { from.release = nullptr; }
  ArrowOwned(const ArrowOwned&) = delete;
  ArrowOwned& operator=(const ArrowOwned&) = delete;
  ~ArrowOwned() {
    if (release != nullptr) release(this);
  }
};

class ArrowColumn {
 public:
  /// Throws base::Error where the type is none we can use.
  ArrowColumn(std::string name, const ArrowSchema& schema, bool as_factor);

  /// Takes a chunk over; its rows are `rows` from element `first`.
  void add(ArrowArray& chunk, std::int64_t first, std::int64_t rows);
  [[nodiscard]] Column finish() &&;

 private:
  [[nodiscard]] bool is_double() const { return !coded_ && type_.format == "g"; }
  void append(const ArrowArray& chunk);
  void append_numbers(const ArrowArray& chunk);
  void append_indices(const ArrowArray& chunk);
  void append_labels(const ArrowArray& chunk);
  /// Code of a label, given now where it is new.
  std::int32_t code(const std::string& label);

  std::string name_;
  ArrowType type_;                       ///< of the elements, or of a dictionary's indices
  std::optional<ArrowType> dictionary_;  ///< of its values
  bool coded_, ordered_ = false;
  std::shared_ptr<const ArrowOwned> kept_;  ///< doubles in one piece so far
  std::vector<double> numbers_;
  std::vector<std::int32_t> codes_;
  std::vector<std::string> levels_;
  std::unordered_map<std::string, std::int32_t> code_of_;
};

}  // namespace woodbury::frame
