"""The published models as a user of a probabilistic language would write them, with the values of log p(y | parameters)
that were computed apart from this project. Their tables are not kept here: tests/paper/README.md.

WOODBURY_PAPER_DATA names the folder that has them; without it these tests skip.
"""

import os
import pathlib

import numpy as np
import pandas as pd
import pytest

import woodbury

FOLDER = os.environ.get("WOODBURY_PAPER_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="WOODBURY_PAPER_DATA names no folder")


def table(name, **codes):
    data = pd.read_csv(pathlib.Path(FOLDER) / f"{name}.csv")
    for column, code in codes.items():
        data["t"] = data[column].map(code)
    return data


def crossed(data, response, t, factors, observe, *, alpha, beta, sigma, tau):
    """Intercept and slope, correlated slopes for each level of every factor."""
    with woodbury.Model(data) as m:
        x = m.col(t)
        mean = m.normal("alpha", *alpha) + m.normal("beta", 0, beta) * x
        for g in factors:
            scales = [m.half_normal(f"tau_{g}_{k}", tau) for k in range(2)]
            cor = m.lkj(f"R_{g}", 1, ["Intercept", "slope"], dim="coef")
            mean += m.cols(1, x) @ m.effects(f"u_{g}", scales, over=g, cor=cor)
        getattr(m, f"observe_{observe}")(response, mean, m.half_normal("sigma", sigma))
    return m


READING = {"alpha": (0, 10), "beta": 5, "sigma": 5, "tau": 5}
OBJECT = {"obj-ext": -0.5, "subj-ext": 0.5}
# Table, codes, response, column, factors; prior scales; α, β, σ and (τ, τ, ρ) a factor; values: none, each, all.
CROSSED = {
    "dillonE1": (
        {"int": {"high": 0, "low": 1}}, "rt", "t", ("subj", "item"), "lognormal", READING,
        (6.5, 0.05, 0.5, (0.3, 0.1, 0.3), (0.15, 0.08, -0.2)),
        (-21624.888282, -21258.163565, -21514.773766, -21201.126390),
    ),
    "dutch": (
        {}, "NP1", "condition", ("subject", "item"), "normal", READING | {"tau": 1},
        (6.2, -0.03, 0.4, (0.25, 0.1, 0.3), (0.1, 0.05, -0.2)),
        (-269.362320, -241.620278, -268.709538, -244.618008),
    ),
    "english": (
        {}, "NP1", "condition", ("subject", "item"), "normal", READING | {"tau": 1},
        (6.2, -0.03, 0.4, (0.25, 0.1, 0.3), (0.1, 0.05, -0.2)),
        (-780.246693, -603.648877, -731.349854, -593.759080),
    ),
    "mandarin": (
        {"type": OBJECT}, "rt", "t", ("subj", "item"), "lognormal", READING,
        (6.1, -0.05, 0.5, (0.3, 0.1, 0.3), (0.15, 0.08, -0.2)),
        (-3834.901105, -3795.375436, -3811.851301, -3773.689557),
    ),
    "pupil": (
        {}, "p_size", "load", ("subj",), "normal", {"alpha": (1000, 500), "beta": 100, "sigma": 1000, "tau": 1000},
        (5000, 60, 500, (2000, 60, 0.3)),
        (-42900.834700, -17125.661751),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CROSSED)
def test_crossed(name):
    codes, response, t, factors, observe, scales, (alpha, beta, sigma, *covariances), values = CROSSED[name]
    m = crossed(table(name, **codes), response, t, factors, observe, **scales)
    params = {"alpha": alpha, "beta": beta, "sigma": sigma}
    for g, (one, two, rho) in zip(factors, covariances, strict=True):
        params |= {f"tau_{g}_0": one, f"tau_{g}_1": two, f"R_{g}": [[1, rho], [rho, 1]]}
    sets = [(), *[(f"u_{g}",) for g in factors]]
    if len(factors) > 1:
        sets.append(tuple(f"u_{g}" for g in factors))
    for integrated, expected in zip(sets, values, strict=True):
        zeros = {f"u_{g}": 0.0 for g in factors if f"u_{g}" not in integrated}
        found = m.log_marginal_likelihood(params | zeros, integrate=integrated)
        assert found == pytest.approx(expected, rel=1e-8), integrated
    assert all(f"u_{g}" in repr(m.explain()) for g in factors)


def test_grouseticks():
    with woodbury.Model(table("grouseticks")) as m:
        mu = [m.normal(f"mu_{k}", 0, 1) for k in (1, 2)]
        sd = [m.half_cauchy(f"sigma_{k}", 5) for k in (1, 2)]
        brood = m.normal("brood", mu[0], sd[0], over="BROOD")
        place = m.normal("place", mu[1], sd[1], over="LOCATION")
        fixed = m.normal("year", 0, 1) * m.col("YEAR") + m.normal("height", 0, 1) * m.col("cHEIGHT")
        m.observe_normal("TICKS", brood["BROOD"] + place["LOCATION"] + fixed, m.half_cauchy("sigma_t", 5))
    params = {"mu_1": 0.5, "mu_2": 0.3, "sigma_1": 6, "sigma_2": 5, "sigma_t": 8, "year": 0.05, "height": -0.05}
    for integrated, means, expected in [
        ((), {"brood": 0.5, "place": 0.3}, -1713.726191),
        (("brood",), {"place": 0.3}, -1450.399657),
        (("place",), {"brood": 0.5}, -1533.339132),
        (("brood", "place"), {}, -1434.134740),
    ]:
        found = m.log_marginal_likelihood(params | means, integrate=integrated)
        assert found == pytest.approx(expected, rel=1e-8), integrated
    assert m.explain().sampled_dims == 3


def test_electric():
    data = table("electric")
    with woodbury.Model(data) as m:
        mean, effect = m.normal("m", 0, 1, over="grade"), m.normal("b", 0, 100, over="grade")
        log_sd = m.normal("s", 0, 1, over="grade")
        pair = m.normal("a", 100 * mean.at("pair"), 1, over="pair")
        m.observe_normal("y", pair["pair"] + effect["grade"] * m.col("treatment"), np.exp(log_sd["grade"]))
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
