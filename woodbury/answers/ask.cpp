#include "woodbury/answers/ask.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "woodbury/answers/bound.hpp"
#include "woodbury/answers/effects.hpp"

namespace woodbury::answers {

namespace {

GroupEffects read_effects(const std::string& option, const std::string& text) {
  using Kind = GroupEffects::Kind;
  constexpr std::string_view kNew = "new:";
  if (text == "all") return {};
  if (text == "none") return {Kind::none};
  if (text.starts_with(kNew)) return {Kind::fresh, text.substr(kNew.size())};
  throw base::Error(fmt::format("{} takes all, none or new:FACTOR, not `{}`", option, text), {}, {},
                    base::ErrorKind::usage);
}

std::vector<Table> effects(const store::Record& record, const Question& question) {
  if (question.what == "ranef") return ranef(record, question.options.prob);
  if (question.what == "coef") return coef(record, question.options.prob);
  return varcorr(record, question.options.prob);
}

Table rows(const store::Record& record, const Question& question, const frame::Frame& data) {
  const Bound bound(record);
  if (question.what == "predict") return predict_table(bound, data, question.options);
  if (question.what == "fitted") return fitted_table(bound, question.options);
  return residuals_table(bound, question.options);
}

}  // namespace

Question read_question(const std::string& what, const fit::Written& written) {
  const fit::Reader read(written);
  Question question{what, {}, read.all("hypothesis")};
  PredictOptions& options = question.options;
  read.probability("prob", options.prob);
  options.quantity = what == "predict" ? Quantity::response : Quantity::mean;
  if (const auto kind = read.choice("kind", kQuantities)) options.quantity = static_cast<Quantity>(*kind);
  if (what == "conditional") {
    options.effects.kind = GroupEffects::Kind::none;
    question.conditional = {read.last("along"), read.last("by"), {}};
    const auto at = read.all("at");
    for (std::size_t i = 0; i + 1 < at.size(); i += 2) question.conditional.at[at[i]] = at[i + 1];
  }
  if (read.has("effects")) options.effects = read_effects(read.called("effects"), read.last("effects"));
  read.whole("threads", options.threads, 0, 10'000);
  if (read.last("draws") == "all")
    question.draws = 0;
  else
    read.whole("draws", question.draws, 1, std::numeric_limits<std::uint32_t>::max());
  read.whole("seed", question.seed, 0, std::numeric_limits<std::uint64_t>::max());
  return question;
}

std::vector<Table> ask(const store::Record& record, const Question& question, const frame::Frame& data) {
  const unsigned threads = question.options.threads;
  if (question.what == "hypotheses") {
    const auto ask = [&](const store::Record& whole) {
      return std::vector{hypotheses(whole, question.hypotheses, question.options.prob)};
    };
    const bool of_levels =
        std::ranges::any_of(question.hypotheses, [](const std::string& h) { return h.find('[') != std::string::npos; });
    return keeps_effects(record) ? ask(record) : ask(with_effects(record, threads, of_levels));
  }
  if (question.what == "conditional") {
    const auto effects = conditional_effects(Bound(record), {question.conditional}, question.options);
    return conditional_tables(effects.front(), question.options.prob);
  }
  if (question.what == "ranef" || question.what == "coef" || question.what == "varcorr")
    return keeps_effects(record) ? effects(record, question) : effects(with_effects(record, threads), question);
  return {rows(record, question, data)};
}

PredictionDraws ask_draws(const Bound& bound, const Question& question, const frame::Frame& data) {
  const DrawOptions wanted{.draws = question.draws.value_or(0), .seed = question.seed.value_or(bound.record().seed)};
  if (question.what == "predict") return {bound, data, question.options, wanted};
  return PredictionDraws::of_fit(bound, question.options, wanted, question.what == "residuals");
}

}  // namespace woodbury::answers
