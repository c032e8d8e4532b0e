// A plan.json replayed gives the same decisions; one that does not fit is refused in words.
#include <gtest/gtest.h>

#include "tests/plan/catalogue.hpp"

namespace woodbury::plan {
namespace {

TEST(Replay, GivesTheSameDecisionsForEveryPlanOfTheCatalogue) {
  std::size_t replayed = 0;
  for (const Entry& entry : catalogue()) {
    const Subject subject = entry.make();
    Plan plan;
    try {
      plan = make_plan(subject.model, subject.table, entry.options);
    } catch (const base::Error&) {
      continue;
    }
    const nlohmann::json json = nlohmann::json::parse(to_json(plan).dump());
    const Plan again = make_plan(subject.model, subject.table, {.replay = json});
    EXPECT_EQ(again.integrated, plan.integrated) << entry.name;
    EXPECT_EQ(again.actions, plan.actions) << entry.name;
    EXPECT_EQ(again.centred_levels, plan.centred_levels) << entry.name;
    EXPECT_EQ(again.roles.order, plan.roles.order) << entry.name;
    EXPECT_EQ(again.kernel, plan.kernel) << entry.name;
    EXPECT_EQ(again.without, plan.without) << entry.name;
    EXPECT_EQ(again.candidates.size(), 1U);
    ++replayed;
  }
  EXPECT_GT(replayed, 60U);
}

/// The complaint when this plan is replayed on a formula.
std::string refusal(const nlohmann::json& json, const std::string& formula, const frame::Frame& table = small_table()) {
  const Subject subject = of_formula(formula, {}, table, {});
  try {
    static_cast<void>(make_plan(subject.model, subject.table, {.replay = json}));
  } catch (const base::Error& error) {
    return error.describe();
  }
  return "no complaint";
}

nlohmann::json plan_json(const std::string& formula, const std::string& integrate = "auto") {
  const Subject subject = of_formula(formula, {}, small_table(), {});
  return to_json(make_plan(subject.model, subject.table, {.integrate = integrate}));
}

TEST(Replay, RefusesPlansThatDoNotFit) {
  const auto contains = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  contains(refusal(plan_json("y ~ x + (1 | h)"), "y ~ x + (1 | g)"), "the model has no variable `r_h`");
  contains(refusal(plan_json("y ~ x + (1 | g)"), "y ~ x + (1 | g) + (1 | h)"), "says nothing of `r_h`");
  contains(refusal(nlohmann::json::array({1, 2}), "y ~ x"), "holds no decisions");
  contains(refusal({{"decisions", {{"integrated", 3}}}}, "y ~ x"), "is not a plan");
  nlohmann::json by_level = plan_json("y ~ x + (1 | g)", "none");
  by_level["decisions"]["sampled"]["r_g"] = std::vector<bool>(4, true);
  contains(refusal(by_level, "y ~ x + (1 | g)"), "`r_g` has 4 levels in the plan and 5 in the data");
  nlohmann::json order = plan_json("y ~ x + (1 | g)", "none");
  order["decisions"]["order"] = {"g"};
  contains(refusal(order, "y ~ x + (1 | g)"), "nothing over `g` is integrated");
  nlohmann::json rule = plan_json("y ~ x + (1 | g)");
  rule["decisions"]["without"] = {"equal-ranks"};
  contains(refusal(rule, "y ~ x + (1 | g)"), "no rule `equal-ranks`");
}

TEST(Replay, RefusesToIntegrateWhatCannotBe) {
  nlohmann::json json = plan_json("y ~ x + (1 | g)");
  const Subject subject = of_formula("y ~ x + (1 | g)", {}, small_table(), {});
  json["decisions"]["integrated"].push_back("sigma");
  try {
    static_cast<void>(make_plan(subject.model, subject.table, {.replay = json}));
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(error.describe().find("`sigma` has no Gaussian prior"), std::string::npos) << error.describe();
  }
}

}  // namespace
}  // namespace woodbury::plan
