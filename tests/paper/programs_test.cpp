// The published models as programs: what is integrated without a word about it, and log p(y | parameters) by name with
// one factor, all or none integrated, against values computed apart from this project, against a dense covariance a
// group, and against the same model as a formula.
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/paper/programs.hpp"
#include "tests/support/dense_oracle.hpp"

namespace woodbury::paper {
namespace {

class Programs : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    for (const Program& each : programs())
      if (each.name == GetParam()) program = &each;
    if (program->name == "fibrosis") return;
    WOODBURY_NEEDS_TABLE(find(program->name));
  }

  [[nodiscard]] fit::Prepared prepare(const std::string& integrate) const {
    model::Builder m;
    program->build(m);
    fit::Options options;
    options.plan.integrate = integrate;
    return fit::prepare(m.model(), table_of(*program), options);
  }

  /// The point with what is sampled of the effects at 0, or where the point has them.
  [[nodiscard]] double log_marginal_likelihood(const std::string& integrate) const {
    const fit::Prepared prepared = prepare(integrate);
    fit::Evaluator evaluator(prepared);
    fit::Values values;
    for (const draws::Variable& parameter : evaluator.parameters()) {
      const auto given = program->point.find(parameter.name);
      values[parameter.name] = given != program->point.end() ? given->second : std::vector<double>(parameter.size());
      // What the likelihood does not need must be allowed to be absent.
      if (given == program->point.end() && !effect(parameter.name)) values.erase(parameter.name);
    }
    if (program->name == "electric" && values.contains("a")) values["a"] = pair_means(prepared);
    return evaluator.log_marginal_likelihood(values);
  }

  [[nodiscard]] bool effect(const std::string& name) const {
    return name == "s_subj" || std::ranges::find(program->effects, name) != program->effects.end();
  }

  /// 100 m of each pair's grade.
  [[nodiscard]] std::vector<double> pair_means(const fit::Prepared& prepared) const {
    const frame::Factor &pair = prepared.data.factor("pair"), &grade = prepared.data.factor("grade");
    std::vector<double> means(pair.levels.size());
    for (std::size_t n = 0; n < pair.codes.size(); ++n)
      means[static_cast<std::size_t>(pair.codes[n])] =
          100 * program->point.at("m")[static_cast<std::size_t>(grade.codes[n])];
    return means;
  }

  const Program* program = nullptr;
};

TEST_P(Programs, integrate_what_the_paper_did_by_hand_or_more) {
  const fit::Prepared prepared = prepare("auto");
  std::size_t classes = 0;
  for (const std::string& effects : program->effects)
    classes += prepared.plan.integrated.count(prepared.model.find(effects));
  EXPECT_GT(classes, 0U) << prepared.plan.line();
  const fit::Prepared all = prepare("all");
  for (const std::string& effects : program->effects)
    EXPECT_TRUE(all.plan.integrated.contains(all.model.find(effects))) << effects;
  fmt::print("{}: {}\n", program->name, prepared.plan.line());
  if (program->name == "fibrosis") return;
  const Entry& entry = find(program->name);
  EXPECT_EQ(prepared.plan.declared_dims, entry.declared_dims);
  for (std::size_t i = 0; i < program->effects.size(); ++i)
    EXPECT_EQ(prepare(program->effects[i]).plan.sampled_dims, entry.sampled_dims[i]) << program->effects[i];
}

TEST_P(Programs, have_the_published_log_likelihoods) {
  for (const auto& [integrate, expected] : program->expected) {
    const double value = log_marginal_likelihood(integrate);
    EXPECT_LT(std::abs(value / expected - 1), 1e-8)
        << integrate << fmt::format(": {:.6f} instead of {:.6f}", value, expected);
  }
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Program& program : programs()) result.push_back(program.name);
  return result;
}

INSTANTIATE_TEST_SUITE_P(Models, Programs, testing::ValuesIn(names()),
                         [](const testing::TestParamInfo<std::string>& parameter) { return parameter.param; });

