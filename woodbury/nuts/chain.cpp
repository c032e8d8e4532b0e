// Transitions one after the other; nothing is allocated in them.
#include "woodbury/nuts/chain.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "woodbury/nuts/approach.hpp"
#include "woodbury/nuts/start.hpp"
#include "woodbury/nuts/static_hmc.hpp"
#include "woodbury/nuts/tree.hpp"

namespace woodbury::nuts {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostCauses = 200;  // divergences a chain keeps
constexpr double kDifference = 1e-5;      // of gradients, for curvatures
constexpr auto kProgressInterval = std::chrono::milliseconds(100);

/// Adds the time that passes while it lives.
class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds) {}
  ~Stopwatch() { seconds_ += std::chrono::duration<double>(Clock::now() - began_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& seconds_;
  Clock::time_point began_ = Clock::now();
};

std::unique_ptr<Transition> make_transition(Hamiltonian& hamiltonian, const Options& options) {
  if (options.algorithm == Algorithm::nuts) return std::make_unique<Tree>(hamiltonian, options.max_depth);
  return std::make_unique<StaticHmc>(hamiltonian, (1 << options.max_depth) - 1);
}

void reserve(draws::Chain& chain, std::size_t draws, std::size_t width) {
  chain.values.resize(draws * width);
  draws::SamplerStats& stats = chain.stats;
  for (auto* column : {&stats.lp, &stats.accept_stat, &stats.step_size, &stats.energy}) column->resize(draws);
  stats.tree_depth.resize(draws);
  stats.n_leapfrog.resize(draws);
  stats.divergent.resize(draws);
}

std::optional<Whitened> whiten(LogDensity& density, const Mode* mode) {
  if (mode == nullptr) return std::nullopt;
  return std::optional<Whitened>(std::in_place, density, mode->q, mode->factor);
}

}  // namespace

Chain::Chain(LogDensity& density, const Options& options, std::size_t number, std::size_t warmup, const Mode* mode,
             const Watch& watch)
    : density_(density),
      options_(options),
      number_(number),
      warmup_(warmup),
      watch_(watch),
      whitened_(whiten(density, mode)),
      hamiltonian_(whitened_ ? *whitened_ : density),
      state_(hamiltonian_.dimension()),
      image_(state_.q.size()),
      signs_(state_.q.size()),
      averaging_(options.target_accept) {
  if (whitened_ && !options_.init.empty()) whitened_->whiten(options.init, options_.init);
  if (const auto guess = density.start_metric(); !guess.empty() && !whitened_) {
    hamiltonian_.set_inverse_metric(guess);
    guessed_ = true;
  }
  transition_ = make_transition(hamiltonian_, options_);
  reserve(result_.chain, options_.draws, state_.q.size());
  tell_metric();
}

void Chain::start() {
  const Stopwatch watch(result_.chain.warmup_seconds);
  (whitened_ ? find_start_around_mode : find_start)(hamiltonian_, options_, number_, state_);
  search_step();
}

void Chain::approach_mass() {
  const Stopwatch watch(result_.chain.warmup_seconds);
  approach(density_, hamiltonian_, state_);
  search_step();
}

bool Chain::warm_up() {
  if (stopped()) return false;
  const Stopwatch watch(result_.chain.warmup_seconds);
  step_ = averaging_.learn(move().accept_stat);
  report(false);
  ++iteration_;
  return true;
}

void Chain::end_warm_up() {
  step_ = averaging_.average();
  result_.chain.step_size = step_;
  tell_metric();
  result_.chain.warmup_gradients = hamiltonian_.gradients();
}

void Chain::sample() {
  const Stopwatch watch(result_.chain.sampling_seconds);
  for (; drawn_ < options_.draws && !stopped(); ++drawn_, ++iteration_) {
    record(move());
    report(false);
  }
  result_.chain.gradients = hamiltonian_.gradients() - result_.chain.warmup_gradients;
}

ChainResult Chain::take() {
  reserve(result_.chain, drawn_, state_.q.size());
  result_.chain.draws = drawn_;
  report(true);
  return std::move(result_);
}

