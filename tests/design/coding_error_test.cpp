// What the coding refuses: the message, the text under the caret, the suggestion.
#include <gtest/gtest.h>

#include "woodbury/design/coding.hpp"

namespace woodbury::design {
namespace {

const char* const kTable =
    "y,Days,f,g,h,one,neg\n"
    "1,0,b,s1,u,same,1\n"
    "2,1,a,s1,v,same,-2\n"
    "4,2,c,s2,u,same,3\n"
    "8,3,a,s2,v,same,4\n";

struct Refusal {
  const char* formula;
  const char* message;
  const char* at;
  const char* suggestion;
};

void expect_refusal(const Refusal& refusal, const std::function<void()>& action) {
  SCOPED_TRACE(refusal.formula);
  try {
    action();
    ADD_FAILURE() << "was taken";
  } catch (const base::Error& error) {
    EXPECT_STREQ(error.what(), refusal.message);
    EXPECT_EQ(error.suggestion(), refusal.suggestion);
    ASSERT_TRUE(error.place());
    const auto& place = *error.place();
    EXPECT_EQ(place.text.substr(place.begin, place.end - place.begin), refusal.at);
  }
}

const Refusal kLearning[] = {
    {"y ~ Day + f", "no column `Day`", "Day", "did you mean `Days`?"},
    {"y ~ f + (days | g)", "no column `days`", "days", "did you mean `Days`?"},
    {"y ~ 1 + (1 | G)", "no column `G`", "G", "did you mean `g`?"},
    {"Y ~ 1", "no column `Y`", "Y", "did you mean `y`?"},
    {"y ~ log(Day)", "no column `Day`", "Day", "did you mean `Days`?"},
    {"y ~ log(Days)", "`log(Days)` is not finite in row 1, where `Days` is 0", "log(Days)", ""},
    {"y ~ log(neg)", "`log(neg)` is not finite in row 2, where `neg` is -2", "log(neg)", ""},
    {"y ~ I(neg / Days)", "`I(neg/Days)` is not finite in row 1, where `neg` is 1, `Days` is 0", "I(neg / Days)", ""},
    {"log(neg) ~ 1", "`log(neg)` is not finite in row 2, where `neg` is -2", "log(neg)", ""},
    {"y ~ scale(sqrt(neg))", "`sqrt(neg)` is not finite in row 2, where `neg` is -2", "sqrt(neg)", ""},
    {"y ~ scale(I(0 * Days))", "`scale(I(0 * Days))` divides by zero: `I(0 * Days)` has one value only",
     "scale(I(0 * Days))", ""},
    {"y ~ poly(Days, 4)", "`poly(Days, 4)` needs more than 4 distinct values, not 4", "poly(Days, 4)", ""},
    {"y ~ one", "factor `one` has one level; contrasts need two", "one", ""},
    {"y ~ Days:one + Days", "factor `one` has one level; contrasts need two", "one", ""},
    {"y ~ Days + (one | g)", "factor `one` has one level; contrasts need two", "one", ""},
    {"y ~ log(f)", "`f` is a factor where numbers are needed", "f", ""},
    {"y ~ sqrt(Days) + (1 | Days)", "`Days` is a factor where numbers are needed", "Days",
     "columns right of `|` are factors; keep the numbers in a column of their own"},
    {"f ~ Days", "`f` is no numeric column, as the response must be", "f", ""},
    {"y ~ offset(f)", "`f` is no numeric column, as an offset must be", "f", ""},
};

TEST(Learning, refuses_with_a_caret) {
  const frame::Frame table = frame::parse_csv(kTable);
  for (const Refusal& refusal : kLearning) {
    expect_refusal(refusal, [&] { static_cast<void>(Coding::learn(formula::parse(refusal.formula), table, {})); });
  }
}

TEST(Learning, shows_the_place) {
  try {
    static_cast<void>(Coding::learn(formula::parse("y ~ Day + (Days | g)"), frame::parse_csv(kTable), {}));
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.describe(),
              "no column `Day`; did you mean `Days`?\n"
              "  y ~ Day + (Days | g)\n"
              "      ^~~");
  }
}

TEST(Learning, takes_one_level_where_it_needs_no_contrasts) {
  EXPECT_NO_THROW(static_cast<void>(Coding::learn(formula::parse("y ~ 0 + one"), frame::parse_csv(kTable), {})));
}

TEST(Learning, refuses_missing_values) {
  frame::Frame table = frame::parse_csv("y,x,f\n1,2,a\n2,NA,b\n3,1,\n");
  const auto learn = [&](const char* text) { static_cast<void>(Coding::learn(formula::parse(text), table, {})); };
  expect_refusal({"y ~ x", "`x` is missing in row 2", "x", ""}, [&] { learn("y ~ x"); });
  expect_refusal({"y ~ log(x)", "`x` is missing in row 2", "log(x)", ""}, [&] { learn("y ~ log(x)"); });
  expect_refusal({"y ~ f", "`f` is missing in row 3", "f", ""}, [&] { learn("y ~ f"); });
  expect_refusal({"y ~ (1 | f)", "`f` is missing in row 3", "(1 | f)", ""}, [&] { learn("y ~ (1 | f)"); });
}

TEST(Learning, refuses_labels_that_collide) {
  frame::Frame table = frame::parse_csv("y,a,b\n1,p_q,r\n2,p,q_r\n");
  const auto learn = [&] { static_cast<void>(Coding::learn(formula::parse("y ~ (1 | a:b)"), table, {})); };
  try {
    learn();
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("would both be called `p_q_r`"), std::string::npos) << error.what();
    EXPECT_TRUE(error.place());
  }
}

