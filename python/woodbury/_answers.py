"""What is asked of a fit: effects, hypotheses, predictions, leave-one-out. The engine's tables become DataFrames."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import _core
from ._data import Data, label, table
from ._errors import InputError

Kind = Literal["response", "mean", "median", "linpred"]

_KINDS = {
    "Standard deviations": "sd",
    "Variances": "variance",
    "Correlations": "cor",
    "Intraclass correlation": "icc",
    "R²": "r2",
}


def _tables(answer: str) -> dict[str, pd.DataFrame]:
    """The tables of an answer by title; undefined numbers are NaN."""
    return {each["title"]: _frame(each["rows"], each["columns"]) for each in json.loads(answer)}


def _texts(**options: object) -> dict[str, list[str]]:
    """Options as the engine reads them; one that is None is absent."""
    lists = {name: value if isinstance(value, tuple) else (value,) for name, value in options.items()}
    return {name: [str(each) for each in values] for name, values in lists.items() if values != (None,)}


def _frame(rows: list[list[Any]], columns: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=columns)
    undefined = [name for name in columns if table[name].isna().all()]
    return table.astype(dict.fromkeys(undefined, np.float64))


def checksums(record: _core.Record) -> dict[str, int]:
    """Of the numeric columns of the rows used."""
    columns = record.data().items()
    return {name: zlib.crc32(column.data) for name, column in columns if not isinstance(column, tuple)}


def interval_name(prob: float) -> str:
    """Kind and width of the intervals: "eti95", "eti89", "eti99.5"."""
    if not 0 < prob < 1:
        raise InputError(f"prob must lie between 0 and 1; it is {prob}")
    return f"eti{100 * prob:.10g}"


def _as_summary(table: pd.DataFrame, index: list[str], prob: float) -> pd.DataFrame:
    """Labels in the index, estimates under the names that :meth:`Fit.summary` has."""
    kind = interval_name(prob)
    return table.set_axis([*index, "mean", "sd", f"{kind}_lb", f"{kind}_ub"], axis=1).set_index(index)


class Loo:
    """Expected log predictive density of rows or groups, given all others; prints as the command line's
    ``woodbury loo``. Made by :meth:`Fit.loo`.

    Densities are natural logarithms, of densities per unit of the response as it stands in the data: a transformation
    of it in the formula has its Jacobian.
    """

    def __init__(self, answer: _core.Loo) -> None:
        self._answer = answer

    @property
    def elpd(self) -> float:
        """The sum over what was left out: larger is better."""
        return self._answer.elpd

    @property
    def se(self) -> float:
        """The standard error of :attr:`elpd`, from its terms' spread."""
        return self._answer.se

    @property
    def p(self) -> float:
        """The effective number of parameters: how much better rows are predicted when they are fitted."""
        return self._answer.p

    @property
    def bad(self) -> int:
        """How many have a k-hat over 0.7, and were not fitted anew: their densities are unreliable."""
        return self._answer.bad

    @property
    def monte_carlo_error(self) -> float:
        """The standard error of :attr:`elpd` by the draws being finitely many; of what was fitted anew, none."""
        return self._answer.monte_carlo_error

    @property
    def pointwise(self) -> pd.DataFrame:
        """A row for each row (numbered from 1) or level left out: its part of ``elpd`` and of ``p``, and its Pareto
        k-hat ``k``, NaN where it was fitted anew."""
        return list(_tables(self._answer.tables()).values())[1].set_index(self._answer.by)

    def __repr__(self) -> str:
        return self._answer.text()


