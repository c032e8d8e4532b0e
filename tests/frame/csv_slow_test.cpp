// Ten million rows of four columns, within a gibibyte of memory.
#include <sys/resource.h>

#include <chrono>

#include <fmt/format.h>

#include "tests/frame/support.hpp"

namespace woodbury::frame {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr std::size_t kRows = 10'000'000;

// y and x are numeric; g has 100 000 labels; id begins as numbers and becomes text in the last row.
void write_table(const std::string& path) {
  base::Stream stream(1, 0, 0, base::Purpose::test);
  std::ofstream out(path, std::ios::binary);
  fmt::memory_buffer buffer;
  fmt::format_to(std::back_inserter(buffer), "y,x,g,id\n");
  for (std::size_t row = 0; row < kRows; ++row) {
    const std::uint64_t bits = stream.bits();
    const bool last = row + 1 == kRows;
    fmt::format_to(std::back_inserter(buffer), "{:.3f},{},\"s{}\",{}{:03}\n",
                   static_cast<double>(bits % 1000003) / 1000, bits >> 54, (bits >> 20) % 100000, last ? "x" : "",
                   row % 1000);
    if (buffer.size() > (1U << 20) || last) {
      out.write(buffer.data(), static_cast<std::streamsize>(buffer.size()));
      buffer.clear();
    }
  }
}

TEST(SlowCsv, TenMillionRowsFitIntoAGibibyte) {
  const ScratchFile file(".csv");
  write_table(file.path());
  const auto start = std::chrono::steady_clock::now();
  const Frame frame = read_csv(file.path());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double peak = static_cast<double>(usage.ru_maxrss) / 1024;
  const double size = static_cast<double>(std::filesystem::file_size(file.path())) / 1e6;
  fmt::print("{:.0f} MB in {:.2f} s: {:.0f} MB/s; peak of the process {:.0f} MiB\n", size, seconds.count(),
             size / seconds.count(), peak);
  ASSERT_EQ(frame.rows(), kRows);
  EXPECT_EQ(frame.factor("g").levels.size(), 100000U);
  EXPECT_EQ(frame.factor("id").levels.size(), 1001U);
  EXPECT_EQ(frame.factor("id").levels.front(), "000");
  if (!kSanitized) {
    EXPECT_LT(peak, 1024);
  }
}

}  // namespace
}  // namespace woodbury::frame
