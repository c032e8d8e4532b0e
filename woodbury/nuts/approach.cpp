// Runs before a chain moves, so it may allocate.
#include "woodbury/nuts/approach.hpp"

#include <algorithm>
#include <deque>
#include <ranges>

#include "woodbury/nuts/line_search.hpp"

namespace woodbury::nuts {

namespace {

using Eigen::VectorXd;

constexpr std::size_t kRemembered = 10, kMostSteps = 200, kLook = 5;
constexpr double kWorthwhile = 1;  // nats a dimension, in kLook steps

/// The last few changes of place and gradient, which stand for the inverse Hessian.
class Memory {
 public:
  void add(const Place& from, const Place& to) {
    Change change{to.q - from.q, to.gradient - from.gradient, 0, 0};
    change.curvature = change.moved.dot(change.gradient);
    if (!(change.curvature > 1e-12 * change.moved.norm() * change.gradient.norm())) return;
    if (changes_.size() == kRemembered) changes_.pop_front();
    changes_.push_back(std::move(change));
  }

  /// −H⁻¹ gradient. A vector of length 1 where nothing is known.
  [[nodiscard]] VectorXd direction(const VectorXd& gradient) {
    if (changes_.empty()) return -gradient.normalized();
    VectorXd x = -gradient;
    for (Change& c : std::views::reverse(changes_)) {
      c.share = c.moved.dot(x) / c.curvature;
      x -= c.share * c.gradient;
    }
    x *= changes_.back().curvature / changes_.back().gradient.squaredNorm();
    for (const Change& c : changes_) x += (c.share - c.gradient.dot(x) / c.curvature) * c.moved;
    return x;
  }

 private:
  struct Change {
    VectorXd moved, gradient;
    double curvature, share;
  };
  std::deque<Change> changes_;
};

}  // namespace

void approach(LogDensity& density, Hamiltonian& hamiltonian, Point& z) {
  Objective objective(density);
  const auto n = static_cast<Eigen::Index>(z.q.size());
  Place here{VectorXd::Map(z.q.data(), n), -VectorXd::Map(z.gradient.data(), n), -z.log_density};
  Place next{VectorXd(n), VectorXd(n), 0};
  Memory memory;
  std::deque<double> values{here.value};
  for (std::size_t i = 0; i < kMostSteps; ++i) {
    if (here.gradient.isZero(0) || !line_search(objective, here, memory.direction(here.gradient), 1, next)) break;
    memory.add(here, next);
    std::swap(here, next);
    values.push_back(here.value);
    if (values.size() <= kLook) continue;
    if (values.front() - values.back() < kWorthwhile * static_cast<double>(n)) break;
    values.pop_front();
  }
  std::ranges::copy(here.q, z.q.begin());
  hamiltonian.count(objective.gradients());
  hamiltonian.evaluate(z);
}

}  // namespace woodbury::nuts
