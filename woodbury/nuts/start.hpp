// Where a chain starts, and with which step size.
#pragma once

#include <cstddef>

#include "woodbury/nuts/hamiltonian.hpp"
#include "woodbury/nuts/nuts.hpp"

namespace woodbury::nuts {

/// Puts z.q where the density is finite: at options.init, or uniform in ±init_radius, of 100 tries the first that
/// works. Throws base::Error of kind sampling, with the density's own words, where none does.
void find_start(Hamiltonian& hamiltonian, const Options& options, std::size_t chain, Point& z);

/// Puts z.q, whose coordinates are whitened around a mode, at a draw from N(0, 2² I), nearer where there is no density.
/// options.init goes first here, too.
void find_start_around_mode(Hamiltonian& hamiltonian, const Options& options, std::size_t chain, Point& z);

/// A step size whose acceptance crosses 0.8 after one step (Hoffman and Gelman 2014, algorithm 4, at Stan's 0.8),
/// searched by factors of two from `step`. z is left as it was, but for its momentum.
[[nodiscard]] double find_step(Hamiltonian& hamiltonian, Point& z, double step, base::Stream& stream);

}  // namespace woodbury::nuts
