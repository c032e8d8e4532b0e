// Stored bytes, from a file or from memory.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "woodbury/base/base.hpp"
#include "woodbury/frame/input.hpp"

namespace woodbury::frame {
namespace {

namespace fs = std::filesystem;

class FileBytes : public Bytes {
 public:
  explicit FileBytes(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "rb")) {
    if (file_ == nullptr) throw base::Error(fmt::format("cannot open `{}`: {}", path, reason(errno)));
    std::setvbuf(file_, nullptr, _IONBF, 0);  // reads are large: no second buffer
  }
  ~FileBytes() override { std::fclose(file_); }

  std::size_t read(char* into, std::size_t size) override {
    const std::size_t count = std::fread(into, 1, size, file_);
    if (count < size && std::ferror(file_) != 0) {
      throw base::Error(fmt::format("cannot read `{}`: {}", path_, reason(errno)));
    }
    return count;
  }

  bool rewind() override {
    std::clearerr(file_);
    return std::fseek(file_, 0, SEEK_SET) == 0;
  }

 private:
  static std::string reason(int error) { return std::generic_category().message(error); }

  std::string path_;
  std::FILE* file_;
};

class TextBytes : public Bytes {
 public:
  explicit TextBytes(std::string_view text) : text_(text) {}

  std::size_t read(char* into, std::size_t size) override {
    const std::size_t count = std::min(size, text_.size() - at_);
    if (count > 0) std::memcpy(into, text_.data() + at_, count);
    at_ += count;
    return count;
  }
  bool rewind() override {
    at_ = 0;
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// "did you mean `b.csv`?" from the names beside a path; nothing is said where the folder cannot be read.
std::string suggest_file(const fs::path& path) {
  constexpr std::size_t kMost = 1000;
  std::vector<std::string> names;
  std::error_code error;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end && names.size() < kMost;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  const std::string near = base::nearest(path.filename().string(), names);
  return near.empty() ? near : fmt::format("did you mean `{}`?", (path.parent_path() / near).string());
}

}  // namespace

std::unique_ptr<Bytes> open_file(const std::string& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status) && (!error || error == std::errc::no_such_file_or_directory)) {
    throw base::Error(fmt::format("there is no file `{}`", path), {}, suggest_file(path));
  }
  if (fs::is_directory(status)) throw base::Error(fmt::format("`{}` is a folder; a CSV file is needed", path));
  return std::make_unique<FileBytes>(path);
}

std::unique_ptr<Bytes> open_text(std::string_view text) { return std::make_unique<TextBytes>(text); }

}  // namespace woodbury::frame
