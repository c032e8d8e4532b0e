// A model as LaTeX: an `aligned` block, a line a variable and observation.
#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "woodbury/model/elementwise.hpp"
#include "woodbury/model/json.hpp"

namespace woodbury::model {

namespace {

/// How tightly an expression binds, as in text.
enum Binding { sum = 1, sign = 2, product = 3, power = 4, atom = 5 };

constexpr std::array<std::string_view, 20> kGreek{"alpha", "beta",  "gamma",  "delta", "epsilon", "zeta", "eta",
                                                  "theta", "kappa", "lambda", "mu",    "nu",      "xi",   "phi",
                                                  "pi",    "rho",   "sigma",  "tau",   "psi",     "omega"};

std::string upright(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (std::string_view("_%&#$").find(c) != std::string_view::npos) safe += '\\';
    if (c != '\\' && c != '{' && c != '}' && c != '^' && c != '~') safe += c;
  }
  return fmt::format("\\mathrm{{{}}}", safe);
}

/// A Greek letter or one Latin one in italics, digits as they are, anything longer upright.
std::string symbol(const std::string& word) {
  if (std::ranges::find(kGreek, word) != kGreek.end()) return "\\" + word;
  const bool number = !word.empty() && std::ranges::all_of(word, [](unsigned char c) { return std::isdigit(c) != 0; });
  const bool letter = word.size() == 1 && std::isalpha(static_cast<unsigned char>(word[0])) != 0;
  return number || letter ? word : upright(word);
}

/// "sigma_1" with indices {"BROOD"} is \sigma_{1, \mathrm{BROOD}}.
std::string indexed(const std::string& name, const std::vector<std::string>& indices) {
  const auto cut = name.find('_');
  const std::string head = name.substr(0, cut);
  const bool splits = cut != std::string::npos && cut > 0 && cut + 1 < name.size() && symbol(head) != upright(head);
  std::string subscript = splits ? symbol(name.substr(cut + 1)) : "";
  for (const std::string& index : indices) subscript += (subscript.empty() ? "" : ", ") + symbol(index);
  const std::string base = splits ? symbol(head) : symbol(name);
  return subscript.empty() ? base : fmt::format("{}_{{{}}}", base, subscript);
}

class Printer {
 public:
  explicit Printer(const Model& model) : model_(model) {}

  std::string text(NodeId id, int around) const {
    const auto [result, binding] = bare(model_.node(id));
    return binding < around ? "\\left(" + result + "\\right)" : result;
  }

 private:
  struct Piece {
    std::string text;
    int binding;
  };

  Piece bare(const Node& node) const {
    const auto of = [&](std::size_t k, int around) { return text(node.args[k], around); };
    switch (node.op) {
      case Op::constant:
        return {fmt::format("{}", node.value), node.value < 0 ? sign : atom};
      case Op::column:
        return {symbol(node.name), atom};
      case Op::variable:
        return {indexed(model_.variable(node.index).name, model_.variable(node.index).dims), atom};
      case Op::gather:
        return bare(model_.node(node.args[0]));
      case Op::component:
        return {component(node), atom};
      case Op::stack:
        return {fmt::format("\\left({}\\right)", joined(node)), atom};
      case Op::add:
        return {of(0, sum) + " + " + of(1, sum), sum};
      case Op::subtract:
        return {of(0, sum) + " - " + of(1, product), sum};
      case Op::negate:
        return {"-" + of(0, product), sign};
      case Op::multiply:
        return {of(0, sign) + " \\, " + of(1, product), product};
      case Op::divide:
        return {fmt::format("\\frac{{{}}}{{{}}}", of(0, 0), of(1, 0)), atom};
      case Op::sqrt:
        return {fmt::format("\\sqrt{{{}}}", of(0, 0)), atom};
      case Op::square:
        return {fmt::format("{{{}}}^{{2}}", of(0, atom)), power};
      default:
        return {called(node), atom};
    }
  }

  std::string called(const Node& node) const {
    if (node.op == Op::cumulate) return fmt::format("\\mathrm{{cumsum}}\\left({}\\right)", joined(node));
    if (node.op == Op::ar1) return fmt::format("\\mathrm{{AR1}}\\left({}\\right)", joined(node));
    const std::string name(std::ranges::find(kFunctions, node.op, &Function::op)->name);
    constexpr std::array<std::string_view, 5> known{"exp", "log", "tanh", "sin", "cos"};
    const bool is_known = std::ranges::find(known, name) != known.end();
    return fmt::format("{}\\left({}\\right)", is_known ? "\\" + name : upright(name), joined(node));
  }

  std::string joined(const Node& node) const {
    std::string result;
    for (const NodeId argument : node.args) result += (result.empty() ? "" : ", ") + text(argument, 0);
    return result;
  }

  /// Column `label` of a variable's array is an index more; of another array a subscript to it.
  std::string component(const Node& node) const {
    const Node& array = model_.node(node.args[0]);
    const auto labels = model_.dim_labels.find(array.dims.back());
    const std::string label = labels == model_.dim_labels.end() ? fmt::format("{}", node.index)
                                                                : labels->second[static_cast<std::size_t>(node.index)];
    std::vector<std::string> indices(array.dims.begin(), array.dims.end() - 1);
    indices.push_back(label);
    if (array.op == Op::variable) return indexed(model_.variable(array.index).name, indices);
    return fmt::format("{{{}}}_{{{}}}", text(node.args[0], atom), symbol(label));
  }

  const Model& model_;
};

std::string distribution_text(const Printer& printer, const std::string& name, const std::vector<NodeId>& args,
                              bool positive) {
  std::string list;
  for (const NodeId argument : args) list += (list.empty() ? "" : ", ") + printer.text(argument, 0);
  return fmt::format("{}{}\\left({}\\right)", upright(name), positive ? "^{+}" : "", list);
}

}  // namespace

std::string to_latex(const Model& model) {
  const Printer printer(model);
  std::vector<std::string> lines;
  for (const RandomVariable& v : model.variables())
    lines.push_back(
        indexed(v.name, v.dims) + " &\\sim " +
        distribution_text(printer, info(v.distribution.kind).name, v.distribution.args, v.distribution.positive));
  for (const Observation& o : model.observations)
    lines.push_back(
        symbol(o.response) + " &\\sim " +
        distribution_text(printer, o.family == FamilyKind::gaussian ? "normal" : "lognormal", {o.mean, o.sd}, false));
  for (const Derived& d : model.derived) lines.push_back(indexed(d.name, {}) + " &= " + printer.text(d.node, 0));
  std::string text = "\\begin{aligned}\n";
  for (const std::string& line : lines) text += line + " \\\\\n";
  return text + "\\end{aligned}";
}

}  // namespace woodbury::model
