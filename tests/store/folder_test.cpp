// Fit folders: there whole or not at all, overwritten only when that is safe, and read back as they were.
#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>

#include "tests/store/example.hpp"
#include "tests/store/temporary.hpp"
#include "woodbury/store/netcdf_file.hpp"

namespace woodbury::store {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

template <class Body>
std::string error_of(Body body) {
  try {
    body();
  } catch (const base::Error& error) {
    return error.describe();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void spoil(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

TEST(Folder, HoldsTheContractsFilesAndNothingElse) {
  const Temporary here;
  write(here / "fit", example_record({5, 5}), false);
  EXPECT_EQ(here.names(), Names{"fit"});
  EXPECT_EQ(Temporary::names_in(here / "fit"),
            (Names{"posterior.nc", "names.json", "summary.json", "plan.json", "model.json", "run.json", "chain-1.csv",
                   "chain-1_config.json", "chain-1_metric.json", "chain-2.csv", "chain-2_config.json",
                   "chain-2_metric.json"}));
}

TEST(Folder, EveryJsonBearsTheFormatAndNullForUndefined) {
  const Temporary here;
  write(here / "fit", example_record(), false);
  for (const auto& name : Temporary::names_in(here / "fit")) {
    if (!name.ends_with(".json")) continue;
    EXPECT_EQ(nlohmann::json::parse(text_of(here / ("fit/" + name)))["format"], 1) << name;
  }
  EXPECT_TRUE(nlohmann::json::parse(text_of(here / "fit/model.json"))["variables"][0]["scale"].is_null());
  const auto summary = nlohmann::json::parse(text_of(here / "fit/summary.json"));
  EXPECT_TRUE(summary["parameters"][4]["mean"].is_null());
  EXPECT_EQ(summary["parameters"][4]["variable"], "b_undefined");
}

TEST(Folder, SummaryHasTheContractsKeys) {
  const auto json = summary_json(example_record());
  for (const char* key : {"parameters", "divergences", "max_treedepth_hits", "ebfmi", "declared_dims", "sampled_dims",
                          "seconds", "format", "warnings"})
    EXPECT_TRUE(json.contains(key)) << key;
  for (const char* key :
       {"variable", "mean", "median", "sd", "mad", "q5", "q95", "mcse_mean", "rhat", "ess_bulk", "ess_tail"})
    EXPECT_TRUE(json["parameters"][0].contains(key)) << key;
  EXPECT_EQ(json["seconds"]["total"], 0.5);
  EXPECT_EQ(json["declared_dims"], 24);
}

TEST(Folder, AnExistingOneIsRefusedUnlessOverwritten) {
  const Temporary here;
  Record record = example_record({3});
  write(here / "fit", record, false);
  EXPECT_TRUE(contains(error_of([&] { write(here / "fit", record, false); }), "--overwrite"));
  EXPECT_TRUE(contains(error_of([&] { check_writable(here / "fit", false); }), "exists"));
  record.seed = 5;
  write(here / "fit/", record, true);
  EXPECT_EQ(read(here / "fit").seed, 5U);
  EXPECT_EQ(here.names(), Names{"fit"});
}

TEST(Folder, OverwritingLeavesNoFileOfTheOldFit) {
  const Temporary here;
  write(here / "fit", example_record({3, 3, 3}), false);
  write(here / "fit", example_record({3}), true);
  EXPECT_FALSE(fs::exists(here / "fit/chain-2.csv"));
}

TEST(Folder, OnlyAFitOrAnEmptyFolderIsOverwritten) {
  const Temporary here;
  fs::create_directory(here / "thesis");
  spoil(here / "thesis/chapter.txt", "years of work");
  EXPECT_TRUE(contains(error_of([&] { write(here / "thesis", example_record({3}), true); }), "not a fit"));
  EXPECT_EQ(text_of(here / "thesis/chapter.txt"), "years of work");
  spoil(here / "file", "text");
  EXPECT_TRUE(contains(error_of([&] { check_writable(here / "file", true); }), "not a fit"));
  fs::create_directory(here / "empty");
  write(here / "empty", example_record({3}), true);
  EXPECT_TRUE(fs::exists(here / "empty/posterior.nc"));
}

TEST(Folder, AFailureLeavesNothingBehindAndTheOldFitAlone) {
  const Temporary here;
  write(here / "fit", example_record({3}), false);
  Record broken = example_record({3});
  broken.draws.chains[0].values.pop_back();  // a bug, found in the midst of writing
  EXPECT_THROW(write(here / "fit", broken, true), std::logic_error);
  EXPECT_THROW(write(here / "other", broken, false), std::logic_error);
  EXPECT_EQ(here.names(), Names{"fit"});
  EXPECT_EQ(read(here / "fit").draws.chains[0].draws, 3U);
}

TEST(Folder, CollidingNamesAreFoundBeforeAnythingIsWritten) {
  const Temporary here;
  Record record = example_record({});
  record.draws = draws::Draws({{"b_x:y", {}, {}}, {"b_x_y", {}, {}}});
  EXPECT_TRUE(contains(error_of([&] { write(here / "fit", record, false); }), "`b_x:y` and `b_x_y`"));
  EXPECT_TRUE(here.names().empty());
}

TEST(Folder, AParentThatIsMissingOrNoFolderOrClosedIsAnError) {
  const Temporary here;
  EXPECT_TRUE(contains(error_of([&] { check_writable(here / "a/fit", false); }), "there is no folder"));
  spoil(here / "file", "");
  EXPECT_THROW(write(here / "file/fit", example_record({3}), false), base::Error);
  EXPECT_THROW(write("", example_record({3}), false), base::Error);
  if (fs::exists("/proc/self")) {
    EXPECT_THROW(write("/proc/fit", example_record({3}), false), base::Error);
  }
  if (::geteuid() == 0) return;  // to root no folder is closed
  fs::create_directory(here / "closed");
  fs::permissions(here / "closed", fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_TRUE(contains(error_of([&] { check_writable(here / "closed/fit", false); }), "ermission"));
}

TEST(Folder, ALinkIsFollowedNotReplaced) {
  const Temporary here;
  write(here / "fit", example_record({3}), false);
  fs::create_directory_symlink(here / "fit", here / "latest");
  write(here / "latest", example_record({4}), true);
  EXPECT_TRUE(fs::is_symlink(here / "latest"));
  EXPECT_EQ(read(here / "fit").draws.chains[0].draws, 4U);
}

void expect_same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(std::bit_cast<std::uint64_t>(a[i]), std::bit_cast<std::uint64_t>(b[i])) << i;
}

TEST(Read, GivesTheDrawsAndStatisticsBack) {
  const Temporary here;
  const Record written = example_record({7, 7});
  write(here / "fit", written, false);
  const Record record = read(here / "fit");
  EXPECT_EQ(record.draws.column_names(), written.draws.column_names());
  ASSERT_EQ(record.draws.chains.size(), 2U);
  for (std::size_t c = 0; c < 2; ++c) {
    const auto& a = record.draws.chains[c];
    const auto& b = written.draws.chains[c];
    EXPECT_EQ(a.draws, b.draws);
    expect_same_bits(a.values, b.values);
    expect_same_bits(a.stats.lp, b.stats.lp);
    expect_same_bits(a.stats.accept_stat, b.stats.accept_stat);
    expect_same_bits(a.stats.step_size, b.stats.step_size);
    expect_same_bits(a.stats.energy, b.stats.energy);
    EXPECT_EQ(a.stats.tree_depth, b.stats.tree_depth);
    EXPECT_EQ(a.stats.n_leapfrog, b.stats.n_leapfrog);
    EXPECT_EQ(a.stats.divergent, b.stats.divergent);
    EXPECT_EQ(a.inverse_metric, b.inverse_metric);
    EXPECT_EQ(a.step_size, b.step_size);
    EXPECT_EQ(a.gradients, b.gradients);
    EXPECT_EQ(a.warmup_gradients, b.warmup_gradients);
    EXPECT_EQ(a.warmup_seconds, b.warmup_seconds);
    EXPECT_EQ(a.sampling_seconds, b.sampling_seconds);
  }
}

TEST(Read, GivesTheRestBack) {
  const Temporary here;
  Record written = example_record({7, 7});
  written.algorithm = "hmc";
  written.interrupted = true;
  written.draws.chains[0].dense_metric = written.draws.chains[1].dense_metric = true;
  written.draws.chains[0].inverse_metric = written.draws.chains[1].inverse_metric = {4, 1, 1, 9};
  write(here / "fit", written, false);
  const Record record = read(here / "fit");
  EXPECT_EQ(summary_json(record), summary_json(written));
  EXPECT_EQ(record.summary.warnings, written.summary.warnings);
  EXPECT_EQ(record.seconds, written.seconds);
  EXPECT_EQ(record.run["options"], written.run["options"]);
  EXPECT_EQ(record.plan["kernel"], "bordered");
  EXPECT_EQ(record.model["data"], written.model["data"]);
  EXPECT_EQ(record.data.source.path, "cities.csv");
  EXPECT_EQ(record.data.source.rows, 9U);
  EXPECT_EQ(record.seed, written.seed);
  EXPECT_EQ(record.warmup, written.warmup);
  EXPECT_EQ(record.algorithm, "hmc");
  EXPECT_EQ(record.version, written.version);
  EXPECT_EQ(record.created_at, written.created_at);
  EXPECT_TRUE(record.interrupted);
  EXPECT_TRUE(record.draws.chains[1].dense_metric);
  EXPECT_EQ(record.draws.chains[1].inverse_metric, (std::vector<double>{4, 1, 1, 9}));
}

TEST(Read, GivesTheRowsUsedBack) {
  const Temporary here;
  const Record written = example_record({2});
  write(here / "fit", written, false);
  const Record record = read(here / "fit");
  EXPECT_EQ(record.responses, std::vector<std::string>{"y/z"});
  EXPECT_EQ(record.data.names(), (std::vector<std::string>{"y/z", "x", "city", "obs_id"}));
  for (const char* name : {"y/z", "x", "obs_id"})
    expect_same_bits(record.data.numeric(name).copy(), written.data.numeric(name).copy());
  EXPECT_EQ(record.data.factor("city").codes, written.data.factor("city").codes);
  EXPECT_EQ(record.data.factor("city").levels, written.data.factor("city").levels);
}

TEST(Read, KeepsEveryResponse) {
  const Temporary here;
  Record written = example_record({2});
  written.responses = {"obs_id", "y/z"};
  write(here / "fit", written, false);
  EXPECT_EQ(read(here / "fit").responses, written.responses);
  const NcFile file = NcFile::open(here / "fit/posterior.nc");
  const auto columns = [&](const char* name) {
    Names found;
    const NcGroup group = *file.root().find_group(name);
    for (const int id : group.variables())
      if (const auto column = group.text_attribute(id, "column")) found.insert(*column);
    return found;
  };
  EXPECT_EQ(columns("observed_data"), (Names{"y/z", "obs_id"}));
  EXPECT_EQ(columns("constant_data"), (Names{"x", "city"}));
}

TEST(Read, AWrittenFolderReadAndWrittenAgainIsTheSame) {
  const Temporary here;
  write(here / "a", example_record({6, 6}), false);
  write(here / "b", read(here / "a"), false);
  for (const auto& name : Temporary::names_in(here / "a")) {
    if (name == "posterior.nc") continue;  // the library puts a time into it
    EXPECT_EQ(text_of(here / ("a/" + name)), text_of(here / ("b/" + name))) << name;
  }
}

TEST(Interrupted, NetcdfStopsAtTheShortestChainAndCsvKeepsAll) {
  const Temporary here;
  write(here / "fit", example_record({8, 3, 5}), false);
  const Record record = read(here / "fit");
  for (const auto& chain : record.draws.chains) EXPECT_EQ(chain.draws, 3U);
  const auto rows = [&](const std::string& file) {
    std::size_t count = 0;
    for (const auto& line : lines_of(here / file)) count += !line.starts_with('#');
    return count - 1;
  };
  EXPECT_EQ(rows("fit/chain-1.csv"), 8U);
  EXPECT_EQ(rows("fit/chain-2.csv"), 3U);
  EXPECT_EQ(rows("fit/chain-3.csv"), 5U);
  EXPECT_TRUE(contains(text_of(here / "fit/chain-3.csv"), "num_samples = 5\n"));
}

TEST(Interrupted, InWarmUpThereAreNoDrawsAndStillAFolder) {
  const Temporary here;
  write(here / "fit", example_record({0, 0}), false);
  const Record record = read(here / "fit");
  ASSERT_EQ(record.draws.chains.size(), 2U);
  EXPECT_EQ(record.draws.chains[0].draws, 0U);
  EXPECT_EQ(record.draws.column_names(), example_record({}).draws.column_names());
}

TEST(Read, NamesTheFileThatIsMissingOrBroken) {
  const Temporary here;
  EXPECT_TRUE(contains(error_of([&] { static_cast<void>(read(here / "none")); }), "there is no folder"));
  write(here / "fit", example_record({2}), false);
  for (const char* name :
       {"run.json", "summary.json", "plan.json", "model.json", "names.json", "chain-1_metric.json", "posterior.nc"}) {
    const std::string path = here / ("fit/" + std::string(name));
    const std::string whole = text_of(path);
    spoil(path, "nonsense");
    EXPECT_TRUE(contains(error_of([&] { static_cast<void>(read(here / "fit")); }), path)) << name;
    fs::remove(path);
    EXPECT_TRUE(contains(error_of([&] { static_cast<void>(read(here / "fit")); }), path)) << name;
    spoil(path, whole);
  }
  EXPECT_EQ(read(here / "fit").draws.chains.size(), 1U);
}

TEST(Read, AnUnknownFormatOrAMissingKeyIsAnError) {
  const Temporary here;
  write(here / "fit", example_record({2}), false);
  const std::string whole = text_of(here / "fit/run.json");
  spoil(here / "fit/run.json", R"({"format": 2})");
  EXPECT_TRUE(contains(error_of([&] { static_cast<void>(read(here / "fit")); }), "does not know: 2"));
  spoil(here / "fit/run.json", R"({"format": 1})");
  EXPECT_TRUE(contains(error_of([&] { static_cast<void>(read(here / "fit")); }), "broken"));
}

TEST(StoredBytes, IsCloseToWhatTheFolderTakes) {
  const Temporary here;
  const Record record = example_record({2000, 2000});
  write(here / "fit", record, false);
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(here / "fit")) bytes += entry.file_size();
  const auto expected = stored_bytes(record.draws.variables(), 2, 2000);
  EXPECT_GT(static_cast<double>(expected), 0.85 * static_cast<double>(bytes));
  EXPECT_LT(static_cast<double>(expected), 1.3 * static_cast<double>(bytes));
  EXPECT_GT(stored_bytes(example_variables(), 4, 2000), 1.9 * static_cast<double>(expected));
}

}  // namespace
}  // namespace woodbury::store
