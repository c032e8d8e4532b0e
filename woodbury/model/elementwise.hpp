// The elementwise operations of expressions: values and derivatives, the one place that knows them.
#pragma once

#include <array>
#include <cmath>
#include <string_view>

#include "woodbury/model/graph.hpp"

namespace woodbury::model {

[[nodiscard]] constexpr bool is_binary(Op op) {
  return op == Op::add || op == Op::subtract || op == Op::multiply || op == Op::divide;
}

/// Functions of one number by the names that users, text and JSON call them.
struct Function {
  Op op;
  std::string_view name;
};
inline constexpr std::array kFunctions{
    Function{Op::exp, "exp"},       Function{Op::log, "log"},     Function{Op::sqrt, "sqrt"},
    Function{Op::square, "square"}, Function{Op::tanh, "tanh"},   Function{Op::inv_logit, "inv_logit"},
    Function{Op::log1p, "log1p"},   Function{Op::expm1, "expm1"}, Function{Op::sin, "sin"},
    Function{Op::cos, "cos"},
};

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
    case Op::log1p:
      return std::log1p(a);
    case Op::expm1:
      return std::expm1(a);
    case Op::sin:
      return std::sin(a);
    case Op::cos:
      return std::cos(a);
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
    case Op::log1p:
      return 1 / (1 + a);
    case Op::expm1:
      return value + 1;
    case Op::sin:
      return std::cos(a);
    case Op::cos:
      return -std::sin(a);
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
