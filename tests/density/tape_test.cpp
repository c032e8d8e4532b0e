// Every operation of the tape forward and backward, on scalars, levels, matrices and rows; nesting of factors.
#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include <gtest/gtest.h>

#include "tests/density/operations.hpp"
#include "tests/support/expect_gradient.hpp"
#include "tests/support/tables.hpp"
#include "woodbury/density/density.hpp"

namespace woodbury::density {
namespace {

using model::Builder;
using model::Expr;
using model::NodeId;
using model::over;

/// A tape with one root; what its variables hold are the inputs, the inner product of the root with fixed numbers the
/// output.
class Evaluated {
 public:
  Evaluated(Builder& m, const Expr& root, const frame::Frame& table)
      : model_(m.model()), root_(m.node(root)), tape_(m.model(), table, {root_}), values_(tape_.initial_values()) {
    for (const NodeId id : tape_.order())
      if (model_.node(id).op == model::Op::variable) inputs_.push_back(id);
    base::Stream stream(8, 0, 0, base::Purpose::test);
    for (std::size_t i = 0; i < tape_.size(root_); ++i) weights_.push_back(stream.normal());
  }

  [[nodiscard]] std::size_t inputs() const {
    std::size_t total = 0;
    for (const NodeId id : inputs_) total += tape_.size(id);
    return total;
  }
  [[nodiscard]] const Tape& tape() const { return tape_; }

  /// The root's values at the inputs.
  std::span<const double> forward(std::span<const double> x) {
    for (const NodeId id : inputs_) {
      std::copy_n(x.begin(), tape_.size(id), &values_[tape_.offset(id)]);
      x = x.subspan(tape_.size(id));
    }
    for (const NodeId id : tape_.order())
      if (model_.node(id).op != model::Op::variable) tape_.forward(id, values_);
    return {&values_[tape_.offset(root_)], tape_.size(root_)};
  }

  double value(std::span<const double> x) {
    const auto root = forward(x);
    double sum = 0;
    for (std::size_t i = 0; i < root.size(); ++i) sum += weights_[i] * root[i];
    return sum;
  }

  std::vector<double> gradient(std::span<const double> x) {
    forward(x);
    std::vector<double> adjoints(tape_.total()), result;
    std::copy(weights_.begin(), weights_.end(), adjoints.begin() + static_cast<std::ptrdiff_t>(tape_.offset(root_)));
    for (auto id = tape_.order().rbegin(); id != tape_.order().rend(); ++id)
      if (model_.node(*id).op != model::Op::variable) tape_.backward(*id, values_, adjoints);
    for (const NodeId id : inputs_)
      result.insert(result.end(), &adjoints[tape_.offset(id)], &adjoints[tape_.offset(id)] + tape_.size(id));
    return result;
  }

