// Bars by cursor movements, plain lines by quarters.
#include "woodbury/cli/progress.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace woodbury::cli {

namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : value;
}

std::size_t terminal_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

std::string in_words(double seconds) {
  if (seconds < 60) return fmt::format("{:.0f} s", seconds);
  if (seconds < 3600) return fmt::format("{:.0f} min {:.0f} s", std::floor(seconds / 60), std::fmod(seconds, 60));
  return fmt::format("{:.0f} h {:.0f} min", std::floor(seconds / 3600), std::fmod(seconds, 3600) / 60);
}

}  // namespace

bool stderr_is_terminal() { return isatty(STDERR_FILENO) != 0 && environment("TERM") != "dumb"; }
bool stderr_has_colour() { return stderr_is_terminal() && environment("NO_COLOR").empty(); }

ProgressView::ProgressView(std::size_t chains)
    : chains_(chains), terminal_(stderr_is_terminal()), start_(std::chrono::steady_clock::now()) {}

double ProgressView::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void ProgressView::update(const nuts::Progress& progress) {
  const std::lock_guard lock(mutex_);
  if (progress.total != total_) {
    total_ = progress.total;
    quarters_ = 0;
    std::ranges::fill(chains_, ChainState{});
  }
  chains_[progress.chain] = {progress.iteration, progress.divergences, progress.warming_up};
  if (!terminal_) return print_line();
  const auto now = std::chrono::steady_clock::now();
  if (now - last_draw_ < std::chrono::milliseconds(100)) return;
  last_draw_ = now;
  draw_bars();
}

void ProgressView::finish() {
  const std::lock_guard lock(mutex_);
  if (terminal_) draw_bars();
}

/// "chain 1 [#####-----]  812/2000 warm-up · 3 divergences · 12 s left"
std::string ProgressView::bar(std::size_t chain, std::size_t columns) const {
  const ChainState& state = chains_[chain];
  const double share = total_ == 0 ? 1 : static_cast<double>(state.iteration) / static_cast<double>(total_);
  std::string tail = fmt::format(" {:>{}}/{} {}", state.iteration, std::to_string(total_).size(), total_,
                                 state.warming_up ? "warm-up " : "sampling");
  if (state.divergences > 0) tail += fmt::format(", {} divergences", state.divergences);
  if (share > 0 && share < 1) tail += fmt::format(", {} left", in_words(seconds() * (1 - share) / share));
  const std::string head = fmt::format("chain {} ", chain + 1);
  const std::size_t used = head.size() + tail.size() + 3;
  const std::size_t width = columns > used ? std::min<std::size_t>(columns - used, 30) : 0;
  const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
  const bool colour = stderr_has_colour();
  const std::string shown = width < 4 ? ""
                                      : fmt::format("[{}{}{}{}]", colour ? "\x1b[32m" : "", std::string(full, '#'),
                                                    colour ? "\x1b[0m" : "", std::string(width - full, '-'));
  return head + shown + tail.substr(0, columns > head.size() ? columns - head.size() - 1 : 0);
}

void ProgressView::draw_bars() {
  // Chains that a terminal has no lines for would scroll; 16 say enough.
  const std::size_t shown = std::min<std::size_t>(chains_.size(), 16);
  std::string text = drawn_ ? fmt::format("\x1b[{}A", shown) : "";
  const std::size_t columns = terminal_columns();
  for (std::size_t chain = 0; chain < shown; ++chain) text += "\r\x1b[K" + bar(chain, columns) + "\n";
  drawn_ = true;
  print(text);
}

void ProgressView::print_line() {
  std::size_t done = 0, divergences = 0;
  for (const auto& chain : chains_) {
    done += chain.iteration;
    divergences += chain.divergences;
  }
  const std::size_t all = total_ * chains_.size();
  const std::size_t quarters = all == 0 ? 4 : 4 * done / all;
  if (quarters <= quarters_) return;
  quarters_ = quarters;
  print(fmt::format("{:3} % of {} iterations, {} divergences, {}\n", 25 * quarters, all, divergences,
                    in_words(seconds())));
}

}  // namespace woodbury::cli
