// Frames: columns by name, sharing, incomplete rows.
#include <cmath>
#include <limits>

#include "tests/frame/support.hpp"

namespace woodbury::frame {
namespace {

using Strings = std::vector<std::string>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Frame example() {
  Frame frame;
  frame.add("x", Numeric{{1, kNaN, 3, kInf, kNaN}});
  frame.add("f", Factor{{0, 1, -1, 2, 0}, {"a", "b", "c"}});
  frame.add("z", Numeric{{kNaN, 1, 1, 1, 1}});
  return frame;
}

TEST(Frame, KnowsItsColumns) {
  const Frame frame = example();
  EXPECT_EQ(frame.rows(), 5U);
  EXPECT_EQ(frame.names(), (Strings{"x", "f", "z"}));
  EXPECT_TRUE(frame.has("x"));
  EXPECT_FALSE(frame.has("y"));
  EXPECT_TRUE(frame.is_numeric("x"));
  EXPECT_TRUE(frame.is_factor("f"));
  EXPECT_EQ(frame.numeric("z")[4], 1);
  EXPECT_EQ(frame.factor("f").levels.size(), 3U);
  EXPECT_EQ(Frame().rows(), 0U);
}

TEST(Frame, SaysWhatIsWrongWithAName) {
  Frame frame;
  frame.add("Days", Numeric{{1}});
  frame.add("Subject", Factor{{0}, {"308"}});
  EXPECT_EQ(error_of([&] { static_cast<void>(frame.column("Day")); }), "no column `Day`; did you mean `Days`?");
  EXPECT_EQ(error_of([&] { static_cast<void>(frame.share("q")); }), "no column `q`; known are `Days`, `Subject`");
  EXPECT_EQ(error_of([&] { static_cast<void>(frame.numeric("Subject")); }),
            "column `Subject` is a factor where numbers are needed");
  EXPECT_EQ(error_of([&] { static_cast<void>(frame.factor("Days")); }),
            "column `Days` is numeric where a factor is needed");
}

TEST(Frame, SharesColumnsWithoutCopying) {
  const Frame frame = example();
  const Frame copy = frame;
  EXPECT_EQ(&frame.column("x"), &copy.column("x"));
  Frame other;
  other.add("y", frame.share("x"));
  EXPECT_EQ(&frame.column("x"), &other.column("y"));
}

TEST(Frame, ReplacesAColumnInItsPlace) {
  Frame frame = example();
  const Frame before = frame;
  frame.add("x", Factor{{0, 0, 0, 0, 0}, {"only"}});
  EXPECT_EQ(frame.names(), (Strings{"x", "f", "z"}));
  EXPECT_TRUE(frame.is_factor("x"));
  EXPECT_TRUE(before.is_numeric("x"));
}

TEST(Frame, RefusesAnotherLength) {
  Frame frame = example();
  EXPECT_THROW(frame.add("short", Numeric{{1, 2}}), std::logic_error);
  EXPECT_FALSE(frame.has("short"));
}

// R: na.omit(d[, c("x", "f")]) of the example keeps rows 1 and 4 (Inf is present) and the level `b`.
TEST(Frame, TakesRowsInTheOrderAsked) {
  const Frame taken = example().take({"f", "x"}, {3, 0, 3});
  EXPECT_EQ(taken.names(), (Strings{"f", "x"}));
  EXPECT_EQ(taken.numeric("x"), (std::vector<double>{kInf, 1, kInf}));
  EXPECT_EQ(taken.factor("f").codes, (std::vector<std::int32_t>{2, 0, 2}));
  EXPECT_EQ(taken.factor("f").levels, example().factor("f").levels);
}

TEST(DropIncomplete, IsNaOmitOfTheUsedColumns) {
  Frame frame = example();
  const Frame before = frame;
  EXPECT_EQ(frame.drop_incomplete({"x", "f"}), 3U);
  EXPECT_EQ(frame.rows(), 2U);
  EXPECT_EQ(frame.numeric("x"), (std::vector<double>{1, kInf}));
  EXPECT_EQ(frame.factor("f").codes, (std::vector<std::int32_t>{0, 2}));
  EXPECT_EQ(frame.factor("f").levels, (Strings{"a", "b", "c"}));
  EXPECT_TRUE(std::isnan(frame.numeric("z")[0]));
  EXPECT_EQ(before.rows(), 5U);
  EXPECT_EQ(before.numeric("x").size(), 5U);
}

TEST(DropIncomplete, KeepsTheRowsThatARowwiseFilterKeeps) {
  base::Stream stream(4, 0, 0, base::Purpose::test);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const std::size_t rows = 1 + stream.below(30);
    std::vector<double> number, x;
    Factor f{{}, {"p", "q"}};
    std::vector<double> kept;
    for (std::size_t row = 0; row < rows; ++row) {
      x.push_back(stream.below(4) == 0 ? kNaN : stream.normal());
      f.codes.push_back(static_cast<std::int32_t>(stream.below(3)) - 1);
      number.push_back(static_cast<double>(row));
      if (!std::isnan(x[row]) && f.codes[row] >= 0) kept.push_back(number[row]);
    }
    Frame frame;
    frame.add("row", Numeric{number});
    frame.add("x", Numeric{x});
    frame.add("f", f);
    ASSERT_EQ(frame.drop_incomplete({"f", "x"}), rows - kept.size());
    ASSERT_EQ(frame.numeric("row"), kept);
    for (std::size_t row = 0; row < kept.size(); ++row) {
      const auto original = static_cast<std::size_t>(kept[row]);
      ASSERT_EQ(frame.numeric("x")[row], x[original]);
      ASSERT_EQ(frame.factor("f").codes[row], f.codes[original]);
    }
  }
}

TEST(DropIncomplete, KeepsSharingWhereNothingIsMissing) {
  Frame frame = example();
  frame.add("full", Numeric{{1, 2, 3, 4, 5}});
  const Column* const before = &frame.column("x");
  EXPECT_EQ(frame.drop_incomplete({"full"}), 0U);
  EXPECT_EQ(frame.drop_incomplete({}), 0U);
  EXPECT_EQ(&frame.column("x"), before);
  EXPECT_EQ(error_of([&] { frame.drop_incomplete({"ful"}); }), "no column `ful`; did you mean `full`?");
}

TEST(DropIncomplete, MayLeaveNothing) {
  Frame frame;
  frame.add("x", Numeric{{kNaN, kNaN}});
  EXPECT_EQ(frame.drop_incomplete({"x"}), 2U);
  EXPECT_EQ(frame.rows(), 0U);
  EXPECT_TRUE(frame.has("x"));
}

}  // namespace
}  // namespace woodbury::frame
