// A model of one's own from C++, planned, evaluated and fitted: yields of barley whose residual sd differs by year, and
// sites with effects.
#include <cstdio>
#include <exception>

#include "woodbury/fit/fit.hpp"
#include "woodbury/model/model.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: build_model BARLEY.csv\n");
    return 2;
  }
  try {
    namespace model = woodbury::model;
    namespace fit = woodbury::fit;
    model::Builder m;
    const model::Expr mean = m.normal("mean", 35, 20), sigma = m.half_normal("sigma", 20);
    const model::Expr drift = m.normal("drift", 0, 10), spread = m.normal("spread", 0, 1);
    const model::Expr later = m.col("year") - 1931;  // 0 or 1
    const model::Expr site = m.normal("site_effect", 0, m.half_normal("tau", 20), model::over("site"));
    m.observe_normal("yield", mean + drift * later + site["site"], sigma * exp(spread * later));
    std::printf("%s\n", model::to_text(m.model()).c_str());

    fit::Options options;
    options.sampler.seed = 1;
    const fit::Prepared prepared = fit::prepare(m.model(), std::string(argv[1]), options);
    std::printf("%s\n", woodbury::plan::to_text(prepared.plan).c_str());
    fit::Evaluator evaluator(prepared);
    std::printf("log p(y | tau 10, sigma 6, spread 0) = %.4f\n\n",
                evaluator.log_marginal_likelihood({{"tau", {10}}, {"sigma", {6}}, {"spread", {0}}}));
    std::fputs(fit::summary_text(fit::run(prepared, options)).c_str(), stdout);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
