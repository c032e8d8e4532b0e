// Draws of a model's variables from their priors, and of its response given these: the graph run forwards.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "woodbury/base/base.hpp"
#include "woodbury/density/density.hpp"
#include "woodbury/frame/frame.hpp"
#include "woodbury/model/model.hpp"

namespace woodbury::test {

/// Of distributions those that the tests' models have: normal (truncated at zero or not), half-normal, exponential, LKJ
/// and effects with a covariance.
class Simulator {
 public:
  Simulator(const model::Model& model, const frame::Frame& table)
      : model_(model), rows_(table.rows()), tape_(model, table, roots(model)), values_(tape_.initial_values()) {}

  /// All variables anew from their priors.
  void draw(base::Stream& stream) {
    for (const model::NodeId id : tape_.order())
      if (model_.node(id).op == model::Op::variable)
        draw_variable(id, stream);
      else
        tape_.forward(id, values_);
  }

  /// The response, a value a row, given the variables as they are.
  [[nodiscard]] std::vector<double> response(base::Stream& stream) {
    for (const model::NodeId id : tape_.order())
      if (model_.node(id).op != model::Op::variable) tape_.forward(id, values_);
    const model::Observation& observation = model_.observations.front();
    std::vector<double> y(rows_);
    for (std::size_t n = 0; n < rows_; ++n) {
      y[n] = at(observation.mean, n) + at(observation.sd, n) * stream.normal();
      if (observation.family == model::FamilyKind::lognormal) y[n] = std::exp(y[n]);
    }
    return y;
  }

  /// A variable's values in the tape's storage, to read and to set.
  [[nodiscard]] std::span<double> value(model::VariableId variable) {
    const model::NodeId node = model_.node_of(variable);
    return std::span(values_).subspan(tape_.offset(node), tape_.size(node));
  }
  /// z of effects x = mean + C z, as they were last drawn.
  [[nodiscard]] const std::vector<double>& standardised(model::VariableId variable) const {
    return standardised_.at(variable);
  }

 private:
  static std::vector<model::NodeId> roots(const model::Model& model) {
    std::vector<model::NodeId> nodes{model.observations.front().mean, model.observations.front().sd};
    for (std::size_t v = 0; v < model.variables().size(); ++v)
      nodes.push_back(model.node_of(static_cast<model::VariableId>(v)));
    return nodes;
  }

  [[nodiscard]] double at(model::NodeId node, std::size_t i) const {
    return values_[tape_.offset(node) + (tape_.size(node) > 1 ? i : 0)];
  }

  void draw_variable(model::NodeId id, base::Stream& stream) {
    const model::VariableId v = model_.node(id).index;
    const model::RandomVariable& variable = model_.variable(v);
    const std::vector<model::NodeId>& args = variable.distribution.args;
    const std::span<double> x = value(v);
    std::vector<double>& z = standardised_[v];
    z.resize(x.size());
    switch (variable.distribution.kind) {
      case model::DistributionKind::normal:
      case model::DistributionKind::half_normal: {
        const bool half = variable.distribution.kind == model::DistributionKind::half_normal;
        const std::size_t width = variable.dims.size() == 2 ? tape_.size(args.back()) : x.size();
        for (std::size_t i = 0; i < x.size(); ++i) {
          const double mean = half ? 0 : at(args[0], i % width), sd = at(args.back(), i % width);
          do {
            z[i] = stream.normal();
            x[i] = half ? std::abs(sd * z[i]) : mean + sd * z[i];
          } while (variable.distribution.positive && !(x[i] > 0));
        }
        return;
      }
      case model::DistributionKind::exponential:
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = stream.exponential() / at(args[0], i);
        return;
      case model::DistributionKind::lkj:
        return draw_correlation(at(args[0], 0), x, stream);
      case model::DistributionKind::multi_normal:
        return draw_effects(args, x, z, stream);
      case model::DistributionKind::constant:
        std::ranges::fill(x, at(args[0], 0));
        return;
      default:
        throw base::Error("no draws of `" + variable.name + "`'s distribution", {}, "add it to the simulator");
    }
  }

  /// The vine of Lewandowski, Kurowicka and Joe (2009): partial correlations 2 Beta(a, a) − 1, a = η + (d − 2 − j)/2.
  static void draw_correlation(double eta, std::span<double> l, base::Stream& stream) {
    const auto d = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(l.size()))));
    std::ranges::fill(l, 0.0);
    for (std::size_t i = 0; i < d; ++i) {
      double left = 1;
      for (std::size_t j = 0; j < i; ++j) {
        const double a = eta + (static_cast<double>(d) - 2 - static_cast<double>(j)) / 2;
        double share = stream.uniform();
        while (stream.uniform() > std::pow(4 * share * (1 - share), a - 1)) share = stream.uniform();
        l[j * d + i] = (2 * share - 1) * std::sqrt(left);
        left -= l[j * d + i] * l[j * d + i];
      }
      l[i * d + i] = std::sqrt(left);
    }
  }

  void draw_effects(const std::vector<model::NodeId>& args, std::span<double> x, std::vector<double>& z,
                    base::Stream& stream) {
    const std::size_t d = tape_.size(args[1]);
    const double* l = &values_[tape_.offset(args[2])];
    for (std::size_t j = 0; j < x.size(); j += d)
      for (std::size_t i = 0; i < d; ++i) {
        z[j + i] = stream.normal();
        double mixed = 0;
        for (std::size_t k = 0; k <= i; ++k) mixed += l[k * d + i] * z[j + k];
        x[j + i] = at(args[0], i) + at(args[1], i) * mixed;
      }
  }

  const model::Model& model_;
  std::size_t rows_;
  density::Tape tape_;
  std::vector<double> values_;
  std::map<model::VariableId, std::vector<double>> standardised_;
};

}  // namespace woodbury::test
