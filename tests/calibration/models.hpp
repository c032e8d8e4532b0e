// The models of the calibration suite: small designs, proper priors with numbers of their own.
#pragma once

#include <string>
#include <vector>

#include "woodbury/fit/fit.hpp"

namespace woodbury::calibration {

struct Case {
  std::string name, formula;
  fit::Options options;
  frame::Frame table;  ///< its response is anything
};

/// Rows of x and factors: g with 8 levels of 5 rows, o that g nests in by pairs, and h of 5 levels that crosses g.
inline frame::Frame small_table() {
  base::Stream stream(11, 0, 0, base::Purpose::test);
  std::vector<double> y, x;
  std::vector<std::string> g, h, o;
  for (int n = 0; n < 40; ++n) {
    y.push_back(1 + stream.uniform());
    x.push_back(stream.normal());
    g.push_back("g" + std::to_string(n / 5));
    h.push_back("h" + std::to_string(n % 5));
    o.push_back("o" + std::to_string(n / 10));
  }
  frame::Frame table;
  table.add("y", frame::Numeric{y});
  table.add("x", frame::Numeric{x});
  table.add("g", frame::make_factor(g));
  table.add("h", frame::make_factor(h));
  table.add("o", frame::make_factor(o));
  return table;
}

inline std::vector<Case> cases() {
  const std::vector<std::string> priors{"Intercept ~ normal(0, 2)", "b ~ normal(0, 1)", "sd ~ half_normal(1)"};
  const auto make = [&](const std::string& name, const std::string& formula, const std::string& of_sigma) {
    Case one{name, formula, {}, small_table()};
    one.options.design.priors = priors;
    if (!of_sigma.empty()) one.options.design.priors.push_back(of_sigma);
    return one;
  };
  std::vector<Case> list;
  list.push_back(make("one factor", "y ~ x + (x | g)", "sigma ~ exponential(1)"));
  list.back().options.design.priors.push_back("cor ~ lkj(2)");
  list.push_back(make("nested", "y ~ x + (1 | o/g)", "sigma ~ half_normal(1)"));
  list.push_back(make("crossed", "y ~ x + (1 | g) + (1 | h)", "sigma ~ half_normal(1)"));
  list.push_back(make("heteroscedastic", "y ~ x + (1 | g)", ""));
  list.back().options.design.sigma = "~ x";
  list.back().options.design.priors.insert(list.back().options.design.priors.end(),
                                           {"Intercept_sigma ~ normal(0, 0.5)", "b_sigma ~ normal(0, 0.5)"});
  list.push_back(make("lognormal", "y ~ x + (1 | g)", "sigma ~ half_normal(1)"));
  list.back().options.design.family = model::FamilyKind::lognormal;
  return list;
}

/// The table with another response.
inline frame::Frame with_response(const frame::Frame& table, const std::vector<double>& y) {
  frame::Frame other;
  for (const std::string& name : table.names())
    if (name == "y")
      other.add(name, frame::Numeric{y});
    else
      other.add(name, table.column(name));
  return other;
}

}  // namespace woodbury::calibration
