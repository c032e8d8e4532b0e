// Numbers of a column in one piece of memory that nobody writes to: a vector of one's own, or memory on loan.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace woodbury::frame {

/// Reads as a constant vector does. Copies share the memory.
class Numbers {
 public:
  Numbers() = default;
  // Not explicit: wherever numbers are wanted a vector will do.
  Numbers(std::vector<double> own)
      : Numbers(std::make_shared<const std::vector<double>>(std::move(own))) {}  // NOLINT(google-explicit-constructor)
  Numbers(std::initializer_list<double> values) : Numbers(std::vector<double>(values)) {}
  /// On loan: not copied. `owner` keeps the memory alive and unchanged.
  Numbers(std::span<const double> lent, std::shared_ptr<const void> owner) : values_(lent), owner_(std::move(owner)) {}

  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  [[nodiscard]] bool empty() const noexcept { return values_.empty(); }
  [[nodiscard]] const double* data() const noexcept { return values_.data(); }
  [[nodiscard]] auto begin() const noexcept { return values_.begin(); }
  [[nodiscard]] auto end() const noexcept { return values_.end(); }
  const double& operator[](std::size_t row) const { return values_[row]; }
  [[nodiscard]] std::vector<double> copy() const { return {begin(), end()}; }
  friend bool operator==(const Numbers& a, const Numbers& b) { return std::ranges::equal(a.values_, b.values_); }

 private:
  explicit Numbers(std::shared_ptr<const std::vector<double>> own) : values_(*own), owner_(std::move(own)) {}

  std::span<const double> values_;
  std::shared_ptr<const void> owner_;
};

}  // namespace woodbury::frame
