"""Rows over a covariate with everything else held fast, and what a fit predicts for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._data import Data, label, to_pandas
from ._errors import InputError

if TYPE_CHECKING:
    from ._result import Fit


class Line(NamedTuple):
    """The fitted mean over a covariate, at one value of another column."""

    label: str
    mean: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    x: NDArray[np.float64]
    """Of the data's rows of this line: values of the covariate, or numbers of its levels."""
    y: NDArray[np.float64]


class Curves(NamedTuple):
    """Lines over the same places."""

    at: NDArray[np.float64]
    levels: list[str] | None
    """Labels of the places where the covariate is a factor."""
    lines: list[Line]
    response: str


def curves(
    fit: Fit, data: Data, covariate: str, by: str | None, effects: str, prob: float, at: Mapping[str, Any]
) -> Curves:
    """What :func:`woodbury.plots.conditional_effects` shows."""
    rows = _fitted_rows(fit, data)
    names = [str(name) for name in rows]
    for name in (covariate, *([by] if by else []), *at):
        if name not in names:
            raise InputError(f"the model has no column `{name}`", None, f"it has: {', '.join(names)}")
    factors = {name for name in names if name in fit.model["data"]["factors"] or not _is_number(rows[name])}
    held = {name: at.get(name, _middle(rows[name], name in factors)) for name in names}
    if effects.startswith("new:"):
        held = {name: value for name, value in held.items() if name not in effects[4:].split(":")}
    levels = _levels(rows[covariate]) if covariate in factors else None
    places = levels if levels is not None else np.linspace(rows[covariate].min(), rows[covariate].max(), 100)
    x = _places(rows[covariate], levels)
    (response, *more) = fit.run["sampling"]["responses"]
    if more:
        raise InputError("conditional effects are of one response")
    y = np.asarray(fit._record.data()[response], np.float64)
    lines = []
    for name, value, of_line in _groups(rows, by, by in factors):
        grid = pd.DataFrame(held | ({} if by is None else {by: value}) | {covariate: places})
        fitted = fit.predict(grid, kind="mean", effects=effects, prob=prob).to_numpy(np.float64)
        lines.append(Line(name, fitted[:, 0], fitted[:, 2], fitted[:, 3], x[of_line], y[of_line]))
    where = np.arange(len(places), dtype=np.float64) if levels is not None else np.asarray(places, np.float64)
    return Curves(where, levels, lines, response)


def _fitted_rows(fit: Fit, data: Data) -> pd.DataFrame:
    """The columns in use of the rows that were fitted."""
    about = fit.model["data"]
    table = to_pandas(data)
    missing = [name for name in about["columns"] if name not in table]
    if missing:
        raise InputError(f"the data have no column `{missing[0]}`", None, "give the table that was fitted")
    rows: pd.DataFrame = table[about["columns"]].dropna().reset_index(drop=True)
    if len(rows) != about["rows_used"]:
        raise InputError(
            f"{about['rows_used']} rows were fitted, and these are {len(rows)}", None, "give the table that was fitted"
        )
    return rows


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def _levels(column: pd.Series[Any]) -> list[str]:
    """Labels of a factor's levels in order: declared, or by value."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [label(str(column.name), c) for c in column.cat.remove_unused_categories().cat.categories]
    return [label(str(column.name), v) for v in sorted(column.unique())]


def _labels(column: pd.Series[Any]) -> list[str]:
    return [label(str(column.name), v) for v in column]


def _places(column: pd.Series[Any], levels: list[str] | None) -> NDArray[np.float64]:
    if levels is None:
        return column.to_numpy(np.float64)
    return np.array([levels.index(its) for its in _labels(column)], np.float64)


def _middle(column: pd.Series[Any], is_factor: bool) -> Any:
    return _levels(column)[0] if is_factor else float(column.mean())


def _groups(rows: pd.DataFrame, by: str | None, is_factor: bool) -> list[tuple[str, Any, NDArray[np.bool_]]]:
    """(label, value, rows) of each line. Of numbers: the mean and a sd on either side, each with the rows nearest."""
    if by is None:
        return [("", None, np.ones(len(rows), np.bool_))]
    if is_factor:
        labels = np.array(_labels(rows[by]), object)
        return [(level, level, labels == level) for level in _levels(rows[by])]
    mean, sd = float(rows[by].mean()), float(rows[by].std())
    values = [mean - sd, mean, mean + sd]
    nearest = np.abs(rows[by].to_numpy(np.float64)[:, None] - values).argmin(axis=1)
    return [(f"{value:.3g}", value, nearest == k) for k, value in enumerate(values)]
