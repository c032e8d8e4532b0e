"""The published models that are programs, as a user of the builder writes them in Python; catalogue.json names them.

Each takes a table and gives a `woodbury.Model`. `formula_as_program` is any of the catalogue's crossed formulas as one.
"""

import re

import numpy as np

import woodbury


def grouseticks(data):
    """Hierarchical centring: no intercept, each factor's effects are around a mean of their own."""
    with woodbury.Model(data) as m:
        mu = [m.normal(f"mu_{k}", 0, 1) for k in (1, 2)]
        sd = [m.half_cauchy(f"sigma_{k}", 5) for k in (1, 2)]
        brood = m.normal("u_1", mu[0], sd[0], over="BROOD")
        place = m.normal("u_2", mu[1], sd[1], over="LOCATION")
        fixed = m.normal("beta_e", 0, 1) * m.col("YEAR") + m.normal("beta_a", 0, 1) * m.col("cHEIGHT")
        m.observe_normal("TICKS", brood["BROOD"] + place["LOCATION"] + fixed, m.half_cauchy("sigma_t", 5))
    return m


def electric(data):
    """Pairs of classes around the mean of their grade; effect of treatment and residual sd by grade."""
    with woodbury.Model(data) as m:
        mean, effect = m.normal("m", 0, 1, over="grade"), m.normal("b", 0, 100, over="grade")
        log_sd = m.normal("s", 0, 1, over="grade")
        pair = m.normal("a", 100 * mean.at("pair"), 1, over="pair")
        m.observe_normal("y", pair["pair"] + effect["grade"] * m.col("treatment"), np.exp(log_sd["grade"]))
    return m


def fibrosis(data):
    """A line in weeks a patient, intercept and slope independent."""
    with woodbury.Model(data) as m:
        m_a, m_b = m.normal("m_a", 0, 500), m.normal("m_b", 0, 3)
        s_a, s_b, s = m.half_cauchy("s_a", 100), m.half_cauchy("s_b", 3), m.half_cauchy("s", 100)
        a, b = m.normal("a", m_a, s_a, over="Patient"), m.normal("b", m_b, s_b, over="Patient")
        m.observe_normal("FVC", a["Patient"] + b["Patient"] * m.col("Weeks"), s)
    return m


PROGRAMS = {"grouseticks": grouseticks, "electric": electric, "fibrosis": fibrosis}


def formula_as_program(entry, data):
    """Intercept and slope, correlated slopes for each level of every factor."""
    response, t = re.match(r"(\S+) ~ 0 \+ Intercept \+ (\S+)", entry.formula).groups()
    if entry.contrasts:
        data = data.assign(t=data[t].map(entry.contrasts[t]))
        t = "t"
    with woodbury.Model(data) as m:
        x = m.col(t)
        prior = {target: entry.prior(target)[1] for target in ("b(Intercept)", "b", "sd", "sigma")}
        mean = m.normal("alpha", *prior["b(Intercept)"]) + m.normal("beta", *prior["b"]) * x
        for g in entry.factors:
            scales = [m.half_normal(f"tau_{g}_{k}", *prior["sd"]) for k in range(2)]
            cor = m.lkj(f"R_{g}", 1, ["Intercept", "slope"], dim="coef")
            mean += m.cols(1, x) @ m.effects(f"u_{g}", scales, over=g, cor=cor)
        observe = m.observe_lognormal if entry.logged else m.observe_normal
        observe(response, mean, m.half_normal("sigma", *prior["sigma"]))
    return m
