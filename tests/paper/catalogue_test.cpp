// The catalogue itself: every entry binds, and has the published number of dimensions before and after integration.
#include <set>

#include <gtest/gtest.h>

#include "tests/paper/catalogue.hpp"

namespace woodbury::paper {
namespace {

class Catalogue : public testing::TestWithParam<std::string> {};

TEST_P(Catalogue, has_the_published_dimensions) {
  const Entry& entry = find(GetParam());
  WOODBURY_NEEDS_TABLE(entry);
  plan::Options none;
  none.integrate = "none";
  const fit::Prepared prepared = prepare(entry, none);
  EXPECT_EQ(prepared.plan.declared_dims, entry.declared_dims);
  EXPECT_EQ(prepared.plan.sampled_dims, entry.declared_dims);
  EXPECT_EQ(prepared.dropped_rows, 0U);
  for (std::size_t i = 0; i < entry.factors.size(); ++i) {
    plan::Options one;
    one.integrate = entry.effects(i);
    const fit::Prepared with_one = prepare(entry, one);
    EXPECT_EQ(with_one.plan.sampled_dims, entry.sampled_dims[i]) << one.integrate;
    EXPECT_EQ(with_one.plan.declared_dims, entry.declared_dims);
  }
}

TEST_P(Catalogue, integrates_a_factor_by_itself) {
  const Entry& entry = find(GetParam());
  WOODBURY_NEEDS_TABLE(entry);
  const fit::Prepared prepared = prepare(entry, {});
  std::size_t factors = 0;
  for (std::size_t i = 0; i < entry.factors.size(); ++i)
    factors += prepared.plan.integrated.count(prepared.plan.model.find(entry.effects(i)));
  EXPECT_GT(factors, 0U) << prepared.plan.line();
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Entry& entry : catalogue()) result.push_back(entry.name);
  return result;
}

INSTANTIATE_TEST_SUITE_P(Models, Catalogue, testing::ValuesIn(names()),
                         [](const testing::TestParamInfo<std::string>& parameter) { return parameter.param; });

TEST(CatalogueNames, are_found_and_unique) {
  const std::set<std::string> unique = [] {
    const auto all = names();
    return std::set<std::string>(all.begin(), all.end());
  }();
  EXPECT_EQ(unique.size(), catalogue().size());
  for (const Entry& entry : catalogue()) EXPECT_EQ(entry.sampled_dims.size(), entry.factors.size()) << entry.name;
  try {
    static_cast<void>(find("dilonE1"));
    FAIL() << "no error";
  } catch (const base::Error& error) {
    EXPECT_NE(error.suggestion().find("dillonE1"), std::string::npos);
  }
}

}  // namespace
}  // namespace woodbury::paper
