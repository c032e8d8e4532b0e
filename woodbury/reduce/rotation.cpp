#include "woodbury/reduce/rotation.hpp"

namespace woodbury::reduce {

void Rotation::undo(const Part& part, const Columns& contrasts, std::span<double> effects) const {
  const std::size_t d = contrasts.count;
  // U'(pseudo-level − U'contrast) is added to each contrast.
  for (std::size_t a = 0; a < rank; ++a)
    for (std::size_t c = 0; c < d; ++c) {
      double along = 0;
      for (std::size_t i = 0; i < size(); ++i) along += basis[i * rank + a] * contrasts.at(i, c);
      effects[part.levels[a] * d + c] -= along;
    }
  for (std::size_t i = 0; i < size(); ++i)
    for (std::size_t a = 0; a < rank; ++a)
      for (std::size_t c = 0; c < d; ++c) contrasts.at(i, c) += basis[i * rank + a] * effects[part.levels[a] * d + c];
  for (std::size_t i = 0; i < size(); ++i)
    for (std::size_t c = 0; c < d; ++c) effects[part.levels[i] * d + c] = contrasts.at(i, c);
}

}  // namespace woodbury::reduce
