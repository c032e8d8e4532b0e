// What the sampler samples: any log density on R^n with its gradient.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace woodbury::nuts {

/// A log density up to a constant, with gradient. One object serves one thread; `clone` gives another its own.
class LogDensity {
 public:
  virtual ~LogDensity() = default;
  [[nodiscard]] virtual std::size_t dimension() const = 0;
  /// Value at q; the gradient goes to `gradient` (same length). A point without density gives −infinity.
  virtual double evaluate(std::span<const double> q, std::span<double> gradient) = 0;
  [[nodiscard]] virtual std::unique_ptr<LogDensity> clone() const = 0;
  /// Why the last evaluation gave −infinity, in words; empty where unknown.
  [[nodiscard]] virtual std::string failure() const { return {}; }
  /// An exact symmetry: where the density has mirror images of q, equal but for coordinates' signs, and another than q
  /// is to stand for them all, gives the signs that lead to it, and true. The chain goes where it likes; what is
  /// recorded, and what chains are compared by, is the image.
  virtual bool mirror(std::span<const double> q, std::span<double> signs) const {
    static_cast<void>(q), static_cast<void>(signs);
    return false;
  }
  /// A first guess of each coordinate's posterior variance; empty: unit.
  [[nodiscard]] virtual std::vector<double> start_metric() const { return {}; }
};

}  // namespace woodbury::nuts
