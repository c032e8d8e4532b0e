// Options as they were written: texts, read strictly and alike for every door. What cannot be read is a usage error,
// what is out of range an input error, and messages call an option as it was written.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace woodbury::fit {

/// Texts by option, called `--target-accept` or `target_accept`. The last text counts, or all where an option may be
/// repeated; an option without a text is as good as absent.
using Written = std::map<std::string, std::vector<std::string>>;

/// A whole number of at least `least` (and at most `most`).
[[nodiscard]] std::uint64_t whole(const std::string& option, const std::string& text, std::uint64_t least,
                                  std::uint64_t most);
/// A finite number.
[[nodiscard]] double number(const std::string& option, const std::string& text);
/// The place of `text` in a list of "a|b|c".
[[nodiscard]] std::size_t choice(const std::string& option, const std::string& text, std::string_view list);
/// "a|b|c" as its parts.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

/// Reads options by their plain names, `target_accept`.
class Reader {
 public:
  explicit Reader(const Written& written);

  [[nodiscard]] bool has(const std::string& name) const { return options_.contains(name); }
  /// The option as it was written.
  [[nodiscard]] std::string called(const std::string& name) const;
  /// Empty where it is absent.
  [[nodiscard]] std::vector<std::string> all(const std::string& name) const;
  [[nodiscard]] std::string last(const std::string& name) const;
  [[nodiscard]] std::optional<std::size_t> choice(const std::string& name, std::string_view list) const;
  /// `target` stays as it is where the option is absent.
  template <class Number>
  void whole(const std::string& name, Number& target, std::uint64_t least, std::uint64_t most) const {
    if (has(name)) target = static_cast<Number>(fit::whole(called(name), last(name), least, most));
  }
  void number(const std::string& name, double& target) const;
  /// Strictly between 0 and 1.
  void probability(const std::string& name, double& target) const;

 private:
  struct Option {
    std::string called;
    std::vector<std::string> texts;
  };

  std::map<std::string, Option> options_;
};

}  // namespace woodbury::fit
