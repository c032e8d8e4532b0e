"""Models and what is to be found on their graphs: which Gaussian variables can be integrated out together, which cannot,
and why. The table of docs/detection.md is made from them.

``integrated``: the Gaussian variables that are integrated where as much as can be is; every other one of the model is in
``sampled`` with words of the reason that must be given. Of two that are multiplied either could be; one is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

import woodbury


@dataclass
class Detected:
    says: str
    build: Callable[[woodbury.Model], None]
    integrated: str
    sampled: Mapping[str, str] = field(default_factory=dict)


MODELS: dict[str, Detected] = {}


def detects(says, integrated="", **sampled):
    """Names a model, and states what is to be found: variables apart by blanks, and reasons by variable."""

    def keep(build):
        MODELS[build.__name__] = Detected(says, build, integrated, sampled)
        return build

    return keep


def table():
    """96 rows of responses y, w and positive z, columns x and v > 0; g in 8 levels nested in i, crossed with h and t."""
    rng = np.random.default_rng(11)
    g, h, t = rng.permuted(np.arange(96) % 8), np.arange(96) % 5, np.repeat(np.arange(12), 8)
    x = rng.normal(size=96)
    y = 1 + 0.5 * x + rng.normal(size=8)[g] + 0.5 * rng.normal(size=5)[h] + 0.4 * rng.normal(size=96)
    w = 0.7 * y + 0.3 * rng.normal(size=96)
    items = {f"item{k}": (np.arange(96) % 3 == k).astype(float) for k in range(3)}
    return pd.DataFrame({"y": y, "w": w, "z": np.exp(y / 2), "x": x, "v": rng.uniform(0.5, 2, 96), **items,
                         "g": g, "h": h, "i": g // 2, "t": t})


def sigma(m):
    return m.half_normal("sigma", 1)


def effects(m, name="u", over="g"):
    return m.normal(name, 0, m.half_normal(f"tau_{name}", 1), over=over)[over]


# ------------------------------------------------------------------------------------------- everything is integrated


@detects("a mean", "a")
def one_mean(m):
    m.observe_normal("y", m.normal("a", 0, 1), sigma(m))


@detects("a regression", "a b")
def regression(m):
    m.observe_normal("y", m.normal("a", 0, 1) + m.normal("b", 0, 1) * m.col("x"), sigma(m))


@detects("a vector of coefficients", "b")
def coefficients(m):
    m.observe_normal("y", m.cols(1, "x", "v") @ m.normal("b", 0, 1, over={"coef": ["1", "x", "v"]}), sigma(m))


@detects("intercepts by group", "a u")
def intercepts(m):
    m.observe_normal("y", m.normal("a", 0, 1) + effects(m), sigma(m))


@detects("groups around a mean of their own", "mu u")
def hierarchical_mean(m):
    u = m.normal("u", m.normal("mu", 0, 1), m.half_cauchy("tau", 5), over="g")
    m.observe_normal("y", u["g"], sigma(m))


@detects("means of means of means", "top mid leaf")
def three_levels(m):
    mid = m.normal("mid", m.normal("top", 0, 1), m.half_normal("tau_mid", 1), over="i")
    leaf = m.normal("leaf", mid.at("g"), m.half_normal("tau_leaf", 1), over="g")
    m.observe_normal("y", leaf["g"], sigma(m))


@detects("a group's mean by its outer group, with slopes", "mid slope leaf")
def means_with_slopes(m):
    mid, slope = m.normal("mid", 0, 1, over="i"), m.normal("slope", 0, 1, over="i")
    leaf = m.normal("leaf", 2 * mid.at("g") - 1, 0.5, over="g")
    m.observe_normal("y", leaf["g"] + slope["i"] * m.col("x"), sigma(m))


@detects("correlated intercepts and slopes", "b r")
def correlated_slopes(m):
    cor = m.lkj("cor", 2, ["Intercept", "x"])
    r = m.effects("r", [m.half_normal("sd_0", 1), m.half_normal("sd_x", 1)], over="g", cor=cor)
    m.observe_normal("y", m.normal("b", 0, 1) * m.col("x") + m.cols(1, "x") @ r, sigma(m))


@detects("correlated effects around means, one of them Student's t", "m0 r")
def means_of_columns(m):
    cor = m.lkj("cor", 1, ["Intercept", "x"])
    means = [m.normal("m0", 0, 1), m.student_t("m1", 4, 0, 1)]
    r = m.effects("r", [m.half_normal("sd", 1)] * 2, means=means, over="g", cor=cor)
    m.observe_normal("y", m.cols(1, "x") @ r, sigma(m))


@detects("independent intercepts and slopes, as two variables", "a b")
def independent_slopes(m):
    m.observe_normal("y", effects(m, "a") + effects(m, "b") * m.col("x"), sigma(m))


@detects("crossed groups", "u v")
def crossed(m):
    m.observe_normal("y", effects(m) + effects(m, "v", "h"), sigma(m))


@detects("a log-normal response", "a u")
def lognormal(m):
    m.observe_lognormal("z", m.normal("a", 0, 1) + effects(m), sigma(m))


@detects("known standard errors", "a u")
def known_errors(m):
    m.observe_normal("y", m.normal("a", 0, 1) + effects(m), m.col("v"))


@detects("weights", "a u")
def weights(m):
    m.observe_normal("y", m.normal("a", 0, 1) + effects(m), sigma(m) / np.sqrt(m.col("v")))


@detects("two responses that share effects", "a b u")
def shared_effects(m):
    u = effects(m)
    m.observe_normal("y", m.normal("a", 0, 1) + u, sigma(m))
    m.observe_normal("w", m.normal("b", 0, 1) + u * m.col("x"), m.half_normal("s", 1))


@detects("a normal and a log-normal response of one scale", "a u")
def shared_scale(m):
    a, u, s = m.normal("a", 0, 1), effects(m), sigma(m)
    m.observe_normal("y", a + u, s)
    m.observe_lognormal("z", a - u, s)


# ---------------------------------------------------------------------- what is not Gaussian, and Gaussians beside it


@detects("a factor that something sampled scales", "a u")
def scaled_effects(m):
    m.observe_normal("y", m.normal("a", 0, 1) + effects(m) * m.half_normal("k", 1), sigma(m))


@detects("a sampled curve beside effects", "u", k="it enters through exp()")
def curve_beside_effects(m):
    m.observe_normal("y", effects(m) + np.exp(m.normal("k", 0, 1) * m.col("x")), sigma(m))


@detects("effects over a curve of what is sampled", "u", k="it stands in a denominator")
def curve_below_effects(m):
    m.observe_normal("y", effects(m) / (1 + m.normal("k", 0, 1) ** 2), sigma(m))


@detects("a growth curve whose height varies", "mu height offset", middle="it stands in a denominator")
def growth(m):
    height = m.normal("height", m.normal("mu", 1, 1), m.half_normal("tau", 1), over="g")
    middle, offset = m.normal("middle", 0, 1), effects(m, "offset", "h")
    curve = height["g"] / (1 + np.exp((middle - m.col("x")) / m.lognormal("slope", 0, 0.5)))
    m.observe_normal("y", curve + offset, sigma(m))


@detects("decay from a level of each group's own, at a rate of its own", "a start", rate="it enters through exp()")
def decay(m):
    start = m.normal("start", m.normal("a", 1, 1), m.half_normal("tau", 1), over="g")
    rate = m.normal("rate", 0, 0.5, over="g")
    m.observe_normal("y", start["g"] * np.exp(-np.exp(rate["g"]) * m.col("v")), sigma(m))


@detects("saturation, of the height and its slope by group, correlated", "a r")
def saturation(m):
    x, half = m.col("v"), m.lognormal("half", 0, 0.5)
    r = m.effects("r", [m.half_normal("sd0", 1), m.half_normal("sd1", 1)], over="g", cor=m.lkj("cor", 2, ["top", "x"]))
    m.observe_normal("y", (m.normal("a", 1, 1) + r["g", "top"]) * x / (half + x) + r["g", "x"] * m.col("x"), sigma(m))


@detects("effects times a positive value of the same group", "a u")
def scaled_by_group(m):
    m.observe_normal("y", m.normal("a", 0, 1) + effects(m) * m.lognormal("k", 0, 0.5, over="g")["g"], sigma(m))


@detects("a coefficient times values of two groups, and a residual sd by row", "b", c="it sets the scale of `y`")
def scaled_by_two_groups(m):
    k, l = m.lognormal("k", 0, 0.5, over="g"), m.lognormal("l", 0, 0.5, over="h")
    m.observe_normal("y", m.normal("b", 0, 1) * k["g"] * l["h"], np.exp(m.normal("c", 0, 1) * m.col("x")))


@detects("two responses of one curve's height", "a u", k="it enters through exp()")
def shared_height(m):
    u, curve = effects(m), np.exp(-np.exp(m.normal("k", 0, 1)) * m.col("v"))
    m.observe_normal("y", m.normal("a", 0, 1) + u * curve, sigma(m))
    m.observe_normal("w", u, m.half_normal("s", 1))


@detects("Student's t effects beside Gaussian ones", "a v")
def student_t_effects(m):
    u = m.student_t("u", 4, 0, m.half_normal("tau", 1), over="g")
    m.observe_normal("y", m.normal("a", 0, 1) + u["g"] + effects(m, "v", "h"), sigma(m))


@detects("a coefficient that must be positive", "a")
def positive_coefficient(m):
    m.observe_normal("y", m.normal("a", 0, 1) + m.normal("b", 0, 1, positive=True) * m.col("x"), sigma(m))


@detects("item responses: loadings that are positive", "difficulty ability")
def positive_loadings(m):
    items = ["item0", "item1", "item2"]
    difficulty = m.normal("difficulty", 0, 2, over={"item": items})
    loading, ability = m.lognormal("loading", 0, 0.5, over={"item": items}), m.normal("ability", 0, 1, over="g")
    m.observe_normal("y", m.cols(*items) @ difficulty + (m.cols(*items) @ loading) * ability["g"], sigma(m))


@detects("a residual scale by group, not Gaussian", "a u")
def lognormal_scales(m):
    m.observe_normal("y", m.normal("a", 0, 1) + effects(m), m.lognormal("s", 0, 1, over="h")["h"])


# ------------------------------------------------------------------------------------------------------------- scales


@detects("effects that set the residual scale", "a u", v="it sets the scale of `y`")
def scale_effects(m):
    a, u, v = m.normal("a", 0, 1), effects(m), effects(m, "v", "h")
    m.observe_normal("y", a + u, np.exp(v))


@detects("a regression of the residual scale", "a", c="it sets the scale of `y`", d="it sets the scale of `y`")
def scale_regression(m):
    m.observe_normal("y", m.normal("a", 0, 1), np.exp(m.normal("c", 0, 1) + m.normal("d", 0, 1) * m.col("x")))


@detects("effects in the mean and the scale", "a", u="it sets the scale of `y`")
def mean_and_scale(m):
    u = effects(m)
    m.observe_normal("y", m.normal("a", 0, 1) + u, np.exp(u))


@detects("a mean that scales the effects", "u", a="it sets the scale of `u`")
def scale_of_effects(m):
    a = m.normal("a", 0, 1)
    m.observe_normal("y", a + m.normal("u", 0, np.exp(a), over="g")["g"], sigma(m))


@detects("an sd of the prior for each level", "a u v")
def sd_by_level(m):
    u = m.normal("u", 0, m.half_normal("s", 1, over="g"), over="g")
    m.observe_normal("y", m.normal("a", 0, 1) + u["g"] + effects(m, "v", "h"), sigma(m))


@detects("effects that set the scale of another response", "a v", u="it sets the scale of `w`")
def scale_of_the_other(m):
    a, u, v, s = m.normal("a", 0, 1), effects(m), effects(m, "v", "h"), sigma(m)
    m.observe_normal("y", a + u + v, s)
    m.observe_normal("w", a, np.exp(u))


# ----------------------------------------------------------------------------------------------------------- products


@detects("a product of two coefficients", "a", b="it is multiplied by `a`")
def product_of_coefficients(m):
    m.observe_normal("y", m.normal("a", 0, 1) * m.normal("b", 0, 1) * m.col("x"), sigma(m))


@detects("effects times a loading", "u v", loading="it is multiplied by `v`")
def loading(m):
    loading = m.normal("loading", 1, 1)
    m.observe_normal("y", effects(m) + effects(m, "v") * loading * m.col("x"), sigma(m))


@detects("two responses, the second with a loading", "a b u", k="it is multiplied by `u`")
def shared_with_loading(m):
    u, k = effects(m), m.normal("k", 0, 1)
    m.observe_normal("y", m.normal("a", 0, 1) + u, sigma(m))
    m.observe_normal("w", m.normal("b", 0, 1) + k * u, m.half_normal("s", 1))


@detects("a predictor measured with error", "mu nitrogen a", b="it is multiplied by `nitrogen`")
def measurement_error(m):
    nitrogen = m.normal("nitrogen", m.normal("mu", 0, 2), m.half_normal("tau", 2), over="g")
    m.observe_normal("w", nitrogen["g"], m.half_normal("s", 1))
    m.observe_normal("y", m.normal("a", 0, 1) + m.normal("b", 0, 1) * nitrogen["g"], sigma(m))


@detects("item responses: Gaussian loadings", "difficulty ability", loading="it is multiplied by `ability`")
def gaussian_loadings(m):
    items = ["item0", "item1", "item2"]
    difficulty = m.normal("difficulty", 0, 2, over={"item": items})
    loading, ability = m.normal("loading", 1, 0.5, over={"item": items}), m.normal("ability", 0, 1, over="g")
    m.observe_normal("y", m.cols(*items) @ difficulty + (m.cols(*items) @ loading) * ability["g"], sigma(m))


@detects("a product of two factors' effects", "a u", v="it is multiplied by `u`")
def product_of_effects(m):
    m.observe_normal("y", m.normal("a", 0, 1) + effects(m) * effects(m, "v", "h"), sigma(m))


@detects("the square of effects", "a", u="it enters through a square")
def square_of_effects(m):
    m.observe_normal("y", m.normal("a", 0, 1) + effects(m) ** 2, sigma(m))


# --------------------------------------------------------------------------------------------- means of other variables


@detects("the mean of Student's t effects", "", mu="it is an argument of `u`, whose prior is student_t")
def mean_of_student_t(m):
    mu = m.normal("mu", 0, 1)
    m.observe_normal("y", m.student_t("u", 4, mu, m.half_normal("tau", 1), over="g")["g"], sigma(m))


@detects("the mean of a truncated variable", "", a="it is an argument of `b`, whose prior is a truncated normal")
def mean_of_truncated(m):
    a = m.normal("a", 0, 1)
    m.observe_normal("y", a + m.normal("b", a, 1, positive=True) * m.col("x"), sigma(m))


@detects("the mean of effects that enter a curve", "", mu="it is the prior mean of `u`, which is sampled",
         u="it enters through exp()")
def mean_of_sampled(m):
    mu = m.normal("mu", 0, 1)
    m.observe_normal("y", np.exp(m.normal("u", mu, m.half_normal("tau", 1), over="g")["g"]) + mu, sigma(m))


@detects("a prior mean that is a curve", "u", mu="it enters through a square")
def curved_prior_mean(m):
    m.observe_normal("y", m.normal("u", m.normal("mu", 0, 1) ** 2, 1, over="g")["g"], sigma(m))


@detects("effects linear in one response and curved in the other", "a v", u="it enters through exp()")
def curved_in_one(m):
    a, u, v, s = m.normal("a", 0, 1), effects(m), effects(m, "v", "h"), sigma(m)
    m.observe_normal("y", a + u + v, s)
    m.observe_normal("w", np.exp(u), s)


@detects("a flat prior for each level", "b", u="it has a flat prior for each level")
def flat_levels(m):
    m.observe_normal("y", m.flat("u", over="g")["g"] + m.normal("b", 0, 1) * m.col("x"), sigma(m))


@detects("a variable that nothing depends on", "a", unused="it does not enter the mean")
def unused(m):
    m.normal("unused", 0, 1)
    m.observe_normal("y", m.normal("a", 0, 1), sigma(m))


# ------------------------------------------------------------------------------------------------------------- series


@detects("a random walk", "a e")
def random_walk(m):
    e = m.normal("e", 0, m.half_normal("tau", 1), over="t")
    m.observe_normal("y", m.normal("a", 0, 1) + woodbury.cumsum(e)["t"], sigma(m))


@detects("an autoregressive series beside effects", "u e")
def autoregressive(m):
    e = m.normal("e", 0, m.half_normal("tau", 1), over="t")
    m.observe_normal("y", effects(m) + woodbury.ar1(e, m.uniform("rho", -1, 1))["t"], sigma(m))


@detects("a random walk whose steps' sd varies by level", "a e")
def uneven_walk(m):
    e = m.normal("e", 0, m.half_normal("tau", m.half_normal("scale", 1), over="t"), over="t")
    m.observe_normal("y", m.normal("a", 0, 1) + woodbury.cumsum(e)["t"], sigma(m))


@detects("a slope that follows a random walk, the innovations themselves, and the walk of the walk", "e")
def walking_slope(m):
    e = m.normal("e", 0, m.half_normal("tau", 1), over="t")
    walk = woodbury.cumsum(-0.5 * e)
    m.observe_normal("y", walk["t"] * m.col("x") + e["t"] - woodbury.cumsum(walk)["t"] / 3, sigma(m))


@detects("a series that something sampled scales", "e")
def scaled_series(m):
    e = m.normal("e", 0, 1, over="t")
    m.observe_normal("y", m.lognormal("k", 0, 1) * woodbury.ar1(e, 0.5)["t"], sigma(m))


@detects("two responses that share a series, the second with a loading", "a e", k="it is multiplied by `e`")
def shared_series(m):
    series = woodbury.ar1(m.normal("e", 0, m.half_normal("tau", 1), over="t"), m.beta("rho", 2, 2))["t"]
    k, s = m.normal("k", 0, 1), sigma(m)
    m.observe_normal("y", m.normal("a", 0, 1) + series, s)
    m.observe_normal("w", k * series * m.col("x"), s)


@detects("effects around a random walk", "u e")
def around_a_walk(m):
    e = m.normal("e", 0, m.half_normal("tau_e", 1), over="t")
    u = m.normal("u", woodbury.cumsum(e), m.half_normal("tau_u", 1), over="t")
    m.observe_normal("y", u["t"], sigma(m))


@detects("a series beside a residual scale by row", "e", c="it sets the scale of `y`")
def series_and_scale(m):
    e = m.normal("e", 0, m.half_normal("tau", 1), over="t")
    m.observe_normal("y", woodbury.cumsum(e)["t"], np.exp(m.normal("c", 0, 1) * m.col("x")))


@detects("a Gaussian autocorrelation", "e", r="it sets the autocorrelation of a series")
def gaussian_autocorrelation(m):
    e = m.normal("e", 0, m.half_normal("tau", 1), over="t")
    m.observe_normal("y", woodbury.ar1(e, np.tanh(m.normal("r", 0, 1)))["t"], sigma(m))


@detects("a random walk with a drift", "", mu="it is the prior mean of `e`, which is sampled",
         e="it is in a series beside a value that all its levels share")
def walk_with_drift(m):
    e = m.normal("e", m.normal("mu", 0, 1), m.half_normal("tau", 1), over="t")
    m.observe_normal("y", woodbury.cumsum(e)["t"], sigma(m))


@detects("a curve of a series", "a", e="it enters through exp()")
def curve_of_a_series(m):
    e = m.normal("e", 0, m.half_normal("tau", 1), over="t")
    m.observe_normal("y", m.normal("a", 0, 1) + np.exp(woodbury.cumsum(e)["t"]), sigma(m))
