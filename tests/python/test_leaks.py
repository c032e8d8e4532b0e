"""Memory comes back: of fits and everything asked of them, from tables of Arrow, through errors, and of built models."""

import gc
import pathlib

import numpy as np
import pyarrow as pa
import pytest
from conftest import FORMULA

import woodbury


def resident():
    """Kilobytes."""
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4


def one_round(table, barley, folder):
    options = {"factor": "year", "seed": 1, "draws": 20, "warmup": 20, "chains": 2}
    fit = woodbury.fit(FORMULA, table, **options)
    fit.summary(), fit.ranef(), fit.varcorr(), fit.predict(barley.head(3)), fit.loo(), fit.draws["r_site"], repr(fit)
    assert pa.table(fit).num_rows == 40
    fit.save(folder, overwrite=True)
    woodbury.load(folder).draws["sigma"].sum()
    with pytest.raises(woodbury.InputError):
        woodbury.fit("yield ~ yearr", table)
    with woodbury.Model(barley) as m:
        u = m.normal("u", m.normal("mu", 0, 100), m.half_cauchy("tau", 5), over="site")
        m.observe_normal("yield", u["site"], m.half_cauchy("s", 5))
    density = m.density()
    density(np.zeros(density.dimension))


@pytest.mark.slow
def test_memory_comes_back(barley, tmp_path):
    table = pa.Table.from_pandas(barley)
    sizes = []
    for rounds in (5, 12, 12):
        for _ in range(rounds):
            one_round(table, barley, tmp_path / "fit")
        gc.collect()
        sizes.append(resident())
    # A fit lost a round would be 12 times 40 draws of 29 columns and a table: over 300 kB, besides its Python objects.
    assert sizes[2] - sizes[1] < 250, sizes
