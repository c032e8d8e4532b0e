// Expansion of formulas against the term labels of R's terms(), and the parts lme4 makes of group-level terms.
#include <gtest/gtest.h>

#include "woodbury/formula/formula.hpp"

namespace woodbury::formula {
namespace {

// "1 a b a:b", as attr(terms(…), "term.labels") with the intercept in front.
std::string labels(const Terms& terms) {
  std::string out = terms.intercept ? "1" : "0";
  if (terms.raw_intercept) out += " Intercept";
  for (const Term& term : terms.terms) {
    std::string label;
    for (const Variable& variable : term.variables) label += (label.empty() ? "" : ":") + variable.name;
    out += " " + label;
  }
  for (const Variable& offset : terms.offsets) out += " offset(" + offset.name + ")";
  return out;
}

std::string groups(const Formula& formula) {
  std::string out;
  for (const GroupTerm& group : formula.groups) {
    out += (out.empty() ? "" : ", ") + labels(group.terms) + (group.correlated ? " | " : " || ") + group.factor_name();
  }
  return out;
}

struct Case {
  const char* text;
  const char* expected;
};

// Right-hand values from R 4.2.2: paste(attr(terms(f), "term.labels"), collapse = " ").
const Case kExpansions[] = {
    {"y ~ 1", "1"},
    {"y ~ 0", "0"},
    {"y ~ -1", "0"},
    {"y ~ x - 1", "0 x"},
    {"y ~ x - 0", "1 x"},
    {"y ~ 0 + x + 1", "1 x"},
    {"y ~ x - (z - 1)", "1 x"},
    {"y ~ b + a + b", "1 b a"},
    {"y ~ a * b", "1 a b a:b"},
    {"y ~ a:b + a", "1 a a:b"},
    {"y ~ a + b:a", "1 a a:b"},
    {"y ~ b:a", "1 b:a"},
    {"y ~ a / b", "1 a a:b"},
    {"y ~ (a + b) / c", "1 a b a:b:c"},
    {"y ~ a / (b + c)", "1 a a:b a:c"},
    {"y ~ a / b / c", "1 a a:b a:b:c"},
    {"y ~ (a + b + c)^2", "1 a b c a:b a:c b:c"},
    {"y ~ (a + b + c)^3 - a:b:c", "1 a b c a:b a:c b:c"},
    {"y ~ (a + b)**2", "1 a b a:b"},
    {"y ~ a * b * c - a", "1 b c a:b a:c b:c a:b:c"},
    {"y ~ a * b - b + c", "1 a c a:b"},
    {"y ~ x^2", "1 x"},
    {"y ~ (a + b + c)^9", "1 a b c a:b a:c b:c a:b:c"},
    {"y ~ a:b:a", "1 a:b"},
    {"y ~ c:a + b + a", "1 b a c:a"},
    {"y ~ log(x) + I(x^2) + poly(x,2)", "1 log(x) I(x^2) poly(x, 2)"},
    {"y ~ I( x+1 )+log( x )*z", "1 I(x + 1) log(x) z log(x):z"},
    {"y ~ offset(log(n)) + x", "1 x offset(log(n))"},
    {"y ~ `my var` * z", "1 `my var` z `my var`:z"},
    {"y ~ `plain`", "1 plain"},
    {"y ~ 0 + Intercept + x", "0 Intercept x"},
    {"y ~ Intercept + x - 1", "0 Intercept x"},
    {"y ~ x +\n\t z", "1 x z"},
    {"y ~ +x", "1 x"},
    {"y ~ größe", "1 größe"},
};

TEST(Expansion, agrees_with_terms_of_R) {
  for (const Case& c : kExpansions) EXPECT_EQ(labels(parse(c.text).fixed), c.expected) << c.text;
}

const Case kGroups[] = {
    {"y ~ x + (x | g)", "1 x | g"},
    {"y ~ x + (0 + x | g)", "0 x | g"},
    {"y ~ (x - 1 | g) + (1 | g)", "0 x | g, 1 | g"},
    {"y ~ (x || g)", "1 x || g"},
    {"y ~ (1 | a/b)", "1 | a, 1 | a:b"},
    {"y ~ (x || a/b/c)", "1 x || a, 1 x || a:b, 1 x || a:b:c"},
    {"y ~ (1 | a:b)", "1 | a:b"},
    {"y ~ (1 | a/(b + c))", ""},
    {"y ~ (a * b | g)", "1 a b a:b | g"},
    {"y ~ (0 + Intercept + x | g)", "1 x | g"},
    {"y ~ ((x | g))", "1 x | g"},
    {"y ~ (z + (x | g) + (1 | h))", "1 x | g, 1 | h"},
    {"y ~ (1 | `my group`)", "1 | my group"},
};

TEST(Groups, are_split_and_nested_as_in_lme4_and_brms) {
  for (const Case& c : kGroups) {
    if (c.expected[0] == '\0') {
      EXPECT_THROW((void)parse(c.text), base::Error) << c.text;
    } else {
      EXPECT_EQ(groups(parse(c.text)), c.expected) << c.text;
    }
  }
}

TEST(Groups, leave_the_fixed_terms_behind) {
  const Formula formula = parse("y ~ (x | g) + z + (1 | h) - 1");
  EXPECT_EQ(labels(formula.fixed), "0 z");
  EXPECT_EQ(labels(parse("y ~ (z + (x | g))").fixed), "1 z");
  EXPECT_EQ(labels(parse("y ~ (1 | g)").fixed), "1");
}

TEST(Response, may_be_transformed_or_absent) {
  EXPECT_EQ(parse("log(rt) ~ x").response_variable->name, "log(rt)");
  EXPECT_EQ(parse("y / 1000 ~ x").response_variable->name, "y/1000");
  EXPECT_EQ(parse("~ x").response, nullptr);
  EXPECT_NO_THROW(require_response(parse("y ~ x")));
  EXPECT_THROW(require_response(parse("~ x")), base::Error);
}

TEST(Columns, are_in_order_of_appearance) {
  const Formula formula = parse("log(y / w) ~ b:a + (x | g/h) + poly(a, 2) + offset(n) + (1 | x2:g)");
  EXPECT_EQ(columns(formula), (std::vector<std::string>{"y", "w", "b", "a", "x", "g", "h", "n", "x2"}));
  EXPECT_EQ(grouping_columns(formula), (std::vector<std::string>{"g", "h", "x2"}));
  EXPECT_EQ(columns(parse("y ~ 0 + Intercept + x")), (std::vector<std::string>{"y", "x"}));
  EXPECT_EQ(columns(parse("y ~ x + z - z")), (std::vector<std::string>{"y", "x"}));
}

// As R 4.2.2's deparse() prints the same expressions.
const Case kDeparsed[] = {
    {"I((x+1)^ 2)", "I((x + 1)^2)"},
    {"log(x/2)", "log(x/2)"},
    {"I(x*100000)", "I(x * 1e+05)"},
    {"I(x*123456)", "I(x * 123456)"},
    {"I(x + 0.001)", "I(x + 0.001)"},
    {"I(x + .0001)", "I(x + 1e-04)"},
    {"I(-x)", "I(-x)"},
    {"I(x - -2.50)", "I(x - -2.5)"},
    {"poly(`a b`,3)", "poly(`a b`, 3)"},
    {"I(x^-1)", "I(x^-1)"},
    {"I(0.1*x)", "I(0.1 * x)"},
    {"I(1e300*x)", "I(1e+300 * x)"},
    {"I(x + 1234.5678)", "I(x + 1234.5678)"},
};

TEST(Deparse, prints_as_R) {
  for (const Case& c : kDeparsed) {
    EXPECT_EQ(parse(std::string("~ ") + c.text).fixed.terms.at(0).variables.at(0).name, c.expected);
  }
}

TEST(Deparse, is_a_fixed_point) {
  for (const Case& c : kDeparsed) {
    EXPECT_EQ(parse(std::string("~ ") + c.expected).fixed.terms.at(0).variables.at(0).name, c.expected);
  }
}

TEST(Precedence, is_that_of_R) {
  const auto tree = [](const std::string& text) {
    return parse("~ I(" + text + ")").fixed.terms[0].variables[0].node->children[0];
  };
  EXPECT_EQ(tree("-x^2")->kind, NodeKind::unary);
  EXPECT_EQ(tree("x^2^3")->children[1]->text, "^");
  EXPECT_EQ(tree("x - 2 - 3")->children[0]->text, "-");
  EXPECT_EQ(tree("x + 2 * 3")->text, "+");
  EXPECT_EQ(tree("-x * 2")->text, "*");
}

TEST(Spans, point_into_the_text) {
  const Formula formula = parse("y ~ x + log(zz):x + (w | gg)");
  const Term& term = formula.fixed.terms.at(1);
  EXPECT_EQ(formula.text.substr(term.span.begin, term.span.end - term.span.begin), "log(zz):x");
  const Node* zz = column_nodes(*term.variables.at(1).node).at(0);
  EXPECT_EQ(formula.text.substr(zz->span.begin, 2), "zz");
  const GroupTerm& group = formula.groups.at(0);
  EXPECT_EQ(formula.text.substr(group.span.begin, group.span.end - group.span.begin), "(w | gg)");
}

}  // namespace
}  // namespace woodbury::formula
