"""Expressions of a model under construction: arithmetic, functions, values read at the rows."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from ._errors import InputError, UsageError

if TYPE_CHECKING:
    from ._model import Model


class Expression:
    """A value of the model: one number, one a level of a factor, one a row, or effects with several columns.

    Made by :class:`woodbury.Model` and by arithmetic: ``+ - * / **`` with other expressions and numbers, NumPy's
    ``np.exp`` and the like, and this module's :func:`exp`, :func:`log` ... Values of other types raise
    :class:`UsageError`, values whose dims do not go together :class:`InputError`. Units are those of what is written:
    nothing is scaled.
    """

    __slots__ = ("_expr", "_model")

    def __init__(self, model: Model, expr: _core.Expr) -> None:
        self._model = model
        self._expr = expr

    def __getitem__(self, key: str | tuple[str, str | int]) -> Expression:
        """The value at each row's level: ``brood["BROOD"]``; of effects with columns ``r["g", "x"]``.

        :returns: of dims ``("row",)``.
        :raises InputError: the factor is not the one the value is over, or there is no such column.
        """
        if isinstance(key, tuple):
            factor, column = key
            return self.component(column)[factor]
        return Expression(self._model, self._expr.read(key))

    def component(self, k: int | str) -> Expression:
        """Column ``k`` of effects or entry ``k`` of a vector of coefficients: from 0, or by its label.

        :returns: of the value's dims but the last.
        :raises InputError: there is no such column, or the value has none.
        """
        return Expression(self._model, self._expr.component(k))

    def at(self, factor: str) -> Expression:
        """A value over one factor read at each level of a factor nested in it: a grade's mean for each pair.

        :returns: of dims ``(factor,)``.
        :raises InputError: the value is not over a factor; where the data are at hand also that they are not nested.
        """
        return Expression(self._model, self._expr.at(factor))

    @property
    def dims(self) -> tuple[str, ...]:
        """What it has a value for each of: ``()`` a number, ``("g",)``, ``("g", "coef")``, ``("row",)``."""
        return tuple(self._model._builder.dims(self._expr))

    def __add__(self, other: Value) -> Expression:
        return _combine("add", self, other)

    def __radd__(self, other: Value) -> Expression:
        return _combine("add", other, self)

    def __sub__(self, other: Value) -> Expression:
        return _combine("subtract", self, other)

    def __rsub__(self, other: Value) -> Expression:
        return _combine("subtract", other, self)

    def __mul__(self, other: Value) -> Expression:
        return _combine("multiply", self, other)

    def __rmul__(self, other: Value) -> Expression:
        return _combine("multiply", other, self)

    def __truediv__(self, other: Value) -> Expression:
        return _combine("divide", self, other)

    def __rtruediv__(self, other: Value) -> Expression:
        return _combine("divide", other, self)

    def __pow__(self, power: float | Expression) -> Expression:
        if isinstance(power, Expression):
            return exp(power * log(self))
        return Expression(self._model, self._expr.power(_number(power)))

    def __rpow__(self, base: float) -> Expression:
        if not _number(base) > 0:
            raise InputError(f"{base} to the power of an expression: the base must be positive")
        return exp(float(np.log(base)) * self)

    def __neg__(self) -> Expression:
        return Expression(self._model, self._expr.negate())

    def __pos__(self) -> Expression:
        return self

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        made = _UFUNCS.get(ufunc.__name__)
        if made is None or method != "__call__" or options:
            raise UsageError(f"np.{ufunc.__name__} cannot stand in a model", None, f"it takes {', '.join(_UFUNCS)}")
        return made(*inputs)

    def __bool__(self) -> bool:
        raise UsageError(f"`{self}` has no value yet: it cannot be asked whether it is true")

    def __repr__(self) -> str:
        return self._model._builder.text(self._expr)


Value = Expression | float
"""What arithmetic takes: an expression or a number."""


class Columns:
    """A matrix of columns, made by :meth:`woodbury.Model.cols`: ``m.cols(1, "x") @ r``."""

    def __init__(self, model: Model, columns: Sequence[Expression]) -> None:
        self._model = model
        self._columns = columns

    def __matmul__(self, coefficients: Expression) -> Expression:
        """Each row times the coefficients, one for each column; effects are read at the row's level.

        :returns: of dims ``("row",)``.
        :raises InputError: there are not as many coefficients as columns.
        :raises UsageError: the right side is no expression.
        """
        parts = [column._expr for column in self._columns]
        return Expression(self._model, self._model._builder.product(parts, as_expr(coefficients)))


def as_expr(value: Value) -> _core.Expr:
    """An expression or a number, as the engine takes it."""
    return value._expr if isinstance(value, Expression) else _core.Expr(_number(value))


def _number(value: object) -> float:
    if isinstance(value, numbers.Real) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return float(value)
    raise UsageError(
        f"a model takes numbers and its own expressions, not `{value!r}`",
        None,
        'put an array in the data and name its column: m.col("x")' if isinstance(value, np.ndarray) else "",
    )


def _model_of(*values: Value) -> Model:
    return next(v._model for v in values if isinstance(v, Expression))


def _combine(operation: str, a: Value, b: Value) -> Expression:
    return Expression(_model_of(a, b), getattr(as_expr(a), operation)(as_expr(b)))


def _expression(name: str, value: object, instead: str = "") -> Expression:
    if not isinstance(value, Expression):
        raise UsageError(f"woodbury.{name} is of a model's expressions, not `{value!r}`", None, instead)
    return value


def _function(name: str, value: Value) -> Expression:
    value = _expression(name, value, f"write np.{name}")
    return Expression(value._model, value._expr.function(name))


def exp(value: Expression) -> Expression:
    """e to the power of the value, element by element: dims stay.

    :raises UsageError: the value is no expression of a model.
    """
    return _function("exp", value)


def log(value: Expression) -> Expression:
    """The natural logarithm, element by element: dims stay.

    :raises UsageError: the value is no expression of a model.
    """
    return _function("log", value)


def sqrt(value: Expression) -> Expression:
    """The square root, element by element: dims stay.

    :raises UsageError: the value is no expression of a model.
    """
    return _function("sqrt", value)


def square(value: Expression) -> Expression:
    """The square, element by element: dims stay.

    :raises UsageError: the value is no expression of a model.
    """
    return _function("square", value)


def tanh(value: Expression) -> Expression:
    """The hyperbolic tangent, element by element: dims stay.

    :raises UsageError: the value is no expression of a model.
    """
    return _function("tanh", value)


def inv_logit(value: Expression) -> Expression:
    """1 / (1 + exp(-value)), element by element: dims stay.

    :raises UsageError: the value is no expression of a model.
    """
    return _function("inv_logit", value)


def log1p(value: Expression) -> Expression:
    """log(1 + value), element by element: dims stay.

    :raises UsageError: the value is no expression of a model.
    """
    return _function("log1p", value)


def expm1(value: Expression) -> Expression:
    """exp(value) - 1, element by element: dims stay.

    :raises UsageError: the value is no expression of a model.
    """
    return _function("expm1", value)


def sin(value: Expression) -> Expression:
    """The sine, of radians, element by element: dims stay.

    :raises UsageError: the value is no expression of a model.
    """
    return _function("sin", value)


def cos(value: Expression) -> Expression:
    """The cosine, of radians, element by element: dims stay.

    :raises UsageError: the value is no expression of a model.
    """
    return _function("cos", value)


def cumsum(steps: Expression) -> Expression:
    """Running sums along the levels of the factor that ``steps`` is over, in their order: a random walk. Dims stay.

    :raises InputError: ``steps`` is not over a factor alone.
    :raises UsageError: ``steps`` is no expression of a model.
    """
    steps = _expression("cumsum", steps)
    return Expression(steps._model, steps._expr.cumsum())


def ar1(innovations: Expression, rho: Value) -> Expression:
    """u_t = rho u_(t-1) + e_t along the levels of the factor that the innovations e are over, stationary: it starts at
    e_1 / sqrt(1 - rho^2). Dims stay.

    :raises InputError: the innovations are not over a factor alone, or ``rho`` is not one number.
    :raises UsageError: the innovations are no expression of a model, or ``rho`` is neither that nor a number.
    """
    innovations = _expression("ar1", innovations)
    return Expression(innovations._model, innovations._expr.ar1(as_expr(rho)))


_UFUNCS: dict[str, Callable[..., Expression]] = {
    **{name: lambda a, name=name: _function(name, a) for name in ("exp", "log", "sqrt", "square", "tanh")},
    **{name: lambda a, name=name: _function(name, a) for name in ("log1p", "expm1", "sin", "cos")},
    **{name: lambda a, b, name=name: _combine(name, a, b) for name in ("add", "subtract", "multiply", "divide")},
    "negative": lambda a: -a,
    "positive": lambda a: a,
    "reciprocal": lambda a: 1 / a,
    "power": lambda a, b: a**b,
}
