// Errors with carets, suggestions, random streams, parallel loops.
#include <atomic>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "woodbury/base/base.hpp"

namespace woodbury::base {
namespace {

TEST(Error, ShowsACaretUnderThePlace) {
  const Error error("no column `Day`", Place{"Reaction ~ Day + (Days | Subject)", 11, 14}, "did you mean `Days`?");
  EXPECT_EQ(error.describe(),
            "no column `Day`; did you mean `Days`?\n  Reaction ~ Day + (Days | Subject)\n             ^~~");
}

TEST(Error, CountsCharactersNotBytes) {
  const Error error("bad", Place{"ä ~ x", 5, 6});
  EXPECT_EQ(error.describe(), "bad\n  ä ~ x\n      ^");
}

TEST(Error, CutsALongText) {
  const Error error("bad", Place{std::string(5000, '('), 4000, 4001});
  EXPECT_LT(error.describe().size(), 400U);
}

TEST(Suggest, FindsTheNearestName) {
  const std::vector<std::string> names{"Days", "Reaction", "Subject"};
  EXPECT_EQ(did_you_mean("Day", names), "did you mean `Days`?");
  EXPECT_EQ(did_you_mean("reaction", names), "did you mean `Reaction`?");
  EXPECT_EQ(did_you_mean("zzz", names), "known are `Days`, `Reaction`, `Subject`");
  EXPECT_EQ(did_you_mean("x", {}), "");
}

TEST(Stream, IsNamedByItsKeyAlone) {
  Stream a(1, 2, 3, Purpose::test), b(1, 2, 3, Purpose::test), c(1, 2, 4, Purpose::test);
  for (int i = 0; i < 10; ++i) {
    const auto x = a.bits();
    EXPECT_EQ(x, b.bits());
    EXPECT_NE(x, c.bits());
  }
}

TEST(Stream, HasTheMomentsOfItsDistributions) {
  Stream stream(7, 0, 0, Purpose::test);
  constexpr int kDraws = 200000;
  double uniform = 0, normal = 0, square = 0, fourth = 0, exponential = 0, below = 0;
  for (int i = 0; i < kDraws; ++i) {
    uniform += stream.uniform();
    const double z = stream.normal();
    normal += z;
    square += z * z;
    fourth += z * z * z * z;
    exponential += stream.exponential();
    below += static_cast<double>(stream.below(5));
  }
  // Five standard errors each.
  const double root = std::sqrt(double{kDraws});
  EXPECT_NEAR(uniform / kDraws, 0.5, 5 * 0.289 / root);
  EXPECT_NEAR(normal / kDraws, 0, 5 / root);
  EXPECT_NEAR(square / kDraws, 1, 5 * 1.42 / root);
  EXPECT_NEAR(fourth / kDraws, 3, 5 * 9.8 / root);
  EXPECT_NEAR(exponential / kDraws, 1, 5 / root);
  EXPECT_NEAR(below / kDraws, 2, 5 * 1.42 / root);
}

TEST(ParallelFor, RunsEachPassOnceAndPassesErrorsOn) {
  std::vector<std::atomic<int>> seen(100);
  parallel_for(seen.size(), 4, [&](std::size_t i) { ++seen[i]; });
  for (const auto& count : seen) EXPECT_EQ(count, 1);
  EXPECT_THROW(parallel_for(10, 3,
                            [](std::size_t i) {
                              if (i == 5) throw Error("five");
                            }),
               Error);
}

}  // namespace
}  // namespace woodbury::base
