// Small dense routines against Eigen, for every size the compiler knows and one it does not.
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <Eigen/Dense>

#include "woodbury/base/base.hpp"
#include "woodbury/linalg/linalg.hpp"

namespace woodbury::linalg {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Matrix random_matrix(base::Stream& stream, int rows, int columns) {
  Matrix m(rows, columns);
  for (double& value : m.reshaped()) value = stream.normal();
  return m;
}

Matrix positive_definite(base::Stream& stream, int d) {
  const Matrix a = random_matrix(stream, d, d + 2);
  return a * a.transpose() + 0.1 * Matrix::Identity(d, d);
}

void expect_near(const Matrix& ours, const Matrix& reference, const char* what) {
  const double scale = std::max(1.0, reference.size() ? reference.cwiseAbs().maxCoeff() : 0);
  for (Eigen::Index i = 0; i < ours.rows(); ++i)
    for (Eigen::Index j = 0; j < ours.cols(); ++j)
      EXPECT_NEAR(ours(i, j), reference(i, j), 1e-12 * scale) << what << " at " << i << ", " << j;
}

/// Sizes d of template argument D: its own, or all where D is 0.
template <int D>
void check_factorisation(int d, std::uint64_t seed) {
  base::Stream stream(seed, 0, 0, base::Purpose::test);
  const Matrix a = positive_definite(stream, d);
  Matrix l = a;
  l.triangularView<Eigen::StrictlyUpper>().setConstant(77);  // must be neither read nor written
  ASSERT_TRUE(cholesky<D>(l.data(), d));
  for (int i = 0; i < d; ++i)
    for (int j = i + 1; j < d; ++j) EXPECT_EQ(l(i, j), 77);
  const Matrix lower = l.triangularView<Eigen::Lower>();
  expect_near(lower, Eigen::LLT<Eigen::MatrixXd>(a).matrixL().toDenseMatrix(), "factor");

  const Matrix b = random_matrix(stream, d, 3);
  Matrix x = b;
  solve_lower<D>(l.data(), x.data(), d, 3);
  expect_near(lower * x, b, "L x");
  x = b;
  solve_lower_transposed<D>(l.data(), x.data(), d, 3);
  expect_near(lower.transpose() * x, b, "Lᵀ x");
  Matrix inverse(d, d);
  inverse_from_cholesky<D>(l.data(), inverse.data(), d);
  expect_near(inverse, a.inverse(), "inverse");
  EXPECT_EQ(size<D>(d), d);
}

TEST(Small, FactorisesAndSolvesLikeEigen) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    check_factorisation<1>(1, seed);
    check_factorisation<2>(2, seed);
    check_factorisation<3>(3, seed);
    check_factorisation<4>(4, seed);
    check_factorisation<5>(5, seed);
    for (int d = 1; d <= 9; ++d) check_factorisation<0>(d, seed);
  }
}

TEST(Small, NothingToDoInNoDimensions) {
  double none = 3;
  EXPECT_TRUE(cholesky<0>(&none, 0));
  solve_lower<0>(&none, &none, 0, 1);
  solve_lower_transposed<0>(&none, &none, 0, 1);
  inverse_from_cholesky<0>(&none, &none, 0);
  EXPECT_EQ(none, 3);
}

template <int D>
bool factorises(Matrix m) {
  return cholesky<D>(m.data(), static_cast<int>(m.rows()));
}

TEST(Small, RefusesWhatIsNotPositiveDefinite) {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  for (const double pivot : {0.0, -1.0, -0.0, infinity, nan}) {
    EXPECT_FALSE(factorises<1>(Matrix::Constant(1, 1, pivot))) << pivot;
    EXPECT_FALSE(factorises<0>(Matrix::Constant(1, 1, pivot))) << pivot;
    Matrix three = Matrix::Identity(3, 3);
    three(2, 2) = pivot;
    EXPECT_FALSE(factorises<3>(three)) << pivot;
  }
  // Indefinite with a positive diagonal; the second pivot is 1 − 4.
  const Matrix indefinite = (Matrix(2, 2) << 1, 2, 2, 1).finished();
  EXPECT_FALSE(factorises<2>(indefinite));
  EXPECT_FALSE(factorises<0>(indefinite));
  // Singular in exact arithmetic, exactly.
  EXPECT_FALSE(factorises<4>(Matrix::Ones(4, 4)));
  Matrix broken = Matrix::Identity(4, 4);
  broken(2, 0) = nan;
  EXPECT_FALSE(factorises<4>(broken));
}

TEST(Small, ProductsLikeEigen) {
  base::Stream stream(4, 0, 0, base::Purpose::test);
  for (int n = 0; n <= 5; ++n)
    for (int k = 0; k <= 5; ++k)
      for (int m = 0; m <= 5; ++m) {
        const Matrix start = random_matrix(stream, n, m), a = random_matrix(stream, n, k),
                     b = random_matrix(stream, k, m);
        const double scale = stream.normal();
        Matrix c = start;
        add_product(a.data(), b.data(), c.data(), n, k, m, scale);
        expect_near(c, start + scale * a * b, "a b");
        c = start;
        const Matrix a_transposed = a.transpose(), b_transposed = b.transpose();
        add_transposed_product(a_transposed.data(), b.data(), c.data(), n, k, m, scale);
        expect_near(c, start + scale * a * b, "aᵀ b");
        c = start;
        add_product_transposed(a.data(), b_transposed.data(), c.data(), n, k, m);
        expect_near(c, start + a * b, "a bᵀ");
      }
}

}  // namespace
}  // namespace woodbury::linalg
