// Which warm-up, and chains on threads.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "woodbury/nuts/agreement.hpp"
#include "woodbury/nuts/warm_up.hpp"

namespace woodbury::nuts {

namespace {

constexpr int kDeepest = 24;  // 2^24 gradients a draw

constexpr std::size_t kSmall = 25;  // dimensions up to which a mode is sought
constexpr std::size_t kLong = 1000;

void require(bool holds, const std::string& message, const std::string& suggestion) {
  if (!holds) throw base::Error(message, {}, suggestion);
}

void check(const Options& options, std::size_t dimension) {
  require(options.chains > 0, "0 chains were asked for", "give at least 1; 4 is usual");
  require(options.target_accept > 0 && options.target_accept < 1,
          fmt::format("the target acceptance {} is not between 0 and 1", options.target_accept), "0.8 is usual");
  require(options.max_depth >= 1 && options.max_depth <= kDeepest,
          fmt::format("the maximal tree depth {} is not between 1 and {}", options.max_depth, kDeepest), "10 is usual");
  require(options.init_radius >= 0 && std::isfinite(options.init_radius),
          fmt::format("the radius {} of the starts is not a finite number of at least 0", options.init_radius),
          "2 is usual");
  require(options.init.empty() || options.init.size() == dimension,
          fmt::format("{} initial values were given for {} dimensions", options.init.size(), dimension),
          fmt::format("give {}, or none to draw them", dimension));
}

draws::Draws empty_draws(std::size_t dimension) {
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < dimension; ++i) labels.push_back(std::to_string(i));
  return draws::Draws({draws::Variable{"q", {"coordinate"}, {std::move(labels)}}});
}

class Run {
 public:
  Run(const LogDensity& density, const Options& options, const std::function<void(const Progress&)>& progress,
      const std::atomic<bool>* stop)
      : options_(options), watch_{progress, stop}, dimension_(density.dimension()) {
    for (std::size_t c = 0; c < options.chains; ++c) densities_.push_back(density.clone());
  }

  Result run() {
    if (options_.warmup || dimension_ == 0) {
      in_windows(options_.warmup.value_or(0));
    } else if (const std::string why = seeks_mode(options_, dimension_) ? try_mode() : try_together(); !why.empty()) {
      note_ = fmt::format("long warm-up: {}", why);
      in_windows(kLong);
    }
    return gather();
  }

 private:
  /// Runs the chains around the mode. What it returns, in words, speaks against the draws they made, if they made any.
  std::string try_mode() {
    const Mode mode = options_.mode
                          ? *options_.mode
                          : find_mode(*densities_.front(), {options_.seed, options_.init_radius, options_.init});
    spend(0, mode.gradients, mode.seconds);
    if (!mode.usable()) return mode.reason;
    note_ = fmt::format("mode found in {} gradients; dense metric{}; {} warm-up draws", mode.gradients,
                        mode.rough ? ", refined by draws and gradients" : "", kAroundModeDraws);
    return attempt([&] { around(mode); });
  }

  /// Runs the chains under a metric they share; what it returns is as of `try_mode`.
  std::string try_together() {
    note_ = fmt::format("{} warm-up draws; diagonal metric by draws and gradients of all chains", kTogetherDraws);
    return attempt([&] { together(); });
  }

  /// What speaks against a short warm-up and the draws after it: a failure, or chains that disagree.
  std::string attempt(const std::function<void()>& run) {
    try {
      run();
    } catch (const base::Error& error) {
      return error.what();
    }
    if (interrupted()) return {};
    std::string why = disagreement(chains_, options_, dimension_);
    if (why.empty()) return {};
    for (std::size_t c = 0; c < chains_.size(); ++c) {
      const draws::Chain& chain = chains_[c].chain;
      spend(c, chain.warmup_gradients + chain.gradients, chain.warmup_seconds + chain.sampling_seconds);
    }
    return "after a short one, " + why;
  }

  void in_windows(std::size_t draws) {
    set_up(draws, nullptr);
    each([&](Chain& chain) {
      chain.start();
      warm_up_in_windows(chain, draws);
    });
    draw();
  }

  void around(const Mode& mode) {
    set_up(kAroundModeDraws, &mode);
    each([](Chain& chain) { chain.start(); });
    warm_up_around_mode(running_, options_.threads, mode.rough);
    draw();
  }

  void together() {
    set_up(kTogetherDraws, nullptr);
    each([](Chain& chain) { chain.start(); });
    warm_up_together(running_, options_.threads);
    draw();
  }

  void set_up(std::size_t warmup, const Mode* mode) {
    warmup_ = warmup;
    running_.clear();
    for (std::size_t c = 0; c < options_.chains; ++c)
      running_.push_back(std::make_unique<Chain>(*densities_[c], options_, c, warmup, mode, watch_));
  }

  void each(const std::function<void(Chain&)>& work) {
    base::parallel_for(running_.size(), options_.threads, [&](std::size_t c) { work(*running_[c]); });
  }

  void draw() {
    each([](Chain& chain) {
      chain.end_warm_up();
      chain.sample();
    });
    chains_.clear();
    for (auto& chain : running_) chains_.push_back(chain->take());
    running_.clear();
  }

  [[nodiscard]] bool interrupted() const {
    return std::ranges::any_of(chains_, [](const ChainResult& result) { return result.interrupted; });
  }

  /// What was done for a chain before the run whose draws are kept counts as its warm-up.
  void spend(std::size_t chain, std::size_t gradients, double seconds) {
    spent_.resize(options_.chains);
    spent_[chain].gradients += gradients;
    spent_[chain].seconds += seconds;
  }

  Result gather() {
    Result result;
    result.draws = empty_draws(dimension_);
    result.interrupted = interrupted();
    result.warmup = warmup_;
    result.warmup_note = note_;
    spent_.resize(options_.chains);
    for (std::size_t c = 0; c < chains_.size(); ++c) {
      chains_[c].chain.warmup_gradients += spent_[c].gradients;
      chains_[c].chain.warmup_seconds += spent_[c].seconds;
      result.draws.chains.push_back(std::move(chains_[c].chain));
      std::ranges::move(chains_[c].divergences, std::back_inserter(result.divergences));
    }
    return result;
  }

  struct Cost {
    std::size_t gradients = 0;
    double seconds = 0;
  };

  const Options& options_;
  Watch watch_;
  std::size_t dimension_, warmup_ = 0;
  std::vector<std::unique_ptr<LogDensity>> densities_;
  std::vector<std::unique_ptr<Chain>> running_;
  std::vector<ChainResult> chains_;
  std::vector<Cost> spent_;
  std::string note_;
};

}  // namespace

bool seeks_mode(const Options& options, std::size_t dimension) {
  return !options.warmup && dimension > 0 && dimension <= kSmall;
}

Result sample(const LogDensity& density, const Options& options, const std::function<void(const Progress&)>& progress,
              const std::atomic<bool>* stop) {
  check(options, density.dimension());
  return Run(density, options, progress, stop).run();
}

}  // namespace woodbury::nuts
