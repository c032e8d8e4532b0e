#include "woodbury/kernels/precise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <utility>

#include "woodbury/kernels/wide.hpp"

namespace woodbury::kernels {

namespace {

using Sums = moments::BasicSums<Wide>;

/// Operations of a gradient, about a tenth of a microsecond each, above which a point is given up; and what the
/// logarithm of a pivot costs.
constexpr double kMostWork = 2e7, kLogarithm = 200;
/// A value is taken where its error is estimated below this, relative to 1 + |value|.
constexpr double kTolerance = 1e-8;

/// AᵀWA, AᵀWr and rᵀWr, a row after another.
class Gatherer {
 public:
  Gatherer(const moments::Design& design, const moments::Layout& layout)
      : design_(design), layout_(layout), values_(design.blocks().size()) {}

  Sums sums(const Precise::Rows& rows) {
    Sums sums = layout_.zeros_of<Wide>();
    sums.square = rows.square;
    for (std::size_t n = 0; n < design_.rows(); ++n) {
      read(n);
      add(n, rows.weights.empty() ? Wide(1) : Wide(rows.weights[n]), Wide(rows.response[n]), sums);
    }
    return sums;
  }

 private:
  void read(std::size_t row) {
    for (std::size_t k = 0; k < values_.size(); ++k) {
      values_[k].clear();
      for (const moments::ColumnPtr& column : design_.blocks()[k].columns)
        values_[k].emplace_back(column ? (*column)[row] : 1);
    }
  }

  void add(std::size_t row, const Wide& weight, const Wide& response, Sums& sums) const {
    const auto& blocks = design_.blocks();
    sums.square += weight * response * response;
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      const std::size_t level = blocks[k].level(row), d = values_[k].size();
      rank_one(&sums.diagonal[k][level * d * d], values_[k], values_[k], weight);
      for (std::size_t c = 0; c < d; ++c)
        sums.rhs[layout_.offset(k) + level * d + c] += weight * response * values_[k][c];
    }
    for (std::size_t p = 0; p < layout_.patterns().size(); ++p) {
      const moments::Pattern& pattern = layout_.patterns()[p];
      const std::size_t j = blocks[pattern.first].level(row), l = blocks[pattern.second].level(row);
      const auto begin = pattern.level.begin();
      const auto at =
          std::lower_bound(begin + static_cast<std::ptrdiff_t>(pattern.start[j]),
                           begin + static_cast<std::ptrdiff_t>(pattern.start[j + 1]), static_cast<std::int32_t>(l));
      const auto &a = values_[pattern.first], &b = values_[pattern.second];
      rank_one(&sums.pairs[p][static_cast<std::size_t>(at - begin) * a.size() * b.size()], a, b, weight);
    }
  }

  static void rank_one(Wide* out, const std::vector<Wide>& a, const std::vector<Wide>& b, const Wide& weight) {
    for (const Wide& x : a)
      for (const Wide& y : b) *out++ += weight * x * y;
  }

  const moments::Design& design_;
  const moments::Layout& layout_;
  std::vector<std::vector<Wide>> values_;  ///< a block's columns at the row
};

bool finite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
}

bool finite(const Point& point) {
  return std::isfinite(point.precision) && finite(point.coefficients) &&
         std::ranges::all_of(point.factor, [](const auto& factor) { return finite(factor); });
}

void narrow(const std::vector<Wide>& from, std::vector<double>& to) {
  std::ranges::transform(from, to.begin(), [](const Wide& x) { return static_cast<double>(x); });
}

}  // namespace

struct Precise::Parts {
  BasicElimination<Wide> kernel;
  BasicGradient<Wide> gradient;
  Sums own = {};               ///< of rows that change
  const Sums* sums = nullptr;  ///< in use
};

struct Precise::Common {
  std::once_flag once;
  Sums sums;
};

