"""Tables of Python's libraries as the engine's: columns of numbers, and factors of codes and labels."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from . import _core
from ._errors import InputError, UsageError


Data = str | os.PathLike[str] | pd.DataFrame | Mapping[str, Any]
"""What a model may be fitted to: a path of a CSV file, a pandas DataFrame, or a mapping of names to one-dimensional
arrays."""


def prepare(formula: str, data: Data, options: _core.Options) -> _core.Prepared:
    """Binds a formula to the data and plans it; only columns in use are looked at."""
    if isinstance(data, (str, os.PathLike)):
        return _core.prepare_file(formula, os.fspath(data), options)
    columns = _named(data)
    return _core.prepare(formula, _table(_core.columns_used(formula, list(columns), options), columns), options)


def prepare_model(builder: _core.Builder, data: Data, options: _core.Options) -> _core.Prepared:
    """The same of a built model."""
    if isinstance(data, (str, os.PathLike)):
        return builder.prepare_file(os.fspath(data), options)
    columns = _named(data)
    return builder.prepare(_table(builder.columns_used(list(columns)), columns), options)


def _named(data: pd.DataFrame | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(data, pd.DataFrame):
        return {name: data[name] for name in data.columns if isinstance(name, str)}
    if isinstance(data, Mapping):
        return data
    raise UsageError(
        f"data of type {type(data).__name__} cannot be read",
        None,
        "give a pandas DataFrame, a dict of arrays, or the path of a CSV file",
    )


def _table(names: list[str], columns: Mapping[str, Any]) -> _core.Table:
    table = _core.Table()
    for name in names:
        try:
            column = columns[name]
            series = column if isinstance(column, pd.Series) else pd.Series(column, copy=False)
        except (TypeError, ValueError) as error:
            raise InputError(f"column `{name}` cannot be read: {error}") from None
        _add(table, name, series)
    return table


def _add(table: _core.Table, name: str, column: pd.Series[Any]) -> None:
    if isinstance(column.dtype, pd.CategoricalDtype):
        categories, codes = column.cat.categories, column.cat.codes.to_numpy()
        table.add_factor(name, _codes(codes), [_label(name, c) for c in categories], True)
    elif pd.api.types.is_bool_dtype(column.dtype):
        codes = column.to_numpy(np.float64, na_value=-1).astype(np.int32)
        table.add_factor(name, codes, ["False", "True"], True)
    elif pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype):
        table.add_numeric(name, _numbers(column.to_numpy(np.float64, na_value=np.nan)))
    elif pd.api.types.is_object_dtype(column.dtype) or pd.api.types.is_string_dtype(column.dtype):
        _add_objects(table, name, column)
    else:
        raise InputError(
            f"column `{name}` is of type {column.dtype}", None, "make it numbers, texts or a categorical"
        )


def _add_objects(table: _core.Table, name: str, column: pd.Series[Any]) -> None:
    codes, distinct = pd.factorize(column)
    if len(distinct) > 0 and all(isinstance(v, numbers.Real) and not isinstance(v, bool) for v in distinct):
        values = np.append(np.asarray(distinct, np.float64), np.nan)
        table.add_numeric(name, _numbers(values[codes]))
    else:
        table.add_factor(name, _codes(codes), [_label(name, v) for v in distinct], False)


def _numbers(values: Any) -> Any:
    return np.ascontiguousarray(values, np.float64)


def _codes(codes: Any) -> Any:
    return np.ascontiguousarray(codes, np.int32)


def _label(name: str, value: object) -> str:
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
