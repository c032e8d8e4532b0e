#include "woodbury/plan/guess.hpp"

#include <cmath>

namespace woodbury::plan {

namespace {

using model::DistributionKind;
using model::NodeId;
using model::Op;

/// A value that is the same in all rows, or one a row.
struct Value {
  double scalar = 0;
  std::vector<double> rows = {};
  [[nodiscard]] double at(std::size_t n) const { return rows.empty() ? scalar : rows[n]; }
};

class Guess {
 public:
  Guess(const model::Model& model, const frame::Frame& table) : model_(model), table_(table) {}

  Value of(NodeId id) const {
    const model::Node& node = model_.node(id);
    switch (node.op) {
      case Op::constant:
        return {.scalar = node.value};
      case Op::column:
        return {.rows = table_.numeric(node.name).copy()};
      case Op::variable:
        return {.scalar = typical(model_.variable(node.index).distribution)};
      case Op::component: {
        const model::Node& array = model_.node(node.args[0]);
        return of(array.op == Op::stack ? array.args[static_cast<std::size_t>(node.index)] : node.args[0]);
      }
      case Op::stack:
      case Op::gather:
      case Op::cumulate:
      case Op::ar1:
        return of(node.args[0]);
      default:
        return elementwise(node);
    }
  }

 private:
  Value elementwise(const model::Node& node) const {
    const bool binary = model::is_binary(node.op);
    const Value a = of(node.args[0]), b = binary ? of(node.args[1]) : Value{};
    const auto apply = [&](double x, double y) {
      return binary ? model::apply(node.op, x, y) : model::apply(node.op, x);
    };
    if (a.rows.empty() && b.rows.empty()) return {.scalar = apply(a.scalar, b.scalar)};
    Value result{.rows = std::vector<double>(table_.rows())};
    for (std::size_t n = 0; n < result.rows.size(); ++n) result.rows[n] = apply(a.at(n), b.at(n));
    return result;
  }

  double typical(const model::Distribution& prior) const {
    const auto argument = [&](std::size_t i) { return of(prior.args[i]).scalar; };
    switch (prior.kind) {
      case DistributionKind::normal:
      case DistributionKind::cauchy:
      case DistributionKind::multi_normal:
        return argument(0) + argument(1) / 2;
      case DistributionKind::student_t:
        return argument(1) + argument(2) / 2;
      case DistributionKind::half_normal:
      case DistributionKind::half_cauchy:
      case DistributionKind::constant:
        return argument(0);
      case DistributionKind::half_student_t:
        return argument(1);
      case DistributionKind::exponential:
        return 1 / argument(0);
      case DistributionKind::gamma:
        return argument(0) / argument(1);
      case DistributionKind::inverse_gamma:
        return argument(1) / (argument(0) + 1);
      case DistributionKind::lognormal:
        return std::exp(argument(0));
      case DistributionKind::uniform:
        return (argument(0) + argument(1)) / 2;
      case DistributionKind::beta:
        return argument(0) / (argument(0) + argument(1));
      default:
        return 1;
    }
  }

  const model::Model& model_;
  const frame::Frame& table_;
};

}  // namespace

moments::ColumnPtr guess(const model::Model& model, NodeId node, const frame::Frame& table) {
  constexpr double kLeast = 1e-4, kMost = 1e4;
  const Value value = Guess(model, table).of(node);
  std::vector<double> rows(table.rows());
  double square = 0;
  for (std::size_t n = 0; n < rows.size(); ++n) {
    rows[n] = value.at(n);
    square += rows[n] * rows[n];
  }
  const double size = std::sqrt(square / static_cast<double>(rows.size()));
  if (!(size >= kLeast && size <= kMost)) rows.assign(rows.size(), 1);
  return std::make_shared<const frame::Numbers>(std::move(rows));
}

}  // namespace woodbury::plan
