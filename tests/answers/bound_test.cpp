// A record bound again: the density at its draws, and the effects redrawn where they were not kept.
#include <cmath>

#include <gtest/gtest.h>

#include "tests/answers/fitted.hpp"
#include "woodbury/answers/answers.hpp"

namespace woodbury::answers {
namespace {

const char* const kFormula = "y ~ x + (x | g) + (1 | h)";

/// Over all draws lp = log prior + log likelihood, of which the sampler recorded the sum: the likelihood differs from
/// it by what depends on few things. Here the likelihood itself is held to that of another plan.
TEST(Bound, TheMarginalLikelihoodOfADrawIsThatOfItsHyperparameters) {
  const frame::Frame table = test::crossed_table(3, 60);
  auto options = test::quick(20);
  options.plan.integrate = "all";
  const store::Record all = test::fitted(kFormula, table, options);
  const Bound bound(all), reduced(all, {{}, true});
  density::Density one = bound.density(), other = reduced.density();
  for (std::size_t draw = 0; draw < bound.draws(); ++draw) {
    const double value = bound.place(one, draw);
    EXPECT_TRUE(std::isfinite(value));
    EXPECT_NEAR(value, reduced.place(other, draw), 1e-8 * std::abs(value));
  }
  EXPECT_EQ(bound.draws(), 40U);
}

/// A centred intercept that was sampled is told by b_Intercept alone.
TEST(Bound, ASampledInterceptIsFoundFromTheReportedOne) {
  const frame::Frame table = test::crossed_table(3, 60);
  auto options = test::quick(20);
  options.plan.integrate = "g";
  const store::Record record = test::fitted("y ~ x + (1 | g)", table, options);
  const Bound bound(record);
  density::Density density = bound.density();
  const auto mean_x = [&] {
    double sum = 0;
    for (const double x : table.numeric("x")) sum += x;
    return sum / static_cast<double>(table.rows());
  }();
  for (std::size_t draw = 0; draw < 5; ++draw) {
    bound.place(density, 0, draw);
    const auto value = [&](const std::string& name) {
      return record.draws.chains[0].values[draw * record.draws.width() + record.draws.offset(record.draws.find(name))];
    };
    const auto node = bound.plan().model.node_of(bound.plan().model.find("Intercept"));
    EXPECT_NEAR(density.values()[density.tape().offset(node)], value("b_Intercept") + mean_x * value("b_x"), 1e-10);
  }
}

TEST(Bound, EffectsThatWereNotKeptAreRedrawnTheSame) {
  for (const frame::Frame& table : {test::crossed_table(3, 60), test::designed_table(5)}) {
    for (const std::string wish : {"all", "g", "fixed"}) {
      auto options = test::quick(60);
      options.plan.integrate = wish;
      const store::Record kept = test::fitted(kFormula, table, options);
      options.keep_hyper = true;
      const store::Record hyper = test::fitted(kFormula, table, options);
      EXPECT_LT(hyper.draws.width(), kept.draws.width());
      const store::Record again = with_effects(hyper);
      ASSERT_EQ(again.draws.column_names(), kept.draws.column_names());
      for (std::size_t c = 0; c < kept.draws.chains.size(); ++c)
        for (std::size_t i = 0; i < kept.draws.chains[c].values.size(); ++i)
          ASSERT_NEAR(again.draws.chains[c].values[i], kept.draws.chains[c].values[i], 1e-9)
              << wish << ", " << kept.draws.column_names()[i % kept.draws.width()];
      for (std::size_t i = 0; i < kept.summary.parameters.size(); ++i) {
        EXPECT_NEAR(again.summary.parameters[i].mean, kept.summary.parameters[i].mean, 1e-9);
        EXPECT_EQ(again.summary.parameters[i].analytic, kept.summary.parameters[i].analytic);
      }
    }
  }
}

/// What a summary shows and hypotheses ask of, without the levels.
TEST(Bound, PopulationEffectsThatWereNotKeptAreRedrawnAlone) {
  const frame::Frame table = test::crossed_table(3, 60);
  auto options = test::quick(60);
  options.plan.integrate = "all";
  const store::Record kept = test::fitted(kFormula, table, options);
  options.keep_hyper = true;
  const store::Record hyper = test::fitted(kFormula, table, options);
  EXPECT_TRUE(keeps_effects(kept));
  EXPECT_FALSE(keeps_effects(hyper));
  const store::Record again = with_effects(hyper, 1, false);
  EXPECT_FALSE(again.draws.has("r_g"));
  for (const char* name : {"b_Intercept", "b_x", "sd_g__x", "sigma"}) {
    const auto column = [&](const store::Record& record) { return record.draws.offset(record.draws.find(name)); };
    const auto &own = again.summary.parameters[column(again)], &reference = kept.summary.parameters[column(kept)];
    EXPECT_EQ(own.analytic, reference.analytic);
    EXPECT_NEAR(own.mean, reference.mean, 1e-9);
    EXPECT_NEAR(own.sd, reference.sd, 1e-9);
  }
  const Question question = read_question("hypotheses", {{"hypothesis", {"x > 0", "r_g[g1,x] < b_x"}}});
  EXPECT_EQ(print(ask(hyper, question), Format::text), print(ask(kept, question), Format::text));
}

}  // namespace
}  // namespace woodbury::answers
