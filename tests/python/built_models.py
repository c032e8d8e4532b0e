"""Five models that no formula of ours says, as a user of a probabilistic language would write them.

tests/reference/make_numpyro.py has them a second time, for the reference posteriors.
"""

import importlib.util
import pathlib

import woodbury

REFERENCE = pathlib.Path(__file__).parents[1] / "reference" / "built"
_spec = importlib.util.spec_from_file_location("tables", REFERENCE / "tables.py")
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
TABLES = _module.TABLES


def two_responses(data):
    """Two responses share patients' effects, the second with a loading."""
    with woodbury.Model(data) as m:
        a, b = m.normal("a", 0, 2), m.normal("b", 0, 1)
        c, d = m.normal("c", 0, 2), m.normal("d", 0, 1)
        k = m.normal("k", 0, 1)
        u = m.normal("u", 0, m.half_normal("tau", 1), over="patient")
        dose = m.col("dose")
        m.observe_normal("pressure", a + b * dose + u["patient"], m.half_normal("s1", 1))
        m.observe_normal("pulse", c + d * dose + k * u["patient"], m.half_normal("s2", 1))
    return m


def measurement_error(data):
    """A predictor measured with error, and the response that depends on its true value."""
    with woodbury.Model(data) as m:
        nitrogen = m.normal("nitrogen", m.normal("mu", 0, 5), m.half_normal("tau", 2), over="plot")
        a, b = m.normal("a", 0, 5), m.normal("b", 0, 2)
        m.observe_normal("measured", nitrogen["plot"], m.half_normal("s1", 1))
        m.observe_normal("crop", a + b * nitrogen["plot"], m.half_normal("s2", 1))
    return m


def autoregressive(data):
    """Weeks follow a stationary AR(1) series."""
    with woodbury.Model(data) as m:
        a, b = m.normal("a", 0, 5), m.normal("b", 0, 2)
        rho = m.uniform("rho", -0.95, 0.95)
        e = m.normal("e", 0, m.half_normal("tau", 1), over="week")
        u = m.derive("u", woodbury.ar1(e, rho))
        m.observe_normal("sales", a + b * m.col("price") + u["week"], m.half_normal("sigma", 1))
    return m


def loadings(data):
    """Item responses: an item has a difficulty and a loading on the person's ability."""
    items = [f"item{k + 1}" for k in range(5)]
    with woodbury.Model(data) as m:
        difficulty = m.normal("difficulty", 0, 2, over={"item": items})
        loading = m.lognormal("loading", 0, 0.5, over={"item": items})
        ability = m.normal("ability", 0, 1, over="person")
        indicators = m.cols(*items)
        mean = indicators @ difficulty + (indicators @ loading) * ability["person"]
        m.observe_normal("score", mean, m.half_normal("sigma", 1))
    return m


def growth(data):
    """A logistic growth curve whose height varies by tree, and sites' offsets."""
    with woodbury.Model(data) as m:
        height = m.normal("height", m.normal("mu", 10, 5), m.half_normal("tau", 3), over="tree")
        middle, slope = m.normal("middle", 4, 2), m.lognormal("slope", 0, 0.5)
        offset = m.normal("offset", 0, m.half_normal("tau_site", 2), over="site")
        curve = height["tree"] / (1 + woodbury.exp((middle - m.col("age")) / slope))
        m.observe_normal("weight", curve + offset["site"], m.half_normal("sigma", 1))
    return m


MODELS = {f.__name__: f for f in (two_responses, measurement_error, autoregressive, loadings, growth)}
