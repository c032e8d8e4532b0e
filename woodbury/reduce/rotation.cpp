#include "woodbury/reduce/rotation.hpp"

namespace woodbury::reduce {

void Rotation::undo(std::size_t d, std::span<double> contrasts, std::span<double> effects) const {
  // U'(pseudo-level − U'contrast) is added to each contrast.
  for (std::size_t a = 0; a < rank; ++a)
    for (std::size_t c = 0; c < d; ++c) {
      double along = 0;
      for (std::size_t i = 0; i < levels.size(); ++i) along += basis[i * rank + a] * contrasts[i * d + c];
      effects[levels[a] * d + c] -= along;
    }
  for (std::size_t i = 0; i < levels.size(); ++i)
    for (std::size_t a = 0; a < rank; ++a)
      for (std::size_t c = 0; c < d; ++c) contrasts[i * d + c] += basis[i * rank + a] * effects[levels[a] * d + c];
  for (std::size_t i = 0; i < levels.size(); ++i)
    for (std::size_t c = 0; c < d; ++c) effects[levels[i] * d + c] = contrasts[i * d + c];
}

}  // namespace woodbury::reduce
