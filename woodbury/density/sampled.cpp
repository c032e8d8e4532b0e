#include "woodbury/density/sampled.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace woodbury::density {

namespace {

using model::DistributionKind;
using model::Model;
using model::Op;

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();
const double kLogRoot2Pi = 0.5 * std::log(2 * std::numbers::pi);
constexpr std::size_t kMostColumns = 64;  ///< of a correlated effect; bounds the stack of a row's work

bool all_constant(const Model& model, const std::vector<model::NodeId>& args) {
  for (const model::NodeId id : args)
    if (model.node(id).op != Op::constant) return false;
  return true;
}

Transform transform_of(const Model& model, const model::RandomVariable& variable, std::size_t size) {
  const auto& distribution = variable.distribution;
  if (distribution.positive) return Transform::positive(size);
  switch (model::info(distribution.kind).support) {
    case model::Support::positive:
      return Transform::positive(size);
    case model::Support::correlation:
      return Transform::correlation(model.dim_labels.at(variable.dims[0]).size());
    case model::Support::interval: {
      if (distribution.kind == DistributionKind::beta) return Transform::interval(size, 0, 1);
      if (!all_constant(model, distribution.args))
        throw base::Error("the bounds of `" + variable.name + "` are not numbers", {}, "give uniform() two numbers");
      return Transform::interval(size, model.node(distribution.args[0]).value, model.node(distribution.args[1]).value);
    }
    default:
      return Transform::real(size);
  }
}

}  // namespace

SampledVariable::SampledVariable(const Model& model, const Tape& tape, model::VariableId variable,
                                 const Centring& centring, std::size_t first_coordinate)
    : variable_(variable),
      node_(model.node_of(variable)),
      kind_(model.variable(variable).distribution.kind),
      positive_(model.variable(variable).distribution.positive),
      first_(first_coordinate),
      at_(tape.offset(node_)),
      size_(tape.size(node_)),
      transform_(transform_of(model, model.variable(variable), size_)) {
  const model::RandomVariable& v = model.variable(variable);
  for (const model::NodeId id : v.distribution.args) args_.push_back({tape.offset(id), tape.size(id)});
  const auto labels = v.dims.empty() ? model.dim_labels.end() : model.dim_labels.find(v.dims.back());
  if (labels != model.dim_labels.end()) width_ = labels->second.size();
  effects_ = centring.kind != Centring::Kind::all || kind_ == DistributionKind::multi_normal ||
             (kind_ == DistributionKind::normal && v.dims.size() == 2);
  if (effects_) take_levels(centring);
  if (width_ > kMostColumns && effects_)
    throw base::Error("`" + v.name + "` has more than 64 correlated columns", {},
                      "integrate it, or split the term with ||");
  if (kind_ == DistributionKind::lkj) {
    if (!all_constant(model, v.distribution.args)) throw base::Error("the shape of `" + v.name + "` is not a number");
    lkj_eta_ = model.node(v.distribution.args[0]).value;
    lkj_log_normaliser_ = lkj_normaliser(lkj_eta_, width_).value;
  } else if (!effects_ && all_constant(model, v.distribution.args)) {
    std::vector<double> numbers;
    for (const model::NodeId id : v.distribution.args) numbers.push_back(model.node(id).value);
    fixed_.emplace(kind_, positive_, numbers);
  }
}

void SampledVariable::take_levels(const Centring& centring) {
  const bool all = centring.kind == Centring::Kind::all, by_level = centring.kind == Centring::Kind::by_level;
  WOODBURY_ASSERT(!by_level || centring.centred.size() * width_ == size_);
  for (std::size_t j = 0; j < size_ / width_; ++j)
    (all || (by_level && centring.centred[j]) ? centred_ : standardised_).push_back(static_cast<std::uint32_t>(j));
}

void SampledVariable::make_signed(double spread) {
  WOODBURY_ASSERT(spread > 0 && transform_.kind() == Transform::Kind::positive);
  transform_ = Transform::signed_scale(size_, spread);
  signed_ = true;
}

double SampledVariable::forward(std::span<const double> q, std::span<double> values, std::span<double> adjoints) const {
  const auto own = q.subspan(first_, coordinates());
  if (!effects_) {
    const double jacobian = transform_.forward(own, values.subspan(at_, transform_.constrained_size()));
    return jacobian + (kind_ == DistributionKind::lkj ? correlation(values, adjoints) : elementwise(values, adjoints));
  }
  for (const std::size_t j : centred_) std::copy_n(&own[j * width_], width_, &values[at_ + j * width_]);
  double sum = standardised_.empty() ? 0 : effects_standardised(own, values);
  return sum + centred(centred_, values, adjoints);
}

