// Every distribution as a sampled variable: exact gradients of the whole density, by the one check.
#include <set>

#include <gtest/gtest.h>

#include "tests/density/distributions.hpp"
#include "tests/support/expect_gradient.hpp"
#include "tests/support/tables.hpp"
#include "woodbury/density/density.hpp"

namespace woodbury::density {
namespace {

using distributions::Case;
using model::DistributionKind;

TEST(Sampled, GradientsOfEveryDistribution) {
  const frame::Frame table = test::crossed_table(4, 30);
  std::set<DistributionKind> seen;
  for (const Case& each : distributions::cases())
    for (const std::string way : {"centred", "noncentred"}) {
      seen.insert(each.kind);
      Density density(distributions::plan_of(each, table, way), table);
      const std::string what = model::info(each.kind).name + ", " + way;
      base::Stream stream(6, 0, 0, base::Purpose::test);
      std::vector<double> q(density.dimension()), gradient(q.size()), unused(q.size());
      for (double& value : q) value = 0.6 * stream.normal();
      ASSERT_TRUE(std::isfinite(density.evaluate(q, gradient))) << what << ": " << density.failure();
      testing::expect_gradient([&](std::span<const double> p) { return density.evaluate(p, unused); }, q, gradient,
                               1e-8, what);
    }
  for (const model::DistributionInfo& info : model::distributions())
    EXPECT_TRUE(seen.contains(info.kind)) << "no test of " << info.name;
}

}  // namespace
}  // namespace woodbury::density
