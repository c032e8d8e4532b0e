"""Predictive densities the long way: fits without rows, whose draws' densities are averaged. Only draws of effects and
hyperparameters are used, and NumPy, so that nothing is shared with the engine's leave-one-out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import woodbury

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Study:
    """A table with a model of it: fixed columns by their coefficients' names, and group effects of some of these."""

    name: str
    table: pd.DataFrame
    formula: str
    fixed: Mapping[str, Callable[[pd.DataFrame], Any]]  # beside the intercept
    terms: Mapping[str, tuple[str, ...]]  # columns by factor
    response: Callable[[pd.DataFrame], Any]  # as the model has it
    by: str  # whose levels are left out
    log_jacobian: Callable[[pd.DataFrame], Any] = field(default=lambda table: np.zeros(len(table)))
    options: Mapping[str, Any] = field(default_factory=dict)

    def columns(self, table: pd.DataFrame) -> dict[str, Array]:
        made = {name: np.asarray(make(table), float) for name, make in self.fixed.items()}
        return {"Intercept": np.ones(len(table)), **made}

    def fit(self, table: pd.DataFrame, **options: Any) -> woodbury.Fit:
        return woodbury.fit(self.formula, table, **{"seed": 1, **self.options, **options})


def flat(fit: woodbury.Fit, name: str) -> Array:
    values = fit.draws[name]
    return np.reshape(values, (values.shape[0] * values.shape[1], *values.shape[2:]))


def means(study: Study, fit: woodbury.Fit, rows: pd.DataFrame) -> Array:
    """Of the linear predictor, (draw, row); levels that the fit does not know add nothing."""
    columns = study.columns(rows)
    total = sum(np.outer(flat(fit, f"b_{name}"), column) for name, column in columns.items())
    for factor, members in study.terms.items():
        labels = {label: j for j, label in enumerate(fit.draws.variable(f"r_{factor}").coords[0])}
        level = np.array([labels.get(str(each), -1) for each in rows[factor]])
        effects = flat(fit, f"r_{factor}")[:, level, :] * (level >= 0)[None, :, None]
        for c, name in enumerate(members):
            total = total + effects[:, :, c] * columns[name]
    return np.asarray(total)


def pointwise(study: Study, fit: woodbury.Fit, rows: pd.DataFrame) -> Array:
    """log p(y_n | effects, sigma), (draw, row), of the response as the table has it."""
    deviation = (np.asarray(study.response(rows)) - means(study, fit, rows)) / flat(fit, "sigma")[:, None]
    constant = np.log(flat(fit, "sigma"))[:, None] + 0.5 * np.log(2 * np.pi)
    return -0.5 * deviation**2 - constant + np.asarray(study.log_jacobian(rows))


def covariance(study: Study, fit: woodbury.Fit, rows: pd.DataFrame, draws: slice) -> Array:
    """Of the rows' responses, (draw, row, row): residuals, and effects of levels that the fit does not know."""
    columns = study.columns(rows)
    sigma = flat(fit, "sigma")[draws]
    total = sigma[:, None, None] ** 2 * np.eye(len(rows))
    for factor, members in study.terms.items():
        known = set(fit.draws.variable(f"r_{factor}").coords[0])
        labels = rows[factor].astype(str).to_numpy()
        new = np.array([label not in known for label in labels])
        same = (labels[:, None] == labels[None, :]) & new[:, None]
        for i, a in enumerate(members):
            for j, b in enumerate(members):
                scale = flat(fit, f"sd_{factor}__{a}")[draws] * flat(fit, f"sd_{factor}__{b}")[draws]
                if i != j:
                    scale = scale * flat(fit, f"cor_{factor}__{members[min(i, j)]}__{members[max(i, j)]}")[draws]
                total = total + scale[:, None, None] * (same * np.outer(columns[a], columns[b]))
    return np.asarray(total)


def joint(study: Study, fit: woodbury.Fit, rows: pd.DataFrame) -> tuple[float, float]:
    """log p(rows | fit), jointly, and its Monte Carlo error."""
    deviations = np.asarray(study.response(rows)) - means(study, fit, rows)
    logs = np.empty(len(deviations))
    for first in range(0, len(logs), 500):
        some = slice(first, first + 500)
        factor = np.linalg.cholesky(covariance(study, fit, rows, some))
        solved = np.linalg.solve(factor, deviations[some][:, :, None])[:, :, 0]
        logs[some] = -0.5 * (solved**2).sum(1) - np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(1)
    logs -= 0.5 * len(rows) * np.log(2 * np.pi)
    densities = np.exp(logs - logs.max())
    error = densities.std() / densities.mean() / np.sqrt(len(densities))
    return float(logs.max() + np.log(densities.mean()) + np.sum(study.log_jacobian(rows))), float(error)


def refitted(study: Study, fit: woodbury.Fit, left: NDArray[np.bool_]) -> tuple[float, float]:
    """log p(rows left out | the others) and its error: fitted without them under the priors of the whole fit."""
    priors = dict(zip(fit.priors()["target"], fit.priors()["prior"], strict=True))
    return joint(study, study.fit(study.table[~left], priors=priors), study.table[left])