 private:
  const model::Model& model_;
  NodeId root_;
  Tape tape_;
  std::vector<double> values_, weights_;
  std::vector<NodeId> inputs_;
};

using operations::Program;

void check(const std::function<Expr(Program&)>& build, const std::string& what, std::set<model::Op>& seen) {
  const frame::Frame table = test::crossed_table(2, 12);
  Program program;
  const Expr root = build(program);
  for (const model::Node& node : program.m.model().nodes()) seen.insert(node.op);
  Evaluated evaluated(program.m, root, table);
  base::Stream stream(3, 0, 0, base::Purpose::test);
  for (int repeat = 0; repeat < 3; ++repeat) {
    std::vector<double> at(evaluated.inputs());
    ASSERT_GT(at.size(), 0U) << what;
    for (double& value : at) value = 0.3 + stream.uniform();  // within the domains of log, sqrt and division
    testing::expect_gradient([&](std::span<const double> p) { return evaluated.value(p); }, at, evaluated.gradient(at),
                             1e-9, what);
  }
}

TEST(Tape, GradientOfEveryOperation) {
  std::set<model::Op> seen;
  for (const operations::Case& each : operations::cases()) check(each.build, each.name, seen);
  for (int op = 0; op <= static_cast<int>(model::Op::ar1); ++op)
    EXPECT_TRUE(seen.contains(static_cast<model::Op>(op))) << "no test of operation " << op;
}

TEST(Tape, ValuesByHand) {
  frame::Frame table;
  table.add("x", frame::Numeric{{1, 2, 3}});
  table.add("g", frame::Factor{{1, 0, 1}, {"a", "b"}});
  table.add("i", frame::Factor{{0, 1, 0}, {"p", "q"}});
  Builder m;
  const Expr u = m.normal("u", 0, 1, over("g")), top = m.normal("top", 0, 1, over("i"));
  const Expr r = m.effects("r", {1, 1}, {.over = "g", .columns = {"one", "two"}, .dim = "g__coef"});
  const auto at = [&](const Expr& root, const std::vector<double>& x) {
    Evaluated evaluated(m, root, table);
    const auto found = evaluated.forward(x);
    return std::vector<double>(found.begin(), found.end());
  };
  using Values = std::vector<double>;
  EXPECT_EQ(at(u["g"] * m.col("x"), {10, 20}), (Values{20, 20, 60}));
  EXPECT_EQ(at(top.at("g"), {5, 7}), (Values{7, 5}));                   // a lies in q, b in p
  EXPECT_EQ(at(r.component(1)["g"], {1, 2, 3, 4}), (Values{4, 2, 4}));  // row-major: levels × columns
  EXPECT_EQ(at(2 - u, {10, 20}), (Values{-8, -18}));
  EXPECT_EQ(at(cumsum(u), {10, 20}), (Values{10, 30}));
  EXPECT_EQ(at(cumsum(u)["g"], {10, 20}), (Values{30, 10, 30}));
  EXPECT_EQ(at(ar1(u, 0.6), {10, 20}), (Values{12.5, 27.5}));  // 10 / 0.8, then 0.6 · 12.5 + 20
}

TEST(Tape, HoldsOnlyWhatIsNeededAndFoldsData) {
  const frame::Frame table = test::crossed_table(2, 12);
  Builder m;
  const Expr a = m.normal("a", 0, 1), b = m.normal("b", 0, 1), x = m.col("x");
  const Expr data = exp(x) + 1, root = a * data;
  const NodeId id = m.node(root), unused = m.node(b * x);
  const Tape tape(m.model(), table, {id});
  EXPECT_TRUE(tape.has(m.node(data)));
  EXPECT_FALSE(tape.has(unused));
  EXPECT_FALSE(tape.has(m.node(b)));
  EXPECT_EQ(tape.order(), (std::vector<NodeId>{m.node(a), id}));
  const std::vector<double> values = tape.initial_values();
  for (std::size_t n = 0; n < 12; ++n)
    EXPECT_DOUBLE_EQ(values[tape.offset(m.node(data)) + n], std::exp(table.numeric("x")[n]) + 1);
}

TEST(Tape, ArgumentsOfPriorsComeAlong) {
  const frame::Frame table = test::crossed_table(2, 12);
  Builder m;
  const Expr tau = m.half_normal("tau", 1), u = m.normal("u", 0, 2 * tau, over("g"));
  const Tape tape(m.model(), table, {m.node(u)});
  EXPECT_TRUE(tape.has(m.node(tau)));
  EXPECT_EQ(tape.size(m.node(u)), table.factor("g").levels.size());
  ASSERT_EQ(tape.order().size(), 3U);
  EXPECT_EQ(tape.order().back(), m.node(u));
}

TEST(NestingMap, LevelOfTheOuterFactorForEachOfTheInner) {
  frame::Frame table;
  table.add("pupil", frame::Factor{{0, 1, 2, 1, 0}, {"ann", "bob", "cy", "nobody"}});
  table.add("class", frame::Factor{{1, 0, 1, 0, 1}, {"A", "B"}});
  EXPECT_EQ(nesting_map(table, "pupil", "class"), (std::vector<std::int32_t>{1, 0, 1, 0}));
  try {
    static_cast<void>(nesting_map(table, "class", "pupil"));
    FAIL() << "no error";
  } catch (const base::Error& error) {
    EXPECT_STREQ(error.what(), "`class` is not nested in `pupil`: its level `B` is in `ann` and in `cy`");
    EXPECT_FALSE(error.suggestion().empty());
  }
}

/// A value read at a factor that does not nest is refused before anything is sampled, integrated or not.
TEST(NestingMap, RefusedWhenTheDensityIsMade) {
  const frame::Frame table = test::crossed_table(2, 30);
  for (const char* integrate : {"all", "none"}) {
    Builder m;
    const Expr top = m.normal("top", 0, 1, over("h"));
    const Expr u = m.normal("u", top.at("g"), m.half_normal("tau", 1), over("g"));
    m.observe_normal("y", u["g"], m.half_normal("sigma", 1));
    EXPECT_THROW(Density(plan::make_plan(m.model(), table, {integrate, {}}), table), base::Error) << integrate;
  }
}

TEST(Density, UnconstrainsWhatItConstrains) {
  const frame::Frame table = test::crossed_table(2, 30);
  Builder m;
  const Expr cor = m.lkj("cor", 2, {"a", "b", "c"}, "g__coef");
  const Expr sd = m.half_normal("sd", 1), p = m.beta("p", 2, 2), k = m.uniform("k", -2, 3), a = m.normal("a", 0, 1);
  const Expr r = m.effects("r", {sd, sd, sd}, {.over = "g", .cor = cor, .columns = {"a", "b", "c"}, .dim = "g__coef"});
  m.observe_normal("y", a + p + k + r.component(0)["g"] + r.component(1)["g"] * m.col("x") + r.component(2)["g"], sd);
  const plan::Plan plan = plan::make_plan(m.model(), table, {"none", {{"r", "centred"}}});
  Density density(plan, table);
  base::Stream stream(6, 0, 0, base::Purpose::test);
  std::vector<double> q(density.dimension()), again(q.size(), 99), gradient(q.size());
  for (double& value : q) value = 0.6 * stream.normal();
  density.evaluate(q, gradient);
  for (std::size_t v = 0; v < plan.model.variables().size(); ++v) {
    const NodeId node = plan.model.node_of(static_cast<model::VariableId>(v));
    density.unconstrain(static_cast<model::VariableId>(v),
                        density.values().subspan(density.tape().offset(node), density.tape().size(node)), again);
  }
  for (std::size_t i = 0; i < q.size(); ++i) EXPECT_NEAR(again[i], q[i], 1e-10) << i;
}

}  // namespace
}  // namespace woodbury::density
