#include "woodbury/kernels/precise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include "woodbury/kernels/row_sums.hpp"
#include "woodbury/kernels/wide.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::kernels {

namespace {

constexpr double kFailed = -std::numeric_limits<double>::infinity();
/// What the logarithm of a pivot costs, in operations.
constexpr double kLogarithm = 200;
/// A value is taken where its error is estimated below this, relative to 1 + |value|; effects where it is in nats, too,
/// unless no engine has more digits.
constexpr double kTolerance = 1e-8, kNats = 1e-6;
/// What a pivot must keep of one to be told from the rounding of weights.
constexpr double kKeeps = 1e-9;

/// Operations of a gradient above which a point is given up: about two seconds.
template <class Scalar>
constexpr double kMostWork = std::is_same_v<Scalar, Wide> ? 2e7 : 2e8;

bool finite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
}

bool finite(const Point& point) {
  return std::isfinite(point.precision) && finite(point.coefficients) &&
         std::ranges::all_of(point.factor, [](const auto& factor) { return finite(factor); });
}

template <class Scalar>
void narrow(const std::vector<Scalar>& from, std::vector<double>& to) {
  std::ranges::transform(from, to.begin(), [](const Scalar& x) { return static_cast<double>(x); });
}

}  // namespace

/// The elimination in some number type, without saying in which.
class Precise::Engine {
 public:
  Point last = {};  ///< where it last integrated

  virtual ~Engine() = default;
  virtual void take(const Rows& rows, bool once) = 0;
  /// Sums the rows, unless it has.
  virtual double integrate(const Point& point) = 0;
  [[nodiscard]] virtual double error() const = 0;
  [[nodiscard]] virtual const std::string& failure() const = 0;
  virtual void gradient(const Point& point, Gradient& out) = 0;
  virtual void recover(const Point& point, base::Stream& stream, std::span<double> w) = 0;
  virtual void conditional_mean(const Point& point, std::span<double> w) const = 0;
  virtual double variance(const Point& point, std::span<const Coefficient> a) = 0;
  virtual void variances(const Point& point, std::span<double> out) = 0;
  virtual void covariances(const Point& point, moments::Sums& out) const = 0;
  virtual void half_solve(const Point& point, std::span<const Coefficient> a, std::span<double> out) = 0;
  virtual double remainder(const Point& point, std::span<const Coefficient> a, double noise) = 0;
  virtual Remainder remainder(const Point& point, std::span<const std::vector<Coefficient>> a,
                              std::span<const double> noise, std::span<const double> u) = 0;
};

struct Precise::Common {
  template <class Scalar>
  struct Of {
    std::once_flag once;
    moments::BasicSums<Scalar> sums;
  };
  Of<Twice> twice;
  Of<Wide> wide;
  template <class Scalar>
  Of<Scalar>& of() {
    if constexpr (std::is_same_v<Scalar, Twice>)
      return twice;
    else
      return wide;
  }
};

template <class Scalar>
class Precise::EngineOf final : public Engine {
 public:
  EngineOf(const moments::Design& design, std::shared_ptr<const Structure> structure, std::shared_ptr<Common> common)
      : design_(design), kernel_(std::move(structure)), gradient_(kernel_.zero()), common_(std::move(common)) {}

