// The affine form of means: its terms as text, its obstacles in words, its value against the expression's own.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "woodbury/model/model.hpp"

namespace woodbury::model {
namespace {

/// "x * beta * Δr_g[1] by g": data, sampled and deviation of a term, and the factor it is looked up in.
std::string show(const Model& model, const AffineTerm& term) {
  std::string text;
  const auto times = [&](const std::string& part) { text += (text.empty() ? "" : " * ") + part; };
  if (term.data != kNone) times("{" + to_text(model, term.data) + "}");
  if (term.row != kNone) times("[" + to_text(model, term.row) + "]");
  if (term.sampled != kNone) times(to_text(model, term.sampled) + (term.over.empty() ? "" : " over " + term.over));
  if (term.variable >= 0) {
    const RandomVariable& v = model.variable(term.variable);
    const bool columns = !v.dims.empty() && model.dim_labels.contains(v.dims.back());
    times("Δ" + v.name + (columns ? "[" + std::to_string(term.component) + "]" : ""));
  }
  if (!term.factor.empty()) text += " by " + term.factor;
  return text;
}

struct Result {
  std::vector<std::string> terms, rest;
  std::string obstacle, partner;
};

Result work_out(Builder& m, const Expr& mean, const std::vector<std::string>& members) {
  Model& model = m.graph();
  std::set<VariableId> set;
  for (const std::string& name : members) set.insert(model.find(name));
  const AffineResult found = affine(model, m.node(mean), set);
  Result result;
  if (found.obstacle) {
    result.obstacle = model.variable(found.obstacle->culprit).name + " " + found.obstacle->reason;
    if (found.obstacle->partner >= 0) result.partner = model.variable(found.obstacle->partner).name;
    return result;
  }
  for (const AffineTerm& term : found.form.terms) result.terms.push_back(show(model, term));
  for (const NodeId node : found.form.rest) result.rest.push_back(to_text(model, node));
  return result;
}

using Texts = std::vector<std::string>;

TEST(Affine, PartsDataSampledAndMembers) {
  Builder m;
  const Expr a = m.normal("a", 0, 1), b = m.normal("b", 0, 1), c = m.student_t("c", 4, 0, 1), x = m.col("x");
  const Expr u = m.normal("u", 0, 1, over("g")), v = m.normal("v", 0, 1, over("h"));
  const Result result = work_out(m, a + b * x + c * x + u["g"] - v["h"] + x + 3, {"a", "b", "u"});
  EXPECT_EQ(result.terms, (Texts{"Δa", "{x} * Δb", "{x} * c", "Δu by g", "{-1} * v by h", "{x}", "{3}"}));
  EXPECT_EQ(result.rest, Texts{});
}

TEST(Affine, ScaledCentredAndDivided) {
  Builder m;
  const Expr b = m.normal("b", 0, 1), x = m.col("x"), w = m.col("w"), s = m.half_normal("s", 1);
  EXPECT_EQ(work_out(m, (x - 2.5) * b, {"b"}).terms, (Texts{"{x - 2.5} * Δb"}));
  EXPECT_EQ(work_out(m, -(b - x) / w, {"b"}).terms, (Texts{"{-1 * 1 / w} * Δb", "{x * -1 * -1 * 1 / w}"}));
  EXPECT_EQ(work_out(m, b / 2, {"b"}).terms, (Texts{"{0.5} * Δb"}));
  EXPECT_EQ(work_out(m, b * x / s, {"b"}).terms, (Texts{"{x} * 1 / s * Δb"}));
  EXPECT_EQ(work_out(m, b * x / w, {}).terms, (Texts{"{x * 1 / w} * b"}));
  EXPECT_EQ(work_out(m, exp(x) * b, {"b"}).terms, (Texts{"{exp(x)} * Δb"}));
}

TEST(Affine, FoldsPriorMeans) {
  Builder m;
  const Expr top = m.normal("top", 1.5, 1), mu = m.normal("mu", top, 1), x = m.col("x");
  const Expr mid = m.normal("mid", mu, 1, over("i")), u = m.normal("u", mid.at("g"), 1, over("g"));
  const Expr mean = u["g"] * x;
  EXPECT_EQ(work_out(m, mean, {"top", "mu", "mid", "u"}).terms,
            (Texts{"{x} * Δu by g", "{x} * Δmid by i", "{x} * Δmu", "{x} * Δtop", "{1.5 * x}"}));
  // The chain ends at the first one that is sampled.
  EXPECT_EQ(work_out(m, mean, {"mid", "u"}).terms, (Texts{"{x} * Δu by g", "{x} * Δmid by i", "{x} * mu"}));
  EXPECT_EQ(work_out(m, mean, {"u"}).terms, (Texts{"{x} * Δu by g", "{x} * mid[i of g] by g"}));
  EXPECT_EQ(work_out(m, mean, {}).terms, (Texts{"{x} * u by g"}));
}

TEST(Affine, ColumnsOfAnEffectMatrix) {
  Builder m;
  const Expr m1 = m.normal("m1", 0, 1), x = m.col("x");
  const Expr r =
      m.effects("r", {1, 1}, {.over = "g", .columns = {"Intercept", "x"}, .means = {2, m1}, .dim = "g__coef"});
  const Expr mean = r.component(0)["g"] + r.component(1)["g"] * x;
  EXPECT_EQ(work_out(m, mean, {"r", "m1"}).terms, (Texts{"Δr[0] by g", "{2}", "{x} * Δr[1] by g", "{x} * Δm1"}));
  EXPECT_EQ(work_out(m, mean, {"r"}).terms, (Texts{"Δr[0] by g", "{2}", "{x} * Δr[1] by g", "{x} * m1"}));
  EXPECT_EQ(work_out(m, mean, {}).terms, (Texts{"r[, Intercept] by g", "{x} * r[, x] by g"}));
}

TEST(Affine, ProductsWithSampledValues) {
  Builder m;
  const Expr a = m.normal("a", 0, 1), s = m.half_normal("s", 1), x = m.col("x");
  const Expr u = m.normal("u", 0, 1, over("g")), v = m.half_normal("v", 1, over("g"));
  const Expr t = m.half_normal("t", 1, over("h"));
  EXPECT_EQ(work_out(m, s * u["g"] * x, {"u"}).terms, (Texts{"{x} * s * Δu by g"}));
  EXPECT_EQ(work_out(m, exp(s) * a, {"a"}).terms, (Texts{"exp(s) * Δa"}));
  EXPECT_EQ(work_out(m, t["h"] * u["g"], {"u"}).terms, (Texts{"t over h * Δu by g"}));
  EXPECT_EQ(work_out(m, t["h"] * a * x * s, {"a"}).terms, (Texts{"{x} * t * s over h * Δa"}));
  // Values over the member's own factor, over a second one, and what varies by row are read at the rows.
  EXPECT_EQ(work_out(m, v["g"] * u["g"], {"u"}).terms, Texts{"[v[g]] * Δu by g"});
  EXPECT_EQ(work_out(m, t["h"] * a * v["g"], {"a"}).terms, Texts{"[t[h] * v[g]] * Δa"});
  EXPECT_EQ(work_out(m, x * exp(s * x) * u["g"] * t["h"], {"u"}).terms, Texts{"[t[h] * x * exp(s * x)] * Δu by g"});
  EXPECT_EQ(work_out(m, exp(s * x) * (a + 2 * x), {"a"}).terms, Texts{"[exp(s * x)] * Δa"});
  EXPECT_EQ(work_out(m, exp(s * x) * (a + 2 * x), {"a"}).rest.size(), 1U);
  // Without a member a product over two factors is worked by rows.
  const Result rows = work_out(m, a + t["h"] * v["g"] * x, {"a"});
  EXPECT_EQ(rows.terms, Texts{"Δa"});
  EXPECT_EQ(rows.rest.size(), 1U);
}

TEST(Affine, RowExpressionsAreTheRest) {
  Builder m;
  const Expr a = m.normal("a", 0, 1), k = m.half_normal("k", 1), x = m.col("x");
  const Result result = work_out(m, a + exp(-k * x) * k - x / (1 + k * x), {"a"});
  EXPECT_EQ(result.terms, Texts{"Δa"});
  ASSERT_EQ(result.rest.size(), 2U);
  EXPECT_EQ(result.rest[0], "k * exp(-k * x)");
}

TEST(Affine, ObstaclesNameTheCulpritAndItsPartner) {
  Builder m;
  const Expr a = m.normal("a", 0, 1), b = m.normal("b", 0, 1), x = m.col("x");
  const Expr u = m.normal("u", 0, 1, over("g"));
  const Result product = work_out(m, a * x * b, {"a", "b"});
  EXPECT_EQ(product.obstacle, "b is multiplied by `a`, which is integrated");
  EXPECT_EQ(product.partner, "a");
  EXPECT_EQ(work_out(m, a * a, {"a"}).obstacle, "a is multiplied by itself");
  EXPECT_EQ(work_out(m, a * a, {"a"}).partner, "");
  EXPECT_EQ(work_out(m, 1 / (1 + a), {"a"}).obstacle, "a stands in a denominator");
  EXPECT_EQ(work_out(m, x / (1 + b * x), {"b"}).obstacle, "b stands in a denominator");
  const std::vector<std::pair<Expr, std::string>> curved{{exp(a), "exp()"},   {log(a), "log()"},
                                                         {sqrt(a), "sqrt()"}, {square(a), "a square"},
                                                         {tanh(a), "tanh()"}, {inv_logit(a), "inv_logit()"}};
  for (const auto& [expression, word] : curved)
    EXPECT_EQ(work_out(m, b + expression * x, {"a", "b"}).obstacle, "a enters through " + word);
  EXPECT_EQ(work_out(m, exp(u["g"]), {"u"}).obstacle, "u enters through exp()");
  // Outside the set the same are no obstacles.
  EXPECT_EQ(work_out(m, b + exp(a) * x, {"b"}).terms, (Texts{"Δb", "{x} * exp(a)"}));
  // Through a prior mean, too.
  m.normal("w", square(a), 1, over("g"));
  EXPECT_EQ(work_out(m, m.wrap(m.model().node_of(m.model().find("w")))["g"], {"a", "w"}).obstacle,
            "a enters through a square");
}

TEST(Affine, FindsVariablesDirectlyReferredTo) {
  Builder m;
  const Expr mu = m.normal("mu", 0, 1), u = m.normal("u", mu, 1, over("g"));
  EXPECT_EQ(variables_of(m.model(), m.node(u["g"] * m.col("x"))), std::set{m.model().find("u")});
  EXPECT_TRUE(variables_of(m.model(), m.node(m.col("x") * 2)).empty());
  EXPECT_TRUE(variables_of(m.model(), kNone).empty());
}

/// Values of expressions at a row of a tiny data set; what is over a factor is read at the row's level.
struct Interpreter {
  const Model& model;
  std::map<std::string, std::vector<double>> columns;
  std::map<std::string, std::vector<std::size_t>> codes;
  std::vector<std::vector<double>> values;  ///< a variable each, row-major

