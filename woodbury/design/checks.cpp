// The refusals. Rank: Householder QR of [R; the next rows], a block of rows at a time, so that no copy of the design is
// made; then a column depends on those before it where its entry on R's diagonal is below 1e-7 of its norm, R's bound.
#include "woodbury/design/checks.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <Eigen/QR>

namespace woodbury::design {

namespace {

using base::Error;

constexpr double kDependent = 1e-7;

/// A fixed column with a flat prior, and what is taken from it.
struct FlatColumn {
  std::string name;
  const frame::Numbers* values;  ///< null: ones
  double centre, scale;
};

std::vector<FlatColumn> flat_columns(const Predictor& predictor, const std::vector<Parameter>& parameters,
                                     const frame::Frame& data) {
  std::vector<FlatColumn> out;
  const bool centred = predictor.fixed.intercept;
  for (const DesignColumn& each : predictor.fixed.columns) {
    if (centred && each.data.empty()) continue;
    const std::string name = predictor.names.coefficient(coefficient_name(each.name));
    const auto parameter =
        std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& p) { return p.name == name; });
    WOODBURY_ASSERT(parameter != parameters.end());
    if (parameter->prior.kind != model::DistributionKind::flat) continue;
    // A centred column is measured by its sd, unless that is rounding: then it shows as constant.
    const double size = std::hypot(each.mean, each.sd);
    const double scale = centred && each.sd > 1e-12 * size ? each.sd : size;
    out.push_back({each.name, each.data.empty() ? nullptr : &data.numeric(each.data), centred ? each.mean : 0,
                   scale > 0 ? scale : 1});
  }
  return out;
}

/// R of the columns' QR, rows taken a block at a time.
Eigen::MatrixXd triangle(const std::vector<FlatColumn>& columns, std::size_t rows) {
  const auto p = static_cast<Eigen::Index>(columns.size());
  constexpr std::size_t kBlock = 2048;
  Eigen::MatrixXd r = Eigen::MatrixXd::Zero(p, p);
  for (std::size_t first = 0; first < rows; first += kBlock) {
    const std::size_t count = std::min(kBlock, rows - first);
    Eigen::MatrixXd stacked(p + static_cast<Eigen::Index>(count), p);
    stacked.topRows(p) = r;
    for (Eigen::Index c = 0; c < p; ++c) {
      const FlatColumn& column = columns[static_cast<std::size_t>(c)];
      for (std::size_t i = 0; i < count; ++i) {
        const double x = column.values == nullptr ? 1 : (*column.values)[first + i];
        stacked(p + static_cast<Eigen::Index>(i), c) = (x - column.centre) / column.scale;
      }
    }
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(stacked);
    r = qr.matrixQR().topRows(p).triangularView<Eigen::Upper>();
  }
  return r;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += fmt::format("{}`{}`", i == 0 ? "" : (i + 1 == names.size() ? " and " : ", "), names[i]);
  return out;
}

[[noreturn]] void refuse_collinear(const Predictor& predictor, const std::vector<FlatColumn>& columns,
                                   std::vector<std::string> involved, const std::string& last) {
  const std::string hint = fmt::format("drop one, or give a prior: {}({}) ~ normal(0, 1)", predictor.names.b_class(),
                                       coefficient_name(last));
  if (involved.empty() && predictor.fixed.intercept)
    throw Error(fmt::format("column `{}` is constant, as the intercept is, and its coefficient has a flat prior", last),
                {}, hint);
  involved.push_back(last);
  WOODBURY_ASSERT(involved.size() <= columns.size());
  if (involved.size() == 1)
    throw Error(fmt::format("column `{}` is zero, and its coefficient has a flat prior", last), {}, hint);
  throw Error(fmt::format("columns {} are collinear, and their coefficients have flat priors", listed(involved)), {},
              hint);
}

