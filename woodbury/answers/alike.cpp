#include "woodbury/answers/alike.hpp"

#include <algorithm>
#include <numeric>

namespace woodbury::answers {

namespace {

/// What a row's prediction depends on, in one order for all rows.
std::vector<double> signature(const Rows& rows, const std::vector<double>& weights, std::size_t n) {
  std::vector<double> values{rows.offset(n), weights.empty() ? 1 : weights[n]};
  const auto& blocks = rows.design().blocks();
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const Use use = rows.use(n, k);
    values.push_back(static_cast<double>(use));
    values.push_back(static_cast<double>(use == Use::known ? blocks[k].level(n) : rows.new_level(n, k)));
    for (const auto& column : blocks[k].columns) values.push_back(column ? (*column)[n] : 1);
  }
  return values;
}

}  // namespace

std::vector<std::size_t> first_alike(const Bound& bound, const Rows& rows, bool noise) {
  std::vector<std::size_t> first(rows.size());
  std::iota(first.begin(), first.end(), std::size_t{0});
  if (rows.tape() != nullptr) return first;
  std::vector<double> weights;
  if (noise) weights = plan::known_weights(bound.plan().model, bound.plan().linear, rows.table());
  std::vector<std::vector<double>> signatures;
  for (std::size_t n = 0; n < rows.size(); ++n) signatures.push_back(signature(rows, weights, n));
  std::vector<std::size_t> order = first;
  std::ranges::stable_sort(order, {}, [&](std::size_t n) -> const std::vector<double>& { return signatures[n]; });
  for (std::size_t i = 1; i < order.size(); ++i)
    if (signatures[order[i]] == signatures[order[i - 1]]) first[order[i]] = first[order[i - 1]];
  return first;
}

}  // namespace woodbury::answers
