// Each command: prepare, run, write, print; in that order, so that nothing is left behind by a failure.
#include "woodbury/cli/commands.hpp"

#include <cmath>
#include <cstdio>
#include <string_view>

#include <fmt/format.h>

#include "woodbury/answers/answers.hpp"
#include "woodbury/base/base.hpp"
#include "woodbury/cli/completions.hpp"
#include "woodbury/cli/grammar.hpp"
#include "woodbury/cli/interrupts.hpp"
#include "woodbury/cli/progress.hpp"
#include "woodbury/report/report.hpp"

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
  using answers::Format;
  auto record = store::read(request.folder);
  const double prob = request.question.options.prob;
  if (!request.question.hypotheses.empty()) {
    auto question = request.question;
    question.what = "hypotheses";
    put(answers::print(answers::ask(record, question), request.format));
    return done;
  }
  if (!answers::keeps_effects(record)) record = answers::with_effects(record, 0, false);
  if (request.format == Format::json)
    put(pretty(store::summary_json(record)));
  else if (request.format == Format::csv)
    put(summary_csv(record));
  else if (request.lme4)
    put(answers::print(answers::lme4_summary(record, prob), request.format));
  else if (request.format == Format::text)
    put(fit::summary_text(record, prob));
  else
    put(answers::print({answers::estimates(record, prob, false)}, request.format));
  return done;
}

/// A line a draw, in blocks of bounded size.
void put_draws(const answers::PredictionDraws& draws) {
  constexpr std::size_t kHeld = std::size_t{1} << 20U;
  const std::size_t rows = draws.rows(), block = std::max<std::size_t>(1, kHeld / rows);
  std::string text = "draw";
  for (std::size_t n = 1; n <= rows; ++n) text += fmt::format(",{}", n);
  std::vector<double> values;
  for (std::size_t first = 0; first < draws.draws(); first += block) {
    values.resize(std::min(block, draws.draws() - first) * rows);
    draws.fill(first, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i % rows == 0) text += fmt::format("\n{}", first + i / rows + 1);
      text += "," + csv_number(values[i]);
    }
    put(text);
    text.clear();
  }
  put("\n");
}

/// `ranef`, `coef`, `varcorr`, `predict`, `fitted` and `residuals`.
Status run_question(const Request& request) {
  const auto record = store::read(request.folder);
  auto question = request.question;
  if (!request.given.empty()) question.options.given = answers::read_new_data(record, request.given);
  const auto data = request.data.empty() ? frame::Frame{} : answers::read_new_data(record, request.data);
  if (question.draws) {
    if (request.format != answers::Format::text && request.format != answers::Format::csv)
      usage("--draws are printed as CSV", "leave out --format");
    const answers::Bound bound(record);
    put_draws(answers::ask_draws(bound, question, data));
    return done;
  }
  const auto tables = answers::ask(record, question, data);
  if (tables.empty())
    throw base::Error("the model has no group effects", {}, "`woodbury summary` has its coefficients");
  put(answers::print(tables, request.format));
  return done;
}

Status run_loo(const Request& request) {
  const answers::LooOptions options{
      .by = request.by, .refits = request.refits, .threads = request.question.options.threads};
  if (request.command == "loo") {
    const auto answer = answers::loo(store::read(request.folder), options);
    put(answers::print(answers::loo_tables(answer, request.pointwise), request.format));
    return done;
  }
  if (request.folders.size() < 2) usage("compare takes two fit folders or more", "woodbury compare DIR DIR");
  std::vector<answers::Loo> loos;
  for (const auto& folder : request.folders) loos.push_back(answers::loo(store::read(folder), options));
  put(answers::print({answers::compare(request.folders, loos)}, request.format));
  return done;
}

Status run_simulate(const Request& request) {
  const auto record = store::read(request.folder);
  const answers::Bound bound(record);
  const auto& question = request.question;
  const auto& effects = question.options.effects;
  const auto rows = request.data.empty()
                        ? answers::Rows::of_fit(bound, effects)
                        : answers::Rows::of_new(bound, answers::read_new_data(record, request.data), effects);
  const answers::SimulateOptions options{
      .copies = request.copies, .seed = question.seed.value_or(record.seed), .threads = question.options.threads};
  if (request.prior && !request.data.empty()) usage("--prior simulates for the fitted rows", "leave out --data");
  const auto copies = request.prior ? answers::simulate_prior(bound, options) : answers::simulate(bound, rows, options);
  if (request.check) {
    put(answers::print({answers::predictive_check(bound, copies)}, request.format));
    return done;
  }
  answers::Table table{"", {"row"}, {}, {}};
  for (std::size_t c = 0; c < copies.size(); ++c) table.columns.push_back(fmt::format("copy{}", c + 1));
  for (std::size_t n = 0; n < rows.size(); ++n) {
    auto& row = table.rows.emplace_back(std::vector<answers::Cell>{static_cast<double>(n + 1)});
    for (const auto& copy : copies) row.emplace_back(copy[n]);
  }
  put(answers::print({table}, request.format));
  return done;
}

Status run_explain(const Request& request) {
  const auto prepared = prepare(request);
  if (request.command == "priors")
    put(fit::priors_text(prepared));
  else
    put(request.json ? pretty(plan::to_json(prepared.plan)) : plan::to_text(prepared.plan));
  return done;
}

Status run_report(const Request& request) {
  const std::string path = request.out.empty() ? request.folder + "/report.html" : request.out;
  const auto record = store::read(request.folder);
  report::write(path, report::html(record, {.prob = request.question.options.prob}),
                request.overwrite || request.out.empty());
  put(path + "\n");
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
  if (request.command == "simulate") return run_simulate(request);
  if (request.command == "report") return run_report(request);
  if (request.command == "loo" || request.command == "compare") return run_loo(request);
  if (request.command == "explain" || request.command == "priors") return run_explain(request);
  if (request.command != "completions") return run_question(request);
  put(completions(request.shell, describe_commands()));
  return done;
}

}  // namespace woodbury::cli
