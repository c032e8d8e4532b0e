// The model builder: a plain probabilistic program in C++, which becomes the graph.
//
//   Builder m;
//   auto mu    = m.normal("mu", 0, 1);
//   auto tau   = m.half_cauchy("tau", 5);
//   auto brood = m.normal("brood", mu, tau, over("BROOD"));
//   m.observe_normal("TICKS", brood["BROOD"] + beta * m.col("cHEIGHT"), sigma);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "woodbury/model/graph.hpp"

namespace woodbury::model {

class Builder;

/// An expression of a model under construction; a plain number becomes a constant.
class Expr {
 public:
  Expr(double value) : value_(value) {}  // NOLINT(google-explicit-constructor): numbers read as expressions
  Expr(Builder* builder, NodeId node) : builder_(builder), node_(node) {}
  /// The value at each row's level of this factor: brood["BROOD"]. The factor must be the one it is over.
  [[nodiscard]] Expr operator[](const std::string& factor) const;
  /// Column k of an effect matrix or entry k of a vector of coefficients, from 0 or by its label.
  [[nodiscard]] Expr component(int k) const;
  [[nodiscard]] Expr component(const std::string& label) const;
  /// A value over one factor read at each level of a factor nested in it: m.at("pair") for a grade's mean.
  [[nodiscard]] Expr at(const std::string& factor) const;
  [[nodiscard]] Builder* builder() const noexcept { return builder_; }
  [[nodiscard]] NodeId node() const noexcept { return node_; }
  [[nodiscard]] double value() const noexcept { return value_; }

 private:
  Builder* builder_ = nullptr;
  NodeId node_ = kNone;
  double value_ = 0;
};

Expr operator+(const Expr& a, const Expr& b);
Expr operator-(const Expr& a, const Expr& b);
Expr operator*(const Expr& a, const Expr& b);
Expr operator/(const Expr& a, const Expr& b);
Expr operator-(const Expr& a);
Expr exp(const Expr& a);
Expr log(const Expr& a);
Expr sqrt(const Expr& a);
Expr square(const Expr& a);
Expr tanh(const Expr& a);
Expr inv_logit(const Expr& a);
Expr log1p(const Expr& a);
Expr expm1(const Expr& a);
Expr sin(const Expr& a);
Expr cos(const Expr& a);
/// One of these by its name.
Expr call(const std::string& function, const Expr& a);
/// Whole powers by products, others as exp(power · log a).
Expr pow(const Expr& a, double power);
/// Running sums along the levels of the factor that `steps` is over, in their order: a random walk.
Expr cumsum(const Expr& steps);
/// u_t = rho u_(t−1) + e_t along the levels, stationary: u_1 = e_1 / √(1 − rho²).
Expr ar1(const Expr& innovations, const Expr& rho);

/// What a variable has values for: {} one number, over("g") one for each level of factor g of the data, over("coef",
/// {"x", "z"}) one for each label of a dim of the model's own.
struct Over {
  std::string dim = {};
  std::vector<std::string> labels = {};
  bool positive = false;  ///< normal, student_t, cauchy, flat: truncated at 0 and renormalised
};
inline Over over(std::string dim, std::vector<std::string> labels = {}) {
  return {std::move(dim), std::move(labels), false};
}

/// What effects with several columns have beside their sds.
struct EffectsOver {
  std::string over = {};         ///< the factor
  std::optional<Expr> cor = {};  ///< R, from lkj; its columns are the effects'. Without it they are independent
  std::vector<std::string> columns = {};  ///< their names, where there is no `cor`
  std::vector<Expr> means = {};           ///< none: zero
  std::string dim = {};                   ///< that the columns are the labels of; empty: that of `cor`, or "OVER__coef"
};

/// A matrix of columns, a row a row of the table: m.cols({1, m.col("x")}).
class Columns {
 public:
  explicit Columns(std::vector<Expr> columns) : columns_(std::move(columns)) {}
  [[nodiscard]] const std::vector<Expr>& columns() const noexcept { return columns_; }

 private:
  std::vector<Expr> columns_;
};
/// The matrix times a vector of as many coefficients, or times effects with as many columns, each row with its level's.
Expr operator*(const Columns& columns, const Expr& coefficients);

/// Builds a Model; scalars by default, vectors with `over("factor")`. Errors are base::Error. Expressions refer to
/// their builder, which must outlive them and stay where it is.
class Builder {
 public:
  Builder() = default;
  explicit Builder(Model model) : model_(std::move(model)) {}
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  /// Any distribution of one number, its arguments in the registry's order; those below are this by name.
  Expr random(const std::string& name, DistributionKind kind, const std::vector<Expr>& args, const Over& over = {});
  Expr normal(const std::string& name, const Expr& mean, const Expr& sd, const Over& over = {});
  Expr student_t(const std::string& name, const Expr& nu, const Expr& m, const Expr& s, const Over& over = {});
  Expr cauchy(const std::string& name, const Expr& m, const Expr& s, const Over& over = {});
  Expr half_normal(const std::string& name, const Expr& s, const Over& over = {});
  Expr half_student_t(const std::string& name, const Expr& nu, const Expr& s, const Over& over = {});
  Expr half_cauchy(const std::string& name, const Expr& s, const Over& over = {});
  Expr exponential(const std::string& name, const Expr& rate, const Over& over = {});
  Expr gamma(const std::string& name, const Expr& shape, const Expr& rate, const Over& over = {});
  Expr inverse_gamma(const std::string& name, const Expr& shape, const Expr& scale, const Over& over = {});
  Expr lognormal(const std::string& name, const Expr& m, const Expr& s, const Over& over = {});
  Expr uniform(const std::string& name, const Expr& a, const Expr& b, const Over& over = {});
  Expr beta(const std::string& name, const Expr& a, const Expr& b, const Over& over = {});
  Expr flat(const std::string& name, const Over& over = {});
  Expr constant(const std::string& name, double value);
  /// A scalar with a prior given by numbers; `positive` for scales (normal, student_t, cauchy, flat truncate at 0).
  Expr variable(const std::string& name, const Prior& prior, bool positive = false, bool reported = true);
  /// A correlation matrix of two or more columns, with density ∝ |R|^(eta − 1); `dim` empty: "NAME__coef".
  Expr lkj(const std::string& name, double eta, std::vector<std::string> columns, std::string dim = {});
  /// Effects over a factor, a column each sd: rows ~ N(means, diag(sds) R diag(sds)).
  Expr effects(const std::string& name, const std::vector<Expr>& sds, EffectsOver over);

  Expr col(const std::string& name);
  Columns cols(std::vector<Expr> columns) { return Columns(std::move(columns)); }
  /// The expression that stands for a variable of the model.
  Expr operator[](const std::string& variable) { return wrap(model_.node_of(model_.find(variable))); }
  void observe_normal(const std::string& response, const Expr& mean, const Expr& sd);
  void observe_lognormal(const std::string& response, const Expr& mean, const Expr& sd);
  void derive(const std::string& name, const Expr& value);

  [[nodiscard]] const Model& model() const noexcept { return model_; }
  [[nodiscard]] NodeId node(const Expr& expression);
  /// Internal to the operators.
  Expr wrap(NodeId node) { return {this, node}; }
  Model& graph() noexcept { return model_; }

 private:
  Model model_;
};

}  // namespace woodbury::model