template <typename Bad>
void refuse_where(std::span<const double> values, const Bad& bad, const RowNumber& row_number,
                  const std::function<std::string(std::size_t, double)>& message, const std::string& hint = {}) {
  const auto found = std::find_if(values.begin(), values.end(), bad);
  if (found == values.end()) return;
  throw Error(message(row_number(static_cast<std::size_t>(found - values.begin())), *found), {}, hint);
}

}  // namespace

void check_response(const std::string& name, std::span<const double> values, model::FamilyKind family,
                    const RowNumber& row_number) {
  if (family == model::FamilyKind::lognormal) {
    refuse_where(
        values, [](double y) { return !(y > 0); }, row_number,
        [&](std::size_t row, double y) { return fmt::format("row {}: `{}` is {}", row, name, y); },
        "a lognormal response is positive: mend the row, or use the gaussian family");
  }
  if (std::any_of(values.begin(), values.end(), [&](double y) { return y != values[0]; })) return;
  throw Error(values.size() == 1 ? fmt::format("there is only one row, with `{}` = {}", name, values[0])
                                 : fmt::format("the response `{}` is {} in every row", name, values[0]),
              {}, "a response that does not vary has nothing to estimate");
}

void check_positive(const std::string& option, const std::string& name, std::span<const double> values,
                    const RowNumber& row_number) {
  refuse_where(
      values, [](double x) { return !(x > 0) || !std::isfinite(x); }, row_number,
      [&](std::size_t row, double x) { return fmt::format("row {}: `{}` is {}", row, name, x); },
      fmt::format("{} takes a column of positive numbers", option));
}

void check_rank(const Predictor& predictor, const std::vector<Parameter>& parameters, const frame::Frame& data) {
  const std::vector<FlatColumn> columns = flat_columns(predictor, parameters, data);
  if (columns.empty()) return;
  if (columns.size() > data.rows()) {
    throw Error(
        fmt::format("{} coefficients have flat priors, but there are only {} rows", columns.size(), data.rows()), {},
        "use fewer columns, or give them a prior: b ~ normal(0, 1)");
  }
  const Eigen::MatrixXd r = triangle(columns, data.rows());
  const double size = std::sqrt(static_cast<double>(data.rows()));
  for (Eigen::Index k = 0; k < r.cols(); ++k) {
    if (std::abs(r(k, k)) > kDependent * size) continue;
    // Column k = Σ weights · the independent ones before it.
    std::vector<std::string> involved;
    const Eigen::VectorXd weights = r.topLeftCorner(k, k).triangularView<Eigen::Upper>().solve(r.col(k).head(k));
    for (Eigen::Index j = 0; j < k; ++j)
      if (std::abs(weights(j)) > 1e-6) involved.push_back(columns[static_cast<std::size_t>(j)].name);
    refuse_collinear(predictor, columns, std::move(involved), columns[static_cast<std::size_t>(k)].name);
  }
}

void check_rows_per_level(const Predictor& mean, const frame::Frame& data) {
  for (const GroupPart& group : mean.groups) {
    const std::size_t levels = data.factor(group.factor).levels.size();
    if (levels < data.rows()) continue;
    throw Error(fmt::format("`{}` has a row a level ({} of {}): its effects cannot be told from the residuals",
                            group.factor, levels, data.rows()),
                {}, "drop the term, fix sigma (sigma ~ constant(1)), or name known residual sds with --se");
  }
}

std::vector<std::string> far_slopes(const Predictor& predictor) {
  std::vector<std::string> out;
  for (const GroupPart& group : predictor.groups) {
    if (!group.design.intercept) continue;
    for (const DesignColumn& column : group.design.columns) {
      if (column.data.empty() || !(column.sd > 0) || std::abs(column.mean) <= 3 * column.sd) continue;
      out.push_back(
          fmt::format("the effects of `{0}` on `{1}` stand beside an intercept at {1} = 0, but `{1}` has mean "
                      "{2:.4g} and sd {3:.4g}; center({1}) puts the intercept amid the data",
                      group.factor, column.name, column.mean, column.sd));
    }
  }
  return out;
}

}  // namespace woodbury::design
