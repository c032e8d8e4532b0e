// Names and places of the columns of Draws.
#include "woodbury/draws/draws.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace woodbury::draws {

std::size_t Variable::size() const {
  std::size_t count = 1;
  for (const auto& labels : coords) count *= labels.size();
  return count;
}

std::vector<std::string> Variable::element_names() const {
  if (dims.empty()) return {name};
  std::vector<std::string> inside{""};  // labels of the leading dims, joined
  for (std::size_t d = 0; d < coords.size(); ++d) {
    std::vector<std::string> longer;
    longer.reserve(inside.size() * coords[d].size());
    for (const auto& head : inside)
      for (const auto& label : coords[d]) longer.push_back(d == 0 ? label : head + "," + label);
    inside = std::move(longer);
  }
  for (auto& labels : inside) labels = fmt::format("{}[{}]", name, labels);
  return inside;
}

Draws::Draws(std::vector<Variable> variables) : variables_(std::move(variables)) {
  offsets_.reserve(variables_.size());
  for (const auto& variable : variables_) {
    WOODBURY_ASSERT(variable.dims.size() == variable.coords.size());
    offsets_.push_back(width_);
    width_ += variable.size();
  }
}

std::size_t Draws::find(const std::string& name) const {
  const auto at = std::ranges::find(variables_, name, &Variable::name);
  if (at != variables_.end()) return static_cast<std::size_t>(at - variables_.begin());
  std::vector<std::string> known;
  for (const auto& variable : variables_) known.push_back(variable.name);
  throw base::Error(fmt::format("no variable `{}` among the draws", name), {}, base::did_you_mean(name, known));
}

bool Draws::has(const std::string& name) const {
  return std::ranges::find(variables_, name, &Variable::name) != variables_.end();
}

std::vector<std::string> Draws::column_names() const {
  std::vector<std::string> names;
  names.reserve(width_);
  for (const auto& variable : variables_)
    for (auto& element : variable.element_names()) names.push_back(std::move(element));
  return names;
}

std::size_t Draws::common_draws() const {
  if (chains.empty()) return 0;
  return std::ranges::min_element(chains, {}, &Chain::draws)->draws;
}

std::vector<std::vector<double>> Draws::column(std::size_t column) const {
  WOODBURY_ASSERT(column < width_);
  const std::size_t length = common_draws();
  std::vector<std::vector<double>> values(chains.size(), std::vector<double>(length));
  for (std::size_t c = 0; c < chains.size(); ++c)
    for (std::size_t i = 0; i < length; ++i) values[c][i] = chains[c].values[i * width_ + column];
  return values;
}

std::vector<double> Draws::by_column() const {
  const std::size_t length = common_draws(), stride = chains.size() * length;
  constexpr std::size_t kBlock = 16;  // columns a pass: what a pass writes to stays in the cache
  std::vector<double> values(width_ * stride);
  for (std::size_t first = 0; first < width_; first += kBlock) {
    const std::size_t last = std::min(first + kBlock, width_);
    for (std::size_t c = 0; c < chains.size(); ++c)
      for (std::size_t d = 0; d < length; ++d)
        for (std::size_t k = first; k < last; ++k)
          values[k * stride + c * length + d] = chains[c].values[d * width_ + k];
  }
  return values;
}

}  // namespace woodbury::draws
