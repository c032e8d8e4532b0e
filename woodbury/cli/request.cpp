// Values of options: numbers, and words from short lists.
#include "woodbury/cli/request.hpp"

#include <limits>
#include <random>

#include <fmt/format.h>

#include "woodbury/base/base.hpp"
#include "woodbury/cli/grammar.hpp"
#include "woodbury/cli/values.hpp"

namespace woodbury::cli {

namespace {

using base::Error;

/// 'g=centred', and several parted by commas.
void read_parametrisations(const Written& written, plan::Options& plan) {
  for (const auto& text : written.parametrisations) {
    for (const auto& part : split(text, ',')) {
      const auto equals = part.rfind('=');
      if (equals == std::string::npos || equals == 0)
        usage(fmt::format("--parametrisation takes GROUP=WAY, not `{}`", part), "write 'g=centred' or 'g=noncentred'");
      const auto way = part.substr(equals + 1);
      (void)choice("--parametrisation", way, kParametrisations);
      plan.parametrisation[part.substr(0, equals)] = way;
    }
  }
}

void read_sampler(const Written& written, Request& request) {
  constexpr std::uint64_t kMost = 1'000'000'000;
  auto& sampler = request.fit.sampler;
  sampler.algorithm =
      choice("--algorithm", written.algorithm, kAlgorithms) == 0 ? nuts::Algorithm::nuts : nuts::Algorithm::hmc;
  sampler.chains = whole("--chains", written.chains, 1, 10'000);
  if (written.warmup != "auto") sampler.warmup = whole("--warmup", written.warmup, 0, kMost);
  sampler.draws = whole("--draws", written.draws, 1, kMost);
  sampler.threads = static_cast<unsigned>(whole("--threads", written.threads, 0, 10'000));
  sampler.max_depth = static_cast<int>(whole("--max-depth", written.depth, 1, 30));
  sampler.target_accept = number("--target-accept", written.accept);
  if (sampler.target_accept <= 0 || sampler.target_accept >= 1)
    throw Error(fmt::format("--target-accept must lie between 0 and 1; it is {}", sampler.target_accept));
  if (written.init != "auto") sampler.init_radius = number("--init", written.init);
  if (sampler.init_radius < 0) throw Error(fmt::format("--init must be at least 0; it is {}", sampler.init_radius));
  request.seed_given = !written.seed.empty();
  // Drawn seeds stay below 2^31: readers of CmdStan's CSV keep them in an int.
  sampler.seed = request.seed_given ? whole("--seed", written.seed, 0, std::numeric_limits<std::uint64_t>::max())
                                    : std::random_device{}() >> 1U;
}

Request read_values(const Written& written) {
  Request request = written.request;
  auto& options = request.fit;
  options.design.family = static_cast<model::FamilyKind>(choice("--family", written.family, kFamilies));
  options.design.defaults = static_cast<design::DefaultPriors>(choice("--defaults", written.defaults, kDefaults));
  options.design.drop_missing = choice("--na", written.missing, kMissing) == 0;
  options.plan.reduce = choice("--reduce", written.reduce, kReduce) == 0;
  for (const auto& names : written.without)
    for (const auto& name : split(names, ',')) options.plan.without.insert(name);
  options.keep_hyper = choice("--keep", written.keep, kKeep) == 1;
  (void)choice("--format", request.format, kFormats);
  (void)choice("--layout", request.layout, kLayouts);
  if (!request.quantity.empty()) (void)choice("--kind", request.quantity, kQuantities);
  if (request.effects != "all" && request.effects != "none" && !request.effects.starts_with("new:"))
    usage(fmt::format("--effects takes all, none or new:FACTOR, not `{}`", request.effects), "");
  request.prob = number("--prob", written.prob);
  request.copies = whole("--copies", written.copies, 1, 1'000'000);
  request.refits = whole("--refit", written.refits, 0, 1'000'000);
  if (written.predicted == "all")
    request.predicted = 0;
  else if (written.predicted != "none")
    request.predicted = whole("--draws", written.predicted, 1, std::numeric_limits<std::uint32_t>::max());
  if (!(request.prob > 0 && request.prob < 1))
    throw Error(fmt::format("--prob must lie between 0 and 1; it is {}", request.prob), {},
                request.prob > 1 && request.prob < 100 ? fmt::format("write {}", request.prob / 100) : "");
  if (request.command == "completions") (void)choice("completions", request.shell, kShells);
  read_parametrisations(written, options.plan);
  read_sampler(written, request);
  const bool needs_model = request.command == "fit" || request.command == "explain" || request.command == "priors";
  if (needs_model && request.formula.empty() && request.model.empty())
    usage("FORMULA is missing", fmt::format("write woodbury {} 'y ~ x + (x | g)' --data FILE", request.command));
  return request;
}

}  // namespace

Request parse(int argc, const char* const* argv) {
  Written written;
  written.request.command = read_words(argc, argv, written);
  written.request.words.assign(argv, argv + argc);
  return read_values(written);
}

}  // namespace woodbury::cli
