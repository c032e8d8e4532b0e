// The logarithm of a product that could overflow, as of many pivots.
#pragma once

#include <cmath>

namespace woodbury::linalg {

/// Σ log x over many x > 0 whose squares are numbers, by logarithms of their products as long as these are.
template <class Scalar>
class LogProduct {
 public:
  void multiply(const Scalar& x) {
    product_ *= x;
    if (product_ > 1e-100 && product_ < 1e100) return;
    using std::log;
    sum_ += log(product_);
    product_ = 1;
  }
  [[nodiscard]] Scalar log() const {
    using std::log;
    return sum_ + log(product_);
  }

 private:
  Scalar product_ = 1, sum_ = 0;
};

}  // namespace woodbury::linalg
