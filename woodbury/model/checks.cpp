// Which arguments a distribution takes, and what they may be.
#include "woodbury/model/checks.hpp"

#include <fmt/format.h>

#include "woodbury/model/json.hpp"
#include "woodbury/model/shapes.hpp"

namespace woodbury::model {

namespace {

using base::Error;

/// Whether an argument must be above 0: every one but locations, bounds and a correlation matrix.
bool must_be_positive(DistributionKind kind, std::size_t argument) {
  switch (kind) {
    case DistributionKind::normal:
    case DistributionKind::cauchy:
    case DistributionKind::lognormal:
      return argument == 1;
    case DistributionKind::student_t:
      return argument != 1;
    case DistributionKind::multi_normal:
      return argument == 1;
    case DistributionKind::uniform:
    case DistributionKind::flat:
    case DistributionKind::constant:
      return false;
    default:
      return true;
  }
}

void check_multi_normal(const Model& model, const RandomVariable& variable) {
  const auto& args = variable.distribution.args;
  const auto& cor = model.node(args[2]).dims;
  if (variable.dims.size() != 2) throw Error(fmt::format("`{}` is multi_normal and needs two dims", variable.name));
  if (cor.size() != 2 || cor[1] != variable.dims[1])
    throw Error(fmt::format("the correlations of `{}` must be a matrix over `{}`; `{}` {}", variable.name,
                            variable.dims[1], to_text(model, args[2]), shape_in_words(model, cor)));
}

void check_argument(const Model& model, const RandomVariable& variable, std::size_t k) {
  const auto& distribution = variable.distribution;
  const NodeId id = distribution.args[k];
  const auto& dims = model.node(id).dims;
  const auto& name = info(distribution.kind).arguments[k];
  if (must_be_positive(distribution.kind, k)) check_positive(model, id, variable.name, name);
  if (distribution.kind == DistributionKind::multi_normal && k == 2) return check_multi_normal(model, variable);
  const bool by_column = dims.size() == 1 && variable.dims.size() == 2 && dims[0] == variable.dims[1];
  if (!dims.empty() && dims != variable.dims && !by_column)
    throw Error(fmt::format("`{}` of `{}` does not fit: `{}` {}, `{}` {}", name, variable.name, to_text(model, id),
                            shape_in_words(model, dims), variable.name, shape_in_words(model, variable.dims)),
                {}, variable.dims.empty() ? "" : how_to_read(model, id, variable.dims[0]));
}

void check_bounds(const Model& model, const RandomVariable& variable) {
  const auto& distribution = variable.distribution;
  if (distribution.kind != DistributionKind::uniform) return;
  const Node& a = model.node(distribution.args[0]);
  const Node& b = model.node(distribution.args[1]);
  if (a.op == Op::constant && b.op == Op::constant && a.value >= b.value)
    throw Error(fmt::format("`{}` is uniform from {} to {}: the lower bound must be below the upper", variable.name,
                            a.value, b.value));
}

}  // namespace

void check_positive(const Model& model, NodeId id, const std::string& variable, const std::string& argument) {
  const Node& node = model.node(id);
  for (const NodeId part : node.op == Op::stack ? node.args : std::vector<NodeId>{})
    check_positive(model, part, variable, argument);
  if (node.op == Op::constant && node.value <= 0)
    throw Error(fmt::format("`{}` of `{}` is {}: it must be positive", argument, variable, node.value));
}

void check_distribution(const Model& model, const RandomVariable& variable) {
  const auto& distribution = variable.distribution;
  const auto& arguments = info(distribution.kind).arguments;
  if (distribution.args.size() != arguments.size())
    throw Error(fmt::format("{} of `{}` takes {} argument(s), not {}", info(distribution.kind).name, variable.name,
                            arguments.size(), distribution.args.size()));
  for (std::size_t k = 0; k < arguments.size(); ++k) check_argument(model, variable, k);
  check_bounds(model, variable);
}

}  // namespace woodbury::model
