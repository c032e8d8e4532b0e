// The commands and their options, as CLI11 knows them; values are read by us, so that errors speak one language.
#include "woodbury/cli/grammar.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "woodbury/answers/answers.hpp"
#include "woodbury/base/base.hpp"

namespace woodbury::cli {

namespace {

using base::Error;
using base::ErrorKind;

/// A command under construction: its options take exactly one value each, or none.
class Command {
 public:
  Command(CLI::App* app, Written& written) : app_(app), written_(written) {}

  CLI::Option* value(const std::string& group, const std::string& name, std::string& target, const std::string& type,
                     const std::string& description) {
    // Given twice, the later wins.
    return app_->add_option(name, target, description)->type_name(type)->group(group)->take_last();
  }

  /// An option whose text is read later; given twice, both are kept.
  CLI::Option* text(const std::string& group, const std::string& name, const std::string& type,
                    const std::string& description) {
    return list(group, name, written_.options[name], type, description);
  }

  CLI::Option* list(const std::string& group, const std::string& name, std::vector<std::string>& target,
                    const std::string& type, const std::string& description) {
    // One value each time: what follows is not swallowed.
    return app_->add_option(name, target, description)
        ->type_name(type)
        ->group(group)
        ->expected(1)
        ->allow_extra_args(false)
        ->take_all();
  }

  CLI::Option* flag(const std::string& group, const std::string& name, bool& target, const std::string& description) {
    return app_->add_flag(name, target, description)->group(group);
  }