std::span<const double> Chain::image() {
  write_image(image_);
  return image_;
}

void Chain::set_inverse_metric(std::span<const double> variances) {
  const Stopwatch watch(result_.chain.warmup_seconds);
  hamiltonian_.set_inverse_metric(variances);
  search_step();
}

void Chain::refine(std::span<const double> factor) {
  const Stopwatch watch(result_.chain.warmup_seconds);
  whitened_->refine(factor, state_.q);
  hamiltonian_.evaluate(state_);
  search_step();
}

void Chain::probe_curvature(std::size_t probes, std::span<double> curvatures) {
  const Stopwatch watch(result_.chain.warmup_seconds);
  base::Stream random = stream(base::Purpose::initial);
  Point above = state_, below = state_;
  std::vector<double> signs(state_.q.size());
  std::ranges::fill(curvatures, 0.0);
  for (std::size_t k = 0; k < probes; ++k) {
    for (std::size_t i = 0; i < signs.size(); ++i) {
      signs[i] = random.uniform() < 0.5 ? -1 : 1;
      above.q[i] = state_.q[i] + kDifference * signs[i];
      below.q[i] = state_.q[i] - kDifference * signs[i];
    }
    hamiltonian_.evaluate(above);
    hamiltonian_.evaluate(below);
    const double scale = 2 * kDifference * static_cast<double>(probes);
    for (std::size_t i = 0; i < signs.size(); ++i)
      curvatures[i] += signs[i] * (below.gradient[i] - above.gradient[i]) / scale;
  }
}

void Chain::tell_metric() {
  result_.chain.dense_metric = whitened_.has_value();
  result_.chain.inverse_metric = whitened_ ? whitened_->inverse_metric() : hamiltonian_.inverse_metric();
}

bool Chain::stopped() {
  if (watch_.stop && watch_.stop->load(std::memory_order_relaxed)) result_.interrupted = true;
  return result_.interrupted;
}

base::Stream Chain::stream(base::Purpose purpose) const {
  // Stream 0 of `initial` chose the start.
  return {options_.seed, number_, iteration_ + (purpose == base::Purpose::initial ? 1 : 0), purpose};
}

Outcome Chain::move() {
  base::Stream random = stream(base::Purpose::trajectory);
  return transition_->move(state_, step_, random);
}

void Chain::search_step() {
  base::Stream random = stream(base::Purpose::initial);
  step_ = find_step(hamiltonian_, state_, step_, random);
  averaging_.restart(step_);
}

void Chain::write_image(std::span<double> to) {
  if (whitened_)
    whitened_->unwhiten(state_.q, to);
  else
    std::ranges::copy(state_.q, to.begin());
  if (!density_.mirror(to, signs_)) return;
  for (std::size_t i = 0; i < to.size(); ++i) to[i] *= signs_[i];
}

void Chain::record(const Outcome& outcome) {
  const std::size_t n = state_.q.size();
  write_image(std::span(result_.chain.values.data() + drawn_ * n, n));
  draws::SamplerStats& stats = result_.chain.stats;
  stats.lp[drawn_] = state_.log_density;
  stats.accept_stat[drawn_] = outcome.accept_stat;
  stats.step_size[drawn_] = step_;
  stats.energy[drawn_] = outcome.energy;
  stats.tree_depth[drawn_] = outcome.tree_depth;
  stats.n_leapfrog[drawn_] = outcome.n_leapfrog;
  stats.divergent[drawn_] = outcome.divergent ? 1 : 0;
  if (!outcome.divergent) return;
  ++divergences_;
  if (result_.divergences.size() < kMostCauses) result_.divergences.push_back({number_, drawn_, transition_->cause()});
}

/// Tells of progress when some time has passed, or at the end.
void Chain::report(bool last) {
  if (!watch_.progress) return;
  const auto now = Clock::now();
  if (!last && now - reported_ < kProgressInterval) return;
  reported_ = now;
  const std::size_t done = last ? iteration_ : iteration_ + 1;
  watch_.progress({number_, done, warmup_ + options_.draws, done <= warmup_, divergences_});
}

}  // namespace woodbury::nuts
