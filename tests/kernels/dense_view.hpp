// A random design as dense matrices: what the oracle takes.
#pragma once

#include <utility>
#include <vector>

#include <Eigen/Dense>

#include "tests/support/random_design.hpp"

namespace woodbury::test {

/// The dense view of a random design, in any scalar: A of whitened coefficients, X of flat ones, and where each came
/// from.
template <class Scalar>
struct DenseView {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

  Matrix A, X, prior;
  std::vector<Eigen::Index> place;  ///< a coefficient of the design → its place in (A, X), or −1
  Vector residual, noise;

  explicit DenseView(const RandomDesign& random) {
    const auto& design = *random.design;
    const auto rows = static_cast<Eigen::Index>(design.rows());
    using Doubles = Eigen::Map<const Eigen::VectorXd>;
    residual = Doubles(random.response.data(), rows).template cast<Scalar>();
    noise =
        (Doubles(random.weights.data(), rows).template cast<Scalar>() * Scalar(random.point.precision)).cwiseInverse();
    place.assign(design.size(), -1);
    std::vector<Vector> normal, flat;
    std::vector<std::size_t> flat_coefficients;
    std::vector<Matrix> blocks;
    for (std::size_t k = 0; k < design.blocks().size(); ++k) {
      const Matrix columns = random.columns(k).template cast<Scalar>();
      if (!random.roles.blocks[k].integrated) {
        residual -=
            columns * Doubles(&random.point.coefficients[design.offset(k)], columns.cols()).template cast<Scalar>();
        continue;
      }
      const Matrix c = random.factor(k).template cast<Scalar>();
      for (Eigen::Index i = 0; i < columns.cols(); ++i) {
        const std::size_t at = design.offset(k) + static_cast<std::size_t>(i);
        if (random.flat(k, static_cast<std::size_t>(i))) {
          flat.push_back(columns.col(i));
          flat_coefficients.push_back(at);
        } else {
          place[at] = static_cast<Eigen::Index>(normal.size());
          normal.push_back(columns.col(i));
        }
      }
      sigma_.emplace_back(k, c * c.transpose());
    }
    A.resize(rows, static_cast<Eigen::Index>(normal.size()));
    X.resize(rows, static_cast<Eigen::Index>(flat.size()));
    for (std::size_t i = 0; i < normal.size(); ++i) A.col(static_cast<Eigen::Index>(i)) = normal[i];
    for (std::size_t i = 0; i < flat.size(); ++i) {
      X.col(static_cast<Eigen::Index>(i)) = flat[i];
      place[flat_coefficients[i]] = static_cast<Eigen::Index>(normal.size() + i);
    }
    fill_prior(random);
  }

 private:
  void fill_prior(const RandomDesign& random) {
    prior = Matrix::Zero(A.cols(), A.cols());
    for (const auto& [k, sigma] : sigma_) {
      const auto& block = random.design->blocks()[k];
      for (std::size_t j = 0; j < block.levels; ++j)
        for (Eigen::Index a = 0; a < sigma.rows(); ++a)
          for (Eigen::Index b = 0; b < sigma.cols(); ++b) {
            const std::size_t at = random.design->offset(k) + j * block.columns.size();
            const Eigen::Index row = place[at + static_cast<std::size_t>(a)],
                               column = place[at + static_cast<std::size_t>(b)];
            if (row < A.cols() && column < A.cols()) prior(row, column) = sigma(a, b);
          }
    }
  }
  std::vector<std::pair<std::size_t, Matrix>> sigma_;
};

}  // namespace woodbury::test
