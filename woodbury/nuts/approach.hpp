// From a start far away to where the mass of a large density is.
#pragma once

#include "woodbury/nuts/hamiltonian.hpp"

namespace woodbury::nuts {

/// Climbs from z.q by limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.5) while five steps gain more than a
/// nat a dimension: twice what lies between a draw of a normal density and its mode. It does not look for the mode: of
/// a density that rises without bound into a corner, a funnel's, it is to stay at the entrance. Deterministic.
void approach(LogDensity& density, Hamiltonian& hamiltonian, Point& z);

}  // namespace woodbury::nuts
