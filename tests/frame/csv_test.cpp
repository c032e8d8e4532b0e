// CSV in the dialects that R, pandas and spreadsheets write.
#include <cmath>
#include <limits>

#include "tests/frame/support.hpp"
#include "woodbury/frame/csv.hpp"

namespace woodbury::frame {
namespace {

using Codes = std::vector<std::int32_t>;
using Strings = std::vector<std::string>;
using Numbers = std::vector<double>;

// What R 4.2 wrote: write.csv(data.frame(g = c("a\"b", "c,d", NA), x = c(1e5, NA, -0.5), l = c(TRUE, FALSE, NA)))
TEST(Csv, ReadsWhatRWrites) {
  const Frame frame =
      parse_csv("\"\",\"g\",\"x\",\"l\"\n\"1\",\"a\"\"b\",1e+05,TRUE\n\"2\",\"c,d\",NA,FALSE\n\"3\",NA,-0.5,NA\n");
  EXPECT_EQ(frame.names(), (Strings{"g", "x", "l"}));
  EXPECT_EQ(frame.rows(), 3U);
  EXPECT_EQ(frame.source.rows, 3U);
  EXPECT_EQ(labels(frame.factor("g")), (Strings{"a\"b", "c,d", "<missing>"}));
  EXPECT_EQ(frame.numeric("x")[0], 1e5);
  EXPECT_TRUE(std::isnan(frame.numeric("x")[1]));
  EXPECT_EQ(frame.numeric("x")[2], -0.5);
  EXPECT_EQ(frame.factor("l").levels, (Strings{"FALSE", "TRUE"}));
  EXPECT_EQ(frame.factor("l").codes, (Codes{1, 0, -1}));
}

TEST(Csv, RowNamesAreReadWhenAskedFor) {
  const Frame frame = parse_csv("\"\",\"x\"\n\"one\",1\n\"two\",2\n", {.columns = {"", "x"}, .types = {}});
  EXPECT_EQ(labels(frame.factor("")), (Strings{"one", "two"}));
  EXPECT_EQ(frame.numeric("x"), (Numbers{1, 2}));
}

// What pandas writes for DataFrame({"s": ["x", None], "v": [1.0, nan], "t": ["", "line\nbreak"]}), with its index.
TEST(Csv, ReadsWhatPandasWrites) {
  const Frame frame = parse_csv(",s,v,t\n0,x,1.0,\"\"\n1,,,\"line\nbreak\"\n");
  EXPECT_EQ(frame.names(), (Strings{"s", "v", "t"}));
  EXPECT_EQ(frame.factor("s").codes, (Codes{0, -1}));
  EXPECT_EQ(frame.numeric("v")[0], 1.0);
  EXPECT_TRUE(std::isnan(frame.numeric("v")[1]));
  EXPECT_EQ(labels(frame.factor("t")), (Strings{"<missing>", "line\nbreak"}));
}

TEST(Csv, ReadsWhatSpreadsheetsWrite) {
  const Frame frame = parse_csv("\xEF\xBB\xBF\"Größe, cm\",Ort\r\n1.5,\"Köln \"\"Süd\"\"\"\r\n2,\r\n,\r\n\r\n");
  EXPECT_EQ(frame.names(), (Strings{"Größe, cm", "Ort"}));
  EXPECT_EQ(frame.rows(), 3U);
  EXPECT_EQ(labels(frame.factor("Ort")), (Strings{"Köln \"Süd\"", "<missing>", "<missing>"}));
}

TEST(Csv, TakesAnyLineEnd) {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    for (const bool last : {true, false}) {
      const std::string e = end;
      const Frame frame = parse_csv("a,b" + e + "1,x" + e + "2,y" + (last ? e : ""));
      EXPECT_EQ(frame.numeric("a"), (Numbers{1, 2}));
      EXPECT_EQ(labels(frame.factor("b")), (Strings{"x", "y"}));
    }
  }
}

TEST(Csv, SkipsEmptyLinesButNotEmptyFields) {
  const Frame frame = parse_csv("\n\na\n1\n\n\"\"\n  \n3\n\n");
  ASSERT_EQ(frame.rows(), 3U);
  EXPECT_TRUE(std::isnan(frame.numeric("a")[1]));
}

TEST(Csv, KeepsQuotesInsideAFieldAndLineEndsInsideQuotes) {
  const Frame frame = parse_csv("a,b\nit\"s,\"x\r\ny\"\n5\" pipe,\"\"\"\"\n");
  EXPECT_EQ(labels(frame.factor("a")), (Strings{"it\"s", "5\" pipe"}));
  EXPECT_EQ(labels(frame.factor("b")), (Strings{"x\r\ny", "\""}));
}

TEST(Csv, TrimsNamesAndNumbersButNoLabels) {
  const Frame frame = parse_csv("a , b,\" c\"\n 1 , x,y \n2,\"x\" ,z\n");
  EXPECT_EQ(frame.names(), (Strings{"a", "b", " c"}));
  EXPECT_EQ(frame.numeric("a"), (Numbers{1, 2}));
  EXPECT_EQ(labels(frame.factor("b")), (Strings{" x", "x"}));
  EXPECT_EQ(labels(frame.factor(" c")), (Strings{"y ", "z"}));
}

TEST(Csv, InfersTypes) {
  const Frame frame = parse_csv("n,q,t,m,late\n1e5,\"2\",1,NA,NA\n-.5,\"3\",x,,\nInf,NA,2,NaN,z\n");
  EXPECT_EQ(frame.numeric("n"), (Numbers{1e5, -0.5, std::numeric_limits<double>::infinity()}));
  EXPECT_TRUE(frame.is_numeric("q"));
  EXPECT_TRUE(frame.is_factor("t"));
  EXPECT_TRUE(frame.is_numeric("m"));
  EXPECT_EQ(frame.factor("late").codes, (Codes{-1, -1, 0}));
}

TEST(Csv, ATextAfterNumbersLeavesTheNumbersTextsIntact) {
  const Frame frame = parse_csv("id,x,j\n01,1,a\n1.0,2,b\nNA,3,a\n1e2,4,b\n B7,5,a\n01,6,b\n");
  EXPECT_EQ(frame.names(), (Strings{"id", "x", "j"}));
  EXPECT_EQ(labels(frame.factor("id")), (Strings{"01", "1.0", "<missing>", "1e2", " B7", "01"}));
  EXPECT_EQ(frame.numeric("x"), (Numbers{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(frame.source.rows, 6U);
}

TEST(Csv, DeclaredTypesWin) {
  const CsvOptions options{.columns = {}, .types = {{"id", ColumnType::factor}, {"y", ColumnType::numeric}}};
  const Frame frame = parse_csv("id,y\n10,NA\n9,\n010,NaN\nNA,1\n", options);
  EXPECT_EQ(frame.factor("id").levels, (Strings{"9", "010", "10"}));
  EXPECT_EQ(frame.factor("id").codes, (Codes{2, 0, 1, -1}));
  EXPECT_EQ(frame.numeric("y")[3], 1);
}

TEST(Csv, ReadsOnlyWhatIsAskedFor) {
  const Frame frame = parse_csv("a,b,b,c\n1,2,3,x\n", {.columns = {"c", "a"}, .types = {}});
  EXPECT_EQ(frame.names(), (Strings{"a", "c"}));
}

TEST(Csv, FieldsMayBeLongerThanAChunk) {
  const std::string text(3 << 20, 'x');
  const Frame frame = parse_csv("a,b\n\"" + text + "\",1\n\"" + text + "\n\",2\n");
  EXPECT_EQ(frame.factor("a").levels.at(0).size(), text.size());
  EXPECT_EQ(frame.factor("a").levels.at(1).size(), text.size() + 1);
}

}  // namespace
}  // namespace woodbury::frame
