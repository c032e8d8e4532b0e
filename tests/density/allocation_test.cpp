// That no gradient allocates, whatever the plan, once a density is made: operator new is replaced by one that counts.
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/density/distributions.hpp"
#include "tests/density/operations.hpp"
#include "tests/support/counted_new.hpp"
#include "tests/support/tables.hpp"
#include "woodbury/density/density.hpp"

namespace woodbury::density {
namespace {

using model::Builder;
using model::Expr;
using model::over;

struct Case {
  std::string name;
  std::function<void(Builder&)> build;
};

/// Means and scales of every kind that the likelihood tells apart, and priors beside.
std::vector<Case> cases() {
  const auto effects = [](Builder& m) { return m.normal("u", 0, m.half_normal("tau", 1), over("g"))["g"]; };
  std::vector<Case> list;
  list.push_back({"common sigma", [=](Builder& m) {
                    m.observe_normal("y", m.normal("a", 0, 1) + effects(m), m.half_cauchy("sigma", 1));
                  }});
  list.push_back({"correlated slopes", [](Builder& m) {
                    const Expr cor = m.lkj("cor", 2, {"1", "x"}, "c");
                    const std::vector<Expr> sds{m.half_normal("s0", 1), m.half_normal("s1", 1)};
                    const Expr r = m.effects("r", sds, {.over = "g", .cor = cor, .columns = {"1", "x"}, .dim = "c"});
                    m.observe_normal("y", m.cols({1, m.col("x")}) * r, m.gamma("sigma", 2, 2));
                  }});
  list.push_back({"two responses, a loading", [=](Builder& m) {
                    const Expr u = effects(m);
                    m.observe_normal("y", u, m.exponential("s1", 1));
                    m.observe_normal("w", m.normal("k", 0, 1) * u, m.lognormal("s2", 0, 1));
                  }});
  list.push_back({"sigma by group", [=](Builder& m) {
                    m.observe_normal("y", effects(m), exp(m.normal("s", m.student_t("m", 3, 0, 1), 1, over("h"))["h"]));
                  }});
  list.push_back({"sigma by a column", [=](Builder& m) {
                    m.observe_normal("y", effects(m), exp(m.normal("s", 0, 1) + m.beta("t", 2, 2) * m.col("x")));
                  }});
  list.push_back({"curved mean", [=](Builder& m) {
                    const Expr curve = inv_logit(m.normal("k", 0, 1) * m.col("x"));
                    m.observe_normal("y", effects(m) + curve, m.inverse_gamma("sigma", 3, 2));
                  }});
  list.push_back({"effects times a curve", [=](Builder& m) {
                    const Expr curve = exp(m.normal("k", 0, 1) * m.col("x"));
                    m.observe_normal("y", effects(m) * curve, m.half_normal("sigma", 1));
                  }});
  list.push_back({"series", [=](Builder& m) {
                    const Expr e = m.normal("e", 0, m.half_normal("omega", 1), over("h"));
                    m.observe_normal("y", effects(m) + ar1(e, m.uniform("rho", -1, 1))["h"], m.half_normal("sigma", 1));
                  }});
  return list;
}

void expect_none(Density density, const std::string& what) {
  std::vector<double> q(density.dimension(), 0.3), gradient(q.size());
  density.evaluate(q, gradient);
  const std::size_t before = allocations;
  bool finite = true;
  for (int i = 0; i < 10; ++i) {
    q[0] = 0.1 * (i + 1);
    finite = finite && std::isfinite(density.evaluate(q, gradient));
  }
  EXPECT_EQ(allocations, before) << what;
  EXPECT_TRUE(finite) << what;
}

TEST(Allocation, IsCounted) {
  const std::size_t start = allocations;
  const std::vector<double> counted(100);
  EXPECT_EQ(allocations, start + 1);
}

TEST(Allocation, NoneInAGradient) {
  const frame::Frame table = test::crossed_table(4, 30);
  for (const Case& each : cases()) {
    Builder m;
    each.build(m);
    for (const char* integrate : {"all", "none"})
      for (const char* way : {"centred", "noncentred"})
        for (const bool reduce : {true, false}) {
          const plan::Options options{.integrate = integrate, .parametrisation = {{"g", way}}, .reduce = reduce};
          expect_none(Density(plan::make_plan(m.model(), table, options), table),
                      each.name + ", " + integrate + ", " + way + (reduce ? "" : ", not reduced"));
        }
  }
}

TEST(Allocation, NoneForAnyDistribution) {
  const frame::Frame table = test::crossed_table(4, 30);
  std::set<model::DistributionKind> seen;
  for (const distributions::Case& each : distributions::cases())
    for (const char* way : {"centred", "noncentred"}) {
      seen.insert(each.kind);
      expect_none(Density(distributions::plan_of(each, table, way), table), model::info(each.kind).name + ", " + way);
    }
  for (const model::DistributionInfo& info : model::distributions())
    EXPECT_TRUE(seen.contains(info.kind)) << "not counted: " << info.name;
}

TEST(Allocation, NoneForAnyOperation) {
  const frame::Frame table = test::crossed_table(4, 30);
  std::set<model::Op> seen;
  for (const operations::Case& each : operations::cases()) {
    operations::Program program;
    const Expr root = each.build(program);
    Builder& m = program.m;
    m.observe_normal("y", operations::at_rows(m, root), m.half_normal("sigma", 1));
    for (const model::Node& node : m.model().nodes()) seen.insert(node.op);
    for (const char* integrate : {"none", "auto"})
      expect_none(Density(plan::make_plan(m.model(), table, {.integrate = integrate}), table),
                  each.name + ", integrating " + integrate);
  }
  for (int op = 0; op <= static_cast<int>(model::Op::ar1); ++op)
    EXPECT_TRUE(seen.contains(static_cast<model::Op>(op))) << "not counted: operation " << op;
}

}  // namespace
}  // namespace woodbury::density