 private:
  CLI::App* app_;
  Written& written_;
};

void add_model_options(CLI::App* app, Written& written) {
  Command command(app, written);
  auto& request = written.request;
  auto* formula = app->add_option("FORMULA", request.formula, "what depends on what: 'y ~ x + (x | g)'")->type_name("");
  command.value("Data", "--data", request.data, "FILE", "the table: CSV with a header, plain or gzip")->required();
  command.text("Data", "--na", fit::kMissing, "rows with a missing value are dropped, or refused [drop]");
  command.text("Data", "--factor", "COLUMN", "take a column as a factor; repeatable");
  command.text("Data", "--numeric", "COLUMN", "take a column as numbers; repeatable");

  auto* model = command.value("Model", "--model", request.model, "FILE", "a model.json in place of FORMULA");
  model->excludes(formula);
  const std::vector<CLI::Option*> of_formulas{
      command.text("Model", "--family", fit::kFamilies, "likelihood of the response [gaussian]"),
      command.text("Model", "--sigma", "FORMULA", "the log residual sd as a predictor: '~ x + (x | g)'"),
      command.text("Model", "--weights", "COLUMN", "precision weights: variance is sigma² / weight"),
      command.text("Model", "--se", "COLUMN", "known residual sds in place of sigma"),
      command.text("Model", "--contrasts", "'COLUMN=CODING'",
                   "treatment, treatment(ref), sum, helmert, poly or {level:code, …}; repeatable"),
      command.text("Model", "--prior", "'TARGET ~ DIST'", "a prior: 'b(x) ~ normal(0, 1)'; repeatable"),
      command.text("Model", "--defaults", fit::kDefaults, "set of default priors [woodbury]")};
  for (auto* option : of_formulas) model->excludes(option);

  const std::vector<CLI::Option*> decided{
      command.text("Plan", "--integrate", "auto|all|none|LIST",
                   "which Gaussian effects to integrate out: factors, terms or `fixed` [auto]"),
      command.text("Plan", "--reduce", fit::kReduce,
                   "work levels and rows that the data treat alike together, where that is less, or never [auto]"),
      command.text("Plan", "--parametrisation", "'GROUP=WAY'",
                   "sampled effects are centred, noncentred or auto; repeatable"),
      command.text("Plan", "--without", "RULE",
                   "switch off rules of the planner, by the names that explain gives them; repeatable"),
      command.flag("Plan", "--tune", request.fit.tune,
                   "time the candidates' gradients on this machine, and choose by that")};
  auto* replay = command.text("Plan", "--plan", "FILE", "take over the decisions of a plan.json");
  for (auto* option : decided) replay->excludes(option);
}

void add_sampler_options(CLI::App* app, Written& written) {
  Command command(app, written);
  auto& request = written.request;
  command.text("Sampling", "--chains", "N", "chains [4]");
  command.text("Sampling", "--warmup", "N|auto",
               "warm-up draws of each chain [auto: about 100, and 1000 where those do not do]");
  command.text("Sampling", "--draws", "N", "draws of each chain after warm-up [1000]");
  command.text("Sampling", "--seed", "N", "same seed, same draws [drawn, and printed]");
  command.text("Sampling", "--threads", "N", "threads; the draws do not depend on them [0: all cores]");
  command.text("Sampling", "--target-accept", "P", "mean acceptance the step size aims at [0.8]");
  command.text("Sampling", "--max-depth", "N", "trajectories have up to 2^N steps [10]");
  command.text("Sampling", "--init", "RADIUS|auto", "starts lie within ± this radius [auto: 2]");
  command.text("Sampling", "--algorithm", fit::kAlgorithms, "sampler [nuts]");

  auto* out =
      command.value("Output", "--out,-o", request.out, "DIR", "write a fit folder; without it nothing is written");
  command.flag("Output", "--overwrite", request.overwrite, "replace an existing fit folder")->needs(out);
  command.text("Output", "--keep", fit::kKeep, "store all draws, or only what was sampled and not integrated [all]");
  command.flag("Output", "--strict", request.strict, "exit status 4 where diagnostics fail");
}

void add_output_options(CLI::App* app, Written& written, const std::string& json) {
  Command command(app, written);
  if (!json.empty()) command.flag("Output", "--json", written.request.json, json);
  command.flag("Output", "--quiet,-q", written.request.quiet, "no progress and no notes on standard error");
}

void add_format_options(CLI::App* app, Written& written, const std::string& otherwise = "text") {
  auto& formats = written.options["--format"];
  Command(app, written).text("Output", "--format", kFormats, fmt::format("how to print it [{}]", otherwise));
  for (const char* format : {"json", "csv"})
    app->add_flag_callback(
           fmt::format("--{}", format), [&formats, format] { formats.emplace_back(format); },
           fmt::format("the same as --format {}", format))
        ->group("Output");
}

void add_table_options(CLI::App* app, Written& written) {
  Command(app, written).text("Output", "--prob", "P", "probability of the central intervals [0.95]");
  add_format_options(app, written);
}

void add_prediction_options(CLI::App* app, Written& written) {
  Command command(app, written);
  command.text("Prediction", "--kind", answers::kQuantities,
               "a new response, its mean or median, or the linear predictor [predict: response; else mean]");
  command.text("Prediction", "--effects", "all|none|new:FACTOR",
               "group effects: the levels' own; zero; integrated over a new level of a factor [all]");
  command.text("Prediction", "--draws", "N|all",
               "draws in place of means and intervals: CSV, a line a draw, a column a row");
  command.text("Prediction", "--seed", "N", "of these: same seed, same draws [the fit's]");
  command.text("Prediction", "--threads", "N", "threads [0: all cores]");
  add_table_options(app, written);
}

void add_loo_options(CLI::App* app, Written& written) {
  Command command(app, written);
  command.value("Leaving out", "--by", written.request.by, "row|FACTOR",
                "what is left out: a row, which keeps its level's others, or a level with all its rows [row]");
  command.text("Leaving out", "--refit", "N", "fit anew without what has a k-hat over 0.7, up to N [0]");
  command.text("Leaving out", "--threads", "N", "threads [0: all cores]");
  add_format_options(app, written);
}

/// Help without CLI11's notes on what needs and excludes what; usage as one writes it.
class HelpFormat : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_size() == 0 || option->get_type_name().empty() ? "" : " " + option->get_type_name();
  }
  std::string make_usage(const CLI::App* app, std::string name) const override {
    const std::string command = app->get_parent() == nullptr ? "woodbury COMMAND" : name;
    const auto positional = app->get_options([](const CLI::Option* option) { return option->get_positional(); });
    const std::string argument = positional.empty() ? "" : " " + positional.front()->get_name(true);
    const auto* data = app->get_option_no_throw("--data");
    const bool needs_data = data != nullptr && data->get_required();
    return fmt::format("\nUsage: {}{}{} [OPTIONS]\n", command, argument, needs_data ? " --data FILE" : "");
  }
};

/// Without runs of empty lines.
std::string tidy(std::string text) {
  for (auto at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at)) text.erase(at, 1);
  return text;
}

