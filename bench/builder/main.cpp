// A gradient of a built model against that of the formula which says the same: builder_bench [SLEEPSTUDY.csv]
//
// Both densities are first held to each other at one point, values and derivatives by name; then their gradients are
// timed in turns, and the least CPU time of the rounds is taken.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "woodbury/fit/fit.hpp"
#include "woodbury/model/model.hpp"

namespace woodbury {
namespace {

using model::Builder;
using model::Expr;
using model::over;

struct Case {
  std::string name, formula;
  std::function<void(Builder&)> program;
  frame::Frame table;
  std::string sigma = {};
  model::FamilyKind family = model::FamilyKind::gaussian;
};

/// Rows of y, positive z and x over levels of g and h by `level`; x is ±1/2, or any number.
frame::Frame table_of(std::size_t rows, bool coded,
                      const std::function<std::pair<std::size_t, std::size_t>(std::size_t)>& level) {
  base::Stream stream(1, 0, 0, base::Purpose::simulate);
  std::vector<double> x, y, z, g, h;
  for (std::size_t n = 0; n < rows; ++n) {
    const auto [a, b] = level(n);
    g.push_back(static_cast<double>(a));
    h.push_back(static_cast<double>(b));
    x.push_back(coded ? (stream.below(2) == 0 ? -0.5 : 0.5) : stream.normal());
    y.push_back(1 + 0.5 * x.back() + 0.3 * std::sin(7 * g.back()) + 0.2 * std::sin(8 * h.back()) + stream.normal());
    z.push_back(std::exp(y.back()));
  }
  frame::Frame table;
  table.add("x", frame::Numeric{x});
  table.add("y", frame::Numeric{y});
  table.add("z", frame::Numeric{z});
  table.add("g", frame::to_factor(g));
  table.add("h", frame::to_factor(h));
  return table;
}

frame::Frame sleepstudy() {
  return table_of(180, false, [](std::size_t n) { return std::pair{n / 10, n % 10}; });
}
/// dillonE1's shape: 40 subjects × 48 items, six rows in each of 480 cells.
frame::Frame crossed(bool coded = true) {
  return table_of(2880, coded, [](std::size_t n) {
    const std::size_t cell = n / 6;
    return std::pair{cell / 12, (cell % 12) * 4 + (cell / 12) % 4};
  });
}
/// grouseticks' shape: 118 broods in 63 places, 403 chicks.
frame::Frame nested() {
  return table_of(403, false, [](std::size_t n) { return std::pair{n % 118, (n % 118) % 63}; });
}

Expr fixed(Builder& m, const std::string& x = "x") {
  return m.normal("b_Intercept", 0, 2) + m.normal("b_" + x, 0, 2) * m.col(x);
}
Expr sigma(Builder& m) { return m.half_normal("sigma", 1); }
Expr intercepts(Builder& m, const std::string& g) {
  return m.normal("r_" + g, 0, m.half_normal("sd_" + g + "__Intercept", 1), over(g))[g];
}
/// One variable of the factor for the intercepts, and one for the slopes.
Expr independent(Builder& m, const std::string& g) {
  return m.normal("a_" + g, 0, m.half_normal("sd_" + g + "__Intercept", 1), over(g))[g] +
         m.normal("b_" + g, 0, m.half_normal("sd_" + g + "__x", 1), over(g))[g] * m.col("x");
}
Expr slopes(Builder& m, const std::string& g, const std::string& x = "x") {
  const std::vector<std::string> coef{"Intercept", x};
  const Expr cor = m.lkj("cor_" + g, 2, coef, g + "__coef");
  const std::vector<Expr> sds{m.half_normal("sd_" + g + "__Intercept", 1), m.half_normal("sd_" + g + "__" + x, 1)};
  return m.cols({1, m.col(x)}) *
         m.effects("r_" + g, sds, {.over = g, .cor = cor, .columns = coef, .dim = g + "__coef"});
}

std::vector<Case> cases() {
  const auto with_sigma_effects = [](Builder& m) {
    const Expr of_h = m.normal("r_h__sigma", 0, m.half_normal("sd_h__sigma_Intercept", 1), over("h"));
    m.observe_normal("y", fixed(m) + slopes(m, "g") + intercepts(m, "h"),
                     exp(m.normal("b_sigma_Intercept", 0, 1) + of_h["h"]));
  };
  const auto with_sigma_slope = [](Builder& m) {
    const Expr log_sd = m.normal("b_sigma_Intercept", 0, 1) + m.normal("b_sigma_x", 0, 1) * m.col("x");
    m.observe_normal("y", fixed(m) + slopes(m, "g"), exp(log_sd));
  };
  return {
      {"sleepstudy's shape, slopes", "y ~ 0 + Intercept + x + (x | g)",
       [](Builder& m) { m.observe_normal("y", fixed(m) + slopes(m, "g"), sigma(m)); }, sleepstudy()},
      {"independent slopes", "y ~ 0 + Intercept + x + (x || g)",
       [](Builder& m) { m.observe_normal("y", fixed(m) + independent(m, "g"), sigma(m)); }, sleepstudy()},
      {"dillonE1's shape, crossed slopes", "y ~ 0 + Intercept + x + (x | g) + (x | h)",
       [](Builder& m) { m.observe_normal("y", fixed(m) + slopes(m, "g") + slopes(m, "h"), sigma(m)); }, crossed()},
      {"the same, log-normal", "z ~ 0 + Intercept + x + (x | g) + (x | h)",
       [](Builder& m) { m.observe_lognormal("z", fixed(m) + slopes(m, "g") + slopes(m, "h"), sigma(m)); }, crossed(),
       "", model::FamilyKind::lognormal},
      {"grouseticks' shape, nested", "y ~ 0 + Intercept + x + (1 | g) + (1 | h)",
       [](Builder& m) { m.observe_normal("y", fixed(m) + intercepts(m, "g") + intercepts(m, "h"), sigma(m)); },
       nested()},
      {"crossed, effects on log sigma", "y ~ 0 + Intercept + x + (x | g) + (1 | h)", with_sigma_effects, crossed(),
       "~ 0 + Intercept + (1 | h)"},
      {"sigma by a coded column: cells", "y ~ 0 + Intercept + x + (x | g)", with_sigma_slope, crossed(),
       "~ 0 + Intercept + x"},
      {"sigma by a number a row", "y ~ 0 + Intercept + x + (x | g)", with_sigma_slope, crossed(false),
       "~ 0 + Intercept + x"},
  };
}

Case real_sleepstudy(const std::string& path) {
  frame::CsvOptions csv;
  csv.types["Subject"] = frame::ColumnType::factor;
  return {"sleepstudy itself", "Reaction ~ 0 + Intercept + Days + (Days | Subject)",
          [](Builder& m) { m.observe_normal("Reaction", fixed(m, "Days") + slopes(m, "Subject", "Days"), sigma(m)); },
          frame::read_csv(path, csv)};
}

fit::Options options_of(const Case& of) {
  fit::Options options;
  options.design.priors = {"b ~ normal(0, 2)", "sd ~ half_normal(1)"};
  if (of.formula.find(" | ") != std::string::npos && of.formula.find("(1 | g) + (1") == std::string::npos)
    options.design.priors.emplace_back("cor ~ lkj(2)");
  options.design.priors.emplace_back(of.sigma.empty() ? "sigma ~ half_normal(1)" : "b_sigma ~ normal(0, 1)");
  if (of.sigma.find('|') != std::string::npos) options.design.priors.emplace_back("sd_sigma ~ half_normal(1)");
  options.design.sigma = of.sigma;
  options.design.family = of.family;
  return options;
}

/// Largest difference of values and derivatives at one point, relative; sampled effects are standardised by either.
double disagreement(fit::Evaluator& formula, fit::Evaluator& program, std::vector<double>& q, std::vector<double>& p) {
  base::Stream stream(2, 0, 0, base::Purpose::simulate);
  q.resize(formula.dimension());
  for (double& value : q) value = 0.1 * stream.normal();
  const fit::Values values = formula.constrain(q);
  p = program.unconstrain(values);
  fit::Values expected, found;
  const double value = formula.log_density(values, expected);
  double worst = std::abs(program.log_density(values, found) / value - 1);
  double scale = 1;
  for (const auto& [name, by] : expected)
    for (const double each : by) scale = std::max(scale, std::abs(each));
  for (const auto& [name, by] : expected)
    for (std::size_t i = 0; i < by.size(); ++i) worst = std::max(worst, std::abs(by[i] - found.at(name)[i]) / scale);
  return worst;
}

double microseconds(density::Density& density, std::vector<double>& q, int repeats) {
  std::vector<double> gradient(q.size());
  const std::clock_t start = std::clock();
  for (int i = 0; i < repeats; ++i) {
    q[0] = -q[0];
    density.evaluate(q, gradient);
  }
  return 1e6 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / repeats;
}

void compare(const Case& of) {
  const fit::Options options = options_of(of);
  const fit::Prepared one = fit::prepare(of.formula, of.table, options);
  Builder m;
  of.program(m);
  const fit::Prepared other = fit::prepare(m.model(), of.table, options);
  fit::Evaluator formula(one), program(other);
  std::vector<double> q, p;
  const double worst = disagreement(formula, program, q, p);
  density::Density first(one.plan, one.data), second(other.plan, other.data);
  const int repeats = std::max(3, static_cast<int>(5e3 / microseconds(first, q, 3)));
  double by_formula = std::numeric_limits<double>::infinity(), by_program = by_formula;
  for (int round = 0; round < 25; ++round) {
    by_formula = std::min(by_formula, microseconds(first, q, repeats));
    by_program = std::min(by_program, microseconds(second, p, repeats));
  }
  std::printf("| %s | %zu | %.2f µs | %.2f µs | %.2f | %.0e |\n", of.name.c_str(), formula.dimension(), by_formula,
              by_program, by_program / by_formula, worst);
}

}  // namespace
}  // namespace woodbury

int main(int argc, char** argv) {
  try {
    std::puts("| model | sampled | formula | program | ratio | worst disagreement |\n|---|--:|--:|--:|--:|--:|");
    for (const woodbury::Case& each : woodbury::cases()) woodbury::compare(each);
    if (argc > 1) woodbury::compare(woodbury::real_sleepstudy(argv[1]));
  } catch (const woodbury::base::Error& error) {
    std::fprintf(stderr, "%s\n", error.describe().c_str());
    return 1;
  }
}