Precise::Precise(const moments::Design& design, const moments::Layout& layout, Roles roles)
    : design_(&design), layout_(&layout), roles_(std::move(roles)), common_(std::make_shared<Common>()) {}
Precise::~Precise() = default;
Precise::Precise(const Precise& other)
    : design_(other.design_), layout_(other.layout_), roles_(other.roles_), common_(other.common_) {}
Precise& Precise::operator=(const Precise& other) {
  Precise copy(other);
  std::swap(design_, copy.design_);
  std::swap(layout_, copy.layout_);
  std::swap(roles_, copy.roles_);
  std::swap(common_, copy.common_);
  std::swap(parts_, copy.parts_);
  return *this;
}

/// False where the design is too large.
bool Precise::prepare() {
  if (parts_ || too_large_) return !too_large_;
  auto structure = std::make_shared<const Structure>(*layout_, roles_);
  const auto pivots = static_cast<double>(structure->whitened_count + structure->flat_count);
  if (structure->flops().total() + kLogarithm * pivots > kMostWork) {
    too_large_ = true;
    failure_ = "scales are too far apart for double precision, and the design is too large for more digits";
    return false;
  }
  BasicElimination<Wide> kernel(std::move(structure));
  auto zero = kernel.zero();
  parts_ = std::make_unique<Parts>(Parts{std::move(kernel), std::move(zero)});
  return true;
}

bool Precise::gather(const Rows& rows) {
  if (!prepare()) return false;
  parts_->own = Gatherer(*design_, *layout_).sums(rows);
  parts_->sums = &parts_->own;
  return true;
}

bool Precise::gather_once(const Rows& rows) {
  if (!prepare()) return false;
  if (parts_->sums) return true;
  std::call_once(common_->once, [&] { common_->sums = Gatherer(*design_, *layout_).sums(rows); });
  parts_->sums = &common_->sums;
  return true;
}

double Precise::integrate(const Point& point) {
  constexpr double kFailed = -std::numeric_limits<double>::infinity();
  failure_.clear();
  if (!finite(point)) {
    failure_ = "a scale or a coefficient is not finite";
    return kFailed;
  }
  const double value = parts_->kernel.integrate(*parts_->sums, point);
  failure_ = parts_->kernel.failure();
  if (!std::isfinite(value) || parts_->kernel.error() <= kTolerance * (1 + std::abs(value))) return value;
  failure_ = "scales are too far apart for 77 digits";
  return kFailed;
}

void Precise::gradient(const Point& point, Gradient& out) {
  parts_->kernel.gradient(*parts_->sums, point, parts_->gradient);
  for (std::size_t k = 0; k < parts_->gradient.factor.size(); ++k) narrow(parts_->gradient.factor[k], out.factor[k]);
  narrow(parts_->gradient.coefficients, out.coefficients);
  out.log_precision = static_cast<double>(parts_->gradient.log_precision);
}

void Precise::recover(const Point& point, base::Stream& stream, std::span<double> w) {
  parts_->kernel.recover(point, stream, w);
}

void Precise::conditional_mean(const Point& point, std::span<double> w) const {
  parts_->kernel.conditional_mean(point, w);
}

double Precise::variance(const Point& point, std::span<const Coefficient> a) {
  return parts_->kernel.variance(point, a);
}

void Precise::variances(const Point& point, std::span<double> out) {
  parts_->kernel.invert();
  const Structure& s = parts_->kernel.structure();
  std::size_t at = 0;
  for (std::size_t k = 0; k < s.width.size(); ++k) {
    const std::size_t rows = rows_of(s, point, k);
    for (std::size_t j = 0; j < layout_->blocks()[k].levels; ++j, at += rows)
      if (s.integrated[k]) parts_->kernel.level_variances(point, k, j, out.subspan(at, rows));
  }
}

double Precise::row_variance(const Point& point, std::size_t row) {
  return parts_->kernel.row_variance(*design_, point, row);
}

}  // namespace woodbury::kernels
