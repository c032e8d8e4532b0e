// What is wrong with a table, in one sentence each, with file, line and value.
#include "tests/frame/support.hpp"

namespace woodbury::frame {
namespace {

std::string csv_error(const std::string& text, const CsvOptions& options = {}) {
  return error_of([&] { static_cast<void>(parse_csv(text, options, "t.csv")); });
}

std::string file_error(const std::string& path) {
  return error_of([&] { static_cast<void>(read_csv(path)); });
}

TEST(CsvError, MissingFileNamesTheNearest) {
  const ScratchFile file("-sleepstudy.csv", "a\n1\n");
  const std::string wrong = file.path().substr(0, file.path().size() - 5) + "vv";
  EXPECT_EQ(file_error(wrong), "there is no file `" + wrong + "`; did you mean `" + file.path() + "`?");
  EXPECT_EQ(file_error("/no/such/folder/x.csv"), "there is no file `/no/such/folder/x.csv`");
}

TEST(CsvError, Folder) {
  EXPECT_EQ(file_error(testing::TempDir()), "`" + testing::TempDir() + "` is a folder; a CSV file is needed");
}

TEST(CsvError, NothingInIt) {
  for (const char* text : {"", "\n\n", "\xEF\xBB\xBF", "   \n"}) EXPECT_EQ(csv_error(text), "`t.csv` is empty");
  EXPECT_EQ(csv_error("a,b\n"), "`t.csv` has a header and no rows");
  EXPECT_EQ(csv_error("a,b"), "`t.csv` has a header and no rows");
  EXPECT_EQ(csv_error("a,b\n\n"), "`t.csv` has a header and no rows");
}

TEST(CsvError, RaggedRowNamesItsLine) {
  EXPECT_EQ(csv_error("a,b,c\n1,2,3\n1,2\n"), "t.csv, line 3: 2 fields where the header has 3");
  EXPECT_EQ(csv_error("a,b\n\"x\ny\r\nz\",1\n\n1\n"), "t.csv, line 6: 1 field where the header has 2");
  EXPECT_EQ(csv_error("a,b\r1,2\r1,2,3\r"), "t.csv, line 3: 3 fields where the header has 2");
  EXPECT_EQ(csv_error("x,y\n\"1\",2,3\n"),
            "t.csv, line 2: 3 fields where the header has 2; if the first column holds row names, give it a name in "
            "the header");
}

TEST(CsvError, TextWhereNumbersWereDeclared) {
  EXPECT_EQ(csv_error("a,RT\nx,1\ny,fast\n", {.columns = {}, .types = {{"RT", ColumnType::numeric}}}),
            "t.csv, line 3: `fast` in column `RT` is not a number; declare `RT` a factor, or correct the value");
}

TEST(CsvError, Names) {
  EXPECT_EQ(csv_error("Days,Subject\n1,2\n", {.columns = {"Day"}, .types = {}}),
            "`t.csv` has no column `Day`; did you mean `Days`?");
  EXPECT_EQ(csv_error("Days,Subject\n1,2\n", {.columns = {}, .types = {{"subject", ColumnType::factor}}}),
            "`t.csv` has no column `subject`; did you mean `Subject`?");
  EXPECT_EQ(csv_error("a;b\n1;2\n", {.columns = {"a"}, .types = {}}),
            "`t.csv` has no column `a`; its header has no commas: columns are separated by commas, not `;` or tabs");
  EXPECT_EQ(csv_error("a,b,a\n1,2,3\n"), "`t.csv` has more than one column `a`; rename one of them");
  EXPECT_EQ(csv_error("a,b,a\n1,2,3\n", {.columns = {"b"}, .types = {}}), "no error");
}

TEST(CsvError, QuotesThatDoNotMatch) {
  EXPECT_EQ(csv_error("a,b\n1,x\n2,\"open\n3,y\n"), "t.csv, line 3: a quote is opened here and never closed");
  EXPECT_EQ(csv_error("a,b\n\"l\n\n\",\"open"), "t.csv, line 4: a quote is opened here and never closed");
  EXPECT_EQ(csv_error("a,b\n1,x\n2,\"in \"the\" middle\"\n"),
            "t.csv, line 3: text follows the quoted field `in `; within quotes, a quote is written twice");
  EXPECT_TRUE(
      csv_error("a\n\"" + std::string(80 << 20, 'x')).starts_with("t.csv, line 2: a record of more than 64 MiB"));
}

TEST(CsvError, OtherFormats) {
  using namespace std::string_literals;
  EXPECT_EQ(csv_error("a,b\n1,2\n1,\0\n"s),
            "t.csv, line 3: a zero byte: this is not a text file; data are read as CSV in UTF-8, plain or gzip");
  EXPECT_EQ(csv_error("PK\x03\x04xl/worksheets"),
            "`t.csv` is a spreadsheet or an archive, not CSV; save the sheet as CSV in UTF-8");
  EXPECT_EQ(csv_error("\xFF\xFE\x61\0"s), "`t.csv` is UTF-16; save it as CSV in UTF-8");
  EXPECT_EQ(csv_error("a,b\n1,x\n2,caf\xE9\n"),
            "t.csv, line 3: `caf?` in column `b` is not UTF-8; save the file in UTF-8");
  EXPECT_EQ(csv_error("gr\xF6\xDF"
                      "e,b\n1,2\n"),
            "t.csv, line 1: the column name `gr??e` is not UTF-8; save the file in UTF-8");
}

TEST(CsvError, ZeroByteFarIntoTheFile) {
  std::string text = "a,b\n";
  for (int row = 0; row < 400000; ++row) text += "1.25,x\n";
  EXPECT_TRUE(csv_error(text + std::string("1,\0\n", 4)).starts_with("t.csv, line 400002: a zero byte"));
}

TEST(CsvError, DamagedGzip) {
  const std::string whole = gzip("a,b\n1,2\n3,4\n");
  EXPECT_EQ(csv_error(whole), "no error");
  EXPECT_EQ(csv_error(whole.substr(0, whole.size() - 9)), "`t.csv` is cut short: its gzip data do not come to an end");
  std::string flipped = whole;
  flipped[flipped.size() - 6] ^= 1;  // in the checksum
  EXPECT_TRUE(csv_error(flipped).starts_with("the gzip data of `t.csv` are damaged"));
  EXPECT_TRUE(csv_error(whole + "rubbish").starts_with("the gzip data of `t.csv` are damaged"));
}

}  // namespace
}  // namespace woodbury::frame
