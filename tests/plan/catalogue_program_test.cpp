// The catalogue's programs: what can be integrated, and everything that stands against it.
#include "tests/plan/catalogue.hpp"

namespace woodbury::plan {

using model::Builder;
using model::Expr;
using model::over;

namespace {

Expr sigma(Builder& m) { return m.half_normal("sigma", 1); }
Expr effect(Builder& m, const std::string& name = "u", const std::string& factor = "g") {
  return m.normal(name, 0, m.half_normal("tau_" + name, 1), over(factor))[factor];
}

void hierarchies(std::vector<Entry>& list) {
  list.push_back(program("hierarchical_mean", [](Builder& m) {
    const Expr mu = m.normal("mu", 0, 1), u = m.normal("u", mu, m.half_cauchy("tau", 5), over("g"));
    const Expr beta = m.normal("beta", 0, 1), sigma = m.half_cauchy("sigma", 5);
    m.observe_normal("y", u["g"] + beta * m.col("x"), sigma);
  }));
  list.push_back(program("deep_hierarchy", [](Builder& m) {
    const Expr top = m.normal("top", 0, 1), mid = m.normal("mid", top, m.half_normal("tau_mid", 1), over("i"));
    const Expr leaf = m.normal("leaf", mid.at("g"), m.half_normal("tau_leaf", 1), over("g"));
    const Expr sd = sigma(m);
    m.observe_normal("y", leaf["g"], sd);
  }));
  list.push_back(program("means_of_columns", [](Builder& m) {
    const Expr cor = m.lkj("cor", 1, {"Intercept", "x"}, "g__coef"), sd = m.half_normal("sd", 1);
    const Expr m0 = m.normal("m0", 0, 1), m1 = m.student_t("m1", 4, 0, 1);
    const Expr r =
        m.effects("r", {sd, 2 * sd},
                  {.over = "g", .cor = cor, .columns = {"Intercept", "x"}, .means = {m0, m1}, .dim = "g__coef"});
    m.observe_normal("y", r.component(0)["g"] + r.component(1)["g"] * m.col("x"), sigma(m));
  }));
  list.push_back(program("mean_of_student_t_child", [](Builder& m) {
    const Expr mu = m.normal("mu", 0, 1), u = m.student_t("u", 4, mu, m.half_normal("tau", 1), over("g"));
    const Expr sd = sigma(m);
    m.observe_normal("y", mu + u["g"], sd);
  }));
  list.push_back(program("mean_of_sampled_gaussian", [](Builder& m) {
    const Expr mu = m.normal("mu", 0, 1), u = m.normal("u", mu, m.half_normal("tau", 1), over("g"));
    const Expr sd = sigma(m);
    m.observe_normal("y", exp(u["g"]) + mu, sd);
  }));
  list.push_back(program("curved_prior_mean", [](Builder& m) {
    const Expr mu = m.normal("mu", 0, 1), u = m.normal("u", square(mu), 1, over("g"));
    const Expr sd = sigma(m);
    m.observe_normal("y", u["g"], sd);
  }));
}

void products(std::vector<Entry>& list) {
  list.push_back(program("product_of_scalars", [](Builder& m) {
    const Expr a = m.normal("a", 0, 1), b = m.normal("b", 0, 1);
    const Expr sd = sigma(m);
    m.observe_normal("y", a * b * m.col("x"), sd);
  }));
  list.push_back(program("product_effect_and_loading", [](Builder& m) {
    const Expr loading = m.normal("loading", 1, 1);
    const Expr u = effect(m), v = effect(m, "v"), sd = sigma(m);
    m.observe_normal("y", u + v * loading * m.col("x"), sd);
  }));
  list.push_back(program("product_with_sampled", [](Builder& m) {
    const Expr k = m.half_normal("k", 1);
    const Expr a = m.normal("a", 0, 1), u = effect(m), sd = sigma(m);
    m.observe_normal("y", a + u * k, sd);
  }));
  list.push_back(program("product_of_two_effects", [](Builder& m) {
    const Expr a = m.normal("a", 0, 1), u = effect(m), v = effect(m, "v", "h"), sd = sigma(m);
    m.observe_normal("y", a + u * v, sd);
  }));
  list.push_back(program("square_of_an_effect", [](Builder& m) {
    const Expr u = effect(m);
    const Expr a = m.normal("a", 0, 1), sd = sigma(m);
    m.observe_normal("y", a + u * u, sd);
  }));
}

void scales(std::vector<Entry>& list) {
  list.push_back(program("effect_sets_scale", [](Builder& m) {
    const Expr a = m.normal("a", 0, 1), u = effect(m), v = effect(m, "v", "h");
    m.observe_normal("y", a + u, exp(v));
  }));
  list.push_back(program("effect_in_mean_and_scale", [](Builder& m) {
    const Expr u = effect(m);
    const Expr a = m.normal("a", 0, 1);
    m.observe_normal("y", a + u, exp(u));
  }));
  list.push_back(program("sets_the_scale_of_another", [](Builder& m) {
    const Expr a = m.normal("a", 0, 1), u = m.normal("u", 0, exp(a), over("g"));
    const Expr sd = sigma(m);
    m.observe_normal("y", a + u["g"], sd);
  }));
  list.push_back(program("sd_varies_over_levels", [](Builder& m) {
    const Expr s = m.half_normal("s", 1, over("g")), u = m.normal("u", 0, s, over("g"));
    const Expr a = m.normal("a", 0, 1), v = effect(m, "v", "h"), sd = sigma(m);
    m.observe_normal("y", a + u["g"] + v, sd);
  }));
  list.push_back(program("known_sds_of_a_program", [](Builder& m) {
    const Expr a = m.normal("a", 0, 1), u = effect(m);
    m.observe_normal("y", a + u, m.col("w"));
  }));
  list.push_back(program("weighted_sigma", [](Builder& m) {
    const Expr a = m.normal("a", 0, 1), u = effect(m), sd = sigma(m);
    m.observe_normal("y", a + u, sd / sqrt(m.col("w")));
  }));
}

void others(std::vector<Entry>& list) {
  list.push_back(program("student_t_effect", [](Builder& m) {
    const Expr u = m.student_t("u", 4, 0, m.half_normal("tau", 1), over("g"));
    const Expr a = m.normal("a", 0, 1), v = effect(m, "v", "h"), sd = sigma(m);
    m.observe_normal("y", a + u["g"] + v, sd);
  }));
  list.push_back(program("truncated_prior", [](Builder& m) {
    const Expr b = m.variable("b", model::parse_prior("normal(0, 1)"), true);
    const Expr a = m.normal("a", 0, 1), sd = sigma(m);
    m.observe_normal("y", a + b * m.col("x"), sd);
  }));
  list.push_back(program("truncated_child", [](Builder& m) {
    const Expr a = m.normal("a", 0, 1);
    auto& graph = m.graph();
    const auto b = graph.add_variable({"b", {}, {model::DistributionKind::normal, {m.node(a), m.node(1)}, true}});
    const Expr sd = sigma(m);
    m.observe_normal("y", a + m.wrap(graph.node_of(b)) * m.col("x"), sd);
  }));
  list.push_back(program("mean_is_not_linear", [](Builder& m) {
    const Expr u = effect(m), k = m.normal("k", 0, 1), sd = sigma(m);
    m.observe_normal("y", u + exp(k * m.col("x")), sd);
  }));
  list.push_back(program("in_a_denominator", [](Builder& m) {
    const Expr u = effect(m), k = m.normal("k", 0, 1), sd = sigma(m);
    m.observe_normal("y", u / (1 + square(k)), sd);
  }));
  list.push_back(program("rows_of_sampled", [](Builder& m) {
    const Expr u = effect(m), k = m.half_normal("k", 1), sd = sigma(m);
    m.observe_normal("y", u + exp(-k * square(m.col("x"))), sd);
  }));
  list.push_back(program("flat_over_levels", [](Builder& m) {
    const Expr u = m.flat("u", over("g")), b = m.normal("b", 0, 1), sd = sigma(m);
    m.observe_normal("y", u["g"] + b * m.col("x"), sd);
  }));
  list.push_back(program("does_not_enter", [](Builder& m) {
    m.normal("unused", 0, 1);
    const Expr a = m.normal("a", 0, 1), sd = sigma(m);
    m.observe_normal("y", a, sd);
  }));
  list.push_back(program("nothing_gaussian", [](Builder& m) {
    const Expr a = m.cauchy("a", 0, 1), sd = sigma(m);
    m.observe_normal("y", a, sd);
  }));
}

void responses(std::vector<Entry>& list) {
  list.push_back(program("two_responses", [](Builder& m) {
    const Expr a = m.normal("a", 0, 1), b = m.normal("b", 0, 1), u = effect(m), s = m.half_normal("s", 1);
    m.observe_normal("y", a + u, sigma(m));
    m.observe_normal("w", b + u * m.col("x"), s);
  }));
  list.push_back(program("two_responses_of_one_scale", [](Builder& m) {
    const Expr a = m.normal("a", 0, 1), u = effect(m), sd = sigma(m);
    m.observe_normal("y", a + u, sd);
    m.observe_lognormal("w", a - u, sd);
  }));
  list.push_back(program("linear_in_one_response_only", [](Builder& m) {
    const Expr a = m.normal("a", 0, 1), u = effect(m), v = effect(m, "v", "h"), sd = sigma(m);
    m.observe_normal("y", a + u + v, sd);
    m.observe_normal("w", exp(u), sd);
  }));
  list.push_back(program("sets_the_scale_of_the_other_response", [](Builder& m) {
    const Expr a = m.normal("a", 0, 1), u = effect(m), v = effect(m, "v", "h"), sd = sigma(m);
    m.observe_normal("y", a + u + v, sd);
    m.observe_normal("w", a, exp(u));
  }));
}

void series(std::vector<Entry>& list) {
  list.push_back(program("random_walk", [](Builder& m) {
    const Expr e = m.normal("e", 0, m.half_normal("tau", 1), over("h"));
    const Expr a = m.normal("a", 0, 1), u = effect(m), sd = sigma(m);
    m.observe_normal("y", a + u + cumsum(e)["h"], sd);
  }));
  list.push_back(program("autoregressive", [](Builder& m) {
    const Expr e = m.normal("e", 0, m.half_normal("tau", 1), over("g"));
    const Expr rho = m.uniform("rho", -1, 1), a = m.normal("a", 0, 1), sd = sigma(m);
    m.observe_normal("y", a + ar1(e, rho)["g"] * m.col("x") + e["g"], sd);
  }));
  list.push_back(program("walk_with_drift", [](Builder& m) {
    const Expr e = m.normal("e", m.normal("drift", 0, 1), m.half_normal("tau", 1), over("g"));
    const Expr sd = sigma(m);
    m.observe_normal("y", cumsum(e)["g"], sd);
  }));
  list.push_back(program("gaussian_autocorrelation", [](Builder& m) {
    const Expr e = m.normal("e", 0, m.half_normal("tau", 1), over("g"));
    const Expr r = m.normal("r", 0, 1), sd = sigma(m);
    m.observe_normal("y", ar1(e, tanh(r))["g"], sd);
  }));
  list.push_back(program("series_times_another_factor", [](Builder& m) {
    const Expr e = m.normal("e", 0, m.half_normal("tau", 1), over("g"));
    const Expr k = m.lognormal("k", 0, 1, over("h")), sd = sigma(m);
    m.observe_normal("y", cumsum(e)["g"] + e["g"] * k["h"], sd);
  }));
  list.push_back(program("curve_times_effects", [](Builder& m) {
    const Expr height = m.normal("height", m.normal("mu", 1, 1), m.half_normal("tau", 1), over("g"));
    const Expr rate = m.normal("rate", 0, 1), v = effect(m, "v", "h"), sd = sigma(m);
    m.observe_normal("y", height["g"] * exp(-exp(rate) * square(m.col("x"))) + v, sd);
  }));
  list.push_back(program("values_of_the_effects_own_factor", [](Builder& m) {
    const Expr a = m.normal("a", 0, 1), k = m.lognormal("k", 0, 0.5, over("g")), u = effect(m), sd = sigma(m);
    m.observe_normal("y", a + u * k["g"], sd);
  }));
}

}  // namespace

std::vector<Entry> program_entries() {
  std::vector<Entry> list;
  hierarchies(list);
  products(list);
  scales(list);
  others(list);
  responses(list);
  series(list);
  return list;
}

}  // namespace woodbury::plan
