// Binding: parse → rows used → coding → priors → graph, with the refusals between.
#include "woodbury/design/design.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "woodbury/design/checks.hpp"
#include "woodbury/design/lowering.hpp"
#include "woodbury/design/table.hpp"

namespace woodbury::design {

namespace {

Predictor predictor_of(const Coding& coding, bool sigma) { return {coding.fixed(), coding.groups(), {sigma}}; }

/// Adds `column` to the table under its name or, where another column bears it, under the name primed.
std::string add_column(frame::Frame& data, const std::string& name,
                       const std::shared_ptr<const frame::Column>& column) {
  std::string key = name;
  const auto same = [&] {
    if (data.share(key) == column) return true;
    const auto* there = std::get_if<frame::Numeric>(data.share(key).get());
    const auto* ours = std::get_if<frame::Numeric>(column.get());
    return there != nullptr && ours != nullptr && there->values == ours->values;
  };
  while (data.has(key) && !same()) key += "'";
  if (!data.has(key)) data.add(key, column);
  return key;
}

/// Adds the columns of log sigma's predictor to the coded table, and names them there. Grouping factors of one name
/// are the same factor.
void merge(Predictor& sigma, const frame::Frame& coded, frame::Frame& data) {
  const auto place = [&](std::string& name) {
    if (!name.empty()) name = add_column(data, name, coded.share(name));
  };
  const auto place_part = [&](DesignPart& part) {
    for (DesignColumn& column : part.columns) place(column.data);
    for (std::string& offset : part.offsets) place(offset);
  };
  for (const GroupPart& group : sigma.groups)
    if (!data.has(group.factor)) data.add(group.factor, coded.share(group.factor));
  place_part(sigma.fixed);
  for (GroupPart& group : sigma.groups) place_part(group.design);
}

ResponseMoments moments_for_priors(const frame::Numbers& response, model::FamilyKind family) {
  if (family == model::FamilyKind::gaussian) return response_moments(response);
  std::vector<double> logs(response.size());
  std::transform(response.begin(), response.end(), logs.begin(), [](double y) { return std::log(y); });
  return response_moments(logs);
}

/// Only what the model names, in the coded table's order.
frame::Frame named_columns(const model::Model& model, const frame::Frame& coded) {
  std::vector<std::string> wanted = model.data_columns();
  const std::vector<std::string> factors = model.data_factors();
  wanted.insert(wanted.end(), factors.begin(), factors.end());
  frame::Frame out;
  for (const std::string& name : coded.names())
    if (std::find(wanted.begin(), wanted.end(), name) != wanted.end()) out.add(name, coded.share(name));
  out.source = coded.source;
  return out;
}

/// Parts of a binding on their way to a model.
struct Parts {
  Predictor mean;
  std::optional<Predictor> sigma;
  Likelihood likelihood;
  std::vector<Parameter> parameters;
};

std::vector<Parameter> all_parameters(const Parts& parts, const Defaults& defaults, const Options& options) {
  std::vector<Parameter> out = parameters(parts.mean, defaults);
  if (parts.sigma) {
    const std::vector<Parameter> more = parameters(*parts.sigma, defaults);
    out.insert(out.end(), more.begin(), more.end());
  } else if (options.se.empty()) {
    out.push_back(residual_sd(defaults));
  }
  apply_priors(options.priors, out);
  return out;
}

void check_columns(const Parts& parts, const frame::Frame& data, const UsedRows& rows) {
  const RowNumber number = [&](std::size_t row) { return rows.number(row); };
  const Likelihood& likelihood = parts.likelihood;
  check_response(likelihood.response, data.numeric(likelihood.response), likelihood.family, number);
  if (!likelihood.weights.empty())
    check_positive("--weights", likelihood.weights, data.numeric(likelihood.weights), number);
  if (!likelihood.se.empty()) check_positive("--se", likelihood.se, data.numeric(likelihood.se), number);
}

/// Is the residual sd one free parameter, the same for every row?
bool free_constant_sigma(const Parts& parts) {
  if (parts.sigma || !parts.likelihood.weights.empty() || !parts.likelihood.se.empty()) return false;
  const Parameter& sigma = parts.parameters.back();
  return sigma.prior.kind != model::DistributionKind::constant;
}

void check_identified(const Parts& parts, const frame::Frame& data) {
  check_rank(parts.mean, parts.parameters, data);
  if (parts.sigma) check_rank(*parts.sigma, parts.parameters, data);
  if (free_constant_sigma(parts)) check_rows_per_level(parts.mean, data);
}

}  // namespace

Bound bind(const std::string& formula, frame::Frame table, const Options& options) {
  const Formulas formulas = parse_formulas(formula, options);
  const UsedRows rows = use_rows(std::move(table), formulas, options);

  Bound bound;
  frame::Frame coded, coded_sigma;
  bound.coding = Coding::learn(formulas.mean, rows.table, options.contrasts, &coded);
  Parts parts{predictor_of(bound.coding, false), {}, {options.family, bound.coding.response(), "", ""}, {}};
  if (formulas.sigma) {
    bound.sigma_coding = Coding::learn(*formulas.sigma, rows.table, options.contrasts, &coded_sigma);
    parts.sigma = predictor_of(*bound.sigma_coding, true);
    merge(*parts.sigma, coded_sigma, coded);
  }
  const auto add_option = [&](const std::string& name) {
    return name.empty() ? name : add_column(coded, name, rows.table.share(name));
  };
  parts.likelihood.weights = add_option(options.weights);
  parts.likelihood.se = add_option(options.se);
  check_columns(parts, coded, rows);

  const Defaults defaults(options.defaults, moments_for_priors(coded.numeric(bound.coding.response()), options.family));
  parts.parameters = all_parameters(parts, defaults, options);
  check_identified(parts, coded);

  bound.model = lower(parts.mean, parts.sigma ? &*parts.sigma : nullptr, parts.likelihood, parts.parameters);
  coded.source = rows.original.source;
  bound.data = named_columns(bound.model, coded);
  bound.priors = prior_rows(parts.parameters);
  bound.dropped_rows = rows.dropped;
  bound.warnings = far_slopes(parts.mean);
  if (parts.sigma)
    for (std::string& warning : far_slopes(*parts.sigma)) bound.warnings.push_back("sigma: " + warning);
  return bound;
}

}  // namespace woodbury::design