class Answers:
    """What can be asked of a :class:`Fit`. Intervals are central (equal-tailed), of probability ``prob``."""

    _record: _core.Record
    _fitted: dict[str, int]
    """Checksums of the rows' columns when they were fitted."""

    def _with_rows(self) -> _core.Record:
        """The record, for what looks at its rows, which may lie in memory of the user's."""
        now = checksums(self._record) if self._fitted else {}
        for name, checksum in now.items():
            if checksum != self._fitted[name]:
                raise InputError(
                    f"column `{name}` was changed after the fit, which does not copy it",
                    None,
                    "give `fit` a copy of an array that you will write to",
                )
        return self._record

    def _ask(
        self, what: str, data: _core.Table | None = None, given: _core.Table | None = None, **options: object
    ) -> dict[str, pd.DataFrame]:
        return _tables(_core.ask(self._with_rows(), what, _texts(**options), data, given))

    def hypotheses(self, *written: str, prob: float = 0.95) -> pd.DataFrame:
        """Linear hypotheses about parameters, draw by draw.

        :param written: ``"Days > 5"``, ``"a - 2 * b = 0"``: sums of numbers times parameters, ``b_`` may be left out.
        :returns: a row each, of left minus right in the parameters' units: ``Estimate`` (mean), ``Est.Error`` (sd) and
            interval, ``l-95% CI`` and ``u-95% CI`` of ``prob`` 0.95; of an inequality its posterior probability
            ``Post.Prob`` and odds ``Evid.Ratio``, else NaN.
        :raises InputError: a hypothesis cannot be read or names no parameter, or ``prob`` is not between 0 and 1.
        """
        (table,) = self._ask("hypotheses", hypothesis=written, prob=prob).values()
        return table.set_index("hypothesis")

    def ranef(self, group: str | None = None, prob: float = 0.95) -> pd.DataFrame:
        """Group effects: deviations from the fixed ones; of a built model the values, by level, of every variable and derived
        quantity over a factor of the data, called by their names.

        Effects that ``keep="hyper"`` left out are drawn again, the same ones. Effects on log sigma are called
        ``sigma_x``.

        :param group: one grouping factor; None: all.
        :returns: rows (group, level, coef), columns ``mean``, ``sd`` and the interval's ends as :meth:`Fit.summary`
            names them, in the response's unit (its logarithm's under lognormal) per unit of the column; of log sigma in
            the log's.
        :raises InputError: where the model has no such effects, or ``prob`` does not lie between 0 and 1.
        """
        return self._effects("ranef", group, prob)

    def coef(self, group: str | None = None, prob: float = 0.95) -> pd.DataFrame:
        """Each level's coefficients: fixed effect plus group effect, draw by draw.

        :param group: one grouping factor; None: all.
        :returns: rows (group, level, coef), columns and units of :meth:`ranef`.
        :raises InputError: where the model has no such effects, or ``prob`` does not lie between 0 and 1.
        """
        return self._effects("coef", group, prob)

    def _effects(self, what: str, group: str | None, prob: float) -> pd.DataFrame:
        tables = self._ask(what, prob=prob)
        if not tables:
            suggestion = "fit.summary() has its variables; of a built model fit.ranef() has values by level"
            raise InputError("the model has no group effects", None, suggestion)
        if group is not None and group not in tables:
            raise InputError(f"there are no effects of `{group}`", None, f"there are: {', '.join(tables)}")
        chosen = {g: _as_summary(table, ["level", "coef"], prob) for g, table in tables.items() if group in (None, g)}
        return pd.concat(chosen, names=["group"])

    def varcorr(self, prob: float = 0.95) -> pd.DataFrame:
        """Variance components.

        :returns: rows (kind, group, coef) of kind ``"sd"``, in the response's unit (its logarithm's under lognormal)
            per unit of the column, ``"variance"``, in its square, and ``"cor"``, whose coef is a pair; where there is
            one residual sd also the shares ``"icc"``, of a factor's effects in the variance of effects and residual,
            and ``"r2"``, marginal and conditional. Columns are those of :meth:`ranef`.
        :raises InputError: where ``prob`` does not lie between 0 and 1.
        """
        tables = self._ask("varcorr", prob=prob)
        parts = {_KINDS[title]: _as_summary(table, ["group", "coef"], prob) for title, table in tables.items()}
        return pd.concat(parts, names=["kind"])

    def predict(
        self,
        data: Data,
        *,
        kind: Kind = "response",
        effects: str = "all",
        prob: float = 0.95,
        given: Data | None = None,
    ) -> pd.DataFrame:
        """Predictions for rows, as exact mixtures over the draws: nothing is simulated.

        :param data: rows with the model's columns, the response apart, in the units that were fitted.
        :param kind: a new ``"response"``, its ``"mean"`` or ``"median"`` given the effects, or the linear predictor
            ``"linpred"``, which under lognormal is on the log scale; the others are in the response's unit.
        :param effects: ``"all"``: levels must be known; ``"none"``: the average member; ``"new:g"``: unknown levels of
            g are integrated over.
        :param given: rows with responses of the new levels, which predictions for these then know.
        :returns: a row for each of ``data``, in its order: ``Estimate`` (mean), ``Est.Error`` (sd) and the interval,
            ``l-95% CI`` and ``u-95% CI`` of ``prob`` 0.95.
        :raises InputError: a level is unknown, a column is missing, or ``kind`` or ``prob`` is none; also where the
            rows that were fitted were written to.
        :raises UsageError: ``effects`` cannot be read, or ``data`` is no table.
        """
        rows = table(data, self._needed())
        more = None if given is None else table(given, self._needed())
        (answer,) = self._ask("predict", rows, more, kind=kind, effects=effects, prob=prob).values()
        return answer.drop(columns="row")

    def fitted(self, *, kind: Kind = "mean", effects: str = "all", prob: float = 0.95) -> pd.DataFrame:
        """The fitted rows' expectations, or what ``kind`` says.

        :returns: a row for each that was fitted; arguments, columns and units are those of :meth:`predict`.
        :raises InputError: ``kind`` or ``prob`` is none, a factor is unknown, or the rows were written to.
        :raises UsageError: ``effects`` cannot be read.
        """
        (answer,) = self._ask("fitted", kind=kind, effects=effects, prob=prob).values()
        return answer.drop(columns="row")

    def residuals(self, *, kind: Kind = "mean", effects: str = "all", prob: float = 0.95) -> pd.DataFrame:
        """Responses less the fitted rows' expectations, or less what ``kind`` says.

        :returns: a row for each that was fitted; arguments, columns and units are those of :meth:`predict`.
        :raises InputError: ``kind`` or ``prob`` is none, a factor is unknown, or the rows were written to.
        :raises UsageError: ``effects`` cannot be read.
        """
        (answer,) = self._ask("residuals", kind=kind, effects=effects, prob=prob).values()
        return answer.drop(columns="row")

    def conditional_effects(
        self,
        covariate: str,
        by: str | None = None,
        *,
        at: Mapping[str, object] | None = None,
        effects: str = "none",
        prob: float = 0.95,
    ) -> pd.DataFrame:
        """The expected response over a covariate, everything else held fast: at its mean over the fitted rows (of a
        factor's codes, too), or as ``at`` says.

        :param covariate: a variable of the formula: a column, or an expression as it stands there (``log(x)``) where the
            column itself is not in it; what is made of a column, as ``I(x^2)``, follows it. Or a grouping factor.
        :param by: another one: a line each level of a factor, or three, at the mean of numbers and an sd on either side.
        :param at: values or labels of other variables.
        :param effects: of groups, as for :meth:`predict`: ``"none"`` is the average member, ``"new:g"`` lets intervals
            span the members, ``"all"`` shows the members that ``covariate``, ``by`` and ``at`` name.
        :returns: 41 rows over the range of numbers, or a row a level, line by line: ``covariate`` and ``by`` in their own
            units or as labels, then ``mean``, ``sd`` and the interval as :meth:`summary` names it, in the response's unit.
        :raises InputError: there is no such variable, value or level, a level is needed and not said, or the rows were
            written to.
        :raises UsageError: ``effects`` cannot be read.
        """
        return self._conditional(covariate, by, at, effects, prob)["curve"]

    def _conditional(
        self, covariate: str, by: str | None, at: Mapping[str, object] | None, effects: str, prob: float
    ) -> dict[str, pd.DataFrame]:
        """The curve, and the fitted rows along it."""
        places = [covariate] if by is None else [covariate, by]
        held = tuple(text for name, value in (at or {}).items() for text in (name, label(name, value)))
        answer = self._ask("conditional", along=covariate, by=by, at=held or None, effects=effects, prob=prob)
        answer["curve"] = _as_summary(answer["curve"], places, prob).reset_index()
        return answer

    def simulate(self, copies: int = 100, seed: int | None = None) -> NDArray[np.float64]:
        """Responses replicated from the fit, effects and residuals drawn anew: a posterior predictive check.

        :param copies: how many tables, at most one a draw.
        :param seed: same seed, same tables; the fit's own if left out.
        :returns: an array (copy, row) in the response's unit.
        :raises InputError: ``copies`` is less than 1, or the rows were written to.
        :raises UsageError: ``seed`` is no whole number from 0.
        """
        held = sum(self.run["sampling"]["draws"])  # type: ignore[attr-defined]
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
        """Draws of what :meth:`predict` describes, jointly over the rows: levels keep their effects within a draw.

        :param data: rows with the model's columns; the fitted ones if left out.
        :param draws: how many, spread evenly over the fit's; all if left out.
        :param seed: same seed, same draws; the fit's own if left out.
        :returns: an array (draw, row), in units of :meth:`predict`.
        :raises InputError: more draws are asked for than the fit holds; and as for :meth:`predict`.
        :raises UsageError: ``effects`` or ``seed`` cannot be read, or ``data`` is no table.
        """
        rows = None if data is None else table(data, self._needed())
        more = None if given is None else table(given, self._needed())
        what = "fitted" if data is None else "predict"
        texts = _texts(kind=kind, effects=effects, draws="all" if draws is None else draws, seed=seed)
        return _core.ask_draws(self._with_rows(), what, texts, rows, more)

    def loo(self, by: str = "row", *, refit: int = 0) -> Loo:
        """Leave-one-out: how well the model predicts what it has not seen, in closed form at each draw.

        :param by: ``"row"``: rows, which keep their level's others; or a grouping factor: all rows of a level at once.
        :param refit: fit anew, without them, up to so many of those whose k-hat is over 0.7.
        :raises InputError: there is no such factor, the response's transformation has no known Jacobian, ``refit`` is
            out of range, or the rows were written to.
        :raises UsageError: ``refit`` is no whole number from 0.
        """
        return Loo(_core.loo(self._with_rows(), by, _texts(refit=refit)))

    def report(self, path: str | os.PathLike[str], *, overwrite: bool = False, prob: float = 0.95) -> None:
        """Writes the fit as one HTML page that needs no network: the command line's ``woodbury report``.

        :raises InputError: the file exists (without ``overwrite``) or cannot be written, ``prob`` does not lie between
            0 and 1, or the rows were written to.
        """
        interval_name(prob)
        _core.report(self._with_rows(), os.fspath(path), overwrite, prob)

    def _needed(self) -> tuple[list[str], list[str]]:
        """Columns of the user's table, and those read as labels."""
        data: dict[str, Any] = self.model.get("data", {})  # type: ignore[attr-defined]
        return list(data.get("columns", [])), list(data.get("factors", []))


def compare(fits: Mapping[str, Answers | Loo], by: str = "row", *, refit: int = 0) -> pd.DataFrame:
    """Fits of the same rows, ranked by leave-one-out, with differences from the best and their standard errors.

    :param fits: fits, or what :meth:`Fit.loo` gave of them, by the names they shall have.
    :param by: ``"row"`` or a grouping factor that all have, as for :meth:`Fit.loo`, like ``refit``; for fits alone.
    :returns: a row a fit, the best first: ``elpd_diff`` and ``SE_diff`` from the best, ``elpd_loo`` and ``SE``,
        ``p_loo``, and ``k > 0.7``, how many are unreliable. Units are those of :class:`Loo`.
    :raises InputError: there are none, or rows or responses differ; and as for :meth:`Fit.loo`.
    :raises UsageError: ``refit`` is no whole number from 0.
    """
    loos = {name: each if isinstance(each, Loo) else each.loo(by, refit=refit) for name, each in fits.items()}
    (answer,) = _tables(_core.compare(list(loos), [each._answer for each in loos.values()])).values()
    return answer.set_index("fit")
