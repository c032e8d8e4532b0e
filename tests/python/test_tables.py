"""The same table from any library gives the same draws; types and missing values mean the same in all."""

import gc
import subprocess
import sys
import weakref

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import BARLEY, FORMULA

import woodbury

OPTIONS = {"factor": "year", "seed": 1, "draws": 100}


def draws(data, formula=FORMULA, **options):
    return woodbury.fit(formula, data, **{**OPTIONS, **options}).draws.array


@pytest.fixture(scope="module")
def expected():
    return draws(BARLEY)


def in_chunks(table, rows):
    return pa.Table.from_batches(table.to_batches(max_chunksize=rows))


TABLES = {
    "pandas": lambda df: df,
    "pandas of Arrow": lambda df: df.convert_dtypes(dtype_backend="pyarrow"),
    "polars": pl.from_pandas,
    "polars of chunks": lambda df: pl.concat([pl.from_pandas(df[:50]), pl.from_pandas(df[50:])], rechunk=False),
    "polars from CSV": lambda df: pl.read_csv(BARLEY),
    "pyarrow": pa.Table.from_pandas,
    "pyarrow of chunks": lambda df: in_chunks(pa.Table.from_pandas(df), 7),
    "pyarrow's batch": lambda df: pa.RecordBatch.from_pandas(df),
    "pyarrow's reader": lambda df: pa.Table.from_pandas(df).to_reader(max_chunksize=11),
    "pyarrow with a validity of its own": lambda df: pa.table(
        {n: pa.concat_arrays([pa.nulls(1, a.type), a.combine_chunks()])[1:] for n, a in
         zip(df.columns, pa.Table.from_pandas(df).columns, strict=True)}
    ),
    "DuckDB": lambda df: duckdb.sql(f"select * from '{BARLEY}'"),
    "DuckDB over pandas": lambda df: duckdb.from_df(df),
    "DuckDB of decimals": lambda df: duckdb.sql(
        f"select yield::decimal(10, 5) as yield, year::hugeint as year, site, variety from '{BARLEY}'"
    ),
    "dict of NumPy": lambda df: {name: df[name].to_numpy() for name in df},
    "dict of lists": lambda df: {name: df[name].tolist() for name in df},
    "dict of polars' and pyarrow's columns": lambda df: {
        "yield": pl.from_pandas(df["yield"]),
        "year": pa.array(df["year"]),
        "site": pa.chunked_array([df["site"][:60], df["site"][60:]]),
        "variety": pl.from_pandas(df["variety"]).cast(pl.Categorical),
    },
}


@pytest.mark.parametrize("name", TABLES)
def test_any_table_gives_the_csvs_draws(name, barley, expected):
    np.testing.assert_array_equal(draws(TABLES[name](barley)), expected)


FACTORS = {
    "pandas": lambda values, levels: pd.DataFrame({"f": pd.Categorical(values, levels)}),
    "pyarrow": lambda values, levels: pa.table(
        {"f": pa.DictionaryArray.from_arrays([levels.index(v) for v in values], levels)}
    ),
    "polars": lambda values, levels: pl.DataFrame({"f": pl.Series(values, dtype=pl.Enum(levels))}),
    "DuckDB": lambda values, levels: duckdb.sql(
        f"select unnest({values})::enum({', '.join(map(repr, levels))}) as f"
    ),
}


@pytest.mark.parametrize("library", FACTORS)
def test_declared_categories_keep_their_order(library, barley):
    order = sorted(barley["site"].unique(), reverse=True)
    factor = FACTORS[library](barley["site"].tolist(), order)
    column = factor.arrow().read_all()["f"] if library == "DuckDB" else factor["f"]
    fit = woodbury.fit("y ~ (1 | f)", {"y": barley["yield"], "f": column}, seed=1, draws=20)
    assert list(fit.draws.variable("r_f").coords[0]) == order


def test_polars_categoricals_whose_order_is_an_accident_are_sorted(barley):
    values = pl.from_pandas(barley)
    data = values.with_columns(pl.col("site").cast(pl.Categorical))
    np.testing.assert_array_equal(draws(data), draws(values))


NULLS = {
    "pandas": lambda df: df,
    "pandas's nullable": lambda df: df.convert_dtypes(),
    "polars": pl.from_pandas,
    "pyarrow": lambda df: pa.Table.from_pandas(df, preserve_index=False),
    "DuckDB": lambda df: duckdb.from_df(df),
    "dict of lists": lambda df: {name: [None if pd.isna(v) else v for v in df[name]] for name in df},
}


@pytest.mark.parametrize("library", NULLS)
def test_missing_values_drop_their_rows_or_are_refused(library, barley):
    holes = barley.copy()
    holes.loc[3, "yield"] = np.nan
    holes.loc[10, "site"] = None
    data = NULLS[library](holes)
    np.testing.assert_array_equal(draws(data), draws(barley.drop([3, 10])))
    data = NULLS[library](holes)
    with pytest.raises(woodbury.InputError, match="row 4: `yield` is missing"):
        draws(data, na="error")


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "DuckDB", "dict of NumPy"])
def test_truth_values_are_factors(library, barley):
    data = TABLES[library](barley.assign(late=barley["year"] == 1932)) if library != "DuckDB" else duckdb.sql(
        f"select *, year = 1932 as late from '{BARLEY}'"
    )
    assert "b_lateTrue" in woodbury.fit("yield ~ late", data, draws=20).draws


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "dict of NumPy"])
def test_large_whole_numbers_do_not_merge(library):
    ids = np.repeat(2**60 + np.arange(8), 3)
    data = TABLES[library](pd.DataFrame({"y": np.arange(24.0) % 5, "id": ids}))
    fit = woodbury.fit("y ~ (1 | id)", data, draws=20)
    assert list(fit.draws.variable("r_id").coords[0]) == [str(2**60 + i) for i in range(8)]