std::unique_ptr<CLI::App> make_app(Written& written) {
  auto app = std::make_unique<CLI::App>(
      "Bayesian mixed-effects models with the Gaussian effects integrated out exactly.\n", "woodbury");
  app->set_version_flag("--version", "woodbury " + fit::version(), "print the version");
  app->set_help_flag("--help,-h", "print this help");
  app->require_subcommand(1);
  app->formatter(std::make_shared<HelpFormat>());
  app->get_formatter()->column_width(34);
  app->get_formatter()->label("Positionals", "Argument");

  auto* fit = app->add_subcommand("fit", "sample the posterior and print its summary")->group("Commands");
  add_model_options(fit, written);
  add_sampler_options(fit, written);
  add_output_options(fit, written, "print summary.json");
  auto* explain =
      app->add_subcommand("explain", "print the plan: what will be integrated out, how, and why")->group("Commands");
  add_model_options(explain, written);
  add_output_options(explain, written, "print plan.json");
  auto* priors = app->add_subcommand("priors", "print every parameter with its prior")->group("Commands");
  add_model_options(priors, written);
  add_output_options(priors, written, {});

  auto& request = written.request;
  auto* summary = app->add_subcommand("summary", "print the summary of a fit folder")->group("Commands");
  summary->add_option("DIR", request.folder, "a fit folder")->required()->type_name("");
  add_table_options(summary, written);
  Command(summary, written).text("Output", "--layout", kLayouts, "whose summary the text looks like [brms]");
  Command(summary, written)
      .text("Output", "--hypothesis", "'EXPRESSION'",
            "in place of the summary: 'Days > 5', 'a - 2 * b = 0'; repeatable");
  for (const auto& [name, description] :
       {std::pair{"ranef", "print the group effects of a fit, level by level"},
        std::pair{"coef", "print the coefficients of every level: population's plus group's"},
        std::pair{"varcorr", "print variance components: sds, correlations, shares of the variance"}}) {
    auto* command = app->add_subcommand(name, description)->group("Commands");
    command->add_option("DIR", request.folder, "a fit folder")->required()->type_name("");
    add_table_options(command, written);
  }
  auto* predict =
      app->add_subcommand("predict", "print predictions for new rows, or with new levels")->group("Commands");
  predict->add_option("DIR", request.folder, "a fit folder")->required()->type_name("");
  Command predict_options(predict, written);
  predict_options.value("Data", "--data", request.data, "FILE", "rows to predict: CSV")->required();
  predict_options.value("Data", "--given", request.given, "FILE",
                        "rows with responses of the new levels, which predictions for these then know");
  add_prediction_options(predict, written);
  for (const auto& [name, description] :
       {std::pair{"fitted", "print the fitted rows' expectations"},
        std::pair{"residuals", "print responses less the fitted rows' expectations"}}) {
    auto* command = app->add_subcommand(name, description)->group("Commands");
    command->add_option("DIR", request.folder, "a fit folder")->required()->type_name("");
    add_prediction_options(command, written);
  }
  auto* loo =
      app->add_subcommand("loo", "print how well rows or groups are predicted from the others")->group("Commands");
  loo->add_option("DIR", request.folder, "a fit folder")->required()->type_name("");
  add_loo_options(loo, written);
  Command(loo, written).flag("Output", "--pointwise", request.pointwise, "a row each, with its k-hat, too");
  auto* compare = app->add_subcommand("compare", "rank fits of the same rows by leave-one-out")->group("Commands");
  compare->add_option("DIR", request.folders, "fit folders")->required()->type_name("");
  add_loo_options(compare, written);
  auto* simulate =
      app->add_subcommand("simulate", "print tables of responses replicated from a fit, or a check by them")
          ->group("Commands");
  simulate->add_option("DIR", request.folder, "a fit folder")->required()->type_name("");
  Command simulate_options(simulate, written);
  simulate_options.value("Data", "--data", request.data, "FILE", "rows to simulate for [the fitted ones]");
  simulate_options.text("Simulation", "--copies", "N", "tables, each from another draw [100]");
  simulate_options.text("Simulation", "--seed", "N", "same seed, same tables [the fit's]");
  simulate_options.flag("Simulation", "--prior", request.prior, "under parameters drawn from their priors");
  simulate_options.flag("Simulation", "--check", request.check,
                        "in place of the tables: mean, sd, extremes of the data against theirs");
  simulate_options.text("Simulation", "--effects", "all|none|new:FACTOR",
                        "group effects: the levels' own; zero; of new levels of a factor [all]");
  add_format_options(simulate, written, "csv");
  simulate_options.text("Simulation", "--threads", "N", "threads [0: all cores]");
  auto* report = app->add_subcommand("report", "write a fit's report as one HTML file")->group("Commands");
  report->add_option("DIR", request.folder, "a fit folder")->required()->type_name("");
  Command report_options(report, written);
  report_options.value("Output", "--out,-o", request.out, "FILE", "the file [DIR/report.html]");
  report_options.flag("Output", "--overwrite", request.overwrite, "replace an existing file");
  report_options.text("Output", "--prob", "P", "probability of the central intervals [0.95]");
  auto* completions = app->add_subcommand("completions", "print the completions of a shell")->group("Commands");
  completions->add_option("SHELL", request.shell, "bash, zsh or fish")->required()->type_name("");
  // After the commands, which would inherit it.
  app->footer(
      "\nExample: woodbury fit 'yield ~ year + (year | site)' --data barley.csv --out fit/\n"
      "Each command has its own --help.");
  return app;
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const auto& name : option.get_lnames()) names.push_back("--" + name);
  for (const auto& name : option.get_snames()) names.push_back("-" + name);
  return names;
}

