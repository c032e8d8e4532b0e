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
    "growth": {"mu", "offset"},
}
NEVER_TOGETHER = {
    "two_responses": {"k", "u"},
    "measurement_error": {"b", "nitrogen"},
    "autoregressive": {"rho"},
    "loadings": {"loading"},
    "growth": {"middle"},
}


@pytest.mark.parametrize("name", MODELS)
def test_what_is_integrated(name):
    plan = MODELS[name](TABLES[name]()).explain()
    integrated = {term["name"] for term in plan.data["terms"] if term["decision"] == "integrated"}
    assert ALWAYS[name] <= integrated, repr(plan)
    assert not NEVER_TOGETHER[name] <= integrated, repr(plan)


def references(name):
    """NumPyro's posteriors, of three seeds."""
    found = [json.loads(path.read_text()) for path in sorted(REFERENCE.glob(f"{name}*.json"))]
    assert len({reference["seed"] for reference in found}) == 3
    for reference in found:
        assert reference["divergences"] < 20 and max(p["rhat"] for p in reference["parameters"]) < 1.02
    return found


def errors(fit, reference):
    """Of each parameter the difference of means in combined MCSE, and the logarithm of the ratio of sds."""
    summary = fit.summary(effects=True)
    for p in reference["parameters"]:
        draws = fit.draws[p["name"]].reshape(-1, *fit.draws[p["name"]].shape[2:])[(slice(None), *p["index"])]
        at = fit.draws.first_column(p["name"])
        at += int(np.ravel_multi_index(p["index"], fit.draws[p["name"]].shape[2:])) if p["index"] else 0
        error = math.hypot(p["mcse_mean"], summary.loc[fit.draws.columns[at]]["mcse_mean"])
        yield p["name"], abs(draws.mean() - p["mean"]) / error, math.log(draws.std() / p["sd"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, {"seed": seed}) for name in MODELS for seed in (1, 2, 3)),
        ("autoregressive", {"seed": 3, "integrate": "all"}),
    ],
    ids=str,
)
def test_posterior_is_numpyros(name, options):
    fit = MODELS[name](TABLES[name]()).fit(**options, draws=2000)
    assert fit.summary(effects=True)["rhat"].max() < 1.03
    for reference in references(name):
        found = list(errors(fit, reference))
        worst = max(found, key=lambda each: each[1])
        print(f"{name}, ours {options}, NumPyro's {reference['seed']}: {worst[0]} {worst[1]:.2f} combined MCSE")
        assert worst[1] < 5, worst
        assert all(abs(ratio) < 0.15 for _, _, ratio in found)
