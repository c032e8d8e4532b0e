// Learns a coding from a table: the kinds of variables, their constants, the design columns and their names.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "woodbury/design/coding.hpp"

namespace woodbury::design {

class Learner {
 public:
  Learner(const formula::Formula& formula, const frame::Frame& table, const std::vector<std::string>& contrasts);

  /// The columns of a fixed or a group-level part, moments still open.
  DesignPart part(const formula::Terms& terms);
  /// Name of the grouping factor, its levels learnt.
  std::string group(const formula::GroupTerm& group);
  /// Name of the coded response.
  std::string response();

  Learnt take() { return std::move(learnt_); }

 private:
  void learn_columns();
  void read_contrasts(const std::vector<std::string>& contrasts);
  LearntVariable& learn(const formula::Variable& variable);
  LearntVariable learn_factor(const formula::Variable& variable);
  void add_contrast(const formula::Variable& variable, LearntVariable& factor) const;
  void refuse_contrast(const std::string& column) const;
  [[nodiscard]] bool is_factor(const formula::Variable& variable) const;
  void add_term(const formula::Term& term, const std::vector<bool>& full, DesignPart& part);
  [[nodiscard]] std::vector<std::pair<std::string, Piece>> pieces(const formula::Term& term, std::size_t which,
                                                                  bool full) const;
  std::string add_product(const std::string& name, const std::vector<Piece>& pieces);
  std::string numeric_column(const formula::Variable& variable, const std::string& role);

  const formula::Formula& formula_;
  const frame::Frame& table_;
  std::map<std::string, ContrastOption> contrasts_;
  std::set<std::string> reserved_;  ///< names of grouping factors, which no design column may take
  Learnt learnt_;
};

}  // namespace woodbury::design
