"""What is asked of a fit: effects, hypotheses, predictions, leave-one-out. The engine answers; tables become DataFrames."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import _core
from ._data import Data, table
from ._errors import InputError, UsageError

Kind = Literal["response", "mean", "median", "linpred"]
KINDS = ("response", "mean", "median", "linpred")


def _frame(answer: tuple[str, list[str], list[list[Any]]]) -> pd.DataFrame:
    return pd.DataFrame(answer[2], columns=answer[1])


def _kind(kind: str) -> int:
    if kind not in KINDS:
        raise UsageError(f"kind has no `{kind}`", None, "it takes " + ", ".join(f"`{k}`" for k in KINDS))
    return KINDS.index(kind)


def _effects(effects: str) -> str:
    if effects not in ("all", "none") and not effects.startswith("new:"):
        raise UsageError(f"effects takes all, none or new:FACTOR, not `{effects}`", None, "")
    return effects


def _prob(prob: float) -> float:
    if not 0 < prob < 1:
        raise InputError(f"prob must lie between 0 and 1; it is {prob}", None, "")
    return prob


class Loo:
    """Expected log predictive density of rows or groups, given all others. Made by :meth:`Fit.loo`."""

    def __init__(self, answer: _core.Loo) -> None:
        self._answer = answer

    @property
    def elpd(self) -> float:
        """The sum, on the response's scale."""
        return self._answer.elpd

    @property
    def se(self) -> float:
        """Its standard error."""
        return self._answer.se

    @property
    def p(self) -> float:
        """The effective number of parameters."""
        return self._answer.p

    @property
    def bad(self) -> int:
        """How many have a k-hat over 0.7, and were not fitted anew."""
        return self._answer.bad

    @property
    def pointwise(self) -> pd.DataFrame:
        """A row each: ``elpd``, ``p``, ``k``."""
        return _frame(self._answer.tables()[1]).set_index(self._answer.by)

    def __repr__(self) -> str:
        return self._answer.text()


class Answers:
    """The part of :class:`Fit` that asks further. Intervals are central, of probability ``prob``."""

    _record: _core.Record

    def hypotheses(self, *written: str, prob: float = 0.95) -> pd.DataFrame:
        """``"Days > 5"``, ``"a - 2 * b = 0"``: estimate of left minus right, and the probability of an inequality."""
        return _frame(self._record.hypotheses(list(written), _prob(prob))[0]).set_index("hypothesis")

    def predict(
        self,
        data: Data,
        *,
        kind: Kind = "response",
        effects: str = "all",
        prob: float = 0.95,
        given: Data | None = None,
    ) -> pd.DataFrame:
        """Predictions for rows, as exact mixtures over the draws.

        :param data: rows with the model's columns, the response apart.
        :param kind: a new ``"response"``, its ``"mean"`` or ``"median"``, or the linear predictor ``"linpred"``.
        :param effects: ``"all"``: levels must be known; ``"none"``: the average member; ``"new:g"``: unknown levels of g
            are integrated over.
        :param given: rows with responses of the new levels, which predictions for these then know.
        :raises InputError: a level is unknown, or a column is missing.
        """
        rows = table(data, self._needed())
        more = None if given is None else table(given, self._needed())
        answer = self._record.predict(rows, _kind(kind), _effects(effects), _prob(prob), more)
        return _frame(answer[0]).drop(columns="row")

    def fitted(self, *, kind: Kind = "mean", effects: str = "all", prob: float = 0.95) -> pd.DataFrame:
        """The fitted rows' expectations."""
        answer = self._record.fitted(False, _kind(kind), _effects(effects), _prob(prob))
        return _frame(answer[0]).drop(columns="row")

    def residuals(self, *, kind: Kind = "mean", effects: str = "all", prob: float = 0.95) -> pd.DataFrame:
        """Responses less the fitted rows' expectations."""
        answer = self._record.fitted(True, _kind(kind), _effects(effects), _prob(prob))
        return _frame(answer[0]).drop(columns="row")

    def simulate(self, copies: int = 100, seed: int | None = None) -> NDArray[np.float64]:
        """Responses replicated from the fit, (copy, row), effects and residuals drawn anew."""
        held = next(iter(self._record.statistics.values())).size
        drawn = self.predict_draws(draws=min(copies, held), seed=seed)
        return drawn[~np.isnan(drawn).any(axis=1)]

    def predict_draws(
        self,
        data: Data | None = None,
        *,
        kind: Kind = "response",
        effects: str = "all",
        given: Data | None = None,
        draws: int | None = None,
        seed: int | None = None,
    ) -> NDArray[np.float64]:
        """Draws of what :meth:`predict` describes, (draw, row), jointly over the rows.

        :param data: rows with the model's columns; the fitted ones if left out.
        :param draws: how many, spread evenly over the fit's; all if left out.
        :param seed: same seed, same draws; the fit's own if left out.
        :raises InputError: more draws are asked for than the fit holds; and as for :meth:`predict`.
        """
        rows = None if data is None else table(data, self._needed())
        more = None if given is None else table(given, self._needed())
        if draws is not None and draws < 1:
            raise InputError(f"draws must be at least 1; it is {draws}", None, "")
        chosen = self._record.seed if seed is None else seed
        return self._record.predict_draws(rows, _kind(kind), _effects(effects), more, draws or 0, chosen)

    def loo(self, by: str = "row", *, refit: int = 0) -> Loo:
        """Leave-one-out: of rows, which keep their level's others, or of the levels of a grouping factor.

        :param refit: fit anew, without them, up to so many of those whose k-hat is over 0.7.
        """
        return Loo(_core.loo(self._record, by, refit))

    def report(self, path: str | os.PathLike[str], *, overwrite: bool = False, prob: float = 0.95) -> None:
        """Writes the fit as one HTML page that needs no network."""
        self._record.report(os.fspath(path), overwrite, _prob(prob))

    def _needed(self) -> tuple[list[str], list[str]]:
        """Columns of the user's table, and those read as labels."""
        data: dict[str, Any] = self.model.get("data", {})  # type: ignore[attr-defined]
        return list(data.get("columns", [])), list(data.get("factors", []))


def compare(fits: Mapping[str, Answers | Loo], by: str = "row", *, refit: int = 0) -> pd.DataFrame:
    """Fits of the same rows, ranked by leave-one-out, with differences from the best and their standard errors.

    :raises InputError: rows or responses differ.
    """
    loos = {name: each if isinstance(each, Loo) else each.loo(by, refit=refit) for name, each in fits.items()}
    answer = _core.compare(list(loos), [each._answer for each in loos.values()])
    return _frame(answer[0]).set_index("fit")
