// brms's rules for turning the name of a design column into that of a coefficient.
#include "woodbury/design/names.hpp"

#include <string_view>

namespace woodbury::design {

std::string coefficient_name(const std::string& column) {
  constexpr std::string_view kDropped = " ()[],\"'?`";
  std::string out;
  for (const char c : column) {
    if (kDropped.find(c) != std::string_view::npos) continue;
    switch (c) {
      case '+':
        out += "P";
        break;
      case '-':
        out += "M";
        break;
      case '*':
        out += "MU";
        break;
      case '/':
        out += "D";
        break;
      case '^':
        out += "E";
        break;
      case '=':
        out += "EQ";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace woodbury::design
