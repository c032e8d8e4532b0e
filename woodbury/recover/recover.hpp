// Front door of recover: from unconstrained draws to draws of every variable, the integrated ones from their exact
// conditional.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "woodbury/density/density.hpp"
#include "woodbury/draws/draws.hpp"
#include "woodbury/frame/frame.hpp"
#include "woodbury/plan/plan.hpp"

namespace woodbury::recover {

struct Options {
  std::uint64_t seed = 1;
  unsigned threads = 0;
  bool keep_integrated = true;  ///< false: only what was sampled, and what derives from it alone (--keep hyper)
  bool levels = true;           ///< false: no integrated effects over the levels of a grouping factor
};

/// Posterior mean and sd of a column of integrated effects as averages of the exact conditional ones over the draws
/// (Rao–Blackwell): never less precise than the draws' own. The error is that of the mean, by batches of draws.
struct Estimate {
  std::size_t column = 0;
  double mean = 0, sd = 0, mcse_mean = 0;
};

struct Recovered {
  draws::Draws draws;
  std::vector<Estimate> analytic;  ///< ascending by column; effects with hierarchical means are left to their draws
};

/// Where draws come from: chains with their counts and statistics, and what puts a density at one of their draws.
struct Source {
  const draws::Draws& draws;
  std::function<void(density::Density& density, std::size_t chain, std::size_t draw)> place;
};

/// Draws of the reported variables and derived quantities: scalars first, in the model's order with derived ones ahead;
/// a correlation matrix as scalars `cor_g__a__b`; then arrays. Statistics of the sampler are carried over. An
/// integrated effect is drawn given the draw's hyperparameters from a stream named by (seed, chain, draw): the same for
/// any number of threads.
[[nodiscard]] Recovered recover(const plan::Plan& plan, const density::Density& density, const frame::Frame& table,
                                const Source& source, const Options& options);
/// The same from draws of the density's coordinates.
[[nodiscard]] Recovered recover(const plan::Plan& plan, const density::Density& density, const frame::Frame& table,
                                const draws::Draws& unconstrained, const Options& options);

/// Columns that `recover` would give: to know the size of a fit before sampling it.
[[nodiscard]] std::vector<draws::Variable> variables(const plan::Plan& plan, const frame::Frame& table,
                                                     bool keep_integrated);

/// The same for a draw at a time. An object serves one thread; plan and table must outlive it.
class Recovery {
 public:
  Recovery(const plan::Plan& plan, const density::Density& density, const frame::Frame& table, bool keep_integrated);
  ~Recovery();
  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;

  /// Values of `variables`, one after another, at coordinates q.
  void draw(std::span<const double> q, base::Stream& stream, std::span<double> out);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace woodbury::recover
