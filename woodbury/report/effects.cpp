// Caterpillars with shrinkage, and conditional effects.
#include <algorithm>
#include <cmath>
#include <map>

#include <Eigen/Dense>

#include "woodbury/design/design.hpp"
#include "woodbury/diagnose/diagnose.hpp"
#include "woodbury/report/sections.hpp"

namespace woodbury::report {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr std::size_t kLevels = 150, kPanels = 12, kPoints = 1000;

Vector column_of(const frame::Frame& data, const std::string& name) {
  if (name.empty()) return Vector::Ones(static_cast<Eigen::Index>(data.rows()));
  const auto& values = data.numeric(name);
  return Eigen::Map<const Vector>(values.data(), static_cast<Eigen::Index>(values.size()));
}

double mean_of(const store::Record& record, const std::string& name) {
  return record.draws.has(name) ? record.summary.parameters[record.draws.offset(record.draws.find(name))].mean : 0;
}

std::optional<std::size_t> effect_column(const store::Record& record, const std::string& factor,
                                         const std::string& coefficient) {
  for (std::size_t v = 0; v < record.draws.variables().size(); ++v) {
    const draws::Variable& variable = record.draws.variables()[v];
    if (variable.dims.size() != 2 || variable.dims[0] != factor || !variable.name.starts_with("r_" + factor)) continue;
    if (variable.name.ends_with("__sigma")) continue;
    const auto at = std::ranges::find(variable.coords[1], coefficient);
    if (at != variable.coords[1].end())
      return record.draws.offset(v) + static_cast<std::size_t>(at - variable.coords[1].begin());
  }
  return std::nullopt;
}

/// Coefficients of a factor's levels, d columns of effects a term.
struct Part {
  std::vector<std::string> names;
  std::vector<std::size_t> columns;  ///< of the draws: the first level's
  std::size_t stride = 1;            ///< between levels
  Matrix z;
};

/// All terms on one factor side by side.
std::map<std::string, Part> parts_of(const store::Record& record, const design::Coding& coding) {
  std::map<std::string, Part> parts;
  for (const design::GroupPart& group : coding.groups()) {
    Part& part = parts[group.factor];
    for (const design::DesignColumn& column : group.design.columns) {
      const std::string name = design::coefficient_name(column.name);
      const auto first = effect_column(record, group.factor, name);
      if (!first) continue;
      part.names.push_back(name);
      part.columns.push_back(*first);
      part.z.conservativeResize(static_cast<Eigen::Index>(record.data.rows()), part.z.cols() + 1);
      part.z.col(part.z.cols() - 1) = column_of(record.data, column.data);
    }
  }
  return parts;
}

double effect(const store::Record& record, std::size_t column) { return record.summary.parameters[column].mean; }

std::size_t stride_of(const store::Record& record, std::size_t column) {
  const auto& variables = record.draws.variables();
  for (std::size_t v = variables.size(); v-- > 0;)
    if (record.draws.offset(v) <= column) return variables[v].coords[1].size();
  return 1;
}

/// The response less posterior means of everything but one factor's effects.
Vector partial_residuals(const store::Record& record, const design::Coding& coding,
                         const std::map<std::string, Part>& parts, const std::string& factor) {
  Vector r = column_of(record.data, record.responses.front());
  if (record.run.value("family", "gaussian") == "lognormal") r = r.array().log();
  for (const design::DesignColumn& column : coding.fixed().columns)
    r -= mean_of(record, "b_" + design::coefficient_name(column.name)) * column_of(record.data, column.data);
  for (const std::string& offset : coding.fixed().offsets) r -= column_of(record.data, offset);
  for (const auto& [other, part] : parts) {
    if (other == factor) continue;
    const auto& codes = record.data.factor(other).codes;
    for (std::size_t c = 0; c < part.columns.size(); ++c) {
      const std::size_t stride = stride_of(record, part.columns[c]);
      for (Eigen::Index n = 0; n < r.size(); ++n)
        r[n] -= part.z(n, static_cast<Eigen::Index>(c)) *
                effect(record, part.columns[c] + static_cast<std::size_t>(codes[static_cast<std::size_t>(n)]) * stride);
    }
  }
  return r;
}

/// Least squares of a level's residuals on its columns; NaN where its rows do not tell.
Matrix unpooled(const Part& part, const Vector& residuals, const frame::Factor& factor,
                std::vector<std::size_t>& rows) {
  const auto d = part.z.cols(), levels = static_cast<Eigen::Index>(factor.levels.size());
  Matrix result = Matrix::Constant(levels, d, std::nan(""));
  std::vector<Matrix> squares(factor.levels.size(), Matrix::Zero(d, d));
  std::vector<Vector> products(factor.levels.size(), Vector::Zero(d));
  rows.assign(factor.levels.size(), 0);
  for (Eigen::Index n = 0; n < residuals.size(); ++n) {
    const auto j = static_cast<std::size_t>(factor.codes[static_cast<std::size_t>(n)]);
    squares[j] += part.z.row(n).transpose() * part.z.row(n);
    products[j] += part.z.row(n).transpose() * residuals[n];
    ++rows[j];
  }
  for (Eigen::Index j = 0; j < levels; ++j) {
    const Eigen::FullPivLU<Matrix> lu(squares[static_cast<std::size_t>(j)]);
    if (lu.isInvertible()) result.row(j) = lu.solve(products[static_cast<std::size_t>(j)]).transpose();
  }
  return result;
}

/// Of many levels the lowest, the highest, and some between.
std::vector<std::size_t> shown(std::vector<std::size_t> order) {
  if (order.size() <= kLevels) return order;
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < kLevels; ++i) some.push_back(order[i * (order.size() - 1) / (kLevels - 1)]);
  return some;
}

}  // namespace

