// Reads TARGET ~ DIST, finds the parameters a target means, and checks that the distribution suits them.
#include "woodbury/design/priors.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "woodbury/design/names.hpp"

namespace woodbury::design {

namespace {

using model::DistributionKind;

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

/// A piece of the prior's text.
struct Word {
  std::string text;
  std::size_t begin = 0, end = 0;
};

/// class(arguments) ~ prior.
struct UserPrior {
  std::string whole;
  Word prior_class;
  std::vector<Word> arguments;
  model::Prior prior;
  std::size_t prior_begin = 0;

  [[noreturn]] void fail(const std::string& message, std::size_t begin, std::size_t end, std::string hint = {}) const {
    throw base::Error(message, base::Place{whole, begin, std::max(end, begin + 1)}, std::move(hint));
  }
  [[noreturn]] void fail(const std::string& message, const Word& word, std::string hint = {}) const {
    fail(message, word.begin, word.end, std::move(hint));
  }
};

/// The word between two places without blanks around it and, where it is wholly in backticks, without these.
Word trimmed(const std::string& text, std::size_t begin, std::size_t end) {
  while (begin < end && is_space(text[begin])) ++begin;
  while (end > begin && is_space(text[end - 1])) --end;
  Word word{text.substr(begin, end - begin), begin, end};
  const std::string& in = word.text;
  if (in.size() > 2 && in.front() == '`' && in.find('`', 1) == in.size() - 1) word.text = in.substr(1, in.size() - 2);
  return word;
}

/// First place of `wanted` outside backticks and, unless it is a bracket itself, outside brackets; `end` if none.
std::size_t find_outside(const std::string& text, char wanted, std::size_t begin, std::size_t end) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = begin; i < end; ++i) {
    const char c = text[i];
    if (c == '`') quoted = !quoted;
    if (quoted) continue;
    if (c == wanted && depth == 0) return i;
    if (c == '(') ++depth;
    if (c == ')') --depth;
  }
  return end;
}

UserPrior read(const std::string& text) {
  UserPrior out;
  out.whole = text;
  const std::size_t tilde = find_outside(text, '~', 0, text.size());
  if (tilde == text.size()) out.fail("a prior is written TARGET ~ DISTRIBUTION", 0, tilde, "as in b(x) ~ normal(0, 1)");
  const std::size_t open = find_outside(text, '(', 0, tilde);
  out.prior_class = trimmed(text, 0, open);
  if (out.prior_class.text.empty()) out.fail("a target is missing before `~`", 0, tilde, "as in b(x) ~ normal(0, 1)");
  if (open < tilde) {
    const std::size_t close = find_outside(text, ')', open + 1, tilde);
    if (close == tilde) out.fail("this bracket is not closed", open, open + 1);
    if (const Word rest = trimmed(text, close + 1, tilde); !rest.text.empty())
      out.fail("expected `~` after the target", rest);
    for (std::size_t at = open + 1; at <= close;) {
      const std::size_t comma = find_outside(text, ',', at, close);
      out.arguments.push_back(trimmed(text, at, comma));
      if (out.arguments.back().text.empty()) out.fail("a name is missing in the target", at, comma);
      at = comma + 1;
    }
  }
  out.prior_begin = tilde + 1;
  out.prior = model::parse_prior(text.substr(tilde + 1), text, tilde + 1);
  return out;
}

std::vector<std::string> distinct(const std::vector<Parameter*>& parameters, std::string Parameter::*member) {
  std::vector<std::string> out;
  for (const Parameter* each : parameters)
    if (std::find(out.begin(), out.end(), each->*member) == out.end()) out.push_back(each->*member);
  return out;
}

/// Those of `among` whose `member` is the word; an error with the nearest where there is none.
std::vector<Parameter*> narrow(const UserPrior& user, const std::vector<Parameter*>& among, const Word& word,
                               std::string Parameter::*member, const std::string& what) {
  const std::string wanted = coefficient_name(word.text);
  std::vector<Parameter*> out;
  for (Parameter* each : among)
    if (each->*member == word.text || coefficient_name(each->*member) == wanted) out.push_back(each);
  if (out.empty()) {
    user.fail(fmt::format("`{}` has no {} `{}`", user.prior_class.text, what, word.text), word,
              base::did_you_mean(word.text, distinct(among, member)));
  }
  return out;
}

std::vector<Parameter*> of_class(const UserPrior& user, std::vector<Parameter>& parameters) {
  std::vector<Parameter*> all, out;
  for (Parameter& each : parameters) {
    all.push_back(&each);
    if (each.prior_class == user.prior_class.text) out.push_back(&each);
  }
  if (out.empty()) {
    user.fail(fmt::format("this model has no parameter of class `{}`", user.prior_class.text), user.prior_class,
              base::did_you_mean(user.prior_class.text, distinct(all, &Parameter::prior_class)));
  }
  return out;
}

