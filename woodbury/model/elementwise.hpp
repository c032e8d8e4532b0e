// The elementwise operations of expressions: values and derivatives, the one place that knows them.
#pragma once

#include <cmath>

#include "woodbury/model/graph.hpp"

namespace woodbury::model {

[[nodiscard]] constexpr bool is_binary(Op op) {
  return op == Op::add || op == Op::subtract || op == Op::multiply || op == Op::divide;
}

/// Value of a unary operation.
[[nodiscard]] inline double apply(Op op, double a) {
  switch (op) {
    case Op::negate:
      return -a;
    case Op::exp:
      return std::exp(a);
    case Op::log:
      return std::log(a);
    case Op::sqrt:
      return std::sqrt(a);
    case Op::square:
      return a * a;
    case Op::tanh:
      return std::tanh(a);
    case Op::inv_logit:
      return 1 / (1 + std::exp(-a));
    default:
      base::bug("a unary operation", __FILE__, __LINE__);
  }
}

/// Derivative of a unary operation, from its argument and its value.
[[nodiscard]] inline double slope(Op op, double a, double value) {
  switch (op) {
    case Op::negate:
      return -1;
    case Op::exp:
      return value;
    case Op::log:
      return 1 / a;
    case Op::sqrt:
      return 0.5 / value;
    case Op::square:
      return 2 * a;
    case Op::tanh:
      return 1 - value * value;
    case Op::inv_logit:
      return value * (1 - value);
    default:
      base::bug("a unary operation", __FILE__, __LINE__);
  }
}

/// Value of a binary operation.
[[nodiscard]] inline double apply(Op op, double a, double b) {
  switch (op) {
    case Op::add:
      return a + b;
    case Op::subtract:
      return a - b;
    case Op::multiply:
      return a * b;
    case Op::divide:
      return a / b;
    default:
      base::bug("a binary operation", __FILE__, __LINE__);
  }
}

}  // namespace woodbury::model