nlohmann::json groups(const store::Record& record, const Options& options) {
  auto list = nlohmann::json::array();
  if (!record.model.contains("coding")) return list;
  const design::Coding coding = design::Coding::from_json(record.model.at("coding"));
  const auto parts = parts_of(record, coding);
  for (const auto& [factor, part] : parts) {
    const frame::Factor& levels = record.data.factor(factor);
    std::vector<std::size_t> rows;
    const Matrix raw = unpooled(part, partial_residuals(record, coding, parts, factor), levels, rows);
    for (std::size_t c = 0; c < part.columns.size() && list.size() < kPanels; ++c) {
      const std::size_t stride = stride_of(record, part.columns[c]);
      const auto at = [&](std::size_t j) { return part.columns[c] + j * stride; };
      std::vector<std::size_t> order(levels.levels.size());
      for (std::size_t j = 0; j < order.size(); ++j) order[j] = j;
      if (order.size() > kLevels) std::ranges::sort(order, {}, [&](std::size_t j) { return effect(record, at(j)); });
      auto entries = nlohmann::json::array();
      for (const std::size_t j : shown(order)) {
        const auto all = draws_of(record, at(j));
        entries.push_back({{"level", levels.levels[j]},
                           {"mean", rounded(effect(record, at(j)))},
                           {"lower", rounded(diagnose::quantile(all, (1 - options.prob) / 2))},
                           {"upper", rounded(diagnose::quantile(all, (1 + options.prob) / 2))},
                           {"raw", rounded(raw(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(c)))},
                           {"n", rows[j]}});
      }
      list.push_back({{"factor", factor}, {"coefficient", part.names[c]}, {"levels", order.size()}, {"rows", entries}});
    }
  }
  return list;
}

nlohmann::json conditional(const answers::Bound& bound, const Options& options) {
  auto list = nlohmann::json::array();
  auto questions = answers::conditional_questions(bound);
  if (questions.size() > kPanels) questions.resize(kPanels);
  const answers::PredictOptions average{.quantity = answers::Quantity::mean,
                                        .effects = {answers::GroupEffects::Kind::none},
                                        .prob = options.prob,
                                        .threads = options.threads};
  for (const answers::ConditionalEffect& effect : answers::conditional_effects(bound, questions, average)) {
    auto curve = nlohmann::json::array(), rows = nlohmann::json::array();
    for (const auto& p : effect.curve)
      curve.push_back(
          {rounded(p.x), rounded(p.expected.mean), rounded(p.expected.lower), rounded(p.expected.upper), p.line});
    const std::size_t count = std::min(kPoints, effect.rows.size());
    for (std::size_t i = 0; i < count; ++i) {
      const auto& row = effect.rows[i * effect.rows.size() / count];
      rows.push_back({rounded(row.x), rounded(row.y), row.line});
    }
    list.push_back({{"name", effect.name},
                    {"levels", effect.levels},
                    {"by", effect.by},
                    {"lines", effect.lines},
                    {"grid", curve},
                    {"points", rows}});
  }
  return list;
}

}  // namespace woodbury::report
