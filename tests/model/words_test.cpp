// Every word of the builder, with what it gives and what it refuses, against the table tests/data/builder/words.json;
// tests/python/test_words.py holds the Python package to the same table. WOODBURY_UPDATE=1 writes it anew: read what
// changed.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "woodbury/model/elementwise.hpp"
#include "woodbury/model/model.hpp"

namespace woodbury::model {
namespace {

using Json = nlohmann::ordered_json;

/// What every case may use.
struct Program {
  Builder m;
  Expr a = m.normal("a", 0, 1), b = m.normal("b", 0, 1), tau = m.half_normal("tau", 1);
  Expr u = m.normal("u", 0, tau, over("g")), v = m.normal("v", 0, 1, over("h"));
  Expr c = m.normal("c", 0, 1, over("coef", {"x", "z"}));
  Expr R = m.lkj("R", 2, {"Intercept", "x"}, "g__coef");
  Expr r = m.effects("r", {tau, 1}, {.over = "g", .cor = R, .columns = {"Intercept", "x"}, .dim = "g__coef"});
  Expr x = m.col("x"), z = m.col("z");
};

/// Gives an expression, or adds to the model.
using Step = std::function<std::optional<Expr>(Program&)>;
struct Case {
  std::string name;
  Step step;
};

/// A case that adds to the model.
template <class Change>
Case adds(const std::string& name, const Change& change) {
  return {name, [change](Program& p) {
            change(p);
            return std::optional<Expr>();
          }};
}

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
const Over kG{"g", {}, false}, kPositive{"", {}, true}, kItems{"item", {"one", "two"}, false};

std::vector<Case> distributions_by_name() {
  return {
      adds("normal", [](Program& p) { p.m.normal("q", p.a, p.tau, kG); }),
      adds("normal, positive", [](Program& p) { p.m.normal("q", 0, 1, kPositive); }),
      adds("student_t", [](Program& p) { p.m.student_t("q", 3, p.a, p.tau, kG); }),
      adds("student_t, positive",
           [](Program& p) {
             p.m.student_t("q", 3, 0, 1, {"g", {}, true});
           }),
      adds("cauchy", [](Program& p) { p.m.cauchy("q", p.a, p.tau, kG); }),
      adds("cauchy, positive", [](Program& p) { p.m.cauchy("q", 0, 1, kPositive); }),
      adds("half_normal", [](Program& p) { p.m.half_normal("q", p.tau, kG); }),
      adds("half_student_t", [](Program& p) { p.m.half_student_t("q", 3, p.tau, kG); }),
      adds("half_cauchy", [](Program& p) { p.m.half_cauchy("q", p.tau, kG); }),
      adds("exponential", [](Program& p) { p.m.exponential("q", 1 / p.tau, kG); }),
      adds("gamma", [](Program& p) { p.m.gamma("q", 2, p.tau, kG); }),
      adds("inverse_gamma", [](Program& p) { p.m.inverse_gamma("q", 3, p.tau, kG); }),
      adds("lognormal", [](Program& p) { p.m.lognormal("q", p.a, p.tau, kG); }),
      adds("uniform", [](Program& p) { p.m.uniform("q", -1, 1.5, kItems); }),
      adds("beta", [](Program& p) { p.m.beta("q", 2, p.tau, kItems); }),
      adds("flat", [](Program& p) { p.m.flat("q", kG); }),
      adds("flat, positive", [](Program& p) { p.m.flat("q", kPositive); }),
      adds("constant", [](Program& p) { p.m.constant("q", 4); }),
      adds("lkj",
           [](Program& p) {
             p.m.lkj("q", 1.5, {"one", "two", "three"}, "q__coef");
           }),
      adds("effects",
           [](Program& p) {
             p.m.effects("q", {p.tau, 2},
                         {.over = "g", .cor = p.R, .columns = {"Intercept", "x"}, .means = {p.a, 0}, .dim = "g__coef"});
           }),
      adds("effects, independent",
           [](Program& p) {
             p.m.effects("q", {p.tau, 2}, {.over = "h", .columns = {"one", "two"}, .dim = "h__coef"});
           }),
      adds("random",
           [](Program& p) {
             p.m.random("q", find_distribution("gamma"), {2, p.tau}, kG);
           }),
      adds("random, positive",
           [](Program& p) {
             p.m.random("q", find_distribution("cauchy"), {0, p.tau}, kPositive);
           }),
  };
}

std::vector<Case> operations_by_name() {
  return {
      {"add", [](Program& p) { return 1 + p.a + p.b; }},
      {"subtract", [](Program& p) { return 1 - p.a - p.u; }},
      {"multiply", [](Program& p) { return 2 * p.a * p.u["g"] * p.x; }},
      {"divide", [](Program& p) { return p.u / p.tau - 1 / p.a; }},
      {"negate", [](Program& p) { return -(p.a + p.b); }},
      {"exp", [](Program& p) { return exp(p.u); }},
      {"log", [](Program& p) { return log(p.tau); }},
      {"sqrt", [](Program& p) { return sqrt(p.tau); }},
      {"square", [](Program& p) { return square(p.x); }},
      {"tanh", [](Program& p) { return tanh(p.u); }},
      {"inv_logit", [](Program& p) { return inv_logit(p.u); }},
      {"log1p", [](Program& p) { return log1p(p.tau); }},
      {"expm1", [](Program& p) { return expm1(p.a); }},
      {"sin", [](Program& p) { return sin(p.x); }},
      {"cos", [](Program& p) { return cos(p.x); }},
      {"cumsum", [](Program& p) { return cumsum(2 * p.u)["g"]; }},
      {"ar1", [](Program& p) { return ar1(p.u, tanh(p.a))["g"] + ar1(p.v, 0.5)["h"]; }},
      {"gather to rows", [](Program& p) { return p.u["g"]; }},
      {"gather to a nested factor", [](Program& p) { return p.u.at("pair")["pair"]; }},
      {"component", [](Program& p) { return p.r.component(1)["g"] + p.c.component(0); }},
      {"component by its label", [](Program& p) { return p.r.component("x")["g"] + p.c.component("z"); }},
      {"columns times coefficients",
       [](Program& p) {
         return p.m.cols({p.x, log(p.z)}) * p.c;
       }},
      {"columns times effects",
       [](Program& p) {
         return p.m.cols({1, p.x}) * p.r;
       }},
      {"variable by its name", [](Program& p) { return p.m["tau"] * p.m["a"]; }},
      {"power 2", [](Program& p) { return pow(p.a, 2); }},
      {"power 5", [](Program& p) { return pow(p.a, 5); }},
      {"power -1", [](Program& p) { return pow(p.a, -1); }},
      {"power 0.5", [](Program& p) { return pow(p.a, 0.5); }},
      {"power 1.5", [](Program& p) { return pow(p.tau, 1.5); }},
      {"power by an expression", [](Program& p) { return exp(p.a * log(p.tau)); }},
      {"power of a number", [](Program& p) { return exp(std::log(2) * p.a); }},
      {"column with a name of signs", [](Program& p) { return p.m.col("log(rt)") * p.m.col("x:fb"); }},
      adds("observe_normal", [](Program& p) { p.m.observe_normal("y", p.u["g"] + p.a * p.x, exp(p.v["h"])); }),
      adds("observe_normal of numbers", [](Program& p) { p.m.observe_normal("y", 0, 1); }),
      adds("observe_lognormal", [](Program& p) { p.m.observe_lognormal("y", p.a, p.tau); }),
      adds("derive", [](Program& p) { p.m.derive("q", square(p.tau)), p.m.derive("w", p.u + p.a); }),
  };
}

std::vector<Case> refusals_of_expressions() {
  static Builder other;  // outlives the cases, whose expressions refer to it
  static const Expr foreign = other.normal("theta", 0, 1);
  return {
      {"one number read at a factor", [](Program& p) { return p.a["g"]; }},
      {"rows read at a factor", [](Program& p) { return p.x["g"]; }},
      {"read at another factor", [](Program& p) { return p.u["h"]; }},
      {"coefficients read at a factor", [](Program& p) { return p.c["coef"]; }},
      {"effects read whole", [](Program& p) { return p.r["g"]; }},
      {"read at its own factor", [](Program& p) { return p.u.at("g"); }},
      {"one number read at a nested factor", [](Program& p) { return p.a.at("g"); }},
      {"rows read at a nested factor", [](Program& p) { return p.x.at("g"); }},
      {"levels with rows", [](Program& p) { return p.u + p.x; }},
      {"levels of two factors", [](Program& p) { return p.u * p.v; }},
      {"effects with rows", [](Program& p) { return p.x - p.r; }},
      {"coefficients with rows", [](Program& p) { return p.x * p.c; }},
      {"arithmetic on correlations", [](Program& p) { return p.R + 1; }},
      {"a function of correlations", [](Program& p) { return exp(p.R); }},
      {"divided by 0", [](Program& p) { return p.a / 0; }},
      {"infinite", [](Program& p) { return p.a * std::numeric_limits<double>::infinity(); }},
      {"not a number", [](Program& p) { return p.a + kNan; }},
      {"another model's", [](Program& p) { return p.a + foreign; }},
      {"another model's function", [](Program& p) { return p.u * exp(foreign); }},
      {"no such label", [](Program& p) { return p.r.component("xx"); }},
      {"labels of none", [](Program& p) { return p.u.component("x"); }},
      {"no such column", [](Program& p) { return p.r.component(2); }},
      {"columns of one number", [](Program& p) { return p.a.component(0); }},
      {"columns of levels", [](Program& p) { return p.u.component(0); }},
      {"too few columns", [](Program& p) { return p.m.cols({p.x}) * p.c; }},
      {"columns times one number", [](Program& p) { return p.m.cols({p.x}) * p.a; }},
      {"columns times a plain number", [](Program& p) { return p.m.cols({p.x}) * 3; }},
      {"running sums of one number", [](Program& p) { return cumsum(p.a); }},
      {"running sums of rows", [](Program& p) { return cumsum(p.x); }},
      {"running sums of coefficients", [](Program& p) { return cumsum(p.c); }},
      {"running sums of effects", [](Program& p) { return cumsum(p.r); }},
      {"a series by rows", [](Program& p) { return ar1(p.u, p.x); }},
      {"a series that grows", [](Program& p) { return ar1(p.u, 1); }},
      {"no such variable", [](Program& p) { return p.m["taau"]; }},
      {"a column named like a variable", [](Program& p) { return p.m.col("a"); }},
  };
}

std::vector<Case> refusals_of_variables() {
  return {
      adds("a variable without a name", [](Program& p) { p.m.normal("", 0, 1); }),
      adds("a variable twice", [](Program& p) { p.m.half_normal("a", 1); }),
      adds("a variable named like a column", [](Program& p) { p.m.normal("x", 0, 1); }),
      adds("a variable named like its factor", [](Program& p) { p.m.normal("g", 0, 1, kG); }),
      adds("a variable named like a dim", [](Program& p) { p.m.normal("coef", 0, 1); }),
      adds("a variable named like a response",
           [](Program& p) { p.m.observe_normal("y", 0, 1), p.m.normal("y", 0, 1); }),
      adds("a value for each row", [](Program& p) { p.m.normal("q", 0, 1, over("row")); }),
      adds("labels for rows", [](Program& p) { p.m.normal("q", 0, 1, over("row", {"one"})); }),
      adds("a label twice",
           [](Program& p) {
             p.m.normal("q", 0, 1, over("d", {"one", "one"}));
           }),
      adds("a dim named like a variable", [](Program& p) { p.m.normal("q", 0, 1, over("a", {"one"})); }),
      adds("a dim of other labels",
           [](Program& p) {
             p.m.normal("q", 0, 1, over("coef", {"x", "w"}));
           }),
      adds("an sd below 0", [](Program& p) { p.m.normal("q", 0, -1); }),
      adds("an sd of 0", [](Program& p) { p.m.half_normal("q", 0); }),
      adds("degrees of freedom of 0", [](Program& p) { p.m.student_t("q", 0, 0, 1); }),
      adds("a shape below 0", [](Program& p) { p.m.beta("q", -1, 1); }),
      adds("a mean that is not a number", [](Program& p) { p.m.normal("q", kNan, 1); }),
      adds("bounds the wrong way", [](Program& p) { p.m.uniform("q", 2, 1); }),
      adds("an argument over a factor", [](Program& p) { p.m.normal("q", p.u, 1); }),
      adds("an argument over another factor", [](Program& p) { p.m.normal("q", p.u, 1, over("pair")); }),
      adds("an argument for each row", [](Program& p) { p.m.gamma("q", 2, p.x, kG); }),
      adds("a correlation matrix as argument", [](Program& p) { p.m.normal("q", p.R, 1, kG); }),
      adds("another model's argument",
           [](Program& p) {
             Builder other;
             p.m.normal("q", other.normal("theta", 0, 1), 1);
           }),
      adds("no such distribution",
           [](Program& p) {
             p.m.random("q", find_distribution("gama"), {1, 1});
           }),
      adds("too few arguments", [](Program& p) { p.m.random("q", find_distribution("normal"), {1}); }),
      adds("lkj for one number", [](Program& p) { p.m.random("q", find_distribution("lkj"), {1}); }),
      adds("an interval truncated",
           [](Program& p) {
             p.m.random("q", find_distribution("uniform"), {-1, 1}, kPositive);
           }),
      adds("correlations of one column", [](Program& p) { p.m.lkj("q", 1, {"one"}, "d"); }),
      adds("correlations of shape 0",
           [](Program& p) {
             p.m.lkj("q", 0, {"one", "two"}, "d");
           }),
      adds("effects with too few sds",
           [](Program& p) {
             p.m.effects("q", {1}, {.over = "h", .columns = {"one", "two"}, .dim = "d"});
           }),
      adds("effects with too few means",
           [](Program& p) {
             p.m.effects("q", {1, 1}, {.over = "h", .columns = {"one", "two"}, .means = {0}, .dim = "d"});
           }),
      adds("effects of no factor",
           [](Program& p) {
             p.m.effects("q", {1, 1}, {.over = "", .columns = {"one", "two"}, .dim = "d"});
           }),
      adds("effects with an sd below 0",
           [](Program& p) {
             p.m.effects("q", {1, -1}, {.over = "h", .columns = {"one", "two"}, .dim = "d"});
           }),
      adds("effects with an sd a level",
           [](Program& p) {
             p.m.effects("q", {1, p.v}, {.over = "h", .columns = {"one", "two"}, .dim = "d"});
           }),
      adds("effects by no correlation matrix",
           [](Program& p) {
             p.m.effects("q", {1, 1}, {.over = "h", .cor = p.a, .columns = {"one", "two"}, .dim = "d"});
           }),
      adds("effects by correlations of others",
           [](Program& p) {
             p.m.effects("q", {1, 1}, {.over = "h", .cor = p.R, .columns = {"one", "two"}, .dim = "d"});
           }),
  };
}

std::vector<Case> refusals_of_observations() {
  return {
      adds("no response", [](Program& p) { p.m.observe_normal("", 0, 1); }),
      adds("a response named like a variable", [](Program& p) { p.m.observe_normal("a", 0, 1); }),
      adds("a response twice", [](Program& p) { p.m.observe_normal("y", 0, 1), p.m.observe_lognormal("y", 0, 1); }),
      adds("a mean a level", [](Program& p) { p.m.observe_normal("y", p.u, 1); }),
      adds("a mean of coefficients", [](Program& p) { p.m.observe_normal("y", p.c, 1); }),
      adds("a mean of effects", [](Program& p) { p.m.observe_normal("y", p.r, 1); }),
      adds("an sd a level of the response", [](Program& p) { p.m.observe_lognormal("y", 0, exp(p.u)); }),
      adds("an sd of the response below 0", [](Program& p) { p.m.observe_normal("y", p.a, -0.5); }),
      adds("derived for each row", [](Program& p) { p.m.derive("q", p.x * p.a); }),
      adds("derived like a variable", [](Program& p) { p.m.derive("a", p.b); }),
      adds("derived twice", [](Program& p) { p.m.derive("q", p.b), p.m.derive("q", p.a); }),
  };
}

/// What a case gives: an expression's text, or the lines that it adds to the model; or what it is refused by.
std::string outcome(const Case& each) {
  Program program;
  const std::string before = to_text(program.m.model());
  const std::optional<Expr> expression = each.step(program);
  if (expression) return to_text(program.m.model(), program.m.node(*expression));
  const std::string after = to_text(program.m.model());
  EXPECT_TRUE(after.starts_with(before)) << each.name;
  return after.substr(before.size());
}

std::string refusal(const Case& each) {
  try {
    ADD_FAILURE() << each.name << " gives " << outcome(each);
  } catch (const base::Error& error) {
    return error.describe();
  }
  return {};
}

Json table() {
  Json all;
  for (const Case& each : distributions_by_name()) all["distributions"][each.name] = outcome(each);
  for (const Case& each : operations_by_name()) all["operations"][each.name] = outcome(each);
  for (const auto& list : {refusals_of_expressions(), refusals_of_variables(), refusals_of_observations()})
    for (const Case& each : list) all["refusals"][each.name] = refusal(each);
  return all;
}

TEST(Words, AreThoseOfTheTable) {
  const std::string path = WOODBURY_TEST_DATA "/builder/words.json";
  const Json found = table();
  if (std::getenv("WOODBURY_UPDATE") != nullptr) std::ofstream(path) << found.dump(1) << "\n";
  std::ifstream in(path);
  ASSERT_TRUE(in) << path;
  const Json expected = Json::parse(in);
  for (const char* part : {"distributions", "operations", "refusals"}) {
    EXPECT_EQ(found[part].size(), expected[part].size()) << part;
    for (const auto& [name, text] : expected[part].items()) EXPECT_EQ(found[part].value(name, "absent"), text) << name;
  }
}

/// The table leaves out no distribution, function or arithmetic.
TEST(Words, AreAll) {
  std::set<std::string> said;
  for (const Case& each : distributions_by_name()) said.insert(each.name);
  for (const DistributionInfo& info : distributions())
    EXPECT_TRUE(said.contains(info.kind == DistributionKind::multi_normal ? "effects" : info.name)) << info.name;
  std::set<Op> used;
  for (const Case& each : operations_by_name()) {
    Program program;
    each.step(program);
    for (const Node& node : program.m.model().nodes()) used.insert(node.op);
  }
  for (int op = 0; op <= static_cast<int>(Op::ar1); ++op) EXPECT_TRUE(used.contains(static_cast<Op>(op))) << op;
}

}  // namespace
}  // namespace woodbury::model
