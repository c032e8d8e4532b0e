// A directory of a test's own that goes with it, and looks at files.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace woodbury::store {

class Temporary {
 public:
  Temporary() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("woodbury-store-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    std::filesystem::create_directory(path_);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  /// Names of everything in the directory, hidden files too.
  [[nodiscard]] std::set<std::string> names() const { return names_in(path_); }

  static std::set<std::string> names_in(const std::filesystem::path& path) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path)) names.insert(entry.path().filename().string());
    return names;
  }

 private:
  std::filesystem::path path_;
};

inline std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path, std::ios::binary);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

}  // namespace woodbury::store
