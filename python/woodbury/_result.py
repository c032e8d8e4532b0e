"""A fit: what the data say of the model."""

from __future__ import annotations

import html
import json
import os
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import _core
from ._answers import Answers, checksums, interval_name
from ._arviz import to_arviz
from ._draws import Draws, Variable
from ._errors import InputError
from ._plan import Plan


_ESTIMATES = ("mean", "sd", "median", "mad", "mcse_mean", "rhat", "ess_bulk", "ess_tail")


class Fit(Answers):
    """Draws from a posterior, with the model they are of. Made by :func:`woodbury.fit` and :func:`woodbury.load`.

    Names are brms's: ``b_x`` fixed effects, ``sd_g__x`` and ``cor_g__x__z`` the scales and correlations of group
    effects, ``sigma`` the residual sd, ``r_g`` the effects themselves, of dims ``(g, g__coef)``; ``b_sigma_x``,
    ``sd_g__sigma_x`` and ``r_g__sigma`` belong to the predictor of log sigma. All but those, which are on the log
    scale, and correlations are in the response's unit (under lognormal that of its logarithm) per unit of ``x``.

    ``repr`` is the command line's summary; a notebook shows a table. A fit reads Arrow's protocol:
    ``polars.DataFrame(fit)``, ``pyarrow.table(fit)`` have a row a draw, and nothing is copied.
    """

    def __init__(self, record: _core.Record, *, is_own: bool = False) -> None:
        """``is_own``: whether the rows are the record's own, and nobody else can write to them."""
        self._record = record
        self._fitted = {} if is_own else checksums(record)
        self._redrawn: dict[bool, Fit] = {}

    @cached_property
    def draws(self) -> Draws:
        """The draws after warm-up: a mapping of names to read-only arrays (chain, draw, ...), nothing copied."""
        variables = [
            Variable(v["name"], tuple(v["dims"]), tuple(tuple(labels) for labels in v["coords"])) for v in self._named
        ]
        return Draws(self._record.draws(), variables, [row["variable"] for row in self._summary["parameters"]])

    @cached_property
    def _named(self) -> list[dict[str, Any]]:
        """The variables of names.json: name, dims, coords, and what netCDF calls them."""
        return json.loads(self._record.json("names"))["variables"]  # type: ignore[no-any-return]

    @cached_property
    def _summary(self) -> dict[str, Any]:
        """summary.json: estimates, warnings, divergences, times."""
        return json.loads(self._record.json("summary"))  # type: ignore[no-any-return]

    @cached_property
    def model(self) -> dict[str, Any]:
        """model.json: the graph, the coding, the priors, the data's path, rows and SHA-256."""
        return json.loads(self._record.json("model"))  # type: ignore[no-any-return]

    @cached_property
    def run(self) -> dict[str, Any]:
        """run.json: options given and used, seed, versions, machine, seconds by stage."""
        return json.loads(self._record.json("run"))  # type: ignore[no-any-return]

    @property
    def formula(self) -> str:
        """The formula; empty for a built model."""
        return str(self.run.get("formula", ""))

    @property
    def seed(self) -> int:
        """The seed: with the same model, data and options it gives the same draws."""
        return int(self.run["sampling"]["seed"])

    @property
    def family(self) -> str:
        """The likelihood: ``"gaussian"`` or ``"lognormal"``."""
        return str(self.run.get("family", "gaussian"))

    @property
    def grouping_factors(self) -> list[str]:
        """Names of the factors right of a bar, in the formula's order."""
        codings = [self.model.get(part, {}) for part in ("coding", "sigma_coding")]
        return list(dict.fromkeys(group["factor"] for coding in codings for group in coding.get("groups", [])))

    @property
    def warnings(self) -> list[str]:
        """What is wrong with the draws, in words, each with what to do; empty where all is well."""
        return list(self._summary["warnings"])

    @property
    def divergences(self) -> int:
        """Divergent transitions after warm-up, of all chains."""
        return int(self._summary["divergences"])

    @property
    def interrupted(self) -> bool:
        """Whether sampling was ended by Ctrl-C: the draws are those made by then."""
        return bool(self.run["sampling"]["interrupted"])

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds by stage (read, bind, plan, compile, sample, recover, diagnose), and ``total``."""
        return dict(self._summary["seconds"])

    @property
    def sample_stats(self) -> dict[str, NDArray[Any]]:
        """What the sampler says of each draw, arrays (chain, draw) by ArviZ's names: ``lp``, the log density of what is
        sampled, ``energy``, ``acceptance_rate`` (0 to 1), ``step_size``, ``tree_depth``, ``n_steps`` (gradients),
        ``diverging``, ``reached_max_treedepth``."""
        types = dict.fromkeys(("tree_depth", "n_steps"), np.int64) | dict.fromkeys(
            ("diverging", "reached_max_treedepth"), np.bool_
        )
        return {k: v.astype(types[k]) if k in types else v for k, v in self._record.statistics().items()}

    def summary(self, prob: float = 0.95, *, effects: bool = False) -> pd.DataFrame:
        """Estimates and diagnostics of every parameter. Effects that ``keep="hyper"`` left out are drawn again, the same
        ones.

        :param prob: probability of the interval, which is central (equal-tailed): of 0.95 its columns are ``eti95_lb``
            and ``eti95_ub``, as ArviZ names them.
        :param effects: whether the group effects, ``r_g[level,coef]``, have rows too.
        :returns: a row a scalar: ``mean``, ``sd``, the interval, ``median``, ``mad`` and ``mcse_mean`` in the
            parameter's unit; ``rhat``, ``ess_bulk`` and ``ess_tail``, of Vehtari et al. (2021), without one. Means and
            sds of integrated effects average exact conditional ones.
        :raises InputError: where ``prob`` does not lie between 0 and 1.
        """
        whole = self._with_effects(levels=effects)
        return whole._rows(whole._chosen(effects), prob)

    def _with_effects(self, *, levels: bool) -> Fit:
        """The fit with draws of the population's effects or, with ``levels``, of all: itself where these were kept."""
        if self.run["options"]["keep"] == "all":
            return self
        if levels not in self._redrawn:
            whole = _core.with_effects(self._with_rows(), levels)
            self._redrawn[levels] = Fit(whole, is_own=not self._fitted)
        return self._redrawn[levels]

    def _chosen(self, effects: bool) -> NDArray[np.intp]:
        chosen = [
            self.draws.first_column(v.name) + i
            for v in self.draws.variables
            if effects or not v.dims
            for i in range(int(np.prod(v.shape, dtype=int)))
        ]
        return np.asarray(chosen, np.intp)

    def _rows(self, columns: NDArray[np.intp], prob: float) -> pd.DataFrame:
        rows = pd.DataFrame([self._summary["parameters"][c] for c in columns], columns=["variable", *_ESTIMATES])
        rows = rows.set_index("variable").astype(np.float64)
        lower, upper = interval(self.draws.array[:, :, columns], prob)
        kind = interval_name(prob)
        rows.insert(2, f"{kind}_lb", lower)
        rows.insert(3, f"{kind}_ub", upper)
        return rows

    def fixef(self, prob: float = 0.95) -> pd.DataFrame:
        """Coefficients of the fixed effects.

        :returns: rows by name as in the formula (``sigma_x``: of log sigma), columns of :meth:`summary`, in the
            response's unit (its logarithm's under lognormal) per unit of the column.
        :raises InputError: where there are none, as of a built model, or ``prob`` does not lie between 0 and 1.
        """
        whole = self._with_effects(levels=False)
        names = [v.name for v in whole.draws.variables if v.name.startswith("b_") and not v.dims]
        if not names:
            raise InputError("the model has no fixed effects", None, "fit.summary() has its variables")
        columns = np.array([whole.draws.first_column(name) for name in names], np.intp)
        return whole._rows(columns, prob).set_axis(pd.Index([name[2:] for name in names], name="coef"))

    def to_arviz(self, names: str = "woodbury") -> Any:
        """The fit as ArviZ has it: an ``xarray.DataTree`` for ArviZ 1.x, an ``InferenceData`` for 0.x.

        :param names: ``"woodbury"``: the names and dims of ``posterior.nc``, ``r_g`` over (chain, draw, g, g__coef);
            ``"bambi"``: ``Intercept``, ``x``, ``1|g``, ``x|g_sigma`` as bambi writes them.
        :returns: groups ``posterior``, ``sample_stats``, ``observed_data``, ``constant_data``, in units of the draws
            and of the data; draws are not copied.
        :raises ImportError: where ArviZ is not installed; ``pip install 'woodbury[arviz]'`` brings it.
        :raises InputError: ``names`` is another, or bambi's are asked for of a built model, or rows were written to.
        """
        return to_arviz(self, names)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The draws as a table for Arrow's readers: ``pl.DataFrame(fit)``, ``pa.table(fit)``, a row a draw.

        Columns are ``chain`` and ``draw``, counted from 0, and ``fit.draws.columns``, in the parameters' units; draws
        are not copied. ``requested_schema`` is not heeded, as the protocol allows.
        """
        return self._record.arrow_stream()

    def explain(self) -> Plan:
        """The plan that was sampled: what was integrated out, how, and why."""
        return Plan(str(self.run.get("explain", "")), json.loads(self._record.json("plan")))

    def priors(self) -> pd.DataFrame:
        """The priors used, as :func:`woodbury.priors` describes them."""
        return priors_frame(self.model.get("priors", []))

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Writes the command line's fit folder, whole or not at all: netCDF for ArviZ, CmdStan's CSV, JSON.

        :raises InputError: where it exists (without ``overwrite``) or cannot be written, or the rows were written to.
        """
        _core.save(self._with_rows(), os.fspath(folder), overwrite)

    def __repr__(self) -> str:
        return self._with_effects(levels=False)._record.text()

    def _repr_html_(self) -> str:
        facts = [f"<code>{html.escape(self.formula)}</code>", self.run.get("family", ""), f"seed {self.seed}"]
        notes = "".join(f"<li>{html.escape(w)}</li>" for w in self.warnings)
        table = self.summary().to_html(float_format=lambda value: f"{value:.4g}")
        return f"<p>{', '.join(facts)}</p>{table}" + (f"<ul>{notes}</ul>" if notes else "")


def priors_frame(rows: list[dict[str, str]]) -> pd.DataFrame:
    """Priors as a table, a row a parameter."""
    return pd.DataFrame(rows, columns=["parameter", "prior", "target", "source"])


def interval(draws: NDArray[np.float64], prob: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the central intervals of draws (chain, draw, ...)."""
    interval_name(prob)
    ends = np.quantile(draws, [(1 - prob) / 2, (1 + prob) / 2], axis=(0, 1))
    return ends[0], ends[1]