  Interpreter(const Model& of, base::Stream& stream) : model(of) {
    for (const char* name : {"x", "w"})
      for (int n = 0; n < 6; ++n) columns[name].push_back(0.5 + stream.uniform());
    codes = {{"g", {0, 1, 2, 3, 1, 0}}, {"h", {0, 1, 0, 1, 1, 1}}, {"i", {0, 0, 1, 1, 0, 0}}};
    for (std::size_t v = 0; v < of.variables().size(); ++v) {
      values.emplace_back();
      for (int i = 0; i < 12; ++i) values.back().push_back(0.2 + stream.uniform());
    }
  }

  [[nodiscard]] double at(NodeId id, std::size_t row, int column = 0) const {
    if (id == kNone) return 1;
    const Node& node = model.node(id);
    const auto argument = [&](std::size_t k) { return at(node.args[k], row, column); };
    switch (node.op) {
      case Op::constant:
        return node.value;
      case Op::column:
        return columns.at(node.name)[row];
      case Op::variable:
        return element(node.index, row, column);
      case Op::stack:
        return at(node.args[static_cast<std::size_t>(column)], row);
      case Op::component:
        return at(node.args[0], row, node.index);
      case Op::gather:
        return argument(0);
      case Op::add:
        return argument(0) + argument(1);
      case Op::subtract:
        return argument(0) - argument(1);
      case Op::multiply:
        return argument(0) * argument(1);
      case Op::divide:
        return argument(0) / argument(1);
      case Op::negate:
        return -argument(0);
      case Op::exp:
        return std::exp(argument(0));
      case Op::log:
        return std::log(argument(0));
      case Op::sqrt:
        return std::sqrt(argument(0));
      case Op::square:
        return argument(0) * argument(0);
      case Op::tanh:
        return std::tanh(argument(0));
      case Op::inv_logit:
        return 1 / (1 + std::exp(-argument(0)));
      default:
        return std::nan("");  // operations that these tests do not use
    }
  }

