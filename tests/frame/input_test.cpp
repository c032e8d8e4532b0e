// Files: plain and gzip, their digests, inputs that can be read only once.
#include <sys/stat.h>

#include <thread>

#include "tests/frame/support.hpp"
#include "woodbury/frame/input.hpp"

namespace woodbury::frame {
namespace {

std::string digest_of(const std::string& text) {
  Sha256 digest;
  digest.update(std::span(text).first(text.size() / 3));
  digest.update(std::span(text).subspan(text.size() / 3));
  return digest.finish();
}

// The values of FIPS 180-4's examples.
TEST(Sha256, AgreesWithTheStandard) {
  EXPECT_EQ(digest_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(ReadCsv, RecordsItsSource) {
  const ScratchFile file(".csv", "a,b\n01,2\nx,4\n");  // a needs two passes
  const Frame frame = read_csv(file.path());
  EXPECT_EQ(frame.source.path, file.path());
  EXPECT_EQ(frame.source.rows, 2U);
  EXPECT_EQ(frame.source.sha256, digest_of("a,b\n01,2\nx,4\n"));
}

// tests/data/README.md says what the table holds; yield's sum is awk's.
TEST(ReadCsv, ReadsTheBarleyTrial) {
  const Frame frame = read_csv(WOODBURY_TEST_DATA "/barley.csv");
  ASSERT_EQ(frame.rows(), 120U);
  EXPECT_EQ(frame.names(), (std::vector<std::string>{"yield", "variety", "year", "site"}));
  EXPECT_EQ(frame.factor("variety").levels.size(), 10U);
  EXPECT_EQ(frame.factor("site").levels,
            (std::vector<std::string>{"Crookston", "Duluth", "Grand Rapids", "Morris", "University Farm", "Waseca"}));
  EXPECT_EQ(to_factor(frame.numeric("year")).levels, (std::vector<std::string>{"1931", "1932"}));
  double sum = 0;
  for (const double yield : frame.numeric("yield")) sum += yield;
  EXPECT_NEAR(sum, 4130.46664, 1e-9);
}

TEST(ReadCsv, KnowsGzipByItsContent) {
  const std::string stored = gzip("id,x\n01,1\n1,2\n") + gzip("") + gzip("two,3\n") + std::string(512, '\0');
  const ScratchFile file(".csv", stored);
  const Frame frame = read_csv(file.path());
  EXPECT_EQ(labels(frame.factor("id")), (std::vector<std::string>{"01", "1", "two"}));
  EXPECT_EQ(frame.numeric("x"), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(frame.source.sha256, digest_of(stored));
}

TEST(ReadCsv, LargeGzipComesWhole) {
  std::string text = "i,g\n";
  for (int row = 0; row < 300000; ++row) text += std::to_string(row) + ",g" + std::to_string(row % 7) + "\n";
  const ScratchFile file(".csv.gz", gzip(text));
  const Frame frame = read_csv(file.path());
  ASSERT_EQ(frame.rows(), 300000U);
  for (std::size_t row = 0; row < frame.rows(); row += 997)
    ASSERT_EQ(frame.numeric("i")[row], static_cast<double>(row));
  EXPECT_EQ(frame.factor("g").levels.size(), 7U);
}

// Gives the text to a reader of a named pipe.
std::string read_pipe(const std::string& text, Frame& frame) {
  const ScratchFile place(".fifo");
  std::filesystem::remove(place.path());
  EXPECT_EQ(::mkfifo(place.path().c_str(), 0600), 0);
  const std::jthread writer([&] { std::ofstream(place.path(), std::ios::binary) << text; });
  return error_of([&] { frame = read_csv(place.path()); });
}

TEST(ReadCsv, ReadsAPipeOnce) {
  Frame frame;
  EXPECT_EQ(read_pipe("a,b\n1,x\n2,y\n", frame), "no error");
  EXPECT_EQ(frame.numeric("a"), (std::vector<double>{1, 2}));
  const std::string error = read_pipe("a,b\n1,x\nz,y\n", frame);
  EXPECT_NE(error.find("begins with numbers and goes on with text, and the input cannot be read twice; declare `a` a "
                       "factor, or give a file"),
            std::string::npos)
      << error;
}

}  // namespace
}  // namespace woodbury::frame
