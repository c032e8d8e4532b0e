#include "woodbury/reduce/invariants.hpp"

#include <cmath>
#include <span>

#include "woodbury/base/base.hpp"

namespace woodbury::reduce {

namespace {

constexpr double kRounding = 1e-8;

double squares(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) sum += v * v;
  return sum;
}

bool near(double a, double b, double scale) { return std::abs(a - b) <= kRounding * scale || !std::isfinite(scale); }

}  // namespace

Invariants::Invariants(const moments::Layout& layout, const moments::Sums& sums) {
  std::vector<double> traces;
  for (std::size_t k = 0; k < layout.blocks().size(); ++k) {
    const std::size_t d = layout.blocks()[k].columns, levels = layout.blocks()[k].levels;
    double effects = static_cast<double>(levels), trace = 0;
    for (const moments::Contrast& contrast : sums.contrasts)
      if (contrast.block == k) effects += static_cast<double>(contrast.count);
    numbers_.push_back({effects, 0});
    for (std::size_t c = 0; c < d; ++c) {
      double own = 0, rhs = 0;
      for (std::size_t j = 0; j < levels; ++j) {
        own += sums.diagonal[k][(j * d + c) * d + c];
        rhs += std::pow(sums.rhs[layout.offset(k) + j * d + c], 2);
      }
      for (const moments::Contrast& contrast : sums.contrasts) {
        if (contrast.block != k) continue;
        own += static_cast<double>(contrast.count) * contrast.square[c * d + c];
        rhs += contrast.products[c * d + c];
      }
      numbers_.push_back({own, own});
      numbers_.push_back({rhs, own * sums.square});  // Cauchy and Schwarz
      trace += own;
    }
    traces.push_back(trace);
  }
  for (std::size_t p = 0; p < layout.patterns().size(); ++p)
    numbers_.push_back(
        {squares(sums.pairs[p]), traces[layout.patterns()[p].first] * traces[layout.patterns()[p].second]});
}

void Invariants::check(const Invariants& after) const {
  WOODBURY_ASSERT(numbers_.size() == after.numbers_.size());
  for (std::size_t i = 0; i < numbers_.size(); ++i)
    WOODBURY_ASSERT(near(numbers_[i].value, after.numbers_[i].value, numbers_[i].scale));
}

void check_fixed_scales(const moments::Layout& layout, const moments::Sums& sums,
                        const std::vector<std::vector<double>>& factors, const Eigenbasis& eigenbasis) {
  double trace = 0, rhs = 0, eigenvalues = 0;
  for (const std::size_t k : eigenbasis.blocks) {
    const std::size_t d = factors[k].size();
    for (std::size_t j = 0; j < layout.blocks()[k].levels; ++j)
      for (std::size_t c = 0; c < d; ++c) {
        trace += factors[k][c] * factors[k][c] * sums.diagonal[k][(j * d + c) * d + c];
        rhs += std::pow(factors[k][c] * sums.rhs[layout.offset(k) + j * d + c], 2);
      }
  }
  const std::size_t last = eigenbasis.layout.blocks().size() - 1;
  for (const double value : eigenbasis.sums.diagonal[last]) eigenvalues += value;
  const double rotated = squares(std::span(eigenbasis.sums.rhs).subspan(eigenbasis.layout.offset(last)));
  WOODBURY_ASSERT(near(trace, eigenvalues, trace) && near(rhs, rotated, trace * sums.square));
}

}  // namespace woodbury::reduce
