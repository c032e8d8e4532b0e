// posterior.nc written: ArviZ's groups, dims with coordinates, booleans as int8 marked `dtype = "bool"`.
#include <algorithm>

#include "woodbury/store/names.hpp"
#include "woodbury/store/netcdf.hpp"
#include "woodbury/store/netcdf_file.hpp"

namespace woodbury::store {
namespace {

void describe(const NcGroup& group, const Record& record) {
  group.attribute(NC_GLOBAL, "created_at", record.created_at);
  group.attribute(NC_GLOBAL, "creation_library", "woodbury");
  group.attribute(NC_GLOBAL, "creation_library_version", record.version);
  group.attribute(NC_GLOBAL, "inference_library", "woodbury");
  group.attribute(NC_GLOBAL, "inference_library_version", record.version);
}

void describe_sampling(const NcGroup& group, const Record& record) {
  describe(group, record);
  double seconds = 0;
  for (const auto& chain : record.draws.chains) seconds = std::max(seconds, chain.sampling_seconds);
  group.attribute("sampling_time", std::vector<double>{seconds});
  group.attribute("tuning_steps", static_cast<std::int64_t>(record.warmup));
}

/// Copies a variable's draws chain by chain through a buffer of at most some megabytes.
void put_draws(const NcGroup& group, int id, const draws::Draws& draws, std::size_t v, std::size_t length) {
  const auto& variable = draws.variables()[v];
  const std::size_t size = variable.size();
  if (size == 0 || length == 0) return;
  std::vector<std::size_t> start(2 + variable.dims.size(), 0);
  std::vector<std::size_t> count = {1, 0};
  for (const auto& labels : variable.coords) count.push_back(labels.size());
  const std::size_t rows = std::max<std::size_t>(1, (std::size_t{1} << 20U) / size);
  std::vector<double> buffer(std::min(rows, length) * size);
  for (std::size_t c = 0; c < draws.chains.size(); ++c)
    for (std::size_t first = 0; first < length; first += rows) {
      start[0] = c;
      start[1] = first;
      count[1] = std::min(rows, length - first);
      const double* from = draws.chains[c].values.data() + first * draws.width() + draws.offset(v);
      for (std::size_t d = 0; d < count[1]; ++d) std::copy_n(from + d * draws.width(), size, &buffer[d * size]);
      group.put(id, buffer.data(), start, count);
    }
}

void write_posterior(const NcGroup& group, const Record& record) {
  describe_sampling(group, record);
  const auto& draws = record.draws;
  const std::size_t length = draws.common_draws();
  const int chain = group.define_index("chain", draws.chains.size());
  const int draw = group.define_index("draw", length);
  const auto names = file_names(draws.variables());
  std::map<std::string, int> dims;
  for (std::size_t v = 0; v < names.size(); ++v) {
    std::vector<int> shape = {chain, draw};
    for (std::size_t i = 0; i < names[v].dims.size(); ++i) {
      const auto found = dims.find(names[v].dims[i]);
      shape.push_back(found != dims.end() ? found->second
                                          : group.define_labels(names[v].dims[i], draws.variables()[v].coords[i]));
      dims[names[v].dims[i]] = shape.back();
    }
    put_draws(group, group.define_variable(names[v].netcdf, NC_DOUBLE, shape), draws, v, length);
  }
}

/// Per-chain facts that no file of CmdStan's keeps, as attributes with a value a chain.
void describe_chains(const NcGroup& group, const std::vector<draws::Chain>& chains) {
  const auto put = [&](const char* name, auto of) {
    std::vector<double> values;
    for (const auto& chain : chains) values.push_back(static_cast<double>(of(chain)));
    if (!values.empty()) group.attribute(name, values);
  };
  put("warmup_seconds", [](const auto& chain) { return chain.warmup_seconds; });
  put("sampling_seconds", [](const auto& chain) { return chain.sampling_seconds; });
  put("warmup_gradients", [](const auto& chain) { return chain.warmup_gradients; });
  put("gradients", [](const auto& chain) { return chain.gradients; });
}

void write_sample_stats(const NcGroup& group, const Record& record) {
  describe_sampling(group, record);
  describe_chains(group, record.draws.chains);
  const std::size_t chains = record.draws.chains.size(), length = record.draws.common_draws();
  const std::vector<int> dims = {group.define_index("chain", chains), group.define_index("draw", length)};
  for (const Statistic& statistic : sampler_statistics(record)) {
    using Kind = Statistic::Kind;
    const nc_type type = statistic.kind == Kind::real      ? NC_DOUBLE
                         : statistic.kind == Kind::integer ? NC_INT64
                                                           : NC_BYTE;
    const int id = group.define_variable(statistic.name, type, dims, type != NC_DOUBLE);
    group.put(id, statistic.values.data(), {0, 0}, {chains, length});
    if (statistic.kind == Kind::boolean) group.attribute(id, "dtype", "bool");
  }
}

/// A numeric column as doubles, a factor as codes from 0 whose labels are the coordinate `<column>__levels`.
void write_column(const NcGroup& group, const std::string& column, const frame::Frame& data, int rows) {
  const std::string name = netcdf_name(column);
  int id = 0;
  if (data.is_numeric(column)) {
    id = group.define_variable(name, NC_DOUBLE, {rows}, true);
    group.put(id, data.numeric(column).data(), {0}, {data.rows()});
  } else {
    const auto& factor = data.factor(column);
    static_cast<void>(group.define_labels(name + "__levels", factor.levels));
    id = group.define_variable(name, NC_INT, {rows}, true);
    group.put(id, factor.codes, {0}, {data.rows()});
    group.attribute(id, "levels", name + "__levels");
  }
  group.attribute(id, "column", column);
}

void write_data(const NcGroup& root, const Record& record) {
  const auto& data = record.data;
  std::string rows = "obs_id";
  while (data.has(rows)) rows += '_';
  const NcGroup observed = root.define_group("observed_data");
  const NcGroup constant = root.define_group("constant_data");
  describe(observed, record);
  describe(constant, record);
  const int observed_rows = observed.define_index(rows, data.rows());
  const int constant_rows = constant.define_index(rows, data.rows());
  for (const auto& name : data.names()) {
    const bool response = std::ranges::find(record.responses, name) != record.responses.end();
    write_column(response ? observed : constant, name, data, response ? observed_rows : constant_rows);
  }
}

}  // namespace

void write_netcdf(const std::string& path, const Record& record) {
  NcFile file = NcFile::create(path);
  const NcGroup root = file.root();
  describe(root, record);
  write_posterior(root.define_group("posterior"), record);
  write_sample_stats(root.define_group("sample_stats"), record);
  write_data(root, record);
  file.close();
}

}  // namespace woodbury::store
