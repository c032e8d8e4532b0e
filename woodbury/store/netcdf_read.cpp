// posterior.nc read back: draws, sampler statistics and the rows used.
#include <algorithm>

#include <fmt/format.h>

#include "woodbury/store/names.hpp"
#include "woodbury/store/netcdf.hpp"
#include "woodbury/store/netcdf_file.hpp"

namespace woodbury::store {
namespace {

NcGroup group_of(const NcFile& file, const std::string& path, const char* name) {
  if (const auto group = file.root().find_group(name)) return *group;
  throw base::Error(fmt::format("`{}` has no group `{}`", path, name));
}

void read_posterior(const NcGroup& group, const std::vector<NamedVariable>& named, const std::string& path,
                    draws::Draws& draws) {
  const std::size_t chains = group.shape(group.variable("chain")).at(0);
  const std::size_t length = group.shape(group.variable("draw")).at(0);
  draws.chains.resize(chains);
  for (auto& chain : draws.chains) {
    chain.draws = length;
    chain.values.resize(length * draws.width());
  }
  for (std::size_t v = 0; v < named.size(); ++v) {
    const std::size_t size = named[v].variable.size();
    const auto values = group.doubles(group.variable(named[v].netcdf));
    if (values.size() != chains * length * size)
      throw base::Error(fmt::format("`{}`: `{}` has not the shape that names.json gives", path, named[v].netcdf));
    for (std::size_t c = 0; c < chains; ++c)
      for (std::size_t d = 0; d < length; ++d)
        std::copy_n(values.data() + (c * length + d) * size, size,
                    draws.chains[c].values.data() + d * draws.width() + draws.offset(v));
  }
}

/// Deals the values of a (chain, draw) variable to the chains.
template <class Value, class From>
void deal(const std::vector<From>& values, std::vector<draws::Chain>& chains,
          std::vector<Value> draws::SamplerStats::*member) {
  const std::size_t length = chains.empty() ? 0 : values.size() / chains.size();
  auto next = values.begin();
  for (auto& chain : chains)
    for (std::size_t d = 0; d < length; ++d) (chain.stats.*member).push_back(static_cast<Value>(*next++));
}

void read_sample_stats(const NcGroup& group, std::vector<draws::Chain>& chains) {
  using Stats = draws::SamplerStats;
  deal(group.doubles(group.variable("lp")), chains, &Stats::lp);
  deal(group.doubles(group.variable("acceptance_rate")), chains, &Stats::accept_stat);
  deal(group.doubles(group.variable("step_size")), chains, &Stats::step_size);
  deal(group.doubles(group.variable("energy")), chains, &Stats::energy);
  deal(group.ints(group.variable("tree_depth")), chains, &Stats::tree_depth);
  deal(group.ints(group.variable("n_steps")), chains, &Stats::n_leapfrog);
  deal(group.ints(group.variable("diverging")), chains, &Stats::divergent);
  const auto each = [&](const char* name, auto set) {
    const auto values = group.number_attribute(name);
    for (std::size_t c = 0; c < std::min(values.size(), chains.size()); ++c) set(chains[c], values[c]);
  };
  each("warmup_seconds", [](auto& chain, double value) { chain.warmup_seconds = value; });
  each("sampling_seconds", [](auto& chain, double value) { chain.sampling_seconds = value; });
  each("warmup_gradients", [](auto& chain, double value) { chain.warmup_gradients = static_cast<std::size_t>(value); });
  each("gradients", [](auto& chain, double value) { chain.gradients = static_cast<std::size_t>(value); });
}

void read_columns(const NcGroup& group, frame::Frame& data) {
  for (const int id : group.variables()) {
    const auto column = group.text_attribute(id, "column");
    if (!column) continue;
    if (const auto levels = group.text_attribute(id, "levels"))
      data.add(*column, frame::Factor{group.ints(id), group.strings(group.variable(*levels))});
    else
      data.add(*column, frame::Numeric{group.doubles(id)});
  }
}

}  // namespace

void read_netcdf(const std::string& path, const nlohmann::json& names, Record& record) {
  const auto named = variables_of_names(names);
  std::vector<draws::Variable> variables;
  for (const auto& one : named) variables.push_back(one.variable);
  record.draws = draws::Draws(std::move(variables));
  const NcFile file = NcFile::open(path);
  read_posterior(group_of(file, path, "posterior"), named, path, record.draws);
  read_sample_stats(group_of(file, path, "sample_stats"), record.draws.chains);
  read_columns(group_of(file, path, "observed_data"), record.data);
  read_columns(group_of(file, path, "constant_data"), record.data);
}

}  // namespace woodbury::store
