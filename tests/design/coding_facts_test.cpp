// Design columns of nearly a hundred formulas against R's model.matrix() and lme4's lFormula(), to 1e-12.
// Regenerate the facts with tests/data/r/make_design_facts.R.
//
// One rule is brms's, not lme4's: (f || g) has the same columns as (f | g), decorrelated, where lme4 would code each of
// f's levels by an indicator and leave them correlated. The facts hold the columns of `|` for both.
#include <fstream>

#include <gtest/gtest.h>

#include "woodbury/design/coding.hpp"

namespace woodbury::design {
namespace {

using nlohmann::json;
using Values = std::vector<double>;

const json& facts() {
  static const json all = json::parse(std::ifstream(std::string(WOODBURY_TEST_DATA) + "/design_facts.json"));
  return all;
}

frame::Frame table(const std::string& name) {
  frame::Frame result;
  for (const auto& [column, values] : facts().at("tables").at(name).items()) {
    if (values.is_array()) {
      result.add(column, frame::Numeric{values.get<Values>()});
    } else {
      result.add(column, frame::Factor{values.at("codes").get<std::vector<std::int32_t>>(),
                                       values.at("levels").get<std::vector<std::string>>()});
    }
  }
  return result;
}

std::vector<std::string> names(const DesignPart& part) {
  std::vector<std::string> all;
  for (const auto& column : part.columns) all.push_back(column.name);
  return all;
}

void expect_close(const Values& found, const Values& expected, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i], expected[i], 1e-12 * std::max(1.0, std::fabs(expected[i]))) << what << ", row " << i + 1;
  }
}

// `values` has one array a column.
void expect_columns(const DesignPart& part, const frame::Frame& coded, const json& values) {
  ASSERT_EQ(part.columns.size(), values.size());
  for (std::size_t c = 0; c < part.columns.size(); ++c) {
    const DesignColumn& column = part.columns[c];
    const Values found = column.data.empty() ? Values(values[c].size(), 1.0) : coded.numeric(column.data).copy();
    expect_close(found, values[c].get<Values>(), column.name);
  }
}

struct Fact {
  explicit Fact(const json& as_stored)
      : stored(as_stored),
        name(stored.at("formula").get<std::string>()),
        rows(table(stored.at("table").get<std::string>())),
        coding(
            Coding::learn(formula::parse(name), rows, stored.value("contrasts", std::vector<std::string>{}), &coded)) {}

  const json& stored;
  std::string name;
  frame::Frame rows;
  frame::Frame coded;
  Coding coding;
};

TEST(Facts, are_many) { EXPECT_GE(facts().at("cases").size(), 90U); }

TEST(Facts, fixed_columns_and_response) {
  for (const json& one : facts().at("cases")) {
    const Fact fact(one);
    SCOPED_TRACE(fact.name);
    EXPECT_EQ(names(fact.coding.fixed()), one.at("columns").get<std::vector<std::string>>());
    expect_columns(fact.coding.fixed(), fact.coded, one.at("values"));
    EXPECT_EQ(fact.coding.response(), one.at("response_name"));
    expect_close(fact.coded.numeric(fact.coding.response()).copy(), one.at("response").get<Values>(), "response");
  }
}

TEST(Facts, offsets) {
  for (const json& one : facts().at("cases")) {
    const Fact fact(one);
    SCOPED_TRACE(fact.name);
    Values total(fact.rows.rows(), 0.0);
    for (const auto& offset : fact.coding.fixed().offsets) {
      for (std::size_t i = 0; i < total.size(); ++i) total[i] += fact.coded.numeric(offset)[i];
    }
    expect_close(total, one.value("offset", Values(total.size(), 0.0)), "offset");
  }
}

TEST(Facts, group_level_columns_and_levels) {
  for (const json& one : facts().at("cases")) {
    const Fact fact(one);
    SCOPED_TRACE(fact.name);
    const json expected = one.value("groups", json::array());
    ASSERT_EQ(fact.coding.groups().size(), expected.size());
    for (std::size_t g = 0; g < expected.size(); ++g) {
      const GroupPart& group = fact.coding.groups()[g];
      EXPECT_EQ(group.factor, expected[g].at("factor"));
      EXPECT_EQ(names(group.design), expected[g].at("columns").get<std::vector<std::string>>());
      expect_columns(group.design, fact.coded, expected[g].at("values"));
      EXPECT_EQ(fact.coded.factor(group.factor).levels, expected[g].at("levels").get<std::vector<std::string>>());
      EXPECT_EQ(fact.coded.factor(group.factor).codes, expected[g].at("codes").get<std::vector<std::int32_t>>());
    }
  }
}

TEST(Facts, new_rows_are_coded_as_by_predict) {
  std::size_t count = 0;
  for (const json& one : facts().at("cases")) {
    if (!one.contains("fresh")) continue;
    const Fact fact(one);
    SCOPED_TRACE(fact.name);
    const Coding back = Coding::from_json(json::parse(fact.coding.to_json().dump()));
    expect_columns(back.fixed(), back.apply(table("fresh")), one.at("fresh"));
    ++count;
  }
  EXPECT_GE(count, 10U);
}

}  // namespace
}  // namespace woodbury::design
