// The table of distributions, and a small reader of NAME(number, …) with carets.
#include "woodbury/model/distribution.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace woodbury::model {

namespace {

using enum DistributionKind;

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// "student_t(nu, m, s)"; the location of a half Student t is written, and is 0.
std::string usage(const DistributionInfo& of) {
  if (of.kind == half_student_t) return "half_student_t(nu, 0, s)";
  return fmt::format("{}({})", of.name, fmt::join(of.arguments, ", "));
}

/// Must an argument of this name be above zero? uniform's a and b are bounds, beta's are shapes.
bool must_be_positive(const DistributionInfo& of, const std::string& argument) {
  if (of.kind == uniform || of.kind == constant) return false;
  return argument != "m";
}

/// A number as written, and where it stands in the text.
struct Number {
  double value;
  std::size_t begin, end;
};

/// Reads one prior; keeps the place for carets.
class Reader {
 public:
  Reader(const std::string& text, const std::string& whole, std::size_t offset)
      : text_(text), whole_(whole.empty() ? text : whole), offset_(whole.empty() ? 0 : offset) {}

  Prior read() {
    const DistributionInfo& of = read_name();
    std::vector<Number> numbers = read_numbers(of);
    if (of.kind == half_student_t) drop_location(numbers);
    check(of, numbers);
    Prior prior{of.kind, {}};
    for (const Number& number : numbers) prior.args.push_back(number.value);
    return prior;
  }

 private:
  [[noreturn]] void fail(const std::string& message, std::size_t begin, std::size_t end, std::string hint = {}) const {
    throw base::Error(message, base::Place{whole_, offset_ + begin, offset_ + end}, std::move(hint));
  }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  bool take(char wanted) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  const DistributionInfo& read_name() {
    skip_space();
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    const std::string name = text_.substr(begin, at_ - begin);
    if (name.empty()) fail("expected the name of a distribution", begin, begin + 1, "as in normal(0, 1)");
    const auto known = prior_names();
    if (std::find(known.begin(), known.end(), name) == known.end())
      fail(fmt::format("unknown distribution `{}`", name), begin, at_, base::did_you_mean(name, known));
    name_begin_ = begin;
    const auto& all = distributions();
    return *std::find_if(all.begin(), all.end(), [&](const DistributionInfo& each) { return each.name == name; });
  }

  std::vector<Number> read_numbers(const DistributionInfo& of) {
    if (!take('(')) fail(fmt::format("expected `(` after `{}`", of.name), at_, at_ + 1, "write " + usage(of));
    std::vector<Number> numbers;
    if (!take(')')) {
      do numbers.push_back(read_number(of));
      while (take(','));
      if (!take(')')) fail("expected `,` or `)`", at_, at_ + 1, "write " + usage(of));
    }
    const std::size_t end = at_;
    skip_space();
    if (at_ < text_.size()) fail("nothing may follow the distribution", at_, text_.size());
    const std::size_t wanted = of.kind == half_student_t ? 3 : of.arguments.size();
    if (numbers.size() != wanted) {
      fail(fmt::format("`{}` takes {} argument{}, not {}", of.name, wanted, wanted == 1 ? "" : "s", numbers.size()),
           name_begin_, end, "write " + usage(of));
    }
    return numbers;
  }

  Number read_number(const DistributionInfo& of) {
    skip_space();
    const std::size_t begin = at_;
    std::size_t end = begin;
    while (end < text_.size() && text_[end] != ',' && text_[end] != ')' && !is_space(text_[end])) ++end;
    std::string_view digits(text_.data() + begin, end - begin);
    if (digits.starts_with('+') && digits.size() > 1 && digits[1] != '-') digits.remove_prefix(1);
    double value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || stop != digits.data() + digits.size() || !std::isfinite(value)) {
      fail(fmt::format("`{}` is not a finite number", digits), begin, std::max(end, begin + 1),
           "write " + usage(of) + " with numbers");
    }
    at_ = end;
    return {value, begin, end};
  }

  /// half_student_t(nu, 0, s) is kept as {nu, s}.
  void drop_location(std::vector<Number>& numbers) const {
    const Number& location = numbers[1];
    if (location.value != 0) {
      fail("the location of `half_student_t` must be 0", location.begin, location.end,
           "student_t with a location is truncated at 0 on a positive target");
    }
    numbers.erase(numbers.begin() + 1);
  }

  void check(const DistributionInfo& of, const std::vector<Number>& numbers) const {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (must_be_positive(of, of.arguments[i]) && !(numbers[i].value > 0)) {
        fail(fmt::format("argument `{}` of `{}` must be positive", of.arguments[i], of.name), numbers[i].begin,
             numbers[i].end);
      }
    }
    if (of.kind == uniform && !(numbers[0].value < numbers[1].value)) {
      fail("the lower bound of `uniform` must be below the upper", numbers[0].begin, numbers[1].end);
    }
  }

  const std::string& text_;
  const std::string& whole_;
  std::size_t offset_;
  std::size_t at_ = 0;
  std::size_t name_begin_ = 0;
};

}  // namespace

const std::vector<DistributionInfo>& distributions() {
  static const std::vector<DistributionInfo> all{
      {normal, "normal", {"m", "s"}, Support::real},
      {student_t, "student_t", {"nu", "m", "s"}, Support::real},
      {cauchy, "cauchy", {"m", "s"}, Support::real},
      {half_normal, "half_normal", {"s"}, Support::positive},
      {half_student_t, "half_student_t", {"nu", "s"}, Support::positive},
      {half_cauchy, "half_cauchy", {"s"}, Support::positive},
      {exponential, "exponential", {"rate"}, Support::positive},
      {gamma, "gamma", {"shape", "rate"}, Support::positive},
      {inverse_gamma, "inverse_gamma", {"shape", "scale"}, Support::positive},
      {lognormal, "lognormal", {"m", "s"}, Support::positive},
      {uniform, "uniform", {"a", "b"}, Support::interval},
      {beta, "beta", {"a", "b"}, Support::interval},
      {lkj, "lkj", {"eta"}, Support::correlation},
      {flat, "flat", {}, Support::real},
      {constant, "constant", {"c"}, Support::point},
      {multi_normal, "multi_normal", {"mean", "sds", "cor"}, Support::real},
  };
  return all;
}

const DistributionInfo& info(DistributionKind kind) {
  const auto& all = distributions();
  const auto index = static_cast<std::size_t>(kind);
  WOODBURY_ASSERT(index < all.size() && all[index].kind == kind);
  return all[index];
}

DistributionKind find_distribution(const std::string& name) {
  for (const DistributionInfo& each : distributions())
    if (each.name == name) return each.kind;
  throw base::Error(fmt::format("unknown distribution `{}`", name), {}, base::did_you_mean(name, prior_names()));
}

std::vector<std::string> prior_names() {
  std::vector<std::string> names;
  for (const DistributionInfo& each : distributions())
    if (each.kind != multi_normal) names.push_back(each.name);
  return names;
}

Prior parse_prior(const std::string& text, const std::string& whole, std::size_t offset) {
  return Reader(text, whole, offset).read();
}

std::string to_string(const Prior& prior) {
  std::vector<std::string> words;
  for (const double arg : prior.args) words.push_back(fmt::format("{}", arg));
  if (prior.kind == half_student_t) words.insert(words.begin() + 1, "0");
  return fmt::format("{}({})", info(prior.kind).name, fmt::join(words, ", "));
}

}  // namespace woodbury::model
