// From texts to values: numbers, and words from short lists.
#include "woodbury/fit/options.hpp"

#include <limits>
#include <random>

#include <fmt/format.h>

#include "woodbury/base/base.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::fit {

namespace {

using base::Error;

void read_design(const Reader& read, design::Options& design) {
  if (const auto family = read.choice("family", kFamilies)) design.family = static_cast<model::FamilyKind>(*family);
  if (const auto set = read.choice("defaults", kDefaults)) design.defaults = static_cast<design::DefaultPriors>(*set);
  if (const auto missing = read.choice("na", kMissing)) design.drop_missing = *missing == 0;
  design.sigma = read.last("sigma");
  design.weights = read.last("weights");
  design.se = read.last("se");
  design.factors = read.all("factor");
  design.numerics = read.all("numeric");
  design.contrasts = read.all("contrasts");
  design.priors = read.all("prior");
}

/// 'g=centred', and several parted by commas.
void read_parametrisations(const Reader& read, plan::Options& plan) {
  const std::string option = read.called("parametrisation");
  for (const std::string& text : read.all("parametrisation")) {
    for (const std::string& part : split(text, ',')) {
      const auto equals = part.rfind('=');
      if (equals == std::string::npos || equals == 0)
        throw Error(fmt::format("{} takes GROUP=WAY, not `{}`", option, part), {},
                    "write 'g=centred' or 'g=noncentred'", base::ErrorKind::usage);
      const std::string way = part.substr(equals + 1);
      static_cast<void>(choice(option, way, kParametrisations));
      plan.parametrisation[part.substr(0, equals)] = way;
    }
  }
}

void read_plan_options(const Reader& read, plan::Options& plan) {
  if (read.has("integrate")) plan.integrate = read.last("integrate");
  if (const auto reduce = read.choice("reduce", kReduce)) plan.reduce = *reduce == 0;
  for (const std::string& names : read.all("without"))
    for (const std::string& name : split(names, ',')) plan.without.insert(name);
  read_parametrisations(read, plan);
  if (read.has("plan")) plan.replay = read_plan(read.last("plan"));
}

void read_sampler(const Reader& read, nuts::Options& sampler) {
  constexpr std::uint64_t kMost = 1'000'000'000;
  if (const auto algorithm = read.choice("algorithm", kAlgorithms))
    sampler.algorithm = *algorithm == 0 ? nuts::Algorithm::nuts : nuts::Algorithm::hmc;
  read.whole("chains", sampler.chains, 1, 10'000);
  if (read.last("warmup") != "auto") read.whole("warmup", sampler.warmup, 0, kMost);
  read.whole("draws", sampler.draws, 1, kMost);
  read.whole("threads", sampler.threads, 0, 10'000);
  read.whole("max_depth", sampler.max_depth, 1, 30);
  read.probability("target_accept", sampler.target_accept);
  if (read.last("init") != "auto") read.number("init", sampler.init_radius);
  if (sampler.init_radius < 0)
    throw Error(fmt::format("{} must be at least 0; it is {}", read.called("init"), sampler.init_radius));
  // Drawn seeds stay below 2^31: readers of CmdStan's CSV keep them in an int.
  sampler.seed = std::random_device{}() >> 1U;
  read.whole("seed", sampler.seed, 0, std::numeric_limits<std::uint64_t>::max());
}

}  // namespace

Options read_options(const Written& written) {
  const Reader read(written);
  Options options;
  read_design(read, options.design);
  read_plan_options(read, options.plan);
  read_sampler(read, options.sampler);
  options.tune = read.has("tune");
  if (const auto keep = read.choice("keep", kKeep)) options.keep_hyper = *keep == 1;
  return options;
}

}  // namespace woodbury::fit
