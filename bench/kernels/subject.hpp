// A model bound to data, as the benches time it: the whole log density with gradient, and its kernel alone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/kernels/oracle.hpp"
#include "woodbury/density/density.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::bench {

class Subject {
 public:
  explicit Subject(fit::Prepared prepared);

  /// Whether the cross-products are summed once, so that there is a kernel to be timed and held to the oracle.
  [[nodiscard]] bool by_moments() const { return prepared_.plan.linear.by_moments(); }
  /// Value with gradient over everything that is sampled, priors and transforms included; each time at a new point.
  double gradient();
  /// Value with derivatives of the elimination alone.
  double kernel();
  /// The sum of all numbers of the cross-products and their patterns: reading them once.
  [[nodiscard]] double read() const;

  /// What is wrong with values and gradients; empty: nothing. Values are held to the oracle's or, where rows are
  /// worked, to those row by row without cells; derivatives to the oracle's differences in a random direction.
  [[nodiscard]] std::string check();
  /// Symbolic flops of the kernel, bytes of the cross-products and of working storage, dimensions.
  void count(benchmark::State& state) const;

 private:
  [[nodiscard]] Problem problem() const;
  [[nodiscard]] kernels::Point design_point() const;
  [[nodiscard]] std::string check_value(const Problem& problem);
  [[nodiscard]] std::string check_derivatives(const Problem& problem);
  [[nodiscard]] std::string check_by_rows();

  fit::Prepared prepared_;
  density::Density density_;
  std::vector<double> q_, out_;
  moments::Sums sums_;
  kernels::Gradient derivatives_;
};

using Timed = double (*)(Subject&);
inline double gradient(Subject& subject) { return subject.gradient(); }
inline double kernel(Subject& subject) { return subject.kernel(); }
inline double reading(Subject& subject) { return subject.read(); }

/// Times `name`/`what` of what `prepare` gives, which is checked once for all that follow one another under one name.
void add(const std::string& name, const std::function<fit::Prepared()>& prepare, const std::string& what, Timed timed);
/// `name`/gradient and, where there is one to be timed alone, `name`/kernel.
void add(const std::string& name, const std::function<fit::Prepared()>& prepare, bool with_kernel = true);

}  // namespace woodbury::bench
