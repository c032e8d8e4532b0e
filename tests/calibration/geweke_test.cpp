// Geweke's joint test (2004): draws of parameters, effects and data together by two ways that share only the model.
//
// Forwards: parameters from the prior, data from these. In circles: data given parameters and effects, then one
// transition of the parameters given the data, then the effects from their conditional. A fault of the density, the
// transition or the recovery moves the second law away from the prior.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/calibration/models.hpp"
#include "tests/support/simulate.hpp"
#include "woodbury/fit/target.hpp"
#include "woodbury/nuts/tree.hpp"
#include "woodbury/recover/recover.hpp"

namespace woodbury::calibration {
namespace {

constexpr std::size_t kDraws = 50000, kBatches = 50;
constexpr double kStep = 0.3;

/// Means of functions of the variables, with errors by batches.
class Means {
 public:
  void add(const std::string& function, double value) { values_[function].push_back(value); }
  struct Mean {
    double mean = 0, error = 0;
  };
  [[nodiscard]] std::map<std::string, Mean> all() const {
    std::map<std::string, Mean> result;
    for (const auto& [function, values] : values_) {
      const std::size_t length = values.size() / kBatches;
      std::vector<double> batches(kBatches);
      for (std::size_t i = 0; i < length * kBatches; ++i)
        batches[i / length] += values[i] / static_cast<double>(length);
      Mean& m = result[function];
      for (const double b : batches) m.mean += b / kBatches;
      double squares = 0;
      for (const double b : batches) squares += (b - m.mean) * (b - m.mean);
      m.error = std::sqrt(squares / (kBatches - 1) / kBatches);
    }
    return result;
  }

 private:
  std::map<std::string, std::vector<double>> values_;
};

/// Of every variable its first and last element, of each the square, and their product.
void look(const model::Model& model, test::Simulator& simulator, Means& means) {
  for (std::size_t v = 0; v < model.variables().size(); ++v) {
    const std::string& name = model.variables()[v].name;
    const std::span<double> x = simulator.value(static_cast<model::VariableId>(v));
    const bool correlation = model.variables()[v].distribution.kind == model::DistributionKind::lkj;
    const double first = correlation ? x[1] : x.front(), last = correlation ? x[1] : x.back();
    means.add(name, first);
    means.add(name + "²", first * first);
    if (x.size() > 1 && !correlation) means.add(name + " last", last), means.add(name + " last²", last * last);
    if (x.size() > 1 && !correlation) means.add(name + " product", first * last);
  }
}

/// `spoil`: what was recovered is multiplied by it.
Means in_circles(const Case& one, const std::string& integrate, double spoil) {
  const fit::Prepared prepared = fit::prepare(one.formula, one.table, one.options);
  const plan::Plan plan = plan::make_plan(prepared.model, prepared.data, {integrate, {}});
  test::Simulator simulator(prepared.model, prepared.data);
  base::Stream start(1, 0, 0, base::Purpose::test);
  simulator.draw(start);
  std::vector<draws::Variable> outputs = recover::variables(plan, prepared.data, true);
  Means means;
  for (std::uint64_t k = 1; k <= kDraws; ++k) {
    base::Stream stream(1, 0, k, base::Purpose::test), trajectory(1, 0, k, base::Purpose::trajectory);
    const frame::Frame table = with_response(prepared.data, simulator.response(stream));
    density::Density density(plan, table);
    std::vector<double> q(density.dimension());
    for (const density::SampledVariable& s : density.sampled())
      density.unconstrain(s.variable(), simulator.value(s.variable()), q);
    fit::Target target(density);
    nuts::Hamiltonian hamiltonian(target);
    nuts::Tree tree(hamiltonian, 10);
    nuts::Point z(q.size());
    z.q = q;
    hamiltonian.evaluate(z);
    tree.move(z, kStep, trajectory);
    density.locate(z.q);
    for (const density::SampledVariable& s : density.sampled()) {
      const std::span<double> to = simulator.value(s.variable());
      std::copy_n(density.values().begin() + static_cast<std::ptrdiff_t>(density.tape().offset(s.node())), to.size(),
                  to.begin());
    }
    std::size_t width = 0;
    for (const draws::Variable& v : outputs) width += v.size();
    std::vector<double> recovered(width);
    recover::Recovery(plan, density, table, true).draw(z.q, stream, recovered);
    std::size_t at = 0;
    for (const draws::Variable& output : outputs) {
      if (prepared.model.has(output.name) && plan.integrated.contains(prepared.model.find(output.name))) {
        const std::span<double> to = simulator.value(prepared.model.find(output.name));
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = spoil * recovered[at + i];
      }
      at += output.size();
    }
    look(prepared.model, simulator, means);
  }
  return means;
}

Means forwards(const Case& one) {
  const fit::Prepared prepared = fit::prepare(one.formula, one.table, one.options);
  test::Simulator simulator(prepared.model, prepared.data);
  Means means;
  for (std::uint64_t k = 1; k <= kDraws; ++k) {
    base::Stream stream(2, 0, k, base::Purpose::test);
    simulator.draw(stream);
    look(prepared.model, simulator, means);
  }
  return means;
}

/// The largest difference of means, in standard errors, and whose it is.
std::pair<double, std::string> largest_difference(const Case& one, const std::string& integrate, double spoil = 1) {
  const auto a = forwards(one).all(), b = in_circles(one, integrate, spoil).all();
  std::pair<double, std::string> worst;
  for (const auto& [function, mean] : a) {
    const auto& other = b.at(function);
    const double z = std::abs(mean.mean - other.mean) / std::hypot(mean.error, other.error);
    if (std::isnan(z)) return {std::numeric_limits<double>::infinity(), function};
    if (z > worst.first) worst = {z, function};
  }
  return worst;
}

/// Coefficients of raw columns, so that all that is integrated is reported.
Case model(const std::string& formula) {
  Case one{"", formula, {}, small_table()};
  one.options.design.priors = {"b ~ normal(0, 1)", "sd ~ half_normal(1)", "sigma ~ half_normal(1)"};
  if (formula.find("(x |") != std::string::npos) one.options.design.priors.push_back("cor ~ lkj(1)");
  return one;
}

TEST(Geweke, SlowCorrelatedSlopes) {
  const auto [z, function] = largest_difference(model("y ~ 0 + Intercept + x + (x | g)"), "all");
  EXPECT_LT(z, 4.5) << function;
}

TEST(Geweke, SlowCrossedFactors) {
  const auto [z, function] = largest_difference(model("y ~ 0 + Intercept + x + (1 | g) + (1 | h)"), "all");
  EXPECT_LT(z, 4.5) << function;
}

TEST(Geweke, SlowSeesEffectsThatAreATenthTooSmall) {
  EXPECT_GT(largest_difference(model("y ~ 0 + Intercept + x + (x | g)"), "all", 0.9).first, 4.5);
}

}  // namespace
}  // namespace woodbury::calibration
