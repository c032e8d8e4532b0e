"""Fits whose integrated effects are multiplied by a curve of what is sampled: what a user asks of them afterwards."""

import numpy as np
import pandas as pd
import pytest

import woodbury


@pytest.fixture(scope="module")
def decay():
    """Thirty groups that decay from heights of their own."""
    rng = np.random.default_rng(3)
    group, time = np.repeat(np.arange(30), 8), np.tile(np.arange(8) / 2, 30)
    height = rng.normal(5, 1.5, 30)
    y = height[group] * np.exp(-0.6 * time) + 0.3 * rng.normal(size=240)
    return pd.DataFrame({"g": group, "t": time, "y": y}), height


@pytest.fixture(scope="module")
def model(decay):
    with woodbury.Model(decay[0]) as m:
        height = m.normal("height", m.normal("mu", 0, 10), m.half_normal("tau", 5), over="g")
        rate = m.half_normal("rate", 1)
        m.observe_normal("y", height["g"] * np.exp(-rate * m.col("t")), m.half_normal("sigma", 1))
    return m


@pytest.fixture(scope="module")
def fit(model):
    return model.fit(seed=1)


@pytest.fixture(scope="module")
def sampled(model):
    return model.fit(seed=2, integrate="none", draws=2000)


def test_heights_are_integrated_and_found(model, fit, decay):
    terms = {term["name"]: term["decision"] for term in model.explain().data["terms"]}
    assert terms == {"mu": "integrated", "height": "integrated"}
    found = fit.ranef("g")
    off = (found["mean"].to_numpy() - decay[1]) / found["sd"].to_numpy()
    assert np.abs(off).max() < 4.5 and 0.5 < off.std() < 1.6
    rate = fit.draws["rate"]
    assert abs(rate.mean() - 0.6) < 4.5 * rate.std()


def test_the_posterior_is_that_of_sampling_all(fit, sampled):
    ours, theirs = fit.summary(effects=True), sampled.summary(effects=True)
    error = np.hypot(ours["mcse_mean"], theirs["mcse_mean"])
    assert (np.abs(ours["mean"] - theirs["mean"]) < 5 * error).all()
    assert np.abs(np.log(ours["sd"] / theirs["sd"])).max() < 0.15


def test_predictions_follow_the_curve(fit, decay):
    new = pd.DataFrame({"g": [0, 0, 17], "t": [0.25, 5.0, 1.0]})
    predicted = fit.predict(new, kind="mean")
    height, rate = (fit.draws[name].reshape(-1, *fit.draws[name].shape[2:]) for name in ("height", "rate"))
    curves = height[:, new.g] * np.exp(-rate[:, None] * new.t.to_numpy())
    mean, sd = predicted["Estimate"].to_numpy(), predicted["Est.Error"].to_numpy()
    assert (np.abs(mean - curves.mean(axis=0)) < 0.1 * sd).all()
    assert sd == pytest.approx(curves.std(axis=0), rel=0.1)


def test_rows_and_groups_left_out_are_those_of_sampling_all(fit, sampled):
    assert fit.loo().elpd == pytest.approx(sampled.loo().elpd, abs=0.5)
    assert fit.loo(by="g").elpd < fit.loo().elpd


def test_the_series_of_a_model_is_among_its_effects(decay):
    with woodbury.Model(decay[0]) as m:
        steps = m.normal("steps", 0, m.half_normal("tau", 2), over="t")
        m.derive("walk", woodbury.cumsum(steps))
        m.observe_normal("y", m.normal("a", 0, 5) + woodbury.cumsum(steps)["t"], m.half_normal("sigma", 1))
    table = m.fit(seed=1, draws=200).ranef()
    assert list(table.index.get_level_values("coef").unique()) == ["walk", "steps"]
    walk = table.xs("walk", level="coef")["mean"].to_numpy()
    assert len(walk) == 8 and (np.diff(walk) < 0.2).all()


def test_a_built_model_has_no_formulas_coefficients(fit):
    for ask, words in [(fit.fixef, "no fixed effects"), (fit.coef, "no group effects")]:
        with pytest.raises(woodbury.InputError, match=words):
            ask()
