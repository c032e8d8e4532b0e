// Options from texts, spelled as each door spells them; and fits on a thread of their own.
#include <chrono>

#include <gtest/gtest.h>

#include "woodbury/fit/background.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::fit {
namespace {

using Texts = std::vector<std::string>;

std::string said(const Written& written) {
  try {
    static_cast<void>(read_options(written));
  } catch (const base::Error& error) {
    return error.describe();
  }
  return "";
}

TEST(Options, AreReadUnderEitherSpelling) {
  const Options line = read_options({{"--target-accept", Texts{"0.9"}},
                                     {"--chains", Texts{"2", "3"}},
                                     {"--without", Texts{"cells,conditioning", "fill-order"}},
                                     {"--parametrisation", Texts{"g=centred,h=auto"}},
                                     {"--keep", Texts{"hyper"}},
                                     {"--na", Texts{"error"}}});
  EXPECT_EQ(line.sampler.target_accept, 0.9);
  EXPECT_EQ(line.sampler.chains, 3U);  // the last one counts
  EXPECT_EQ(line.plan.without.size(), 3U);
  EXPECT_EQ(line.plan.parametrisation.at("h"), "auto");
  EXPECT_TRUE(line.keep_hyper);
  EXPECT_FALSE(line.design.drop_missing || line.tune);
  const Options package = read_options({{"target_accept", Texts{"0.9"}}, {"tune", Texts{"yes"}}, {"sigma", Texts{}}});
  EXPECT_EQ(package.sampler.target_accept, 0.9);
  EXPECT_TRUE(package.tune);
  EXPECT_EQ(package.design.sigma, "");
}

TEST(Options, MessagesCallThemAsTheyWereWritten) {
  EXPECT_EQ(said({{"--max-depth", {"31"}}}), "--max-depth must be at most 30; it is 31");
  EXPECT_EQ(said({{"max_depth", {"31"}}}), "max_depth must be at most 30; it is 31");
  EXPECT_EQ(said({{"target_accept", {"1"}}}), "target_accept must lie between 0 and 1; it is 1");
  EXPECT_EQ(said({{"warmup", {"automatic"}}}), "warmup takes a whole number, not `automatic`");
  EXPECT_EQ(said({{"warmup", {"auto"}}, {"init", {"auto"}}}), "");
}

TEST(Background, GivesWhatRunGivesAndStops) {
  Options options = read_options({{"factor", {"year"}}, {"seed", {"1"}}, {"warmup", {"200"}}, {"draws", {"100"}}});
  const Prepared prepared = prepare("yield ~ year + (1 | site)", WOODBURY_TEST_DATA "/barley.csv", options);
  Background sampler(prepared, options);
  while (!sampler.wait(std::chrono::milliseconds(1))) continue;
  for (const nuts::Progress& state : sampler.progress()) EXPECT_EQ(state.total, 300U);
  EXPECT_EQ(sampler.get().draws.by_column(), run(prepared, options).draws.by_column());
  options.sampler.draws = 2'000'000;
  options.sampler.chains = 1;
  options.keep_hyper = true;
  Background endless(prepared, options);
  while (endless.progress()[0].iteration < 300) EXPECT_FALSE(endless.wait(std::chrono::milliseconds(1)));
  endless.stop();
  EXPECT_TRUE(endless.get().interrupted);
}

}  // namespace
}  // namespace woodbury::fit
