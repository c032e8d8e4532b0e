#include "woodbury/answers/conditional.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "woodbury/answers/variables.hpp"
#include "woodbury/design/design.hpp"
#include "woodbury/fit/fit.hpp"

namespace woodbury::answers {

namespace {

constexpr std::size_t kSteps = 40, kLines = 8, kLevels = 60;

Variable variable(const Variables& variables, const std::string& name) {
  if (auto found = variables.find(name)) return *found;
  const auto known = variables.names();
  throw base::Error(fmt::format("the model has no variable `{}`", name), {},
                    fmt::format("it has: {}", fmt::join(known, ", ")));
}

double value(const Variable& of, const std::string& text) {
  if (!of.is_factor()) return fit::number(of.name, text);
  const auto at = std::ranges::find(of.levels, text);
  if (at == of.levels.end())
    throw base::Error(fmt::format("`{}` has no level `{}`", of.name, text), {}, base::did_you_mean(text, of.levels));
  return static_cast<double>(at - of.levels.begin());
}

std::vector<double> places(const Variable& along) {
  std::vector<double> grid;
  for (std::size_t level = 0; level < along.levels.size(); ++level) grid.push_back(static_cast<double>(level));
  if (along.is_factor()) return grid;
  const auto [least, most] = std::ranges::minmax(along.rows);
  for (std::size_t i = 0; i <= kSteps; ++i)
    grid.push_back(least + (most - least) * static_cast<double>(i) / static_cast<double>(kSteps));
  return grid;
}

/// Values of the second variable at which lines are drawn.
std::vector<double> lines(const Variable& by) {
  if (by.is_factor()) return places(by);
  const design::MeanSd of = design::mean_sd(by.rows);
  return {of.mean - of.sd, of.mean, of.mean + of.sd};
}

std::size_t nearest(const std::vector<double>& lines, double x) {
  const auto at = std::ranges::min_element(lines, {}, [&](double line) { return std::abs(x - line); });
  return lines.empty() ? 0 : static_cast<std::size_t>(at - lines.begin());
}

/// An effect without its predictions, and the rows to predict for.
struct Grid {
  ConditionalEffect effect;
  frame::Frame rows;
};

Grid grid_of(const Bound& bound, const Variables& variables, const ConditionalQuestion& question) {
  Grid grid;
  const Variable along = variable(variables, question.along);
  grid.effect = {along.name, bound.observation().response, along.levels, question.by, {}, {}, {}};
  std::optional<Variable> by;
  std::vector<double> at;
  if (!question.by.empty()) {
    by = variable(variables, question.by);
    at = lines(*by);
    grid.effect.lines = by->levels;
    if (!by->is_factor())
      for (const double each : at) grid.effect.lines.push_back(fmt::format("{:.4g}", each));
  }
  Settings settings;
  for (std::size_t line = 0; line < std::max<std::size_t>(1, at.size()); ++line)
    for (const double x : places(along)) {
      grid.effect.curve.push_back({x, line, {}});
      settings[along.name].push_back(x);
      if (by) settings[by->name].push_back(at[line]);
    }
  for (const auto& [name, text] : question.at)
    if (!settings.contains(name))
      settings[name].assign(grid.effect.curve.size(), value(variable(variables, name), text));
  grid.rows = variables.coded(settings);
  const frame::Numbers& y = bound.data().numeric(bound.observation().response);
  for (std::size_t n = 0; n < y.size(); ++n)
    grid.effect.rows.push_back({along.rows[n], y[n], by ? nearest(at, by->rows[n]) : 0});
  return grid;
}

void check_levels(const Bound& bound, const frame::Frame& rows, const GroupEffects& effects) {
  if (effects.kind == GroupEffects::Kind::none) return;
  for (const std::string& factor : bound.plan().model.data_factors())
    if (!rows.has(factor) && !effects.fresh(factor))
      throw base::Error(fmt::format("no level of `{}` is said, whose effects are asked for", factor), {},
                        "say which one (`at`), or ask for effects `none`");
}

/// The grids' rows one after another, the columns that all have.
frame::Frame together(const std::vector<Grid>& grids) {
  frame::Frame all;
  for (const std::string& name : grids[0].rows.names()) {
    if (!std::ranges::all_of(grids, [&](const Grid& grid) { return grid.rows.has(name); })) continue;
    std::vector<double> numbers;
    frame::Factor factor;
    for (const auto& [effect, rows] : grids)
      if (rows.is_numeric(name)) {
        numbers.insert(numbers.end(), rows.numeric(name).begin(), rows.numeric(name).end());
      } else {
        factor.levels = rows.factor(name).levels;
        factor.codes.insert(factor.codes.end(), rows.factor(name).codes.begin(), rows.factor(name).codes.end());
      }
    if (grids[0].rows.is_numeric(name))
      all.add(name, frame::Numeric{std::move(numbers)});
    else
      all.add(name, std::move(factor));
  }
  return all;
}

bool varies(const Variable& along) {
  const auto [least, most] = std::ranges::minmax(along.rows);
  return along.is_factor() ? along.levels.size() <= kLevels : most > least;
}

}  // namespace

std::vector<ConditionalQuestion> conditional_questions(const Bound& bound) {
  const Variables variables(bound);
  std::vector<ConditionalQuestion> questions;
  std::set<std::string> paired;
  for (const auto& [one, other] : variables.interacting()) {
    if (!variables.tells({one, other})) continue;
    Variable a = *variables.find(one), b = *variables.find(other);
    if (!varies(a) || !varies(b)) continue;
    if (a.is_factor() && !b.is_factor()) std::swap(a, b);  // a number goes along, its factor makes the lines
    if (b.levels.size() > kLines && a.levels.size() <= kLines && a.is_factor()) std::swap(a, b);
    if (b.levels.size() > kLines) continue;
    paired.insert({one, other});
    questions.push_back({a.name, b.name});
  }
  for (const std::string& name : variables.fixed())
    if (!paired.contains(name) && variables.tells({name}) && varies(*variables.find(name))) questions.push_back({name});
  return questions;
}

std::vector<ConditionalEffect> conditional_effects(const Bound& bound,
                                                   const std::vector<ConditionalQuestion>& questions,
                                                   const PredictOptions& options) {
  if (questions.empty()) return {};
  const Variables variables(bound);
  std::vector<Grid> grids;
  for (const ConditionalQuestion& question : questions) grids.push_back(grid_of(bound, variables, question));
  const frame::Frame rows = together(grids);
  check_levels(bound, rows, options.effects);
  const auto predictions = predict(bound, Rows::of_coded(bound, rows, options.effects), options);
  std::vector<ConditionalEffect> effects;
  std::size_t at = 0;
  for (Grid& grid : grids) {
    for (ConditionalEffect::Point& point : grid.effect.curve) point.expected = predictions[at++];
    effects.push_back(std::move(grid.effect));
  }
  return effects;
}

std::vector<Table> conditional_tables(const ConditionalEffect& effect, double prob) {
  std::vector<std::string> places{effect.name};
  if (!effect.by.empty()) places.push_back(effect.by);
  Table curve{"curve", places, {}, {}}, rows{"rows", places, {}, {}};
  for (const std::string& name : {std::string("Estimate"), std::string("Est.Error"),
                                  fmt::format("l-{:.6g}% CI", 100 * prob), fmt::format("u-{:.6g}% CI", 100 * prob)})
    curve.columns.push_back(name);
  rows.columns.push_back(effect.response);
  const auto place = [&](const auto& point) {
    std::vector<Cell> cells;
    if (effect.levels.empty())
      cells.emplace_back(point.x);
    else
      cells.emplace_back(effect.levels[static_cast<std::size_t>(point.x)]);
    if (!effect.by.empty()) cells.emplace_back(effect.lines[point.line]);
    return cells;
  };
  for (const auto& point : effect.curve) {
    auto& cells = curve.rows.emplace_back(place(point));
    for (const double each : {point.expected.mean, point.expected.sd, point.expected.lower, point.expected.upper})
      cells.emplace_back(each);
  }
  for (const auto& row : effect.rows) rows.rows.emplace_back(place(row)).emplace_back(row.y);
  return {curve, rows};
}

}  // namespace woodbury::answers
