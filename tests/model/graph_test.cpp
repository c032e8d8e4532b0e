// The graph: inferred dims, folding, names, and refusals in a modeller's words.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "woodbury/model/model.hpp"

namespace woodbury::model {
namespace {

using Dims = std::vector<std::string>;

/// The whole text of the error that `step` throws, or "" where it throws none.
template <class Step>
std::string refusal(const Step& step) {
  try {
    step();
  } catch (const base::Error& error) {
    return error.describe();
  }
  return {};
}

NodeId add_normal(Model& model, const std::string& name, Dims dims, NodeId mean, NodeId sd) {
  return model.node_of(
      model.add_variable({name, std::move(dims), {DistributionKind::normal, {mean, sd}, false}, true}));
}

/// mu, tau scalars; u over g; r over (g, g__coef) with columns Intercept and x; v over (g__coef).
struct GraphTest : ::testing::Test {
  Model m;
  NodeId zero = m.constant(0), one = m.constant(1);
  NodeId mu = add_normal(m, "mu", {}, zero, one);
  NodeId u = add_normal(m, "u", {"g"}, mu, one);
  NodeId r = [this] {
    m.add_dim("g__coef", {"Intercept", "x"});
    return add_normal(m, "r", {"g", "g__coef"}, zero, one);
  }();
  NodeId v = add_normal(m, "v", {"g__coef"}, zero, one);
  NodeId x = m.column("x");
  Dims dims(NodeId id) { return m.node(id).dims; }
};

TEST_F(GraphTest, InfersDims) {
  EXPECT_EQ(dims(zero), Dims{});
  EXPECT_EQ(dims(x), Dims{"row"});
  EXPECT_EQ(dims(u), Dims{"g"});
  EXPECT_EQ(dims(r), (Dims{"g", "g__coef"}));
  EXPECT_EQ(dims(m.component(r, 1)), Dims{"g"});
  EXPECT_EQ(dims(m.component(v, 1)), Dims{});
  EXPECT_EQ(dims(m.gather(u)), Dims{"row"});
  EXPECT_EQ(dims(m.gather(u, "pair")), Dims{"pair"});
  EXPECT_EQ(dims(m.gather(m.gather(u, "pair"))), Dims{"row"});
  EXPECT_EQ(dims(m.stack({mu, one}, "g__coef")), Dims{"g__coef"});
  EXPECT_EQ(dims(m.component(m.stack({mu, one, mu}, "fresh"), 2)), Dims{});
  EXPECT_EQ(dims(m.binary(Op::multiply, mu, x)), Dims{"row"});
  EXPECT_EQ(dims(m.binary(Op::divide, x, mu)), Dims{"row"});
  EXPECT_EQ(dims(m.binary(Op::add, u, u)), Dims{"g"});
  EXPECT_EQ(dims(m.binary(Op::add, m.gather(u), x)), Dims{"row"});
  EXPECT_EQ(dims(m.unary(Op::exp, u)), Dims{"g"});
}

TEST_F(GraphTest, FoldsNumbersAndNeutralElements) {
  const auto value = [this](NodeId id) { return m.node(id).op == Op::constant ? m.node(id).value : -999; };
  const NodeId two = m.constant(2);
  EXPECT_EQ(value(m.binary(Op::subtract, one, two)), -1);
  EXPECT_EQ(value(m.binary(Op::divide, one, two)), 0.5);
  EXPECT_EQ(value(m.unary(Op::square, m.constant(-3))), 9);
  EXPECT_EQ(value(m.unary(Op::negate, two)), -2);
  EXPECT_DOUBLE_EQ(value(m.unary(Op::inv_logit, zero)), 0.5);
  EXPECT_DOUBLE_EQ(value(m.unary(Op::sqrt, two)), 1.4142135623730951);
  EXPECT_DOUBLE_EQ(value(m.unary(Op::tanh, one)), 0.7615941559557649);
  EXPECT_DOUBLE_EQ(value(m.unary(Op::log, two)), 0.6931471805599453);
  EXPECT_EQ(m.binary(Op::add, x, zero), x);
  EXPECT_EQ(m.binary(Op::add, zero, x), x);
  EXPECT_EQ(m.binary(Op::subtract, x, zero), x);
  EXPECT_EQ(m.binary(Op::multiply, one, u), u);
  EXPECT_EQ(m.binary(Op::divide, u, one), u);
  EXPECT_NE(m.binary(Op::subtract, zero, x), x);
  EXPECT_NE(m.binary(Op::divide, one, x), x);
  EXPECT_NE(refusal([this] { (void)m.unary(Op::log, m.constant(-1)); }), "");
  EXPECT_NE(refusal([this] { (void)m.binary(Op::divide, x, zero); }), "");
  EXPECT_NE(refusal([this] { (void)m.constant(1.0 / 0.0); }), "");
}

TEST_F(GraphTest, RefusesToMixDims) {
  EXPECT_EQ(refusal([this] { m.binary(Op::add, x, u); }),
            "`u` has a value for each level of g; write u[\"g\"] to read it at each row");
  EXPECT_EQ(refusal([this] { m.binary(Op::add, u, x); }),
            "`u` has a value for each level of g; write u[\"g\"] to read it at each row");
  const NodeId w = add_normal(m, "w", {"h"}, zero, one);
  EXPECT_EQ(refusal([&] { m.binary(Op::add, u, w); }),
            "`u` has a value for each level of g; if h nests in g, write u.at(\"h\") to read it at each level of h");
  EXPECT_EQ(refusal([this] { m.binary(Op::multiply, r, x); }),
            "`r` has a row for each level of g and 2 column(s); take one column: r.component(0)[\"g\"]");
  EXPECT_EQ(refusal([this] {
              m.stack({mu, u}, "d");
            }),
            "`u` has a value for each level of g; write u[\"g\"] to read it at each row");
}

TEST_F(GraphTest, RefusesWrongColumnsAndGathers) {
  EXPECT_EQ(refusal([this] { m.component(r, 2); }), "`r` has 2 column(s), counted from 0: there is no column 2");
  EXPECT_EQ(refusal([this] { m.component(u, 0); }),
            "`u` has a value for each level of g, so it has no columns to choose from");
  EXPECT_EQ(refusal([this] { m.gather(mu); }), "`mu` is one number; it has no levels to be read at");
  EXPECT_EQ(refusal([this] { m.gather(x); }), "`x` has a value for each row; it has no levels to be read at");
  EXPECT_EQ(refusal([this] { m.gather(u, "g"); }), "`u` already has a value for each level of g");
  EXPECT_NE(refusal([this] { m.gather(r); }), "");
  EXPECT_NE(refusal([this] { m.stack({mu}, "g__coef"); }), "");
}

TEST_F(GraphTest, RefusesNamesTakenTwice) {
  const auto add = [this](const std::string& name, const Dims& dims) {
    return refusal([&] { add_normal(m, name, dims, zero, one); });
  };
  EXPECT_EQ(add("mu", {}), "two variables are named `mu`");
  EXPECT_EQ(add("x", {}), "`x` is a variable of the model and a column of the data; rename one");
  EXPECT_EQ(refusal([this] { m.column("mu"); }),
            "`mu` is a variable of the model and a column of the data; rename one");
  EXPECT_EQ(add("h", {"h"}), "`h` is named like the factor it is over; rename it");
  EXPECT_NE(add("g__coef", {}), "");
  EXPECT_NE(add("", {}), "");
  EXPECT_NE(add("z", {"row"}), "");
  EXPECT_NE(refusal([this] { m.add_dim("d", {"a", "b", "a"}); }), "");
  EXPECT_NE(refusal([this] { m.add_dim("g__coef", {"Intercept", "z"}); }), "");
  EXPECT_EQ(refusal([this] { m.add_dim("g__coef", {"Intercept", "x"}); }), "");
  EXPECT_EQ(m.column("x"), x);
  EXPECT_EQ(refusal([this] { (void)m.find("mo"); }), "no variable `mo`; did you mean `mu`?");
}

TEST_F(GraphTest, ChecksArgumentsOfDistributions) {
  const auto add = [this](DistributionKind kind, std::vector<NodeId> args, const Dims& dims = {}) {
    Model copy = m;
    return refusal([&] { copy.add_variable({"new", dims, {kind, std::move(args), false}, true}); });
  };
  const NodeId minus = m.constant(-2);
  EXPECT_EQ(add(DistributionKind::normal, {zero, minus}), "`s` of `new` is -2: it must be positive");
  EXPECT_EQ(add(DistributionKind::normal, {minus, one}), "");
  EXPECT_NE(add(DistributionKind::normal, {zero, zero}), "");
  EXPECT_NE(add(DistributionKind::student_t, {minus, zero, one}), "");
  EXPECT_EQ(add(DistributionKind::student_t, {one, minus, one}), "");
  EXPECT_NE(add(DistributionKind::half_student_t, {one, minus}), "");
  EXPECT_NE(add(DistributionKind::gamma, {one, zero}), "");
  EXPECT_NE(add(DistributionKind::normal, {zero, m.stack({one, minus}, "g__coef")}, {"g", "g__coef"}), "");
  EXPECT_EQ(add(DistributionKind::uniform, {one, zero}),
            "`new` is uniform from 1 to 0: the lower bound must be below the upper");
  EXPECT_EQ(add(DistributionKind::normal, {zero}), "normal of `new` takes 2 argument(s), not 1");
  EXPECT_NE(add(DistributionKind::normal, {x, one}), "");
  EXPECT_EQ(add(DistributionKind::normal, {u, one}, {"g"}), "");
  EXPECT_NE(add(DistributionKind::normal, {u, one}), "");
  EXPECT_EQ(add(DistributionKind::normal, {u, one}, {"h"}),
            "`m` of `new` does not fit: `u` has a value for each level of g, `new` has a value for each level of h; "
            "if h nests in g, write u.at(\"h\") to read it at each level of h");
  EXPECT_EQ(add(DistributionKind::normal, {m.gather(u, "h"), one}, {"h"}), "");
  EXPECT_NE(add(DistributionKind::multi_normal, {zero, one, u}, {"g", "g__coef"}), "");
}

TEST_F(GraphTest, ChecksObservationsAndDerived) {
  EXPECT_EQ(refusal([this] {
              m.add_observation({"y", FamilyKind::gaussian, mu, kNone});
            }),
            "the observation of `y` needs an sd");
  EXPECT_EQ(refusal([this] {
              m.add_observation({"y", FamilyKind::gaussian, u, one});
            }),
            "`u` has a value for each level of g; write u[\"g\"] to read it at each row");
  EXPECT_NE(refusal([this] { m.add_observation({"y", FamilyKind::gaussian, mu, zero}); }), "");
  EXPECT_NE(refusal([this] { m.add_observation({"mu", FamilyKind::gaussian, mu, one}); }), "");
  m.add_observation({"y", FamilyKind::gaussian, mu, one});
  EXPECT_EQ(refusal([this] { m.add_observation({"y", FamilyKind::gaussian, mu, one}); }), "`y` is observed twice");
  EXPECT_NE(refusal([this] { add_normal(m, "y", {}, zero, one); }), "");
  m.add_derived({"d", m.unary(Op::exp, mu)});
  EXPECT_NE(refusal([this] { m.add_derived({"d", mu}); }), "");
  EXPECT_NE(refusal([this] { m.add_derived({"mu", mu}); }), "");
  EXPECT_NE(refusal([this] { m.add_derived({"e", x}); }), "");
}

TEST_F(GraphTest, NamesTheDataItNeeds) {
  m.gather(u, "pair");
  m.column("z");
  m.add_observation({"y", FamilyKind::gaussian, mu, one});
  EXPECT_EQ(m.data_columns(), (Dims{"y", "x", "z"}));
  EXPECT_EQ(m.data_factors(), (Dims{"g", "pair"}));
}

}  // namespace
}  // namespace woodbury::model
