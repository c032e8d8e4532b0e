// From calls that read like a probabilistic program to the graph.
#include "woodbury/model/builder.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "woodbury/model/elementwise.hpp"
#include "woodbury/model/json.hpp"
#include "woodbury/model/shapes.hpp"

namespace woodbury::model {

namespace {

using base::Error;

Expr combine(Op op, const Expr& a, const Expr& b) {
  Builder* builder = a.builder() != nullptr ? a.builder() : b.builder();
  if (builder != nullptr) return builder->wrap(builder->graph().binary(op, builder->node(a), builder->node(b)));
  return model::apply(op, a.value(), b.value());
}

Expr apply(Op op, const Expr& a) {
  if (a.builder() == nullptr) return model::apply(op, a.value());
  return a.builder()->wrap(a.builder()->graph().unary(op, a.node()));
}

/// The labels of an expression's last dim: columns of an effect matrix, entries of a vector of coefficients.
const std::vector<std::string>& labels_of(const Model& model, const Expr& e) {
  static const std::vector<std::string> none;
  const auto& dims = model.node(e.node()).dims;
  const auto found = dims.empty() ? model.dim_labels.end() : model.dim_labels.find(dims.back());
  return found == model.dim_labels.end() ? none : found->second;
}

}  // namespace

Expr Expr::operator[](const std::string& factor) const {
  if (builder_ == nullptr) throw Error(fmt::format("{} is a number; it has no levels of {}", value_, factor));
  const Model& model = builder_->model();
  const auto& dims = model.node(node_).dims;
  const auto text = to_text(model, node_);
  if (dims.empty()) throw Error(fmt::format("`{}` is one number; write it without [\"{}\"]", text, factor));
  if (dims == std::vector{kRow})
    throw Error(fmt::format("`{}` has a value for each row already; write it without [\"{}\"]", text, factor));
  if (dims.size() == 1 && dims[0] != factor)
    throw Error(fmt::format("`{}` has a value for each level of {}, not of {}", text, dims[0], factor), {},
                fmt::format("write {}[\"{}\"]", text, dims[0]));
  return {builder_, builder_->graph().gather(node_)};
}

Expr Expr::component(int k) const {
  if (builder_ == nullptr) throw Error(fmt::format("{} is a number; it has no columns", value_));
  return {builder_, builder_->graph().component(node_, k)};
}

Expr Expr::component(const std::string& label) const {
  if (builder_ == nullptr) throw Error(fmt::format("{} is a number; it has no columns", value_));
  const auto& labels = labels_of(builder_->model(), *this);
  const auto found = std::find(labels.begin(), labels.end(), label);
  if (found == labels.end())
    throw Error(fmt::format("`{}` has no column `{}`", to_text(builder_->model(), node_), label), {},
                base::did_you_mean(label, labels));
  return component(static_cast<int>(found - labels.begin()));
}

Expr Expr::at(const std::string& factor) const {
  if (builder_ == nullptr) return *this;
  return {builder_, builder_->graph().gather(node_, factor)};
}

Expr operator+(const Expr& a, const Expr& b) { return combine(Op::add, a, b); }
Expr operator-(const Expr& a, const Expr& b) { return combine(Op::subtract, a, b); }
Expr operator*(const Expr& a, const Expr& b) { return combine(Op::multiply, a, b); }
Expr operator/(const Expr& a, const Expr& b) { return combine(Op::divide, a, b); }
Expr operator-(const Expr& a) { return apply(Op::negate, a); }
Expr exp(const Expr& a) { return apply(Op::exp, a); }
Expr log(const Expr& a) { return apply(Op::log, a); }
Expr sqrt(const Expr& a) { return apply(Op::sqrt, a); }
Expr square(const Expr& a) { return apply(Op::square, a); }
Expr tanh(const Expr& a) { return apply(Op::tanh, a); }
Expr inv_logit(const Expr& a) { return apply(Op::inv_logit, a); }
Expr log1p(const Expr& a) { return apply(Op::log1p, a); }
Expr expm1(const Expr& a) { return apply(Op::expm1, a); }
Expr sin(const Expr& a) { return apply(Op::sin, a); }
Expr cos(const Expr& a) { return apply(Op::cos, a); }

Expr call(const std::string& function, const Expr& a) {
  const auto found = std::ranges::find(kFunctions, function, &Function::name);
  if (found != kFunctions.end()) return apply(found->op, a);
  std::vector<std::string> names;
  for (const Function& each : kFunctions) names.emplace_back(each.name);
  throw Error(fmt::format("no function `{}`", function), {}, base::did_you_mean(function, names));
}

Expr pow(const Expr& a, double power) {
  constexpr double kMostFactors = 16;
  if (power == 0.5) return sqrt(a);
  if (power != std::round(power) || std::abs(power) > kMostFactors) return exp(power * log(a));
  if (power < 0) return 1 / pow(a, -power);
  if (power == 0) return 1;
  if (power == 1) return a;
  const Expr half = square(pow(a, std::floor(power / 2)));
  return std::fmod(power, 2) == 0 ? half : half * a;
}

Expr cumsum(const Expr& steps) {
  if (steps.builder() == nullptr)
    throw Error(fmt::format("{} is a number; it has no levels to sum over", steps.value()));
  return steps.builder()->wrap(steps.builder()->graph().cumulate(steps.node()));
}

Expr ar1(const Expr& innovations, const Expr& rho) {
  Builder* builder = innovations.builder();
  if (builder == nullptr) throw Error(fmt::format("{} is a number; it has no levels to go along", innovations.value()));
  return builder->wrap(builder->graph().ar1(innovations.node(), builder->node(rho)));
}

Expr operator*(const Columns& columns, const Expr& coefficients) {
  const auto& parts = columns.columns();
  if (coefficients.builder() == nullptr)
    throw Error(
        fmt::format("{} is a number: a matrix of columns goes with coefficients, one for each", coefficients.value()));
  const Model& model = coefficients.builder()->model();
  const auto& labels = labels_of(model, coefficients);
  if (parts.empty() || labels.size() != parts.size())
    throw Error(
        fmt::format("{} column(s) times `{}`, which {}", parts.size(), to_text(model, coefficients.node()),
                    shape_in_words(model, model.node(coefficients.node()).dims)),
        {}, "a coefficient for each column: a variable over a dim of as many labels, or effects with as many columns");
  const auto dims = model.node(coefficients.node()).dims;
  Expr sum = 0;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const Expr one = coefficients.component(static_cast<int>(k));
    sum = sum + (dims.size() == 2 ? one[dims[0]] : one) * parts[k];
  }
  return sum;
}

