// The graph's expressions as a tape: values forward, adjoints backward, node by node, each node a whole vector.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "woodbury/frame/frame.hpp"
#include "woodbury/model/model.hpp"

namespace woodbury::density {

/// Sizes, places and index maps of the nodes that some roots need; immutable, shared by all threads.
/// Storage of a value: scalar 1; (g) levels; (g, coef) levels × d row-major; (coef) d; a correlation its Cholesky
/// factor, d × d column-major; rows N.
class Tape {
 public:
  Tape(const model::Model& model, const frame::Frame& table, const std::vector<model::NodeId>& roots)
      : Tape(model, table, roots, table) {}
  /// Values a row are those of `rows`, some of the table's; which levels nest in which is seen in the whole table.
  Tape(const model::Model& model, const frame::Frame& rows, const std::vector<model::NodeId>& roots,
       const frame::Frame& table);

  /// Nodes that depend on variables, arguments before what uses them; variables among them.
  [[nodiscard]] const std::vector<model::NodeId>& order() const noexcept { return order_; }
  [[nodiscard]] bool has(model::NodeId node) const { return place_[static_cast<std::size_t>(node)] >= 0; }
  [[nodiscard]] std::size_t offset(model::NodeId node) const {
    return static_cast<std::size_t>(place_[static_cast<std::size_t>(node)]);
  }
  [[nodiscard]] std::size_t size(model::NodeId node) const { return sizes_[static_cast<std::size_t>(node)]; }
  [[nodiscard]] std::size_t total() const noexcept { return total_; }
  /// Values with everything that holds no variable filled in.
  [[nodiscard]] std::vector<double> initial_values() const { return initial_; }

  /// Computes a node that is no variable.
  void forward(model::NodeId node, std::span<double> values) const;
  /// Passes a node's adjoint on to its arguments.
  void backward(model::NodeId node, std::span<const double> values, std::span<double> adjoints) const;

 private:
  struct Step {
    model::Op op{};
    std::size_t at = 0, size = 0;
    std::vector<std::size_t> args, arg_sizes;
    int index = 0;
    int width = 1;                  ///< columns of the argument of a component
    std::vector<std::int32_t> map;  ///< of a gather: element → element of the argument
  };
  [[nodiscard]] std::size_t size_of(const model::Model& model, const frame::Frame& table, model::NodeId node) const;
  [[nodiscard]] Step make_step(const model::Model& model, const frame::Frame& rows, const frame::Frame& table,
                               model::NodeId node) const;

  std::vector<model::NodeId> order_;
  std::vector<std::ptrdiff_t> place_;
  std::vector<std::size_t> sizes_;
  std::vector<Step> steps_;  ///< by node
  std::vector<double> initial_;
  std::size_t total_ = 0;
};

/// Level of `outer` for each level of `inner`, which must be nested in it (base::Error otherwise).
[[nodiscard]] std::vector<std::int32_t> nesting_map(const frame::Frame& table, const std::string& inner,
                                                    const std::string& outer);

}  // namespace woodbury::density
