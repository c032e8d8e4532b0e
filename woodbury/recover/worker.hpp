// One thread's view of recovery: the density at a draw, and the whole tape with the integrated effects filled in.
// Internal.
#pragma once

#include <span>
#include <vector>

#include "woodbury/density/density.hpp"
#include "woodbury/recover/analytic.hpp"
#include "woodbury/recover/outputs.hpp"

namespace woodbury::recover {

class Worker {
 public:
  Worker(const plan::Plan& plan, const density::Density& density, const density::Tape& whole,
         const std::vector<Output>& outputs);

  /// Values of the outputs at coordinates q, the integrated effects drawn.
  void draw(std::span<const double> q, base::Stream& stream, std::span<double> out);
  /// The same where the density has been put at a point already.
  void draw_here(base::Stream& stream, std::span<double> out);
  [[nodiscard]] density::Density& density() noexcept { return density_; }

  /// Conditional means of the analytic columns where the last draw was made and, unless empty, variances.
  void moments(const Analytic& analytic, std::span<double> means, std::span<double> variances);

 private:
  /// A column of an integrated variable, and where its effects stand in the design.
  struct Place {
    model::VariableId variable;
    int component;
    std::size_t block, column;
  };

  void fill_all();
  void fill(model::NodeId id);
  void fill_integrated(model::VariableId v, double* out, std::size_t size);
  [[nodiscard]] double mean(model::NodeId node, std::size_t element, std::size_t level, int component) const;
  [[nodiscard]] double correlation(const Output& output) const;
  void variable_variances(model::VariableId v, std::size_t size, double* out) const;
  double derived_variance(const Analytic::Column& column);

  const plan::Plan& plan_;
  density::Density density_;
  const density::Tape& whole_;
  const std::vector<Output>& outputs_;
  bool wanted_ = true;  ///< whether any output needs the integrated effects
  bool located_ = false;
  std::vector<double> values_, effects_, spread_, adjoints_;
  std::vector<kernels::Coefficient> form_;
  std::vector<Place> places_;
};

}  // namespace woodbury::recover
