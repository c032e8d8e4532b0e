// Every instruction set's factor, solves and inverse against long double and Eigen, at sizes around each block's edges.
#include "woodbury/linalg/dense.hpp"

#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <Eigen/Dense>

#include "woodbury/base/base.hpp"
#include "woodbury/linalg/tile_loops.hpp"

namespace woodbury::linalg {
namespace {

using Wide = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// B Bᵀ + ridge of order n, its rows and columns scaled by powers of two from 2^-spread to 2^spread.
MatrixXd positive_definite(base::Stream& stream, Index n, double ridge, int spread = 0) {
  MatrixXd b(n, n);
  for (Index i = 0; i < b.size(); ++i) b.data()[i] = stream.normal();
  MatrixXd a = b * b.transpose() / static_cast<double>(n) + ridge * MatrixXd::Identity(n, n);
  for (Index i = 0; i < n; ++i) {
    const int power = spread > 0 ? static_cast<int>(stream.below(static_cast<std::uint64_t>(2 * spread + 1))) : spread;
    const double scale = std::ldexp(1.0, power - spread);
    a.row(i) *= scale;
    a.col(i) *= scale;
  }
  return a;
}

/// In Dense's storage; the upper triangle is poisoned, as it must not matter.
AlignedVector stored(const MatrixXd& a, std::size_t stride) {
  AlignedVector out(stride * stride, 0.0);
  for (std::size_t j = 0; j < stride; ++j)
    for (std::size_t i = 0; i < stride; ++i) {
      const auto row = static_cast<Index>(i), column = static_cast<Index>(j);
      const bool inside = row < a.rows() && column < a.rows();
      out[j * stride + i] = i < j ? std::numeric_limits<double>::quiet_NaN() : inside ? a(row, column) : i == j;
    }
  return out;
}

MatrixXd taken(const AlignedVector& a, std::size_t stride, Index n) {
  return Eigen::Map<const MatrixXd>(a.data(), static_cast<Index>(stride), static_cast<Index>(stride))
      .topLeftCorner(n, n);
}

/// Sizes 0 to 40, and odd ones up to 300 which straddle tiles, groups of tiles and blocks.
std::vector<Index> sizes() {
  std::vector<Index> all;
  for (Index n = 0; n <= 40; ++n) all.push_back(n);
  for (const Index n : {47, 48, 49, 63, 64, 65, 97, 98, 127, 128, 129, 135, 136, 137, 151, 200, 255, 257, 300})
    all.push_back(n);
  return all;
}

void check(Index n, const TileLoops& loops, double ridge, int spread) {
  SCOPED_TRACE(std::string(loops.name) + ", order " + std::to_string(n));
  base::Stream stream(static_cast<std::uint64_t>(n) + 1, 0, 0, base::Purpose::test);
  const MatrixXd a = positive_definite(stream, n, ridge, spread);
  Dense dense(static_cast<std::size_t>(n), loops);
  const std::size_t stride = dense.stride();
  AlignedVector factor = stored(a, stride), inverse(stride * stride, 7.0);
  ASSERT_TRUE(dense.factor(factor.data()));

  // Scaled to a unit diagonal, where errors of elements can be compared: D^-1/2 A D^-1/2.
  const VectorXd unit = a.diagonal().cwiseSqrt();
  const MatrixXd l = taken(factor, stride, n).triangularView<Eigen::Lower>();
  const Wide reference = Eigen::LLT<Wide>(a.cast<long double>()).matrixL();
  const double condition = ridge < 1e-3 ? 1e7 : 1e3;
  if (n > 0) {
    const MatrixXd error = unit.cwiseInverse().asDiagonal() * (l - reference.cast<double>());
    EXPECT_LT(error.cwiseAbs().maxCoeff(), 1e-15 * condition);
    const MatrixXd residual = (l * l.transpose() - a).cwiseQuotient(unit * unit.transpose());
    EXPECT_LT(residual.cwiseAbs().maxCoeff(), 1e-14);
  }
  long double expected = 0;
  for (Index i = 0; i < n; ++i) expected += 2 * std::log(reference(i, i));
  EXPECT_NEAR(dense.log_determinant(factor.data()), static_cast<double>(expected),
              1e-13 * condition * std::max<double>(1, static_cast<double>(n)));

  dense.invert(factor.data(), inverse.data());
  const MatrixXd v = taken(inverse, stride, n);
  if (n > 0) {
    const Wide exact = a.cast<long double>().llt().solve(Wide::Identity(n, n));
    const VectorXd sd = exact.diagonal().cast<double>().cwiseSqrt();
    const MatrixXd error = (v - exact.cast<double>()).cwiseQuotient(sd * sd.transpose());
    EXPECT_LT(error.cwiseAbs().maxCoeff(), 1e-13 * condition);
    EXPECT_EQ((v - v.transpose()).cwiseAbs().maxCoeff(), 0);
  }
  for (std::size_t i = static_cast<std::size_t>(n); i < stride; ++i)
    for (std::size_t j = 0; j < stride; ++j) {
      EXPECT_EQ(inverse[i * stride + j], i == j) << "padding";
      EXPECT_EQ(inverse[j * stride + i], i == j) << "padding";
    }

  AlignedVector x(stride, 0.0), y(stride, 0.0);
  for (Index i = 0; i < n; ++i) x[static_cast<std::size_t>(i)] = unit[i] * stream.normal();
  y = x;
  const VectorXd b = Eigen::Map<const VectorXd>(x.data(), n);
  dense.solve(factor.data(), x.data());
  dense.solve_transposed(factor.data(), y.data());
  const VectorXd forward = l.triangularView<Eigen::Lower>().solve(b);
  const VectorXd backward = l.transpose().triangularView<Eigen::Upper>().solve(b);
  for (Index i = 0; i < n; ++i) {
    EXPECT_NEAR(x[static_cast<std::size_t>(i)], forward[i], 1e-13 * condition * forward.norm());
    EXPECT_NEAR(y[static_cast<std::size_t>(i)], backward[i], 1e-13 * condition * backward.norm());
  }
  for (std::size_t i = static_cast<std::size_t>(n); i < stride; ++i) EXPECT_EQ(x[i], 0) << "padding";
}

TEST(Dense, LikeLongDoubleAndEigen) {
  for (const TileLoops* loops : instruction_sets())
    for (const Index n : sizes()) check(n, *loops, 0.5, 0);
}

TEST(Dense, BadlyScaledAndNearlySingular) {
  for (const TileLoops* loops : instruction_sets())
    for (const Index n : {1, 5, 8, 9, 30, 98, 129, 200}) {
      check(n, *loops, 0.5, 40);
      check(n, *loops, 1e-5, 0);
    }
}

TEST(Dense, ProductsWithRows) {
  for (const TileLoops* loops : instruction_sets())
    for (const Index n : {9, 30, 98, 137}) {
      base::Stream stream(7, 0, 0, base::Purpose::test);
      const Dense dense(static_cast<std::size_t>(n), *loops);
      const auto stride = static_cast<Index>(dense.stride());
      MatrixXd a = MatrixXd::Identity(stride, stride), x = MatrixXd::Zero(stride, 24), y(stride, 24);
      a.topLeftCorner(n, n) = positive_definite(stream, n, 0.5);
      for (Index i = 0; i < 24; ++i)
        for (Index row = 0; row < n; ++row) x(row, i) = stream.normal();
      dense.multiply(a.data(), x.data(), y.data(), 24);
      EXPECT_LT((y - a * x).cwiseAbs().maxCoeff(), 1e-12) << loops->name << ", order " << n;
      const MatrixXd expected = a - x.leftCols(21) * x.leftCols(21).transpose();
      dense.subtract_squares(a.data(), x.data(), 21);
      const MatrixXd lower = (a - expected).triangularView<Eigen::Lower>();
      EXPECT_LT(lower.cwiseAbs().maxCoeff(), 1e-12) << loops->name << ", order " << n;
    }
}

TEST(Dense, FusedInstructionSetsGiveTheSameBits) {
  const auto sets = instruction_sets();
  if (sets.size() < 3) GTEST_SKIP() << "this processor has fewer instruction sets";
  for (const Index n : {9, 40, 137, 300}) {
    base::Stream stream(5, 0, 0, base::Purpose::test);
    const MatrixXd a = positive_definite(stream, n, 0.1);
    AlignedVector factors[2], inverses[2], vectors[2];
    for (int set = 0; set < 2; ++set) {
      Dense dense(static_cast<std::size_t>(n), *sets[static_cast<std::size_t>(set)]);
      factors[set] = stored(a, dense.stride());
      ASSERT_TRUE(dense.factor(factors[set].data()));
      inverses[set].resize(factors[set].size());
      dense.invert(factors[set].data(), inverses[set].data());
      vectors[set].assign(dense.stride(), 0.0);
      std::fill_n(vectors[set].begin(), n, 1.0);
      dense.solve(factors[set].data(), vectors[set].data());
      dense.solve_transposed(factors[set].data(), vectors[set].data());
    }
    EXPECT_EQ(inverses[0], inverses[1]) << "order " << n;
    EXPECT_EQ(vectors[0], vectors[1]) << "order " << n;
  }
}

TEST(Dense, RefusesWhatIsNotPositiveDefinite) {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  base::Stream stream(6, 0, 0, base::Purpose::test);
  for (const TileLoops* loops : instruction_sets())
    for (const Index n : {1, 2, 8, 9, 24, 130, 257})
      for (const Index at : {Index{0}, n / 2, n - 1})
        for (const double pivot : {0.0, -1.0, infinity, nan}) {
          MatrixXd a = positive_definite(stream, n, 0.5);
          a(at, at) = pivot;
          Dense dense(static_cast<std::size_t>(n), *loops);
          AlignedVector storage = stored(a, dense.stride());
          EXPECT_FALSE(dense.factor(storage.data())) << loops->name << ", order " << n << ", pivot " << at;
        }
  // All ones: the second pivot is exactly zero.
  for (const Index n : {3, 30}) {
    Dense dense(static_cast<std::size_t>(n));
    AlignedVector storage = stored(MatrixXd::Ones(n, n), dense.stride());
    EXPECT_FALSE(dense.factor(storage.data()));
  }
}

}  // namespace
}  // namespace woodbury::linalg