  [[nodiscard]] double element(VariableId v, std::size_t row, int column) const {
    const auto& dims = model.variable(v).dims;
    const std::size_t level = dims.empty() ? 0 : codes.at(dims[0])[row];
    return values[static_cast<std::size_t>(v)][dims.size() == 2 ? 2 * level + static_cast<std::size_t>(column) : level];
  }

  [[nodiscard]] double sum(const AffineForm& form, std::size_t row) const {
    double total = 0;
    for (const AffineTerm& term : form.terms) {
      double value = at(term.data, row) * at(term.sampled, row) * at(term.row, row);
      if (term.variable >= 0) {
        const Distribution& prior = model.variable(term.variable).distribution;
        value *= element(term.variable, row, term.component) -
                 (prior.kind == DistributionKind::flat ? 0 : at(prior.args[0], row, term.component));
      }
      total += value;
    }
    for (const NodeId node : form.rest) total += at(node, row);
    return total;
  }
};

/// A program with everything affine() knows; a random expression over it.
struct RandomMean {
  Builder m;
  std::vector<Expr> parts;
  base::Stream stream;

  explicit RandomMean(std::uint64_t seed) : stream(seed, 0, 0, base::Purpose::test) {
    const Expr a = m.normal("a", 0.3, 1), b = m.normal("b", a, 1), f = m.flat("f"), s = m.half_normal("s", 1);
    const Expr top = m.normal("top", 2 * a - 1, 1, over("i")), u = m.normal("u", top.at("g") + b, 1, over("g"));
    const Expr r =
        m.effects("r", {1, s}, {.over = "g", .columns = {"one", "two"}, .means = {b, 0.5}, .dim = "g__coef"});
    const Expr t = m.half_normal("t", 1, over("h")), v = m.half_normal("v", 1, over("g"));
    parts = {a,      b,      f,          s,          top["i"], u["g"], r.component(0)["g"], r.component(1)["g"],
             t["h"], v["g"], m.col("x"), m.col("w"), 1.5};
  }

