// A fit folder: written beside its place and renamed into it, so that it is there whole or not at all; and read back.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "woodbury/store/cmdstan.hpp"
#include "woodbury/store/json_files.hpp"
#include "woodbury/store/names.hpp"
#include "woodbury/store/netcdf.hpp"

namespace woodbury::store {
namespace {

namespace fs = std::filesystem;

/// The folder itself, without `.`, `..`, links and a slash at the end.
fs::path place_of(const std::string& folder) {
  if (folder.empty()) throw base::Error("the name of the folder is empty");
  fs::path path = fs::absolute(folder).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  std::error_code ignored;
  const fs::path resolved = fs::weakly_canonical(path, ignored);
  return ignored ? path : resolved;
}

bool is_fit(const fs::path& path) { return fs::exists(path / "run.json") && fs::exists(path / "posterior.nc"); }

/// A new directory beside `place`, hidden, named after it: `.fit.partial-4711-1`.
fs::path make_beside(const fs::path& place, const char* what) {
  for (int attempt = 1;; ++attempt) {
    fs::path path =
        place.parent_path() / fmt::format(".{}.{}-{}-{}", place.filename().string(), what, ::getpid(), attempt);
    std::error_code error;
    if (fs::create_directory(path, error)) return path;
    if (error || attempt == 1000)
      throw base::Error(fmt::format("cannot write into `{}`: {}", place.parent_path().string(),
                                    error ? error.message() : "too many unfinished folders"));
  }
}

/// Removes what it names when it goes, unless released.
class Removal {
 public:
  explicit Removal(fs::path path) : path_(std::move(path)) {}
  Removal(const Removal&) = delete;
  Removal& operator=(const Removal&) = delete;
  ~Removal() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  void release() { path_.clear(); }

 private:
  fs::path path_;
};

void move(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) throw base::Error(fmt::format("cannot write `{}`: {}", to.string(), error.message()));
}

/// New in, old aside and then deleted; if the new one cannot come in, the old one is put back.
void replace(const fs::path& fresh, const fs::path& place) {
  const fs::path aside = make_beside(place, "old");
  Removal removal(aside);
  move(place, aside / "fit");
  try {
    move(fresh, place);
  } catch (...) {
    std::error_code failed;
    fs::rename(aside / "fit", place, failed);
    if (failed) removal.release();  // better a stray copy than none
    throw;
  }
}

std::string chain_file(const fs::path& folder, std::size_t chain, const char* rest) {
  return (folder / fmt::format("chain-{}{}", chain + 1, rest)).string();
}

void write_files(const fs::path& folder, const Record& record) {
  const auto& chains = record.draws.chains;
  for (const char* file : {"names", "summary", "plan", "model", "run"})
    write_text((folder / fmt::format("{}.json", file)).string(), json_text(record, file));
  for (std::size_t c = 0; c < chains.size(); ++c) {
    write_text(chain_file(folder, c, "_config.json"), chain_config(record, c).dump(1) + "\n");
    write_text(chain_file(folder, c, "_metric.json"), chain_metric(chains[c]).dump(1) + "\n");
  }
  base::parallel_for(chains.size() + 1, 0, [&](std::size_t i) {
    if (i == 0)
      write_netcdf((folder / "posterior.nc").string(), record);
    else
      write_chain_csv(chain_file(folder, i - 1, ".csv"), record, i - 1);
  });
}

/// Reads a JSON file and hands it to `use`; what is missing in it is an error that names the file.
template <class Use>
void with_json(const std::string& path, Use use) {
  const auto json = read_json(path);
  try {
    use(json);
  } catch (const nlohmann::json::exception& error) {
    throw base::Error(fmt::format("`{}` is broken: {}", path, error.what()));
  }
}

/// Where the table came from, as model.json says.
void read_source(const nlohmann::json& model, frame::Source& source) {
  const auto data = model.find("data");
  if (data == model.end() || !data->is_object()) return;
  source.path = data->value("path", "");
  source.sha256 = data->value("sha256", "");
  source.rows = data->value("rows", std::size_t{0});
}

}  // namespace

std::uint64_t stored_bytes(const std::vector<draws::Variable>& variables, std::size_t chains, std::size_t draws) {
  constexpr std::uint64_t netcdf = 8;
  constexpr std::uint64_t csv = 20;  // shortest text of a random double with its comma: 19 to 20 on average
  std::uint64_t columns = 7;
  for (const auto& variable : variables) columns += variable.size();
  return columns * chains * draws * (netcdf + csv);
}

void check_writable(const std::string& folder, bool overwrite) {
  const fs::path place = place_of(folder);
  const fs::path parent = place.parent_path();
  std::error_code error;
  if (!fs::is_directory(parent, error))
    throw base::Error(fmt::format("cannot write `{}`: there is no folder `{}`", folder, parent.string()), {},
                      "make it first");
  if (::access(parent.c_str(), W_OK | X_OK) != 0)
    throw base::Error(fmt::format("cannot write `{}`: {}", folder, std::strerror(errno)));
  if (!fs::exists(fs::symlink_status(place))) return;
  if (!overwrite) throw base::Error(fmt::format("`{}` exists", folder), {}, "give `--overwrite` or another folder");
  if (!fs::is_directory(place) || !(fs::is_empty(place) || is_fit(place)))
    throw base::Error(fmt::format("`{}` is not a fit and will not be overwritten", folder), {},
                      "give another folder, or remove it yourself");
}

void write(const std::string& folder, const Record& record, bool overwrite) {
  check_names(record.draws.variables());
  check_writable(folder, overwrite);
  const fs::path place = place_of(folder);
  const fs::path fresh = make_beside(place, "partial");
  Removal removal(fresh);
  write_files(fresh, record);
  check_writable(folder, overwrite);  // someone else may have been here meanwhile
  if (fs::exists(place))
    replace(fresh, place);
  else
    move(fresh, place);
  removal.release();
}

Record read(const std::string& folder) {
  const fs::path place(folder);
  if (!fs::is_directory(place)) throw base::Error(fmt::format("there is no folder `{}`", folder));
  const auto file = [&](const char* name) { return (place / name).string(); };
  Record record;
  with_json(file("run.json"), [&](const auto& json) { read_run(json, record); });
  with_json(file("summary.json"), [&](const auto& json) { read_summary(json, record); });
  record.plan = read_json(file("plan.json"));
  with_json(file("model.json"), [&](const auto& json) {
    record.model = json;
    read_source(json, record.data.source);
  });
  with_json(file("names.json"), [&](const auto& json) { read_netcdf(file("posterior.nc"), json, record); });
  for (std::size_t c = 0; c < record.draws.chains.size(); ++c)
    with_json(chain_file(place, c, "_metric.json"),
              [&](const auto& json) { read_metric(json, record.draws.chains[c]); });
  return record;
}

}  // namespace woodbury::store
