// The grammar of the command line: from words to what is asked for.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "woodbury/answers/answers.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::cli {

/// What the command line asks for: `fit` holds everything about the model and the sampler, `question` about answers.
struct Request {
  std::string command;  ///< fit, explain, summary, …
  std::string formula;  ///< empty with --model
  std::string model;    ///< path of a model.json; empty with a formula
  std::string data;     ///< path of the table
  std::string folder;   ///< the fit folder that is asked
  std::string shell;    ///< the shell that `completions` writes for
  answers::Format format = answers::Format::text;
  bool lme4 = false;                 ///< the summary's layout
  std::vector<std::string> folders;  ///< that `compare` reads
  std::string by = "row";            ///< what leave-one-out leaves out
  std::size_t refits = 0;
  bool pointwise = false, check = false, prior = false;
  std::size_t copies = 100;
  std::string given;  ///< path of rows that `predict` is given
  std::string out;
  fit::Options fit;
  answers::Question question;
  bool seed_given = false;  ///< of a fit
  bool overwrite = false, quiet = false, json = false, strict = false;
  std::vector<std::string> words;  ///< the command line as given
};

/// Help or the version was asked for: `what()` goes to standard output, and the exit status is 0.
struct Shown : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws Shown; or base::Error, of kind usage for an unknown option or an unparseable value, of kind input for a value
/// outside its range or list.
[[nodiscard]] Request parse(int argc, const char* const* argv);

/// An option as help and completions describe it.
struct OptionText {
  std::vector<std::string> names;  ///< --out, -o
  std::string value;               ///< FILE, DIR, N or the values it takes, joined by `|`; empty: a flag
  std::string description;
};

struct CommandText {
  std::string name, description;
  std::vector<OptionText> options;
  std::string argument;  ///< what its argument is: FORMULA, DIR, or values joined by `|`
};

[[nodiscard]] std::vector<CommandText> describe_commands();

}  // namespace woodbury::cli
