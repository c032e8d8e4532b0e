// Hypotheses: arithmetic over parameters, compared with <, > or =, evaluated draw by draw.
#include <cctype>
#include <cmath>
#include <functional>
#include <limits>

#include <fmt/format.h>

#include "woodbury/answers/columns.hpp"
#include "woodbury/answers/effects.hpp"
#include "woodbury/base/base.hpp"

namespace woodbury::answers {

namespace {

using Values = std::vector<double>;

/// expression := term (± term)*, term := factor (×÷ factor)*, factor := number | name | −factor | ( expression ).
class Parser {
 public:
  Parser(const store::Record& record, const std::string& text)
      : draws_(record.draws), text_(text), names_(record.draws.column_names()) {
    for (const draws::Chain& chain : draws_.chains) count_ += chain.draws;
  }

  /// left − right, and the sign between them.
  std::pair<Values, char> comparison() {
    Values left = expression();
    skip();
    const char sign = peek();
    if (sign != '<' && sign != '>' && sign != '=') fail("`<`, `>` or `=` is wanted here", at_, at_ + 1);
    ++at_;
    if (peek() == '=') ++at_;  // >= and <= say the same of continuous parameters, == the same as =
    const Values right = expression();
    skip();
    if (at_ < text_.size()) fail("the hypothesis should end here", at_, text_.size());
    for (std::size_t i = 0; i < left.size(); ++i) left[i] -= right[i];
    return {std::move(left), sign};
  }

 private:
  [[noreturn]] void fail(const std::string& what, std::size_t begin, std::size_t end,
                         const std::string& suggestion = {}) const {
    throw base::Error(what, base::Place{text_, begin, std::max(end, begin + 1)}, suggestion);
  }
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  Values combine(Values left, const Values& right, const std::function<double(double, double)>& with) const {
    for (std::size_t i = 0; i < left.size(); ++i) left[i] = with(left[i], right[i]);
    return left;
  }
  Values expression() {
    Values value = term();
    for (skip(); peek() == '+' || peek() == '-'; skip())
      value = text_[at_++] == '+' ? combine(std::move(value), term(), std::plus<>())
                                  : combine(std::move(value), term(), std::minus<>());
    return value;
  }
  Values term() {
    Values value = factor();
    for (skip(); peek() == '*' || peek() == '/'; skip())
      value = text_[at_++] == '*' ? combine(std::move(value), factor(), std::multiplies<>())
                                  : combine(std::move(value), factor(), std::divides<>());
    return value;
  }
  Values factor() {
    skip();
    const std::size_t begin = at_;
    if (peek() == '-') {
      ++at_;
      return combine(Values(count_, 0), factor(), std::minus<>());
    }
    if (peek() == '(') {
      ++at_;
      Values value = expression();
      skip();
      if (peek() != ')') fail("this parenthesis is not closed", begin, begin + 1);
      ++at_;
      return value;
    }
    if (std::isdigit(static_cast<unsigned char>(peek())) || peek() == '.') {
      char* end = nullptr;
      const double value = std::strtod(text_.c_str() + at_, &end);
      at_ = static_cast<std::size_t>(end - text_.c_str());
      return Values(count_, value);
    }
    return named(begin);
  }
  Values named(std::size_t begin) {
    std::string name;
    if (peek() == '`') {
      const auto end = text_.find('`', at_ + 1);
      if (end == std::string::npos) fail("this backtick is not closed", begin, begin + 1);
      name = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
    } else {
      while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '_' || peek() == '.' || peek() == ':' ||
             (static_cast<unsigned char>(peek()) & 0x80))
        ++at_;
      if (peek() == '[') {
        const auto end = text_.find(']', at_);
        if (end == std::string::npos) fail("this bracket is not closed", at_, at_ + 1);
        at_ = end + 1;
      }
      name = text_.substr(begin, at_ - begin);
    }
    if (name.empty()) fail("a number or a parameter is wanted here", begin, begin + 1);
    for (const std::string& candidate : {name, "b_" + name})
      for (std::size_t c = 0; c < names_.size(); ++c)
        if (names_[c] == candidate) return all_draws(draws_, c);
    std::vector<std::string> known;
    for (const draws::Variable& v : draws_.variables())
      if (v.dims.empty()) {
        known.push_back(v.name);
        if (v.name.starts_with("b_")) known.push_back(v.name.substr(2));
      }
    fail(fmt::format("no parameter `{}`", name), begin, at_, base::did_you_mean(name, known));
  }

  const draws::Draws& draws_;
  const std::string& text_;
  std::vector<std::string> names_;
  std::size_t count_ = 0, at_ = 0;
};

}  // namespace

Table hypotheses(const store::Record& record, const std::vector<std::string>& written, double prob) {
  Table table{"", {"hypothesis"}, {}, {}};
  for (const std::string& name : interval_names(prob)) table.columns.push_back(name);
  table.columns.emplace_back("Post.Prob");
  table.columns.emplace_back("Evid.Ratio");
  for (const std::string& text : written) {
    const auto [difference, sign] = Parser(record, text).comparison();
    auto& row = table.rows.emplace_back(std::vector<Cell>{text});
    for (const Cell& cell : described(difference, prob)) row.push_back(cell);
    double true_draws = 0;
    for (const double x : difference) true_draws += (sign == '>' ? x > 0 : x < 0) ? 1 : 0;
    const auto n = static_cast<double>(difference.size());
    const double none = std::numeric_limits<double>::quiet_NaN();
    row.emplace_back(sign == '=' ? none : true_draws / n);
    row.emplace_back(sign == '=' ? none : true_draws / (n - true_draws));
  }
  table.notes.emplace_back(
      "Estimates are of left minus right; the ratio is that of the probabilities for and against.");
  return table;
}

}  // namespace woodbury::answers
