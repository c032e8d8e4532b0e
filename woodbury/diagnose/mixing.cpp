// ρ_t = 1 − (W − mean autocovariance at lag t) / var⁺, with W and var⁺ as in R-hat; ESS = S / (1 + 2 Σ ρ_t).
#include "woodbury/diagnose/mixing.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include <Eigen/Core>
#include <unsupported/Eigen/FFT>

namespace woodbury::diagnose {

namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kDirectLags = 96;  // beyond these the Fourier transform is cheaper

double mean(std::span<const double> x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

/// With the divisor n − 1.
double variance(std::span<const double> x) {
  const double centre = mean(x);
  double squares = 0;
  for (const double value : x) squares += (value - centre) * (value - centre);
  return squares / static_cast<double>(x.size() - 1);
}

}  // namespace

struct EffectiveSize::Fourier {
  Eigen::FFT<double> transform;
  std::vector<std::complex<double>> in, out;
};

EffectiveSize::EffectiveSize() = default;
EffectiveSize::~EffectiveSize() = default;

bool is_constant(std::span<const double> values) {
  const auto [least, greatest] = std::ranges::minmax(values);
  return greatest - least < std::numeric_limits<double>::epsilon();
}

double split_rhat(const Sequences& sequences) {
  const std::size_t n = sequences.length();
  if (n < 2 || is_constant(sequences.values)) return kUndefined;
  std::vector<double> means, variances;
  for (std::size_t c = 0; c < sequences.count; ++c) {
    const auto sequence = sequences.values.subspan(c * n, n);
    means.push_back(mean(sequence));
    variances.push_back(variance(sequence));
  }
  const double length = static_cast<double>(n);
  return std::sqrt((length * variance(means) / mean(variances) + length - 1) / length);
}

void EffectiveSize::centre(const Sequences& sequences) {
  count_ = sequences.count;
  length_ = sequences.length();
  centred_.assign(sequences.values.begin(), sequences.values.end());
  means_.resize(count_);
  all_lags_.clear();
  for (std::size_t c = 0; c < count_; ++c) {
    const std::span<double> sequence(centred_.data() + c * length_, length_);
    means_[c] = mean(sequence);
    for (double& value : sequence) value -= means_[c];
  }
}

double EffectiveSize::direct(std::size_t lag) const {
  using Vector = Eigen::Map<const Eigen::VectorXd>;
  const auto terms = static_cast<Eigen::Index>(length_ - lag);
  double sum = 0;
  for (std::size_t c = 0; c < count_; ++c) {
    const double* const x = centred_.data() + c * length_;
    sum += Vector(x, terms).dot(Vector(x + lag, terms));
  }
  return sum / static_cast<double>(length_ * count_);
}

/// All lags by Wiener and Khinchin: two sequences a transform, as real and imaginary part, padded against wrapping.
void EffectiveSize::transform() {
  if (!fourier_) fourier_ = std::make_unique<Fourier>();
  const std::size_t padded = std::bit_ceil(2 * length_);
  auto& [fft, in, out] = *fourier_;
  std::vector<std::complex<double>> power(padded);
  in.resize(padded);
  out.resize(padded);
  for (std::size_t c = 0; c < count_; c += 2) {
    std::ranges::fill(in, 0.0);
    for (std::size_t i = 0; i < length_; ++i)
      in[i] = {centred_[c * length_ + i], c + 1 < count_ ? centred_[(c + 1) * length_ + i] : 0.0};
    fft.fwd(out.data(), in.data(), static_cast<Eigen::Index>(padded));
    for (std::size_t k = 0; k < padded; ++k) power[k] += std::norm(out[k]);
  }
  // |F(x + iy)|² = |Fx|² + |Fy|² + an odd part, which the real part of the inverse does not see.
  fft.inv(out.data(), power.data(), static_cast<Eigen::Index>(padded));
  all_lags_.resize(length_);
  for (std::size_t lag = 0; lag < length_; ++lag)
    all_lags_[lag] = out[lag].real() / static_cast<double>(length_ * count_);
}

/// Mean over the sequences of Σ xᵢ xᵢ₊ₗ / length.
double EffectiveSize::autocovariance(std::size_t lag) {
  if (lag >= kDirectLags && all_lags_.empty()) transform();
  return lag < kDirectLags ? direct(lag) : all_lags_[lag];
}

/// Fills rho_ while sums of neighbouring pairs are positive; returns the even lag it stopped at.
std::size_t EffectiveSize::geyer_pairs(double within, double plus) {
  const auto rho_at = [&](std::size_t lag) { return 1 - (within - autocovariance(lag)) / plus; };
  rho_.assign(length_, 0.0);
  double even = 1, odd = rho_at(1);
  rho_[0] = even;
  rho_[1] = odd;
  std::size_t t = 0;
  while (t + 5 < length_ && even + odd > 0) {
    t += 2;
    even = rho_at(t);
    odd = rho_at(t + 1);
    if (even + odd < 0) continue;
    rho_[t] = even;
    rho_[t + 1] = odd;
  }
  if (even > 0) rho_[t] = even;  // improves the estimate of antithetic chains
  return t;
}

void EffectiveSize::make_monotone(std::size_t last) {
  for (std::size_t t = 2; t + 2 <= last; t += 2) {
    const double before = rho_[t - 2] + rho_[t - 1];
    if (rho_[t] + rho_[t + 1] > before) rho_[t] = rho_[t + 1] = before / 2;
  }
}

double EffectiveSize::operator()(const Sequences& sequences) {
  if (sequences.length() < 3 || is_constant(sequences.values)) return kUndefined;
  centre(sequences);
  const double n = static_cast<double>(length_);
  const double spread = autocovariance(0);
  const double within = spread * n / (n - 1);
  const double plus = spread + (count_ > 1 ? variance(means_) : 0);
  const std::size_t last = geyer_pairs(within, plus);
  make_monotone(last);
  // R sums rho[1:last]; where last is 0 that reads element 1.
  const double sum =
      std::accumulate(rho_.begin(), rho_.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(last, 1)), 0.0);
  const double size = static_cast<double>(count_ * length_);
  const double tau = -1 + 2 * sum + rho_[last];
  return size / std::max(tau, 1 / std::log10(size));
}

}  // namespace woodbury::diagnose
