// The observation gathered into blocks, offsets and a scale, and the blocks bound to a table.
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "tests/support/tables.hpp"
#include "woodbury/plan/detect.hpp"
#include "woodbury/plan/linear.hpp"

namespace woodbury::plan {
namespace {

using model::Builder;
using model::Expr;
using model::kNone;
using model::over;
using Texts = std::vector<std::string>;

/// What may be integrated of `wanted` (empty: of everything) is.
struct Made {
  model::Model model;
  LinearModel linear;

  explicit Made(const std::function<void(Builder&)>& build, const std::set<std::string>& wanted = {},
                bool nothing = false) {
    Builder m;
    build(m);
    model = m.model();
    std::set<model::VariableId> set;
    for (const std::string& name : wanted) set.insert(model.find(name));
    if (wanted.empty() && !nothing) set = gaussian_variables(model);
    const Detection detection = detect(model, set);
    linear = make_linear(model, detection.form);
  }

  [[nodiscard]] std::string text(model::NodeId node) const { return node == kNone ? "1" : to_text(model, node); }

  /// "1 & x", "x at h 2".
  [[nodiscard]] std::string text(const LinearColumn& column) const {
    std::string data;
    for (const auto node : column.data) data += (data.empty() ? "" : " & ") + text(node);
    return column.indicator.empty() ? data : data + " at " + column.indicator + " " + std::to_string(column.level);
  }
  /// "u[0] of 1", "u[0] of s * x" where the column has a loading; columns by number where they are shared.
  [[nodiscard]] std::string text(const LinearEffect& effect, const LinearBlock& block) const {
    std::string line = model.variable(effect.variable).name + "[" + std::to_string(effect.component) + "] of ";
    for (const Loading& loading : effect.loadings) {
      if (&loading != effect.loadings.data()) line += " + ";
      if (loading.sampled != kNone) line += "{" + text(loading.sampled) + "} ";
      line += text(block.columns[loading.column]);
      if (block.loaded()) line += " #" + std::to_string(loading.column);
    }
    return line;
  }

