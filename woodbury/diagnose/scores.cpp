// Ranks by one sort a column; the folded order comes from the sorted one by walking outwards from the median.
#include "woodbury/diagnose/scores.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <boost/math/distributions/normal.hpp>

namespace woodbury::diagnose {

namespace {

constexpr double kMadConstant = 1.4826;  // R's: makes the MAD of a normal its standard deviation

template <typename Entries>
double middle(const Entries& entries) {
  const std::size_t half = entries.size() / 2;
  if (entries.size() % 2 == 1) return entries[half].value;
  return entries[half - 1].value / 2 + entries[half].value / 2;
}

}  // namespace

std::uint32_t Column::place(std::size_t chain, std::size_t draw) const {
  const std::size_t second = draws - half();  // where the second half begins
  if (draw < half()) return static_cast<std::uint32_t>(2 * chain * half() + draw);
  return draw < second ? kMiddle : static_cast<std::uint32_t>((2 * chain + 1) * half() + draw - second);
}

Column make_column(const Chains& chains) {
  Column column;
  column.chains = chains.size();
  column.draws = chains.empty() ? 0 : chains[0].size();
  for (const auto& chain : chains) {
    WOODBURY_ASSERT(chain.size() == column.draws);
    column.values.insert(column.values.end(), chain.begin(), chain.end());
  }
  return column;
}

NormalScores::NormalScores(std::size_t size) : scores_(2 * size) {
  const boost::math::normal standard;
  const std::size_t last = size > 0 ? 2 * size - 2 : 0;  // twice the largest rank, from 0
  for (std::size_t twice = 0; 2 * twice < last; ++twice) {
    const double rank = static_cast<double>(twice) / 2 + 1;
    scores_[twice] = boost::math::quantile(standard, (rank - 0.375) / (static_cast<double>(size) + 0.25));
    scores_[last - twice] = -scores_[twice];
  }
}

void Order::sort(const Column& column) {
  WOODBURY_ASSERT(!column.values.empty() && column.values.size() < Column::kMiddle);
  column_ = &column;
  sorted_.clear();
  sorted_.reserve(column.values.size());
  for (std::size_t chain = 0; chain < column.chains; ++chain)
    for (std::size_t draw = 0; draw < column.draws; ++draw)
      sorted_.push_back({column.values[sorted_.size()], column.place(chain, draw)});
  radix_sort(sorted_, spare_);
  median_ = middle(sorted_);
  fold();
}

void Order::fold() {
  folded_.clear();
  folded_.reserve(sorted_.size());
  const auto distance = [&](const Entry& entry) { return std::abs(entry.value - median_); };
  auto right = std::ranges::lower_bound(sorted_, median_, {}, &Entry::value);
  auto left = std::make_reverse_iterator(right);
  while (left != sorted_.rend() || right != sorted_.end()) {
    const bool takes_left = right == sorted_.end() || (left != sorted_.rend() && distance(*left) < distance(*right));
    const Entry& nearest = takes_left ? *left++ : *right++;
    folded_.push_back({distance(nearest), nearest.place});
  }
}

double Order::quantile(double probability) const {
  return quantile_of_sorted(sorted_.size(), probability, [&](std::size_t i) { return sorted_[i].value; });
}

double Order::mad() const { return kMadConstant * middle(folded_); }

void Order::score(const std::vector<Entry>& entries, const NormalScores& scores, std::vector<double>& out) const {
  out.resize(column_->halves() * column_->half());
  std::size_t rank = 0;  // of the draws that are in a half
  for (std::size_t i = 0; i < entries.size();) {
    std::size_t end = i, tied = 0;
    for (; end < entries.size() && entries[end].value == entries[i].value; ++end)
      tied += entries[end].place != Column::kMiddle;
    for (; i < end; ++i)
      if (entries[i].place != Column::kMiddle) out[entries[i].place] = scores.of(rank, rank + tied - 1);
    rank += tied;
  }
}

void Order::bulk_scores(const NormalScores& scores, std::vector<double>& out) const { score(sorted_, scores, out); }

void Order::folded_scores(const NormalScores& scores, std::vector<double>& out) const { score(folded_, scores, out); }

}  // namespace woodbury::diagnose
