// Warm-up and sampling of one chain; every random number is named by (seed, chain, iteration, purpose).
#include "woodbury/nuts/chain.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "woodbury/nuts/adaptation.hpp"
#include "woodbury/nuts/fisher.hpp"
#include "woodbury/nuts/start.hpp"
#include "woodbury/nuts/static_hmc.hpp"
#include "woodbury/nuts/tree.hpp"
#include "woodbury/nuts/whitened.hpp"

namespace woodbury::nuts {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostCauses = 200;  // divergences a chain keeps
constexpr auto kProgressInterval = std::chrono::milliseconds(100);

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

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

void truncate(draws::Chain& chain, std::size_t draws, std::size_t width) {
  reserve(chain, draws, width);
  chain.draws = draws;
}

class ChainRun {
 public:
  ChainRun(LogDensity& density, const Options& options, const WarmUp& warmup, std::size_t number,
           const std::function<void(const Progress&)>& progress, const std::atomic<bool>* stop)
      : density_(density),
        options_(options),
        warmup_(warmup),
        number_(number),
        progress_(progress),
        stop_(stop),
        whitened_(whiten(density, warmup)),
        hamiltonian_(whitened_ ? *whitened_ : density),
        state_(hamiltonian_.dimension()),
        image_(state_.q.size()),
        signs_(state_.q.size()) {
    if (whitened_ && !options_.init.empty()) whitened_->whiten(options.init, options_.init);
    if (const auto guess = density.start_metric(); !guess.empty() && !whitened_) hamiltonian_.set_inverse_metric(guess);
    transition_ = make_transition(hamiltonian_, options_);
    reserve(result_.chain, options_.draws, state_.q.size());
    tell_metric();
  }

  ChainResult run() {
    (whitened_ ? find_start_around_mode : find_start)(hamiltonian_, options_, number_, state_);
    if (!stopped()) warm_up();
    if (!stopped()) sample();
    truncate(result_.chain, drawn_, state_.q.size());
    report(true);
    return std::move(result_);
  }

 private:
  static std::optional<Whitened> whiten(LogDensity& density, const WarmUp& warmup) {
    if (!warmup.mode) return std::nullopt;
    return std::optional<Whitened>(std::in_place, density, warmup.mode->q, warmup.mode->factor);
  }

  void tell_metric() {
    result_.chain.dense_metric = whitened_.has_value();
    result_.chain.inverse_metric = whitened_ ? whitened_->inverse_metric() : hamiltonian_.inverse_metric();
  }

  bool stopped() {
    if (stop_ && stop_->load(std::memory_order_relaxed)) result_.interrupted = true;
    return result_.interrupted;
  }

  base::Stream stream(base::Purpose purpose) const {
    // Stream 0 of `initial` chose the start.
    return {options_.seed, number_, iteration_ + (purpose == base::Purpose::initial ? 1 : 0), purpose};
  }

  Outcome move() {
    base::Stream random = stream(base::Purpose::trajectory);
    return transition_->move(state_, step_, random);
  }

  void search_step() {
    base::Stream random = stream(base::Purpose::initial);
    step_ = find_step(hamiltonian_, state_, step_, random);
  }

  void warm_up() {
    const auto began = Clock::now();
    const Windows windows(whitened_ ? 0 : warmup_.draws);
    const Windows refinements = whitened_ && warmup_.mode->rough ? Windows::short_ones() : Windows(0);
    Variances variances(hamiltonian_.inverse_metric());
    DualAveraging averaging(options_.target_accept);
    std::vector<double> metric(state_.q.size());
    FisherMetric fisher(whitened_ ? state_.q.size() : 0, warmup_.draws);
    search_step();
    averaging.restart(step_);
    for (; iteration_ < warmup_.draws && !stopped(); ++iteration_) {
      step_ = averaging.learn(move().accept_stat);
      if (windows.collects(iteration_)) {
        write_image(image_);
        variances.add(image_);
      }
      if (refinements.collects(iteration_)) fisher.add(state_.q, state_.gradient);
      if (refinements.closes(iteration_) && refine(fisher)) averaging.restart(step_);
      if (windows.closes(iteration_)) {
        variances.estimate(metric);
        hamiltonian_.set_inverse_metric(metric);
        search_step();
        averaging.restart(step_);
      }
      report(false);
    }
    step_ = averaging.average();
    result_.chain.step_size = step_;
    tell_metric();
    result_.chain.warmup_gradients = hamiltonian_.gradients();
    result_.chain.warmup_seconds = seconds_since(began);
  }

  /// The dense metric anew from what a window has seen; false where that does not tell.
  bool refine(FisherMetric& fisher) {
    const std::vector<double> factor = fisher.factor();
    fisher.clear();
    if (factor.empty()) return false;
    whitened_->refine(factor, state_.q);
    hamiltonian_.evaluate(state_);
    search_step();
    return true;
  }

  void sample() {
    const auto began = Clock::now();
    for (; drawn_ < options_.draws && !stopped(); ++drawn_, ++iteration_) {
      record(move());
      report(false);
    }
    result_.chain.gradients = hamiltonian_.gradients() - result_.chain.warmup_gradients;
    result_.chain.sampling_seconds = seconds_since(began);
  }

  /// The position in the density's coordinates, or its mirror image that stands for it.
  void write_image(std::span<double> to) {
    if (whitened_)
      whitened_->unwhiten(state_.q, to);
    else
      std::ranges::copy(state_.q, to.begin());
    if (!density_.mirror(to, signs_)) return;
    for (std::size_t i = 0; i < to.size(); ++i) to[i] *= signs_[i];
  }

  void record(const Outcome& outcome) {
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
    if (result_.divergences.size() < kMostCauses)
      result_.divergences.push_back({number_, drawn_, transition_->cause()});
  }

  /// Tells of progress when some time has passed, or at the end.
  void report(bool last) {
    if (!progress_) return;
    const auto now = Clock::now();
    if (!last && now - reported_ < kProgressInterval) return;
    reported_ = now;
    const std::size_t done = last ? iteration_ : iteration_ + 1;
    progress_({number_, done, warmup_.draws + options_.draws, done <= warmup_.draws, divergences_});
  }

  const LogDensity& density_;
  Options options_;  // init in the chain's own coordinates
  WarmUp warmup_;
  std::size_t number_;
  const std::function<void(const Progress&)>& progress_;
  const std::atomic<bool>* stop_;
  std::optional<Whitened> whitened_;  // coordinates of the chain, under a dense metric
  Hamiltonian hamiltonian_;
  Point state_;
  std::vector<double> image_, signs_;
  std::unique_ptr<Transition> transition_;
  ChainResult result_;
  double step_ = 1;
  std::size_t iteration_ = 0, drawn_ = 0, divergences_ = 0;
  Clock::time_point reported_{};
};

}  // namespace

ChainResult run_chain(LogDensity& density, const Options& options, const WarmUp& warmup, std::size_t number,
                      const std::function<void(const Progress&)>& progress, const std::atomic<bool>* stop) {
  return ChainRun(density, options, warmup, number, progress, stop).run();
}

}  // namespace woodbury::nuts
