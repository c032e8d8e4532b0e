"""Tables of differing shapes: factors crossed at random, nested, of few and many levels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass
class Factor:
    """A grouping factor: levels and the sds of their effects on the intercept and on x1, x2, … Where it is nested, each
    level of `inside` has `levels` of its own."""

    name: str
    levels: int
    sds: list[float] = field(default_factory=lambda: [0.7])
    inside: str = ""


def table(rows: int, factors: list[Factor], seed: int = 11, covariates: int = 1, noise: float = 1.0) -> pd.DataFrame:
    """y = 1 + Σ x_k / 2 + effects + noise; rows fall on levels at random, each level having one at least."""
    rng = np.random.default_rng(seed)
    data: dict[str, np.ndarray] = {f"x{k + 1}": rng.normal(size=rows) for k in range(covariates)}
    y = 1 + 0.5 * sum(data.values()) + noise * rng.normal(size=rows)
    codes: dict[str, np.ndarray] = {}
    for factor in factors:
        within = rng.permutation(np.arange(rows) % factor.levels)
        codes[factor.name] = codes[factor.inside] * factor.levels + within if factor.inside else within
        for k, sd in enumerate(factor.sds):
            effects = sd * rng.normal(size=codes[factor.name].max() + 1)
            y = y + effects[codes[factor.name]] * (data[f"x{k}"] if k else 1)
    labels = {name: [f"{name}{code:06}" for code in values] for name, values in codes.items()}
    return pd.DataFrame(data | labels | {"y": y, "z": np.exp(y / 4)})


def crossed_at(density: float, g: int, h: int, a_cell: int, seed: int = 11) -> pd.DataFrame:
    """Two factors of which a share `density` of the g × h pairs meets, `a_cell` rows a pair: each level of g meets
    neighbouring levels of h first, so that a low density is a chain of nearly separate blocks and a high one a full
    table."""
    rng = np.random.default_rng(seed)
    width = max(1, round(density * h))
    pairs = [(i, (i * h // g + k) % h) for i in range(g) for k in range(width)]
    i, j = np.array(pairs * a_cell).T
    u, v = 0.7 * rng.normal(size=g), 0.5 * rng.normal(size=h)
    x = rng.normal(size=i.size)
    y = 1 + 0.5 * x + u[i] + v[j] + rng.normal(size=i.size)
    return pd.DataFrame({"y": y, "x1": x, "g": [f"g{c:04}" for c in i], "h": [f"h{c:04}" for c in j]})