/// Σ over groups of log N(y_j; m_j, Z_j Σ Z_jᵀ + D_j), dense.
double by_groups(const frame::Factor& group, const std::vector<double>& residual, const frame::Numbers& t,
                 const std::vector<double>& variance, const Eigen::Matrix2d& covariance) {
  double sum = 0;
  for (std::size_t j = 0; j < group.levels.size(); ++j) {
    std::vector<std::size_t> rows;
    for (std::size_t n = 0; n < group.codes.size(); ++n)
      if (group.codes[n] == static_cast<std::int32_t>(j)) rows.push_back(n);
    const auto size = static_cast<Eigen::Index>(rows.size());
    Eigen::VectorXd r(size), noise(size);
    Eigen::MatrixXd z(size, 2);
    for (Eigen::Index i = 0; i < size; ++i) {
      const std::size_t n = rows[static_cast<std::size_t>(i)];
      r[i] = residual[n];
      noise[i] = variance[n];
      z(i, 0) = 1;
      z(i, 1) = t[n];
    }
    sum += test::DenseOracle<>(r, z, covariance, Eigen::MatrixXd(size, 0), noise).log_density;
  }
  return sum;
}

using OneGroup = Programs;
INSTANTIATE_TEST_SUITE_P(Models, OneGroup, testing::Values("fibrosis", "stroop"),
                         [](const testing::TestParamInfo<std::string>& parameter) { return parameter.param; });

TEST_P(OneGroup, agrees_with_the_dense_covariance_of_each_group) {
  const bool fibrosis = program->name == "fibrosis";
  const frame::Frame table = table_of(*program);
  const frame::Numbers &t = table.numeric(fibrosis ? "Weeks" : "t"), &y = table.numeric(fibrosis ? "FVC" : "RT");
  std::vector<double> residual, variance;
  double logs = 0;
  for (std::size_t n = 0; n < y.size(); ++n) {
    residual.push_back(fibrosis ? y[n] - 2700 + 4 * t[n] : std::log(y[n]) - 6.3 - 0.01 * t[n]);
    variance.push_back(fibrosis ? 140. * 140 : std::exp(2 * (-1 + 0.02 * t[n])));
    if (!fibrosis) logs += std::log(y[n]);
  }
  Eigen::Matrix2d covariance;
  if (fibrosis)
    covariance << 800. * 800, 0, 0, 16;
  else
    covariance << 0.15 * 0.15, 0.3 * 0.15 * 0.02, 0.3 * 0.15 * 0.02, 0.02 * 0.02;
  const frame::Factor& group = table.factor(fibrosis ? "Patient" : "subj");
  const double expected = by_groups(group, residual, t, variance, covariance) - logs;
  const double value = log_marginal_likelihood(fibrosis ? "a,b" : "u_subj");
  EXPECT_LT(std::abs(value / expected - 1), 1e-10) << fmt::format("{:.8f} instead of {:.8f}", value, expected);
}

using AsFormula = Programs;
INSTANTIATE_TEST_SUITE_P(Models, AsFormula, testing::Values("gg05", "mandarin2", "dutch"),
                         [](const testing::TestParamInfo<std::string>& parameter) { return parameter.param; });

TEST_P(AsFormula, has_the_formulas_log_likelihood) {
  const Entry& entry = find(program->name);
  fit::Values values{{"b_Intercept", program->point.at("alpha")},
                     {"b_" + entry.slope, program->point.at("beta")},
                     {"sigma", program->point.at("sigma")}};
  std::string effects, r_effects;
  for (const std::string& g : entry.factors) {
    values["sd_" + g + "__Intercept"] = program->point.at("tau_u_" + g + "_1");
    values["sd_" + g + "__" + entry.slope] = program->point.at("tau_u_" + g + "_2");
    values["cor_" + g] = program->point.at("R_u_" + g);
    effects += (effects.empty() ? "u_" : ",u_") + g;
    r_effects += (r_effects.empty() ? "r_" : ",r_") + g;
  }
  plan::Options plan;
  plan.integrate = r_effects;
  const fit::Prepared prepared = paper::prepare(entry, plan);
  fit::Evaluator formula(prepared);
  const double expected = formula.log_marginal_likelihood(values), value = log_marginal_likelihood(effects);
  EXPECT_LT(std::abs(value / expected - 1), 1e-12) << fmt::format("{:.8f} instead of {:.8f}", value, expected);
}

}  // namespace
}  // namespace woodbury::paper
