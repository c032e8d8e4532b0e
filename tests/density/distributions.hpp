// Models with a variable of each distribution, all sampled.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "woodbury/density/density.hpp"

namespace woodbury::density::distributions {

using model::Builder;
using model::DistributionKind;
using model::Expr;
using model::over;

/// A variable of a distribution over g; m is a location, s a scale above 0.
struct Case {
  DistributionKind kind;
  std::function<Expr(Builder&, const Expr& m, const Expr& s)> make;
};

inline const std::vector<std::string> kColumns{"one", "two"};

/// Every distribution, its arguments expressions of others where they may be.
inline std::vector<Case> cases() {
  using enum DistributionKind;
  const model::Over g = over("g");
  const model::Over half{"g", {}, true};
  return {
      {normal, [=](Builder& b, const Expr& m, const Expr& s) { return b.normal("v", m, s, g); }},
      {normal, [=](Builder& b, const Expr& m, const Expr& s) { return b.normal("v", m, s, half); }},
      {student_t, [=](Builder& b, const Expr& m, const Expr& s) { return b.student_t("v", 2 + s, m, s, g); }},
      {student_t, [=](Builder& b, const Expr& m, const Expr& s) { return b.student_t("v", 2 + s, m, s, half); }},
      {cauchy, [=](Builder& b, const Expr& m, const Expr& s) { return b.cauchy("v", m, s, g); }},
      {cauchy, [=](Builder& b, const Expr& m, const Expr& s) { return b.cauchy("v", m, s, half); }},
      {half_normal, [=](Builder& b, const Expr&, const Expr& s) { return b.half_normal("v", s, g); }},
      {half_student_t, [=](Builder& b, const Expr&, const Expr& s) { return b.half_student_t("v", 2 + s, s, g); }},
      {half_cauchy, [=](Builder& b, const Expr&, const Expr& s) { return b.half_cauchy("v", s, g); }},
      {exponential, [=](Builder& b, const Expr&, const Expr& s) { return b.exponential("v", s, g); }},
      {gamma, [=](Builder& b, const Expr&, const Expr& s) { return b.gamma("v", s, 1 / s, g); }},
      {inverse_gamma, [=](Builder& b, const Expr&, const Expr& s) { return b.inverse_gamma("v", 1 + s, s, g); }},
      {lognormal, [=](Builder& b, const Expr& m, const Expr& s) { return b.lognormal("v", m, s, g); }},
      {uniform, [=](Builder& b, const Expr&, const Expr&) { return b.uniform("v", -2, 1, g); }},
      {beta, [=](Builder& b, const Expr&, const Expr& s) { return b.beta("v", 1 + s, 2 * s, g); }},
      {flat, [=](Builder& b, const Expr&, const Expr&) { return b.flat("v", g); }},
      {flat, [=](Builder& b, const Expr&, const Expr&) { return b.flat("v", half); }},
      {constant, [=](Builder& b, const Expr&, const Expr&) { return b.constant("v", 0.7); }},
      {lkj,
       [=](Builder& b, const Expr& m, const Expr& s) {
         const Expr r = b.lkj("v", 1.5, kColumns, "coef");
         return b.effects("e", {s, 2 * s}, {.over = "g", .cor = r, .columns = kColumns, .means = {m, 0}, .dim = "coef"})
             .component(1);
       }},
      {multi_normal,
       [=](Builder& b, const Expr& m, const Expr& s) {
         const Expr r = b.lkj("R", 1.5, kColumns, "coef");
         return b
             .effects("v", {s, 2 * s}, {.over = "g", .cor = r, .columns = kColumns, .means = {m, m * m}, .dim = "coef"})
             .component(1);
       }},
  };
}

inline Expr at_rows(Builder& m, const Expr& v) { return m.model().node(m.node(v)).dims.empty() ? v : v["g"]; }

/// The variable enters a mean, curved too.
inline void build(const Case& each, Builder& m) {
  const Expr location = m.normal("m", 0, 1), scale = m.lognormal("s", 0, 0.5);
  const Expr v = each.make(m, location, scale);
  m.observe_normal("y", at_rows(m, v) + tanh(at_rows(m, v)) * m.col("x") + location, m.half_normal("sigma", 1));
}

/// Everything is sampled, Gaussian variables over g this way.
inline plan::Options all_sampled(const model::Model& model, const std::string& way) {
  plan::Options options;
  options.integrate = "none";
  for (const char* effects : {"v", "e"})
    if (model.has(effects) && plan::is_gaussian(model.variable(model.find(effects))))
      options.parametrisation[effects] = way;
  return options;
}

inline plan::Plan plan_of(const Case& each, const frame::Frame& table, const std::string& way) {
  Builder m;
  build(each, m);
  return plan::make_plan(m.model(), table, all_sampled(m.model(), way));
}

}  // namespace woodbury::density::distributions
