"""The published models as a user of a probabilistic language would write them, with the values of log p(y | parameters)
that were computed apart from this project. Their tables are not kept here: tests/paper/README.md.

WOODBURY_PAPER_DATA names the folder that has them; without it these tests skip.
"""

import os
import pathlib

import numpy as np
import pytest
from programs import PROGRAMS, formula_as_program

import woodbury
from bench.paper.catalogue import load, read_table

FOLDER = os.environ.get("WOODBURY_PAPER_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="WOODBURY_PAPER_DATA names no folder")
ENTRIES = load()
CROSSED = [
    name
    for name, entry in ENTRIES.items()
    if entry.formula and entry.point and entry.log_likelihood and "cor" in entry.priors
]


@pytest.mark.parametrize("name", CROSSED)
def test_crossed(name):
    entry = ENTRIES[name]
    m = formula_as_program(entry, read_table(entry, FOLDER))
    params = {coefficient: entry.point[coefficient] for coefficient in ("alpha", "beta", "sigma")}
    for g, (one, two, rho) in zip(entry.factors, entry.point["factors"], strict=True):
        params |= {f"tau_{g}_0": one, f"tau_{g}_1": two, f"R_{g}": [[1, rho], [rho, 1]]}
    for integrated, expected in entry.log_likelihood.items():
        chosen = {"none": [], "all": entry.factors}.get(integrated, [integrated])
        zeros = {f"u_{g}": 0.0 for g in entry.factors if g not in chosen}
        found = m.log_marginal_likelihood(params | zeros, integrate=tuple(f"u_{g}" for g in chosen))
        assert found == pytest.approx(expected, rel=1e-8), integrated
    assert all(f"u_{g}" in repr(m.explain()) for g in entry.factors)


def test_grouseticks():
    m = PROGRAMS["grouseticks"](read_table(ENTRIES["grouseticks"], FOLDER))
    params = {"mu_1": 0.5, "mu_2": 0.3, "sigma_1": 6, "sigma_2": 5, "sigma_t": 8, "beta_e": 0.05, "beta_a": -0.05}
    for integrated, means, expected in [
        ((), {"u_1": 0.5, "u_2": 0.3}, -1713.726191),
        (("u_1",), {"u_2": 0.3}, -1450.399657),
        (("u_2",), {"u_1": 0.5}, -1533.339132),
        (("u_1", "u_2"), {}, -1434.134740),
    ]:
        found = m.log_marginal_likelihood(params | means, integrate=integrated)
        assert found == pytest.approx(expected, rel=1e-8), integrated
    assert m.explain().sampled_dims == 3


def test_electric():
    data = read_table(ENTRIES["electric"], FOLDER)
    m = PROGRAMS["electric"](data)
    params = {"m": [0.6, 0.9, 1.0, 1.1], "b": [8, 4, 2, 2], "s": [2.5, 2, 1.5, 1]}
    assert m.log_marginal_likelihood(params, integrate="a") == pytest.approx(-820.654931, rel=1e-8)
    pairs = data.groupby("pair")["grade"].first()
    at_means = params | {"a": 100 * np.array(params["m"])[pairs.to_numpy() - 1]}
    assert m.log_marginal_likelihood(at_means, integrate="none") == pytest.approx(-840.287466, rel=1e-8)


def test_ratings():
    with woodbury.Model(pathlib.Path(FOLDER) / "InstEval.csv") as m:
        u = {g: m.normal(f"u_{g}", 0, 1, over=g) for g in ("s", "d", "dept")}
        fixed = m.normal("alpha", 0, 5) + m.normal("beta", 0, 1) * m.col("service")
        m.observe_normal("y", fixed + u["s"]["s"] + u["d"]["d"] + u["dept"]["dept"], m.half_normal("sigma", 1))
    params = {"alpha": 3.2, "beta": -0.08, "sigma": 1.18}
    zeros = {f"u_{g}": 0.0 for g in u}
    for g, expected in {"s": -126333.324899, "d": -120457.588488, "dept": -126126.260101}.items():
        rest = {name: 0.0 for name in zeros if name != f"u_{g}"}
        found = m.log_marginal_likelihood(params | rest, integrate=f"u_{g}")
        assert found == pytest.approx(expected, rel=1e-8)
