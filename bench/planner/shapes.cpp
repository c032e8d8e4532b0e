#include "bench/planner/shapes.hpp"

#include <cmath>

#include "woodbury/base/base.hpp"

namespace woodbury::bench {

namespace {

/// A grouping factor to be simulated: its levels' effects on intercept and slope.
struct Factor {
  std::string name;
  std::size_t levels;
  double sd, slope_sd;
  /// Level n's is that of another factor divided by `within`, where that is given: nested in this one.
  std::ptrdiff_t outer_of = -1;
  std::size_t within = 1;
};

/// y = 1 + x/2 + effects + ε; z = exp(y / 4); w a weight in (0.5, 1.5). Rows fall on levels at random.
frame::Frame simulate(std::uint64_t seed, std::size_t rows, const std::vector<Factor>& factors, double x_on_sd = 0) {
  base::Stream stream(seed, 0, 0, base::Purpose::simulate);
  std::vector<std::vector<double>> effects;
  for (const Factor& f : factors) {
    auto& values = effects.emplace_back();
    for (std::size_t i = 0; i < f.levels; ++i) {
      values.push_back(f.sd * stream.normal());
      values.push_back(f.slope_sd * stream.normal());
    }
  }
  std::vector<double> y, z, x, w;
  std::vector<std::vector<std::string>> labels(factors.size());
  std::vector<std::size_t> level(factors.size());
  for (std::size_t n = 0; n < rows; ++n) {
    const double u = stream.normal();
    double mean = 1 + 0.5 * u;
    for (std::size_t k = 0; k < factors.size(); ++k) {
      const Factor& f = factors[k];
      level[k] = f.outer_of >= 0 ? level[static_cast<std::size_t>(f.outer_of)] / f.within
                 : n < f.levels  ? n
                                 : stream.below(f.levels);
      mean += effects[k][2 * level[k]] + effects[k][2 * level[k] + 1] * u;
      labels[k].push_back(f.name + std::to_string(level[k]));
    }
    x.push_back(u);
    w.push_back(0.5 + stream.uniform());
    y.push_back(mean + std::exp(x_on_sd * u) * stream.normal());
    z.push_back(std::exp(y.back() / 4));
  }
  frame::Frame table;
  table.add("y", frame::Numeric{y});
  table.add("z", frame::Numeric{z});
  table.add("x", frame::Numeric{x});
  table.add("w", frame::Numeric{w});
  for (std::size_t k = 0; k < factors.size(); ++k) table.add(factors[k].name, frame::make_factor(labels[k]));
  return table;
}

Shape shape(const std::string& name, const std::string& formula, std::size_t rows, std::vector<Factor> factors,
            const design::Options& options = {}, double x_on_sd = 0) {
  return {name, formula, options, [=] { return simulate(11, rows, factors, x_on_sd); }};
}

}  // namespace

std::vector<Shape> shapes() {
  design::Options lognormal, weighted, unequal;
  lognormal.family = model::FamilyKind::lognormal;
  weighted.weights = "w";
  unequal.sigma = "~ x";
  return {
      shape("nested", "y ~ x + (1 | b) + (1 | a)", 1500, {{"b", 160, 0.7, 0}, {"a", 32, 0.5, 0, 0, 5}}),
      shape("crossed_40x48", "y ~ x + (x | g) + (x | h)", 1500, {{"g", 40, 0.8, 0.4}, {"h", 48, 0.5, 0.3}}),
      shape("many_small", "y ~ x + (1 | g)", 6000, {{"g", 3000, 0.7, 0}}),
      shape("few_large", "y ~ x + (x | g)", 6000, {{"g", 6, 0.5, 0.3}}),
      shape("three_crossed", "y ~ x + (1 | g) + (1 | h) + (1 | k)", 2000,
            {{"g", 60, 0.7, 0}, {"h", 40, 0.5, 0}, {"k", 15, 0.4, 0}}),
      shape("double_bar", "y ~ x + (x || g) + (1 | h)", 1200, {{"g", 50, 0.6, 0.4}, {"h", 30, 0.5, 0}}),
      shape("lognormal", "z ~ x + (1 | g) + (1 | h)", 1000, {{"g", 35, 0.6, 0}, {"h", 25, 0.5, 0}}, lognormal),
      shape("unequal_sd", "y ~ x + (1 | g)", 400, {{"g", 30, 0.6, 0}}, unequal, 0.3),
      shape("weights", "y ~ x + (x | g) + (1 | h)", 1200, {{"g", 40, 0.6, 0.3}, {"h", 20, 0.5, 0}}, weighted),
      shape("no_intercept", "y ~ 0 + x + (0 + x | g) + (0 + x | h)", 1000, {{"g", 40, 0, 0.6}, {"h", 30, 0, 0.4}}),
      shape("weak", "y ~ x + (1 | g) + (1 | h)", 800, {{"g", 200, 0.1, 0}, {"h", 100, 0.05, 0}}),
  };
}

}  // namespace woodbury::bench
