// The density as the sampler sees it. Internal to fit.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "woodbury/density/density.hpp"
#include "woodbury/nuts/nuts.hpp"

namespace woodbury::fit {

class Target final : public nuts::LogDensity {
 public:
  explicit Target(density::Density density) : density_(std::move(density)) {}
  [[nodiscard]] std::size_t dimension() const override { return density_.dimension(); }
  double evaluate(std::span<const double> q, std::span<double> gradient) override {
    return density_.evaluate(q, gradient);
  }
  [[nodiscard]] std::unique_ptr<nuts::LogDensity> clone() const override { return std::make_unique<Target>(density_); }
  [[nodiscard]] std::string failure() const override { return density_.failure(); }
  bool mirror(std::span<const double> q, std::span<double> signs) const override { return density_.mirror(q, signs); }

 private:
  density::Density density_;
};

}  // namespace woodbury::fit
