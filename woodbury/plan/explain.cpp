// The plan as text for people and as JSON for programs.
#include <algorithm>

#include <fmt/format.h>

#include "woodbury/plan/plan.hpp"
#include "woodbury/plan/replay.hpp"
#include "woodbury/plan/rules/rules.hpp"
#include "woodbury/reduce/reduce.hpp"

namespace woodbury::plan {

namespace {

std::string action_word(Action action) {
  switch (action) {
    case Action::integrate:
      return "integrated";
    case Action::sample_centred:
      return "sampled, centred";
    case Action::sample_noncentred:
      return "sampled, non-centred";
    case Action::sample_by_level:
      return "sampled, centred by level";
  }
  return {};
}

/// A scalar has no other parametrisation worth a word.
std::string action_of(const Decision& decision) {
  if (decision.action == Action::sample_centred && decision.dims == 1) return "sampled";
  return action_word(decision.action);
}

std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width > columns(text) ? width - columns(text) : 0, ' ');
}

/// Rows of cells as lines with aligned columns.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c >= widths.size()) widths.push_back(0);
      widths[c] = std::max(widths[c], columns(row[c]));
    }
  std::string text;
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t c = 0; c < row.size(); ++c)
      line += " " + (c + 1 < row.size() ? padded(row[c], widths[c] + 1) : row[c]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

/// Rules that did something, and those that may not.
std::string rule_words(const Plan& plan) {
  std::vector<std::string> applied, off;
  for (const RuleNote& note : plan.rules) {
    if (note.state == RuleNote::State::applied) applied.push_back(note.rule);
    if (note.state == RuleNote::State::off) off.push_back(note.rule);
  }
  std::string words = fmt::format("{}", fmt::join(applied, ", "));
  if (!off.empty()) words += fmt::format("{}switched off: {}", words.empty() ? "" : "; ", fmt::join(off, ", "));
  return words;
}

std::string state_word(RuleNote::State state) {
  return state == RuleNote::State::applied ? "applied" : state == RuleNote::State::idle ? "nothing to do" : "off";
}

}  // namespace

std::string Plan::line() const {
  std::string names;
  for (const Candidate& candidate : candidates)
    if (candidate.chosen) names = candidate.integrated;
  return fmt::format("{} declared dimensions, {} sampled; integrated: {}", declared_dims, sampled_dims, names);
}

std::string Plan::reduction_words() const {
  std::string words;
  for (const Reduced& r : reductions)
    if (r.rule != kCells && r.rule != kStrata && r.levels > 0)
      words += fmt::format("{}{} {} → {}", words.empty() ? "" : ", ", r.factor, r.levels, r.left);
  if (words.empty()) return words;
  return words + (reductions.front().rule == reduce::kFixedScales
                      ? ": with all scales known, in eigenvectors of the cross-products"
                      : ": levels that the data treat alike are integrated together, exactly");
}

std::string to_text(const Plan& plan) {
  std::string text = fmt::format("Plan: {}\n", plan.line());
  text += fmt::format("  kernel  {}\n  data    {}\n  choice  {}\n", plan.kernel, plan.data_path, plan.reason);
  if (const std::string words = plan.reduction_words(); !words.empty()) text += "  levels  " + words + "\n";
  if (const std::string words = rule_words(plan); !words.empty()) text += "  rules   " + words + "\n";
  std::vector<std::vector<std::string>> effects{{"effect", "structure", "decision", "reason"}};
  for (const Decision& d : plan.decisions) effects.push_back({d.name, d.structure, action_of(d), d.reason});
  if (!plan.decisions.empty()) text += "\nGaussian effects\n" + table(effects);
  std::string other_names;
  for (model::VariableId v = 0; v < static_cast<model::VariableId>(plan.model.variables().size()); ++v)
    if (!plan.actions.contains(v) && plan.model.variable(v).distribution.kind != model::DistributionKind::constant)
      other_names += (other_names.empty() ? "" : ", ") + plan.model.variable(v).name;
  if (!other_names.empty()) text += "\nAlways sampled (not Gaussian)\n  " + other_names + "\n";
  std::vector<std::vector<std::string>> priced{
      {"", "integrate", "sampled", "dense tail", "µs a gradient", "κ", "gradients a draw", "µs a draw"}};
  for (const Candidate& c : plan.candidates)
    priced.push_back({c.chosen ? "→" : "", c.integrated, std::to_string(c.sampled_dims), std::to_string(c.tail),
                      fmt::format("{:.3g}", c.microseconds), c.condition > 1 ? fmt::format("{:.2g}", c.condition) : "",
                      fmt::format("{:.2g}", c.gradients_per_draw), fmt::format("{:.3g}", c.price())});
  text += "\nCandidates, predicted for an effective draw\n" + table(priced);
  return text;
}

nlohmann::json to_json(const Plan& plan) {
  nlohmann::json json{{"format", 1},
                      {"declared_dims", plan.declared_dims},
                      {"sampled_dims", plan.sampled_dims},
                      {"kernel", plan.kernel},
                      {"data", plan.data_path},
                      {"reason", plan.reason},
                      {"line", plan.line()}};
  auto& reductions = json["reductions"] = nlohmann::json::array();
  for (const Reduced& r : plan.reductions)
    reductions.push_back({{"rule", r.rule}, {"factor", r.factor}, {"levels", r.levels}, {"left", r.left}});
  auto& rules = json["rules"] = nlohmann::json::array();
  for (const RuleNote& note : plan.rules)
    rules.push_back({{"rule", note.rule}, {"does", note.does}, {"state", state_word(note.state)}});
  json["decisions"] = decisions_json(plan);
  auto& terms = json["terms"] = nlohmann::json::array();
  for (const Decision& d : plan.decisions)
    terms.push_back({{"name", d.name},
                     {"structure", d.structure},
                     {"dims", d.dims},
                     {"integrable", d.integrable},
                     {"decision", action_of(d)},
                     {"reason", d.reason}});
  auto& candidates = json["candidates"] = nlohmann::json::array();
  for (const Candidate& c : plan.candidates)
    candidates.push_back({{"integrated", c.integrated},
                          {"sampled_dims", c.sampled_dims},
                          {"dense_tail", c.tail},
                          {"microseconds_a_gradient", c.microseconds},
                          {"condition", c.condition},
                          {"gradients_a_draw", c.gradients_per_draw},
                          {"microseconds_a_draw", c.price()},
                          {"chosen", c.chosen}});
  return json;
}

}  // namespace woodbury::plan
