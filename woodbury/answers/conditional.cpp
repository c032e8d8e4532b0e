#include "woodbury/answers/conditional.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "woodbury/answers/columns.hpp"
#include "woodbury/design/design.hpp"
#include "woodbury/diagnose/diagnose.hpp"

namespace woodbury::answers {

namespace {

using design::LearntVariable;
using design::Piece;
using design::VariableKind;

constexpr std::size_t kSteps = 40, kLines = 8, kLevels = 60;

/// Where a variable stands: its value or, of a factor, the number of a level.
struct Place {
  std::string variable;
  double at = 0;
};

/// A variable of the fixed part, where every row stands along it, and where it is looked at.
struct Axis {
  std::string name, label;
  std::vector<std::string> levels;
  std::vector<double> rows, grid;
  [[nodiscard]] bool factor() const { return !levels.empty(); }
};

class Curves {
 public:
  Curves(const store::Record& record, const design::Coding& coding, double prob)
      : record_(record), coding_(coding), prob_(prob), rows_(record.data.rows()) {
    for (const design::DesignColumn& column : coding.fixed().columns)
      draws_.push_back(scalar(record.draws, "b_" + design::coefficient_name(column.name)));
    lognormal_ = record.run.value("family", "gaussian") == "lognormal";
  }

  std::vector<ConditionalEffect> all() {
    std::vector<ConditionalEffect> effects;
    std::set<std::string> paired;
    for (const auto& [one, other] : pairs()) {
      auto a = axis(one), b = axis(other);
      if (!a || !b || !known(*a, &*b)) continue;
      if (a->factor() && !b->factor()) std::swap(a, b);  // a number goes along, its factor makes the lines
      if (b->levels.size() > kLines && a->levels.size() <= kLines && a->factor()) std::swap(a, b);
      if (b->levels.size() > kLines) continue;
      paired.insert({one, other});
      effects.push_back(make(*a, &*b));
    }
    for (const std::string& name : variables())
      if (!paired.contains(name))
        if (const auto a = axis(name); a && known(*a, nullptr)) effects.push_back(make(*a, nullptr));
    return effects;
  }

 private:
  [[nodiscard]] const std::vector<Piece>* pieces(const design::DesignColumn& column) const {
    const auto found = coding_.learnt().products.find(column.data);
    return column.data.empty() || found == coding_.learnt().products.end() ? nullptr : &found->second;
  }
  [[nodiscard]] std::vector<std::string> variables() const {
    std::vector<std::string> names;
    for (const design::DesignColumn& column : coding_.fixed().columns)
      if (const auto* product = pieces(column))
        for (const Piece& piece : *product)
          if (std::ranges::count(names, piece.variable) == 0) names.push_back(piece.variable);
    return names;
  }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> pairs() const {
    std::vector<std::pair<std::string, std::string>> found;
    for (const design::DesignColumn& column : coding_.fixed().columns)
      if (const auto* product = pieces(column))
        for (std::size_t i = 0; i < product->size(); ++i)
          for (std::size_t j = i + 1; j < product->size(); ++j)
            if (const std::pair pair{(*product)[i].variable, (*product)[j].variable};
                std::ranges::count(found, pair) == 0)
              found.push_back(pair);
    return found;
  }
  [[nodiscard]] const LearntVariable& learnt(const std::string& variable) const {
    return coding_.learnt().variables.at(variable);
  }

  /// Whether every product is known with these variables set: of a variable that has no column of its own, and stands
  /// in products alone, the rows are not.
  [[nodiscard]] bool known(const Axis& along, const Axis* by) const {
    const auto is_set = [&](const Piece& piece) {
      return piece.variable == along.name || (by != nullptr && piece.variable == by->name);
    };
    return std::ranges::all_of(coding_.fixed().columns, [&](const design::DesignColumn& column) {
      const auto* product = pieces(column);
      return product == nullptr || std::ranges::none_of(*product, is_set) ||
             std::ranges::all_of(*product, [&](const Piece& p) { return is_set(p) || values(p) != nullptr; });
    });
  }

  /// A piece's values at the rows, from the column that is this piece alone; null where there is none.
  [[nodiscard]] const frame::Numbers* values(const Piece& piece) const {
    for (const auto& [name, product] : coding_.learnt().products)
      if (product.size() == 1 && product[0].variable == piece.variable && product[0].column == piece.column &&
          product[0].indicator == piece.indicator && record_.data.has(name) && record_.data.is_numeric(name))
        return &record_.data.numeric(name);
    return nullptr;
  }

  static double value_at(const LearntVariable& variable, const Piece& piece, double at) {
    switch (variable.kind) {
      case VariableKind::factor:
        if (piece.indicator) return std::size_t(at) == piece.column ? 1 : 0;
        return variable.contrast.codes[piece.column][static_cast<std::size_t>(at)];
      case VariableKind::polynomial:
        return variable.polynomial.columns({at})[piece.column][0];
      default:
        return at;
    }
  }

  /// Levels of the rows: those whose codes they have.
  [[nodiscard]] std::optional<std::vector<double>> levels_of_rows(const std::string& name) const {
    const LearntVariable& variable = learnt(name);
    std::vector<std::pair<Piece, const frame::Numbers*>> known;
    for (const bool indicator : {false, true}) {
      const std::size_t count = indicator ? variable.levels.size() : variable.contrast.codes.size();
      std::vector<std::pair<Piece, const frame::Numbers*>> own;
      for (std::size_t c = 0; c < count; ++c)
        if (const Piece piece{name, indicator, c}; const auto* found = values(piece)) own.emplace_back(piece, found);
      if (own.size() == count) known = std::move(own);
    }
    if (known.empty()) return std::nullopt;
    std::vector<double> result(rows_, 0);
    for (std::size_t n = 0; n < rows_; ++n)
      for (std::size_t level = 0; level < variable.levels.size(); ++level)
        if (std::ranges::all_of(known, [&, level](const auto& each) {
              return std::abs(value_at(variable, each.first, static_cast<double>(level)) - (*each.second)[n]) < 1e-9;
            }))
          result[n] = static_cast<double>(level);
    return result;
  }

