#include "woodbury/plan/stack.hpp"

namespace woodbury::plan {

namespace {

template <class T>
std::vector<T> repeated(const std::vector<T>& values, std::size_t copies) {
  std::vector<T> result;
  result.reserve(values.size() * copies);
  for (std::size_t k = 0; k < copies; ++k) result.insert(result.end(), values.begin(), values.end());
  return result;
}

}  // namespace

frame::Frame stacked_table(const model::Model& model, const frame::Frame& table) {
  if (!model.stacked) return table;
  const std::size_t copies = model.observations.size(), rows = table.rows();
  frame::Frame result;
  for (const std::string& name : table.names()) {
    if (table.is_numeric(name)) {
      result.add(name, frame::Numeric{repeated(table.numeric(name).copy(), copies)});
    } else {
      frame::Factor factor = table.factor(name);
      factor.codes = repeated(factor.codes, copies);
      result.add(name, std::move(factor));
    }
  }
  for (std::size_t k = 0; k < copies; ++k) {
    std::vector<double> own(rows * copies);
    std::fill_n(own.begin() + static_cast<std::ptrdiff_t>(k * rows), rows, 1.0);
    result.add(model::indicator(model.observations[k]), frame::Numeric{std::move(own)});
  }
  result.source = table.source;
  return result;
}

}  // namespace woodbury::plan
