// The graph of a formula's model, in the order: fixed part, effects by factor, residual.
#include "woodbury/design/lowering.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

namespace woodbury::design {

namespace {

using model::Builder;
using model::Expr;

Parameter make(std::string name, std::string prior_class, Domain domain, model::Prior prior) {
  Parameter out;
  out.name = std::move(name);
  out.prior_class = std::move(prior_class);
  out.domain = domain;
  out.prior = std::move(prior);
  return out;
}

std::vector<std::string> labels(const Block& block) {
  std::vector<std::string> out;
  for (const DesignColumn* column : block.columns) out.push_back(coefficient_name(column->name));
  return out;
}

/// Appends to a sum that starts empty.
void add(std::optional<Expr>& sum, const Expr& term) { sum = sum ? *sum + term : term; }

/// One model under construction.
class Lowering {
 public:
  explicit Lowering(const std::vector<Parameter>& parameters) {
    for (const Parameter& each : parameters) priors_.emplace(each.name, &each);
  }

  Expr predictor(const Predictor& part) {
    std::optional<Expr> sum;
    fixed(part, sum);
    for (const Block& block : blocks(part.groups)) effects(part, block, sum);
    return sum.value_or(Expr(0.0));
  }

  Expr sigma() { return variable("sigma"); }

  model::Model observe(const Likelihood& likelihood, const Expr& mean, const Expr& sd) {
    const bool gaussian = likelihood.family == model::FamilyKind::gaussian;
    gaussian ? builder_.observe_normal(likelihood.response, mean, sd)
             : builder_.observe_lognormal(likelihood.response, mean, sd);
    return builder_.model();
  }

  Expr column(const std::string& name) { return builder_.col(name); }

 private:
  Expr variable(const std::string& name, bool reported = true) {
    const Parameter& parameter = *priors_.at(name);
    return builder_.variable(name, parameter.prior, parameter.domain == Domain::positive, reported);
  }

  void fixed(const Predictor& part, std::optional<Expr>& sum) {
    const bool centred = part.fixed.intercept;
    std::optional<Expr> at_zero;  // the intercept at x = 0
    if (centred) {
      sum = variable(part.names.intercept(), false);
      at_zero = sum;
    }
    for (const DesignColumn& each : part.fixed.columns) {
      if (centred && each.data.empty()) continue;
      const Expr b = variable(part.names.coefficient(coefficient_name(each.name)));
      if (each.data.empty()) {
        add(sum, b);
        continue;
      }
      const bool shifted = centred && std::abs(each.mean) > 1e-12 * each.sd;  // less is rounding of a centred column
      add(sum, shifted ? (column(each.data) - each.mean) * b : column(each.data) * b);
      if (shifted) at_zero = *at_zero - each.mean * b;
    }
    for (const std::string& offset : part.fixed.offsets) add(sum, column(offset));
    if (centred) builder_.derive(part.names.coefficient("Intercept"), *at_zero);
  }

  void effects(const Predictor& part, const Block& block, std::optional<Expr>& sum) {
    const PartNames& names = part.names;
    const std::string dim = names.dim(block.factor, block.suffix);
    std::vector<Expr> sds;
    for (const std::string& label : labels(block)) sds.push_back(variable(names.sd(block.factor, label)));
    std::optional<Expr> cor;
    if (block.correlated) {
      const std::string name = names.cor(block.factor, block.suffix);
      cor = builder_.lkj(name, priors_.at(name)->prior.args[0], labels(block), dim);
    }
    const Expr r = builder_.effects(names.effects(block.factor, block.suffix), sds,
                                    {.over = block.factor, .cor = cor, .columns = labels(block), .dim = dim});
    for (std::size_t k = 0; k < block.columns.size(); ++k) {
      const Expr of_row = r.component(static_cast<int>(k))[block.factor];
      const std::string& data = block.columns[k]->data;
      add(sum, data.empty() ? of_row : column(data) * of_row);
    }
  }

  Builder builder_;
  std::map<std::string, const Parameter*> priors_;
};

void refuse_equal_names(const std::vector<Parameter>& all) {
  std::map<std::string, const Parameter*> seen;
  for (const Parameter& each : all) {
    if (seen.emplace(each.name, &each).second) continue;
    throw base::Error(fmt::format("two parameters would be named `{}`", each.name), {},
                      "rename one of the columns they belong to");
  }
}

}  // namespace

std::vector<Block> blocks(const std::vector<GroupPart>& groups) {
  std::vector<Block> out;
  std::map<std::string, int> count;
  const auto open = [&](const GroupPart& group, bool correlated) {
    const int number = ++count[group.factor];
    out.push_back({group.factor, {}, correlated, number == 1 ? "" : fmt::format("_{}", number)});
    return out.size() - 1;
  };
  for (const GroupPart& group : groups) {
    const bool correlated = group.correlated && group.design.columns.size() > 1;
    const auto shared = std::find_if(out.begin(), out.end(), [&](const Block& block) {
      return block.factor == group.factor && !block.correlated && !correlated;
    });
    const std::size_t at =
        shared != out.end() ? static_cast<std::size_t>(shared - out.begin()) : open(group, correlated);
    for (const DesignColumn& column : group.design.columns) out[at].columns.push_back(&column);
  }
  return out;
}

std::vector<Parameter> parameters(const Predictor& predictor, const Defaults& defaults) {
  const PartNames& names = predictor.names;
  const DesignPart& fixed = predictor.fixed;
  std::vector<Parameter> out, correlations;
  if (fixed.intercept)
    out.push_back(make(names.intercept(), names.intercept(), Domain::real, defaults.intercept(names.sigma)));
  for (const DesignColumn& column : fixed.columns) {
    if (fixed.intercept && column.data.empty()) continue;
    const std::string label = coefficient_name(column.name);
    out.push_back(make(names.coefficient(label), names.b_class(), Domain::real,
                       defaults.coefficient(names.sigma, fixed, column)));
    out.back().coefficient = label;
  }
  for (const Block& block : blocks(predictor.groups)) {
    for (const DesignColumn* column : block.columns) {
      const std::string label = coefficient_name(column->name);
      out.push_back(
          make(names.sd(block.factor, label), names.sd_class(), Domain::positive, defaults.sd(names.sigma, *column)));
      out.back().group = block.factor;
      out.back().coefficient = label;
    }
    if (!block.correlated) continue;
    correlations.push_back(
        make(names.cor(block.factor, block.suffix), names.cor_class(), Domain::correlation, defaults.cor()));
    correlations.back().group = block.factor;
  }
  out.insert(out.end(), correlations.begin(), correlations.end());
  return out;
}

Parameter residual_sd(const Defaults& defaults) {
  return make("sigma", "sigma", Domain::positive, defaults.residual_sd());
}

model::Model lower(const Predictor& mean, const Predictor* log_sigma, const Likelihood& likelihood,
                   const std::vector<Parameter>& parameters) {
  refuse_equal_names(parameters);
  Lowering lowering(parameters);
  const Expr mu = lowering.predictor(mean);
  if (!likelihood.se.empty()) return lowering.observe(likelihood, mu, lowering.column(likelihood.se));
  const Expr sigma = log_sigma != nullptr ? exp(lowering.predictor(*log_sigma)) : lowering.sigma();
  if (likelihood.weights.empty()) return lowering.observe(likelihood, mu, sigma);
  return lowering.observe(likelihood, mu, sigma / sqrt(lowering.column(likelihood.weights)));
}

}  // namespace woodbury::design
