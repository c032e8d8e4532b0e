// Posteriors are calibrated: integrated and sampled plans, small designs of every structure.
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/calibration/ranks.hpp"

namespace woodbury::calibration {
namespace {

constexpr double kLevel = 0.01;  // of the whole suite, by Bonferroni

std::size_t replications() {
  const char* wish = std::getenv("WOODBURY_REPLICATIONS");
  return wish != nullptr ? std::stoul(wish) : 500;
}

struct Finding {
  std::string model, plan, quantity;
  double p;
};

/// One line a quantity: model, plan, quantity, p, and the ranks.
void write_ranks(std::ofstream& file, const Finding& finding, const std::vector<std::size_t>& ranks) {
  file << fmt::format("{}\t{}\t{}\t{:.4g}\t{}\n", finding.model, finding.plan, finding.quantity, finding.p,
                      fmt::join(ranks, " "));
}

TEST(Calibration, SlowRanksAreUniform) {
  std::vector<Finding> findings;
  const char* path = std::getenv("WOODBURY_RANKS");
  std::ofstream file(path != nullptr ? path : "/dev/null");
  for (const Case& model : cases())
    for (const std::string integrate : {"all", "none"}) {
      const Calibration calibration = calibrate(model, integrate, replications());
      for (const auto& [quantity, ranks] : calibration.ranks) {
        findings.push_back({model.name, integrate, quantity, uniformity(ranks)});
        write_ranks(file, findings.back(), ranks);
      }
      fmt::print("{}, {}: {} divergences in {} draws, {} long warm-ups\n", model.name, integrate,
                 calibration.divergences, calibration.draws, calibration.long_warmups);
      std::fflush(stdout);
    }
  const double level = kLevel / static_cast<double>(findings.size());
  for (const Finding& f : findings) EXPECT_GT(f.p, level) << f.model << ", integrated " << f.plan << ": " << f.quantity;
}

}  // namespace
}  // namespace woodbury::calibration
