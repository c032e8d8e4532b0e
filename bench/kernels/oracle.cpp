#include "bench/kernels/oracle.hpp"

#include <cmath>
#include <numbers>

#include <Eigen/Dense>
#include <Eigen/SparseCholesky>

namespace woodbury::bench {

namespace {

struct Entry {
  Eigen::Index column;
  double value;
};

/// Rows of AC over the integrated effects, and Aθ of the others.
class WhitenedRows {
 public:
  WhitenedRows(const Problem& problem, const kernels::Point& point) : problem_(problem), point_(point) {
    const auto& blocks = problem.design->blocks();
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      const kernels::BlockRole& role = problem.roles->blocks[k];
      first_.push_back(static_cast<Eigen::Index>(flat_.size()));
      if (!role.integrated) continue;
      const std::size_t d = effects(k);
      for (std::size_t i = 0; i < blocks[k].levels * d; ++i) flat_.push_back(!role.flat.empty() && role.flat[i % d]);
    }
  }

  [[nodiscard]] const std::vector<bool>& flat() const { return flat_; }

  /// The row's entries, and its sampled part of the mean.
  double read(std::size_t row, std::vector<Entry>& entries) const {
    entries.clear();
    double mean = 0;
    const auto& blocks = problem_.design->blocks();
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      const moments::Block& block = blocks[k];
      const std::size_t d = effects(k), level = block.level(row);
      const std::size_t begin = entries.size();
      if (problem_.roles->blocks[k].integrated)
        for (std::size_t e = 0; e < d; ++e)
          entries.push_back({first_[k] + static_cast<Eigen::Index>(level * d + e), 0});
      for (std::size_t c = 0; c < block.columns.size(); ++c) {
        const double x = block.columns[c] ? (*block.columns[c])[row] : 1;
        if (!problem_.roles->blocks[k].integrated)
          mean += x * point_.coefficients[problem_.design->offset(k) + level * block.columns.size() + c];
        else if (problem_.roles->blocks[k].diagonal)
          entries[begin + c].value += x * point_.factor[k][c];
        else
          for (std::size_t e = 0; e < d; ++e) entries[begin + e].value += x * point_.factor[k][c * d + e];
      }
    }
    return mean;
  }

 private:
  [[nodiscard]] std::size_t effects(std::size_t k) const {
    const std::size_t effects = problem_.roles->blocks[k].effects;
    return effects > 0 ? effects : problem_.design->blocks()[k].columns.size();
  }
  const Problem& problem_;
  const kernels::Point& point_;
  std::vector<Eigen::Index> first_;
  std::vector<bool> flat_;
};

struct Totals {
  Eigen::VectorXd rhs;
  double square = 0, log_weights = 0;
};

/// add(i, j, value) of the lower triangle of CᵀAᵀWAC, and the sums beside it.
template <class Add>
Totals sum_rows(const Problem& problem, const WhitenedRows& rows, double precision, Add&& add) {
  Totals totals{Eigen::VectorXd::Zero(static_cast<Eigen::Index>(rows.flat().size()))};
  std::vector<Entry> entries;
  for (std::size_t n = 0; n < problem.design->rows(); ++n) {
    const double w = precision * (problem.weights.empty() ? 1 : problem.weights[n]);
    const double r = problem.response[n] - rows.read(n, entries);
    totals.square += w * r * r;
    totals.log_weights += std::log(w);
    for (const Entry& a : entries) {
      totals.rhs[a.column] += w * r * a.value;
      for (const Entry& b : entries)
        if (b.column <= a.column) add(a.column, b.column, w * a.value * b.value);
    }
  }
  return totals;
}

/// log|Q| and bᵀQ⁻¹b.
struct Solved {
  double log_determinant, explained;
};

Solved solve_dense(const Problem& problem, const WhitenedRows& rows, double precision, Totals& totals) {
  const auto size = static_cast<Eigen::Index>(rows.flat().size());
  Eigen::MatrixXd q = Eigen::MatrixXd::Zero(size, size);
  for (Eigen::Index i = 0; i < size; ++i) q(i, i) = rows.flat()[static_cast<std::size_t>(i)] ? 0 : 1;
  totals = sum_rows(problem, rows, precision, [&](auto i, auto j, double value) { q(i, j) += value; });
  const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(q);
  const Eigen::VectorXd half = factor.matrixL().solve(totals.rhs);
  return {2 * q.diagonal().array().log().sum(), half.squaredNorm()};
}

Solved solve_sparse(const Problem& problem, const WhitenedRows& rows, double precision, Totals& totals) {
  const auto size = static_cast<Eigen::Index>(rows.flat().size());
  std::vector<Eigen::Triplet<double>> triplets;
  for (Eigen::Index i = 0; i < size; ++i) triplets.emplace_back(i, i, rows.flat()[static_cast<std::size_t>(i)] ? 0 : 1);
  totals =
      sum_rows(problem, rows, precision, [&](auto i, auto j, double value) { triplets.emplace_back(i, j, value); });
  Eigen::SparseMatrix<double> q(size, size);
  q.setFromTriplets(triplets.begin(), triplets.end());
  triplets = {};
  const Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> factor(q);
  return {factor.vectorD().array().log().sum(), totals.rhs.dot(factor.solve(totals.rhs))};
}

}  // namespace

double log_density(const Problem& problem, const kernels::Point& point) {
  constexpr std::size_t kDense = 2500;
  const WhitenedRows rows(problem, point);
  Totals totals;
  const Solved solved = rows.flat().size() <= kDense ? solve_dense(problem, rows, point.precision, totals)
                                                     : solve_sparse(problem, rows, point.precision, totals);
  const auto flat = static_cast<double>(std::count(rows.flat().begin(), rows.flat().end(), true));
  const double free = static_cast<double>(problem.design->rows()) - flat;
  return 0.5 * (totals.log_weights - solved.log_determinant - free * std::log(2 * std::numbers::pi) - totals.square +
                solved.explained);
}

}  // namespace woodbury::bench
