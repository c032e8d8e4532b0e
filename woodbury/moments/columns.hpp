// Row expressions free of variables, evaluated on a table.
#pragma once

#include <memory>
#include <vector>

#include "woodbury/frame/frame.hpp"
#include "woodbury/model/model.hpp"

namespace woodbury::moments {

/// A column of the design over all rows; null stands for ones.
using ColumnPtr = std::shared_ptr<const frame::Numbers>;

/// Evaluates a node without variables (model::kNone: ones, as null). A plain column is shared with the table.
/// Throws base::Error where the result is not finite, naming the row.
[[nodiscard]] ColumnPtr evaluate(const model::Model& model, model::NodeId node, const frame::Frame& table);

/// a + b, where null stands for ones.
[[nodiscard]] ColumnPtr add(const ColumnPtr& a, const ColumnPtr& b, std::size_t rows);

}  // namespace woodbury::moments
