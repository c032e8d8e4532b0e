// Expressions with each operation of the graph, on scalars, levels, matrices and rows.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "woodbury/model/model.hpp"

namespace woodbury::density::operations {

using model::Builder;
using model::Expr;
using model::over;

/// Values that are defined at any positive values of the variables.
struct Program {
  Builder m;
  Expr s = m.normal("s", 0, 1), t = m.normal("t", 0, 1), u = m.normal("u", 0, 1, over("g")),
       v = m.normal("v", 0, 1, over("g")), top = m.normal("top", 0, 1, over("i")),
       r = m.effects("r", {1, 1}, {.over = "h", .columns = {"one", "two"}, .dim = "h__coef"});
  Expr x = m.col("x"), w = m.col("w");
};

struct Case {
  std::string name;
  std::function<Expr(Program&)> build;
};

/// Every operation once at least.
inline std::vector<Case> cases() {
  return {
      {"scalar sum", [](Program& p) { return p.s + p.t; }},
      {"scalar difference", [](Program& p) { return p.s - p.t; }},
      {"scalar product", [](Program& p) { return p.s * p.t; }},
      {"scalar quotient", [](Program& p) { return p.s / p.t; }},
      {"the same twice", [](Program& p) { return p.s * p.s - p.s / (p.s + 1); }},
      {"levels with levels", [](Program& p) { return p.u * p.v + p.u / p.v - p.v; }},
      {"scalar with levels", [](Program& p) { return p.s * p.u - p.s + p.s / p.u; }},
      {"levels with scalar", [](Program& p) { return p.u * p.s + (p.u - p.s) / p.t; }},
      {"rows", [](Program& p) { return p.s * p.x + p.u["g"] * p.w - p.t / p.w; }},
      {"negate", [](Program& p) { return -p.u; }},
      {"exp", [](Program& p) { return exp(p.u); }},
      {"log", [](Program& p) { return log(p.u); }},
      {"sqrt", [](Program& p) { return sqrt(p.u); }},
      {"square", [](Program& p) { return square(p.u); }},
      {"tanh", [](Program& p) { return tanh(p.u); }},
      {"inv_logit", [](Program& p) { return inv_logit(p.u); }},
      {"log1p", [](Program& p) { return log1p(p.u); }},
      {"expm1", [](Program& p) { return expm1(p.u); }},
      {"sin", [](Program& p) { return sin(p.u); }},
      {"cos", [](Program& p) { return cos(p.u); }},
      {"cumsum", [](Program& p) { return cumsum(p.u * p.s); }},
      {"ar1", [](Program& p) { return ar1(p.u, tanh(p.s - 1)); }},
      {"ar1 with a number", [](Program& p) { return ar1(p.u, -0.4) + ar1(p.v, 0); }},
      {"series at rows", [](Program& p) { return cumsum(p.u)["g"] * p.x; }},
      {"component", [](Program& p) { return p.r.component(0) * exp(p.r.component(1)); }},
      {"gather to rows", [](Program& p) { return p.r.component(1)["h"] * p.x; }},
      {"gather to a nested factor", [](Program& p) { return p.top.at("g") * p.u; }},
      {"gather twice", [](Program& p) { return square(p.top.at("g"))["g"] - p.top["i"]; }},
      {"stack",
       [](Program& p) {
         auto& graph = p.m.graph();
         graph.add_dim("d", {"a", "b", "c"});
         return p.m.wrap(graph.stack({p.m.node(p.s), p.m.node(p.s * p.t), p.m.node(exp(p.t))}, "d"));
       }},
      {"arrays", [](Program& p) { return exp(p.r) * p.s + p.r; }},
  };
}

/// The expression as one with a value for each row: read at its factor, its columns summed.
inline Expr at_rows(Builder& m, const Expr& e) {
  const std::vector<std::string> dims = m.model().node(m.node(e)).dims;
  if (dims.empty() || dims == std::vector{model::kRow}) return e;
  const auto labels = m.model().dim_labels.find(dims.back());
  if (labels == m.model().dim_labels.end()) return e[dims[0]];
  Expr sum = 0;
  for (const std::string& label : std::vector(labels->second)) sum = sum + at_rows(m, e.component(label));
  return sum;
}

}  // namespace woodbury::density::operations