double SampledVariable::log_prior_at(std::span<double> values, std::span<double> adjoints) const {
  if (effects_) return centred(centred_, values, adjoints) + centred(standardised_, values, adjoints);
  if (kind_ != DistributionKind::lkj) return elementwise(values, adjoints);
  // |dR/dL| of the strictly lower triangles is the product of L_ii^(d − 1 − i), i from 0.
  double sum = correlation(values, adjoints);
  for (std::size_t i = 0; i < width_; ++i) {
    const std::size_t at = at_ + i * width_ + i;
    const auto power = static_cast<double>(width_ - 1 - i);
    sum -= power * std::log(values[at]);
    adjoints[at] -= power / values[at];
  }
  return sum;
}

void SampledVariable::backward(std::span<const double> q, std::span<const double> values, std::span<double> adjoints,
                               std::span<double> gradient) const {
  const auto own = q.subspan(first_, coordinates());
  const auto to = gradient.subspan(first_, coordinates());
  if (!effects_) {
    const std::size_t size = transform_.constrained_size();
    return transform_.backward(own, values.subspan(at_, size), adjoints.subspan(at_, size), to);
  }
  for (const std::size_t j : centred_)
    for (std::size_t i = j * width_; i < (j + 1) * width_; ++i) to[i] += adjoints[at_ + i];
  if (!standardised_.empty()) backward_standardised(own, values, adjoints, to);
}

double SampledVariable::elementwise(std::span<double> values, std::span<double> adjoints) const {
  double sum = 0;
  std::array<double, 3> numbers{};
  for (std::size_t i = 0; i < size_; ++i) {
    const double x = values[at_ + i], inside = signed_ ? std::abs(x) : x;
    LogPrior prior;
    if (fixed_) {
      prior = fixed_->evaluate(inside);
    } else {
      for (std::size_t a = 0; a < args_.size(); ++a) numbers[a] = values[args_[a].index(i)];
      prior = log_prior(kind_, positive_, inside, std::span(numbers).first(args_.size()));
      for (std::size_t a = 0; a < args_.size(); ++a) adjoints[args_[a].index(i)] += prior.d_args[a];
    }
    sum += prior.value - (signed_ ? std::numbers::ln2 : 0);
    adjoints[at_ + i] += inside == x ? prior.d_x : -prior.d_x;
  }
  return sum;
}

double SampledVariable::correlation(std::span<double> values, std::span<double> adjoints) const {
  return log_lkj_cholesky(lkj_eta_, lkj_log_normaliser_, width_, values.subspan(at_, size_),
                          adjoints.subspan(at_, size_));
}

double SampledVariable::centred(Levels levels, std::span<double> values, std::span<double> adjoints) const {
  if (levels.empty()) return 0;
  return kind_ == DistributionKind::multi_normal ? effects_centred(levels, values, adjoints)
                                                 : independent_centred(levels, values, adjoints);
}

/// Independent columns: x_ji ~ N(mean_i, sd_i); of one column, mean and sd may be the level's own.
double SampledVariable::independent_centred(Levels levels, std::span<double> values, std::span<double> adjoints) const {
  const std::size_t d = width_;
  double sum = 0;
  for (std::size_t i = 0; i < d; ++i) {
    double last = 0, log_sd = 0;
    for (const std::size_t j : levels) {
      const std::size_t own = d == 1 ? j : i, at = at_ + j * d + i;
      const double sd = values[args_[1].index(own)];
      if (!(sd > 0)) return kMinusInfinity;
      if (sd != last) log_sd = std::log(last = sd);
      const double inverse = 1 / sd, z = (values[at] - values[args_[0].index(own)]) * inverse;
      sum -= 0.5 * z * z + log_sd + kLogRoot2Pi;
      adjoints[at] -= z * inverse;
      adjoints[args_[0].index(own)] += z * inverse;
      adjoints[args_[1].index(own)] += (z * z - 1) * inverse;
    }
  }
  return sum;
}

