// What the parser refuses: the message, the text under the caret, the suggestion.
#include <gtest/gtest.h>

#include "woodbury/formula/formula.hpp"

namespace woodbury::formula {
namespace {

struct Refusal {
  const char* text;
  const char* message;
  const char* at;
  const char* suggestion = "";
};

const Refusal kRefusals[] = {
    // Brackets.
    {"y ~ (x + z", "this bracket is never closed", "(", "add `)`"},
    {"y ~ log(x", "this bracket is never closed", "(", "add `)`"},
    {"y ~ x) + z", "this bracket was never opened", ")"},
    {"y ~ x + ()", "these parentheses are empty", "()"},
    {"y ~ (x, z)", "a comma stands between a function's arguments only", ","},
    {"y ~ x + (log(x | g)", "this bracket is never closed", "(", "add `)`"},
    // Sides.
    {"", "the formula is empty", "", "write y ~ x + (1 | g)"},
    {"  ", "the formula is empty", "  ", "write y ~ x + (1 | g)"},
    {"x + (1 | g)", "the formula has no `~`", "x + (1 | g)", "write y ~ x + (1 | g)"},
    {"y ~", "nothing stands right of `~`", "~", "`~ 1` is an intercept alone"},
    {"y ~ x ~ z", "a formula has one `~`", "~"},
    {"y ~ (x ~ z)", "`~` stands between the response and the terms only", "~"},
    {"y ~ x + y", "the response `y` stands on the right, too", "y"},
    {"log(y) ~ log(y):x", "the response `log(y)` stands on the right, too", "log(y):x"},
    {"y ~ (y | g)", "the response `y` stands on the right, too", "y"},
    {"1 ~ x", "`1` names no column", "1", "numbers need a column beside them: I(2 * x)"},
    {"y | se(s) ~ x", "`|` cannot stand left of `~`", "y | se(s)",
     "weights and known standard errors are options: --weights, --se"},
    {"poly(y, 2) ~ x", "`poly()` cannot be a response", "poly(y, 2)", "the response is one numeric column"},
    // Functions.
    {"y ~ sqr(x)", "no function `sqr()` is known", "sqr", "did you mean `sqrt`?"},
    {"y ~ Scale(x)", "no function `Scale()` is known", "Scale", "did you mean `scale`?"},
    {"y ~ log(x, 2)", "`log()` takes one argument, not 2", "log(x, 2)"},
    {"y ~ poly(x)", "`poly()` takes a column and a degree, not 1", "poly(x)", "write poly(x, 2)"},
    {"y ~ poly(x, z)", "the degree of poly() is a whole number from 1 to 25", "z"},
    {"y ~ poly(x, 1.5)", "the degree of poly() is a whole number from 1 to 25", "1.5"},
    {"y ~ poly(x, 0)", "the degree of poly() is a whole number from 1 to 25", "0"},
    {"y ~ poly(x, degree = 2)", "`=` has no meaning in a formula", "=", "arguments go by position: poly(x, 2)"},
    {"y ~ log()", "`log()` takes one argument, not 0", "log()"},
    {"y ~ log(2)", "`log(2)` names no column", "log(2)", "numbers need a column beside them: I(2 * x)"},
    {"y ~ I(poly(x, 2))", "`poly()` cannot stand inside another function or arithmetic", "poly(x, 2)"},
    {"y ~ I(a:b)", "`:` has no meaning inside a function", "a:b", "a product is written with `*` there"},
    {"y ~ I(a | b)", "`|` has no meaning inside a function", "a | b"},
    // Numbers and powers.
    {"y ~ 2", "`2` stands where a variable is needed", "2",
     "alone stand 1 (with intercept) and 0 (without); a constant shift is offset(I(0 * x + 2))"},
    {"y ~ 2 * x", "`2` stands where a variable is needed", "2", "arithmetic goes inside I(): I(2 * x)"},
    {"y ~ x:1", "`1` stands where a variable is needed", "1", "arithmetic goes inside I(): I(2 * x)"},
    {"y ~ x / 100", "`100` stands where a variable is needed", "100", "arithmetic goes inside I(): I(2 * x)"},
    {"y ~ (a + b)^0", "the exponent of `^` is a whole number from 1", "0", "a power of a column is I(x^2)"},
    {"y ~ (a + b)^1.5", "the exponent of `^` is a whole number from 1", "1.5", "a power of a column is I(x^2)"},
    {"y ~ (a + b)^c", "the exponent of `^` is a whole number from 1", "c", "a power of a column is I(x^2)"},
    {"y ~ (a + b)^-1", "the exponent of `^` is a whole number from 1", "-1", "a power of a column is I(x^2)"},
    {"y ~ x^", "something is missing after `^`", "^"},
    {"y ~ a * * b", "something is missing after `*`", "*"},
    {"y ~ + + ", "something is missing after `+`", "+"},
    {"y ~ 1e999 * x", "`1e999` is out of a number's range", "1e999"},
    {"y ~ -x", "there is nothing here to subtract from", "-x", "I(-x) is minus the column x"},
    // Bars.
    {"y ~ x | g", "`|` stands outside parentheses", "x | g", "write y ~ x + (x | g)"},
    {"y ~ z * (x | g)", "a group-level term can only be added with `+`", "x | g", "write y ~ x + (x | g)"},
    {"y ~ z - (x | g)", "a group-level term cannot be subtracted", "(x | g)"},
    {"y ~ (x | )", "no grouping factor stands right of `|`", "|", "write (x | g)"},
    {"y ~ (x || )", "no grouping factor stands right of `||`", "||", "write (x | g)"},
    {"y ~ ( | g)", "nothing stands left of `|`", "|", "`(1 | g)` is an intercept for each g"},
    {"y ~ (0 | g)", "this group-level term has no columns", "0", "(1 | g) is an intercept for each g"},
    {"y ~ (x | a | b)", "a group-level term has one `|`", "x | a | b", "write (x | g)"},
    {"y ~ (x | 1)", "`1` is no grouping factor", "1", "a, a:b and a/b are"},
    {"y ~ (x | a + b)", "`+` cannot stand right of `|`", "a + b", "write (x | a) + (x | b)"},
    {"y ~ (x | factor(g))", "only columns stand right of `|`, and these are factors anyway", "factor(g)",
     "write (… | g)"},
    {"y ~ (x | a:(b/c))", "`a:(b/c)` is no grouping factor", "a:(b/c)", "a, a:b and a/b are"},
    {"y ~ (x + offset(n) | g)", "an offset cannot stand in a group-level term", "x + offset(n)"},
    {"y ~ (1 | g) + (x | g)", "`1` stands twice for `g`", "(x | g)", "write (0 + x | g) for a slope alone"},
    {"y ~ (a:b | g) + (0 + b:a | g)", "`a:b` stands twice for `g`", "(0 + b:a | g)"},
    {"y ~ (x || g) + (0 + x | g)", "`x` stands twice for `g`", "(0 + x | g)"},
    // Names and stray characters.
    {"y ~ x $ z", "stray `$` in the formula", "$"},
    {"y ~ x @ z", "stray `@` in the formula", "@"},
    {"y ~ 'x'", "quotes have no meaning in a formula", "'", "put names in backticks"},
    {"y ~ a %in% b", "`%` has no meaning in a formula", "%", "nesting is written a / b"},
    {"y ~ `x", "this backtick is never closed", "`"},
    {"y ~ ``", "the name between these backticks is empty", "``"},
    {"y ~ 2x", "a name cannot begin with a digit", "2x", "write it in backticks"},
    {"y ~ _x", "a name cannot begin with `_`", "_", "write it in backticks"},
    {"y ~ .", "`.` does not stand for all other columns here", ".", "name the columns"},
    {"y ~ x z", "unexpected `z`", "z", "is an operator (+ : * /) missing before it?"},
    {"y ~ xp (z)", "no function `xp()` is known", "xp", "did you mean `exp`?"},
    {"y ~ gr\xf6sse", "the formula is not in UTF-8", "?"},
    {"y ~ `\xc0\x80`", "the formula is not in UTF-8", "?"},
    {"y ~ \xed\xa0\x80", "the formula is not in UTF-8", "?"},
    {"y ~ x\xe2\x82", "the formula is not in UTF-8", "?"},
    {"y ~ \x01", "stray control character", "\x01"},
    // Places of other terms.
    {"y ~ x + Intercept", "`Intercept` stands for the ones of a design without its implicit 1", "Intercept",
     "write 0 + Intercept + x"},
    {"y ~ 0 + x:Intercept", "`Intercept` stands for the ones of a design without its implicit 1", "x:Intercept",
     "write 0 + Intercept + x"},
    {"y ~ x * offset(z)", "offset() can only be added to the terms", "offset(z)", "write y ~ x + offset(z)"},
};

TEST(Errors, say_what_where_and_what_would_be_right) {
  for (const Refusal& refusal : kRefusals) {
    SCOPED_TRACE(refusal.text);
    try {
      static_cast<void>(parse(refusal.text));
      ADD_FAILURE() << "was taken";
    } catch (const base::Error& error) {
      EXPECT_STREQ(error.what(), refusal.message);
      EXPECT_EQ(error.suggestion(), refusal.suggestion);
      EXPECT_EQ(error.kind(), base::ErrorKind::input);
      ASSERT_TRUE(error.place());
      const base::Place& place = *error.place();
      ASSERT_LE(place.end, place.text.size());
      EXPECT_EQ(place.text.substr(place.begin, place.end - place.begin), refusal.at);
    }
  }
}

std::string message(const std::string& text) {
  try {
    static_cast<void>(parse(text));
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

std::string repeat(const std::string& part, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += part;
  return all;
}

TEST(Limits, stop_what_would_overflow_the_stack) {
  const std::string deep = "the formula is nested more than 200 deep";
  EXPECT_EQ(message("y ~ " + repeat("(", 1900) + "x" + repeat(")", 1900)), deep);
  EXPECT_EQ(message("y ~ " + repeat("log(", 900) + "x" + repeat(")", 900)), deep);
  EXPECT_EQ(message("y ~ I(" + repeat("-", 1000) + "x)"), deep);
  EXPECT_EQ(message("y ~ I(" + repeat("x^", 1000) + "x)"), deep);
  EXPECT_EQ(message("y ~ " + repeat("(", 5000) + "x" + repeat(")", 5000)), deep);
  EXPECT_EQ(message("y ~ " + repeat("x + ", 5000) + "x"), "the formula has more than 4000 symbols");
}

TEST(Limits, stop_what_would_fill_the_memory) {
  std::string sum = "a0";
  for (int i = 1; i < 40; ++i) sum += " + a" + std::to_string(i);
  EXPECT_EQ(message("y ~ (" + sum + ")^20"), "this expands to more than 4000 terms");
  EXPECT_EQ(message("y ~ (" + sum + ") * (b + c) * (d + e) * (f + g) * (h + i) * (j + k)"),
            "this expands to more than 4000 terms");
}

TEST(Limits, leave_room_for_long_formulas) {
  std::string sum = "y ~ x0";
  for (int i = 1; i < 1500; ++i) sum += " + x" + std::to_string(i);
  EXPECT_EQ(parse(sum).fixed.terms.size(), 1500U);
  EXPECT_EQ(message("y ~ " + repeat("(", 150) + "x" + repeat(")", 150)), "");
  EXPECT_EQ(message("y ~ I(" + repeat("x + ", 1500) + "x)"), "");
}

TEST(Response, is_required_on_demand_with_a_place) {
  try {
    require_response(parse("~ x"));
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.describe(), "the formula has no response; write y ~ x\n  ~ x\n  ^");
  }
}

}  // namespace
}  // namespace woodbury::formula
