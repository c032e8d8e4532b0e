#include "woodbury/plan/sampling.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "woodbury/plan/rules/rules.hpp"

namespace woodbury::plan {

namespace {

/// Mean rows a level from which a sampled effect is centred where nothing else is known, for one coefficient and for
/// several.
constexpr double kCentredRows = 10, kCentredRowsSlopes = 200;

std::string asked_of(const model::RandomVariable& variable, const Options& options) {
  std::string asked = "auto";
  for (const auto& name : {variable.dims.empty() ? std::string() : variable.dims[0], variable.name})
    if (const auto found = options.parametrisation.find(name); found != options.parametrisation.end())
      asked = found->second;
  return asked;
}

Parametrisation everywhere(bool centred, std::size_t levels, std::string words) {
  return {centred ? Action::sample_centred : Action::sample_noncentred, Centring{std::vector(levels, centred), 0},
          std::move(words)};
}

}  // namespace

Parametrisation by_levels(Centring centring, std::string_view measure) {
  const auto centred = std::count(centring.centred.begin(), centring.centred.end(), true);
  const auto levels = static_cast<std::ptrdiff_t>(centring.centred.size());
  Parametrisation way;
  if (centred == levels || centred == 0) {
    way.action = centred > 0 ? Action::sample_centred : Action::sample_noncentred;
    way.words =
        fmt::format("; {} at {} about {:.2g}", centred > 0 ? "centred" : "non-centred", measure, centring.information);
  } else {
    way.action = Action::sample_by_level;
    way.words = fmt::format("; centred where {} is large: {} of {} levels", measure, centred, levels);
  }
  way.centring = std::move(centring);
  return way;
}

Parametrisations parametrisations(const model::Model& model, const frame::Frame& table, const Survey& survey,
                                  const Options& options, const std::set<std::string, std::less<>>& without) {
  Parametrisations ways;
  for (const model::VariableId v : gaussian_variables(model)) {
    const model::RandomVariable& variable = model.variable(v);
    const bool grouped = !variable.dims.empty() && !model.dim_labels.contains(variable.dims[0]);
    const std::size_t levels = grouped ? table.factor(variable.dims[0]).levels.size() : 0;
    const std::string asked = asked_of(variable, options);
    const bool flat = variable.distribution.kind == model::DistributionKind::flat;
    if (asked != "auto" && !flat) {
      ways[v] = everywhere(asked == "centred", levels, fmt::format("; {} as asked", asked));
    } else if (!grouped || flat) {
      ways[v] = {};  // there is no scale to standardise by
    } else if (auto centring = without.contains(kLevelCentring) ? std::nullopt : centred_levels(survey, v)) {
      ways[v] = by_levels(std::move(*centring), survey.information(v)->of_scale ? "2 n τ²" : "n τ²/σ²");
    } else {
      const double rows = static_cast<double>(table.rows()) / static_cast<double>(levels);
      const bool centred = rows >= (dims_of(model, v, table) > levels ? kCentredRowsSlopes : kCentredRows);
      ways[v] = everywhere(centred, levels,
                           fmt::format("; {} at {:.3g} rows a level", centred ? "centred" : "non-centred", rows));
    }
    if (!grouped) ways[v].centring.reset();
  }
  return ways;
}

}  // namespace woodbury::plan
