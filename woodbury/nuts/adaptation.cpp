// Warm-up's two estimators and the schedule that joins them.
#include "woodbury/nuts/adaptation.hpp"

#include <algorithm>
#include <cmath>

#include "woodbury/base/base.hpp"

namespace woodbury::nuts {

namespace {

// Hoffman and Gelman's γ, t₀ and κ.
constexpr double kShrinkage = 0.05, kDelay = 10, kForgetting = 0.75;

// Lengths of the first fast interval, the first window and the last fast interval.
constexpr std::size_t kFirst = 75, kWindow = 25, kLast = 50, kShortest = 20;

}  // namespace

void DualAveraging::restart(double step) {
  start_ = step;
  mu_ = std::log(10 * step);
  error_ = log_average_ = count_ = 0;
}

double DualAveraging::learn(double accept_stat) {
  ++count_;
  const double weight = 1 / (count_ + kDelay);
  error_ += weight * (target_ - std::min(1.0, accept_stat) - error_);
  const double log_step = mu_ - error_ * std::sqrt(count_) / kShrinkage;
  log_average_ += std::pow(count_, -kForgetting) * (log_step - log_average_);
  return std::exp(log_step);
}

double DualAveraging::average() const { return count_ > 0 ? std::exp(log_average_) : start_; }

Windows::Windows(std::size_t warmup) {
  if (warmup < kShortest) return;
  const bool whole = kFirst + kWindow + kLast <= warmup;
  begin = whole ? kFirst : warmup * 15 / 100;
  const std::size_t last_fast = whole ? kLast : warmup / 10;
  const std::size_t last = warmup - last_fast - 1;
  std::size_t length = whole ? kWindow : last + 1 - begin;
  for (std::size_t end = begin - 1; end != last; length *= 2) {
    // A window after which the next, twice as long, would not fit takes all that is left.
    if (end + 3 * length > last) length = last - end;
    end += length;
    ends.push_back(end);
  }
}

bool Windows::collects(std::size_t iteration) const {
  return !ends.empty() && iteration >= begin && iteration <= ends.back();
}

bool Windows::closes(std::size_t iteration) const { return std::ranges::binary_search(ends, iteration); }

Variances::Variances(std::span<const double> guess)
    : guess_(guess.begin(), guess.end()), mean_(guess.size()), squares_(guess.size()) {}

void Variances::add(std::span<const double> q) {
  ++count_;
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    const double from_mean = q[i] - mean_[i];
    mean_[i] += from_mean / count_;
    squares_[i] += from_mean * (q[i] - mean_[i]);
  }
}

void Variances::estimate(std::span<double> variances) {
  WOODBURY_ASSERT(count_ > 1);
  const double trust = count_ / (count_ + 5);
  for (std::size_t i = 0; i < mean_.size(); ++i)
    variances[i] = trust * squares_[i] / (count_ - 1) + (1 - trust) * 1e-3 * guess_[i];
  std::ranges::fill(mean_, 0.0);
  std::ranges::fill(squares_, 0.0);
  count_ = 0;
}

}  // namespace woodbury::nuts
