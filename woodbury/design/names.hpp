// Names of parameters and effects, as brms writes them.
#pragma once

#include <string>

namespace woodbury::design {

/// A design column's name within a parameter's: "poly(x, 2)1" → "polyx21", "I(x^2)" → "IxE2". Brackets, blanks, commas
/// and quotes go; + - * / ^ = become P M MU D E EQ; colons stay.
[[nodiscard]] std::string coefficient_name(const std::string& column);

/// The names of one linear predictor's parts: the mean's, or log sigma's.
struct PartNames {
  bool sigma = false;

  /// The internal intercept of a centred design; also its class of priors.
  [[nodiscard]] std::string intercept() const { return sigma ? "Intercept_sigma" : "Intercept"; }
  [[nodiscard]] std::string coefficient(const std::string& c) const { return (sigma ? "b_sigma_" : "b_") + c; }
  [[nodiscard]] std::string sd(const std::string& factor, const std::string& c) const {
    return "sd_" + factor + (sigma ? "__sigma_" : "__") + c;
  }
  /// `block` is "" for a factor's first block of effects, "_2" for its second, …
  [[nodiscard]] std::string cor(const std::string& factor, const std::string& block) const {
    return "cor_" + factor + block + suffix();
  }
  [[nodiscard]] std::string effects(const std::string& factor, const std::string& block) const {
    return "r_" + factor + block + suffix();
  }
  [[nodiscard]] std::string dim(const std::string& factor, const std::string& block) const {
    return factor + (sigma ? "__sigma_coef" : "__coef") + block;
  }
  [[nodiscard]] std::string b_class() const { return sigma ? "b_sigma" : "b"; }
  [[nodiscard]] std::string sd_class() const { return sigma ? "sd_sigma" : "sd"; }
  [[nodiscard]] std::string cor_class() const { return sigma ? "cor_sigma" : "cor"; }

 private:
  [[nodiscard]] std::string suffix() const { return sigma ? "__sigma" : ""; }
};

}  // namespace woodbury::design
