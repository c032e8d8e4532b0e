// A model as lines of mathematics.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "woodbury/model/elementwise.hpp"
#include "woodbury/model/json.hpp"

namespace woodbury::model {

namespace {

/// How tightly an expression binds: a part that binds less than its surroundings goes in brackets.
enum Binding { sum = 1, product = 2, sign = 3, atom = 4 };

std::string quoted(const std::string& name) {
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == ':' || (c & 0x80) != 0;
  });
  return plain ? name : fmt::format("`{}`", name);
}

std::string_view function_name(Op op) {
  if (op == Op::cumulate) return "cumsum";
  if (op == Op::ar1) return "ar1";
  const auto* found = std::ranges::find(kFunctions, op, &Function::op);
  WOODBURY_ASSERT(found != kFunctions.end());
  return found->name;
}

class Printer {
 public:
  explicit Printer(const Model& model) : model_(model) {}

  std::string text(NodeId id, int around) const {
    const auto [result, binding] = bare(model_.node(id));
    return binding < around ? "(" + result + ")" : result;
  }

 private:
  struct Piece {
    std::string text;
    int binding;
  };

  Piece bare(const Node& node) const {
    switch (node.op) {
      case Op::constant:
        return {fmt::format("{}", node.value), node.value < 0 ? sign : atom};
      case Op::column:
        return {quoted(node.name), atom};
      case Op::variable:
        return {quoted(model_.variable(node.index).name), atom};
      case Op::stack:
        return {stacked(node), atom};
      case Op::component:
        return {indexed(node.args[0], "", label(node)), atom};
      case Op::gather:
        return {gathered(node), atom};
      case Op::add:
      case Op::subtract:
        return {chain(node, sum), sum};
      case Op::multiply:
      case Op::divide:
        return {chain(node, product), product};
      case Op::negate:
        return {"-" + text(node.args[0], sign), sign};
      default:
        return {called(node), atom};
    }
  }

  std::string called(const Node& node) const {
    std::string args;
    for (const NodeId argument : node.args) args += (args.empty() ? "" : ", ") + text(argument, 0);
    return fmt::format("{}({})", function_name(node.op), args);
  }

  /// a + b - c …, by a loop along the left side, since sums of a thousand terms are common.
  std::string chain(const Node& last, Binding binding) const {
    const auto of_chain = [binding](Op op) {
      return binding == sum ? op == Op::add || op == Op::subtract : op == Op::multiply || op == Op::divide;
    };
    std::vector<std::string> parts;
    const Node* node = &last;
    while (true) {
      const char* sign_text = node->op == Op::add        ? " + "
                              : node->op == Op::subtract ? " - "
                              : node->op == Op::multiply ? " * "
                                                         : " / ";
      const bool tight = node->op == Op::subtract || node->op == Op::divide;
      parts.push_back(sign_text + text(node->args[1], binding + (tight ? 1 : 0)));
      const Node& left = model_.node(node->args[0]);
      if (!of_chain(left.op)) break;
      node = &left;
    }
    parts.push_back(text(node->args[0], binding));
    std::string result;
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) result += *part;
    return result;
  }

  std::string stacked(const Node& node) const {
    std::string result = "(";
    for (std::size_t k = 0; k < node.args.size(); ++k) result += (k ? ", " : "") + text(node.args[k], 0);
    return result + ")";
  }

  /// The label of a component's column, or its number where the dim has none.
  std::string label(const Node& node) const {
    const auto labels = model_.dim_labels.find(model_.node(node.args[0]).dims.back());
    if (labels == model_.dim_labels.end()) return fmt::format("{}", node.index);
    return labels->second[static_cast<std::size_t>(node.index)];
  }

  /// r[Subject, Days], r[, Days], v[Days], brood[BROOD].
  std::string indexed(NodeId array, const std::string& level, const std::string& column) const {
    const bool matrix = model_.node(array).dims.size() == 2;
    const std::string separator = matrix && !column.empty() ? ", " : "";
    return fmt::format("{}[{}{}{}]", text(array, atom), level, level.empty() && matrix ? "," : separator,
                       (level.empty() && matrix ? " " : "") + column);
  }

  std::string gathered(const Node& node) const {
    const std::string level = node.dims[0] == kRow ? node.name : fmt::format("{} of {}", node.name, node.dims[0]);
    const Node& array = model_.node(node.args[0]);
    if (array.op == Op::component) return indexed(array.args[0], level, label(array));
    return indexed(node.args[0], level, "");
  }

  const Model& model_;
};

std::string distribution_text(const Model& model, const Distribution& distribution) {
  std::string args;
  for (const NodeId argument : distribution.args) args += (args.empty() ? "" : ", ") + to_text(model, argument);
  return fmt::format("{}({}){}", info(distribution.kind).name, args, distribution.positive ? ", positive" : "");
}

}  // namespace

std::string to_text(const Model& model, NodeId node) { return Printer(model).text(node, 0); }

std::string to_text(const Model& model) {
  std::string text;
  for (const auto& variable : model.variables()) {
    std::string dims;
    for (const auto& dim : variable.dims) dims += (dims.empty() ? "[" : ", ") + dim;
    if (!dims.empty()) dims += "]";
    text += fmt::format("{}{} ~ {}\n", quoted(variable.name), dims, distribution_text(model, variable.distribution));
  }
  for (const auto& observation : model.observations)
    text += fmt::format("{} ~ {}({}, {})\n", quoted(observation.response),
                        observation.family == FamilyKind::gaussian ? "normal" : "lognormal",
                        to_text(model, observation.mean), to_text(model, observation.sd));
  for (const auto& derived : model.derived)
    text += fmt::format("{} = {}\n", quoted(derived.name), to_text(model, derived.node));
  return text;
}

}  // namespace woodbury::model
