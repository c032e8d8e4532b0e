// Names in the files: what readers can take, told apart, and mapped back by names.json.
#include "woodbury/store/names.hpp"

#include <gtest/gtest.h>

#include "tests/store/example.hpp"

namespace woodbury::store {
namespace {

using Strings = std::vector<std::string>;

std::string error_of(const std::vector<draws::Variable>& variables) {
  try {
    check_names(variables);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

draws::Variable scalar(const std::string& name) { return {name, {}, {}}; }

TEST(Names, CsvKeepsLettersDigitsAndUnderscores) {
  const auto names = file_names({scalar("b_x:fc"), scalar("sd_g:h__x"), scalar("b_a.b"), scalar("b_(p q)"),
                                 scalar("b_fé"), scalar("b_北"), scalar("1st"), scalar("mark__")});
  Strings csv;
  for (const auto& name : names) csv.push_back(name.csv);
  EXPECT_EQ(csv, (Strings{"b_x_fc", "sd_g_h__x", "b_a_b", "b__p_q_", "b_fu00E9", "b_u5317", "v1st", "mark_"}));
}

TEST(Names, NetcdfKeepsAllButWhatItForbids) {
  EXPECT_EQ(netcdf_name("b_x:fc"), "b_x:fc");
  EXPECT_EQ(netcdf_name("b_a/b"), "b_a_b");
  EXPECT_EQ(netcdf_name("b_fé\n"), "b_fé_");
  EXPECT_EQ(netcdf_name("(x) "), "_x)_");
  EXPECT_EQ(netcdf_name(""), "_");
}

TEST(Names, CollisionsAreErrorsThatNameBoth) {
  EXPECT_EQ(error_of({scalar("b_x:y"), scalar("b_x_y")}),
            "`b_x:y` and `b_x_y` would both be called `b_x_y` in CmdStan's CSV");
  EXPECT_EQ(error_of({scalar("b_x/y"), scalar("b_x_y")}),
            "`b_x/y` and `b_x_y` would both be called `b_x_y` in posterior.nc");
  EXPECT_EQ(error_of({scalar("b"), scalar("b")}), "two variables are called `b`");
  EXPECT_EQ(error_of({scalar("draw")}), "`draw` would be called `draw` in posterior.nc, which is taken by the sampler");
  EXPECT_EQ(error_of(example_variables()), "");
}

TEST(Names, DimsThatDifferOrBearAVariablesNameAreRenamed) {
  const Strings two = {"a", "b"};
  const auto names = file_names({{"r_g", {"g", "g__coef"}, {two, {"Intercept"}}},
                                 {"r_g__sigma", {"g", "g__coef"}, {two, {"sigma_Intercept"}}},
                                 {"cond", {"cond"}, {two}},
                                 {"r_draw", {"draw"}, {two}},
                                 {"V", {"g", "g"}, {two, two}}});
  EXPECT_EQ(names[0].dims, (Strings{"g", "g__coef"}));
  EXPECT_EQ(names[1].dims, (Strings{"g", "r_g__sigma__g__coef"}));
  EXPECT_EQ(names[2].dims, (Strings{"cond__level"}));
  EXPECT_EQ(names[3].dims, (Strings{"draw__level"}));
  EXPECT_EQ(names[4].dims, (Strings{"g", "V__g"}));
}

TEST(Names, CsvColumnsRunColumnMajorFromOne) {
  const draws::Variable array{"r", {"g", "c"}, {{"a", "b", "c"}, {"i", "x"}}};
  EXPECT_EQ(csv_columns(array, "r"), (Strings{"r.1.1", "r.2.1", "r.3.1", "r.1.2", "r.2.2", "r.3.2"}));
  EXPECT_EQ(column_major(array), (std::vector<std::size_t>{0, 2, 4, 1, 3, 5}));
  EXPECT_EQ(csv_columns(scalar("s"), "s"), (Strings{"s"}));
  EXPECT_EQ(column_major(scalar("s")), (std::vector<std::size_t>{0}));
}

TEST(Names, AnArrayWithoutElementsHasNoColumns) {
  const draws::Variable none{"r", {"g", "c"}, {{}, {"i"}}};
  EXPECT_TRUE(csv_columns(none, "r").empty());
}

TEST(Names, JsonMapsColumnsToNamesDimsAndLabels) {
  const auto json = nlohmann::json::parse(names_text(example_variables()));
  EXPECT_EQ(json["format"], 1);
  EXPECT_EQ(json["columns"]["b_x_fc"],
            (nlohmann::json{{"name", "b_x:fc"}, {"dims", Strings{}}, {"labels", Strings{}}}));
  EXPECT_EQ(json["columns"]["r_city.2.1"],
            (nlohmann::json{{"name", "r_city"}, {"dims", {"city", "city__coef"}}, {"labels", {"北京", "Intercept"}}}));
  EXPECT_EQ(json["columns"].size(), draws::Draws(example_variables()).width());
}

TEST(Names, JsonGivesTheVariablesBack) {
  const auto read = variables_of_names(nlohmann::json::parse(names_text(example_variables())));
  const auto expected = example_variables();
  ASSERT_EQ(read.size(), expected.size());
  for (std::size_t v = 0; v < read.size(); ++v) {
    EXPECT_EQ(read[v].variable.name, expected[v].name);
    EXPECT_EQ(read[v].variable.dims, expected[v].dims);
    EXPECT_EQ(read[v].variable.coords, expected[v].coords);
  }
}

}  // namespace
}  // namespace woodbury::store