TEST(Learning, refuses_two_columns_of_one_name) {
  frame::Frame table = frame::parse_csv("y,f,fb\n1,a,1\n2,b,2\n3,b,4\n");
  expect_refusal({"y ~ f + fb", "two design columns are called `fb`", "f", "rename a column or a level"},
                 [&] { static_cast<void>(Coding::learn(formula::parse("y ~ fb + f"), table, {})); });
}

TEST(Contrasts, must_name_a_factor_of_the_table) {
  const frame::Frame table = frame::parse_csv(kTable);
  const auto learn = [&](const char* option) {
    static_cast<void>(Coding::learn(formula::parse("y ~ f + Days"), table, {option}));
  };
  expect_refusal({"F=sum", "no column `F` to code", "F", "did you mean `f`?"}, [&] { learn("F=sum"); });
  expect_refusal({"Days=sum", "`Days` is numeric, so it has no contrasts", "Days", "--factor Days makes it a factor"},
                 [&] { learn("Days=sum"); });
  EXPECT_NO_THROW(learn("h=sum"));
}

const Refusal kApplying[] = {
    {"y,Days,f\n1,2,dddd\n", "`f` has no level `dddd`, as row 1 has it", "f", "known are `a`, `b`, `c`"},
    {"y,Days,f\n1,2,a\n1,2,\n", "`f` is missing in row 2", "f", ""},
    {"y,Days\n1,2\n", "no column `f`", "f", "known are `y`, `Days`"},
    {"y,Days,f\n1,p,a\n", "`Days` is a factor where numbers are needed", "Days", ""},
    {"y,days,f\n1,2,a\n", "no column `Days`", "Days", "did you mean `days`?"},
};

TEST(Applying, refuses_with_a_caret) {
  const Coding coding = Coding::learn(formula::parse("y ~ Days + f"), frame::parse_csv(kTable), {});
  for (const Refusal& refusal : kApplying) {
    expect_refusal(refusal, [&] { static_cast<void>(coding.apply(frame::parse_csv(refusal.formula))); });
  }
}

}  // namespace
}  // namespace woodbury::design
