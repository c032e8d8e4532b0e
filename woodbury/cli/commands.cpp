// Each command: prepare, run, write, print; in that order, so that nothing is left behind by a failure.
#include "woodbury/cli/commands.hpp"

#include <cmath>
#include <cstdio>
#include <string_view>

#include <fmt/format.h>

#include "woodbury/base/base.hpp"
#include "woodbury/cli/completions.hpp"
#include "woodbury/cli/interrupts.hpp"
#include "woodbury/cli/progress.hpp"
#include "woodbury/cli/values.hpp"

namespace woodbury::cli {

namespace {

/// Results, and nothing else, go to standard output; a full disk is noticed.
void put(const std::string& text) {
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!whole || std::fflush(stdout) != 0) throw base::Error("the results could not be written to standard output");
}

std::string pretty(const nlohmann::json& json) { return json.dump(2) + "\n"; }

fit::Prepared prepare(const Request& request) {
  auto prepared = request.model.empty() ? fit::prepare(request.formula, request.data, request.fit)
                                        : fit::prepare_model_file(request.model, request.data, request.fit);
  if (!request.quiet)
    for (const auto& warning : prepared.warnings) say("warning", warning);
  return prepared;
}

store::Record sample(const fit::Prepared& prepared, const Request& request) {
  const auto& stop = stop_gently();
  const auto& sampler = request.fit.sampler;
  if (request.quiet) return fit::run(prepared, request.fit, {}, &stop);
  ProgressView view(sampler.chains);
  const auto update = [&view](const nuts::Progress& progress) { view.update(progress); };
  auto record = fit::run(prepared, request.fit, update, &stop);
  view.finish();
  return record;
}

bool has_draws(const store::Record& record) {
  for (const auto& chain : record.draws.chains)
    if (chain.draws > 0) return true;
  return false;
}

Status run_fit(const Request& request) {
  if (!request.out.empty()) store::check_writable(request.out, request.overwrite);
  const auto prepared = prepare(request);
  if (!request.seed_given && !request.quiet) say("seed", fmt::format("{}", request.fit.sampler.seed));
  auto record = sample(prepared, request);
  if (record.interrupted && !has_draws(record))
    throw base::Error("interrupted before the first draw; nothing is written", {}, {}, base::ErrorKind::interrupted);
  record.run["command_line"] = request.words;
  if (!request.out.empty()) store::write(request.out, record, request.overwrite);
  put(request.json ? pretty(store::summary_json(record)) : fit::summary_text(record));
  if (request.json && !request.quiet)
    for (const auto& warning : record.summary.warnings) say("warning", warning);
  if (record.interrupted) {
    say("interrupted", request.out.empty() ? "these are the draws so far" : "the draws so far are in " + request.out);
    return interrupted;
  }
  if (request.strict && !record.summary.ok()) {
    say("error", "diagnostics failed, and --strict asks for them to hold");
    return diagnostics_failed;
  }
  return done;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string csv_number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : "NA"; }

std::string summary_csv(const store::Record& record) {
  std::string text = "variable,mean,median,sd,mad,q5,q95,mcse_mean,rhat,ess_bulk,ess_tail\n";
  for (const auto& row : record.summary.parameters) {
    text += csv_field(row.variable);
    for (const double value :
         {row.mean, row.median, row.sd, row.mad, row.q5, row.q95, row.mcse_mean, row.rhat, row.ess_bulk, row.ess_tail})
      text += "," + csv_number(value);
    text += "\n";
  }
  return text;
}

Status run_summary(const Request& request) {
  const auto record = store::read(request.folder);
  if (request.format == "json")
    put(pretty(store::summary_json(record)));
  else
    put(request.format == "csv" ? summary_csv(record) : fit::summary_text(record));
  return done;
}

}  // namespace

void say(const char* kind, const std::string& text) {
  const bool grave = std::string_view(kind) == "error" || std::string_view(kind) == "internal error";
  const bool colour = stderr_has_colour();
  const std::string line = fmt::format("{}{}:{} {}\n", colour ? (grave ? "\x1b[1;31m" : "\x1b[1m") : "", kind,
                                       colour ? "\x1b[0m" : "", text);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

Status run(const Request& request) {
  if (request.command == "fit") return run_fit(request);
  if (request.command == "summary") return run_summary(request);
  if (request.command == "completions") {
    put(completions(request.shell, describe_commands()));
  } else {
    const auto prepared = prepare(request);
    if (request.command == "priors")
      put(fit::priors_text(prepared));
    else
      put(request.json ? pretty(plan::to_json(prepared.plan)) : plan::to_text(prepared.plan));
  }
  return done;
}

}  // namespace woodbury::cli
