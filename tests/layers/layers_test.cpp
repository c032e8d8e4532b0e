// The layer diagram holds: of the project's own sources, and of made-up ones that break it.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/layers/layer_rules.hpp"

namespace woodbury::layers {
namespace {

namespace fs = std::filesystem;

fs::path sources() { return fs::path(WOODBURY_SOURCE) / "woodbury"; }

Diagram project() { return parse_diagram(read_text(sources() / "CMakeLists.txt")); }

/// A folder of its own that goes away with the test.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("woodbury-layers-" + std::to_string(getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((path_ / file).parent_path());
    std::ofstream(path_ / file) << text;
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

TEST(Layers, IncludeOnlyTheFrontDoorsOfTheLayersTheyUse) {
  const auto diagram = project();
  ASSERT_GE(diagram.order.size(), 2U);
  for (const auto& broken : broken_rules(diagram, sources())) ADD_FAILURE() << broken;
}

TEST(Layers, FormNoCircle) { EXPECT_EQ(find_cycle(project()).value_or("none"), "none"); }

TEST(Layers, UseOnlyLayersDeclaredAboveThem) {
  const auto diagram = project();
  std::set<std::string> above;
  for (const auto& layer : diagram.order) {
    for (const auto& used : diagram.uses.at(layer)) {
      EXPECT_TRUE(above.count(used)) << layer << " uses " << used << ", which is not above it";
    }
    above.insert(layer);
  }
}

TEST(Layers, KeepTheirFilesShort) {
  for (const auto& file : long_files(sources(), 500)) std::cout << "over 500 lines: " << file << '\n';
}

TEST(Diagram, IsReadFromCMake) {
  const auto diagram = parse_diagram(
      "# woodbury_layer(ghost)\n"
      "woodbury_layer(base LINKS Random123)\n"
      "woodbury_layer(plan USES base # not moments\n"
      "               model LINKS ZLIB::ZLIB)\n"
      "target_link_libraries(other PRIVATE woodbury_base)\n"
      "woodbury_program(cli USES plan)\n");
  EXPECT_EQ(diagram.order, (std::vector<std::string>{"base", "plan", "cli"}));
  EXPECT_EQ(diagram.uses.at("plan"), (std::set<std::string>{"base", "model"}));
  EXPECT_TRUE(diagram.uses.at("base").empty());
}

TEST(Diagram, CirclesAreFound) {
  EXPECT_FALSE(find_cycle(parse_diagram("woodbury_layer(a)\nwoodbury_layer(b USES a)\nwoodbury_layer(c USES a b)")));
  const auto cycle =
      find_cycle(parse_diagram("woodbury_layer(a USES b)\nwoodbury_layer(b USES c)\nwoodbury_layer(c USES b)"));
  EXPECT_EQ(cycle.value_or("none"), "b → c → b");
}

TEST(Rules, ReportWhatIsBrokenAndWhere) {
  const auto diagram = parse_diagram("woodbury_layer(base)\nwoodbury_layer(model)\nwoodbury_layer(plan USES model)");
  const Folder folder;
  folder.write("plan/plan.cpp",
               "// Plans.\n"
               "#include \"woodbury/plan/rules.hpp\"\n"
               "#include \"woodbury/model/model.hpp\"\n"
               "#include \"woodbury/base/base.hpp\"\n"
               "# include  \"woodbury/model/graph.hpp\"\n");
  folder.write("model/model.hpp", "#include \"woodbury/plan/plan.hpp\"\n#include \"woodbury/base/error.hpp\"\n");
  folder.write("stray/stray.cpp", "int x;\n");
  EXPECT_EQ(broken_rules(diagram, folder.path()),
            (std::vector<std::string>{
                "model/model.hpp:1: model does not use plan",
                "model/model.hpp:2: only the front door woodbury/base/base.hpp is open to model",
                "plan/plan.cpp:5: only the front door woodbury/model/model.hpp is open to plan",
                "stray/stray.cpp: no layer stray in CMakeLists.txt",
            }));
}

TEST(Rules, CountLines) {
  const Folder folder;
  folder.write("a/long.cpp", "1\n2\n3\n");
  folder.write("a/short.cpp", "1\n2\n");
  folder.write("a/notes.txt", "1\n2\n3\n4\n");
  EXPECT_EQ(long_files(folder.path(), 2), std::vector<std::string>{"a/long.cpp: 3"});
}

}  // namespace
}  // namespace woodbury::layers
