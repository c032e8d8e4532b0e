// Random formulas: expansion against Wilkinson and Rogers' algebra on bit sets, deparsing as a fixed point, and
// whatever damaged text gives, an error whose place lies in the text.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "woodbury/formula/formula.hpp"

namespace woodbury::formula {
namespace {

// A formula over a … e as text, with the set of terms it stands for, each term a set of bits.
struct Sum {
  std::string text;
  std::set<unsigned> terms;
};

std::set<unsigned> products(const std::set<unsigned>& left, const std::set<unsigned>& right) {
  std::set<unsigned> all;
  for (const unsigned a : left) {
    for (const unsigned b : right) all.insert(a | b);
  }
  return all;
}

std::set<unsigned> united(std::set<unsigned> left, const std::set<unsigned>& right) {
  left.insert(right.begin(), right.end());
  return left;
}

unsigned all_of(const std::set<unsigned>& terms) {
  unsigned all = 0;
  for (const unsigned term : terms) all |= term;
  return all;
}

// Operands stand in brackets, so that the oracle needs no precedence.
Sum random_sum(base::Stream& stream, int depth) {
  if (depth == 0 || stream.below(4) == 0) {
    const auto which = stream.below(5);
    return {std::string(1, static_cast<char>('a' + which)), {1U << which}};
  }
  const Sum left = random_sum(stream, depth - 1);
  if (stream.below(6) == 0) return {"(" + left.text + ")^2", united(left.terms, products(left.terms, left.terms))};
  const Sum right = random_sum(stream, depth - 1);
  const auto join = [&](const char* symbol) { return "(" + left.text + ")" + symbol + "(" + right.text + ")"; };
  switch (stream.below(5)) {
    case 0:
      return {join(" + "), united(left.terms, right.terms)};
    case 1:
      return {join(":"), products(left.terms, right.terms)};
    case 2:
      return {join("*"), united(united(left.terms, right.terms), products(left.terms, right.terms))};
    case 3:
      return {join("/"), united(left.terms, products({all_of(left.terms)}, right.terms))};
    default: {
      std::set<unsigned> rest = left.terms;
      for (const unsigned term : right.terms) rest.erase(term);
      if (rest.empty()) return left;  // nothing left to expand further
      return {join(" - "), rest};
    }
  }
}

unsigned bits(const Term& term) {
  unsigned all = 0;
  for (const Variable& variable : term.variables) all |= 1U << (variable.name[0] - 'a');
  return all;
}

TEST(Property, expansion_is_the_algebra_of_sets) {
  base::Stream stream(11, 0, 0, base::Purpose::test);
  for (int trial = 0; trial < 2000; ++trial) {
    const Sum sum = random_sum(stream, 4);
    SCOPED_TRACE(sum.text);
    const Terms terms = parse("y ~ " + sum.text).fixed;
    std::set<unsigned> found;
    std::size_t degree = 1;
    for (const Term& term : terms.terms) {
      EXPECT_TRUE(found.insert(bits(term)).second) << "a term stands twice";
      EXPECT_GE(term.variables.size(), degree) << "terms are out of order";
      degree = term.variables.size();
    }
    ASSERT_EQ(found, sum.terms);
    EXPECT_TRUE(terms.intercept);
  }
}

TEST(Property, group_level_terms_expand_as_fixed_ones) {
  base::Stream stream(12, 0, 0, base::Purpose::test);
  for (int trial = 0; trial < 300; ++trial) {
    const Sum sum = random_sum(stream, 3);
    SCOPED_TRACE(sum.text);
    const Formula formula = parse("y ~ 1 + (" + sum.text + " | g/h)");
    ASSERT_EQ(formula.groups.size(), 2U);
    for (const GroupTerm& group : formula.groups) {
      std::set<unsigned> found;
      for (const Term& term : group.terms.terms) found.insert(bits(term));
      EXPECT_EQ(found, sum.terms);
    }
    EXPECT_TRUE(formula.fixed.terms.empty());
  }
}

// Arithmetic with random spaces and brackets, as one would type it.
std::string random_arithmetic(base::Stream& stream, int depth) {
  const auto space = [&] { return std::string(stream.below(3), ' '); };
  if (depth == 0 || stream.below(4) == 0) {
    static const char* const kLeaves[] = {"x", "`a b`", "2", "0.5", "1e6", "3.25", "z.1"};
    return kLeaves[stream.below(7)];
  }
  const std::string inner = random_arithmetic(stream, depth - 1);
  switch (stream.below(4)) {
    case 0:
      return "(" + space() + inner + space() + ")";
    case 1:
      return "log(" + inner + space() + ")";
    case 2:
      return "-" + space() + inner;
    default:
      return inner + space() + std::string(1, "+-*/^"[stream.below(5)]) + space() +
             random_arithmetic(stream, depth - 1);
  }
}

TEST(Property, deparsed_expressions_parse_to_themselves) {
  base::Stream stream(13, 0, 0, base::Purpose::test);
  for (int trial = 0; trial < 2000; ++trial) {
    const std::string text = "I(x + (" + random_arithmetic(stream, 4) + "))";
    // log() of numbers alone names no column, but inside I() beside x it may stand.
    const std::string once = parse("~ " + text).fixed.terms.at(0).variables.at(0).name;
    EXPECT_EQ(parse("~ " + once).fixed.terms.at(0).variables.at(0).name, once) << text;
  }
}

TEST(Property, damaged_text_gives_terms_or_a_placed_error) {
  base::Stream stream(14, 0, 0, base::Purpose::test);
  const std::string sound = "log(y) ~ 0 + Intercept + a*b + poly(x, 2):`my z` - a + (x + I(x^2) || g/h) + offset(n)";
  int refused = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    std::string text = sound;
    for (std::uint64_t edits = 1 + stream.below(3); edits > 0; --edits) {
      const auto at = stream.below(text.size());
      if (stream.below(2) == 0) {
        text.erase(at, 1 + stream.below(3));
      } else {
        text.insert(at, 1, "()|~+-*/:^,`.0x \x80\x01"[stream.below(18)]);
      }
    }
    try {
      static_cast<void>(parse(text));
    } catch (const base::Error& error) {
      ++refused;
      ASSERT_TRUE(error.place()) << text;
      EXPECT_LE(error.place()->begin, error.place()->end) << text;
      EXPECT_LE(error.place()->end, error.place()->text.size()) << text;
      EXPECT_EQ(error.place()->text.size(), text.size());
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace woodbury::formula
