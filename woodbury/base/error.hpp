// Errors of the user: what was wrong, where, and what would be right. Bugs are assertions.
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>

namespace woodbury::base {

/// A place in a text the user wrote (a formula, a prior): `text` whole, `begin` and `end` in bytes from 0.
struct Place {
  std::string text;
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// What the command line's exit status tells apart.
enum class ErrorKind {
  input,        ///< data, formula, prior or any other value is wrong: exit 1
  usage,        ///< an unknown option or an unparseable value: exit 2
  sampling,     ///< the sampler could not run: exit 3
  interrupted,  ///< the user stopped it: exit 130
};

/// An error a user can act on. `what()` is the sentence; `describe()` adds the caret and the suggestion.
class Error : public std::runtime_error {
 public:
  explicit Error(std::string message, std::optional<Place> place = {}, std::string suggestion = {},
                 ErrorKind kind = ErrorKind::input);

  [[nodiscard]] const std::optional<Place>& place() const noexcept { return place_; }
  [[nodiscard]] const std::string& suggestion() const noexcept { return suggestion_; }
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

  /// The sentence, the suggestion after a semicolon, and below it the text with a caret line where a place is known:
  ///     no column `Day`; did you mean `Days`?
  ///       Reaction ~ Day + (Days | Subject)
  ///                  ^~~
  [[nodiscard]] std::string describe() const;

 private:
  std::optional<Place> place_;
  std::string suggestion_;
  ErrorKind kind_;
};

/// Throws std::logic_error with the place in the source: a rule of our own was broken.
[[noreturn]] void bug(const char* expression, const char* file, int line);

}  // namespace woodbury::base

/// A rule of ours that holds unless there is a bug; cheap enough to stay in releases.
#define WOODBURY_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::woodbury::base::bug(#expression, __FILE__, __LINE__))
