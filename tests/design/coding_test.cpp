// Coding of small tables by hand: names, values, sharing, new data, JSON.
#include <gtest/gtest.h>

#include "woodbury/design/coding.hpp"

namespace woodbury::design {
namespace {

frame::Frame table(const std::string& csv) { return frame::parse_csv(csv); }

const char* const kTable =
    "y,x,f,g,h,b\n"
    "1,0.5,b,s1,u,TRUE\n"
    "2,1.5,a,s1,v,FALSE\n"
    "4,2.5,c,s2,u,TRUE\n"
    "8,4.0,a,s2,v,FALSE\n"
    "3,5.0,b,s3,u,FALSE\n";

Coding learn(const std::string& formula, const std::vector<std::string>& contrasts = {}, const char* csv = kTable) {
  return Coding::learn(formula::parse(formula), table(csv), contrasts);
}

std::string names(const DesignPart& part) {
  std::string out;
  for (const auto& column : part.columns) out += (out.empty() ? "" : " ") + column.name;
  return out;
}

std::vector<double> values(const Coding& coding, const DesignPart& part, std::size_t column, const char* csv = kTable) {
  return coding.apply(table(csv)).numeric(part.columns.at(column).data).copy();
}

using Values = std::vector<double>;

TEST(Coding, codes_numbers_factors_and_groups) {
  const Coding coding = learn("y ~ x * f + (x | g) + (1 | g:h)");
  EXPECT_EQ(names(coding.fixed()), "Intercept x fb fc x:fb x:fc");
  EXPECT_TRUE(coding.fixed().intercept);
  EXPECT_EQ(coding.response(), "y");
  EXPECT_EQ(values(coding, coding.fixed(), 2), (Values{1, 0, 0, 0, 1}));
  EXPECT_EQ(values(coding, coding.fixed(), 4), (Values{0.5, 0, 0, 0, 5}));
  ASSERT_EQ(coding.groups().size(), 2U);
  EXPECT_EQ(names(coding.groups()[0].design), "Intercept x");
  EXPECT_EQ(coding.groups()[0].factor, "g");
  EXPECT_EQ(coding.groups()[1].factor, "g:h");
  const frame::Frame coded = coding.apply(table(kTable));
  EXPECT_EQ(coded.factor("g").levels, (std::vector<std::string>{"s1", "s2", "s3"}));
  EXPECT_EQ(coded.factor("g:h").levels, (std::vector<std::string>{"s1_u", "s1_v", "s2_u", "s2_v", "s3_u"}));
  EXPECT_EQ(coded.factor("g:h").codes, (std::vector<std::int32_t>{0, 1, 2, 3, 4}));
}

TEST(Coding, knows_means_and_sds_of_its_columns) {
  const Coding coding = learn("y ~ x + f");
  EXPECT_EQ(coding.fixed().columns[0].data, "");
  EXPECT_DOUBLE_EQ(coding.fixed().columns[1].mean, 2.7);
  EXPECT_DOUBLE_EQ(coding.fixed().columns[1].sd, std::sqrt(13.3 / 4));
  EXPECT_DOUBLE_EQ(coding.fixed().columns[2].mean, 0.4);
}

TEST(Coding, shares_plain_columns_with_the_table) {
  const frame::Frame source = table(kTable);
  frame::Frame coded;
  const Coding coding = Coding::learn(formula::parse("y ~ x + log(x) + offset(x) + (x | g)"), source, {}, &coded);
  EXPECT_EQ(coded.share("x"), source.share("x"));
  EXPECT_EQ(coded.share("y"), source.share("y"));
  EXPECT_EQ(coded.share("g"), source.share("g"));
  EXPECT_EQ(coding.fixed().offsets, (std::vector<std::string>{"x"}));
}

TEST(Coding, marks_indicators) {
  const Coding coding = learn("y ~ 0 + f + x + (0 + b | g)");
  EXPECT_EQ(names(coding.fixed()), "fa fb fc x");
  EXPECT_TRUE(coding.fixed().columns[0].indicator);
  EXPECT_FALSE(coding.fixed().columns[3].indicator);
  EXPECT_EQ(names(coding.groups()[0].design), "bFALSE bTRUE");
  EXPECT_TRUE(coding.groups()[0].design.columns[1].indicator);
}

TEST(Coding, raw_intercept_is_a_column_of_ones_and_keeps_contrasts) {
  const Coding coding = learn("y ~ 0 + Intercept + f");
  EXPECT_EQ(names(coding.fixed()), "Intercept fb fc");
  EXPECT_TRUE(coding.fixed().raw_intercept);
  EXPECT_FALSE(coding.fixed().intercept);
  EXPECT_EQ(coding.fixed().columns[0].data, "");
}

TEST(Coding, numbers_right_of_a_bar_are_factors) {
  const Coding coding = learn("y ~ 1 + (1 | k)", {}, "y,k\n1,10\n2,9\n3,10\n");
  EXPECT_EQ(coding.apply(table("y,k\n1,10\n2,9\n3,10\n")).factor("k").levels, (std::vector<std::string>{"9", "10"}));
}

TEST(Coding, drops_levels_no_row_has) {
  frame::Frame source = table("y,z\n1,0\n2,1\n3,0\n");
  source.add("f", frame::Factor{{2, 0, 2}, {"high", "middle", "low"}});
  const Coding coding = Coding::learn(formula::parse("y ~ f + (1 | f)"), source, {});
  EXPECT_EQ(names(coding.fixed()), "Intercept flow");
  const frame::Frame coded = coding.apply(source);
  EXPECT_EQ(coded.factor("f").levels, (std::vector<std::string>{"high", "low"}));
  EXPECT_EQ(coded.factor("f").codes, (std::vector<std::int32_t>{1, 0, 1}));
}

TEST(NewData, are_coded_by_what_was_learnt) {
  const Coding coding = learn("log(y) ~ scale(x) + center(x) + f + (1 | g) + (1 | g:h)");
  const char* const fresh = "x,f,g,h\n4.0,c,s2,v\n1.0,c,s9,u\n0.5,a,s3,v\n";
  const frame::Frame coded = coding.apply(table(fresh));
  EXPECT_FALSE(coded.has("log(y)"));
  const double sd = std::sqrt(13.3 / 4);
  EXPECT_DOUBLE_EQ(coded.numeric("scale(x)")[0], (4 - 2.7) / sd);
  EXPECT_DOUBLE_EQ(coded.numeric("center(x)")[1], 1 - 2.7);
  EXPECT_EQ(coded.numeric("fc"), (Values{1, 1, 0}));
  EXPECT_EQ(coded.factor("g").codes, (std::vector<std::int32_t>{1, -1, 2}));
  EXPECT_EQ(coded.factor("g:h").codes, (std::vector<std::int32_t>{3, -1, -1}));
}

TEST(NewData, may_lack_groups_and_may_have_a_response_that_is_not_finite) {
  const Coding coding = learn("log(y) ~ x + (1 | g)");
  const frame::Frame coded = coding.apply(table("y,x\n0,4.0\n1,1.0\n"));
  EXPECT_FALSE(coded.has("g"));
  EXPECT_TRUE(std::isinf(coded.numeric("log(y)")[0]));
}

TEST(NewData, without_any_column_used_keep_their_rows) {
  EXPECT_EQ(learn("y ~ 1").apply(table("x\n1\n2\n")).rows(), 2U);
}

TEST(Json, gives_back_the_same_coding) {
  const Coding coding =
      learn("log(y) ~ poly(x, 2) * f + scale(x) + offset(b2) + (f || g/h)", {"f=sum"},
            "y,x,f,g,h,b2\n1,0.5,b,s1,u,0\n2,1.5,a,s1,v,1\n4,2.5,c,s2,u,2\n8,4.0,a,s2,v,1\n3,5.0,b,s3,u,0\n");
  const Coding back = Coding::from_json(nlohmann::json::parse(coding.to_json().dump()));
  EXPECT_EQ(back.to_json(), coding.to_json());
  EXPECT_EQ(names(back.fixed()), names(coding.fixed()));
  const frame::Frame fresh = table("x,f,g,h,b2\n9,c,s1,v,1\n0.1,b,s4,u,3\n");
  const frame::Frame one = coding.apply(fresh);
  const frame::Frame two = back.apply(fresh);
  ASSERT_EQ(one.names(), two.names());
  for (const auto& name : one.names()) {
    if (one.is_factor(name)) {
      EXPECT_EQ(one.factor(name).codes, two.factor(name).codes) << name;
    } else {
      EXPECT_EQ(one.numeric(name), two.numeric(name)) << name;
    }
  }
}

TEST(Json, that_is_no_coding_is_an_error) {
  EXPECT_THROW((void)Coding::from_json(nlohmann::json::parse(R"({"formula": "y ~ x"})")), base::Error);
}

}  // namespace
}  // namespace woodbury::design
