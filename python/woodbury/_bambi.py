"""A fit's variables under the names bambi gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ._errors import InputError

if TYPE_CHECKING:
    from ._result import Fit

Named = dict[str, tuple[tuple[str, ...], Any, dict[str, Any]]]


class _Term(NamedTuple):
    """A column of the design as bambi sees it: a term, and for factors the label among the term's columns."""

    name: str
    label: str | None


def bambi_names(fit: Fit) -> Named:
    """By bambi's name: dims after chain and draw, values, coordinates.

    A factor's coefficients are one variable over ``f_dim``; effects of ``g`` are ``1|g``, ``x|g`` over
    ``g__factor_dim``, a factor's over ``f__expr_dim`` before it; their sds end in ``_sigma``. Correlations and the
    predictor of log sigma, which bambi does not have, keep our names.
    """
    if "coding" not in fit.model:
        raise InputError("a built model has no names in bambi", None, "use names='woodbury'")
    learnt = fit.model["coding"]["learnt"]
    learnt = {**learnt, "products": {_bare(column): pieces for column, pieces in learnt["products"].items()}}
    result: Named = {}
    for variable in fit.draws.variables:
        name, draws = variable.name, fit.draws[variable.name]
        group = _group_of(fit, name)
        if name.startswith("b_") and not name.startswith("b_sigma_"):
            _add(result, _term(learnt, name[2:]), "", draws)
        elif group is not None and not variable.dims:
            _add(result, _term(learnt, name[len(f"sd_{group}__") :]), f"|{group}_sigma", draws)
        elif name in [f"r_{g}" for g in fit.grouping_factors]:
            factor, coefficients = variable.dims[0], variable.coords[1]
            for at, coefficient in enumerate(coefficients):
                term = _term(learnt, coefficient)
                _add(result, term, f"|{factor}", draws[..., at], {f"{factor}__factor_dim": variable.coords[0]})
        else:
            coords = dict(zip(variable.dims, variable.coords, strict=True))
            result[name] = (variable.dims, draws, coords)
    return result


def _group_of(fit: Fit, name: str) -> str | None:
    """The factor of a standard deviation of the mean's group effects."""
    groups = sorted(fit.grouping_factors, key=len, reverse=True)
    found = next((g for g in groups if name.startswith(f"sd_{g}__")), None)
    return None if found is None or name.startswith(f"sd_{found}__sigma_") else found


def _term(learnt: Mapping[str, Any], column: str) -> _Term:
    pieces = learnt["products"].get(_bare(column), [])
    if not pieces:
        return _Term(column, None)
    labels = []
    for piece in pieces:
        variable = learnt["variables"][piece["variable"]]
        if variable["kind"] == "factor":
            names = variable["levels"] if piece["indicator"] else variable["contrast"]["names"]
            labels.append(names[piece["column"]])
    return _Term(":".join(piece["variable"] for piece in pieces), ", ".join(labels) if labels else None)


def _bare(column: str) -> str:
    """A column of the design without what names of coefficients leave out."""
    return column.translate({ord(c): None for c in " ()[],\"'?`"})


def _add(result: Named, term: _Term, ending: str, draws: Any, coords: Mapping[str, Any] | None = None) -> None:
    """Adds a column: a variable, or another label of a factor's."""
    is_group = ending.startswith("|")
    base = "1" if is_group and term.name == "Intercept" else term.name
    name, its = base + ending, dict(coords or {})
    if term.label is None:
        result[name] = (tuple(its), draws, its)
        return
    dim = f"{term.name}{'__expr_dim' if is_group else '_dim'}"
    stacked = draws[:, :, np.newaxis]
    if name in result:
        _, before, known = result[name]
        stacked = np.concatenate([before, stacked], axis=2)
        its = {dim: [*known[dim], term.label], **its}
    else:
        its = {dim: [term.label], **its}
    result[name] = (tuple(its), stacked, its)
