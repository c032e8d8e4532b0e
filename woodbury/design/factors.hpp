// Factors of a table, whatever their columns' types, and their codes by levels learnt before.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "woodbury/design/learnt.hpp"

namespace woodbury::design {

/// The column as a factor: numbers become levels by value.
[[nodiscard]] std::shared_ptr<const frame::Factor> as_factor(const frame::Frame& table, const std::string& column);

/// The factor a variable is: a column, or factor(expression).
[[nodiscard]] frame::Factor factor_values(const formula::Formula& formula, const formula::Node& node,
                                          const frame::Frame& table, Standards& standards, bool learning);

/// Levels of a grouping factor over these columns. Throws base::Error on a missing label and on colliding ones.
[[nodiscard]] LearntGroup learn_group(const frame::Frame& table, const std::vector<std::string>& columns);

/// For each of `from`, its index in `to`, or −1.
[[nodiscard]] std::vector<std::int32_t> match(const std::vector<std::string>& from, const std::vector<std::string>& to);

/// Codes of a table's rows by the levels learnt, −1 where the label is unknown; shares the column where nothing
/// changes.
[[nodiscard]] std::shared_ptr<const frame::Column> group_codes(const frame::Frame& table, const LearntGroup& group);

}  // namespace woodbury::design
