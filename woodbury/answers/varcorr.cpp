// Variance components: sds, variances, correlations, and shares of the variance.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <Eigen/Dense>

#include "woodbury/answers/columns.hpp"
#include "woodbury/answers/effects.hpp"
#include "woodbury/design/design.hpp"

namespace woodbury::answers {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

std::vector<std::string> columns(const char* first, const char* second, double prob) {
  std::vector<std::string> names{first, second};
  for (const std::string& name : interval_names(prob)) names.push_back(name);
  return names;
}

void add(Table& table, const std::string& group, const std::string& name, const std::vector<double>& draws,
         double prob) {
  auto& row = table.rows.emplace_back(std::vector<Cell>{group, name});
  for (const Cell& cell : described(draws, prob)) row.push_back(cell);
}

Vector column_of(const frame::Frame& data, const std::string& name) {
  if (name.empty()) return Vector::Ones(static_cast<Eigen::Index>(data.rows()));
  const auto& values = data.numeric(name);
  return Eigen::Map<const Vector>(values.data(), static_cast<Eigen::Index>(values.size()));
}

/// Columns of a part side by side.
Matrix columns_of(const frame::Frame& data, const design::DesignPart& part) {
  Matrix x(static_cast<Eigen::Index>(data.rows()), static_cast<Eigen::Index>(part.columns.size()));
  for (std::size_t i = 0; i < part.columns.size(); ++i)
    x.col(static_cast<Eigen::Index>(i)) = column_of(data, part.columns[i].data);
  return x;
}

/// The variance that a term adds to a row, averaged over the rows: tr(Σ mean zzᵀ), draw by draw.
std::vector<double> term_variance(const store::Record& record, const design::GroupPart& part) {
  const Matrix z = columns_of(record.data, part.design);
  const Matrix mean = z.transpose() * z / static_cast<double>(z.rows());
  const auto d = mean.rows();
  std::vector<std::string> names;
  std::vector<std::vector<double>> sds;
  for (const design::DesignColumn& column : part.design.columns) {
    names.push_back(design::coefficient_name(column.name));
    sds.push_back(scalar(record.draws, "sd_" + part.factor + "__" + names.back()));
  }
  std::vector<double> total(sds.front().size(), 0);
  for (Eigen::Index a = 0; a < d; ++a)
    for (Eigen::Index b = 0; b <= a; ++b) {
      const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
      const auto cor = scalar(record.draws, "cor_" + part.factor + "__" + names[j] + "__" + names[i]);
      if (a != b && (cor.empty() || !part.correlated)) continue;
      for (std::size_t t = 0; t < total.size(); ++t)
        total[t] += a == b ? mean(a, a) * sds[i][t] * sds[i][t] : 2 * mean(a, b) * cor[t] * sds[i][t] * sds[j][t];
    }
  return total;
}

/// Var(Xb) over the rows, draw by draw.
std::vector<double> fixed_variance(const store::Record& record, const design::DesignPart& part, std::size_t draws) {
  Matrix x = columns_of(record.data, part);
  x.rowwise() -= x.colwise().mean().eval();
  const Matrix covariance = x.transpose() * x / static_cast<double>(x.rows());
  Matrix b = Matrix::Zero(covariance.rows(), static_cast<Eigen::Index>(draws));
  for (std::size_t i = 0; i < part.columns.size(); ++i) {
    const auto values = scalar(record.draws, "b_" + design::coefficient_name(part.columns[i].name));
    for (std::size_t t = 0; t < values.size(); ++t)
      b(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(t)) = values[t];
  }
  std::vector<double> out(draws);
  for (std::size_t t = 0; t < draws; ++t) {
    const auto each = b.col(static_cast<Eigen::Index>(t));
    out[t] = each.dot(covariance * each);
  }
  return out;
}

/// Shares of a row's variance; none where the residual sd is not one number.
std::vector<Table> shares(const store::Record& record, double prob) {
  const auto sigma = scalar(record.draws, "sigma");
  if (sigma.empty() || !record.model.contains("coding")) return {};
  const design::Coding coding = design::Coding::from_json(record.model.at("coding"));
  std::vector<std::string> factors;
  std::map<std::string, std::vector<double>> by_factor;
  std::vector<double> groups(sigma.size(), 0);
  for (const design::GroupPart& part : coding.groups()) {
    const auto variance = term_variance(record, part);
    auto& sum = by_factor[part.factor];
    if (sum.empty()) {
      factors.push_back(part.factor);
      sum.assign(sigma.size(), 0);
    }
    for (std::size_t t = 0; t < sigma.size(); ++t) {
      sum[t] += variance[t];
      groups[t] += variance[t];
    }
  }
  const auto fixed = fixed_variance(record, coding.fixed(), sigma.size());
  Table icc{"Intraclass correlation", columns("group", "share of", prob), {}, {}};
  for (const std::string& factor : factors) {
    std::vector<double> share = by_factor[factor];
    for (std::size_t t = 0; t < share.size(); ++t) share[t] /= groups[t] + sigma[t] * sigma[t];
    add(icc, factor, "effects and residual", share, prob);
  }
  Table r2{"R²", columns("kind", "explained by", prob), {}, {}};
  std::vector<double> marginal(sigma.size()), conditional(sigma.size());
  for (std::size_t t = 0; t < sigma.size(); ++t) {
    const double all = fixed[t] + groups[t] + sigma[t] * sigma[t];
    marginal[t] = fixed[t] / all;
    conditional[t] = (fixed[t] + groups[t]) / all;
  }
  add(r2, "marginal", "fixed effects", marginal, prob);
  add(r2, "conditional", "fixed and group effects", conditional, prob);
  std::vector<Table> tables;
  if (!icc.rows.empty()) tables.push_back(std::move(icc));
  tables.push_back(std::move(r2));
  return tables;
}

}  // namespace

std::vector<Table> varcorr(const store::Record& record, double prob) {
  Table sds{"Standard deviations", columns("group", "coefficient", prob), {}, {}};
  Table variances{"Variances", columns("group", "coefficient", prob), {}, {}};
  Table correlations{"Correlations", columns("group", "coefficients", prob), {}, {}};
  for (const draws::Variable& v : record.draws.variables()) {
    if (!v.dims.empty()) continue;
    const bool sd = v.name.starts_with("sd_"), cor = v.name.starts_with("cor_"), residual = v.name == "sigma";
    const auto bar = v.name.find("__");
    if (!residual && !((sd || cor) && bar != std::string::npos)) continue;
    const auto draws = scalar(record.draws, v.name);
    if (cor) {
      std::string pair = v.name.substr(bar + 2);
      if (const auto middle = pair.find("__"); middle != std::string::npos) pair.replace(middle, 2, ", ");
      add(correlations, v.name.substr(4, bar - 4), pair, draws, prob);
      continue;
    }
    const std::string group = residual ? "residual" : v.name.substr(3, bar - 3);
    const std::string name = residual ? "" : v.name.substr(bar + 2);
    add(sds, group, name, draws, prob);
    std::vector<double> squares = draws;
    for (double& x : squares) x *= x;
    add(variances, group, name, squares, prob);
  }
  std::vector<Table> tables{std::move(sds), std::move(variances)};
  if (!correlations.rows.empty()) tables.push_back(std::move(correlations));
  for (Table& table : shares(record, prob)) tables.push_back(std::move(table));
  return tables;
}

}  // namespace woodbury::answers
