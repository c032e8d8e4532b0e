// A tree back to text, with the spaces, brackets and numbers of R's deparse().
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "woodbury/formula/lexer.hpp"

namespace woodbury::formula {

namespace {

// Fewest significant digits, at most 15, that give the value as 15 digits do.
int digits_needed(double value) {
  char wanted[40];
  char tried[40];
  std::snprintf(wanted, sizeof wanted, "%.14e", value);
  for (int digits = 1; digits < 15; ++digits) {
    std::snprintf(tried, sizeof tried, "%.*e", digits - 1, value);
    if (std::strtod(tried, nullptr) == std::strtod(wanted, nullptr)) return digits;
  }
  return 15;
}

// R's choice: fixed notation unless the scientific one is shorter.
std::string number(double value) {
  if (value == 0) return "0";
  const int digits = digits_needed(value);
  char scientific[40];
  std::snprintf(scientific, sizeof scientific, "%.*e", digits - 1, value);
  std::string text = scientific;
  const int exponent = std::atoi(text.c_str() + text.find('e') + 1);
  const int decimals = std::max(0, digits - 1 - exponent);
  const int whole = std::max(1, exponent + 1);
  const int fixed_width = whole + (decimals > 0 ? decimals + 1 : 0);
  if (fixed_width > static_cast<int>(text.size())) return text;
  char fixed[64];
  std::snprintf(fixed, sizeof fixed, "%.*f", decimals, value);
  return fixed;
}

std::string join(const std::vector<NodePtr>& nodes) {
  std::string out;
  for (const NodePtr& node : nodes) {
    if (!out.empty()) out += ", ";
    out += deparse(*node);
  }
  return out;
}

}  // namespace

std::string quoted(const std::string& column) {
  bool plain = !column.empty() && starts_name(column[0]) &&
               !(column[0] == '.' && column.size() > 1 && column[1] >= '0' && column[1] <= '9');
  for (const char byte : column) plain = plain && is_name_byte(byte);
  return plain ? column : "`" + column + "`";
}

std::string deparse(const Node& node) {
  switch (node.kind) {
    case NodeKind::number:
      return number(node.value);
    case NodeKind::name:
      return quoted(node.text);
    case NodeKind::paren:
      return "(" + deparse(*node.children[0]) + ")";
    case NodeKind::call:
      return node.text + "(" + join(node.children) + ")";
    case NodeKind::unary:
      return node.text + deparse(*node.children[0]);
    case NodeKind::binary: {
      const bool tight = node.text == ":" || node.text == "^" || node.text == "/";
      const std::string symbol = tight ? node.text : " " + node.text + " ";
      return deparse(*node.children[0]) + symbol + deparse(*node.children[1]);
    }
  }
  WOODBURY_ASSERT(false);
  return {};
}

}  // namespace woodbury::formula
