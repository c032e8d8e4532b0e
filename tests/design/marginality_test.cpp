// R's rules of marginality as mathematics: designs of factors that respect marginality have full rank and span the
// cells of their terms.
#include <gtest/gtest.h>

#include "woodbury/design/coding.hpp"

namespace woodbury::design {
namespace {

const std::vector<std::string> kFactors = {"a", "b", "c", "d"};
const std::vector<std::size_t> kLevels = {2, 3, 2, 4};

// Every cell of the four factors once.
frame::Frame full_factorial() {
  std::vector<frame::Factor> factors(4);
  std::size_t rows = 1;
  for (const std::size_t k : kLevels) rows *= k;
  std::size_t stride = 1;
  frame::Frame table;
  for (std::size_t f = 0; f < 4; ++f) {
    for (std::size_t l = 0; l < kLevels[f]; ++l) factors[f].levels.push_back("l" + std::to_string(l));
    for (std::size_t i = 0; i < rows; ++i) {
      factors[f].codes.push_back(static_cast<std::int32_t>(i / stride % kLevels[f]));
    }
    stride *= kLevels[f];
    table.add(kFactors[f], factors[f]);
  }
  return table;
}

Eigen::MatrixXd matrix(const DesignPart& part, const frame::Frame& coded) {
  Eigen::MatrixXd x(coded.rows(), part.columns.size());
  x.setOnes();
  for (std::size_t c = 0; c < part.columns.size(); ++c) {
    if (part.columns[c].data.empty()) continue;
    const auto& values = coded.numeric(part.columns[c].data);
    x.col(static_cast<Eigen::Index>(c)) = Eigen::Map<const Eigen::VectorXd>(values.data(), x.rows());
  }
  return x;
}

std::string label(unsigned set) {
  std::string text;
  for (std::size_t f = 0; f < 4; ++f) {
    if ((set >> f & 1U) != 0) text += (text.empty() ? "" : ":") + kFactors[f];
  }
  return text;
}

// Free parameters of a term whose margins are all in the model.
std::size_t degrees(unsigned set) {
  std::size_t product = 1;
  for (std::size_t f = 0; f < 4; ++f) {
    if ((set >> f & 1U) != 0) product *= kLevels[f] - 1;
  }
  return product;
}

// A random family of terms with all their margins, in random order.
std::vector<unsigned> closed_family(base::Stream& stream) {
  std::vector<unsigned> family;
  const unsigned tops[] = {static_cast<unsigned>(1 + stream.below(15)), static_cast<unsigned>(1 + stream.below(15))};
  for (unsigned set = 1; set < 16; ++set) {
    if ((set & ~tops[0]) == 0 || (set & ~tops[1]) == 0) family.push_back(set);
  }
  for (std::size_t i = family.size(); i > 1; --i) std::swap(family[i - 1], family[stream.below(i)]);
  return family;
}

class Marginality : public testing::TestWithParam<const char*> {};

TEST_P(Marginality, gives_full_rank_and_the_right_number_of_columns) {
  const frame::Frame table = full_factorial();
  base::Stream stream(7, 0, 0, base::Purpose::test);
  for (int trial = 0; trial < 40; ++trial) {
    const auto family = closed_family(stream);
    std::string text = stream.below(2) == 0 ? "~ 1" : "~ 0";
    std::size_t expected = 1;
    for (const unsigned set : family) {
      text += " + " + label(set);
      expected += degrees(set);
    }
    SCOPED_TRACE(text);
    std::vector<std::string> contrasts;
    for (const auto& factor : kFactors) contrasts.push_back(factor + "=" + GetParam());
    frame::Frame coded;
    const Coding coding = Coding::learn(formula::parse(text), table, contrasts, &coded);
    const Eigen::MatrixXd x = matrix(coding.fixed(), coded);
    EXPECT_EQ(static_cast<std::size_t>(x.cols()), expected);
    EXPECT_EQ(Eigen::ColPivHouseholderQR<Eigen::MatrixXd>(x).rank(), x.cols());
  }
}

INSTANTIATE_TEST_SUITE_P(Codings, Marginality, testing::Values("treatment", "sum", "helmert", "poly"));

TEST(CodedColumns, same_name_for_other_codes_gets_a_column_of_its_own) {
  frame::Frame table = frame::parse_csv("y,f,g\n1,1,a\n2,2,a\n3,3,b\n4,1,b\n");
  table.add("f", frame::to_factor(table.numeric("f")));
  frame::Frame coded;
  const Coding coding = Coding::learn(formula::parse("y ~ f + (0 + f | g)"), table, {"f=sum"}, &coded);
  const DesignColumn& fixed = coding.fixed().columns.at(1);
  const DesignColumn& group = coding.groups().at(0).design.columns.at(0);
  EXPECT_EQ(fixed.name, "f1");
  EXPECT_EQ(group.name, "f1");
  EXPECT_EQ(coded.numeric(fixed.data), (std::vector<double>{1, 0, -1, 1}));
  EXPECT_EQ(coded.numeric(group.data), (std::vector<double>{1, 0, 0, 1}));
}

}  // namespace
}  // namespace woodbury::design
