#include "tests/paper/programs.hpp"

#include <cmath>

#include <fmt/format.h>

namespace woodbury::paper {

namespace {

using model::Builder;
using model::Expr;
using model::over;

const std::vector<std::string> kCoef{"Intercept", "slope"};

/// Prior mean and sd of the intercept, sd of the slope, scales of sigma and of the effects' sds.
struct Scales {
  double intercept, intercept_sd, slope_sd, sigma, tau;
};

/// Intercept and slope for each level, correlated.
Expr slopes(Builder& m, const std::string& factor, const Expr& t, double scale, const std::string& name = "u_") {
  const Expr a = m.half_normal("tau_" + name + factor + "_1", scale);
  const Expr b = m.half_normal("tau_" + name + factor + "_2", scale);
  const Expr cor = m.lkj("R_" + name + factor, 1, kCoef, "coef");
  return m.cols({1, t}) *
         m.effects(name + factor, {a, b}, {.over = factor, .cor = cor, .columns = kCoef, .dim = "coef"});
}

std::function<void(Builder&)> crossed(const std::string& response, const std::string& t, bool logged,
                                      const std::vector<std::string>& factors, const Scales& scales) {
  return [=](Builder& m) {
    const Expr x = m.col(t), alpha = m.normal("alpha", scales.intercept, scales.intercept_sd),
               beta = m.normal("beta", 0, scales.slope_sd), sigma = m.half_normal("sigma", scales.sigma);
    Expr mean = alpha + beta * x;
    for (const std::string& g : factors) mean = mean + slopes(m, g, x, scales.tau);
    if (logged) return m.observe_lognormal(response, mean, sigma);
    m.observe_normal(response, mean, sigma);
  };
}

/// α, β, σ; (τ_1, τ_2, ρ) a factor.
fit::Values at(double alpha, double beta, double sigma, const std::vector<std::string>& factors,
               const std::vector<std::vector<double>>& scales) {
  fit::Values point{{"alpha", {alpha}}, {"beta", {beta}}, {"sigma", {sigma}}};
  for (std::size_t i = 0; i < factors.size(); ++i) {
    point["tau_u_" + factors[i] + "_1"] = {scales[i][0]};
    point["tau_u_" + factors[i] + "_2"] = {scales[i][1]};
    point["R_u_" + factors[i]] = {1, scales[i][2], scales[i][2], 1};
  }
  return point;
}

/// `values`: nothing integrated, each factor, all.
Program reading(const std::string& name, const std::string& response, const std::string& t, bool logged,
                const std::vector<std::string>& factors, const Scales& scales, fit::Values point,
                const std::vector<double>& values = {}) {
  Program program{name, crossed(response, t, logged, factors, scales), {}, {}, {}, std::move(point), {}};
  std::string all;
  if (!values.empty()) program.expected.emplace_back("none", values[0]);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    program.effects.push_back("u_" + factors[i]);
    if (!values.empty()) program.expected.emplace_back(program.effects.back(), values[i + 1]);
    all += (i == 0 ? "" : ",") + program.effects.back();
  }
  if (values.size() > 2) program.expected.emplace_back(all, values.back());
  return program;
}

Program coded(Program program, const std::string& column, std::map<std::string, double> codes) {
  program.coded = column;
  program.codes = std::move(codes);
  return program;
}

void stroop(Builder& m) {
  const Expr t = m.col("t");
  const Expr mean = m.normal("alpha", 6, 1.5) + m.normal("beta", 0, 0.01) * t + slopes(m, "subj", t, 1);
  const Expr log_sd = m.normal("sigma_alpha", 0, 1) + m.normal("sigma_beta", 0, 1) * t + slopes(m, "subj", t, 1, "s_");
  m.observe_lognormal("RT", mean, exp(log_sd));
}

void insteval(Builder& m) {
  const Expr alpha = m.normal("alpha", 0, 5), beta = m.normal("beta", 0, 1), sigma = m.half_normal("sigma", 1);
  const Expr s = m.normal("u_s", 0, 1, over("s")), d = m.normal("u_d", 0, 1, over("d")),
             dept = m.normal("u_dept", 0, 1, over("dept"));
  m.observe_normal("y", alpha + beta * m.col("service") + s["s"] + d["d"] + dept["dept"], sigma);
}

void fibrosis(Builder& m) {
  const Expr m_a = m.normal("m_a", 0, 500), m_b = m.normal("m_b", 0, 3);
  const Expr s_a = m.half_cauchy("s_a", 100), s_b = m.half_cauchy("s_b", 3), s = m.half_cauchy("s", 100);
  const Expr a = m.normal("a", m_a, s_a, over("Patient")), b = m.normal("b", m_b, s_b, over("Patient"));
  m.observe_normal("FVC", a["Patient"] + b["Patient"] * m.col("Weeks"), s);
}

std::vector<Program> make_programs() {
  const std::vector<std::string> subj_item{"subj", "item"}, subject_item{"subject", "item"};
  const Scales times{0, 10, 5, 5, 5}, np1{0, 10, 5, 5, 1};
  const std::map<std::string, double> object{{"obj-ext", -0.5}, {"subj-ext", 0.5}};
  const auto mandarin = at(6.1, -0.05, 0.5, subj_item, {{0.3, 0.1, 0.3}, {0.15, 0.08, -0.2}});
  const auto dutch = at(6.2, -0.03, 0.4, subject_item, {{0.25, 0.1, 0.3}, {0.1, 0.05, -0.2}});
  std::vector<Program> list;
  list.push_back(coded(reading("dillonE1", "rt", "t", true, subj_item, times,
                               at(6.5, 0.05, 0.5, subj_item, {{0.3, 0.1, 0.3}, {0.15, 0.08, -0.2}}),
                               {-21624.888282, -21258.163565, -21514.773766, -21201.126390}),
                       "int", {{"high", 0}, {"low", 1}}));
  list.push_back(reading("dutch", "NP1", "condition", false, subject_item, np1, dutch,
                         {-269.362320, -241.620278, -268.709538, -244.618008}));
  list.push_back(reading("english", "NP1", "condition", false, subject_item, np1, dutch,
                         {-780.246693, -603.648877, -731.349854, -593.759080}));
  list.push_back(reading("eeg", "n400", "cloze", false, subj_item, {0, 10, 10, 50, 20},
                         at(2.5, 2, 9, subj_item, {{2, 1, 0.3}, {1.5, 1, -0.2}}),
                         {-95703.694488, -95315.340731, -95518.830923, -95163.183676}));
  const std::vector<std::string> three{"subj", "item", "experiment"};
  list.push_back(coded(reading("gg05", "RT", "t", true, three, times,
                               at(5.9, 0.06, 0.36, three, {{0.3, 0.15, 0.3}, {0.05, 0.08, -0.2}, {0.2, 0.1, 0}})),
                       "condition", {{"objgap", 1}, {"subjgap", -1}}));
  list.push_back(coded(reading("mandarin", "rt", "t", true, subj_item, times, mandarin,
                               {-3834.901105, -3795.375436, -3811.851301, -3773.689557}),
                       "type", object));
  list.push_back(coded(reading("mandarin2", "rt", "t", true, subj_item, times, mandarin), "condition", object));
  list.push_back(reading("pupil", "p_size", "load", false, {"subj"}, {1000, 500, 100, 1000, 1000},
                         at(5000, 60, 500, {"subj"}, {{2000, 60, 0.3}}), {-42900.834700, -17125.661751}));
  Program heteroscedastic{"stroop", stroop, {"u_subj"}, {}, {}, {}, {}};
  heteroscedastic.point = at(6.3, 0.01, 1, {"subj"}, {{0.15, 0.02, 0.3}});
  heteroscedastic.point.erase("sigma");
  heteroscedastic.point["sigma_alpha"] = {-1};
  heteroscedastic.point["sigma_beta"] = {0.02};
  list.push_back(coded(heteroscedastic, "condition", {{"Congruent", -1}, {"Incongruent", 1}}));
  list.push_back({"grouseticks",
                  find("grouseticks").build,
                  {"u_1", "u_2"},
                  {},
                  {},
                  {{"mu_1", {0.5}},
                   {"mu_2", {0.3}},
                   {"sigma_1", {6}},
                   {"sigma_2", {5}},
                   {"sigma_t", {8}},
                   {"beta_e", {0.05}},
                   {"beta_a", {-0.05}},
                   {"u_1", std::vector<double>(118, 0.5)},
                   {"u_2", std::vector<double>(63, 0.3)}},
                  {{"none", -1713.726191}, {"u_1", -1450.399657}, {"u_2", -1533.339132}, {"u_1,u_2", -1434.134740}}});
  list.push_back({"electric",
                  find("electric").build,
                  {"a"},
                  {},
                  {},
                  {{"m", {0.6, 0.9, 1.0, 1.1}}, {"b", {8, 4, 2, 2}}, {"s", {2.5, 2, 1.5, 1}}},
                  {{"none", -840.287466}, {"a", -820.654931}}});
  list.push_back({"InstEval_fixed",
                  insteval,
                  {"u_s", "u_d", "u_dept"},
                  {},
                  {},
                  {{"alpha", {3.2}}, {"beta", {-0.08}}, {"sigma", {1.18}}},
                  {{"none", -126441.039617},
                   {"u_s", -126333.324899},
                   {"u_d", -120457.588488},
                   {"u_dept", -126126.260101},
                   {"u_s,u_d,u_dept", -120566.122585}}});
  list.push_back({"fibrosis",
                  fibrosis,
                  {"a", "b"},
                  {},
                  {},
                  {{"m_a", {2700}}, {"m_b", {-4}}, {"s_a", {800}}, {"s_b", {4}}, {"s", {140}}},
                  {}});
  return list;
}

/// Lung capacities of 176 patients over irregular weeks, as the model has them.
frame::Frame simulated_visits() {
  constexpr int kPatients = 176, kVisits = 1549;
  base::Stream stream(7, 0, 0, base::Purpose::test);
  std::vector<double> a, b;
  for (int j = 0; j < kPatients; ++j) {
    a.push_back(2700 + 800 * stream.normal());
    b.push_back(-4 + 4 * stream.normal());
  }
  std::vector<double> weeks, fvc;
  std::vector<std::string> patients;
  for (int n = 0; n < kVisits; ++n) {
    const auto j = static_cast<std::size_t>(n % kPatients);
    weeks.push_back(std::floor(-5 + 65 * stream.uniform()));
    fvc.push_back(a[j] + b[j] * weeks.back() + 140 * stream.normal());
    patients.push_back(fmt::format("{:03}", j));
  }
  frame::Frame table;
  table.add("Weeks", frame::Numeric{std::move(weeks)});
  table.add("FVC", frame::Numeric{std::move(fvc)});
  table.add("Patient", frame::make_factor(patients));
  return table;
}

}  // namespace

const std::vector<Program>& programs() {
  static const std::vector<Program> list = make_programs();
  return list;
}

frame::Frame table_of(const Program& program) {
  if (program.name == "fibrosis") return simulated_visits();
  Builder m;
  program.build(m);
  frame::CsvOptions csv;
  for (const std::string& name : m.model().data_columns())
    if (program.coded.empty() || name != "t") csv.columns.push_back(name);
  if (!program.coded.empty()) csv.columns.push_back(program.coded);
  for (const std::string& name : m.model().data_factors()) {
    csv.columns.push_back(name);
    csv.types[name] = frame::ColumnType::factor;
  }
  frame::Frame table = frame::read_csv(*table_of(find(program.name)), csv);
  if (program.coded.empty()) return table;
  const frame::Factor& factor = table.factor(program.coded);
  std::vector<double> t;
  for (const std::int32_t code : factor.codes)
    t.push_back(program.codes.at(factor.levels[static_cast<std::size_t>(code)]));
  table.add("t", frame::Numeric{std::move(t)});
  return table;
}

}  // namespace woodbury::paper
