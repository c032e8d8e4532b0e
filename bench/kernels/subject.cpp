#include "bench/kernels/subject.hpp"

#include <array>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace woodbury::bench {

namespace {

constexpr std::size_t kDifferenced = 300000;  // effects up to which the oracle is evaluated thrice

std::vector<double> some_point(std::size_t size) {
  base::Stream stream(2, 0, 0, base::Purpose::simulate);
  std::vector<double> q(size);
  for (double& value : q) value = 0.1 * stream.normal();
  return q;
}

bool near(double ours, double expected, double tolerance) {
  return std::abs(ours - expected) <= tolerance * (1 + std::abs(expected));
}

std::string unlike(const char* what, double ours, double expected) {
  return fmt::format("{} is {:.12g}, expected {:.12g}", what, ours, expected);
}

/// Of a value with gradient of contrasts, each a few products of n × d and d × d.
double flops_of(const std::vector<moments::Contrast>& contrasts, const kernels::Structure& s) {
  double flops = 0;
  for (const moments::Contrast& contrast : contrasts) {
    const auto n = static_cast<double>(s.layout->blocks()[contrast.block].columns);
    const auto d = static_cast<double>(s.width[contrast.block]);
    flops += 4 * n * n * d + 8 * n * d * d + 4 * d * d * d;
  }
  return flops;
}

double numbers(const std::vector<std::vector<double>>& arrays) {
  double sum = 0;
  for (const auto& array : arrays) sum += static_cast<double>(array.size());
  return sum;
}

}  // namespace

Subject::Subject(fit::Prepared prepared)
    : prepared_(std::move(prepared)),
      density_(prepared_.plan, prepared_.data),
      q_(some_point(density_.dimension())),
      out_(q_.size()),
      derivatives_(density_.likelihood().kernel().zero()) {
  if (!by_moments()) return;
  if (const reduce::Reduction* reduction = density_.likelihood().reduction()) {
    sums_ = reduction->sums();
  } else {
    const Problem p = problem();
    const std::vector<const double*> response{p.response.data()};
    sums_ = moments::Totals(*p.design, p.weights.empty() ? nullptr : p.weights.data(), response).sums();
  }
  density_.evaluate(q_, out_);
}

double Subject::gradient() {
  q_[0] = -q_[0];
  return density_.evaluate(q_, out_);
}

double Subject::kernel() {
  kernels::Elimination& kernel = density_.likelihood().kernel();
  const kernels::Point& point = density_.likelihood().point();
  const double value = kernel.integrate(sums_, point);
  kernel.gradient(sums_, point, derivatives_);
  return value;
}

double Subject::read() const {
  constexpr std::size_t kChunk = 512;
  std::array<double, kChunk> sums{};
  for (const auto* arrays : {&sums_.diagonal, &sums_.pairs})
    for (const std::vector<double>& array : *arrays)
      for (std::size_t i = 0; i < array.size(); i += kChunk)
        linalg::add_scaled(sums.data(), &array[i], 1, std::min(kChunk, array.size() - i));
  double total = std::accumulate(sums.begin(), sums.end(), 0.0);
  for (const double value : sums_.rhs) total += value;
  for (const moments::Pattern& pattern : density_.likelihood().kernel().structure().layout->patterns())
    total += static_cast<double>(std::accumulate(pattern.level.begin(), pattern.level.end(), std::int64_t{0}));
  return total;
}

void Subject::count(benchmark::State& state) const {
  const density::Likelihood& likelihood = density_.likelihood();
  const kernels::Structure& s = likelihood.kernel().structure();
  state.counters["sampled"] = static_cast<double>(density_.dimension());
  state.counters["integrated"] = static_cast<double>(s.whitened_count + s.flat_count);
  if (!by_moments()) return;
  double read = numbers(sums_.diagonal) + numbers(sums_.pairs) + static_cast<double>(sums_.rhs.size()), meetings = 0;
  for (const moments::Contrast& contrast : sums_.contrasts) read += 2 * static_cast<double>(contrast.square.size());
  for (const moments::Pattern& pattern : s.layout->patterns()) meetings += static_cast<double>(pattern.meetings());
  const std::size_t tail = linalg::padded(s.tail_size);
  const std::size_t kept = s.half_size + 2 * s.values_size + s.left_size + 3 * s.square_size + 4 * s.node_coordinates +
                           2 * tail * tail + s.row_count * tail;
  const kernels::Structure::Flops flops = s.flops();
  const double order = static_cast<double>(s.tail_size), dense_tail = order * order * (order + 4);  // linalg::Dense
  state.counters["flops"] = flops.products + flops.updates + flops.dense + dense_tail + flops_of(sums_.contrasts, s);
  state.counters["bytes"] = 8 * read + 4 * meetings;
  state.counters["kept"] = 8 * static_cast<double>(kept);
}

/// The rows as the likelihood's design has them, less what was taken from an intercept.
Problem Subject::problem() const {
  const density::Likelihood& likelihood = density_.likelihood();
  const plan::Plan& plan = prepared_.plan;
  Problem problem{&likelihood.design(), &plan.roles, plan::response_values(plan.model, plan.linear, prepared_.data),
                  plan::known_weights(plan.model, plan.linear, prepared_.data)};
  for (std::size_t k = 0; k < plan.linear.blocks.size(); ++k)
    for (std::size_t c = 0; c < plan.linear.blocks[k].columns.size(); ++c)
      if (const double origin = likelihood.origin(k, c); origin != 0)
        for (double& y : problem.response) y -= origin;
  return problem;
}

