// Factors: the order of levels, labels of numbers, unused levels, interactions; held to plain maps on random input.
#include <cmath>
#include <limits>
#include <map>

#include "tests/frame/support.hpp"

namespace woodbury::frame {
namespace {

using Codes = std::vector<std::int32_t>;
using Strings = std::vector<std::string>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

// R under LC_ALL=C: levels(factor(c("b", "B", "a", "é", "10", "9"))) but for é, which R's C locale takes by bytes
// of its escape; by code point it comes last.
TEST(MakeFactor, SortsTextByCodePoint) {
  const Factor factor = make_factor({"b", "B", "a", "é", "10", "9", "b"});
  EXPECT_EQ(factor.levels, (Strings{"10", "9", "B", "a", "b", "é"}));
  EXPECT_EQ(factor.codes, (Codes{4, 2, 3, 5, 0, 1, 4}));
  EXPECT_EQ(make_factor({"\U0001F600", "\uFFFD"}).levels, (Strings{"\uFFFD", "\U0001F600"}));
}

TEST(MakeFactor, SortsNumbersByValue) {
  const Factor factor = make_factor({"10", "9", "-1", "1e1", "009", "2.5", "Inf"});
  EXPECT_EQ(factor.levels, (Strings{"-1", "2.5", "009", "9", "10", "1e1", "Inf"}));
  EXPECT_EQ(labels(factor), (Strings{"10", "9", "-1", "1e1", "009", "2.5", "Inf"}));
}

TEST(MakeFactor, OneTextAmongNumbersMakesAllText) {
  EXPECT_EQ(make_factor({"10", "9", "x"}).levels, (Strings{"10", "9", "x"}));
  EXPECT_EQ(make_factor({"10", "9", ""}).levels, (Strings{"", "10", "9"}));
  EXPECT_TRUE(make_factor({}).levels.empty());
}

TEST(ToFactor, LabelsNumbersAsTheyRead) {
  const Factor factor = to_factor({3, 0.1 + 0.2, kNaN, -0.0, 100000, 0, 1e300, kInf, -kInf, 3});
  EXPECT_EQ(factor.levels, (Strings{"-Inf", "0", "0.30000000000000004", "3", "100000", "1e+300", "Inf"}));
  EXPECT_EQ(factor.codes, (Codes{3, 2, -1, 1, 4, 1, 5, 6, 0, 3}));
}

TEST(ToFactor, LevelsReadBackAsTheNumbers) {
  base::Stream stream(1, 0, 0, base::Purpose::test);
  std::vector<double> values;
  for (int i = 0; i < 2000; ++i) values.push_back(stream.normal() * std::pow(10.0, 40 * stream.normal()));
  const Factor factor = to_factor(values);
  for (std::size_t row = 0; row < values.size(); ++row) {
    ASSERT_EQ(std::stod(factor.levels.at(factor.codes.at(row))), values[row]);
  }
}

TEST(DropUnused, KeepsTheOrder) {
  const Factor factor = drop_unused({{3, -1, 1, 3}, {"z", "y", "x", "w"}});
  EXPECT_EQ(factor.levels, (Strings{"y", "w"}));
  EXPECT_EQ(factor.codes, (Codes{1, -1, 0, 1}));
}

TEST(Interact, OrdersByTheFactorsInTurn) {
  const Factor a{{1, 0, 1, -1, 0}, {"a2", "a1"}}, b{{0, 1, 1, 0, 1}, {"x", "y", "unused"}};
  const Factor both = interact({&a, &b}, {"a", "b"});
  EXPECT_EQ(both.levels, (Strings{"a2_y", "a1_x", "a1_y"}));
  EXPECT_EQ(both.codes, (Codes{1, 0, 2, -1, 0}));
}

TEST(Interact, OfOneFactorDropsWhatIsUnused) {
  const Factor a{{1}, {"p", "q"}};
  EXPECT_EQ(interact({&a}, {"a"}).levels, (Strings{"q"}));
}

TEST(Interact, RefusesLabelsThatCollide) {
  const Factor a{{0, 1}, {"x_y", "x"}}, b{{0, 1}, {"z", "y_z"}};
  EXPECT_EQ(error_of([&] {
              static_cast<void>(interact({&a, &b}, {"a", "b"}));
            }),
            "two levels of `a:b` would both be called `x_y_z`: a = x_y, b = z and a = x, b = y_z; "
            "rename a level so that the labels joined by `_` differ");
  // Halves that collide are no matter as long as the whole labels differ.
  const Factor c{{0, 1}, {"p", "q"}};
  EXPECT_EQ(interact({&a, &b, &c}, {"a", "b", "c"}).levels, (Strings{"x_y_z_p", "x_y_z_q"}));
}

TEST(Interact, AgreesWithAMapOfTuples) {
  base::Stream stream(2, 0, 0, base::Purpose::test);
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::vector<Factor> factors(1 + stream.below(4));
    const std::size_t rows = 1 + stream.below(60);
    for (auto& factor : factors) {
      const std::size_t levels = 1 + stream.below(6);
      for (std::size_t level = 0; level < levels; ++level) factor.levels.push_back(std::string(1, "fbdace"[level]));
      for (std::size_t row = 0; row < rows; ++row) {
        factor.codes.push_back(static_cast<std::int32_t>(stream.below(levels + 1)) - 1);
      }
    }
    std::vector<const Factor*> pointers;
    Strings names;
    for (const auto& factor : factors) {
      pointers.push_back(&factor);
      names.push_back("g" + std::to_string(names.size()));
    }
    std::map<Codes, std::string> expected;  // sorted by the codes in turn
    Strings row_labels;
    for (std::size_t row = 0; row < rows; ++row) {
      Codes key;
      std::string label;
      bool missing = false;
      for (const auto& factor : factors) {
        key.push_back(factor.codes[row]);
        missing = missing || factor.codes[row] < 0;
        if (!missing) label += (label.empty() ? "" : "_") + factor.levels[factor.codes[row]];
      }
      row_labels.push_back(missing ? "<missing>" : label);
      if (!missing) expected[key] = label;
    }
    Strings levels;
    for (const auto& [key, label] : expected) levels.push_back(label);
    const Factor result = interact(pointers, names);
    ASSERT_EQ(result.levels, levels);
    ASSERT_EQ(labels(result), row_labels);
  }
}

TEST(Factor, FromCodesKeepsADeclaredOrderAndSortsTexts) {
  const Factor declared = make_factor({2, 0, -1, 1}, {"low", "mid", "high"}, true);
  EXPECT_EQ(declared.levels, (Strings{"low", "mid", "high"}));
  EXPECT_EQ(declared.codes, (Codes{2, 0, -1, 1}));
  const Factor sorted = make_factor({2, 0, -1, 1}, {"10", "9", "b"}, false);
  EXPECT_EQ(sorted.levels, (Strings{"10", "9", "b"}));
  const Factor numbers = make_factor({0, 1, -1, 0}, {"10", "9"}, false);
  EXPECT_EQ(numbers.levels, (Strings{"9", "10"}));
  EXPECT_EQ(numbers.codes, (Codes{1, 0, -1, 1}));
}

TEST(Factor, FromCodesRefusesWhatIsNoFactor) {
  EXPECT_THROW(static_cast<void>(make_factor({0}, {"a", "a"}, true)), base::Error);
  EXPECT_THROW(static_cast<void>(make_factor({1}, {"a"}, true)), base::Error);
  EXPECT_THROW(static_cast<void>(make_factor({-2}, {"a"}, false)), base::Error);
  EXPECT_THROW(static_cast<void>(make_factor({0}, {"\xff"}, false)), base::Error);
}

}  // namespace
}  // namespace woodbury::frame
