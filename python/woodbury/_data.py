"""Tables of Python's libraries as the engine's: columns of numbers, and factors of codes and labels."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd

from . import _core
from ._errors import InputError, UsageError


class ArrowStream(Protocol):
    """A table of polars, pyarrow, DuckDB and others: anything that hands out Arrow's C stream interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A capsule that holds the stream."""


class ArrowArray(Protocol):
    """A record batch: anything that hands out Arrow's C data interface."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """Capsules that hold the schema and the array."""


Data = str | os.PathLike[str] | pd.DataFrame | ArrowStream | ArrowArray | Mapping[str, Any]
"""What a model may be fitted to: the path of a CSV file, a pandas DataFrame, a table that speaks Arrow (polars,
pyarrow, DuckDB), or a mapping of names to one-dimensional arrays."""


def prepare(formula: str, data: Data, options: _core.Options) -> _core.Prepared:
    """Binds a formula to the data and plans it; only columns in use are looked at."""
    if isinstance(data, (str, os.PathLike)):
        return _core.prepare_file(formula, os.fspath(data), options)
    columns = _named(data)
    used = _core.columns_used(formula, _names(columns), options)
    return _core.prepare(formula, _table(used, columns, _core.factor_columns(formula, options)), options)


def prepare_model(builder: _core.Builder, data: Data, options: _core.Options) -> _core.Prepared:
    """The same of a built model."""
    if isinstance(data, (str, os.PathLike)):
        return builder.prepare_file(os.fspath(data), options)
    columns = _named(data)
    return builder.prepare(_table(builder.columns_used(_names(columns)), columns, []), options)


def table(data: Data, needed: tuple[list[str], list[str]]) -> _core.Table:
    """A table of one's own for a fit's answers, with those of the columns it needs that are there."""
    if isinstance(data, (str, os.PathLike)):
        data = pd.read_csv(data, dtype={name: str for name in needed[1]})
    columns = _named(data)
    names = _names(columns)
    wanted = [*needed[0], *needed[1]]
    return _table([name for name in names if name in wanted] or names, columns, needed[1])


Columns = Mapping[str, Any] | _core.ArrowTable


def _named(data: object) -> Columns:
    if isinstance(data, pd.DataFrame):
        return {name: data[name] for name in data.columns if isinstance(name, str)}
    if isinstance(data, Mapping):
        return data
    arrow = _arrow(data)
    if arrow is not None:
        return arrow
    raise UsageError(
        f"data of type {type(data).__name__} cannot be read",
        None,
        "give a pandas or polars DataFrame, a pyarrow table, a DuckDB relation, a dict of arrays, or a CSV file's path",
    )


def _names(columns: Columns) -> list[str]:
    return columns.names if isinstance(columns, _core.ArrowTable) else list(columns)


def _arrow(data: object) -> _core.ArrowTable | None:
    """Over Arrow's PyCapsule protocol: the memory stays where it is."""
    if hasattr(data, "__arrow_c_stream__"):
        return _core.arrow_stream(data.__arrow_c_stream__())
    if hasattr(data, "__arrow_c_array__"):
        return _core.arrow_array(*data.__arrow_c_array__())
    return None


def _table(names: list[str], columns: Columns, factors: list[str]) -> _core.Table:
    """The columns named, of which those in `factors` are known to be labels."""
    if isinstance(columns, _core.ArrowTable):
        return columns.read(names, factors)
    table = _core.Table()
    for name in names:
        column = columns[name]
        arrow = _arrow(column) if not isinstance(column, pd.Series) or _is_arrow(column) else None
        if arrow is not None:
            table.add_arrow(name, arrow, name in factors)
        else:
            _add(table, name, _series(name, column), name in factors)
    return table


def _series(name: str, column: object) -> pd.Series[Any]:
    try:
        return column if isinstance(column, pd.Series) else pd.Series(column, copy=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"column `{name}` cannot be read: {error}") from None


def _is_arrow(column: pd.Series[Any]) -> bool:
    return isinstance(column.dtype, pd.ArrowDtype)


def _is_wide(column: pd.Series[Any]) -> bool:
    """Whether whole numbers are so large that doubles would merge some."""
    return pd.api.types.is_integer_dtype(column.dtype) and bool((column.abs() > 2**53).any())


def _add(table: _core.Table, name: str, column: pd.Series[Any], as_factor: bool) -> None:
    if isinstance(column.dtype, pd.CategoricalDtype):
        categories, codes = column.cat.categories, column.cat.codes.to_numpy()
        table.add_factor(name, _codes(codes), [label(name, c) for c in categories], True)
    elif pd.api.types.is_bool_dtype(column.dtype):
        codes = column.to_numpy(np.float64, na_value=-1).astype(np.int32)
        table.add_factor(name, codes, ["False", "True"], True)
    elif as_factor and _is_wide(column):
        codes, distinct = pd.factorize(column)
        table.add_factor(name, _codes(codes), [label(name, v) for v in distinct], False)
    elif pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype):
        _add_numbers(table, name, column)
    elif pd.api.types.is_object_dtype(column.dtype) or pd.api.types.is_string_dtype(column.dtype):
        _add_objects(table, name, column)
    else:
        raise InputError(
            f"column `{name}` is of type {column.dtype}", None, "make it numbers, texts or a categorical"
        )


def _add_numbers(table: _core.Table, name: str, column: pd.Series[Any]) -> None:
    """Contiguous doubles stay where they are; others, and whole numbers, are copied once.

    A second Series over the same memory is kept, too: it makes pandas, which copies on write, leave ours as it is.
    """
    kept = column.copy(deep=False)
    values = _numbers(kept.to_numpy(np.float64, na_value=np.nan))
    table.add_numeric(name, values, values if values.base is None else (kept, values))


def _add_objects(table: _core.Table, name: str, column: pd.Series[Any]) -> None:
    codes, distinct = pd.factorize(column)
    if len(distinct) > 0 and all(isinstance(v, numbers.Real) and not isinstance(v, bool) for v in distinct):
        values = _numbers(np.append(np.asarray(distinct, np.float64), np.nan)[codes])
        table.add_numeric(name, values, values)
    else:
        table.add_factor(name, _codes(codes), [label(name, v) for v in distinct], False)


def _numbers(values: Any) -> Any:
    return np.require(values, np.float64, ["C_CONTIGUOUS", "ALIGNED"])


def _codes(codes: Any) -> Any:
    return np.ascontiguousarray(codes, np.int32)


def label(name: str, value: object) -> str:
    """A level's label: texts as they stand, numbers as a CSV would have them."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real) and math.isfinite(value):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) <= 2.0**53 else repr(number)
    raise InputError(
        f"column `{name}` holds {type(value).__name__} {value!r}", None, "make it numbers, texts or a categorical"
    )
