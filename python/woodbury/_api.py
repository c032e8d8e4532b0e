"""From a formula and a table to a fit, a plan or the priors."""

from __future__ import annotations

import json
import os
import warnings
from typing import Unpack

import pandas as pd

from . import _core
from ._data import Data, prepare
from ._density import Density
from ._errors import FitWarning
from ._options import FitOptions, ModelOptions, make_options
from ._plan import Plan
from ._progress import progress_view
from ._result import Fit, priors_frame


def fit(formula: str, data: Data, *, progress: bool | None = None, **options: Unpack[FitOptions]) -> Fit:
    """Samples the posterior of a mixed-effects model, its Gaussian effects integrated out exactly.

    :param formula: what depends on what, in the grammar of lme4 and brms: ``"y ~ x + (x | g)"``.
    :param data: a pandas or polars DataFrame, a pyarrow table or record batch, a DuckDB relation (anything that speaks
        Arrow's PyCapsule protocol), a dict of one-dimensional arrays, or the path of a CSV file. Only columns in use
        are read; doubles that lie in one piece, without nulls of Arrow's, are read where they are and kept alive by the
        fit, other numbers are copied once. Do not write to NumPy's arrays while the fit is in use: what looks at its
        rows would raise :class:`InputError` (pandas copies before it writes). Categoricals keep their order; texts are
        factors with levels in code-point order; missing values (NaN, None, null) drop the row.
    :param progress: a bar a chain in a terminal or notebook; None shows them where there is one.
    :param family: ``"gaussian"``, or ``"lognormal"`` for positive responses.
    :param priors: target to distribution, ``{"b(x)": "normal(0, 1)", "sd(g)": "exponential(2)"}``; the more specific
        target wins. Scales are standard deviations. :func:`priors` lists the targets.
    :param sigma: a predictor of the log residual sd, ``"~ x + (1 | g)"``.
    :param weights: a column of precision weights: the residual variance is sigma² / weight.
    :param se: a column of known residual sds, in units of the response; there is no sigma then.
    :param contrasts: factor to coding: ``"treatment"``, ``"treatment(ref)"``, ``"sum"``, ``"helmert"``, ``"poly"``, or
        ``{level: code}``.
    :param factor: columns to take as factors; ``numeric``: as numbers.
    :param na: ``"drop"`` incomplete rows, or ``"error"``.
    :param defaults: set of default priors, ``"woodbury"`` or ``"brms"``.
    :param integrate: ``"auto"``, ``"all"``, ``"none"``, or names of grouping factors, terms or ``"fixed"``.
    :param parametrisation: of sampled effects, ``{"g": "centred" | "noncentred" | "auto"}``.
    :param reduce: ``"auto"``: levels and rows that the data treat alike are worked together; ``"none"``: not.
    :param without: rules of the planner to switch off, by the names that :func:`explain` gives them.
    :param plan: a plan to take over, from :func:`explain`, or the path of a ``plan.json``; it has decided what the four
        options above and ``tune`` say.
    :param tune: whether to time the candidates' gradients on this machine, and choose by that; the plan, and so the
        draws, then may differ from run to run.
    :param algorithm: ``"nuts"`` or ``"hmc"``.
    :param chains: chains (4); ``draws``: of each, after warm-up (1000); ``warmup``: draws before, or ``"auto"``.
    :param seed: a whole number from 0; the same gives the same draws, for any number of ``threads``. Drawn if None.
    :param threads: 0 for the machine's cores.
    :param target_accept: mean acceptance the step size aims at (0.8); ``max_depth``: of trajectories (10); ``init``:
        radius of the starts on the unconstrained scale (``"auto"``: 2).
    :param keep: ``"all"`` draws, or ``"hyper"``: those of what was sampled, not of what was integrated.
    :returns: the fit. Ctrl-C ends sampling and returns the draws so far (:attr:`Fit.interrupted`).
    :raises InputError: a formula, column, prior or value is wrong; it says where, and what would be right.
    :raises UsageError: an option that is unknown or of a wrong type.
    :raises SamplingError: no finite start was found.
    :raises Interrupted: Ctrl-C before the first draw.

    The interpreter's lock is released while sampling. What is wrong with the model or the draws is a
    :class:`FitWarning`.
    """
    engine = make_options(**options)
    return sample(_prepare(formula, data, engine), engine, progress)


def sample(prepared: _core.Prepared, engine: _core.Options, progress: bool | None) -> Fit:
    """From a plan to a fit, with bars; what is wrong with the draws is a warning of the caller's caller."""
    view = progress_view(engine.chains, progress)
    try:
        record = _core.run(prepared, engine, view.update if view else None)
    finally:
        if view:
            view.close()
    result = Fit(record)
    for text in result.warnings:
        warnings.warn(text, FitWarning, stacklevel=3)
    return result


def explain(formula: str, data: Data, **options: Unpack[ModelOptions]) -> Plan:
    """The plan, nothing sampled: which effects would be integrated out, by which kernel, and why.

    Arguments are those of :func:`fit` that say what the model is and how it is planned.

    :returns: prints as the command line's ``woodbury explain``; costs are microseconds a gradient, as predicted.
    :raises InputError: a formula, column, prior or value is wrong.
    :raises UsageError: an option that is unknown or of a wrong type.
    """
    prepared = _prepare(formula, data, make_options(**options))
    return Plan(prepared.explain(), json.loads(prepared.explain_json()))


def priors(formula: str, data: Data, **options: Unpack[ModelOptions]) -> pd.DataFrame:
    """Every parameter's prior with resolved numbers, nothing sampled.

    Arguments are those of :func:`fit` that say what the model is.

    :returns: a row a parameter, texts in columns ``parameter``, ``prior``, ``target`` (what to write in ``priors=`` of
        :func:`fit`) and ``source`` (the set of defaults, or the user). Numbers are in the parameter's unit: the
        response's (its logarithm's under lognormal) for ``Intercept``, ``sigma`` and ``sd``, that per unit of the
        column for slopes, the log's for the predictor of log sigma; ``lkj`` has none.
    :raises InputError: a formula, column, prior or value is wrong.
    :raises UsageError: an option that is unknown or of a wrong type.
    """
    prepared = _prepare(formula, data, make_options(**options))
    return priors_frame(json.loads(prepared.priors()))


def density(formula: str, data: Data, **options: Unpack[ModelOptions]) -> Density:
    """The log density of what would be sampled, with gradient, for a sampler of one's own.

    Arguments are those of :func:`fit` that say what the model is and how it is planned.

    :raises InputError: a formula, column, prior or value is wrong.
    :raises UsageError: an option that is unknown or of a wrong type.
    """
    return Density(_prepare(formula, data, make_options(**options)))


def load(folder: str | os.PathLike[str]) -> Fit:
    """Reads a fit folder, of :meth:`Fit.save` or of the command line's ``woodbury fit --out``.

    :raises InputError: naming the file that is missing or broken.
    """
    return Fit(_core.load(os.fspath(folder)), is_own=True)


def _prepare(formula: str, data: Data, options: _core.Options) -> _core.Prepared:
    prepared = prepare(formula, data, options)
    for text in prepared.warnings:
        warnings.warn(text, FitWarning, stacklevel=3)
    return prepared
