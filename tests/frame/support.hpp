// What the tests of frame share: expected errors, scratch files, gzip.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include <gtest/gtest.h>
#include <zlib.h>

#include "woodbury/base/base.hpp"
#include "woodbury/frame/frame.hpp"

namespace woodbury::frame {

/// The error that the call throws, as the user sees it; "no error" where it throws none.
template <class Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::input);
    return error.describe();
  }
  return "no error";
}

/// A file that is gone when the test is over.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& suffix, const std::string& content = {}) {
    static int count = 0;
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = testing::TempDir() + "woodbury-" + test->name() + "-" + std::to_string(::getpid()) + "-" +
            std::to_string(count++) + suffix;
    std::ofstream(path_, std::ios::binary) << content;
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// One gzip member.
inline std::string gzip(std::string text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// The labels of a factor's rows; "<missing>" for missing ones.
inline std::vector<std::string> labels(const Factor& factor) {
  std::vector<std::string> result;
  for (const auto code : factor.codes) result.push_back(code < 0 ? "<missing>" : factor.levels.at(code));
  return result;
}

}  // namespace woodbury::frame