  Expr make(int depth) {
    if (depth == 0) return parts[stream.below(parts.size())];
    const Expr left = make(depth - 1), right = make(depth - 1);
    switch (stream.below(7)) {
      case 0:
        return left - right;
      case 1:
        return left * m.col("x");
      case 2:
        return left * right;
      case 3:
        return left / (m.col("w") + 1);
      case 4:
        return -left;
      case 5:
        return left / exp(parts[3] * m.col("x")) + right;
      default:
        return left + right;
    }
  }
};

TEST(Affine, SumsToTheExpressionOnRandomPrograms) {
  int affine_ones = 0, obstacles = 0, at_rows = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    RandomMean random(seed);
    const NodeId mean = random.m.node(random.make(1 + static_cast<int>(random.stream.below(3))));
    Model& model = random.m.graph();
    std::set<VariableId> set;
    for (const char* name : {"a", "b", "f", "top", "u", "r"})
      if (random.stream.below(2) == 0) set.insert(model.find(name));
    const AffineResult result = affine(model, mean, set);
    if (result.obstacle) {
      ++obstacles;
      EXPECT_TRUE(set.contains(result.obstacle->culprit)) << seed;
      EXPECT_FALSE(result.obstacle->reason.empty()) << seed;
      continue;
    }
    ++affine_ones;
    const Interpreter values(model, random.stream);
    for (std::size_t row = 0; row < 6; ++row) {
      const double expected = values.at(mean, row);
      EXPECT_NEAR(values.sum(result.form, row), expected, 1e-12 * std::max(1.0, std::abs(expected)))
          << "seed " << seed << ": " << to_text(model, mean);
    }
    for (const AffineTerm& term : result.form.terms) {
      for (const NodeId free : {term.data, term.sampled, term.row})
        for (const VariableId v : variables_of(model, free)) EXPECT_FALSE(set.contains(v)) << "seed " << seed;
      EXPECT_TRUE(variables_of(model, term.data).empty()) << "seed " << seed;
      at_rows += term.row != kNone;
    }
  }
  EXPECT_GT(affine_ones, 1000);
  EXPECT_GT(obstacles, 100);
  EXPECT_GT(at_rows, 150);
}

}  // namespace
}  // namespace woodbury::model