  /// "g: u[0] of 1, s of x": factor, and each column's coefficient and data; sampled blocks in brackets.
  [[nodiscard]] Texts blocks() const {
    Texts list;
    for (const LinearBlock& block : linear.blocks) {
      std::string line;
      for (const LinearColumn& column : block.columns)
        if (!block.integrated) line += (line.empty() ? "" : ", ") + text(column.sampled) + " of " + text(column);
      for (const LinearEffect& effect : block.effects) line += (line.empty() ? "" : ", ") + text(effect, block);
      line = (block.factor.empty() ? "all" : block.factor) + ": " + line;
      list.push_back(block.integrated ? line : "(" + line + ")");
    }
    return list;
  }
  [[nodiscard]] Texts offsets() const {
    Texts list;
    for (const auto node : linear.offsets) list.push_back(text(node));
    return list;
  }
};

Expr sigma(Builder& m) { return m.half_normal("sigma", 1); }

TEST(Linear, BlocksIntegratedFirstAndTheBorderLast) {
  const auto build = [](Builder& m) {
    const Expr a = m.normal("a", 2, 1), b = m.student_t("b", 4, 0, 1), x = m.col("x");
    const Expr u = m.normal("u", 0, 1, over("g")), v = m.normal("v", 0, 1, over("h"));
    m.observe_normal("y", a + b * x + u["g"] + v["h"] * x + u["g"] * x, sigma(m));
  };
  const Made all(build);
  EXPECT_EQ(all.blocks(), (Texts{"g: u[0] of 1 & x", "h: v[0] of x", "all: a[0] of 1", "(all: b of x)"}));
  EXPECT_EQ(all.offsets(), Texts{"2"});  // the prior mean of a
  const Made some(build, {"v", "a"});
  EXPECT_EQ(some.blocks(), (Texts{"h: v[0] of x", "all: a[0] of 1", "(g: u of 1 & x)", "(all: b of x)"}));
  const Made none(build, {}, true);
  EXPECT_EQ(none.blocks(), (Texts{"(g: u of 1 & x)", "(h: v of x)", "(all: a of 1, b of x)"}));
  EXPECT_EQ(none.offsets(), Texts{});
}

TEST(Linear, VariablesOfOneFactorShareABlock) {
  const Made made([](Builder& m) {
    const Expr r = m.effects("r", {1, 1, 1}, {.over = "g", .columns = {"p", "q", "s"}, .dim = "d"});
    const Expr u = m.normal("u", 0, 1, over("g"));
    m.observe_normal("y", u["g"] + r.component(2)["g"] * m.col("x") + r.component(0)["g"], sigma(m));
  });
  // In the model's order, all three columns of r present: one that does not enter is of zeros.
  EXPECT_EQ(made.blocks(), Texts{"g: r[0] of 1, r[1] of 0, r[2] of x, u[0] of 1"});
}

TEST(Linear, LoadingsAreColumnsOfTheirOwnThatEffectsShare) {
  const auto build = [](Builder& m) {
    const Expr k = m.half_normal("k", 1), l = m.half_normal("l", 1, over("h")), x = m.col("x");
    const Expr u = m.normal("u", 0, 1, over("g")), v = m.normal("v", k * u, 1, over("g"));
    m.observe_normal("y", v["g"] * x + u["g"] * k * x + u["g"] + l["h"] * v["g"], sigma(m));
  };
  Builder m;
  build(m);
  model::Model model = m.model();
  const LevelCount two = [](const std::string&) { return std::size_t{2}; };
  Made made(build, {}, true);
  made.model = model;
  made.linear = make_linear(made.model, detect(made.model, gaussian_variables(model), two).form, two);
  EXPECT_EQ(made.blocks(), Texts{"g: u[0] of {k} x #0 + {k} x #0 + {k * l} 1 at h 0 #1 + {k * l} 1 at h 1 #2 + 1 #3, "
                                 "v[0] of {l} 1 at h 0 #1 + {l} 1 at h 1 #2 + x #4"});
  EXPECT_TRUE(made.linear.blocks[0].loaded());
  const frame::Frame table = test::crossed_table(3, 20, 5, 2);
  const moments::Design design = bind_blocks(made.model, made.linear, table);
  ASSERT_EQ(design.blocks()[0].width(), 5);
  for (std::size_t n = 0; n < table.rows(); ++n)
    EXPECT_EQ((*design.blocks()[0].columns[2])[n], table.factor("h").codes[n] == 1 ? 1 : 0);
}

TEST(Linear, HierarchicalMeansJoinTheBorder) {
  const Made made([](Builder& m) {
    const Expr mu = m.normal("mu", 0.5, 1), u = m.normal("u", mu, 1, over("g"));
    m.observe_normal("y", u["g"] * m.col("x") + mu, sigma(m));
  });
  EXPECT_EQ(made.blocks(), (Texts{"g: u[0] of x", "all: mu[0] of x & 1"}));
  EXPECT_EQ(made.offsets(), (Texts{"0.5 * x", "0.5"}));
}

std::vector<std::string> scale(const std::function<Expr(Builder&)>& sd) {
  const Made made([&](Builder& m) { m.observe_normal("y", m.normal("a", 0, 1), sd(m)); });
  const LinearModel& linear = made.linear;
  if (linear.row_sd != kNone) {
    EXPECT_FALSE(linear.by_moments());
    return {"rows: " + made.text(linear.row_sd)};
  }
  EXPECT_TRUE(linear.by_moments());
  return {made.text(linear.scale), made.text(linear.known)};
}

TEST(Linear, TheScaleComesApart) {
  EXPECT_EQ(scale(sigma), (Texts{"sigma", "1"}));
  EXPECT_EQ(scale([](Builder&) { return Expr(2); }), (Texts{"2", "1"}));
  EXPECT_EQ(scale([](Builder& m) { return m.col("w"); }), (Texts{"1", "w"}));
  EXPECT_EQ(scale([](Builder& m) { return sigma(m) / sqrt(m.col("w")); }), (Texts{"sigma", "1 / sqrt(w)"}));
  EXPECT_EQ(scale([](Builder& m) { return m.col("w") * sigma(m); }), (Texts{"sigma", "w"}));
  EXPECT_EQ(scale([](Builder& m) { return m.col("w") / sigma(m); }), (Texts{"1 / sigma", "w"}));
  EXPECT_EQ(scale([](Builder& m) { return 2 * exp(m.student_t("s", 4, 0, 1)); }), (Texts{"2 * exp(s)", "1"}));
  EXPECT_EQ(scale([](Builder& m) { return m.col("w") * sigma(m) * m.col("x"); }), (Texts{"sigma", "w * x"}));
  EXPECT_EQ(scale([](Builder& m) { return sigma(m) + m.col("w"); }), Texts{"rows: sigma + w"});
  EXPECT_EQ(scale([](Builder& m) { return exp(sigma(m) * m.col("x")); }), Texts{"rows: exp(sigma * x)"});
  EXPECT_EQ(scale([](Builder& m) { return m.half_normal("s", 1, over("g"))["g"]; }), Texts{"rows: s[g]"});
}

TEST(Linear, RowsOfSampledExpressionsAreLeft) {
  const Made made([](Builder& m) {
    m.observe_normal("y", m.normal("a", 0, 1) + exp(-m.half_normal("k", 1) * m.col("x")), sigma(m));
  });
  ASSERT_EQ(made.linear.rest.size(), 1U);
  EXPECT_EQ(made.text(made.linear.rest[0]), "exp(-k * x)");
  EXPECT_FALSE(made.linear.by_moments());
}

TEST(Linear, BlocksOnATable) {
  const frame::Frame table = test::crossed_table(3, 20);
  const Made made([](Builder& m) {
    const Expr r = m.effects("r", {1, 1}, {.over = "g", .columns = {"p", "q"}, .dim = "d"}), x = m.col("x");
    m.observe_normal("y", m.normal("a", 0, 1) + r.component(1)["g"] * (1 + x) + r.component(1)["g"] * x, sigma(m));
  });
  const moments::Design design = bind_blocks(made.model, made.linear, table);
  ASSERT_EQ(design.blocks().size(), 2U);
  const moments::Block& g = design.blocks()[0];
  EXPECT_EQ(g.factor, "g");
  EXPECT_EQ(g.codes, table.factor("g").codes.data());
  EXPECT_EQ(g.levels, table.factor("g").levels.size());
  ASSERT_EQ(g.width(), 2);
  const frame::Numbers& x = table.numeric("x");
  for (std::size_t n = 0; n < table.rows(); ++n) {
    EXPECT_EQ((*g.columns[0])[n], 0);
    EXPECT_DOUBLE_EQ((*g.columns[1])[n], 1 + 2 * x[n]);
  }
  EXPECT_EQ(design.blocks()[1].codes, nullptr);
  EXPECT_EQ(design.blocks()[1].columns[0], nullptr);
}

}  // namespace
}  // namespace woodbury::plan
