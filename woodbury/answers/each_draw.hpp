// All draws of a fit, pieces of them on threads. Internal to answers.
#pragma once

#include <algorithm>

#include "woodbury/answers/predictor.hpp"

namespace woodbury::answers {

/// What a pass over the draws looks at.
struct Pass {
  const Bound& bound;
  const Rows& rows;
  bool noise = true;  ///< residual variances are wanted
  unsigned threads = 0;
};

/// Calls body(predictor, draw, sound); one that is not sound has density zero.
template <class Body>
void each_draw(const Pass& pass, Body&& body) {
  const std::size_t draws = pass.bound.draws();
  const std::size_t pieces = std::min<std::size_t>(draws, 4 * base::thread_count(pass.threads));
  base::parallel_for(pieces, pass.threads, [&](std::size_t p) {
    Predictor predictor(pass.bound, pass.rows, pass.noise);
    for (std::size_t draw = p * draws / pieces; draw < (p + 1) * draws / pieces; ++draw)
      body(predictor, draw, predictor.place(draw));
  });
}

}  // namespace woodbury::answers
