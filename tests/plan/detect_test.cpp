// Detection as sets: what may be integrated together out of what is wanted, and the reasons of the rest.
#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "woodbury/model/model.hpp"
#include "woodbury/plan/detect.hpp"

namespace woodbury::plan {
namespace {

using model::Builder;
using model::Expr;
using model::over;
using Names = std::set<std::string>;
using Reasons = std::map<std::string, std::string>;

struct Found {
  Names set;
  Reasons reasons;
  std::vector<std::string> over = {};  ///< of terms of the set: factors that loadings vary over
};

/// `wanted` empty: all Gaussian ones.
Found found(const std::function<void(Builder&)>& build, const Names& wanted = {}, const LevelCount& levels = {}) {
  Builder m;
  build(m);
  model::Model model = m.model();
  std::set<model::VariableId> set;
  for (const std::string& name : wanted) set.insert(model.find(name));
  const Detection detection = detect(model, wanted.empty() ? gaussian_variables(model) : set, levels);
  Found result;
  for (const auto v : detection.set) result.set.insert(model.variable(v).name);
  for (const model::AffineTerm& term : detection.form.terms)
    if (term.variable >= 0) result.over.push_back(term.over);
  for (const auto& [v, reason] : detection.obstacles) result.reasons[model.variable(v).name] = reason;
  return result;
}

Expr sigma(Builder& m) { return m.half_normal("sigma", 1); }

TEST(Detect, GaussianVariables) {
  Builder m;
  m.normal("a", 0, 1);
  m.flat("f");
  const Expr cor = m.lkj("cor", 1, {"p", "q"}, "d");
  m.effects("r", {1, 1}, {.over = "g", .cor = cor, .columns = {"p", "q"}, .dim = "d"});
  m.student_t("t", 4, 0, 1);
  m.half_normal("h", 1);
  m.variable("positive", model::parse_prior("normal(0, 1)"), true);
  m.variable("above", model::parse_prior("flat()"), true);
  m.constant("k", 2);
  Names names;
  for (const auto v : gaussian_variables(m.model())) names.insert(m.model().variable(v).name);
  EXPECT_EQ(names, (Names{"a", "f", "r"}));
}

TEST(Detect, EverythingLinear) {
  const Found all = found([](Builder& m) {
    const Expr mu = m.normal("mu", 0, 1), tau = m.half_normal("tau", 1);
    const Expr u = m.normal("u", mu, tau, over("g")), v = m.normal("v", 0, tau * 2, over("h"));
    m.observe_normal("y", m.flat("f") + u["g"] * m.col("x") + v["h"], sigma(m));
  });
  EXPECT_EQ(all.set, (Names{"mu", "u", "v", "f"}));
  EXPECT_EQ(all.reasons, Reasons{});
}

TEST(Detect, OnlyOfWhatIsWanted) {
  const auto build = [](Builder& m) {
    const Expr mu = m.normal("mu", 0, 1), u = m.normal("u", mu, 1, over("g"));
    m.observe_normal("y", u["g"] + m.normal("b", 0, 1) * m.col("x"), sigma(m));
  };
  EXPECT_EQ(found(build, {"u"}).set, Names{"u"});
  EXPECT_EQ(found(build, {"b"}).set, Names{"b"});
  const Found mean_alone = found(build, {"mu", "b"});
  EXPECT_EQ(mean_alone.set, Names{"b"});
  EXPECT_EQ(mean_alone.reasons, (Reasons{{"mu", "is the prior mean of `u`, which is sampled"}}));
  EXPECT_EQ(found(build, {"mu", "u"}).set, (Names{"mu", "u"}));
}

TEST(Detect, ARejectedChildTakesItsMeanAlong) {
  const Found result = found([](Builder& m) {
    const Expr top = m.normal("top", 0, 1), mu = m.normal("mu", top, 1), u = m.normal("u", mu, 1, over("g"));
    m.observe_normal("y", m.normal("a", 0, 1), exp(u["g"]));
  });
  EXPECT_EQ(result.set, Names{"a"});
  EXPECT_EQ(result.reasons, (Reasons{{"u", "sets the scale of `y`"},
                                     {"mu", "is the prior mean of `u`, which is sampled"},
                                     {"top", "is the prior mean of `mu`, which is sampled"}}));
}

TEST(Detect, ScalesAndOtherPriors) {
  const Found result = found([](Builder& m) {
    const Expr a = m.normal("a", 0, 1), b = m.normal("b", 0, 1), c = m.normal("c", 0, 1), d = m.normal("d", 0, 1);
    const Expr u = m.normal("u", 0, exp(a), over("g"));
    const Expr t = m.student_t("t", 4, b, 1), p = m.half_normal("p", exp(c));
    m.observe_normal("y", a + b + c + d + t + p + u["g"], exp(d));
  });
  EXPECT_EQ(result.set, Names{"u"});
  EXPECT_EQ(result.reasons, (Reasons{{"a", "sets the scale of `u`"},
                                     {"b", "is an argument of `t`, whose prior is student_t"},
                                     {"c", "is an argument of `p`, whose prior is half_normal"},
                                     {"d", "sets the scale of `y`"}}));
}

TEST(Detect, ASdOverLevels) {
  const auto build = [](Builder& m) {
    const Expr s = m.half_normal("s", 1, over("i"));
    const Expr by_g = m.half_normal("by_g", 1, over("g"));
    const Expr u = m.normal("u", 0, by_g, over("g")), v = m.normal("v", 0, s.at("g"), over("g"));
    const Expr w = m.normal("w", 0, m.half_normal("tau", 1), over("g"));
    m.observe_normal("y", u["g"] + v["g"] + w["g"], sigma(m));
  };
  const auto with = [&](std::size_t g) { return found(build, {}, [=](const std::string&) { return g; }); };
  EXPECT_EQ(with(64).set, (Names{"u", "v", "w"}));
  EXPECT_EQ(with(65).set, Names{"w"});
  EXPECT_EQ(with(65).reasons, (Reasons{{"u", "has a prior sd that varies over `g`, of 65 levels: too many"},
                                       {"v", "has a prior sd that varies over `g`, of 65 levels: too many"}}));
  const Found multiplied = found([](Builder& m) {
    const Expr u = m.normal("u", 0, m.half_normal("s", 1, over("g")), over("g"));
    m.observe_normal("y", u["g"] * m.half_normal("t", 1, over("h"))["h"], sigma(m));
  });
  EXPECT_EQ(multiplied.reasons,
            (Reasons{{"u", "has a prior sd that varies by level, and is multiplied by values over another factor"}}));
  // A sd a column is another thing.
  const Found columns = found([](Builder& m) {
    const Expr r = m.effects("r", {1, m.half_normal("s", 1)}, {.over = "g", .columns = {"p", "q"}, .dim = "d"});
    m.observe_normal("y", r.component(0)["g"] + r.component(1)["g"] * m.col("x"), sigma(m));
  });
  EXPECT_EQ(columns.set, Names{"r"});
}

TEST(Detect, OfAProductTheOneWithMoreValuesStays) {
  const Found result = found([](Builder& m) {
    const Expr loading = m.normal("loading", 1, 1), u = m.normal("u", 0, 1, over("g"));
    m.observe_normal("y", m.normal("a", 0, 1) + loading * u["g"], sigma(m));
  });
  EXPECT_EQ(result.set, (Names{"a", "u"}));
  EXPECT_EQ(result.reasons, (Reasons{{"loading", "is multiplied by `u`, which is integrated"}}));
  // Of two alike the first declared.
  const auto alike = [](Builder& m) {
    const Expr u = m.normal("u", 0, 1, over("g")), v = m.normal("v", 0, 1, over("h"));
    m.observe_normal("y", v["h"] * u["g"], sigma(m));
  };
  EXPECT_EQ(found(alike).set, Names{"u"});
  EXPECT_EQ(found(alike).reasons, (Reasons{{"v", "is multiplied by `u`, which is integrated"}}));
  EXPECT_EQ(found(alike, {"v"}).set, Names{"v"});
}

TEST(Detect, LoadingsOfFewLevels) {
  const auto build = [](Builder& m) {
    const Expr u = m.normal("u", 0, 1, over("g")), v = m.normal("v", 0, 1, over("h"));
    m.observe_normal("y", m.normal("a", 0, 1) + u["g"] * v["h"], sigma(m));
  };
  const auto with = [&](std::size_t g, std::size_t h) {
    return found(build, {}, [=](const std::string& factor) { return factor == "g" ? g : h; });
  };
  EXPECT_EQ(with(30, 5).set, (Names{"a", "u"}));
  EXPECT_EQ(with(30, 31).set, (Names{"a", "v"}));
  // Of more levels they are read at the rows.
  const auto loaded = [](const Found& result) { return std::ranges::count(result.over, "h"); };
  EXPECT_EQ(loaded(with(100, 64)), 1);
  EXPECT_EQ(with(100, 65).set, (Names{"a", "u"}));
  EXPECT_EQ(loaded(with(100, 65)), 0);
  EXPECT_EQ(with(1'000'000, 60).set, (Names{"a", "u"}));
  EXPECT_EQ(loaded(with(1'000'000, 60)), 0);
}

TEST(Detect, CurvatureAndItself) {
  const Found result = found([](Builder& m) {
    const Expr a = m.normal("a", 0, 1), b = m.normal("b", 0, 1), c = m.normal("c", 0, 1);
    m.observe_normal("y", a * a + exp(b) + 1 / (c + 5) + m.normal("d", 0, 1), sigma(m));
  });
  EXPECT_EQ(result.set, Names{"d"});
  EXPECT_EQ(
      result.reasons,
      (Reasons{{"a", "is multiplied by itself"}, {"b", "enters through exp()"}, {"c", "stands in a denominator"}}));
}

TEST(Detect, FlatOverLevelsAndUnused) {
  const Found result = found([](Builder& m) {
    m.normal("unused", 0, 1);
    m.observe_normal("y", m.flat("f", over("g"))["g"] + m.flat("a"), sigma(m));
  });
  EXPECT_EQ(result.set, Names{"a"});
  EXPECT_EQ(result.reasons,
            (Reasons{{"f", "has a flat prior for each level"}, {"unused", "does not enter the mean of `y`"}}));
}

TEST(Detect, TheFormBelongsToTheSet) {
  Builder m;
  const Expr a = m.normal("a", 0, 1), b = m.normal("b", 0, 1);
  m.observe_normal("y", a + exp(b) + m.col("x"), sigma(m));
  model::Model model = m.model();
  const Detection detection = detect(model, gaussian_variables(model));
  ASSERT_EQ(detection.set, std::set{model.find("a")});
  std::size_t members = 0;
  for (const model::AffineTerm& term : detection.form.terms)
    if (term.variable >= 0) {
      ++members;
      EXPECT_EQ(term.variable, model.find("a"));
    }
  EXPECT_EQ(members, 1U);
  EXPECT_EQ(detection.form.terms.size() + detection.form.rest.size(), 3U);
}

}  // namespace
}  // namespace woodbury::plan
