// Codes a table's rows by what was learnt: design columns as products of variables.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "woodbury/design/factors.hpp"
#include "woodbury/design/learnt.hpp"

namespace woodbury::design {

class Coder {
 public:
  Coder(const formula::Formula& formula, const Learnt& learnt, const frame::Frame& table);

  /// A coded column. The response may hold what is not finite: new data need not have it.
  std::shared_ptr<const frame::Column> column(const std::string& name, bool is_response);
  /// One factor of a product, of numbers.
  frame::Numbers numeric(const Piece& piece, bool is_response);

 private:
  [[nodiscard]] const formula::Variable& variable(const std::string& name) const { return *variables_.at(name); }
  const std::vector<std::int32_t>& codes(const std::string& variable);
  void multiply(const Piece& piece, std::vector<double>& product, bool first, bool is_response);

  const formula::Formula& formula_;
  const Learnt& learnt_;
  const frame::Frame& table_;
  Standards standards_;
  std::map<std::string, const formula::Variable*> variables_;
  std::map<std::pair<std::string, std::size_t>, frame::Numbers> numeric_;
  std::map<std::string, std::vector<std::int32_t>> codes_;
};

}  // namespace woodbury::design
