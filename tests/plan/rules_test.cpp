// The planner's rules, one by one: what each does, what is left when it is switched off, and what it computes.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>

#include "tests/plan/catalogue.hpp"
#include "woodbury/plan/rules/rules.hpp"

namespace woodbury::plan {
namespace {

using model::Builder;
using model::Expr;
using model::over;

Plan plan_of(const std::string& formula, const frame::Frame& table, const Options& options) {
  const Subject subject = of_formula(formula, {}, table, {});
  return make_plan(subject.model, subject.table, options);
}

RuleNote::State state_of(const Plan& plan, std::string_view rule) {
  const auto note = std::ranges::find(plan.rules, rule, &RuleNote::rule);
  EXPECT_NE(note, plan.rules.end()) << rule;
  return note->state;
}

TEST(Rules, OfAnUnknownNameAreRefused) {
  try {
    static_cast<void>(plan_of("y ~ x + (1 | g)", small_table(), {.without = {"equal-level"}}));
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(error.describe().find("equal-levels"), std::string::npos) << error.describe();
  }
}

TEST(Rules, AreSwitchedOffOneByOne) {
  const std::string formula = "y ~ x + (x | g) + (x | h)";
  const Plan all = plan_of(formula, test::designed_table(7), {});
  EXPECT_EQ(state_of(all, reduce::kEqualLevels), RuleNote::State::applied);
  EXPECT_FALSE(all.reductions.empty());
  for (const RuleText& rule : rule_texts()) {
    const Plan plan = plan_of(formula, test::designed_table(7), {.without = {std::string(rule.name)}});
    EXPECT_EQ(state_of(plan, rule.name), RuleNote::State::off) << rule.name;
    EXPECT_EQ(plan.reductions.empty(), rule.name == reduce::kEqualLevels) << rule.name;
  }
  const Plan unreduced = plan_of(formula, test::designed_table(7), {.reduce = false});
  for (const auto rule : {reduce::kEqualLevels, reduce::kFixedScales, reduce::kFillOrder})
    EXPECT_EQ(state_of(unreduced, rule), RuleNote::State::off) << rule;
}

TEST(Rules, NestedTogetherLeavesOutSetsThatSplitANest) {
  const auto names = [](const Plan& plan) {
    std::set<std::string> set;
    for (const Candidate& candidate : plan.candidates) set.insert(candidate.integrated);
    return set;
  };
  const Plan with = plan_of("y ~ x + (1 | i/g)", small_table(), {});
  const Plan without = plan_of("y ~ x + (1 | i/g)", small_table(), {.without = {"nested-together"}});
  EXPECT_EQ(state_of(with, kNestedTogether), RuleNote::State::applied);
  EXPECT_EQ(names(with), (std::set<std::string>{"i, i:g, fixed", "i, fixed", "fixed"}));
  EXPECT_EQ(names(without), (std::set<std::string>{"i, i:g, fixed", "i:g, fixed", "i, fixed", "fixed"}));
}

/// As many levels of one column, of information i each.
double draws_of_scale(std::size_t levels, double i, bool centred) {
  const Information information{
      .levels = levels, .width = 1, .squares = std::vector<double>(levels, i), .variances = {1}};
  return scale_draws(information, {std::vector<bool>(levels, centred), i});
}

/// Where the data tell a scale well, an effective draw takes the ratio of the two informations on it, and a little.
TEST(Conditioning, ScalesThatTheDataTellTakeTheRatioOfInformations) {
  for (const double i : {0.5, 2.0, 10.0}) {
    const std::size_t levels = 4000;
    const double alone = 2 * std::pow(i / (1 + i), 2), little = 6 / std::sqrt(4000 * alone);
    EXPECT_NEAR(draws_of_scale(levels, i, false), std::max(1.0, i / alone + little), 0.03 * i / alone) << i;
    EXPECT_NEAR(draws_of_scale(levels, i, true), 2 / alone + little, 0.03 * 2 / alone) << i;
  }
}

TEST(Conditioning, ScalesThatMayBeZeroTakeMany) {
  // As of eeg's slopes by subject: 334 levels, whose scale has a relative sd of 0.3 by its information.
  EXPECT_GT(draws_of_scale(334, 0.16, false), 20);
  EXPECT_LT(draws_of_scale(334, 2, false), 5);
  EXPECT_LT(draws_of_scale(4, 0.01, false), 7);  // nothing is known, but the few effects hold it to little
}

TEST(Conditioning, AColumnHasTheInformationThatOthersOfItsLevelLeave) {
  const auto draws = [](double together) {
    Information information{.levels = 300, .width = 2, .squares = {}, .variances = {1, 1}};
    for (int j = 0; j < 300; ++j) information.squares.insert(information.squares.end(), {2, together, together, 0.5});
    return scale_draws(information, {std::vector<bool>(300), 1});
  };
  EXPECT_GT(draws(0.95), 1.5 * draws(0));
}

Priced priced(double microseconds, double gradients, std::set<model::VariableId> set) {
  Priced p;
  p.candidate.microseconds = microseconds;
  p.candidate.gradients_per_draw = gradients;
  p.set = std::move(set);
  return p;
}

TEST(Rules, PreferFullerTakesMoreWhereItCostsLittleMore) {
  const std::vector<Priced> list{priced(1, 10, {0}), priced(1.1, 10, {0, 1}), priced(9, 10, {0, 1, 2}),
                                 priced(1.05, 10, {3})};
  EXPECT_EQ(cheapest(list), 0U);
  EXPECT_EQ(prefer_fuller(list, 0), 1U);
}

TEST(Rules, InformedFirstLeavesTheLeastInformedToBeSampled) {
  std::vector<Priced> list{priced(1, 10, {0}), priced(1.3, 10, {1}), priced(1.1, 10, {0, 1}), priced(3, 10, {2})};
  const std::vector<double> left{9, 2, 0, 1};
  for (std::size_t i = 0; i < list.size(); ++i) list[i].left = left[i];
  EXPECT_EQ(leave_least_informed(list, 0), 1U);  // the third holds all of the first, the fourth is too dear
  list[1].left = 10;
  EXPECT_EQ(leave_least_informed(list, 0), 0U);
}

/// Effects on log sigma of sd 0.5 over 40 levels, 60 rows in every second level and 2 in the others.
TEST(Rules, LevelCentringKnowsEffectsOnTheScale) {
  base::Stream stream(6, 0, 0, base::Purpose::test);
  std::vector<double> y;
  std::vector<std::string> g;
  for (int j = 0; j < 40; ++j) {
    const double sd = std::exp(0.5 * stream.normal());
    for (int i = 0; i < (j % 2 ? 60 : 1); ++i) {
      g.push_back("g" + std::to_string(100 + j));
      y.push_back(5 + sd * stream.normal());
    }
  }
  frame::Frame table;
  table.add("y", frame::Numeric{y});
  table.add("g", frame::make_factor(g));
  design::Options options;
  options.sigma = "~ 1 + (1 | g)";
  const Subject subject = of_formula("y ~ 1", options, table, {});
  const Plan plan = make_plan(subject.model, subject.table, {});
  const auto v = plan.model.find("r_g__sigma");
  ASSERT_EQ(plan.actions.at(v), Action::sample_by_level);
  for (std::size_t j = 0; j < 40; ++j) EXPECT_EQ(plan.centred_levels.at(v)[j], j % 2 == 1) << j;
}

/// κ of a small model against eigenvalues of the dense matrix: g sampled, the border integrated under wide priors.
TEST(Rules, ConditioningFindsTheConditionNumber) {
  const frame::Frame table = test::crossed_table(7, 60);
  Builder m;
  const Expr a = m.normal("a", 0, 10), u = m.normal("u", 0, 0.9, over("g")), v = m.normal("v", 0, 0.4, over("h"));
  m.observe_normal("y", a + u["g"] + v["h"], m.half_normal("sigma", 1));
  model::Model model = m.model();
  const Survey survey(model, table, detect(model, gaussian_variables(model)));
  const std::vector<Group> groups = groups_of(model, gaussian_variables(model));
  for (const std::set<model::VariableId>& set :
       {std::set{model.find("a")}, std::set{model.find("a"), model.find("v")}}) {
    const PriceOptions every_rule;
    const Priced found = Pricing(model, table, survey, every_rule).price(set, groups);
    // The precision of (a, u, v), Schur complement of what is integrated, scaled to a unit diagonal of the sampled
    // part.
    const auto rows = static_cast<Eigen::Index>(table.rows());
    Eigen::MatrixXd design = Eigen::MatrixXd::Zero(rows, 10);
    Eigen::VectorXd prior(10);
    for (Eigen::Index n = 0; n < rows; ++n) {
      design(n, 0) = 1;
      design(n, 1 + table.factor("g").codes[static_cast<std::size_t>(n)]) = 1;
      design(n, 6 + table.factor("h").codes[static_cast<std::size_t>(n)]) = 1;
    }
    prior << 1 / 100.0, Eigen::VectorXd::Constant(5, 1 / 0.81), Eigen::VectorXd::Constant(4, 1 / 0.16);
    const Eigen::MatrixXd whole =
        Eigen::MatrixXd(design.transpose() * design / survey.residual_variance()) + Eigen::MatrixXd(prior.asDiagonal());
    const bool v_in = set.size() > 1;
    std::vector<Eigen::Index> in{0}, out{1, 2, 3, 4, 5};
    for (Eigen::Index i = 6; i < 10; ++i) (v_in ? in : out).push_back(i);
    const Eigen::MatrixXd s = whole(out, out);
    const Eigen::MatrixXd schur = s - whole(out, in) * whole(in, in).inverse() * whole(in, out);
    const Eigen::VectorXd scale = s.diagonal().cwiseSqrt().cwiseInverse();
    const Eigen::VectorXd values =
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(scale.asDiagonal() * schur * scale.asDiagonal()).eigenvalues();
    EXPECT_NEAR(found.candidate.condition, values.maxCoeff() / values.minCoeff(), 1e-6 * found.candidate.condition);
    EXPECT_GT(found.candidate.condition, 1.5);
  }
}

/// The information n τ²/σ² of a level with n rows decides whether it is centred.
TEST(Rules, LevelCentringGoesByTheInformationOfALevel) {
  base::Stream stream(4, 0, 0, base::Purpose::test);
  std::vector<double> y;
  std::vector<std::string> g;
  for (int j = 0; j < 60; ++j) {
    const double u = 0.6 * stream.normal();
    for (int i = 0; i < (j % 2 ? 30 : 1); ++i) {
      g.push_back("g" + std::to_string(100 + j));
      y.push_back(u + stream.normal());
    }
  }
  frame::Frame table;
  table.add("y", frame::Numeric{y});
  table.add("g", frame::make_factor(g));
  const Plan plan = plan_of("y ~ 1 + (1 | g)", table, {.integrate = "none"});
  const auto v = plan.model.find("r_g");
  ASSERT_EQ(plan.actions.at(v), Action::sample_by_level);
  for (std::size_t j = 0; j < 60; ++j) EXPECT_EQ(plan.centred_levels.at(v)[j], j % 2 == 1) << j;
  const Plan without = plan_of("y ~ 1 + (1 | g)", table, {.integrate = "none", .without = {"level-centring"}});
  EXPECT_EQ(without.actions.at(v), Action::sample_centred);
}

}  // namespace
}  // namespace woodbury::plan
