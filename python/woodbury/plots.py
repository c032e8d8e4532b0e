"""Plots of a fit, by matplotlib: ``pip install 'woodbury[plots]'``. Each function returns a figure.

ArviZ's plots take ``fit.to_arviz()``; here is what needs the model besides the draws, and a quick look at the chains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._densities import prior_density
from ._errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ._result import Fit

__all__ = ["conditional_effects", "effects", "prior_posterior", "trace"]


def _figure(rows: int, columns: int, width: float, height: float) -> tuple[Figure, Any]:
    """A figure that no window shows by itself, and its axes in an array (rows, columns)."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("plots need matplotlib and SciPy: pip install 'woodbury[plots]'") from error
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def _scalars(fit: Fit, names: str | Iterable[str] | None) -> dict[str, NDArray[np.float64]]:
    """Draws (chain, draw) by column name; None: of all scalars."""
    every = fit.draws.columns
    if names is None:
        wanted = [v.name for v in fit.draws.variables if not v.dims]
    else:
        wanted = [names] if isinstance(names, str) else list(names)
    for name in wanted:
        if name not in every:
            raise InputError(f"no parameter `{name}`", None, "fit.draws.columns lists them")
    array = fit.draws.array
    return {name: array[:, :, every.index(name)] for name in wanted}


def trace(fit: Fit, names: str | Iterable[str] | None = None) -> Figure:
    """Each chain's draws in order, and a histogram of their ranks among all chains' draws.

    Chains that agree overlap on the left and have flat histograms on the right (Vehtari et al. 2021).

    :param names: of parameters, as ``"sigma"`` or ``"r_g[level,coef]"``; None: all but the group effects.
    :returns: two panels a parameter: draws in its unit against their number, and counts of ranks in 20 bins.
    :raises InputError: where a name is unknown.
    :raises ImportError: matplotlib is not installed.
    """
    draws = _scalars(fit, names)
    figure, axes = _figure(len(draws), 2, 9, 1 + 1.4 * len(draws))
    for (name, values), (left, right) in zip(draws.items(), axes, strict=True):
        for chain in values:
            left.plot(chain, linewidth=0.4, alpha=0.8)
        left.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8)
        ranks = values.ravel().argsort().argsort().reshape(values.shape)
        right.hist(list(ranks), bins=20, histtype="step")
        right.axhline(values.shape[1] / 20, color="0.5", linewidth=0.8, linestyle=":")
        right.set_yticks([])
        for axis in (left, right):
            axis.tick_params(labelsize=7)
    axes[0][0].set_title("draws of each chain", fontsize=9)
    axes[0][1].set_title("ranks among all draws", fontsize=9)
    return figure


def effects(fit: Fit, group: str | None = None, prob: float = 0.95) -> Figure:
    """A caterpillar: the effects of every level, sorted by the mean, a panel a coefficient.

    Thin lines are central intervals of probability ``prob``, thick ones of half, in the response's unit (its
    logarithm's under lognormal) per unit of the column.

    :param group: a grouping factor; None: the first.
    :raises InputError: where there are no such effects, or ``prob`` does not lie between 0 and 1.
    :raises ImportError: matplotlib is not installed.
    """
    if group is None:
        group = next(iter(fit.grouping_factors), "")
    table = fit.ranef(group, prob)
    inner = fit.ranef(group, 0.5)
    coefficients = list(dict.fromkeys(table.index.get_level_values("coef")))
    levels = len(table) // len(coefficients)
    figure, axes = _figure(1, len(coefficients), 4 * len(coefficients), 1.5 + 0.18 * min(levels, 100))
    for axis, coefficient in zip(axes[0], coefficients, strict=True):
        rows = table[table.index.get_level_values("coef") == coefficient].sort_values("mean")
        half = inner.loc[rows.index]
        at = np.arange(len(rows))
        axis.hlines(at, rows.iloc[:, 2], rows.iloc[:, 3], linewidth=0.8)
        axis.hlines(at, half.iloc[:, 2], half.iloc[:, 3], linewidth=2.5)
        axis.plot(rows["mean"], at, "o", color="white", markeredgecolor="C0", markersize=3.5)
        axis.axvline(0, color="0.5", linewidth=0.8, linestyle=":")
        few = len(rows) <= 100
        axis.set_yticks(at if few else [], rows.index.get_level_values("level") if few else [], fontsize=7)
        axis.set_title(f"{coefficient} of {group}", fontsize=9)
        axis.tick_params(axis="x", labelsize=7)
    return figure


def conditional_effects(
    fit: Fit,
    covariate: str,
    by: str | None = None,
    *,
    at: Mapping[str, object] | None = None,
    effects: str = "none",
    prob: float = 0.95,
) -> Figure:
    """What :meth:`woodbury.Fit.conditional_effects` tells, with the data's points: a curve over numbers, a mark a level.

    Arguments are those of that method. With ``by`` each point has the colour of its line, or of the nearest.

    :returns: one panel, both axes in the data's units; bands and bars are central intervals of probability ``prob``.
    :raises InputError: there is no such variable, value or level, a level is needed and not said, or the rows were
        written to.
    :raises UsageError: ``effects`` cannot be read.
    :raises ImportError: matplotlib is not installed.
    """
    answer = fit._conditional(covariate, by, at, effects, prob)
    curve, rows = answer["curve"], answer["rows"]
    figure, axes = _figure(1, 1, 6, 4)
    axis = axes[0][0]
    is_factor = not pd.api.types.is_numeric_dtype(curve[covariate])
    levels = list(dict.fromkeys(curve[covariate])) if is_factor else []
    names = [""] if by is None else list(dict.fromkeys(curve[by]))
    for k, name in enumerate(names):
        line, points = (each if by is None else each[each[by] == name] for each in (curve, rows))
        if levels:
            _draw_marks(axis, line, points, levels, (k, len(names)), name)
        else:
            _draw_curve(axis, line, points, f"C{k % 10}", name)
    axis.set_xlabel(covariate)
    axis.set_ylabel(rows.columns[-1])
    if levels:
        axis.set_xticks(range(len(levels)), levels)
    if by is not None:
        axis.legend(title=by, frameon=False, fontsize=8)
    return figure