NodeId Builder::node(const Expr& expression) {
  if (expression.builder() == nullptr) return model_.constant(expression.value());
  if (expression.builder() != this)
    throw Error(
        fmt::format("`{}` belongs to another model", to_text(expression.builder()->model(), expression.node())));
  return expression.node();
}

Expr Builder::random(const std::string& name, DistributionKind kind, const std::vector<Expr>& args, const Over& over) {
  const Support support = info(kind).support;
  if (support == Support::correlation || kind == DistributionKind::multi_normal)
    throw Error(fmt::format("`{}` is one number or several: {} is no prior for it", name, info(kind).name));
  if (over.positive && support != Support::real && support != Support::positive)
    throw Error(fmt::format("`{}` cannot be truncated at 0: {} is not on the whole line", name, info(kind).name));
  Distribution distribution{.kind = kind, .args = {}, .positive = over.positive && support == Support::real};
  for (const auto& argument : args) distribution.args.push_back(node(argument));
  std::vector<std::string> dims;
  if (!over.dim.empty()) dims.push_back(over.dim);
  if (!over.labels.empty()) model_.add_dim(over.dim, over.labels);
  return wrap(model_.node_of(model_.add_variable({name, std::move(dims), std::move(distribution), true})));
}

Expr Builder::normal(const std::string& name, const Expr& mean, const Expr& sd, const Over& over) {
  return random(name, DistributionKind::normal, {mean, sd}, over);
}
Expr Builder::student_t(const std::string& name, const Expr& nu, const Expr& m, const Expr& s, const Over& over) {
  return random(name, DistributionKind::student_t, {nu, m, s}, over);
}
Expr Builder::cauchy(const std::string& name, const Expr& m, const Expr& s, const Over& over) {
  return random(name, DistributionKind::cauchy, {m, s}, over);
}
Expr Builder::half_normal(const std::string& name, const Expr& s, const Over& over) {
  return random(name, DistributionKind::half_normal, {s}, over);
}
Expr Builder::half_student_t(const std::string& name, const Expr& nu, const Expr& s, const Over& over) {
  return random(name, DistributionKind::half_student_t, {nu, s}, over);
}
Expr Builder::half_cauchy(const std::string& name, const Expr& s, const Over& over) {
  return random(name, DistributionKind::half_cauchy, {s}, over);
}
Expr Builder::exponential(const std::string& name, const Expr& rate, const Over& over) {
  return random(name, DistributionKind::exponential, {rate}, over);
}
Expr Builder::gamma(const std::string& name, const Expr& shape, const Expr& rate, const Over& over) {
  return random(name, DistributionKind::gamma, {shape, rate}, over);
}
Expr Builder::inverse_gamma(const std::string& name, const Expr& shape, const Expr& scale, const Over& over) {
  return random(name, DistributionKind::inverse_gamma, {shape, scale}, over);
}
Expr Builder::lognormal(const std::string& name, const Expr& m, const Expr& s, const Over& over) {
  return random(name, DistributionKind::lognormal, {m, s}, over);
}
Expr Builder::uniform(const std::string& name, const Expr& a, const Expr& b, const Over& over) {
  return random(name, DistributionKind::uniform, {a, b}, over);
}
Expr Builder::beta(const std::string& name, const Expr& a, const Expr& b, const Over& over) {
  return random(name, DistributionKind::beta, {a, b}, over);
}
Expr Builder::flat(const std::string& name, const Over& over) { return random(name, DistributionKind::flat, {}, over); }
Expr Builder::constant(const std::string& name, double value) {
  return random(name, DistributionKind::constant, {value}, {});
}