  [[nodiscard]] std::optional<Axis> axis(const std::string& name) const {
    const LearntVariable& variable = learnt(name);
    Axis axis;
    axis.name = axis.label = name;
    if (variable.kind == VariableKind::factor) {
      auto rows = levels_of_rows(name);
      if (!rows || variable.levels.size() > kLevels) return std::nullopt;
      axis.levels = variable.levels;
      axis.rows = std::move(*rows);
      for (std::size_t level = 0; level < axis.levels.size(); ++level) axis.grid.push_back(static_cast<double>(level));
      return axis;
    }
    const frame::Numbers* found = values({name, false, 0});
    if (found == nullptr) return std::nullopt;
    axis.rows = found->copy();
    if (variable.kind == VariableKind::polynomial) {  // its first column is (x − α₁)/√n₁
      for (double& x : axis.rows) x = variable.polynomial.alpha[0] + std::sqrt(variable.polynomial.norm2[1]) * x;
      axis.label = name.substr(name.find('(') + 1, name.rfind(',') - name.find('(') - 1);
    }
    const auto [least, most] = std::ranges::minmax(axis.rows);
    if (!(most > least)) return std::nullopt;
    for (std::size_t i = 0; i <= kSteps; ++i)
      axis.grid.push_back(least + (most - least) * static_cast<double>(i) / kSteps);
    return axis;
  }

  /// A column's mean over the rows with some variables set.
  [[nodiscard]] double column_at(const design::DesignColumn& column, const std::vector<Place>& set) const {
    const auto* product = pieces(column);
    if (product == nullptr) return 1;
    double value = 1;
    std::vector<const frame::Numbers*> rest;
    for (const Piece& piece : *product) {
      const auto at = std::ranges::find(set, piece.variable, &Place::variable);
      if (at != set.end())
        value *= value_at(learnt(piece.variable), piece, at->at);
      else
        rest.push_back(values(piece));
    }
    if (rest.size() == product->size()) return column.mean;
    if (rest.empty()) return value;
    double mean = 0;
    for (std::size_t n = 0; n < rows_; ++n) {
      double one = 1;
      for (const frame::Numbers* each : rest) one *= (*each)[n];
      mean += one / static_cast<double>(rows_);
    }
    return value * mean;
  }

  [[nodiscard]] ConditionalEffect::Point point(double x, std::size_t line, const std::vector<Place>& set) const {
    std::vector<double> eta;
    for (std::size_t c = 0; c < draws_.size(); ++c) {
      const double value = column_at(coding_.fixed().columns[c], set);
      eta.resize(std::max(eta.size(), draws_[c].size()), 0);
      for (std::size_t t = 0; t < draws_[c].size(); ++t) eta[t] += draws_[c][t] * value;
    }
    if (lognormal_)
      for (double& each : eta) each = std::exp(each);
    return {x, line, diagnose::quantile(eta, 0.5), diagnose::quantile(eta, (1 - prob_) / 2),
            diagnose::quantile(eta, (1 + prob_) / 2)};
  }

  /// Values of the second variable at which lines are drawn, and their labels.
  static std::vector<double> lines_of(const Axis& by, std::vector<std::string>& labels) {
    labels = by.levels;
    if (by.factor()) return by.grid;
    double mean = 0, square = 0;
    for (const double x : by.rows) mean += x / static_cast<double>(by.rows.size());
    for (const double x : by.rows) square += (x - mean) * (x - mean) / static_cast<double>(by.rows.size());
    std::vector<double> at;
    for (const double step : {-1.0, 0.0, 1.0}) {
      at.push_back(mean + step * std::sqrt(square));
      labels.push_back(fmt::format("{} = {:.4g}", by.label, at.back()));
    }
    return at;
  }

  [[nodiscard]] ConditionalEffect make(const Axis& along, const Axis* by) const {
    ConditionalEffect effect;
    effect.name = along.label;
    effect.levels = along.levels;
    std::vector<double> lines;
    if (by != nullptr) {
      effect.by = by->label;
      lines = lines_of(*by, effect.lines);
    }
    for (std::size_t line = 0; line < std::max<std::size_t>(1, lines.size()); ++line)
      for (const double x : along.grid) {
        std::vector<Place> set{{along.name, x}};
        if (by != nullptr) set.push_back({by->name, lines[line]});
        effect.curve.push_back(point(x, line, set));
      }
    const auto& y = record_.data.numeric(record_.responses.front());
    for (std::size_t n = 0; n < rows_; ++n) {
      std::size_t nearest = 0;
      for (std::size_t line = 1; line < lines.size(); ++line)
        if (std::abs(by->rows[n] - lines[line]) < std::abs(by->rows[n] - lines[nearest])) nearest = line;
      effect.rows.push_back({along.rows[n], y[n], nearest});
    }
    return effect;
  }

  const store::Record& record_;
  const design::Coding& coding_;
  double prob_;
  std::size_t rows_;
  bool lognormal_ = false;
  std::vector<std::vector<double>> draws_;  ///< of the coefficients, a column of the fixed part each
};

}  // namespace

std::vector<ConditionalEffect> conditional_effects(const store::Record& record, double prob) {
  if (!record.model.contains("coding")) return {};
  const design::Coding coding = design::Coding::from_json(record.model.at("coding"));
  return Curves(record, coding, prob).all();
}

}  // namespace woodbury::answers
