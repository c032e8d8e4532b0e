"""NumPyro with integration one scalar at a time, as an automatic scheme on a graph of scalar variables does it: the rows
enter one by one, each a rank-one update of its group's two moments, unrolled in the program. For finding f; the same
posterior as numpyro-M1, whose levels are one vector.

With u_j | rows so far ~ N(m, V) and a row y = z·u + e: s = zᵀ V z + σ², log p(y | rows so far) = log N(y; z·m, √s),
m ← m + V z (y − z·m)/s, V ← V − V z zᵀ V/s.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from bench.paper.contestants.numpyro import State
from bench.paper.design import Design


def log_marginal(design: Design, integrated: int, state: State) -> object:
    """The sum over the rows, each conditional on those of its group before it."""
    group, K = design.groups[integrated], design.K
    C = state.factors[integrated]
    prior = [[sum(C[i, k] * C[j, k] for k in range(K)) for j in range(K)] for i in range(K)]
    V = {j: prior for j in range(len(group.levels))}
    m = {j: [0.0] * K for j in V}
    sigma = jnp.broadcast_to(state.sigma, design.y.shape)
    total = 0.0
    for n, j in enumerate(group.index):
        z = [float(v) for v in design.Z[n]]
        Vz = [sum(V[j][a][b] * z[b] for b in range(K)) for a in range(K)]
        s = sum(z[a] * Vz[a] for a in range(K)) + sigma[n] ** 2
        r = float(design.y[n]) - state.rest[n] - sum(z[a] * m[j][a] for a in range(K))
        total += -0.5 * (np.log(2 * np.pi) + jnp.log(s) + r**2 / s)
        m[j] = [m[j][a] + Vz[a] * r / s for a in range(K)]
        V[j] = [[V[j][a][b] - Vz[a] * Vz[b] / s for b in range(K)] for a in range(K)]
    return total
