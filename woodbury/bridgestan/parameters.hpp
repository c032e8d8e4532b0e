// The parameters as Stan would have declared them: names with indices, their order, and the way to coordinates and
// back.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "woodbury/density/density.hpp"
#include "woodbury/draws/draws.hpp"

namespace woodbury::bridgestan {

/// Element i of an array with its first index fastest is element order[i] of one with its last index fastest.
[[nodiscard]] std::vector<std::size_t> first_index_fastest(const std::vector<std::size_t>& sizes);
/// `name.1.1,name.2.1,…` in that order; characters other than letters, digits and _ become _.
[[nodiscard]] std::vector<std::string> element_names(const std::string& name, const std::vector<std::size_t>& sizes);

class Parameters {
 public:
  Parameters(const plan::Plan& plan, const density::Density& density, const frame::Frame& table);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t coordinates() const noexcept { return coordinates_; }
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] std::vector<std::string> coordinate_names() const;
  /// Whether a variable of the model is here under its own name.
  [[nodiscard]] bool has(const std::string& variable) const;

  void constrain(std::span<const double> q, std::span<double> theta) const;
  /// Throws base::Error where a value is outside its variable's support.
  void unconstrain(std::span<const double> theta, std::span<double> q) const;
  /// Those that `json` names; returns whether that is all.
  bool unconstrain(const nlohmann::json& json, std::span<double> q) const;
  /// log |dθ/dq|, and its gradient added to `gradient` `scale` times.
  double log_jacobian(std::span<const double> q, std::span<double> gradient, double scale) const;

 private:
  struct Parameter {
    std::string name;
    std::vector<std::size_t> sizes;
    std::size_t first, count;          ///< coordinates
    std::size_t begin, length;         ///< elements of θ
    density::Transform transform;      ///< from coordinates to elements in `storage` order
    std::vector<std::size_t> storage;  ///< element of θ → of the transform
  };
  static void unconstrain(const Parameter& p, std::span<const double> theta, std::span<double> q);

  std::vector<Parameter> parameters_;
  std::size_t size_ = 0, coordinates_ = 0;
};

}  // namespace woodbury::bridgestan
