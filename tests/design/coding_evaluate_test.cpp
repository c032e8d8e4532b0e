// Expressions over columns and orthogonal polynomials, against values worked out by other means.
#include <gtest/gtest.h>

#include "woodbury/design/evaluate.hpp"
#include "woodbury/design/factors.hpp"
#include "woodbury/design/poly.hpp"

namespace woodbury::design {
namespace {

using Values = std::vector<double>;

Values evaluate(const std::string& expression, Standards& standards, bool learning, const char* csv) {
  const formula::Formula formula = formula::parse(expression + " ~ 1");
  return Evaluator(formula, frame::parse_csv(csv), standards, learning).values(*formula.response);
}

Values evaluate(const std::string& expression) {
  Standards standards;
  return evaluate(expression, standards, true, "x,z\n1,4\n2,0.5\n3,-2\n");
}

TEST(Evaluate, follows_the_rules_of_arithmetic) {
  EXPECT_EQ(evaluate("x + 2 * z"), (Values{9, 3, -1}));
  EXPECT_EQ(evaluate("(x + 2) * z"), (Values{12, 2, -10}));
  EXPECT_EQ(evaluate("-x^2"), (Values{-1, -4, -9}));
  EXPECT_EQ(evaluate("(-x)^2"), (Values{1, 4, 9}));
  EXPECT_EQ(evaluate("2^x^2"), (Values{2, 16, 512}));
  EXPECT_EQ(evaluate("x - 1 - 1"), (Values{-1, 0, 1}));
  EXPECT_EQ(evaluate("12 / x / 2"), (Values{6, 3, 2}));
  EXPECT_EQ(evaluate("x^-1"), (Values{1, 0.5, 1.0 / 3}));
  EXPECT_EQ(evaluate("abs(z) + I(x)"), (Values{5, 2.5, 5}));
  EXPECT_EQ(evaluate("log(exp(x))"), (Values{std::log(std::exp(1)), std::log(std::exp(2)), std::log(std::exp(3))}));
}

TEST(Evaluate, keeps_what_scale_and_center_learn_even_inside_others) {
  Standards standards;
  EXPECT_EQ(evaluate("center(x)^2 + scale(x)", standards, true, "x\n1\n2\n3\n"), (Values{0, 0, 2}));
  ASSERT_EQ(standards.size(), 2U);
  EXPECT_EQ(standards.at("scale(x)").scale, 1);
  EXPECT_EQ(standards.at("center(x)").center, 2);
  EXPECT_EQ(evaluate("center(x)^2 + scale(x)", standards, false, "x\n5\n"), (Values{12}));
}

TEST(MeanSd, keep_their_digits_far_from_zero) {
  Values years;
  for (int i = 0; i < 1000; ++i) years.push_back(1e9 + i % 2);
  const MeanSd found = mean_sd(years);
  EXPECT_DOUBLE_EQ(found.mean, 1e9 + 0.5);
  EXPECT_NEAR(found.sd, std::sqrt(0.25 * 1000 / 999), 1e-15);
}

// Gram–Schmidt on the powers, twice over for the digits, in long double.
std::vector<Values> orthonormal_powers(const Values& x, std::size_t degree) {
  using Wide = std::vector<long double>;
  const auto dot = [](const Wide& a, const Wide& b) {
    long double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  };
  std::vector<Wide> basis;
  for (std::size_t k = 0; k <= degree; ++k) {
    Wide power(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) power[i] = std::pow(static_cast<long double>(x[i]), k);
    for (int pass = 0; pass < 2; ++pass) {
      for (const Wide& before : basis) {
        const long double along = dot(power, before);
        for (std::size_t i = 0; i < power.size(); ++i) power[i] -= along * before[i];
      }
    }
    const long double norm = std::sqrt(dot(power, power));
    for (auto& value : power) value /= norm;
    basis.push_back(std::move(power));
  }
  std::vector<Values> columns;
  for (std::size_t k = 1; k <= degree; ++k) columns.emplace_back(basis[k].begin(), basis[k].end());
  return columns;
}

TEST(Poly, is_gram_schmidt_on_the_powers) {
  base::Stream stream(5, 0, 0, base::Purpose::test);
  Values x(40);
  for (double& value : x) value = stream.normal();
  const auto polynomial = OrthogonalPolynomial::learn(x, 6);
  const auto found = polynomial.columns(x);
  const auto expected = orthonormal_powers(x, 6);
  ASSERT_EQ(found.size(), 6U);
  for (std::size_t k = 0; k < 6; ++k) {
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(found[k][i], expected[k][i], 1e-12) << k << ' ' << i;
  }
}

TEST(Poly, stays_orthonormal_far_from_zero_and_is_replayed_point_by_point) {
  Values years;
  for (int i = 0; i < 30; ++i) years.push_back(1990 + i);
  const auto polynomial = OrthogonalPolynomial::learn(years, 5);
  const auto columns = polynomial.columns(years);
  for (std::size_t a = 0; a < 5; ++a) {
    for (std::size_t b = 0; b < 5; ++b) {
      double product = 0;
      for (std::size_t i = 0; i < years.size(); ++i) product += columns[a][i] * columns[b][i];
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-12);
    }
  }
  const auto one = polynomial.columns({years[17]});
  for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(one[k][0], columns[k][17]);
}

TEST(Groups, three_deep_are_matched_by_their_parts) {
  const frame::Frame table = frame::parse_csv("a,b,c\np,u,1\nq,v,2\np,v,1\nq,v,10\np,u,1\n");
  const LearntGroup group = learn_group(table, {"a", "b", "c"});
  EXPECT_EQ(group.levels, (std::vector<std::string>{"p_u_1", "p_v_1", "q_v_2", "q_v_10"}));
  const frame::Frame fresh = frame::parse_csv("a,b,c\nq,v,10\nq,u,1\np,v,1\nr,v,1\np,v_1,1\n");
  const auto codes = std::get<frame::Factor>(*group_codes(fresh, group)).codes;
  EXPECT_EQ(codes, (std::vector<std::int32_t>{3, -1, 1, -1, -1}));
}

TEST(Groups, labels_that_join_to_a_known_one_are_still_unknown) {
  const LearntGroup group = learn_group(frame::parse_csv("a,b\np_q,r\nx,y\n"), {"a", "b"});
  const frame::Frame fresh = frame::parse_csv("a,b\np,q_r\np_q,r\n");
  EXPECT_EQ(std::get<frame::Factor>(*group_codes(fresh, group)).codes, (std::vector<std::int32_t>{-1, 0}));
}

TEST(Groups, share_a_column_that_needs_no_new_codes) {
  const frame::Frame table = frame::parse_csv("g\na\nb\na\n");
  const LearntGroup group = learn_group(table, {"g"});
  EXPECT_EQ(group_codes(table, group), table.share("g"));
  const auto other = group_codes(frame::parse_csv("g\nb\nc\n"), group);
  EXPECT_EQ(std::get<frame::Factor>(*other).codes, (std::vector<std::int32_t>{1, -1}));
}

TEST(Groups, of_numbers_are_matched_by_value) {
  const LearntGroup group = learn_group(frame::parse_csv("g\n10\n9\n10\n"), {"g"});
  const frame::Frame fresh = frame::parse_csv("g\n9.0\n10\n11\n");
  EXPECT_EQ(std::get<frame::Factor>(*group_codes(fresh, group)).codes, (std::vector<std::int32_t>{0, 1, -1}));
}

}  // namespace
}  // namespace woodbury::design
