// The tree against a slow recursion that keeps every state and sums every momentum anew, on the same random numbers.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/nuts/densities.hpp"
#include "woodbury/nuts/tree.hpp"

namespace woodbury::nuts {
namespace {

/// States of a stretch in the order of time, and the one drawn from it.
struct Path {
  std::vector<Point> states;
  Point drawn{0};
  double log_weight = 0;
  bool complete = true;
};

class Oracle {
 public:
  Oracle(Hamiltonian& hamiltonian, int max_depth) : hamiltonian_(hamiltonian), max_depth_(max_depth) {}

  int depth = 0, leapfrogs = 0;

  Point move(Point z, double step, base::Stream& stream) {
    hamiltonian_.draw_momentum(z, stream);
    start_ = hamiltonian_.energy(z);
    Path whole{{z}, z, 0, true};
    depth = leapfrogs = 0;
    while (depth < max_depth_) {
      const bool forward = stream.uniform() > 0.5;
      const Point end = forward ? whole.states.back() : whole.states.front();
      Path fresh = grow(depth, end, forward ? step : -step, stream);
      if (!fresh.complete) break;
      ++depth;
      const bool goes_on = forward ? persist(whole, fresh) : persist(fresh, whole);
      const double gain = fresh.log_weight - whole.log_weight;
      if (gain >= 0 || stream.uniform() < std::exp(gain)) whole.drawn = fresh.drawn;
      append(forward ? whole : fresh, forward ? fresh : whole, whole);
      if (!goes_on) break;
    }
    return whole.drawn;
  }

 private:
  Path grow(int levels, const Point& from, double step, base::Stream& stream) {
    if (levels == 0) {
      Point z = from;
      const double energy = hamiltonian_.leapfrog(z, step);
      ++leapfrogs;
      return {{z}, z, start_ - energy, energy - start_ <= 1000};
    }
    Path first = grow(levels - 1, from, step, stream);
    if (!first.complete) return first;
    Path second = grow(levels - 1, step > 0 ? first.states.back() : first.states.front(), step, stream);
    if (!second.complete) return second;
    const Path &early = step > 0 ? first : second, &late = step > 0 ? second : first;
    Path both;
    both.complete = persist(early, late);
    if (!both.complete) return both;
    const double first_share = 1 / (1 + std::exp(second.log_weight - first.log_weight));
    both.drawn = stream.uniform() > 1 - first_share ? first.drawn : second.drawn;
    append(early, late, both);
    return both;
  }

  static void append(const Path& early, const Path& late, Path& both) {
    std::vector<Point> states = early.states;
    states.insert(states.end(), late.states.begin(), late.states.end());
    both.log_weight = std::log(std::exp(early.log_weight) + std::exp(late.log_weight));
    both.states = std::move(states);
  }

  using Iterator = std::vector<Point>::const_iterator;

  bool goes_on(Iterator begin, Iterator end) const {
    double at_begin = 0, at_end = 0;
    for (std::size_t i = 0; i < hamiltonian_.dimension(); ++i) {
      double rho = 0;
      for (auto z = begin; z != end; ++z) rho += z->p[i];
      at_begin += hamiltonian_.inverse_metric()[i] * begin->p[i] * rho;
      at_end += hamiltonian_.inverse_metric()[i] * (end - 1)->p[i] * rho;
    }
    return at_begin > 0 && at_end > 0;
  }

  bool persist(const Path& early, const Path& late) const {
    std::vector<Point> states = early.states;
    states.insert(states.end(), late.states.begin(), late.states.end());
    const auto border = states.cbegin() + static_cast<std::ptrdiff_t>(early.states.size());
    return goes_on(states.cbegin(), states.cend()) && goes_on(states.cbegin(), border + 1) &&
           goes_on(border - 1, states.cend());
  }

  Hamiltonian& hamiltonian_;
  int max_depth_;
  double start_ = 0;
};

void compare(testing::FromFunction density, const std::vector<double>& metric, double step, std::uint64_t moves) {
  Hamiltonian hamiltonian(density);
  hamiltonian.set_inverse_metric(metric);
  Tree tree(hamiltonian, 7);
  Oracle oracle(hamiltonian, 7);
  Point z(metric.size());
  hamiltonian.evaluate(z);
  int deepest = 0;
  for (std::uint64_t i = 0; i < moves; ++i) {
    base::Stream ours(3, 0, i, base::Purpose::test), theirs = ours;
    const Point expected = oracle.move(z, step, theirs);
    const Outcome outcome = tree.move(z, step, ours);
    ASSERT_EQ(outcome.n_leapfrog, oracle.leapfrogs) << i;
    ASSERT_EQ(outcome.tree_depth, oracle.depth) << i;
    ASSERT_EQ(z.q, expected.q) << i;
    ASSERT_EQ(ours.bits(), theirs.bits()) << i;
    deepest = std::max(deepest, outcome.tree_depth);
  }
  EXPECT_GE(deepest, 3);
}

TEST(Oracle, AgreesOnCurvedDensities) {
  compare(testing::curved(), {0.7, 1.9}, 0.4, 1000);
  compare(testing::curved(), {1, 1}, 0.08, 200);
}

TEST(Oracle, AgreesOnGaussiansOfManyScales) {
  compare(testing::independent({0, 1, 2, 3}, {1, 5, 0.2, 1}), {1, 4, 1, 1}, 0.2, 500);
}

TEST(Oracle, AgreesWhereTrajectoriesDiverge) { compare(testing::funnel(), std::vector<double>(9, 1), 0.4, 1000); }

}  // namespace
}  // namespace woodbury::nuts
