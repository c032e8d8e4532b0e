// Fields' texts: numbers, missing values, UTF-8, values shown in errors; distinct texts.
#include <cmath>
#include <limits>
#include <unordered_map>

#include "tests/frame/support.hpp"
#include "woodbury/frame/dictionary.hpp"
#include "woodbury/frame/text.hpp"

namespace woodbury::frame {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(ParseNumber, TakesWhatRAndPandasWrite) {
  const std::pair<const char*, double> cases[] = {{"1", 1},
                                                  {"1e5", 1e5},
                                                  {"-.5", -0.5},
                                                  {"+3", 3},
                                                  {"1e+05", 1e5},
                                                  {"5.", 5},
                                                  {" 7\t", 7},
                                                  {"1E-3", 0.001},
                                                  {"Inf", kInf},
                                                  {"-inf", -kInf},
                                                  {"Infinity", kInf},
                                                  {"007", 7},
                                                  {"0.1", 0.1},
                                                  {"-0", 0},
                                                  {"1e400", kInf},
                                                  {"-1e400", -kInf},
                                                  {"1e-400", 0},
                                                  {"4.9e-324", 4.9e-324},
                                                  {"1.7976931348623157e308", 1.7976931348623157e308},
                                                  {"9007199254740993", 9007199254740992.0}};
  for (const auto& [text, value] : cases) {
    const auto parsed = parse_number(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_EQ(*parsed, value) << text;
  }
  EXPECT_TRUE(std::signbit(*parse_number("-0")));
}

TEST(ParseNumber, TellsTooLargeFromTooSmall) {
  EXPECT_EQ(parse_number("1" + std::string(400, '0')), kInf);
  EXPECT_EQ(parse_number("0." + std::string(400, '0') + "1"), 0.0);
  EXPECT_EQ(parse_number("0." + std::string(400, '0') + "1e900"), kInf);
  EXPECT_EQ(parse_number("1" + std::string(400, '0') + "e-900"), 0.0);
  EXPECT_EQ(parse_number("1e99999999999999999999"), kInf);
  EXPECT_EQ(parse_number("1e-99999999999999999999"), 0.0);
}

TEST(ParseNumber, RefusesTheRest) {
  for (const char* text : {"",     " ",   "abc", "1x",  "1 2", "--1",  "+-1",   "+",  ".",   "e5",      "1e",
                           "0x10", "1,5", "NA",  "NaN", "nan", "TRUE", "1_000", "$5", "12%", "infinit", "- 1"}) {
    EXPECT_FALSE(parse_number(text).has_value()) << text;
  }
}

TEST(NumberText, ReadsBack) {
  EXPECT_EQ(number_text(100000), "100000");
  EXPECT_EQ(number_text(-9007199254740992.0), "-9007199254740992");
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(-0.0), "0");
  EXPECT_EQ(number_text(1e22), "1e+22");
  EXPECT_EQ(number_text(-kInf), "-Inf");
}

TEST(IsMissing, IsEmptyNaOrNaN) {
  for (const char* text : {"", "  ", "NA", "NaN", "nan", " NA "}) EXPECT_TRUE(is_missing(text)) << text;
  for (const char* text : {"na", "N/A", "0", "NAN", "NAB", "-"}) EXPECT_FALSE(is_missing(text)) << text;
}

TEST(Utf8, FollowsTheTableOfWellFormedSequences) {
  for (const char* text : {"", "abc", "é", "€", "\U0001F600", "\uD7FF", "\uE000", "\U0010FFFF", "aéb€c"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* text : {"\xE9", "a\xE9t", "\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                           "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xF0\x9F\x98"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Shown, IsShortAndPrintable) {
  EXPECT_EQ(shown("abc"), "`abc`");
  EXPECT_EQ(shown("caf\xE9\n\x1b[31m"), "`caf???[31m`");
  EXPECT_EQ(shown("Zoë"), "`Zoë`");
  const std::string cut = shown(std::string(100, 'x'));
  EXPECT_LT(cut.size(), 50U);
  EXPECT_TRUE(cut.ends_with("…`"));
  for (std::size_t length = 30; length < 45; ++length) EXPECT_TRUE(is_utf8(shown(std::string(length, 'x') + "ééé")));
}

TEST(Dictionary, NumbersTextsInTheOrderTheyCome) {
  Dictionary dictionary;
  EXPECT_EQ(dictionary.code("b"), 0);
  EXPECT_EQ(dictionary.code(""), 1);
  EXPECT_EQ(dictionary.code("b"), 0);
  EXPECT_EQ(dictionary.code(""), 1);
  EXPECT_EQ(dictionary.code("a"), 2);
  EXPECT_EQ(dictionary.text(0), "b");
  EXPECT_EQ(dictionary.text(1), "");
}

TEST(Dictionary, AgreesWithAMap) {
  base::Stream stream(3, 0, 0, base::Purpose::test);
  Dictionary dictionary;
  std::unordered_map<std::string, std::int32_t> expected;
  for (int i = 0; i < 50000; ++i) {
    const std::string text = std::string(stream.below(3), 'k') + std::to_string(stream.below(20000));
    const auto [found, is_new] = expected.try_emplace(text, static_cast<std::int32_t>(expected.size()));
    ASSERT_EQ(dictionary.code(text), found->second);
  }
  ASSERT_EQ(dictionary.size(), expected.size());
  for (const auto& [text, code] : expected) ASSERT_EQ(dictionary.text(static_cast<std::size_t>(code)), text);
}

}  // namespace
}  // namespace woodbury::frame
