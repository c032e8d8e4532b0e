// chain-k.csv: draws as CmdStan writes them, in the dialect that cmdstanpy, cmdstanr, rstan 2.21 and posterior share.
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "woodbury/store/cmdstan.hpp"
#include "woodbury/store/names.hpp"

namespace woodbury::store {
namespace {

/// A text file written through one large buffer; every failure, that of closing included, is a base::Error.
class Text {
 public:
  explicit Text(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "wb"), &std::fclose) {
    if (!file_) fail();
  }
  fmt::memory_buffer& buffer() noexcept { return buffer_; }
  void flush_when_large() {
    if (buffer_.size() > std::size_t{1} << 20U) flush();
  }
  void close() {
    flush();
    if (std::fclose(file_.release()) != 0) fail();
  }

 private:
  void flush() {
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) != buffer_.size()) fail();
    buffer_.clear();
  }
  [[noreturn]] void fail() const {
    throw base::Error(fmt::format("cannot write `{}`: {}", path_, std::strerror(errno)));
  }

  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  fmt::memory_buffer buffer_;
};

void put(fmt::memory_buffer& out, std::string_view text) { out.append(text.data(), text.data() + text.size()); }

/// The shortest text that reads back as the number. Never begins with a letter, so that no row is taken for a header.
void append(fmt::memory_buffer& out, double value) {
  char digits[40];
  if (std::isfinite(value)) {
    const char* end = fmt::format_to(digits, FMT_COMPILE("{}"), value);
    out.append(digits, end);
  } else {
    put(out, std::isnan(value) ? "-nan" : value > 0 ? "+inf" : "-inf");
  }
}

void write_settings(fmt::memory_buffer& out, const Record& record, std::size_t k) {
  const auto& chain = record.draws.chains[k];
  const auto line = [&out](int indent, const char* key, const auto& value) {
    fmt::format_to(std::back_inserter(out), "# {:{}}{} = {}\n", "", indent, key, value);
  };
  const auto heading = [&out](int indent, const char* name) {
    fmt::format_to(std::back_inserter(out), "# {:{}}{}\n", "", indent, name);
  };
  line(0, "stan_version_major", stan_version[0]);
  line(0, "stan_version_minor", stan_version[1]);
  line(0, "stan_version_patch", stan_version[2]);
  line(0, "model", model_name);
  line(0, "start_datetime", record.created_at);
  line(0, "method", "sample (Default)");
  heading(2, "sample");
  line(4, "num_samples", chain.draws * record.thin);
  line(4, "num_warmup", record.warmup);
  line(4, "save_warmup", "0 (Default)");
  line(4, "thin", record.thin);
  heading(4, "adapt");
  line(6, "engaged", "1 (Default)");
  line(6, "delta", record.target_accept);
  line(4, "algorithm", "hmc (Default)");
  heading(6, "hmc");
  line(8, "engine", record.algorithm == "hmc" ? "static" : "nuts (Default)");
  heading(10, record.algorithm == "hmc" ? "static" : "nuts");
  line(12, "max_depth", record.max_depth);
  line(8, "metric", metric_type(chain));
  line(8, "stepsize_jitter", "0 (Default)");
  line(4, "num_chains", "1 (Default)");
  line(0, "id", k + 1);
  heading(0, "random");
  line(2, "seed", record.seed);
  heading(0, "output");
  line(2, "file", fmt::format("chain-{}.csv", k + 1));
}

bool in_csv(const Record& record, std::size_t v) {
  return record.csv_arrays || record.draws.variables()[v].dims.empty();
}

void write_header(fmt::memory_buffer& out, const Record& record) {
  const draws::Draws& draws = record.draws;
  put(out, "lp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__");
  const auto names = file_names(draws.variables());
  for (std::size_t v = 0; v < names.size(); ++v) {
    if (!in_csv(record, v)) continue;
    for (const auto& column : csv_columns(draws.variables()[v], names[v].csv)) {
      put(out, ",");
      put(out, column);
    }
  }
  put(out, "\n");
}

void write_adaptation(fmt::memory_buffer& out, const draws::Chain& chain) {
  fmt::format_to(std::back_inserter(out), "# Adaptation terminated\n# Step size = {}\n", chain.step_size);
  const std::size_t size = chain.inverse_metric.size();
  if (size == 0) return put(out, "# No free parameters for unit metric\n");
  put(out,
      chain.dense_metric ? "# Elements of inverse mass matrix:\n" : "# Diagonal elements of inverse mass matrix:\n");
  const auto width = chain.dense_metric ? static_cast<std::size_t>(std::lround(std::sqrt(double(size)))) : size;
  for (std::size_t i = 0; i < size; ++i) {
    put(out, i % width == 0 ? "# " : ", ");
    append(out, chain.inverse_metric[i]);
    if (i % width == width - 1) put(out, "\n");
  }
}

/// Columns of the draws in the order of the CSV.
std::vector<std::size_t> column_order(const Record& record) {
  const draws::Draws& draws = record.draws;
  std::vector<std::size_t> order;
  for (std::size_t v = 0; v < draws.variables().size(); ++v)
    for (const std::size_t index : column_major(draws.variables()[v]))
      if (in_csv(record, v)) order.push_back(draws.offset(v) + index);
  return order;
}

void write_draws(Text& text, const draws::Chain& chain, std::size_t width, const std::vector<std::size_t>& order) {
  auto& out = text.buffer();
  const auto& stats = chain.stats;
  for (std::size_t d = 0; d < chain.draws; ++d) {
    for (const double value : {stats.lp[d], stats.accept_stat[d], stats.step_size[d]}) {
      append(out, value);
      out.push_back(',');
    }
    fmt::format_to(std::back_inserter(out), "{},{},{:d},", stats.tree_depth[d], stats.n_leapfrog[d],
                   stats.divergent[d] != 0);
    append(out, stats.energy[d]);
    const double* row = chain.values.data() + d * width;
    for (const std::size_t column : order) {
      out.push_back(',');
      append(out, row[column]);
    }
    out.push_back('\n');
    text.flush_when_large();
  }
}

/// Fixed notation: readers look for digits and a point before "seconds".
void write_times(fmt::memory_buffer& out, const draws::Chain& chain) {
  fmt::format_to(std::back_inserter(out),
                 "# \n#  Elapsed Time: {:.6f} seconds (Warm-up)\n#                {:.6f} seconds (Sampling)\n"
                 "#                {:.6f} seconds (Total)\n# \n",
                 chain.warmup_seconds, chain.sampling_seconds, chain.warmup_seconds + chain.sampling_seconds);
}

}  // namespace

void write_chain_csv(const std::string& path, const Record& record, std::size_t k) {
  const auto& chain = record.draws.chains[k];
  WOODBURY_ASSERT(chain.values.size() >= chain.draws * record.draws.width());
  Text text(path);
  write_settings(text.buffer(), record, k);
  write_header(text.buffer(), record);
  write_adaptation(text.buffer(), chain);
  write_draws(text, chain, record.draws.width(), column_order(record));
  write_times(text.buffer(), chain);
  text.close();
}

}  // namespace woodbury::store
