#include "tests/paper/catalogue.hpp"

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

namespace woodbury::paper {

namespace {

using model::Builder;
using model::Expr;
using model::over;

constexpr auto kLognormal = model::FamilyKind::lognormal;

/// Intercept and slope of a raw design, correlated by each factor, all group-level terms alike.
std::string slopes(const std::string& response, const std::string& x, const std::vector<std::string>& factors) {
  std::string formula = fmt::format("{} ~ 0 + Intercept + {}", response, x);
  for (const std::string& g : factors) formula += fmt::format(" + ({} | {})", x, g);
  return formula;
}

std::vector<std::string> priors(const char* intercept, const char* slope, const char* sigma, const char* sd) {
  return {fmt::format("b(Intercept) ~ {}", intercept), fmt::format("b ~ {}", slope), fmt::format("sigma ~ {}", sigma),
          fmt::format("sd ~ {}", sd), "cor ~ lkj(1)"};
}

Entry reading(const std::string& name, const std::string& response, const std::string& x,
              const std::vector<std::string>& factors) {
  Entry entry;
  entry.name = name;
  entry.file = name + ".csv";
  entry.formula = slopes(response, x, factors);
  entry.factors = factors;
  entry.slope = x;
  entry.options.priors = priors("normal(0, 10)", "normal(0, 5)", "half_normal(5)", "half_normal(5)");
  return entry;
}

/// Of a two-level factor with its own codes, whose only column bears the number 1; times in milliseconds.
Entry coded(const std::string& name, const std::string& response, const std::string& x, const std::string& codes,
            const std::vector<std::string>& factors) {
  Entry entry = reading(name, response, x, factors);
  entry.options.family = kLognormal;
  entry.options.contrasts = {fmt::format("{}={{{}}}", x, codes)};
  entry.slope = x + "1";
  return entry;
}

Entry dims(Entry entry, std::size_t declared, std::vector<std::size_t> sampled) {
  entry.declared_dims = declared;
  entry.sampled_dims = std::move(sampled);
  return entry;
}

/// Log reading times with a numeric condition and narrower scales.
Entry logged(const std::string& name) {
  Entry entry = reading(name, "NP1", "condition", {"subject", "item"});
  entry.options.priors[3] = "sd ~ half_normal(1)";
  return entry;
}

Entry eeg() {
  Entry entry = reading("eeg", "n400", "cloze", {"subj", "item"});
  entry.options.priors = priors("normal(0, 10)", "normal(0, 10)", "half_normal(50)", "half_normal(20)");
  return entry;
}

Entry pupil() {
  Entry entry = reading("pupil", "p_size", "load", {"subj"});
  entry.options.priors = priors("normal(1000, 500)", "normal(0, 100)", "half_normal(1000)", "half_normal(1000)");
  return entry;
}

/// Location and log residual sd, both with correlated slopes by subject.
Entry stroop() {
  Entry entry = coded("stroop", "RT", "condition", "Congruent:-1,Incongruent:1", {"subj"});
  entry.options.sigma = "~ 0 + Intercept + condition + (condition | subj)";
  entry.options.priors = {
      "b(Intercept) ~ normal(6, 1.5)",     "b ~ normal(0, 0.01)",    "sd ~ half_normal(1)",       "cor ~ lkj(1)",
      "b_sigma(Intercept) ~ normal(0, 1)", "b_sigma ~ normal(0, 1)", "sd_sigma ~ half_normal(1)", "cor_sigma ~ lkj(1)"};
  return entry;
}

/// Ratings of lecturers; the effects' scales 1, or unknown.
Entry insteval(const std::string& name, const std::string& scale) {
  Entry entry;
  entry.name = name;
  entry.file = "InstEval.csv";
  entry.formula = "y ~ 0 + Intercept + service + (1 | s) + (1 | d) + (1 | dept)";
  entry.factors = {"s", "d", "dept"};
  entry.options.priors = {"b(Intercept) ~ normal(0, 5)", "b ~ normal(0, 1)", "sigma ~ half_normal(1)", "sd ~ " + scale};
  return entry;
}

/// Hierarchical centring: no intercept; each factor's effects are around a mean of their own.
Entry grouseticks() {
  Entry entry;
  entry.name = "grouseticks";
  entry.file = "grouseticks.csv";
  entry.factors = {"BROOD", "LOCATION"};
  entry.build = [](Builder& m) {
    const Expr mu_1 = m.normal("mu_1", 0, 1), mu_2 = m.normal("mu_2", 0, 1);
    const Expr sigma_1 = m.half_cauchy("sigma_1", 5), sigma_2 = m.half_cauchy("sigma_2", 5);
    const Expr sigma_t = m.half_cauchy("sigma_t", 5);
    const Expr beta_e = m.normal("beta_e", 0, 1), beta_a = m.normal("beta_a", 0, 1);
    const Expr u_1 = m.normal("u_1", mu_1, sigma_1, over("BROOD"));
    const Expr u_2 = m.normal("u_2", mu_2, sigma_2, over("LOCATION"));
    m.observe_normal("TICKS", u_1["BROOD"] + u_2["LOCATION"] + beta_e * m.col("YEAR") + beta_a * m.col("cHEIGHT"),
                     sigma_t);
  };
  return entry;
}

/// Pairs of classes around the mean of their grade, effect of treatment and residual sd by grade.
Entry electric() {
  Entry entry;
  entry.name = "electric";
  entry.file = "electric.csv";
  entry.factors = {"pair"};
  entry.build = [](Builder& m) {
    const Expr mean = m.normal("m", 0, 1, over("grade"));
    const Expr treatment = m.normal("b", 0, 100, over("grade"));
    const Expr log_sd = m.normal("s", 0, 1, over("grade"));
    const Expr pair = m.normal("a", 100 * mean.at("pair"), 1, over("pair"));
    m.observe_normal("y", pair["pair"] + treatment["grade"] * m.col("treatment"), exp(log_sd["grade"]));
  };
  return entry;
}

Entry sleepstudy() {
  Entry entry = reading("sleepstudy", "Reaction", "Days", {"Subject"});
  entry.options.priors = priors("normal(250, 100)", "normal(0, 20)", "half_normal(50)", "half_normal(50)");
  return entry;
}

std::vector<Entry> make_catalogue() {
  const std::string object = "obj-ext:-0.5,subj-ext:0.5";
  return {
      dims(coded("dillonE1", "rt", "int", "high:0,low:1", {"subj", "item"}), 185, {105, 89}),
      dims(logged("dutch"), 89, {41, 57}),
      dims(logged("english"), 137, {41, 105}),
      dims(eeg(), 837, {169, 677}),
      dims(coded("gg05", "RT", "condition", "objgap:1,subjgap:-1", {"subj", "item", "experiment"}), 132,
           {48, 100, 128}),
      dims(coded("mandarin", "rt", "type", object, {"subj", "item"}), 113, {39, 83}),
      dims(coded("mandarin2", "rt", "condition", object, {"subj", "item"}), 119, {39, 89}),
      dims(pupil(), 46, {6}),
      dims(stroop(), 210, {110}),
      dims(grouseticks(), 188, {70, 125}),
      dims(electric(), 108, {12}),
      dims(insteval("InstEval_fixed", "constant(1)"), 4117, {1145, 2989, 4103}),
      dims(insteval("InstEval", "half_normal(1)"), 4120, {1148, 2992, 4106}),
      dims(sleepstudy(), 42, {6}),
  };
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
}

frame::Frame read(const model::Model& model, const std::string& path) {
  frame::CsvOptions csv;
  csv.columns = model.data_columns();
  for (const std::string& name : model.data_factors()) {
    csv.columns.push_back(name);
    csv.types[name] = frame::ColumnType::factor;
  }
  return frame::read_csv(path, csv);
}

}  // namespace

std::string Entry::effects(std::size_t i) const {
  if (!build) return "r_" + factors[i];
  return name == "electric" ? "a" : fmt::format("u_{}", i + 1);
}

const std::vector<Entry>& catalogue() {
  static const std::vector<Entry> entries = make_catalogue();
  return entries;
}

const Entry& find(const std::string& name) {
  std::vector<std::string> names;
  for (const Entry& entry : catalogue()) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  throw base::Error(fmt::format("no model `{}` in the catalogue", name), {}, base::did_you_mean(name, names));
}

std::optional<std::string> table_of(const Entry& entry) {
  if (const auto directory = environment("WOODBURY_PAPER_DATA")) {
    const std::filesystem::path path = std::filesystem::path(*directory) / entry.file;
    if (std::filesystem::exists(path)) return path.string();
  }
  return entry.name == "sleepstudy" ? environment("WOODBURY_SLEEPSTUDY") : std::nullopt;
}

std::string how_to_run(const Entry& entry) {
  std::string text = fmt::format("WOODBURY_PAPER_DATA names no directory with {}", entry.file);
  if (entry.name == "sleepstudy") text += ", and WOODBURY_SLEEPSTUDY no file";
  return text + "; tests/paper/README.md says where the tables come from";
}

fit::Prepared prepare(const Entry& entry, const plan::Options& plan, const std::vector<std::string>& priors) {
  const auto path = table_of(entry);
  if (!path) throw base::Error(how_to_run(entry));
  fit::Options options;
  options.design = entry.options;
  options.design.priors.insert(options.design.priors.end(), priors.begin(), priors.end());
  options.plan = plan;
  if (!entry.build) return fit::prepare(entry.formula, *path, options);
  Builder builder;
  entry.build(builder);
  return fit::prepare(builder.model(), read(builder.model(), *path), options);
}

}  // namespace woodbury::paper