  void take(const Rows& rows, bool once) override {
    if (once && once_) return;
    once_ = once;
    rows_ = rows;
    sums_ = nullptr;
  }
  double integrate(const Point& point) override {
    if (sums_ == nullptr) gather();
    return kernel_.integrate(*sums_, point);
  }
  [[nodiscard]] double error() const override { return kernel_.error(); }
  [[nodiscard]] const std::string& failure() const override { return kernel_.failure(); }
  void gradient(const Point& point, Gradient& out) override {
    kernel_.gradient(*sums_, point, gradient_);
    for (std::size_t k = 0; k < gradient_.factor.size(); ++k) narrow(gradient_.factor[k], out.factor[k]);
    narrow(gradient_.coefficients, out.coefficients);
    out.log_precision = static_cast<double>(gradient_.log_precision);
  }
  void recover(const Point& point, base::Stream& stream, std::span<double> w) override {
    kernel_.recover(point, stream, w);
  }
  void conditional_mean(const Point& point, std::span<double> w) const override { kernel_.conditional_mean(point, w); }
  double variance(const Point& point, std::span<const Coefficient> a) override { return kernel_.variance(point, a); }
  void variances(const Point& point, std::span<double> out) override {
    kernel_.invert();
    const Structure& s = kernel_.structure();
    std::size_t at = 0;
    for (std::size_t k = 0; k < s.width.size(); ++k) {
      const std::size_t rows = rows_of(s, point, k);
      for (std::size_t j = 0; j < s.layout->blocks()[k].levels; ++j, at += rows)
        if (s.integrated[k]) kernel_.level_variances(point, k, j, out.subspan(at, rows));
    }
  }
  void covariances(const Point& point, moments::Sums& out) const override {
    const Structure& s = kernel_.structure();
    auto wide = s.layout->template zeros_of<Scalar>();
    kernel_.covariances(point, wide);
    for (std::size_t k = 0; k < wide.diagonal.size(); ++k) narrow(wide.diagonal[k], out.diagonal[k]);
    for (std::size_t p = 0; p < wide.pairs.size(); ++p) narrow(wide.pairs[p], out.pairs[p]);
  }
  void half_solve(const Point& point, std::span<const Coefficient> a, std::span<double> out) override {
    std::vector<Scalar> half(kernel_.coordinates());
    kernel_.half_solve(point, a, half);
    std::ranges::transform(half, out.begin(), [](const Scalar& x) { return static_cast<double>(x); });
  }
  double remainder(const Point& point, std::span<const Coefficient> a, double noise) override {
    return static_cast<double>(1 - kernel_.square(point, a) / noise);
  }
  /// I − S = LDLᵀ, L with a unit diagonal, row by row. A pivot that is all but nothing is told by the very weights and
  /// factors that were integrated with; by others it is not, and there is no determinant.
  Remainder remainder(const Point& point, std::span<const std::vector<Coefficient>> a, std::span<const double> noise,
                      std::span<const double> u) override {
    const std::size_t n = a.size(), length = kernel_.coordinates();
    std::vector<Scalar> halves(n * length), lower(n * n), pivots(n), solved(n);
    Scalar square = 0;
    linalg::LogProduct<double> determinant;
    const bool exact = rows_.weights.empty() && point.factor == last.factor;
    for (std::size_t i = 0; i < n; ++i) {
      const std::span<Scalar> half = std::span(halves).subspan(i * length, length);
      kernel_.half_solve(point, a[i], half);
      const Scalar root = sqrt(exact ? Scalar(last.precision) : 1 / Scalar(noise[i]));
      for (Scalar& x : half) x *= root;
      Scalar* row = &lower[i * n];
      solved[i] = u[i];
      for (std::size_t j = 0; j <= i; ++j) {
        Scalar sum = i == j ? 1 : 0;
        for (std::size_t c = 0; c < length; ++c) sum -= half[c] * halves[j * length + c];
        for (std::size_t k = 0; k < j; ++k) sum -= row[k] * lower[j * n + k] * pivots[k];
        if (j == i)
          pivots[i] = sum;
        else
          row[j] = sum / pivots[j];
      }
      for (std::size_t j = 0; j < i; ++j) solved[i] -= row[j] * solved[j];
      square += solved[i] * solved[i] / pivots[i];
      if (!exact && pivots[i] < kKeeps) return {kFailed, 0};
      determinant.multiply(static_cast<double>(pivots[i]));
    }
    return {determinant.log(), static_cast<double>(square)};
  }

 private:
  void gather() {
    const auto sum = [&] {
      const moments::Design& design = rows_.design != nullptr ? *rows_.design : design_;
      return RowSums<Scalar>(design, *kernel_.structure().layout).of(rows_.weights, rows_.response, rows_.square);
    };
    if (!once_) {
      own_ = sum();
      sums_ = &own_;
      return;
    }
    auto& common = common_->template of<Scalar>();
    std::call_once(common.once, [&] { common.sums = sum(); });
    sums_ = &common.sums;
  }