def _draw_curve(axis: Any, line: pd.DataFrame, points: pd.DataFrame, colour: str, name: str) -> None:
    x, mean, _, lower, upper = (line.iloc[:, c].to_numpy() for c in (0, -4, -3, -2, -1))
    axis.plot(points.iloc[:, 0], points.iloc[:, -1], ".", color=colour, alpha=0.35, markersize=4)
    axis.fill_between(x, lower, upper, color=colour, alpha=0.2, linewidth=0)
    axis.plot(x, mean, color=colour, label=name)


def _draw_marks(
    axis: Any, line: pd.DataFrame, points: pd.DataFrame, levels: list[str], place: tuple[int, int], name: str
) -> None:
    """Lines side by side; a level's points are spread a little, in the data's order."""
    k, count = place
    width = 0.6 / count
    shift = (k - (count - 1) / 2) * width
    spread = width * (np.arange(len(points)) * 0.618 % 1 - 0.5) * 0.6
    x = np.array([levels.index(level) for level in points.iloc[:, 0]]) + shift + spread
    axis.plot(x, points.iloc[:, -1], ".", color=f"C{k % 10}", alpha=0.35, markersize=4)
    mean, lower, upper = (line.iloc[:, c].to_numpy() for c in (-4, -2, -1))
    ends = [mean - lower, upper - mean]
    axis.errorbar(np.arange(len(levels)) + shift, mean, ends, fmt="o", color=f"C{k % 10}", capsize=3, label=name)


def prior_posterior(fit: Fit, names: str | Iterable[str] | None = None) -> Figure:
    """Each parameter's prior density over a histogram of its draws: how much the data said.

    The prior of ``Intercept`` belongs to the design with centred columns; its panel shows that intercept's draws.
    Flat priors are left out.

    :param names: of parameters as ``fit.priors()`` lists them; None: all.
    :returns: a panel a parameter, in its unit.
    :raises InputError: where a name is unknown, or none of them has a density.
    :raises ImportError: matplotlib or SciPy is not installed.
    """
    panels = _panels(fit, None if names is None else [names] if isinstance(names, str) else list(names))
    if not panels:
        raise InputError("none of these parameters has a prior with a density")
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure, axes = _figure(rows, columns, 3.2 * columns, 0.5 + 2.2 * rows)
    for axis in axes.ravel()[len(panels) :]:
        axis.set_axis_off()
    for axis, (name, draws, density) in zip(axes.ravel(), panels, strict=False):
        low, high = np.quantile(draws, [0.001, 0.999])
        x = np.linspace(low - 0.3 * (high - low), high + 0.3 * (high - low), 400)
        axis.hist(draws.ravel(), bins=50, density=True, alpha=0.4, label="posterior")
        axis.plot(x, density(x), label="prior")
        axis.set_title(name, fontsize=9)
        axis.set_yticks([])
        axis.tick_params(labelsize=7)
    axes[0][0].legend(fontsize=7, frameon=False)
    return figure


def _panels(fit: Fit, names: list[str] | None) -> list[tuple[str, NDArray[np.float64], Any]]:
    """(title, draws, prior density) of the parameters that have one."""
    priors = fit.priors().set_index("parameter")["prior"]
    for name in names or []:
        if name not in priors.index:
            raise InputError(f"no parameter `{name}` has a prior", None, "fit.priors() lists them")
    panels = []
    for name in names or priors.index:
        for title, draws, dimension in _draws_of(fit, name):
            positive = name == "sigma" or name.startswith("sd_")
            density = prior_density(priors[name], positive=positive, dimension=dimension)
            if density is not None:
                panels.append((title, draws, density))
    return panels


def _draws_of(fit: Fit, name: str) -> list[tuple[str, NDArray[np.float64], int]]:
    """(title, draws, dimension of its correlation matrix) of what a prior is about."""
    if name.startswith("cor_"):
        of_matrix = [v.name for v in fit.draws.variables if v.name.startswith(name + "__")]
        dimension = round((1 + np.sqrt(1 + 8 * len(of_matrix))) / 2)
        return [(one, fit.draws[one], dimension) for one in of_matrix]
    part = {"Intercept": "coding", "Intercept_sigma": "sigma_coding"}.get(name)
    if part is not None:
        return [(f"{name}, centred", _centred_intercept(fit, part), 0)]
    return [(name, fit.draws[name], 0)] if name in fit.draws else []


def _centred_intercept(fit: Fit, part: str) -> NDArray[np.float64]:
    """The intercept where every column is at its mean."""
    prefix = "b_" if part == "coding" else "b_sigma_"
    total = fit.draws[prefix + "Intercept"].copy()
    for column in fit.model[part]["fixed"]["columns"]:
        if column["data"]:
            total += column["mean"] * fit.draws[prefix + column["name"]]
    return total
