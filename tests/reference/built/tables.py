"""Simulated tables of the five models that no formula says: the same for the reference and for the tests."""

import numpy as np
import pandas as pd


def two_responses():
    """240 visits of 30 patients, pressure and pulse; a patient's effect moves both, the second by 0.7 times as much."""
    rng = np.random.default_rng(1)
    patient = np.repeat(np.arange(30), 8)
    dose = rng.uniform(0, 2, 240)
    u = 0.8 * rng.normal(size=30)[patient]
    pressure = 1.0 + 0.5 * dose + u + 0.5 * rng.normal(size=240)
    pulse = -0.5 - 0.3 * dose + 0.7 * u + 0.3 * rng.normal(size=240)
    return pd.DataFrame({"patient": patient, "dose": dose, "pressure": pressure, "pulse": pulse})


def measurement_error():
    """60 plots, nitrogen measured three times with error; the yield depends on the true nitrogen."""
    rng = np.random.default_rng(2)
    plot = np.repeat(np.arange(60), 3)
    nitrogen = 2 + 1.0 * rng.normal(size=60)
    measured = nitrogen[plot] + 0.6 * rng.normal(size=180)
    crop = 1 + 0.8 * nitrogen[plot] + 0.5 * rng.normal(size=180)
    return pd.DataFrame({"plot": plot, "measured": measured, "crop": crop})


def autoregressive():
    """300 sales in 40 weeks; weeks follow an AR(1) series."""
    rng = np.random.default_rng(3)
    week = np.sort(rng.integers(0, 40, 300))
    u = np.zeros(40)
    u[0] = 0.8 / np.sqrt(1 - 0.7**2) * rng.normal()
    for t in range(1, 40):
        u[t] = 0.7 * u[t - 1] + 0.8 * rng.normal()
    price = rng.normal(size=300)
    sales = 3 - 0.6 * price + u[week] + 0.7 * rng.normal(size=300)
    return pd.DataFrame({"week": week, "price": price, "sales": sales})


def loadings():
    """80 persons answer 5 items; an item has a difficulty and a loading on the person's ability."""
    rng = np.random.default_rng(4)
    person, item = np.divmod(np.arange(400), 5)
    difficulty, loading = np.array([-1, -0.5, 0, 0.5, 1]), np.array([0.5, 0.8, 1.0, 1.3, 1.6])
    ability = rng.normal(size=80)
    score = difficulty[item] + loading[item] * ability[person] + 0.6 * rng.normal(size=400)
    items = {f"item{k + 1}": (item == k).astype(float) for k in range(5)}
    return pd.DataFrame({"person": person, "score": score, **items})


def growth():
    """200 weights of 25 trees over age: a logistic curve, its height by tree, and a site's offset."""
    rng = np.random.default_rng(5)
    tree = np.repeat(np.arange(25), 8)
    site = tree % 6
    age = np.tile(np.linspace(0.5, 8, 8), 25)
    height = 10 + 1.5 * rng.normal(size=25)
    offset = 0.8 * rng.normal(size=6)
    weight = height[tree] / (1 + np.exp(-(age - 3.5) / 1.1)) + offset[site] + 0.4 * rng.normal(size=200)
    return pd.DataFrame({"tree": tree, "site": site, "age": age, "weight": weight})


TABLES = {f.__name__: f for f in (two_responses, measurement_error, autoregressive, loadings, growth)}
