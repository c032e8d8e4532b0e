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

from . import _core, _effects
from ._answers import Answers
from ._arviz import to_arviz
from ._draws import Draws
from ._errors import InputError
from ._plan import Plan


class Fit(Answers):
    """Draws from a posterior, with the model they are of. Made by :func:`woodbury.fit` and :func:`woodbury.load`.

    Names are brms's: ``b_x`` fixed effects, ``sd_g__x`` and ``cor_g__x__z`` the scales and correlations of group
    effects (in units of the response per unit of ``x``), ``sigma`` the residual sd, ``r_g`` the effects themselves, of dims
    ``(g, g__coef)``.
    """

    def __init__(self, record: _core.Record) -> None:
        self._record = record

    @cached_property
    def draws(self) -> Draws:
        """The draws: a mapping of names to arrays (chain, draw, ...)."""
        return Draws(self._record)

    @cached_property
    def model(self) -> dict[str, Any]:
        """model.json: the graph, the coding, the priors, the data's path and rows."""
        return json.loads(self._record.model_json())  # type: ignore[no-any-return]

    @cached_property
    def run(self) -> dict[str, Any]:
        """run.json: options, seed, versions, times."""
        return json.loads(self._record.run_json())  # type: ignore[no-any-return]

    @property
    def formula(self) -> str:
        """The formula; empty for a built model."""
        return str(self.run.get("formula", ""))

    @property
    def seed(self) -> int:
        """The seed: with the same model, data and options it gives the same draws."""
        return self._record.seed

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
        return self._record.warnings

    @property
    def divergences(self) -> int:
        """Divergent transitions after warm-up, of all chains."""
        return self._record.divergences

    @property
    def interrupted(self) -> bool:
        """Whether sampling was ended by Ctrl-C: the draws are those made by then."""
        return self._record.interrupted

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds by stage (read, bind, plan, compile, sample, recover, diagnose), and ``total``."""
        return self._record.seconds

    @property
    def sample_stats(self) -> dict[str, NDArray[Any]]:
        """What the sampler says of each draw, arrays (chain, draw) by ArviZ's names: ``lp``, ``acceptance_rate``,
        ``step_size``, ``energy``, ``tree_depth``, ``n_steps``, ``diverging``, ``reached_max_treedepth``."""
        stats: dict[str, NDArray[Any]] = self._record.statistics
        stats["diverging"] = stats["diverging"].astype(bool)
        stats["reached_max_treedepth"] = stats["tree_depth"] >= self._record.max_depth
        return stats

    def summary(self, prob: float = 0.95, *, effects: bool = False) -> pd.DataFrame:
        """A row a scalar: ``mean``, ``sd``, the interval, ``median``, ``mad``, ``mcse_mean``, ``rhat``, ``ess_bulk``,
        ``ess_tail``.

        :param prob: probability of the interval, which is central (equal-tailed): of 0.95 its columns are ``eti95_lb``
            and ``eti95_ub``, as ArviZ names them.
        :param effects: whether the group effects, ``r_g[level,coef]``, have rows too.
        :raises InputError: where ``prob`` does not lie between 0 and 1.

        All but the two effective sample sizes and R-hat, which have no unit, are in the parameter's unit. The
        diagnostics are those of Vehtari et al. (2021).
        """
        return self._rows(self._chosen(effects), prob)

    def _chosen(self, effects: bool) -> NDArray[np.intp]:
        chosen = [
            self.draws.first_column(v.name) + i
            for v in self.draws.variables
            if effects or not v.dims
            for i in range(int(np.prod(v.shape, dtype=int)))
        ]
        return np.asarray(chosen, np.intp)

    def _rows(self, columns: NDArray[np.intp], prob: float) -> pd.DataFrame:
        stats = self._record.summary()[columns]
        mean, median, sd, mad, _, _, mcse, rhat, bulk, tail = stats.T
        lower, upper = interval(self.draws.array[:, :, columns], prob)
        kind = interval_name(prob)
        names = self.draws.columns
        return pd.DataFrame(
            {
                "mean": mean,
                "sd": sd,
                f"{kind}_lb": lower,
                f"{kind}_ub": upper,
                "median": median,
                "mad": mad,
                "mcse_mean": mcse,
                "rhat": rhat,
                "ess_bulk": bulk,
                "ess_tail": tail,
            },
            index=pd.Index([names[c] for c in columns], name="variable"),
        )

    def _described(self, draws: NDArray[np.float64], prob: float) -> pd.DataFrame:
        """Mean, sd, interval and median of derived quantities, draws (chain, draw, quantity)."""
        lower, upper = interval(draws, prob)
        kind = interval_name(prob)
        flat = draws.reshape(-1, draws.shape[2])
        return pd.DataFrame(
            {
                "mean": flat.mean(axis=0),
                "sd": flat.std(axis=0, ddof=1),
                f"{kind}_lb": lower,
                f"{kind}_ub": upper,
                "median": np.median(flat, axis=0),
            }
        )

    def fixef(self, prob: float = 0.95) -> pd.DataFrame:
        """Coefficients of the fixed effects: rows by name as in the formula, columns of :meth:`summary`.

        In units of the response (of its logarithm under lognormal) per unit of the column.
        """
        return _effects.fixef(self, prob)

    def ranef(self, group: str | None = None, prob: float = 0.95) -> pd.DataFrame:
        """Group effects, deviations from the fixed ones: rows (group, level, coef), columns of :meth:`summary`.

        :param group: one grouping factor; None: all.
        :raises InputError: where the model has no such effects, or ``keep="hyper"`` left them out.
        """
        return _effects.ranef(self, prob, group)

    def coef(self, group: str | None = None, prob: float = 0.95) -> pd.DataFrame:
        """Each level's coefficients, fixed effect plus group effect: rows (group, level, coef), columns ``mean``,
        ``sd``, the interval, ``median``. Arguments and errors are those of :meth:`ranef`."""
        return _effects.coef(self, prob, group)

    def varcorr(self, prob: float = 0.95) -> pd.DataFrame:
        """Standard deviations and correlations of the group effects, and sigma: rows (group, kind, coef, with) of kind
        ``"sd"`` or ``"cor"``, columns of :meth:`summary`."""
        return _effects.varcorr(self, prob)

    def to_arviz(self, names: str = "woodbury") -> Any:
        """The fit as ArviZ has it: an ``xarray.DataTree`` for ArviZ 1.x, an ``InferenceData`` for 0.x.

        :param names: ``"woodbury"``: the names and dims of ``posterior.nc``, ``r_g`` over (chain, draw, g, g__coef);
            ``"bambi"``: ``Intercept``, ``x``, ``1|g``, ``x|g_sigma`` as bambi writes them.
        :returns: groups ``posterior``, ``sample_stats``, ``observed_data``, ``constant_data``; draws are not copied.
        :raises ImportError: where ArviZ is not installed; ``pip install 'woodbury[arviz]'`` brings it.
        """
        return to_arviz(self, names)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The draws as a table for Arrow's readers: ``pl.DataFrame(fit)``, ``pa.table(fit)``, a row a draw.

        Columns are ``chain``, ``draw`` and ``fit.draws.columns``; draws are not copied. ``requested_schema`` is not
        heeded, as the protocol allows.
        """
        return self._record.arrow_stream()

    def explain(self) -> Plan:
        """The plan that was sampled: what was integrated out, how, and why."""
        return Plan(str(self.run.get("explain", "")), json.loads(self._record.plan_json()))

    def priors(self) -> pd.DataFrame:
        """The priors used: ``parameter``, ``prior``, ``target`` (what to write in ``priors=``), ``source``."""
        return pd.DataFrame(self.model.get("priors", []), columns=["parameter", "prior", "target", "source"])

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Writes the command line's fit folder, whole or not at all: netCDF for ArviZ, CmdStan's CSV, JSON.

        :raises InputError: where it exists (without ``overwrite``) or cannot be written.
        """
        self._record.save(os.fspath(folder), overwrite)

    def __repr__(self) -> str:
        return self._record.text()

    def _repr_html_(self) -> str:
        facts = [f"<code>{html.escape(self.formula)}</code>", self.run.get("family", ""), f"seed {self.seed}"]
        notes = "".join(f"<li>{html.escape(w)}</li>" for w in self.warnings)
        table = self.summary().to_html(float_format=lambda value: f"{value:.4g}")
        return f"<p>{', '.join(facts)}</p>{table}" + (f"<ul>{notes}</ul>" if notes else "")


def interval_name(prob: float) -> str:
    """Kind and width of the intervals: "eti95", "eti89", "eti99.5"."""
    if not 0 < prob < 1:
        raise InputError(f"prob must lie between 0 and 1; it is {prob}")
    return f"eti{100 * prob:.10g}"


def interval(draws: NDArray[np.float64], prob: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the central intervals of draws (chain, draw, ...)."""
    interval_name(prob)
    ends = np.quantile(draws, [(1 - prob) / 2, (1 + prob) / 2], axis=(0, 1))
    return ends[0], ends[1]
