// One chain: its start, transitions under a step that is learnt or fixed, and what is recorded of them.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "woodbury/nuts/adaptation.hpp"
#include "woodbury/nuts/mode.hpp"
#include "woodbury/nuts/nuts.hpp"
#include "woodbury/nuts/transition.hpp"
#include "woodbury/nuts/whitened.hpp"

namespace woodbury::nuts {

struct ChainResult {
  draws::Chain chain;
  std::vector<Divergence> divergences;  ///< of the draws, the first few hundred
  bool interrupted = false;
};

/// Who looks on, and may say stop; both borrowed, the latter may be null.
struct Watch {
  const std::function<void(const Progress&)>& progress;
  const std::atomic<bool>* stop;
};

/// Warm-up schemes (warm_up.hpp) drive it: start, warm_up as often as they like with changes of the metric between,
/// end_warm_up; then sample. Every random number is named by (seed, chain, iteration, purpose).
class Chain {
 public:
  /// `density` serves this chain alone. With a mode, coordinates are whitened around it; else the metric is diagonal,
  /// the density's guess to begin with. `warmup` draws are announced to whoever looks on.
  Chain(LogDensity& density, const Options& options, std::size_t number, std::size_t warmup, const Mode* mode,
        const Watch& watch);
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  /// Finds a start and a step. Throws base::Error of kind sampling where there is none.
  void start();
  /// Goes from the start to where the mass is (approach.hpp).
  void approach_mass();
  /// One transition, from whose acceptance the step learns. False, and nothing happens, where the chain was stopped.
  bool warm_up();
  /// Keeps the step that was learnt. Warm-up's cost is counted up to here.
  void end_warm_up();
  /// As many draws as were asked for.
  void sample();
  [[nodiscard]] ChainResult take();

  /// Position and gradient in the chain's own coordinates.
  [[nodiscard]] const Point& state() const noexcept { return state_; }
  /// The position in the density's coordinates, or its mirror image that stands for it; valid until the next call.
  [[nodiscard]] std::span<const double> image();
  /// Diagonal, in the chain's own coordinates.
  [[nodiscard]] const std::vector<double>& inverse_metric() const noexcept { return hamiltonian_.inverse_metric(); }
  /// Both search and learn the step anew.
  void set_inverse_metric(std::span<const double> variances);
  /// Whitened coordinates x ← F⁻¹x, F lower triangular: the dense metric becomes L F FᵀLᵀ.
  void refine(std::span<const double> factor);
  /// Curvatures of −log π at the state along the axes: of `probes` random directions v of signs, means of v ∘ Hv
  /// (Bekas, Kokiopoulou and Saad 2007), H v by differences of gradients. Off the diagonal of H is noise.
  void probe_curvature(std::size_t probes, std::span<double> curvatures);
  /// Whether the metric began with the density's guess.
  [[nodiscard]] bool guessed() const noexcept { return guessed_; }

 private:
  [[nodiscard]] bool stopped();
  [[nodiscard]] base::Stream stream(base::Purpose purpose) const;
  Outcome move();
  void search_step();
  void tell_metric();
  void write_image(std::span<double> to);
  void record(const Outcome& outcome);
  void report(bool last);

  LogDensity& density_;
  Options options_;  // init in the chain's own coordinates
  std::size_t number_, warmup_;
  Watch watch_;
  std::optional<Whitened> whitened_;  // coordinates of the chain, under a dense metric
  Hamiltonian hamiltonian_;
  Point state_;
  std::vector<double> image_, signs_;
  std::unique_ptr<Transition> transition_;
  DualAveraging averaging_;
  ChainResult result_;
  double step_ = 1;
  bool guessed_ = false;
  std::size_t iteration_ = 0, drawn_ = 0, divergences_ = 0;
  std::chrono::steady_clock::time_point reported_{};
};

}  // namespace woodbury::nuts
