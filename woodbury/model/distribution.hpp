// The registry of distributions: names, arguments, supports; and priors as text.
#pragma once

#include <string>
#include <vector>

#include "woodbury/base/base.hpp"

namespace woodbury::model {

enum class DistributionKind {
  normal,
  student_t,
  cauchy,
  half_normal,
  half_student_t,
  half_cauchy,
  exponential,
  gamma,
  inverse_gamma,
  lognormal,
  uniform,
  beta,
  lkj,
  flat,
  constant,
  multi_normal,  ///< of the model's effects; not a prior a user writes
};

/// Where a distribution puts its mass.
enum class Support { real, positive, interval, correlation, point };

struct DistributionInfo {
  DistributionKind kind;
  std::string name;
  std::vector<std::string> arguments;  ///< in Stan's order: {"nu", "m", "s"}; {"nu", "s"} of half_student_t
  Support support;
};

/// All distributions, in the order of the contract.
[[nodiscard]] const std::vector<DistributionInfo>& distributions();
[[nodiscard]] const DistributionInfo& info(DistributionKind kind);
/// By name; throws base::Error with the nearest.
[[nodiscard]] DistributionKind find_distribution(const std::string& name);
/// Names a user may write in a prior.
[[nodiscard]] std::vector<std::string> prior_names();

/// A distribution with numbers as arguments, as a user writes it: normal(0, 2.5). half_student_t(nu, 0, s) is written
/// with its location, as in Stan, and kept without: {nu, s}, as in every Distribution of the graph.
struct Prior {
  DistributionKind kind{};
  std::vector<double> args;
  bool operator==(const Prior&) const = default;
};

/// Reads "student_t(3, 0, 2.5)". Throws base::Error with the place: unknown name (with the nearest), wrong number of
/// arguments, not a number, a scale that is not positive, a lower bound not below the upper.
/// `offset` and `whole` place the text within a longer one for the caret.
[[nodiscard]] Prior parse_prior(const std::string& text, const std::string& whole = {}, std::size_t offset = 0);
/// "student_t(3, 0, 2.5)": numbers by shortest round trip.
[[nodiscard]] std::string to_string(const Prior& prior);

}  // namespace woodbury::model