def test_doubles_of_arrow_are_not_copied(barley):
    """Seen from outside: while the fit lives it holds the very array, and no longer than that."""

    class Watched(np.ndarray):
        pass

    values = barley["yield"].to_numpy().copy().view(Watched)
    gone = []
    weakref.finalize(values, gone.append, True)
    column = pa.Array.from_buffers(pa.float64(), len(values), [None, pa.py_buffer(values)])
    fit = woodbury.fit("y ~ (1 | g)", {"y": column, "g": barley["site"]}, draws=20, seed=1)
    del values, column
    gc.collect()
    assert not gone
    del fit
    gc.collect()
    assert gone


def fitted(y, **more):
    """A fit of a column, and where its response is."""
    fit = woodbury.fit("y ~ 1", pd.DataFrame({"y": y}, **more) if more else {"y": y}, draws=20, seed=1)
    return fit, fit._record.data()["y"]


def strided(values):
    return np.repeat(values, 2)[::2]


def at_an_odd_address(values):
    raw = np.zeros(values.nbytes + 1, np.uint8)
    raw[1:] = np.frombuffer(values.tobytes(), np.uint8)
    return raw[1:].view(np.float64)


def test_doubles_of_numpy_and_pandas_stay_where_they_are(barley):
    values = barley["yield"].to_numpy().copy()
    read_only = values.copy()
    read_only.flags.writeable = False
    wide = pd.DataFrame({name: values for name in "abc"})  # a column is a row of pandas's block
    series = pd.Series(values.copy())
    for column in (values, values[3:90], read_only, wide["b"], series):
        fit, y = fitted(column)
        assert np.shares_memory(y, np.asarray(column)) and not y.flags.writeable
        np.testing.assert_array_equal(y, column)
    _, y = fitted(values, copy=False)
    assert np.shares_memory(y, values)


def test_other_numbers_are_copied_once_and_right(barley):
    values = np.round(barley["yield"].to_numpy())
    expected = fitted(values)[0].draws.array
    others = (strided(values), values[::-1][::-1][::1].astype(">f8"), values.astype(np.float32), values.astype(np.int64))
    matrix = pd.DataFrame(np.column_stack([values, values]))[0]  # a column is a column of pandas's block
    for column in (*others, at_an_odd_address(values), matrix, pd.Series(values, dtype="Float64"), list(values)):
        fit, y = fitted(column)
        assert not isinstance(column, np.ndarray) or not np.shares_memory(y, column)
        np.testing.assert_array_equal(fit.draws.array, expected)


def test_pandas_copies_before_it_writes_to_what_a_fit_holds(barley):
    data = barley.copy()
    before = data["yield"].to_numpy().copy()
    fit = woodbury.fit("yield ~ year", data, draws=20, seed=1)
    data.loc[:, "yield"] = 0.0
    data["year"] += 1
    np.testing.assert_array_equal(fit._record.data()["yield"], before)
    assert len(fit.fitted()) == 120


def test_arrays_that_were_written_to_are_refused_by_answers(barley, tmp_path):
    values = barley["yield"].to_numpy().copy()
    fit = woodbury.fit("y ~ (1 | g)", {"y": values, "g": barley["site"]}, draws=20, seed=1)
    fit.fitted()
    summary, values[7] = fit.summary(), 0
    for ask in (fit.fitted, fit.loo, fit.simulate, fit.to_arviz, lambda: fit.save(tmp_path / "fit")):
        with pytest.raises(woodbury.InputError, match="column `y` was changed after the fit"):
            ask()
    pd.testing.assert_frame_equal(fit.summary(), summary)


def test_arrays_live_as_long_as_who_needs_them(barley):
    values = barley["yield"].to_numpy().copy()
    gone = []
    weakref.finalize(values, gone.append, True)
    fit, y = fitted(values)
    expected = values.copy()
    del values, fit
    gc.collect()
    assert not gone
    np.testing.assert_array_equal(y, expected)
    del y
    gc.collect()
    assert gone


MEMORY = """
import resource, sys
import numpy as np, woodbury
shape, every = ((2, 10_000_000), 1) if sys.argv[1] == "contiguous" else ((2, 20_000_000), 2)
values = np.zeros(shape)[:, ::every]
values[:] = 1
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
table = woodbury._core.Table()
for name, column in zip("xy", values):
    woodbury._data._add(table, name, woodbury._data._series(name, column), False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
def test_ten_million_rows_take_no_memory_of_their_own():
    def kilobytes(how):
        ran = subprocess.run([sys.executable, "-c", MEMORY, how], check=True, capture_output=True, text=True)
        return int(ran.stdout)

    assert kilobytes("contiguous") < 5_000
    assert kilobytes("strided") > 150_000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pl.DataFrame({"y": [1.0]}).lazy(), "a polars DataFrame|polars DataFrame"),
        (pa.table({"y": pa.array([1, 2], pa.timestamp("ns"))}), "column `y` holds timestamps"),
        (pa.table({"y": [[1.0], [2.0]]}), "column `y` holds lists"),
        (pa.table({"y": [b"a", b"b"]}), "column `y` holds bytes"),
        ({"y": pa.table({"a": [1], "b": [2]})}, "column `y` is a table of its own"),
        (pa.table({"z": [1.0]}), "no column `y`"),
    ],
)
def test_what_cannot_be_read_is_named(data, words):
    with pytest.raises(woodbury.Error, match=words):
        woodbury.fit("y ~ 1", data)
