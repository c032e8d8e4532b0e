// The catalogue's plans against the texts in tests/data/explain. WOODBURY_UPDATE=1 writes the texts anew.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/plan/catalogue.hpp"

namespace woodbury::plan {
namespace {

std::filesystem::path file_of(const std::string& name) {
  return std::filesystem::path(WOODBURY_TEST_DATA) / "explain" / (name + ".txt");
}

std::string explained(const Entry& entry) {
  const Subject subject = entry.make();
  std::string text = subject.heading + "\n";
  try {
    text += to_text(make_plan(subject.model, subject.table, entry.options));
  } catch (const base::Error& error) {
    text += "error: " + error.describe() + "\n";
  }
  return text;
}

class Explain : public ::testing::TestWithParam<Entry> {};

TEST_P(Explain, Text) {
  const std::string text = explained(GetParam());
  const auto file = file_of(GetParam().name);
  if (std::getenv("WOODBURY_UPDATE") != nullptr) std::ofstream(file) << text;
  std::ifstream in(file);
  ASSERT_TRUE(in) << file << " is missing: run with WOODBURY_UPDATE=1 and read what it says";
  std::stringstream expected;
  expected << in.rdbuf();
  EXPECT_EQ(text, expected.str());
}

TEST_P(Explain, JsonSaysTheSame) {
  const Subject subject = GetParam().make();
  Plan plan;
  try {
    plan = make_plan(subject.model, subject.table, GetParam().options);
  } catch (const base::Error&) {
    return;
  }
  const nlohmann::json json = to_json(plan);
  const std::string text = to_text(plan);
  EXPECT_EQ(json.at("format"), 1);
  EXPECT_EQ(json.at("declared_dims"), plan.declared_dims);
  EXPECT_EQ(json.at("sampled_dims"), plan.sampled_dims);
  for (const char* field : {"kernel", "data", "reason", "line"})
    EXPECT_NE(text.find(json.at(field).get<std::string>()), std::string::npos) << field;
  ASSERT_EQ(json.at("terms").size(), gaussian_variables(plan.model).size());
  for (const auto& term : json.at("terms")) {
    const auto v = plan.model.find(term.at("name"));
    EXPECT_EQ(term.at("decision") == "integrated", plan.integrated.contains(v)) << term;
    EXPECT_TRUE(term.at("integrable") || !plan.integrated.contains(v)) << term;
    EXPECT_EQ(term.at("dims"), dims_of(plan.model, v, subject.table));
    EXPECT_FALSE(term.at("reason").get<std::string>().empty());
    EXPECT_NE(text.find(term.at("reason").get<std::string>()), std::string::npos);
  }
  std::size_t chosen = 0;
  for (const auto& candidate : json.at("candidates")) {
    chosen += candidate.at("chosen").get<bool>() ? 1 : 0;
    EXPECT_DOUBLE_EQ(
        candidate.at("microseconds_a_draw").get<double>(),
        candidate.at("microseconds_a_gradient").get<double>() * candidate.at("gradients_a_draw").get<double>());
    EXPECT_GT(candidate.at("microseconds_a_draw").get<double>(), 0);
  }
  EXPECT_EQ(chosen, 1U);
  EXPECT_TRUE(json.at("candidates")[0].at("chosen"));
  EXPECT_EQ(json.at("candidates")[0].at("sampled_dims"), plan.sampled_dims);
}

TEST_P(Explain, TheSamePlanTwice) {
  EXPECT_EQ(explained(GetParam()), explained(GetParam()));
  const Subject subject = GetParam().make();
  try {
    const Plan plan = make_plan(subject.model, subject.table, GetParam().options);
    EXPECT_EQ(to_json(plan).dump(), to_json(make_plan(subject.model, subject.table, GetParam().options)).dump());
    // Planning a plan's own model, which has more nodes, changes nothing.
    EXPECT_EQ(to_text(plan), to_text(make_plan(plan.model, subject.table, GetParam().options)));
  } catch (const base::Error&) {
  }
}

std::string name_of(const ::testing::TestParamInfo<Entry>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Catalogue, Explain, ::testing::ValuesIn(catalogue()), name_of);

TEST(ExplainTexts, BelongToEntries) {
  std::set<std::string> names;
  for (const Entry& entry : catalogue()) EXPECT_TRUE(names.insert(entry.name).second) << entry.name << " twice";
  EXPECT_GE(names.size(), 40U);
  for (const auto& file : std::filesystem::directory_iterator(file_of("x").parent_path()))
    if (file.path().extension() == ".txt") {
      EXPECT_TRUE(names.contains(file.path().stem().string())) << file.path() << " has no entry";
    }
}

}  // namespace
}  // namespace woodbury::plan
