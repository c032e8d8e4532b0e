"""Densities of the priors, from the text that ``woodbury.priors`` prints."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Density = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _distributions() -> dict[str, Callable[..., Any]]:
    """Frozen distributions of SciPy by Stan's names and order of arguments."""
    from scipy import stats

    return {
        "normal": lambda m, s: stats.norm(m, s),
        "student_t": lambda nu, m, s: stats.t(nu, m, s),
        "cauchy": lambda m, s: stats.cauchy(m, s),
        "half_normal": lambda s: stats.halfnorm(0, s),
        "half_student_t": lambda nu, m, s: stats.t(nu, m, s),
        "half_cauchy": lambda s: stats.halfcauchy(0, s),
        "exponential": lambda rate: stats.expon(0, 1 / rate),
        "gamma": lambda shape, rate: stats.gamma(shape, 0, 1 / rate),
        "inverse_gamma": lambda shape, scale: stats.invgamma(shape, 0, scale),
        "lognormal": lambda m, s: stats.lognorm(s, 0, np.exp(m)),
        "uniform": lambda a, b: stats.uniform(a, b - a),
        "beta": lambda a, b: stats.beta(a, b),
    }


def prior_density(text: str, *, positive: bool, dimension: int = 2) -> Density | None:
    """The density that a prior's text says, or None where it has none (flat, constant).

    :param positive: whether the parameter is: then the prior is cut at 0 and renormalised.
    :param dimension: of the correlation matrix under ``lkj``; the density is that of one correlation.
    """
    found = re.match(r"\s*(\w+)\((.*?)\)", text)
    if found is None:
        return None
    name, arguments = found[1], [float(a) for a in found[2].split(",") if a.strip()]
    if name == "lkj":
        # Lewandowski, Kurowicka and Joe (2009): each correlation is 2 Beta(a, a) − 1 with a = eta − 1 + d / 2.
        a = arguments[0] - 1 + dimension / 2
        beta = _distributions()["beta"](a, a)
        return lambda x: np.asarray(beta.pdf((x + 1) / 2) / 2)
    if name not in _distributions():
        return None
    frozen = _distributions()[name](*arguments)
    kept = frozen.sf(0) if positive else 1.0
    return lambda x: np.where(np.logical_or(not positive, x >= 0), frozen.pdf(x) / kept, 0.0)