/// Rows x_j ~ N(mean, C Cᵀ), C = diag(sds) L: with e = L⁻¹ diag(1/sds)(x − mean), log p = Σ log N(e; 0, I) − log|C|.
double SampledVariable::effects_centred(Levels levels, std::span<double> values, std::span<double> adjoints) const {
  const std::size_t d = width_;
  const auto count = static_cast<double>(levels.size());
  const double* l = &values[args_[2].at];  // column-major
  double log_determinant = 0;
  for (std::size_t i = 0; i < d; ++i) {
    const double sd = values[args_[1].index(i)];
    if (!(sd > 0)) return kMinusInfinity;
    log_determinant += std::log(sd * l[i * d + i]);
    adjoints[args_[1].index(i)] -= count / sd;
    adjoints[args_[2].at + i * d + i] -= count / l[i * d + i];
  }
  double squares = 0;
  std::array<double, kMostColumns> e{}, back{};
  for (const std::size_t j : levels) {
    for (std::size_t i = 0; i < d; ++i) {
      double value = (values[at_ + j * d + i] - values[args_[0].index(i)]) / values[args_[1].index(i)];
      for (std::size_t k = 0; k < i; ++k) value -= l[k * d + i] * e[k];
      value /= l[i * d + i];
      e[i] = value;
      squares += value * value;
    }
    // back = L⁻ᵀ e; the derivative by the standardised deviation (x − mean)/sd is −back.
    for (std::size_t i = d; i-- > 0;) {
      double value = e[i];
      for (std::size_t k = i + 1; k < d; ++k) value -= l[i * d + k] * back[k];
      value /= l[i * d + i];
      back[i] = value;
      const double sd = values[args_[1].index(i)];
      const double deviation = (values[at_ + j * d + i] - values[args_[0].index(i)]) / sd;
      adjoints[at_ + j * d + i] -= value / sd;
      adjoints[args_[0].index(i)] += value / sd;
      adjoints[args_[1].index(i)] += value * deviation / sd;
      for (std::size_t k = 0; k <= i; ++k) adjoints[args_[2].at + k * d + i] += value * e[k];
    }
  }
  return -0.5 * squares - count * (log_determinant + static_cast<double>(d) * kLogRoot2Pi);
}

/// x = mean + C z, z ~ N(0, I).
double SampledVariable::effects_standardised(std::span<const double> q, std::span<double> values) const {
  const std::size_t d = width_;
  const bool correlated = kind_ == DistributionKind::multi_normal;
  const double* l = correlated ? &values[args_[2].at] : nullptr;
  double squares = 0;
  for (const std::size_t j : standardised_)
    for (std::size_t i = 0; i < d; ++i) {
      const double* z = &q[j * d];
      squares += z[i] * z[i];
      double mixed = z[i];
      if (correlated) {
        mixed = 0;
        for (std::size_t k = 0; k <= i; ++k) mixed += l[k * d + i] * z[k];
      }
      const std::size_t own = d == 1 ? j : i;
      values[at_ + j * d + i] = values[args_[0].index(own)] + values[args_[1].index(own)] * mixed;
    }
  return -0.5 * squares - static_cast<double>(standardised_.size() * d) * kLogRoot2Pi;
}

void SampledVariable::backward_standardised(std::span<const double> q, std::span<const double> values,
                                            std::span<double> adjoints, std::span<double> gradient) const {
  const std::size_t d = width_;
  const bool correlated = kind_ == DistributionKind::multi_normal;
  const double* l = correlated ? &values[args_[2].at] : nullptr;
  for (const std::size_t j : standardised_)
    for (std::size_t i = 0; i < d; ++i) {
      const double* z = &q[j * d];
      const double up = adjoints[at_ + j * d + i];
      const std::size_t own = d == 1 ? j : i;
      const double sd = values[args_[1].index(own)];
      adjoints[args_[0].index(own)] += up;
      gradient[j * d + i] -= z[i];
      if (!correlated) {
        adjoints[args_[1].index(own)] += up * z[i];
        gradient[j * d + i] += up * sd;
        continue;
      }
      double mixed = 0;
      for (std::size_t k = 0; k <= i; ++k) {
        mixed += l[k * d + i] * z[k];
        adjoints[args_[2].at + k * d + i] += up * sd * z[k];
        gradient[j * d + k] += up * sd * l[k * d + i];
      }
      adjoints[args_[1].index(own)] += up * mixed;
    }
}

/// z = C⁻¹ (x − mean), by forward substitution a level that is not centred.
void SampledVariable::unconstrain(std::span<const double> values, std::span<double> q) const {
  const auto own = q.subspan(first_, coordinates());
  if (!effects_) return transform_.unconstrain(values.subspan(at_, transform_.constrained_size()), own);
  const std::size_t d = width_;
  const double* l = kind_ == DistributionKind::multi_normal ? &values[args_[2].at] : nullptr;
  for (const std::size_t j : centred_) std::copy_n(&values[at_ + j * d], d, &own[j * d]);
  for (const std::size_t j : standardised_)
    for (std::size_t i = 0; i < d; ++i) {
      const std::size_t element = d == 1 ? j : i;
      double z = (values[at_ + j * d + i] - values[args_[0].index(element)]) / values[args_[1].index(element)];
      for (std::size_t k = 0; l != nullptr && k < i; ++k) z -= l[k * d + i] * own[j * d + k];
      own[j * d + i] = l != nullptr ? z / l[i * d + i] : z;
    }
}

}  // namespace woodbury::density
