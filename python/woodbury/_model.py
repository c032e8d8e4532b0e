"""The model builder: a plain probabilistic program, whose Gaussian effects are integrated out where they can be."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._api import sample
from ._data import Data, prepare_model
from ._density import Arrays, Density, Params
from ._errors import InputError, UsageError
from ._expression import Columns, Expression, Value, as_expr
from ._options import BuiltFitOptions, BuiltOptions, make_built_options
from ._plan import Plan
from ._result import Fit

Over = str | Mapping[str, Sequence[str]] | None
"""What a variable has a value for each of: a factor of the data by its name, or a dim of the model's own with its
labels, ``{"coef": ["x", "z"]}``; None is one number."""


class Model:
    """A model written as a probabilistic program; not a word about integration.

    >>> with woodbury.Model(data) as m:                                          # doctest: +SKIP
    ...     mu = m.normal("mu", 0, 1)
    ...     tau = m.half_cauchy("tau", 5)
    ...     brood = m.normal("brood", mu, tau, over="BROOD")
    ...     sigma = m.half_cauchy("sigma", 5)
    ...     beta = m.normal("beta", 0, 1)
    ...     m.observe_normal("TICKS", brood["BROOD"] + beta * m.col("cHEIGHT"), sigma)
    >>> m.explain()                                                              # doctest: +SKIP
    >>> fit = m.fit(seed=1)                                                      # doctest: +SKIP

    Scales are standard deviations; arguments come in Stan's order, and may be expressions: numbers, or over the same
    factor as the variable. ``over="g"`` makes a variable with a value for each level of factor ``g`` of the data, of
    dims ``("g",)``, to be read at the rows by ``u["g"]``; ``over={"coef": ["x", "z"]}`` one for each label; without
    ``over`` it is one number. Units are those of the data: nothing is scaled. ``repr`` prints the model in the
    notation of statistics, a notebook shows it as mathematics.

    Mistakes raise errors as they are made, by every method alike: :class:`woodbury.InputError` where a name is taken, a
    parameter is out of its range or dims do not go together, :class:`woodbury.UsageError` where a value is of a wrong
    type.

    :param data: what :func:`woodbury.fit` takes; may be left out until it is needed.
    """

    def __init__(self, data: Data | None = None) -> None:
        self.data = data
        """The table; may be set or changed at any time."""
        self._builder = _core.Builder()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    # ------------------------------------------------------------------------------------------ random variables

    def random(
        self, name: str, distribution: str, args: Sequence[Value], over: Over = None, positive: bool = False
    ) -> Expression:
        """A variable of any distribution of one number; the methods below are this, a distribution each.

        :param args: as in the methods of the distributions' names.
        :param positive: truncated at 0 and renormalised, where the distribution is on the whole line.
        :raises InputError: no such distribution, or what its method refuses.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        dim, labels = "", list[str]()
        if isinstance(over, str):
            dim = over
        elif over is not None:
            if len(over) != 1:
                raise UsageError(f"`{name}` is over one dim", None, 'over={"coef": ["x", "z"]}')
            dim, labels = next((of, list(names)) for of, names in over.items())
        parts = [as_expr(argument) for argument in args]
        return self._wrap(self._builder.random(name, distribution, parts, dim, labels, positive))

    def normal(self, name: str, mean: Value, sd: Value, *, over: Over = None, positive: bool = False) -> Expression:
        """A Gaussian variable, integrated out where it can be, of the response's unit where it is added to it.

        :param positive: truncated at 0 and renormalised; such a variable is sampled.
        :raises InputError: the name is taken, an argument is out of its range, or its dims are not the variable's.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        return self.random(name, "normal", (mean, sd), over, positive)

    def student_t(
        self, name: str, nu: Value, m: Value, s: Value, *, over: Over = None, positive: bool = False
    ) -> Expression:
        """Student's t with ``nu`` degrees of freedom, location ``m`` and scale ``s``.

        :param positive: truncated at 0 and renormalised.
        :raises InputError: the name is taken, an argument is out of its range, or its dims are not the variable's.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        return self.random(name, "student_t", (nu, m, s), over, positive)

    def cauchy(self, name: str, m: Value, s: Value, *, over: Over = None, positive: bool = False) -> Expression:
        """Cauchy with median ``m`` and scale ``s``, half its interquartile range.

        :param positive: truncated at 0 and renormalised.
        :raises InputError: the name is taken, an argument is out of its range, or its dims are not the variable's.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        return self.random(name, "cauchy", (m, s), over, positive)

    def half_normal(self, name: str, s: Value, *, over: Over = None) -> Expression:
        """The absolute value of a normal around 0 with sd ``s``, in the unit of ``s``.

        :raises InputError: the name is taken, an argument is out of its range, or its dims are not the variable's.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        return self.random(name, "half_normal", (s,), over)

    def half_student_t(self, name: str, nu: Value, s: Value, *, over: Over = None) -> Expression:
        """The absolute value of a Student's t around 0 with ``nu`` degrees of freedom and scale ``s``, in the unit of
        ``s``.

        :raises InputError: the name is taken, an argument is out of its range, or its dims are not the variable's.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        return self.random(name, "half_student_t", (nu, s), over)

    def half_cauchy(self, name: str, s: Value, *, over: Over = None) -> Expression:
        """The absolute value of a Cauchy around 0 with scale ``s``, its median, in the unit of ``s``.

        :raises InputError: the name is taken, an argument is out of its range, or its dims are not the variable's.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        return self.random(name, "half_cauchy", (s,), over)

    def exponential(self, name: str, rate: Value, *, over: Over = None) -> Expression:
        """Exponential with mean 1 / ``rate``.

        :raises InputError: the name is taken, an argument is out of its range, or its dims are not the variable's.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        return self.random(name, "exponential", (rate,), over)

    def gamma(self, name: str, shape: Value, rate: Value, *, over: Over = None) -> Expression:
        """Gamma with mean ``shape`` / ``rate``.

        :raises InputError: the name is taken, an argument is out of its range, or its dims are not the variable's.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        return self.random(name, "gamma", (shape, rate), over)

    def inverse_gamma(self, name: str, shape: Value, scale: Value, *, over: Over = None) -> Expression:
        """The reciprocal of a gamma variable with that shape and rate ``scale``.

        :raises InputError: the name is taken, an argument is out of its range, or its dims are not the variable's.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        return self.random(name, "inverse_gamma", (shape, scale), over)

    def lognormal(self, name: str, m: Value, s: Value, *, over: Over = None) -> Expression:
        """exp of a normal with mean ``m`` and sd ``s``, which are on the log scale.

        :raises InputError: the name is taken, an argument is out of its range, or its dims are not the variable's.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        return self.random(name, "lognormal", (m, s), over)

    def uniform(self, name: str, a: Value, b: Value, *, over: Over = None) -> Expression:
        """Uniform between ``a`` and ``b``.

        :raises InputError: the name is taken, an argument is out of its range, or its dims are not the variable's.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        return self.random(name, "uniform", (a, b), over)

    def beta(self, name: str, a: Value, b: Value, *, over: Over = None) -> Expression:
        """Beta on (0, 1) with mean a / (a + b).

        :raises InputError: the name is taken, an argument is out of its range, or its dims are not the variable's.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        return self.random(name, "beta", (a, b), over)

    def flat(self, name: str, *, over: Over = None, positive: bool = False) -> Expression:
        """Density 1 on the line, or on the positive numbers: an improper prior.

        :raises InputError: the name is taken, an argument is out of its range, or its dims are not the variable's.
        :raises UsageError: an argument is neither a number nor an expression, or ``over`` is more than one dim.
        """
        return self.random(name, "flat", (), over, positive)

    def constant(self, name: str, c: float) -> Expression:
        """A number with a name, which is neither sampled nor integrated.

        :raises InputError: the name is taken, or the number is not finite.
        :raises UsageError: it is no number.
        """
        return self.random(name, "constant", (c,), None)

    def lkj(self, name: str, eta: float, columns: Sequence[str], *, dim: str | None = None) -> Expression:
        """A correlation matrix, its density proportional to ``|R|^(eta - 1)``; for :meth:`effects`.

        :param columns: their names, two or more.
        :param dim: the name of the dim that they are the labels of.
        :returns: of shape (columns, columns), without unit.
        :raises InputError: the name is taken, ``eta`` is not positive, or there are fewer than two columns.
        """
        return self._wrap(self._builder.lkj(name, eta, list(columns), dim or ""))

    def effects(
        self,
        name: str,
        sds: Sequence[Value],
        *,
        over: str,
        cor: Expression | None = None,
        columns: Sequence[str] | None = None,
        means: Sequence[Value] = (),
        dim: str | None = None,
    ) -> Expression:
        """Effects with several columns for each level of factor ``over``: rows ~ N(means, diag(sds) R diag(sds)).

        :param sds: standard deviations, one a column, in the response's unit per unit of what the column multiplies.
        :param cor: R, from :meth:`lkj`; its columns are the effects'. Without it they are independent.
        :param columns: names of the columns where there is no ``cor``.
        :param means: one a column, or none: zero.
        :param dim: the name of the dim that the columns are the labels of.
        :returns: of dims ``(over, dim)``.
        :raises InputError: the name is taken, or sds, means, correlations and columns differ in number.
        :raises UsageError: columns have no names, or a value is of a wrong type.
        """
        expr = self._builder.effects(
            name,
            [as_expr(sd) for sd in sds],
            over,
            None if cor is None else cor._expr,
            list(columns or ()),
            [as_expr(mean) for mean in means],
            dim or "",
        )
        return self._wrap(expr)

    # --------------------------------------------------------------------------------------- data and observations

    def col(self, name: str) -> Expression:
        """A numeric column of the data, of dims ``("row",)``, in its own unit. Whether it is there is seen with the
        data."""
        return self._wrap(self._builder.col(name))

    def cols(self, *columns: str | Value) -> Columns:
        """A matrix of columns, named or expressions: ``m.cols("x", "z") @ beta``, ``m.cols(1, "x") @ r``.

        :raises UsageError: a column is neither a name nor a number or expression.
        """
        return Columns(self, [self.col(c) if isinstance(c, str) else self._wrap(as_expr(c)) for c in columns])

    def observe_normal(self, response: str, mean: Value, sd: Value) -> None:
        """The column ``response`` is normal around ``mean``.

        :param sd: one number, one a level read at the rows, or one a row; in the response's unit.
        :raises InputError: ``mean`` or ``sd`` is over a factor: read it at the rows.
        :raises UsageError: a value is neither a number nor an expression.
        """
        self._builder.observe_normal(response, as_expr(mean), as_expr(sd))

    def observe_lognormal(self, response: str, mean: Value, sd: Value) -> None:
        """The logarithm of the column ``response`` is normal around ``mean``.

        :param sd: as for :meth:`observe_normal`; like the mean on the log scale.
        :raises InputError: ``mean`` or ``sd`` is over a factor: read it at the rows.
        :raises UsageError: a value is neither a number nor an expression.
        """
        self._builder.observe_lognormal(response, as_expr(mean), as_expr(sd))

    def derive(self, name: str, value: Value) -> Expression:
        """A quantity to report, draw by draw, in the units of what it is made of.

        :param value: one number, or one a level.
        :returns: the value, under its name.
        :raises InputError: the name is taken, or the value is one a row.
        :raises UsageError: it is neither a number nor an expression.
        """
        self._builder.derive(name, as_expr(value))
        return self._wrap(as_expr(value))

    def __getitem__(self, variable: str) -> Expression:
        """A variable by its name.

        :raises InputError: there is none; it suggests the nearest.
        """
        return self._wrap(self._builder.variable(variable))

    # ------------------------------------------------------------------------------------------------ what it gives

    def explain(self, **options: Unpack[BuiltOptions]) -> Plan:
        """What is integrated out and what is sampled, and why; nothing is sampled.

        Options are those of :func:`woodbury.fit` that say how a plan is made.

        :raises InputError: the model has no data or no observation, or these, or an option's value, are wrong.
        :raises UsageError: an option that is unknown, or that says what the model itself says.
        """
        prepared = self._prepare(options)
        return Plan(prepared.explain(), json.loads(prepared.explain_json()))

    def fit(self, *, progress: bool | None = None, **options: Unpack[BuiltFitOptions]) -> Fit:
        """Samples the posterior.

        Options are those of :func:`woodbury.fit`, but for what the model says itself.

        :raises InputError: the model has no data or no observation, or these, or an option's value, are wrong.
        :raises UsageError: an option that is unknown, or that says what the model itself says.
        :raises SamplingError: no finite start was found.
        :raises Interrupted: Ctrl-C before the first draw.
        """
        engine = make_built_options(options)
        return sample(prepare_model(self._builder, self._data(), engine), engine, progress)

    def density(self, **options: Unpack[BuiltOptions]) -> Density:
        """The log density of what is sampled, with gradient, for a sampler of your own.

        Options are those of :func:`woodbury.fit` that say how a plan is made.

        :raises InputError: the model has no data or no observation, or these, or an option's value, are wrong.
        :raises UsageError: an option that is unknown, or that says what the model itself says.
        """
        return Density(self._prepare(options))

    def log_density(self, params: Params, **options: Unpack[BuiltOptions]) -> float:
        """log p(y, params): priors and likelihood, what the plan integrates integrated out. ``integrate="none"`` gives
        the joint density of everything.

        :param params: every variable that is not integrated, in its own unit: numbers, arrays over the levels,
            correlation matrices. A number stands for all levels.
        :returns: a natural logarithm, all constants included.
        :raises InputError: a variable is missing, unknown, of another size or out of its support; and as for
            :meth:`density`.
        :raises UsageError: as for :meth:`density`.
        """
        return self.density(**options).log_density(params)

    def log_marginal_likelihood(self, params: Params, **options: Unpack[BuiltOptions]) -> float:
        """``log p(y | params)``, with the effects that ``integrate`` names, or that the plan chooses, integrated out.

        :param params: every variable that is not integrated and that the likelihood needs, as :meth:`log_density` takes
            them.
        :returns: a natural logarithm, all constants included.
        :raises InputError: a variable is missing, unknown or of another size; and as for :meth:`density`.
        :raises UsageError: as for :meth:`density`.
        """
        return self.density(**options).log_marginal_likelihood(params)

    def log_density_gradient(self, params: Params, **options: Unpack[BuiltOptions]) -> tuple[float, Arrays]:
        """:meth:`log_density` and its derivatives by every value, by name; as :meth:`Density.log_density_gradient`.

        :raises InputError: as in :meth:`log_density`.
        :raises UsageError: as in :meth:`log_density`.
        """
        return self.density(**options).log_density_gradient(params)

    def log_marginal_likelihood_gradient(self, params: Params, **options: Unpack[BuiltOptions]) -> tuple[float, Arrays]:
        """:meth:`log_marginal_likelihood` and its derivatives by every value that is given, by name.

        :raises InputError: as in :meth:`log_marginal_likelihood`.
        :raises UsageError: as in :meth:`log_marginal_likelihood`.
        """
        return self.density(**options).log_marginal_likelihood_gradient(params)

    def constrain(self, q: ArrayLike, **options: Unpack[BuiltOptions]) -> Arrays:
        """Values by name at a point of what is sampled, as :meth:`Density.constrain`.

        :param q: an array (dimension,), unconstrained.
        :raises InputError: as in :meth:`density`, or a point of another length.
        :raises UsageError: as in :meth:`density`.
        """
        return self.density(**options).constrain(q)

    def unconstrain(self, params: Params, **options: Unpack[BuiltOptions]) -> NDArray[np.float64]:
        """The point of these values, as :meth:`Density.unconstrain`.

        :returns: an array (dimension,).
        :raises InputError: as in :meth:`log_density`.
        :raises UsageError: as in :meth:`log_density`.
        """
        return self.density(**options).unconstrain(params)

    def to_json(self) -> str:
        """The model as the text of a model.json; ``woodbury fit --model`` reads it too."""
        return self._builder.json()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model as a model.json.

        :raises OSError: the file cannot be written.
        """
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.to_json() + "\n")

    @classmethod
    def from_json(cls, text: str, data: Data | None = None) -> Self:
        """A model from the text of a model.json, of :meth:`to_json` or of a fit folder.

        :raises InputError: the text is no such model; it says where.
        """
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            raise InputError(f"the model is not JSON: {error}", None, "give the text of a model.json") from None
        model = cls(data)
        model._builder = _core.Builder(text)
        return model

    @classmethod
    def load(cls, path: str | os.PathLike[str], data: Data | None = None) -> Self:
        """Reads a model.json.

        :raises OSError: the file cannot be read.
        :raises InputError: it holds no such model.
        """
        with open(path, encoding="utf-8") as file:
            return cls.from_json(file.read(), data)

    def __repr__(self) -> str:
        return self._builder.model_text()

    def _repr_latex_(self) -> str:
        return f"$$\n{self._builder.latex()}\n$$"

    def _wrap(self, expr: _core.Expr) -> Expression:
        return Expression(self, expr)

    def _data(self) -> Data:
        if self.data is None:
            raise InputError("the model has no data", None, "woodbury.Model(data), or m.data = data")
        return self.data

    def _prepare(self, options: Mapping[str, Any]) -> _core.Prepared:
        return prepare_model(self._builder, self._data(), make_built_options(options))