Expr Builder::variable(const std::string& name, const Prior& prior, bool positive, bool reported) {
  if (prior.kind == DistributionKind::lkj || prior.kind == DistributionKind::multi_normal)
    throw Error(fmt::format("`{}` is one number: {} is no prior for it", name, info(prior.kind).name));
  const bool truncated = positive && info(prior.kind).support == Support::real;
  Distribution distribution{.kind = prior.kind, .args = {}, .positive = truncated};
  for (const double argument : prior.args) distribution.args.push_back(model_.constant(argument));
  return wrap(model_.node_of(model_.add_variable({name, {}, std::move(distribution), reported})));
}

Expr Builder::lkj(const std::string& name, double eta, std::vector<std::string> columns, std::string dim) {
  if (columns.size() < 2)
    throw Error(fmt::format("`{}` has {} column(s): correlations need two or more", name, columns.size()));
  if (dim.empty()) dim = name + "__coef";
  model_.add_dim(dim, std::move(columns));
  Distribution distribution{.kind = DistributionKind::lkj, .args = {model_.constant(eta)}, .positive = false};
  return wrap(model_.node_of(model_.add_variable({name, {dim, dim}, std::move(distribution), true})));
}

Expr Builder::effects(const std::string& name, const std::vector<Expr>& sds, EffectsOver of) {
  if (of.cor) {
    const std::vector<std::string>& dims = model_.node(node(*of.cor)).dims;
    if (of.dim.empty() && !dims.empty()) of.dim = dims.back();
    if (of.columns.empty() && dims.size() == 2) of.columns = labels_of(model_, *of.cor);
  }
  if (of.columns.empty())
    throw Error(fmt::format("`{}` needs the names of its columns", name), {}, "columns are [\"Intercept\", \"x\"], say",
                base::ErrorKind::usage);
  if (of.dim.empty()) of.dim = of.over + "__coef";
  const std::size_t columns = of.columns.size();
  if (sds.size() != columns || (!of.means.empty() && of.means.size() != columns))
    throw Error(
        fmt::format("`{}` has {} column(s), but {} sds and {} means", name, columns, sds.size(), of.means.size()));
  if (of.over.empty()) throw Error(fmt::format("`{}` needs the factor whose levels it has effects for", name));
  model_.add_dim(of.dim, std::move(of.columns));
  const auto stacked = [&](const std::vector<Expr>& parts) {
    std::vector<NodeId> nodes;
    for (const auto& part : parts) nodes.push_back(node(part));
    return model_.stack(std::move(nodes), of.dim);
  };
  const NodeId mean = of.means.empty() ? model_.constant(0) : stacked(of.means);
  Distribution distribution{.kind = DistributionKind::normal, .args = {mean, stacked(sds)}, .positive = false};
  if (of.cor) {
    distribution.kind = DistributionKind::multi_normal;
    distribution.args.push_back(node(*of.cor));
  }
  return wrap(model_.node_of(model_.add_variable({name, {of.over, of.dim}, std::move(distribution), true})));
}

Expr Builder::col(const std::string& name) { return wrap(model_.column(name)); }

void Builder::observe_normal(const std::string& response, const Expr& mean, const Expr& sd) {
  model_.add_observation({response, FamilyKind::gaussian, node(mean), node(sd)});
}

void Builder::observe_lognormal(const std::string& response, const Expr& mean, const Expr& sd) {
  model_.add_observation({response, FamilyKind::lognormal, node(mean), node(sd)});
}

void Builder::derive(const std::string& name, const Expr& value) { model_.add_derived({name, node(value)}); }

}  // namespace woodbury::model
