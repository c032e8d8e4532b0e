#include "woodbury/reduce/invariants.hpp"

#include <algorithm>
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

/// Where a part's columns stand in a contrast's matrices.
struct ContrastPart {
  std::size_t block, first, columns, stride;
  [[nodiscard]] double at(const std::vector<double>& matrix, std::size_t c, const ContrastPart& other,
                          std::size_t e) const {
    return matrix[(first + c) * stride + other.first + e];
  }
};

std::vector<ContrastPart> parts_of(const moments::Contrast& contrast, const moments::Layout& layout) {
  std::vector<ContrastPart> parts;
  std::size_t first = 0;
  for (const std::size_t k : contrast.blocks) {
    parts.push_back({k, first, layout.blocks()[k].columns, 0});
    first += layout.blocks()[k].columns;
  }
  for (ContrastPart& part : parts) part.stride = first;
  return parts;
}

/// Frobenius norm, squared, of the couplings that contrasts hold of two blocks.
double squares_between(const moments::Contrast& contrast, const std::vector<ContrastPart>& parts, std::size_t k,
                       std::size_t l) {
  double sum = 0;
  for (const ContrastPart& a : parts)
    for (const ContrastPart& b : parts)
      for (std::size_t i = 0; a.block == k && b.block == l && i < a.columns; ++i)
        for (std::size_t j = 0; j < b.columns; ++j) sum += std::pow(a.at(contrast.square, i, b, j), 2);
  return static_cast<double>(contrast.count) * sum;
}

}  // namespace

Invariants::Invariants(const moments::Layout& layout, const moments::Sums& sums) {
  std::vector<double> traces;
  std::vector<std::vector<ContrastPart>> parts;
  for (const moments::Contrast& contrast : sums.contrasts) parts.push_back(parts_of(contrast, layout));
  for (std::size_t k = 0; k < layout.blocks().size(); ++k) {
    const std::size_t d = layout.blocks()[k].columns, levels = layout.blocks()[k].levels;
    double effects = static_cast<double>(levels), trace = 0;
    for (const moments::Contrast& contrast : sums.contrasts)
      effects += static_cast<double>(contrast.count) * static_cast<double>(std::ranges::count(contrast.blocks, k));
    numbers_.push_back({effects, 0});
    for (std::size_t c = 0; c < d; ++c) {
      double own = 0, rhs = 0;
      for (std::size_t j = 0; j < levels; ++j) {
        own += sums.diagonal[k][(j * d + c) * d + c];
        rhs += std::pow(sums.rhs[layout.offset(k) + j * d + c], 2);
      }
      for (std::size_t i = 0; i < parts.size(); ++i)
        for (const ContrastPart& part : parts[i]) {
          if (part.block != k) continue;
          own += static_cast<double>(sums.contrasts[i].count) * part.at(sums.contrasts[i].square, c, part, c);
          rhs += part.at(sums.contrasts[i].products, c, part, c);
        }
      numbers_.push_back({own, own});
      numbers_.push_back({rhs, own * sums.square});  // Cauchy and Schwarz
      trace += own;
    }
    traces.push_back(trace);
  }
  for (std::size_t p = 0; p < layout.patterns().size(); ++p) {
    const std::size_t first = layout.patterns()[p].first, second = layout.patterns()[p].second;
    double square = squares(sums.pairs[p]);
    for (std::size_t i = 0; i < parts.size(); ++i)
      square += squares_between(sums.contrasts[i], parts[i], first, second);
    numbers_.push_back({square, traces[first] * traces[second]});
  }
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