/// Options and commands as plain text, for suggestions and completions.
CommandText describe(const CLI::App& app) {
  CommandText text{.name = app.get_name(), .description = app.get_description(), .options = {}, .argument = {}};
  for (const auto* option : app.get_options()) {
    if (option->get_positional())
      text.argument = option->get_name(true);
    else
      text.options.push_back({names_of(*option), option->get_expected_max() == 0 ? "" : option->get_type_name(),
                              option->get_description()});
  }
  if (text.argument == "SHELL") text.argument = kShells;
  return text;
}

/// What the words that no option took most likely were.
[[noreturn]] void refuse_extra(const CLI::App& app, const std::vector<std::string>& extra) {
  const auto dashed = std::find_if(extra.begin(), extra.end(), [](const std::string& w) { return w.starts_with("-"); });
  const std::string help = fmt::format("see `{} --help`", app.get_parent() ? "woodbury " + app.get_name() : "woodbury");
  if (dashed != extra.end()) {
    const auto word = dashed->substr(0, dashed->find('='));
    std::vector<std::string> known;
    for (const auto& option : describe(app).options)
      known.insert(known.end(), option.names.begin(), option.names.end());
    const auto near = base::nearest(word, known);
    usage(fmt::format("no option `{}`", word), near.empty() ? help : fmt::format("did you mean `{}`?", near));
  }
  const bool formula = describe(app).argument == "FORMULA";
  usage(fmt::format("unexpected argument `{}`", extra.front()), formula ? "put the formula in quotes" : help);
}

[[noreturn]] void refuse(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const CLI::App& command = chosen.empty() ? app : *chosen.front();
  const auto help =
      fmt::format("see `woodbury{}{} --help`", chosen.empty() ? "" : " ", chosen.empty() ? "" : command.get_name());
  const auto extra = app.remaining(true);
  const bool nothing_chosen = chosen.empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr || (nothing_chosen && !extra.empty()))
    refuse_extra(command, extra);
  std::string message = nothing_chosen ? "a command is missing" : error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    message = message.substr(0, message.find(':')) + " takes one value";
  if (const auto line = message.find('\n'); line != std::string::npos) message.resize(line);
  usage(message, help);
}

void check_command(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2 || std::string_view(argv[1]).starts_with("-")) return;
  std::vector<std::string> known;
  for (const auto* command : app.get_subcommands({})) known.push_back(command->get_name());
  if (std::find(known.begin(), known.end(), argv[1]) == known.end())
    usage(fmt::format("no command `{}`", argv[1]), base::did_you_mean(argv[1], known));
}

}  // namespace

void usage(const std::string& message, const std::string& suggestion) {
  throw Error(message, {}, suggestion, ErrorKind::usage);
}

std::string read_words(int argc, const char* const* argv, Written& written) {
  const auto app = make_app(written);
  check_command(*app, argc, argv);
  try {
    app->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    throw Shown(tidy(app->help()));
  } catch (const CLI::CallForVersion& version) {
    throw Shown(std::string(version.what()) + "\n");
  } catch (const CLI::ParseError& error) {
    refuse(*app, error);
  }
  return app->get_subcommands().front()->get_name();
}

std::vector<CommandText> describe_commands() {
  Written written;
  const auto app = make_app(written);
  std::vector<CommandText> commands{describe(*app)};
  for (const auto* command : app->get_subcommands({})) commands.push_back(describe(*command));
  return commands;
}

}  // namespace woodbury::cli
