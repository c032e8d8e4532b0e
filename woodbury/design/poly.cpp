// The recurrence, learnt once and replayed on new values.
#include "woodbury/design/poly.hpp"

#include <cmath>

namespace woodbury::design {

namespace {

// The next monic polynomial from the last two; `before` is overwritten by it and both change places.
void advance(const std::vector<double>& x, double alpha, double ratio, std::vector<double>& before,
             std::vector<double>& current) {
  for (std::size_t i = 0; i < x.size(); ++i) before[i] = (x[i] - alpha) * current[i] - ratio * before[i];
  before.swap(current);
}

struct Sums {
  double norm2;
  double alpha;
};

// Σ p² and Σ x p² / Σ p², the shift of the next polynomial; x is taken from its mean, which saves digits.
Sums sums(const std::vector<double>& x, double mean, const std::vector<double>& p) {
  long double square = 0;
  long double moment = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double p2 = static_cast<long double>(p[i]) * p[i];
    square += p2;
    moment += p2 * (static_cast<long double>(x[i]) - mean);
  }
  return {static_cast<double>(square), static_cast<double>(moment / square + mean)};
}

}  // namespace

OrthogonalPolynomial OrthogonalPolynomial::learn(const std::vector<double>& x, std::size_t degree) {
  OrthogonalPolynomial result;
  long double total = 0;
  for (const double value : x) total += value;
  const double mean = static_cast<double>(total / static_cast<long double>(x.size()));
  std::vector<double> before(x.size(), 0.0);
  std::vector<double> current(x.size(), 1.0);
  result.norm2.push_back(static_cast<double>(x.size()));
  result.alpha.push_back(sums(x, mean, current).alpha);
  double ratio = 0;
  for (std::size_t k = 1; k <= degree; ++k) {
    advance(x, result.alpha.back(), ratio, before, current);
    const Sums next = sums(x, mean, current);
    ratio = next.norm2 / result.norm2.back();
    result.norm2.push_back(next.norm2);
    if (k < degree) result.alpha.push_back(next.alpha);
  }
  return result;
}

std::vector<std::vector<double>> OrthogonalPolynomial::columns(const std::vector<double>& x) const {
  std::vector<std::vector<double>> all;
  std::vector<double> before(x.size(), 0.0);
  std::vector<double> current(x.size(), 1.0);
  for (std::size_t k = 1; k < norm2.size(); ++k) {
    advance(x, alpha[k - 1], k > 1 ? norm2[k - 1] / norm2[k - 2] : 0.0, before, current);
    all.push_back(current);
    for (double& value : all.back()) value /= std::sqrt(norm2[k]);
  }
  return all;
}

}  // namespace woodbury::design
