// Models of the catalogue as JSON, text and LaTeX in tests/data/builder/from_cpp.json, which
// tests/python/test_detection.py reads; and the models that it writes there, from_python.json. WOODBURY_UPDATE=1 writes
// the former anew.
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/plan/catalogue.hpp"

namespace woodbury::plan {
namespace {

using nlohmann::json;

const std::string kFolder = WOODBURY_TEST_DATA "/builder/";

json mathematics(const model::Model& model) {
  return {{"model", model::to_json(model)}, {"text", model::to_text(model)}, {"latex", model::to_latex(model)}};
}

json models() {
  json all;
  for (const auto& entries : {formula_entries(), program_entries()})
    for (const Entry& entry : entries) all[entry.name] = mathematics(entry.make().model);
  return all;
}

json read(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  return json::parse(in);
}

TEST(Exchange, WritesTheCatalogue) {
  const json found = models();
  if (std::getenv("WOODBURY_UPDATE") != nullptr) {
    std::ofstream out(kFolder + "from_cpp.json");
    const char* before = "{\n";
    for (const auto& [name, each] : found.items()) {
      out << before << json(name) << ": " << each;
      before = ",\n";
    }
    out << "\n}\n";
  }
  const json expected = read(kFolder + "from_cpp.json");
  EXPECT_EQ(found.size(), expected.size());
  for (const auto& [name, each] : expected.items()) EXPECT_EQ(found.value(name, json()), each) << name;
}

TEST(Exchange, ReadsWhatPythonWrote) {
  const json written = read(kFolder + "from_python.json");
  EXPECT_GE(written.size(), 30U);
  for (const auto& [name, each] : written.items())
    EXPECT_EQ(mathematics(model::from_json(each["model"])), each) << name;
}

}  // namespace
}  // namespace woodbury::plan
