// JSON: every model comes back as it was; what is wrong is named by its path.
#include <string>

#include <gtest/gtest.h>

#include "woodbury/model/model.hpp"

namespace woodbury::model {
namespace {

using Json = nlohmann::json;

Builder& grouseticks(Builder& m) {
  const auto mu = m.normal("mu", 0, 1);
  const auto tau = m.half_cauchy("tau", 5);
  const auto brood = m.normal("brood", mu, tau, over("BROOD"));
  const auto sigma = m.half_cauchy("sigma", 5);
  m.observe_normal("TICKS", brood["BROOD"] + m.normal("beta", 0, 1) * m.col("cHEIGHT"), sigma);
  return m;
}

/// Correlated effects, a predictor for sigma that shares an expression with the mean, a nested mean, all operations.
Builder& rich(Builder& m) {
  const auto cor = m.lkj("cor", 2, {"Intercept", "x"}, "g__coef");
  const auto sd = m.variable("sd", {DistributionKind::normal, {0, 2.5}}, true, false);
  const auto r = m.effects(
      "r", {sd, 0.1},
      {.over = "g", .cor = cor, .columns = {"Intercept", "x"}, .means = {m.flat("top"), 0}, .dim = "g__coef"});
  const auto grade = m.normal("mu", 0, 1, over("grade"));
  const auto pair = m.student_t("a", 4, grade.at("pair"), exp(grade.at("pair")), over("pair"));
  const auto shared = pair["pair"] * m.col("z") - r.component(1)["g"] / 3.25;
  const auto log_sigma = tanh(shared) + inv_logit(-m.col("z")) + sqrt(square(sd));
  m.observe_lognormal("y", r.component(0)["g"] + shared + 1e-300 + log(sd), exp(log_sigma));
  m.derive("series", ar1(cumsum(pair), tanh(sd)) + expm1(log1p(sin(cos(pair)))));
  m.derive("top_twice", 2 * m.normal("last", 0, 1));
  return m;
}

void expect_round_trip(const Model& model) {
  const Json json = to_json(model);
  const Model again = from_json(Json::parse(json.dump()));
  EXPECT_EQ(to_json(again), json);
  EXPECT_EQ(to_text(again), to_text(model));
  ASSERT_EQ(again.variables().size(), model.variables().size());
  for (std::size_t k = 0; k < model.variables().size(); ++k) {
    EXPECT_EQ(again.variables()[k].dims, model.variables()[k].dims);
    EXPECT_EQ(again.variables()[k].reported, model.variables()[k].reported);
    EXPECT_EQ(again.variables()[k].distribution.positive, model.variables()[k].distribution.positive);
  }
  EXPECT_EQ(again.dim_labels, model.dim_labels);
  EXPECT_EQ(again.data_factors(), model.data_factors());
}

TEST(Json, HasTheLayoutThatIsDocumented) {
  Builder m;
  EXPECT_EQ(to_json(grouseticks(m).model()), Json::parse(R"({
    "format": 1,
    "variables": [
      {"name": "mu", "dims": [], "distribution": "normal", "args": [0.0, 1.0]},
      {"name": "tau", "dims": [], "distribution": "half_cauchy", "args": [5.0]},
      {"name": "brood", "dims": ["BROOD"], "distribution": "normal", "args": [{"variable": "mu"}, {"variable": "tau"}]},
      {"name": "sigma", "dims": [], "distribution": "half_cauchy", "args": [5.0]},
      {"name": "beta", "dims": [], "distribution": "normal", "args": [0.0, 1.0]}],
    "observations": [{"response": "TICKS", "family": "gaussian",
      "mean": {"op": "add", "args": [
        {"op": "gather", "factor": "BROOD", "args": [{"variable": "brood"}]},
        {"op": "multiply", "args": [{"variable": "beta"}, {"column": "cHEIGHT"}]}]},
      "sd": {"variable": "sigma"}}],
    "derived": [], "dims": {}})"));
}

TEST(Json, RoundTrips) {
  Builder a, b;
  expect_round_trip(grouseticks(a).model());
  expect_round_trip(rich(b).model());
}

TEST(Json, WritesASharedExpressionOnce) {
  Builder m;
  const Json json = to_json(rich(m).model());
  const auto text = json.dump();
  EXPECT_EQ(text.find("3.25"), text.rfind("3.25"));
  ASSERT_TRUE(json.contains("shared"));

  // Doubling forty times is forty entries, not 2^40.
  Builder doubling;
  auto x = doubling.normal("x", 0, 1) + 1;
  for (int i = 0; i < 40; ++i) x = x + x;
  doubling.observe_normal("y", x, 1);
  EXPECT_LT(to_json(doubling.model()).dump().size(), 10000U);
  const Model again = from_json(to_json(doubling.model()));
  EXPECT_EQ(to_json(again), to_json(doubling.model()));
}

TEST(Json, TakesSumsOfThousandsOfTerms) {
  Builder m;
  Expr sum = 0.5;
  for (int i = 0; i < 5000; ++i) sum = sum + m.normal("b" + std::to_string(i), 0, 1) * m.col("x" + std::to_string(i));
  m.observe_normal("y", sum, 1);
  const Json json = to_json(m.model());
  EXPECT_EQ(json["observations"][0]["mean"]["args"].size(), 5001U);
  EXPECT_EQ(to_text(from_json(json)), to_text(m.model()));
}

/// The refusal of a grouseticks model in which the value at `pointer` is replaced.
std::string refusal(const std::string& pointer, const Json& value) {
  Builder m;
  Json json = to_json(grouseticks(m).model());
  json[Json::json_pointer(pointer)] = value;
  try {
    (void)from_json(json);
  } catch (const base::Error& error) {
    return error.describe();
  }
  return {};
}

TEST(Json, NamesThePathOfWhatIsWrong) {
  EXPECT_EQ(refusal("/format", 2), "model.json, format: this version reads format 1");
  EXPECT_EQ(refusal("/variables/1/distribution", "half_cauchi"),
            "model.json, variables[1].distribution: unknown distribution `half_cauchi`; did you mean `half_cauchy`?");
  EXPECT_EQ(refusal("/variables/2/args/0/variable", "nu"),
            "model.json, variables[2].args[0]: no variable `nu`; did you mean `mu`?");
  EXPECT_EQ(refusal("/variables/1/args/0", -5), "model.json, variables[1]: `s` of `tau` is -5: it must be positive");
  EXPECT_EQ(refusal("/variables/1/name", 7), "model.json, variables[1].name: expected a text");
  EXPECT_EQ(refusal("/variables/1/args", Json::array()),
            "model.json, variables[1]: half_cauchy of `tau` takes 1 argument(s), not 0");
  EXPECT_EQ(refusal("/variables/1", 3), "model.json, variables[1]: expected an object");
  EXPECT_EQ(refusal("/variables", 3), "model.json, variables: expected a list");
  EXPECT_EQ(refusal("/variables/0/reported", "no"), "model.json, variables[0].reported: expected true or false");
  EXPECT_EQ(refusal("/observations/0/mean/op", "ad"),
            "model.json, observations[0].mean.op: unknown operation `ad`; did you mean `add`?");
  EXPECT_EQ(refusal("/observations/0/mean/args/0/factor", "g"),
            "model.json, observations[0].mean.args[0]: `brood` has a value for each level of BROOD, not of g; "
            "write brood[\"BROOD\"]");
  EXPECT_EQ(refusal("/observations/0/mean/args/0", {{"variable", "brood"}}),
            "model.json, observations[0].mean: `brood` has a value for each level of BROOD; "
            "write brood[\"BROOD\"] to read it at each row");
  EXPECT_EQ(refusal("/observations/0/mean/args/1/args", Json::array({1})),
            "model.json, observations[0].mean.args[1].args: multiply takes 2 argument(s), not 1");
  EXPECT_NE(refusal("/observations/0/mean/args/1", "beta").find("observations[0].mean.args[1]: expected an expression"),
            std::string::npos);
  EXPECT_EQ(refusal("/observations/0/family", "normal"),
            "model.json, observations[0].family: unknown family `normal`; known are `gaussian`, `lognormal`");
  EXPECT_EQ(refusal("/observations/0/sd", 0), "model.json, observations[0]: `sd` of `TICKS` is 0: it must be positive");
  EXPECT_EQ(refusal("/observations/0/sd", {{"shared", 0}}),
            "model.json, observations[0].sd: no such entry in \"shared\"");
  EXPECT_EQ(refusal("/dims", {{"d", {"a", "a"}}}), "model.json, dims.d: the dim `d` has the label `a` twice");
  EXPECT_NE(refusal("/derived", {{{"name", "mu"}, {"value", 1}}}), "");
}

TEST(Json, RefusesWhatIsNoModel) {
  for (const char* text : {"[]", "3", "null", "{}", R"({"format": 1})", R"({"format": 1, "variables": []})"})
    EXPECT_THROW((void)from_json(Json::parse(text)), base::Error) << text;
  Json deep = 1;
  for (int i = 0; i < 600; ++i) {
    Json outer{{"op", "negate"}, {"args", Json::array()}};
    outer["args"].push_back(std::move(deep));
    deep = std::move(outer);
  }
  const auto said = refusal("/observations/0/mean", deep);
  EXPECT_NE(said.find("nests more than"), std::string::npos);
  EXPECT_LT(said.size(), 300U);
  Builder m;
  Json loop = to_json(grouseticks(m).model());
  loop["shared"] = {{{"op", "negate"}, {"args", {{{"shared", 0}}}}}};
  loop["observations"][0]["mean"] = {{"shared", 0}};
  EXPECT_THROW((void)from_json(loop), base::Error);
}

}  // namespace
}  // namespace woodbury::model