/// The kernel's point, whose coefficients are in the order of the reduced layout, in the design's.
kernels::Point Subject::design_point() const {
  const density::Likelihood& likelihood = density_.likelihood();
  const moments::Layout& layout = *likelihood.kernel().structure().layout;
  const moments::Design& design = likelihood.design();
  kernels::Point point = likelihood.point();
  point.coefficients.assign(design.size(), 0);
  for (std::size_t k = 0; k < design.blocks().size(); ++k)
    if (!prepared_.plan.roles.blocks[k].integrated)
      std::copy_n(&likelihood.point().coefficients[layout.offset(k)], design.blocks()[k].size(),
                  &point.coefficients[design.offset(k)]);
  return point;
}

std::string Subject::check() {
  if (const double value = gradient(); !std::isfinite(value)) return "the density is not finite: " + density_.failure();
  std::string wrong;
  if (by_moments()) {
    const Problem rows = problem();
    wrong = check_value(rows);
    if (wrong.empty()) wrong = check_derivatives(rows);
  } else {
    wrong = check_by_rows();
  }
  return wrong;
}

std::string Subject::check_value(const Problem& problem) {
  constexpr double kTolerance = 1e-9;
  const double expected = log_density(problem, design_point()), ours = kernel();
  if (!near(ours, expected, kTolerance)) return unlike("the log density", ours, expected);
  return {};
}

/// Along a random direction of all factors, coefficients and the log precision that are free.
std::string Subject::check_derivatives(const Problem& problem) {
  constexpr double kStep = 1e-4, kTolerance = 1e-4;
  const kernels::Structure& s = density_.likelihood().kernel().structure();
  if (s.whitened_count > kDifferenced) return {};
  const kernels::Point at = design_point();
  kernels::Point up = at, down = at;
  base::Stream stream(3, 0, 0, base::Purpose::simulate);
  const auto move = [&](double& above, double& below, double derivative, double& slope) {
    const double by = kStep * (stream.uniform() + 0.5);
    above += by;
    below -= by;
    slope += 2 * by * derivative;
  };
  double slope = 0;
  const double precision_step = kStep * stream.normal();
  up.precision *= std::exp(precision_step);
  down.precision *= std::exp(-precision_step);
  slope += 2 * precision_step * derivatives_.log_precision;
  for (std::size_t k = 0; k < problem.design->blocks().size(); ++k) {
    const kernels::BlockRole& role = problem.roles->blocks[k];
    const moments::Shape& shape = s.layout->blocks()[k];
    if (role.integrated && role.flat.empty() && shape.levels > 0)
      for (std::size_t i = 0; i < at.factor[k].size(); ++i)
        move(up.factor[k][i], down.factor[k][i], derivatives_.factor[k][i], slope);
    for (std::size_t i = 0; !role.integrated && i < shape.size(); ++i)
      move(up.coefficients[problem.design->offset(k) + i], down.coefficients[problem.design->offset(k) + i],
           derivatives_.coefficients[s.layout->offset(k) + i], slope);
  }
  const double expected = log_density(problem, up) - log_density(problem, down);
  if (std::abs(slope - expected) > kTolerance * (std::abs(expected) + kStep)) return unlike("a slope", slope, expected);
  return {};
}

/// The same with neither cells nor strata, where that ends in time.
std::string Subject::check_by_rows() {
  constexpr std::size_t kRows = 100000;
  if (prepared_.data.rows() > kRows) return {};
  plan::Plan plain = prepared_.plan;
  plain.without = {std::string(plan::kCells), std::string(plan::kStrata)};
  density::Density rows(plain, prepared_.data);
  std::vector<double> out(q_.size());
  const double expected = rows.evaluate(q_, out), ours = density_.evaluate(q_, out_);
  if (!near(ours, expected, 1e-9)) return unlike("the log density", ours, expected);
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!near(out_[i], out[i], 1e-7)) return unlike("a derivative", out_[i], out[i]);
  return {};
}

namespace {

/// The last subject asked for: the library runs a benchmark's function several times.
Subject& held_subject(const std::string& name, const std::function<fit::Prepared()>& prepare, std::string& wrong) {
  static std::string held, held_wrong;
  static std::unique_ptr<Subject> last;
  if (held != name || !last) {
    last.reset();
    held = name;
    last = std::make_unique<Subject>(prepare());
    held_wrong = last->check();
  }
  wrong = held_wrong;
  return *last;
}

void time(benchmark::State& state, const std::string& name, const std::function<fit::Prepared()>& prepare,
          Timed timed) {
  std::string wrong;
  Subject* subject = nullptr;
  try {
    subject = &held_subject(name, prepare, wrong);
  } catch (const base::Error& error) {
    wrong = error.what();
  }
  if (!wrong.empty()) return state.SkipWithError(wrong.c_str());
  for (auto _ : state) benchmark::DoNotOptimize(timed(*subject));
  subject->count(state);
}

}  // namespace

void add(const std::string& name, const std::function<fit::Prepared()>& prepare, const std::string& what, Timed timed) {
  benchmark::RegisterBenchmark((name + "/" + what).c_str(), [=](benchmark::State& state) {
    time(state, name, prepare, timed);
  })->Unit(benchmark::kMicrosecond);
}

void add(const std::string& name, const std::function<fit::Prepared()>& prepare, bool with_kernel) {
  add(name, prepare, "gradient", gradient);
  if (with_kernel) add(name, prepare, "kernel", kernel);
}

}  // namespace woodbury::bench
