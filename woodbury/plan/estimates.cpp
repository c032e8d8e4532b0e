// Expectation-maximisation with the effects' levels taken as independent (mean field), block after block, and
// extrapolated: where the data tell a variance poorly, steps are many and small.
#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>

#include "woodbury/plan/survey.hpp"

namespace woodbury::plan {

namespace {

constexpr int kSweeps = 25;
/// Relative changes of variances in a sweep that end it before.
constexpr double kSettled = 1e-3;
/// Every so many sweeps variances are extrapolated, by no more than this on the log.
constexpr int kExtrapolated = 4;
constexpr double kLongest = 2;
/// Of a column's variance against that at which data and prior say as much.
constexpr double kLeast = 1e-6;

class MeanField {
 public:
  MeanField(const Products& products, std::vector<std::vector<double>> known)
      : layout_(products.layout), sums_(products.sums), known_(std::move(known)) {
    const auto rows = static_cast<double>(std::max<std::size_t>(layout_.rows(), 1));
    residual_ = std::max(sums_.square / rows, 1e-300);
    means_.resize(layout_.size());
    left_ = sums_.rhs;
    for (std::size_t k = 0; k < known_.size(); ++k) {
      const std::size_t d = layout_.blocks()[k].columns;
      for (std::size_t c = 0; c < d; ++c) {
        double square = 0;
        for (std::size_t j = 0; j < layout_.blocks()[k].levels; ++j) square += sums_.diagonal[k][(j * d + c) * d + c];
        units_.push_back(square > 0 ? rows / square : 1);
      }
    }
    variances_ = known_;
    for (std::size_t k = 0, at = 0; k < known_.size(); ++k)
      for (double& v : variances_[k]) {
        if (std::isnan(v)) v = residual_ * units_[at];
        last_steps_.push_back({v, 0});
        ++at;
      }
  }

  Estimates run() {
    for (int sweep = 0; sweep < kSweeps && moved_ > kSettled; ++sweep) {
      double spread = 0;  // Σ tr(T V)
      moved_ = 0;
      for (std::size_t k = known_.size(), at = units_.size(); k-- > 0;) {
        at -= known_[k].size();
        switch (known_[k].size()) {
          case 1:
            spread += visit<1>(k, at);
            break;
          case 2:
            spread += visit<2>(k, at);
            break;
          default:
            spread += visit<Eigen::Dynamic>(k, at);
        }
      }
      double fitted = 0;  // û'(b + g), g = b − Tû
      for (std::size_t i = 0; i < means_.size(); ++i) fitted += means_[i] * (sums_.rhs[i] + left_[i]);
      const auto rows = static_cast<double>(std::max<std::size_t>(layout_.rows(), 1));
      change(residual_, std::max((sums_.square - fitted + spread) / rows, 1e-12 * sums_.square / rows + 1e-300));
      extrapolate(sweep);
    }
    return {residual_, std::move(variances_), std::move(means_)};
  }

 private:
  /// One block of D columns given the others: its means, and its variances where they are not known. Returns Σ tr(T V).
  template <int D>
  double visit(std::size_t k, std::size_t unit) {
    using Matrix = Eigen::Matrix<double, D, D, D == 1 ? Eigen::ColMajor : Eigen::RowMajor>;
    using Vector = Eigen::Matrix<double, D, 1>;
    const auto d = static_cast<Eigen::Index>(layout_.blocks()[k].columns);
    const std::size_t levels = layout_.blocks()[k].levels, offset = layout_.offset(k);
    change_.assign(means_.size(), 0);
    Vector second = Vector::Zero(d);
    double spread = 0;
    Matrix precision(d, d), variance(d, d);
    for (std::size_t j = 0; j < levels; ++j) {
      const std::size_t at = offset + j * static_cast<std::size_t>(d);
      const Eigen::Map<const Matrix> square(&sums_.diagonal[k][j * static_cast<std::size_t>(d * d)], d, d);
      const Eigen::Map<const Vector> left(&left_[at], d);
      Eigen::Map<Vector> mean(&means_[at], d);
      precision = square / residual_;
      // A column that is not there at this level, under no prior, is left where it is.
      for (Eigen::Index c = 0; c < d; ++c)
        precision(c, c) = precision(c, c) * (1 + 1e-10) + 1 / variances_[k][static_cast<std::size_t>(c)] + 1e-300;
      const Eigen::LLT<Matrix> factor(precision);
      if (factor.info() != Eigen::Success) continue;
      variance = factor.solve(Matrix::Identity(d, d));
      const Vector next = variance * (left + square * mean) / residual_;
      Eigen::Map<Vector>(&change_[at], d) = next - mean;
      mean = next;
      second += next.cwiseAbs2() + variance.diagonal();
      spread += (square * variance).trace();
    }
    std::vector<bool> active(known_.size(), false);
    active[k] = true;
    layout_.multiply(sums_, active, change_, -1, left_);
    for (std::size_t c = 0; c < known_[k].size(); ++c)
      if (std::isnan(known_[k][c]) && levels > 0)
        change(variances_[k][c], std::max(second[static_cast<Eigen::Index>(c)] / static_cast<double>(levels),
                                          kLeast * residual_ * units_[unit + c]));
    return spread;
  }

  /// Where a variance that is guessed goes to, did it go on by steps as the last two, on the log (Aitken).
  void extrapolate(int sweep) {
    auto earlier = last_steps_.begin();
    for (std::size_t k = 0; k < known_.size(); ++k)
      for (std::size_t c = 0; c < known_[k].size(); ++c, ++earlier) {
        if (!std::isnan(known_[k][c])) continue;
        const double step = std::log(variances_[k][c] / earlier->at), ratio = step / earlier->step;
        if (sweep % kExtrapolated == kExtrapolated - 1 && ratio > 0 && ratio < 1)
          variances_[k][c] *= std::exp(std::clamp(step * ratio / (1 - ratio), -kLongest, kLongest));
        *earlier = {variances_[k][c], step};
      }
  }

  void change(double& variance, double next) {
    moved_ = std::max(moved_, std::abs(next / variance - 1));
    variance = next;
  }

  const moments::Layout& layout_;
  const moments::Sums& sums_;
  std::vector<std::vector<double>> known_, variances_;
  std::vector<double> units_;  ///< of each column, the inverse of its mean square over rows
  struct Step {
    double at, step;  // a variance, and its last change on the log
  };
  std::vector<Step> last_steps_;  ///< of each column
  std::vector<double> means_, left_, change_;
  double residual_;
  double moved_ = 1;  ///< of the last sweep
};

}  // namespace

Estimates estimate_variances(const Products& products, std::vector<std::vector<double>> known) {
  return MeanField(products, std::move(known)).run();
}

}  // namespace woodbury::plan