/// `b(Intercept)` of a centred design is the class Intercept.
void explain_intercept(const UserPrior& user, const std::vector<Parameter>& parameters) {
  if (user.arguments.size() != 1 || user.arguments[0].text != "Intercept") return;
  const std::string& of = user.prior_class.text;
  if (of != "b" && of != "b_sigma") return;
  const std::string intercept = PartNames{of == "b_sigma"}.intercept();
  const auto is = [&](const char* coefficient) {
    return std::any_of(parameters.begin(), parameters.end(), [&](const Parameter& each) {
      return coefficient != nullptr ? each.prior_class == of && each.coefficient == coefficient
                                    : each.prior_class == intercept;
    });
  };
  if (!is("Intercept") && is(nullptr)) {
    user.fail("the intercept of the centred design is a class of its own", user.arguments[0],
              fmt::format("write {} ~ …, or put `0 + Intercept` into the formula", intercept));
  }
}

std::vector<Parameter*> matches(const UserPrior& user, std::vector<Parameter>& parameters) {
  explain_intercept(user, parameters);
  std::vector<Parameter*> found = of_class(user, parameters);
  const bool grouped = !found.front()->group.empty(), named = !found.front()->coefficient.empty();
  const std::size_t most = (grouped ? 1U : 0U) + (named ? 1U : 0U);
  if (user.arguments.size() > most) {
    user.fail(fmt::format("`{}` takes {}", user.prior_class.text,
                          most == 0   ? "no name in brackets"
                          : most == 2 ? "a group and a coefficient at most"
                          : grouped   ? "a group at most"
                                      : "a coefficient at most"),
              user.arguments[most]);
  }
  if (user.arguments.empty()) return found;
  if (!grouped) return narrow(user, found, user.arguments[0], &Parameter::coefficient, "coefficient");
  found = narrow(user, found, user.arguments[0], &Parameter::group, "group");
  if (user.arguments.size() == 1) return found;
  return narrow(user, found, user.arguments[1], &Parameter::coefficient, "coefficient");
}

bool fits(Domain domain, const model::Prior& prior) {
  using enum DistributionKind;
  const model::Support support = model::info(prior.kind).support;
  switch (domain) {
    case Domain::real:
      return support == model::Support::real || prior.kind == uniform || prior.kind == constant;
    case Domain::positive:
      if (prior.kind == uniform) return prior.args[0] >= 0;
      if (prior.kind == constant) return prior.args[0] > 0;
      return prior.kind != lkj;
    case Domain::correlation:
      return prior.kind == lkj;
  }
  return false;
}

std::string suitable(const Parameter& parameter) {
  switch (parameter.domain) {
    case Domain::real:
      return "it may be any number: normal, student_t, cauchy, uniform, flat and constant fit";
    case Domain::positive:
      return "it is positive: half_normal, half_student_t, half_cauchy, exponential, gamma, inverse_gamma, lognormal, "
             "uniform from 0 up, a positive constant, and normal, student_t, cauchy (truncated at 0) fit";
    case Domain::correlation:
      return "it is a correlation matrix: lkj fits; write || in the formula for no correlation";
  }
  return {};
}

void check_fit(const UserPrior& user, const Parameter& parameter) {
  if (fits(parameter.domain, user.prior)) return;
  const Word place = trimmed(user.whole, user.prior_begin, user.whole.size());
  user.fail(fmt::format("{} does not fit `{}`", model::to_string(user.prior), parameter.target()), place,
            suitable(parameter));
}

}  // namespace

std::string Parameter::target() const {
  if (group.empty() && coefficient.empty()) return prior_class;
  const std::string separator = group.empty() || coefficient.empty() ? "" : ", ";
  return fmt::format("{}({}{}{})", prior_class, group, separator, coefficient);
}

void apply_priors(const std::vector<std::string>& texts, std::vector<Parameter>& parameters) {
  std::vector<std::size_t> rank(parameters.size(), 0);
  for (const std::string& text : texts) {
    const UserPrior user = read(text);
    for (Parameter* each : matches(user, parameters)) {
      check_fit(user, *each);
      std::size_t& best = rank[static_cast<std::size_t>(each - parameters.data())];
      if (user.arguments.size() < best) continue;
      best = user.arguments.size();
      each->prior = user.prior;
      each->source = text;
    }
  }
}

std::vector<PriorRow> prior_rows(const std::vector<Parameter>& parameters) {
  std::vector<PriorRow> rows;
  for (const Parameter& each : parameters)
    rows.push_back({each.name, each.target(), model::to_string(each.prior), each.source});
  return rows;
}

}  // namespace woodbury::design
