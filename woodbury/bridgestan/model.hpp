// A density as BridgeStan's clients see one: names, constraints, log density and derivatives, from many threads at
// once.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "woodbury/bridgestan/parameters.hpp"
#include "woodbury/bridgestan/request.hpp"
#include "woodbury/density/density.hpp"
#include "woodbury/recover/recover.hpp"

namespace woodbury::bridgestan {

/// Parameters, then transformed parameters, then generated quantities; of the latter two either may be left out.
struct Sections {
  bool transformed = false, generated = false;
};

class Model {
 public:
  explicit Model(const std::string& data);

  [[nodiscard]] const Parameters& parameters() const noexcept { return parameters_; }
  [[nodiscard]] std::size_t size(Sections sections) const;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::string& info() const noexcept { return info_; }
  /// Separated by commas.
  [[nodiscard]] const std::string& names(Sections sections) const;
  [[nodiscard]] const std::string& coordinate_names() const noexcept { return coordinate_names_; }

  /// Value and gradient. Throws base::Error, with the density's reason, where it is not finite.
  double evaluate(std::span<const double> q, bool jacobian, std::span<double> gradient) const;
  /// Product of the Hessian and a vector, by differences of gradients to fourth order.
  void hessian_times(std::span<const double> q, bool jacobian, std::span<const double> vector,
                     std::span<double> out) const;
  void constrain(std::span<const double> q, Sections sections, base::Stream& stream, std::span<double> theta) const;

 private:
  /// What one call needs for itself; calls that end leave theirs to others.
  struct Worker {
    explicit Worker(const Model& model);
    density::Density density;
    std::unique_ptr<recover::Recovery> recovery;  ///< made when first asked for
    std::vector<double> draw;
  };
  class Lease;
  /// A column of what recovery draws → where it goes.
  void choose_outputs();

  Request request_;
  density::Density density_;
  Parameters parameters_;
  std::vector<std::size_t> transformed_, generated_;  ///< columns of a recovered draw
  std::size_t recovered_ = 0;
  std::string name_, info_, coordinate_names_, names_[2][2];
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Worker>> idle_;
};

}  // namespace woodbury::bridgestan
