// Row expressions evaluated on a table: shared where plain, worked out where not, refused where not finite.
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "woodbury/moments/moments.hpp"

namespace woodbury::moments {
namespace {

using model::Builder;
using model::Expr;

frame::Frame table() {
  frame::Frame result;
  result.add("x", frame::Numeric{{0.5, 2, -1}});
  result.add("w", frame::Numeric{{1, 4, 0}});
  return result;
}

std::vector<double> values(const std::function<Expr(Builder&)>& build) {
  Builder m;
  const Expr expression = build(m);
  const ColumnPtr column = evaluate(m.model(), m.node(expression), table());
  return column ? column->copy() : std::vector<double>{};
}

TEST(Columns, PlainColumnsAreShared) {
  const frame::Frame data = table();
  Builder m;
  const ColumnPtr column = evaluate(m.model(), m.node(m.col("x")), data);
  EXPECT_EQ(column.get(), &data.numeric("x"));
  EXPECT_EQ(evaluate(m.model(), m.node(m.col("x")), data).get(), column.get());
}

TEST(Columns, SharedColumnsOutliveTheirTable) {
  Builder m;
  ColumnPtr column;
  {
    const frame::Frame data = table();
    column = evaluate(m.model(), m.node(m.col("w")), data);
  }
  EXPECT_EQ(*column, (std::vector<double>{1, 4, 0}));
}

TEST(Columns, OnesAreNull) {
  Builder m;
  EXPECT_EQ(evaluate(m.model(), model::kNone, table()), nullptr);
  EXPECT_EQ(evaluate(m.model(), m.node(1), table()), nullptr);
  EXPECT_EQ(evaluate(m.model(), m.graph().binary(model::Op::subtract, m.node(3), m.node(2)), table()), nullptr);
  EXPECT_EQ(*evaluate(m.model(), m.node(0), table()), (std::vector<double>{0, 0, 0}));
}

TEST(Columns, EveryOperation) {
  const std::vector<double> x{0.5, 2, -1};
  const auto expect = [&](const std::function<Expr(Builder&)>& build, double (*of)(double)) {
    const std::vector<double> found = values(build);
    ASSERT_EQ(found.size(), x.size());
    for (std::size_t n = 0; n < x.size(); ++n) EXPECT_DOUBLE_EQ(found[n], of(x[n]));
  };
  expect([](Builder& m) { return m.col("x") + 3; }, [](double v) { return v + 3; });
  expect([](Builder& m) { return 3 - m.col("x"); }, [](double v) { return 3 - v; });
  expect([](Builder& m) { return m.col("x") * m.col("x"); }, [](double v) { return v * v; });
  expect([](Builder& m) { return 1 / m.col("x"); }, [](double v) { return 1 / v; });
  expect([](Builder& m) { return -m.col("x"); }, [](double v) { return -v; });
  expect([](Builder& m) { return exp(m.col("x")); }, [](double v) { return std::exp(v); });
  expect([](Builder& m) { return log(m.col("x") + 2); }, [](double v) { return std::log(v + 2); });
  expect([](Builder& m) { return sqrt(m.col("x") + 2); }, [](double v) { return std::sqrt(v + 2); });
  expect([](Builder& m) { return square(m.col("x")); }, [](double v) { return v * v; });
  expect([](Builder& m) { return tanh(m.col("x")); }, [](double v) { return std::tanh(v); });
  expect([](Builder& m) { return inv_logit(m.col("x")); }, [](double v) { return 1 / (1 + std::exp(-v)); });
}

std::string refusal(const std::function<Expr(Builder&)>& build) {
  try {
    static_cast<void>(values(build));
  } catch (const base::Error& error) {
    return error.describe();
  }
  return "no error";
}

TEST(Columns, RefusesWhatIsNotFiniteNamingTheRow) {
  EXPECT_EQ(refusal([](Builder& m) { return 1 / m.col("w"); }),
            "`1 / w` is inf in row 3 of the rows used; values of the design must be finite");
  const std::string of_log = refusal([](Builder& m) { return log(m.col("x")); });
  EXPECT_NE(of_log.find("`log(x)` is "), std::string::npos) << of_log;
  EXPECT_NE(of_log.find("nan in row 3"), std::string::npos) << of_log;
  EXPECT_EQ(refusal([](Builder& m) { return sqrt(m.col("w")); }), "no error");
  EXPECT_NE(refusal([](Builder& m) { return m.col("z"); }).find("no column `z`"), std::string::npos);
}

TEST(Columns, SumsCountNullAsOnes) {
  const auto x = std::make_shared<const frame::Numbers>(std::vector<double>{1, 2});
  EXPECT_EQ(*add(x, x, 2), (std::vector<double>{2, 4}));
  EXPECT_EQ(*add(x, nullptr, 2), (std::vector<double>{2, 3}));
  EXPECT_EQ(*add(nullptr, x, 2), (std::vector<double>{2, 3}));
  EXPECT_EQ(*add(nullptr, nullptr, 2), (std::vector<double>{2, 2}));
}

}  // namespace
}  // namespace woodbury::moments
