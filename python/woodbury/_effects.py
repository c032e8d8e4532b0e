"""Effects and scales of a fit as tables: fixef, ranef, coef, varcorr."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._draws import Variable
from ._errors import InputError

if TYPE_CHECKING:
    from ._result import Fit

SIGMA = "__sigma"
"""Ends the names of what belongs to the predictor of log sigma: ``r_g__sigma``."""


def group_effects(fit: Fit, group: str | None = None) -> list[Variable]:
    """The variables of group effects, those of one grouping factor where it is named."""
    found = [v for v in fit.draws.variables if v.name.startswith("r_") and len(v.dims) == 2]
    if group is not None:
        known = sorted({v.dims[0] for v in found})
        found = [v for v in found if v.dims[0] == group]
        if not found:
            raise InputError(f"there are no effects of `{group}`", None, f"there are: {', '.join(known) or 'none'}")
    return found


def columns_of(fit: Fit, variables: Sequence[Variable]) -> NDArray[np.intp]:
    """Places of all elements of these variables among the columns of the draws."""
    first = [fit.draws.first_column(v.name) for v in variables]
    spans = [at + np.arange(np.prod(v.shape, dtype=int)) for at, v in zip(first, variables, strict=True)]
    return np.concatenate(spans, dtype=np.intp) if spans else np.empty(0, np.intp)


def _levels(variable: Variable) -> Iterator[tuple[str, str, str]]:
    """(group, level, coefficient) of every element; a coefficient of log sigma is called ``sigma_x``."""
    part = "sigma_" if variable.name.endswith(SIGMA) else ""
    for level in variable.coords[0]:
        for coefficient in variable.coords[1]:
            yield variable.dims[0], level, part + coefficient


def _index(variables: Sequence[Variable]) -> pd.MultiIndex:
    rows = [row for variable in variables for row in _levels(variable)]
    return pd.MultiIndex.from_tuples(rows, names=["group", "level", "coef"])


def ranef(fit: Fit, prob: float, group: str | None) -> pd.DataFrame:
    """Summary rows of the group effects."""
    variables = group_effects(fit, group)
    return fit._rows(columns_of(fit, variables), prob).set_axis(_index(variables))


def fixef(fit: Fit, prob: float) -> pd.DataFrame:
    """Summary rows of the coefficients, named as in the formula."""
    variables = [v for v in fit.draws.variables if v.name.startswith("b_") and not v.dims]
    names = pd.Index([v.name[2:] for v in variables], name="coef")
    return fit._rows(columns_of(fit, variables), prob).set_axis(names)


def varcorr(fit: Fit, prob: float) -> pd.DataFrame:
    """Summary rows of standard deviations and correlations, by grouping factor; the residual's last."""
    groups = sorted({v.dims[0] for v in group_effects(fit)} | set(fit.grouping_factors), key=len, reverse=True)
    chosen, rows = [], []
    for variable in fit.draws.variables:
        kind, _, rest = variable.name.partition("_")
        group = next((g for g in groups if rest.startswith(g + "__")), None)
        if variable.name == "sigma":
            chosen.append(variable)
            rows.append(("residual", "sd", "", ""))
        elif kind in ("sd", "cor") and group is not None and not variable.dims:
            first, _, second = rest[len(group) + 2 :].partition("__")
            chosen.append(variable)
            rows.append((group, kind, first, second))
    index = pd.MultiIndex.from_tuples(rows, names=["group", "kind", "coef", "with"])
    return fit._rows(columns_of(fit, chosen), prob).set_axis(index)


def coef(fit: Fit, prob: float, group: str | None) -> pd.DataFrame:
    """Each level's own coefficients, fixed effect plus group effect, draw by draw."""
    variables = group_effects(fit, group)
    total = [fit.draws[v.name] + _population(fit, v) for v in variables]
    chains, draws = fit.draws.array.shape[:2]
    values = [t.reshape(chains, draws, -1) for t in total]
    joined = np.concatenate(values, axis=2) if values else np.empty((chains, draws, 0))
    return fit._described(joined, prob).set_axis(_index(variables))


def _population(fit: Fit, variable: Variable) -> NDArray[np.float64]:
    """Draws of the coefficients that effects deviate from, 0 where there is none; (chain, draw, 1, coefficient)."""
    part = "b_sigma_" if variable.name.endswith(SIGMA) else "b_"
    shape = fit.draws.array.shape[:2]
    names = [part + coefficient for coefficient in variable.coords[1]]
    parts = [fit.draws[name] if name in fit.draws else np.zeros(shape) for name in names]
    return np.stack(parts, axis=-1)[:, :, np.newaxis, :]
