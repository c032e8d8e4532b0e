// log p(y | parameters) of the catalogue's models at one point each, with one factor, all or none integrated out,
// against values computed apart from this project (numpy: block formulas, whitened joint Cholesky, dense covariance).
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/paper/catalogue.hpp"
#include "woodbury/density/density.hpp"

namespace woodbury::paper {
namespace {

/// Intercept, slope, sigma; sd of intercept, sd of slope and correlation a factor.
struct CrossedPoint {
  double alpha, beta, sigma;
  std::vector<std::vector<double>> factors;
};

/// What the effects integrated are, and the value: "none", a factor, or several by commas.
struct Expected {
  std::string integrate;
  double log_likelihood;
};

/// A model's parameters: some fixed by priors, some set by name, correlations in the order of the factors.
struct Point {
  std::string entry;
  std::vector<std::string> constants;
  std::vector<double> correlations;
  std::map<std::string, std::vector<double>> values;
  std::vector<Expected> expected;
};

Point crossed(const std::string& name, const CrossedPoint& point, std::vector<double> values) {
  const Entry& entry = find(name);
  Point result{name, {}, {}, {}, {}};
  result.constants = {fmt::format("b(Intercept) ~ constant({})", point.alpha),
                      fmt::format("b(`{}`) ~ constant({})", entry.slope, point.beta),
                      fmt::format("sigma ~ constant({})", point.sigma)};
  std::string all;
  result.expected = {{"none", values[0]}};
  for (std::size_t i = 0; i < entry.factors.size(); ++i) {
    const std::string& g = entry.factors[i];
    result.constants.push_back(fmt::format("sd({}, Intercept) ~ constant({})", g, point.factors[i][0]));
    result.constants.push_back(fmt::format("sd({}, `{}`) ~ constant({})", g, entry.slope, point.factors[i][1]));
    result.correlations.push_back(point.factors[i][2]);
    result.expected.push_back({g, values[i + 1]});
    all += (i == 0 ? "" : ",") + g;
  }
  if (entry.factors.size() > 1) result.expected.push_back({all, values.back()});
  return result;
}

Point insteval() {
  return {"InstEval_fixed",
          {"b(Intercept) ~ constant(3.2)", "b(service) ~ constant(-0.08)", "sigma ~ constant(1.18)"},
          {},
          {},
          {{"none", -126441.039617},
           {"s", -126333.324899},
           {"d", -120457.588488},
           {"dept", -126126.260101},
           {"s,d,dept", -120566.122585}}};
}

Point grouseticks() {
  return {
      "grouseticks",
      {},
      {},
      {{"mu_1", {0.5}},
       {"mu_2", {0.3}},
       {"sigma_1", {6}},
       {"sigma_2", {5}},
       {"sigma_t", {8}},
       {"beta_e", {0.05}},
       {"beta_a", {-0.05}},
       {"u_1", std::vector<double>(118, 0.5)},
       {"u_2", std::vector<double>(63, 0.3)}},
      {{"none", -1713.726191}, {"BROOD", -1450.399657}, {"LOCATION", -1533.339132}, {"BROOD,LOCATION", -1434.134740}}};
}

Point electric() {
  return {"electric",
          {},
          {},
          {{"m", {0.6, 0.9, 1.0, 1.1}}, {"b", {8, 4, 2, 2}}, {"s", {2.5, 2, 1.5, 1}}},
          {{"none", -840.287466}, {"a", -820.654931}}};
}

const CrossedPoint kLogTimes{6.5, 0.05, 0.5, {{0.3, 0.1, 0.3}, {0.15, 0.08, -0.2}}};
const CrossedPoint kMandarin{6.1, -0.05, 0.5, {{0.3, 0.1, 0.3}, {0.15, 0.08, -0.2}}};
const CrossedPoint kNp1{6.2, -0.03, 0.4, {{0.25, 0.1, 0.3}, {0.1, 0.05, -0.2}}};
const CrossedPoint kEeg{2.5, 2, 9, {{2, 1, 0.3}, {1.5, 1, -0.2}}};
const CrossedPoint kPupil{5000, 60, 500, {{2000, 60, 0.3}}};

/// Means of the pairs at the point: 100 m of the pair's grade.
std::vector<double> pair_means(const fit::Prepared& prepared, const std::vector<double>& m) {
  const frame::Factor &pair = prepared.data.factor("pair"), &grade = prepared.data.factor("grade");
  std::vector<double> means(pair.levels.size());
  for (std::size_t row = 0; row < pair.codes.size(); ++row)
    means[static_cast<std::size_t>(pair.codes[row])] = 100 * m[static_cast<std::size_t>(grade.codes[row])];
  return means;
}

/// Coordinates of the point; sampled effects without a value are zero.
std::vector<double> coordinates(const fit::Prepared& prepared, const density::Density& density, Point point) {
  std::vector<double> q(density.dimension(), 0.0);
  if (point.entry == "electric") point.values["a"] = pair_means(prepared, point.values["m"]);
  std::size_t correlation = 0;
  for (std::size_t v = 0; v < prepared.plan.model.variables().size(); ++v) {
    const model::RandomVariable& variable = prepared.plan.model.variables()[v];
    const auto id = static_cast<model::VariableId>(v);
    if (variable.distribution.kind == model::DistributionKind::lkj) {
      const double rho = point.correlations.at(correlation++);
      density.unconstrain(id, std::vector<double>{1, rho, 0, std::sqrt(1 - rho * rho)}, q);
    } else if (point.values.contains(variable.name) && !prepared.plan.integrated.contains(id)) {
      density.unconstrain(id, point.values[variable.name], q);
    }
  }
  EXPECT_EQ(correlation, point.correlations.size());
  return q;
}

void check(const Point& point) {
  const Entry& entry = find(point.entry);
  WOODBURY_NEEDS_TABLE(entry);
  double worst = 0;
  for (const Expected& expected : point.expected) {
    plan::Options plan;
    plan.integrate = expected.integrate;
    for (const auto& [name, value] : point.values)
      if (name == "u_1" || name == "u_2") plan.parametrisation[name] = "centred";
    if (entry.name == "electric") plan.parametrisation["a"] = "centred";
    const fit::Prepared prepared = prepare(entry, plan, point.constants);
    density::Density density(prepared.plan, prepared.data);
    const double value = density.locate(coordinates(prepared, density, point));
    const double error = std::abs(value / expected.log_likelihood - 1);
    EXPECT_LT(error, 1e-8) << entry.name << " with " << expected.integrate
                           << " integrated: " << fmt::format("{:.6f}", value) << " instead of "
                           << fmt::format("{:.6f}", expected.log_likelihood);
    std::vector<double> gradient(density.dimension());
    density.evaluate(coordinates(prepared, density, point), gradient);
    EXPECT_EQ(density.log_likelihood(), value) << "evaluate and locate differ";
    worst = std::max(worst, error);
  }
  fmt::print("{}: {} values, largest relative error {:.1e}\n", entry.name, point.expected.size(), worst);
}

TEST(CheckValues, dillonE1) {
  check(crossed("dillonE1", kLogTimes, {-21624.888282, -21258.163565, -21514.773766, -21201.126390}));
}
TEST(CheckValues, dutch) { check(crossed("dutch", kNp1, {-269.362320, -241.620278, -268.709538, -244.618008})); }
TEST(CheckValues, english) { check(crossed("english", kNp1, {-780.246693, -603.648877, -731.349854, -593.759080})); }
TEST(CheckValues, eeg) { check(crossed("eeg", kEeg, {-95703.694488, -95315.340731, -95518.830923, -95163.183676})); }
TEST(CheckValues, mandarin) {
  check(crossed("mandarin", kMandarin, {-3834.901105, -3795.375436, -3811.851301, -3773.689557}));
}
TEST(CheckValues, pupil) { check(crossed("pupil", kPupil, {-42900.834700, -17125.661751})); }
TEST(CheckValues, grouseticks) { check(grouseticks()); }
TEST(CheckValues, electric) { check(electric()); }
TEST(CheckValues, InstEval) { check(insteval()); }

}  // namespace
}  // namespace woodbury::paper
