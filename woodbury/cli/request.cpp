// From words to what is asked for: the doors' common options are read by fit and answers.
#include "woodbury/cli/request.hpp"

#include <fmt/format.h>

#include "woodbury/base/base.hpp"
#include "woodbury/cli/grammar.hpp"

namespace woodbury::cli {

namespace {

Request read_values(const Written& written) {
  Request request = written.request;
  const fit::Reader read(written.options);
  const bool needs_model = request.command == "fit" || request.command == "explain" || request.command == "priors";
  if (needs_model) {
    const bool tune = request.fit.tune;
    request.fit = fit::read_options(written.options);
    request.fit.tune = tune;
    request.seed_given = read.has("seed");
  } else {
    request.question = answers::read_question(request.command, written.options);
  }
  const auto format = read.choice("format", kFormats);
  // What is simulated is a table, and rarely read by eye.
  if (request.command == "simulate" && !request.check) request.format = answers::Format::csv;
  if (format) request.format = static_cast<answers::Format>(*format);
  request.lme4 = read.choice("layout", kLayouts) == 1;
  read.whole("copies", request.copies, 1, 1'000'000);
  read.whole("refit", request.refits, 0, 1'000'000);
  if (request.command == "completions") static_cast<void>(fit::choice("completions", request.shell, kShells));
  if (needs_model && request.formula.empty() && request.model.empty())
    usage("FORMULA is missing", fmt::format("write woodbury {} 'y ~ x + (x | g)' --data FILE", request.command));
  return request;
}

}  // namespace

Request parse(int argc, const char* const* argv) {
  Written written;
  written.request.command = read_words(argc, argv, written);
  written.request.words.assign(argv, argv + argc);
  return read_values(written);
}

}  // namespace woodbury::cli
