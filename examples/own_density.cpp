// The sampler alone, on a log density of one's own: x ~ N(0, 1), y | x ~ N(x² − 1, 1), a banana.
#include <cstdio>
#include <memory>

#include "woodbury/diagnose/diagnose.hpp"
#include "woodbury/nuts/nuts.hpp"

namespace {

class Banana : public woodbury::nuts::LogDensity {
 public:
  [[nodiscard]] std::size_t dimension() const override { return 2; }

  double evaluate(std::span<const double> q, std::span<double> gradient) override {
    const double x = q[0], distance = q[1] - (x * x - 1);
    gradient[0] = -x + 2 * x * distance;
    gradient[1] = -distance;
    return -0.5 * (x * x + distance * distance);
  }

  [[nodiscard]] std::unique_ptr<LogDensity> clone() const override { return std::make_unique<Banana>(); }
};

}  // namespace

int main() {
  woodbury::nuts::Options options;
  options.seed = 1;
  const woodbury::nuts::Result result = woodbury::nuts::sample(Banana(), options);
  const woodbury::diagnose::Summary summary = woodbury::diagnose::summarize(result.draws, options.max_depth);
  for (std::size_t i = 0; i < 2; ++i) {
    const woodbury::diagnose::Row& row = summary.parameters[i];
    std::printf("%s: mean %6.3f, sd %5.3f, R-hat %.2f\n", i == 0 ? "x" : "y", row.mean, row.sd, row.rhat);
  }
  std::printf("%zu divergences\n", result.divergences.size());
}
