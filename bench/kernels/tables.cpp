#include "bench/kernels/tables.hpp"

#include <algorithm>
#include <cmath>

namespace woodbury::bench {

namespace {

base::Stream stream_of(std::uint64_t what) { return {1, what, 0, base::Purpose::simulate}; }

}  // namespace

std::vector<Factor> one_factor(std::size_t levels) { return nested({levels}); }

std::vector<Factor> balanced(std::size_t levels, std::size_t rows_each) {
  Factor g{"g", {}};
  for (std::size_t n = 0; n < levels * rows_each; ++n) g.codes.push_back(static_cast<std::int32_t>(n / rows_each));
  return {g};
}

std::vector<Factor> rows_over(std::size_t rows, std::size_t levels) {
  base::Stream stream = stream_of(0);
  Factor g{"g", {}};
  for (std::size_t n = 0; n < rows; ++n)
    g.codes.push_back(static_cast<std::int32_t>(n < levels ? n : stream.below(levels)));
  return {g};
}

std::vector<Factor> nested(const std::vector<std::size_t>& levels) {
  base::Stream stream = stream_of(0);
  std::vector<Factor> factors;
  for (std::size_t k = 0; k < levels.size(); ++k) factors.push_back({std::string(1, "abde"[k]), {}});
  for (std::size_t j = 0; j < levels[0]; ++j)
    for (std::size_t more = stream.below(5) + 1; more > 0; --more)
      for (std::size_t k = 0; k < levels.size(); ++k)
        factors[k].codes.push_back(static_cast<std::int32_t>(j * levels[k] / levels[0]));
  return factors;
}

std::vector<Factor> crossed(std::size_t levels_g, std::size_t levels_h, double density) {
  base::Stream stream = stream_of(0);
  std::vector<Factor> factors{{"g", {}}, {"h", {}}};
  const auto add = [&](std::size_t g, std::size_t h) {
    factors[0].codes.push_back(static_cast<std::int32_t>(g));
    factors[1].codes.push_back(static_cast<std::int32_t>(h));
  };
  for (std::size_t i = 0; i < std::max(levels_g, levels_h); ++i) add(i % levels_g, i % levels_h);
  for (std::size_t g = 0; g < levels_g; ++g)
    for (std::size_t h = 0; h < levels_h; ++h)
      if (stream.uniform() < density) add(g, h);
  return factors;
}

frame::Frame simulate(const std::vector<Factor>& factors, std::size_t columns) {
  base::Stream stream = stream_of(1);
  const std::size_t rows = factors[0].codes.size();
  std::vector<std::vector<double>> x(columns, std::vector<double>(rows));
  std::vector<double> c(rows), y(rows);
  for (std::size_t n = 0; n < rows; ++n) {
    double mean = 1;
    for (auto& column : x) mean += 0.5 * (column[n] = 2 * stream.uniform() - 1);
    for (const Factor& factor : factors) mean += 0.4 * std::sin(1 + 3.7 * factor.codes[n]);
    c[n] = stream.below(2) == 0 ? -1 : 1;
    y[n] = mean + 2 * stream.uniform() - 1;
  }
  frame::Frame table;
  for (std::size_t k = 0; k < columns; ++k) table.add("x" + std::to_string(k + 1), frame::Numeric{std::move(x[k])});
  table.add("c", frame::Numeric{std::move(c)});
  table.add("y", frame::Numeric{std::move(y)});
  for (const Factor& factor : factors) {
    const auto levels = static_cast<std::size_t>(*std::max_element(factor.codes.begin(), factor.codes.end())) + 1;
    std::vector<std::string> labels;
    for (std::size_t j = 0; j < levels; ++j) labels.push_back(std::to_string(j));
    table.add(factor.name, frame::Factor{factor.codes, std::move(labels)});
  }
  return table;
}

fit::Prepared prepare(const std::string& formula, const frame::Frame& table, const plan::Options& plan,
                      const design::Options& design) {
  fit::Options options;
  options.plan = plan;
  options.design = design;
  return fit::prepare(formula, table, options);
}

}  // namespace woodbury::bench
