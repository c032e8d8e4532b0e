// R-hat and effective sample size of half chains (Vehtari et al. 2021, sections 3 and 4; Geyer 1992).
#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace woodbury::diagnose {

/// Values of `count` sequences of one length, one after the other.
struct Sequences {
  std::span<const double> values;
  std::size_t count = 0;
  [[nodiscard]] std::size_t length() const { return count > 0 ? values.size() / count : 0; }
};

/// Whether all values are within 2⁻⁵² of each other, absolutely: then there is nothing to diagnose.
[[nodiscard]] bool is_constant(std::span<const double> values);

/// Potential scale reduction of sequences that are already split and transformed.
[[nodiscard]] double split_rhat(const Sequences& sequences);

/// Effective sample size by Geyer's initial monotone sequence. Lags are computed as they are asked for: directly
/// while they are few, which is the rule, then all at once by Fourier transform. Buffers are kept from call to call.
class EffectiveSize {
 public:
  EffectiveSize();
  ~EffectiveSize();
  [[nodiscard]] double operator()(const Sequences& sequences);

 private:
  struct Fourier;
  void centre(const Sequences& sequences);
  double autocovariance(std::size_t lag);
  double direct(std::size_t lag) const;
  void transform();
  std::size_t geyer_pairs(double within, double plus);
  void make_monotone(std::size_t last);

  std::size_t count_ = 0, length_ = 0;
  std::vector<double> centred_, means_, rho_, all_lags_;
  std::unique_ptr<Fourier> fourier_;
};

}  // namespace woodbury::diagnose
