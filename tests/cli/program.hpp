// Runs the built program in a child process, as a user would, and keeps what it says.
#pragma once

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace woodbury::cli {

struct Outcome {
  int status = -1;  ///< exit status; minus the signal where one ended the program
  std::string out, err;
};

struct Setting {
  bool terminal = false;                                           ///< standard error is a (pseudo-)terminal
  std::string interrupt_at;                                        ///< SIGINT once standard error has said this
  std::vector<std::pair<std::string, std::string>> environment{};  ///< on top of ours
};

/// The child's side: never returns.
[[noreturn]] inline void become_program(const std::vector<std::string>& words, const Setting& setting, int out,
                                        int err) {
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  unsetenv("NO_COLOR");
  setenv("TERM", "xterm", 1);
  for (const auto& [name, value] : setting.environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments{const_cast<char*>("woodbury")};
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(WOODBURY_PROGRAM, arguments.data());
  _exit(127);
}

/// Whether this system has pseudo-terminals; a bare chroot without /dev/pts has none.
inline bool has_terminals() {
  int master = -1, slave = -1;
  if (openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) return false;
  close(master);
  close(slave);
  return true;
}

/// Reads what is there; false at the end of the stream (on a terminal: EIO).
inline bool read_some(int descriptor, std::string& text) {
  char buffer[4096];
  const auto count = read(descriptor, buffer, sizeof buffer);
  if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

inline Outcome run_program(const std::vector<std::string>& words, const Setting& setting = {}) {
  int out[2], err[2];
  EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
  if (setting.terminal) {
    if (openpty(&err[0], &err[1], nullptr, nullptr, nullptr) != 0) throw std::runtime_error("openpty failed");
  } else {
    EXPECT_EQ(pipe2(err, O_CLOEXEC), 0);
  }
  const pid_t child = fork();
  if (child == 0) become_program(words, setting, out[1], err[1]);
  close(out[1]);
  close(err[1]);

  Outcome outcome;
  bool out_open = true, err_open = true, interrupted = setting.interrupt_at.empty();
  while (out_open || err_open) {
    pollfd both[2]{{out_open ? out[0] : -1, POLLIN, 0}, {err_open ? err[0] : -1, POLLIN, 0}};
    if (poll(both, 2, 120'000) <= 0) {
      ADD_FAILURE() << "the program said nothing for two minutes";
      kill(child, SIGKILL);
      break;
    }
    if (both[0].revents != 0) out_open = read_some(out[0], outcome.out);
    if (both[1].revents != 0) err_open = read_some(err[0], outcome.err);
    if (!interrupted && outcome.err.find(setting.interrupt_at) != std::string::npos) {
      interrupted = true;
      kill(child, SIGINT);
    }
  }
  close(out[0]);
  close(err[0]);
  int status = 0;
  waitpid(child, &status, 0);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return outcome;
}

/// A folder of its own for a test, gone afterwards.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "woodbury-cli-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }
  /// Writes a file and returns its path.
  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path(name);
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      found.push_back(entry.path().filename().string());
    return found;
  }

 private:
  std::filesystem::path path_;
};

inline std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A small table: 6 groups of 5 rows, a slope on x and an intercept for each group; `f` has two levels.
inline std::string small_table() {
  std::string text = "y,x,g,f\n";
  unsigned state = 12345;
  for (int row = 0; row < 30; ++row) {
    state = state * 1664525U + 1013904223U;
    const double noise = static_cast<double>(state >> 16U) / 65536.0 - 0.5;
    const int group = row / 5, x = row % 5;
    text += std::to_string(10 + 2 * group + 0.7 * x + noise) + "," + std::to_string(x) + ",g" + std::to_string(group) +
            (row % 2 == 0 ? ",a\n" : ",b\n");
  }
  return text;
}

}  // namespace woodbury::cli