  const moments::Design& design_;
  BasicElimination<Scalar> kernel_;
  BasicGradient<Scalar> gradient_;
  std::shared_ptr<Common> common_;
  Rows rows_ = {};
  bool once_ = false;
  moments::BasicSums<Scalar> own_ = {};               ///< of rows that change
  const moments::BasicSums<Scalar>* sums_ = nullptr;  ///< in use; null: not summed yet
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
  std::swap(engines_, copy.engines_);
  used_ = nullptr;
  made_ = gathered_ = false;
  return *this;
}

/// Those that the design is not too large for.
void Precise::make_engines() {
  if (made_) return;
  made_ = true;
  const auto structure = std::make_shared<const Structure>(*layout_, roles_);
  const auto pivots = static_cast<double>(structure->whitened_count + structure->flat_count);
  const double work = structure->flops().total() + kLogarithm * pivots;
  if (work <= kMostWork<Twice>) engines_.push_back(std::make_unique<EngineOf<Twice>>(*design_, structure, common_));
  if (work <= kMostWork<Wide>) engines_.push_back(std::make_unique<EngineOf<Wide>>(*design_, structure, common_));
}

bool Precise::take(const Rows& rows, bool once) {
  make_engines();
  for (const auto& engine : engines_) engine->take(rows, once);
  gathered_ = !engines_.empty();
  if (!gathered_)
    failure_ = "scales are too far apart for double precision, and the design is too large for more digits";
  return gathered_;
}

bool Precise::gather(const Rows& rows) { return take(rows, false); }

bool Precise::gather_once(const Rows& rows) { return take(rows, true); }

double Precise::integrate(const Point& point, Wanted wanted) {
  failure_.clear();
  if (!finite(point)) {
    failure_ = "a scale or a coefficient is not finite";
    return kFailed;
  }
  for (const auto& engine : engines_) {
    used_ = engine.get();
    used_->last = point;
    const double value = used_->integrate(point), error = used_->error();
    const bool right = std::isfinite(value) && error <= kTolerance * (1 + std::abs(value));
    if (right && (wanted == Wanted::density || tells_effects())) return value;
    if (engine != engines_.back()) continue;
    failure_ = used_->failure();
    if (failure_.empty()) failure_ = "scales are too far apart for the most digits that this design allows";
  }
  return kFailed;
}

bool Precise::tells_effects() const {
  return used_ == nullptr || used_ == engines_.back().get() || used_->error() <= kNats;
}

void Precise::gradient(const Point& point, Gradient& out) { used_->gradient(point, out); }

void Precise::recover(const Point& point, base::Stream& stream, std::span<double> w) {
  used_->recover(point, stream, w);
}

void Precise::conditional_mean(const Point& point, std::span<double> w) const { used_->conditional_mean(point, w); }

double Precise::variance(const Point& point, std::span<const Coefficient> a) { return used_->variance(point, a); }

void Precise::variances(const Point& point, std::span<double> out) { used_->variances(point, out); }

void Precise::covariances(const Point& point, moments::Sums& out) const { used_->covariances(point, out); }

void Precise::half_solve(const Point& point, std::span<const Coefficient> a, std::span<double> out) {
  used_->half_solve(point, a, out);
}

double Precise::remainder(const Point& point, std::span<const Coefficient> a, double noise) {
  return used_->remainder(point, a, noise);
}

auto Precise::remainder(const Point& point, std::span<const std::vector<Coefficient>> a, std::span<const double> noise,
                        std::span<const double> u) -> Remainder {
  // What tells V to some digits need not tell what it leaves of the identity.
  Engine& most = *engines_.back();
  if (used_ != &most) {
    most.last = used_->last;
    used_ = &most;
    most.integrate(most.last);
  }
  return used_->remainder(point, a, noise, u);
}

}  // namespace woodbury::kernels
