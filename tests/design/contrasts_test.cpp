// The --contrasts option: what it reads, what it refuses and where it points.
#include "woodbury/design/contrasts.hpp"

#include <gtest/gtest.h>

namespace woodbury::design {
namespace {

using Codes = std::vector<std::vector<double>>;
const std::vector<std::string> kThree = {"low", "mid", "high"};

Contrast make(const std::string& option, const std::vector<std::string>& levels = kThree) {
  return make_contrast(parse_contrast(option), levels);
}

TEST(Contrasts, treatment_has_any_reference) {
  EXPECT_EQ(make("f=treatment").names, (std::vector<std::string>{"mid", "high"}));
  EXPECT_EQ(make("f=treatment(mid)").names, (std::vector<std::string>{"low", "high"}));
  EXPECT_EQ(make("f = treatment( 'mid' )").codes, (Codes{{1, 0, 0}, {0, 0, 1}}));
}

TEST(Contrasts, sum_and_helmert_are_those_of_R) {
  EXPECT_EQ(make("f=sum").codes, (Codes{{1, 0, -1}, {0, 1, -1}}));
  EXPECT_EQ(make("f=helmert").codes, (Codes{{-1, 1, 0}, {-1, -1, 2}}));
  EXPECT_EQ(make("f=sum").names, (std::vector<std::string>{"1", "2"}));
}

TEST(Contrasts, poly_is_orthonormal_and_named_as_in_R) {
  const Contrast contrast = make("f=poly", {"a", "b", "c", "d", "e"});
  EXPECT_EQ(contrast.names, (std::vector<std::string>{".L", ".Q", ".C", "^4"}));
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      double product = 0;
      for (std::size_t l = 0; l < 5; ++l) product += contrast.codes[a][l] * contrast.codes[b][l];
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-15);
    }
  }
  EXPECT_NEAR(contrast.codes[0][0], -2 / std::sqrt(10.0), 1e-15);
  EXPECT_NEAR(contrast.codes[1][0], 2 / std::sqrt(14.0), 1e-15);
}

TEST(Contrasts, maps_give_codes_by_level) {
  EXPECT_EQ(make("f={low:-0.5,high:+0.5}", {"high", "low"}).codes, (Codes{{0.5, -0.5}}));
  EXPECT_EQ(make("f = { 'high': [1, 0], mid: [0, 1], `low`: [-1/3, -2] }").codes,
            (Codes{{-1.0 / 3, 0, 1}, {-2, 1, 0}}));
  EXPECT_EQ(make("f={\"a:b\":1,c:0}", {"a:b", "c"}).codes, (Codes{{1, 0}}));
  EXPECT_EQ(parse_contrast("`my f`=sum").column, "my f");
}

struct Refusal {
  const char* option;
  const char* message;
  const char* at;  ///< the text under the caret; empty: not checked
};

const Refusal kRefusals[] = {
    {"sum", "a coding is written COL=CODING", "sum"},
    {"f=summ", "no coding `summ` is known", "summ"},
    {"f=sum(a)", "only treatment takes an argument, its reference level", "(a)"},
    {"f=treatment(", "this bracket is never closed", "("},
    {"f=treatment()", "the reference level is missing", "()"},
    {"f=treatment(hig)", "`f` has no level `hig`", "treatment(hig)"},
    {"f={low:1,mid:0,high:0}", "`f` has 3 levels, so its coding needs 2 columns, not 1", ""},
    {"f={low:[1,0],mid:[0,1]}", "the coding of `f` leaves out level `high`", ""},
    {"f={low:[1,0],mid:[0,1],hi:[0,0]}", "`f` has no level `hi`", ""},
    {"f={low:[1,0],mid:[0,1],mid:[0,0]}", "level `mid` is coded twice", ""},
    {"f={low:[1,0],mid:[0,1],high:[1]}", "every level needs as many codes as the first", "[1]"},
    {"f={low:[1,2],mid:[0,0],high:[2,4]}",
     "the coding of `f` does not tell its levels apart: its columns and a constant are collinear", ""},
    {"f={low:[1,1],mid:[1,0],high:[1,0]}",
     "the coding of `f` does not tell its levels apart: its columns and a constant are collinear", ""},
    {"f={low:x}", "a number is needed here", "x"},
    {"f={low:1e999}", "a number is needed here", "1"},
    {"f={low:1/0}", "a code divides by zero", "0"},
    {"f={low 1}", "expected `:` here", "}"},
    {"f={low:1", "expected `}` here", ""},
    {"f={'low:1}", "this quote is never closed", "'"},
    {"f={}", "a level is missing here", "}"},
    {"f={low:1,mid:0} and", "the coding should end here", "and"},
};

TEST(Contrasts, refuse_with_a_place) {
  for (const Refusal& refusal : kRefusals) {
    try {
      static_cast<void>(make(refusal.option));
      ADD_FAILURE() << refusal.option << " was taken";
    } catch (const base::Error& error) {
      EXPECT_STREQ(error.what(), refusal.message) << refusal.option;
      ASSERT_TRUE(error.place()) << refusal.option;
      const auto& place = *error.place();
      if (refusal.at[0] != '\0') {
        EXPECT_EQ(place.text.substr(place.begin, place.end - place.begin), refusal.at);
      }
    }
  }
}

TEST(Contrasts, suggest_the_nearest) {
  try {
    static_cast<void>(parse_contrast("f=treatmnt"));
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.suggestion(), "did you mean `treatment`?");
  }
}

}  // namespace
}  // namespace woodbury::design
