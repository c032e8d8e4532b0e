"""Models that no formula says: what is integrated of them, and their posteriors against NumPyro's."""

import json
import math

import numpy as np
import pytest
from built_models import MODELS, REFERENCE, TABLES

# What must be integrated, and what cannot be together.
ALWAYS = {
    "two_responses": {"a", "b", "c", "d"},
    "measurement_error": {"a"},
    "autoregressive": {"a", "b"},
    "loadings": {"difficulty"},
    "growth": {"offset"},
}
NEVER_TOGETHER = {
    "two_responses": {"k", "u"},
    "measurement_error": {"b", "nitrogen"},
    "autoregressive": {"rho"},
    "loadings": {"loading"},
    "growth": {"height"},
}


@pytest.mark.parametrize("name", MODELS)
def test_what_is_integrated(name):
    plan = MODELS[name](TABLES[name]()).explain()
    integrated = {term["name"] for term in plan.data["terms"] if term["decision"] == "integrated"}
    assert ALWAYS[name] <= integrated, repr(plan)
    assert not NEVER_TOGETHER[name] <= integrated, repr(plan)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, {"seed": seed}) for name in MODELS for seed in (1, 2)),
        ("autoregressive", {"seed": 3, "integrate": "all"}),
    ],
    ids=str,
)
def test_posterior_is_numpyros(name, options):
    reference = json.loads((REFERENCE / f"{name}.json").read_text())
    assert reference["divergences"] < 20 and max(p["rhat"] for p in reference["parameters"]) < 1.02
    fit = MODELS[name](TABLES[name]()).fit(**options, draws=2000)
    summary = fit.summary(effects=True)
    assert summary["rhat"].max() < 1.03
    for p in reference["parameters"]:
        draws = fit.draws[p["name"]].reshape(-1, *fit.draws[p["name"]].shape[2:])[(slice(None), *p["index"])]
        at = fit.draws.first_column(p["name"])
        at += int(np.ravel_multi_index(p["index"], fit.draws[p["name"]].shape[2:])) if p["index"] else 0
        row = summary.loc[fit.draws.columns[at]]
        error = math.hypot(p["mcse_mean"], row["mcse_mean"])
        assert abs(draws.mean() - p["mean"]) < 5 * error, p
        assert math.log(draws.std() / p["sd"]) == pytest.approx(0, abs=0.15), p
