"""(d) Funnels: few groups, small groups, weak data, scales near zero. Divergences, and how far the mean of tau is from the
exact one, with nothing (O, R), the factor (M) and everything (A) integrated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import woodbury
from bench.findings.measure import Kept, of_fit
from bench.findings.page import Answer
from bench.paper.tables import markdown, number

WAYS: dict[str, dict[str, Any]] = {
    "O": {"integrate": "none", "parametrisation": {"g": "centred"}},
    "R": {"integrate": "none", "parametrisation": {"g": "noncentred"}},
    "M": {"integrate": ["g"]},
    "A": {"integrate": "all"},
}
PRIORS = {"Intercept": "normal(0, 2)", "sd": "half_normal(1)", "sigma": "half_normal(2)"}


@dataclass
class Design:
    name: str
    groups: int
    rows: int  # a group
    tau: float


DESIGNS = [
    Design("3 groups of 10", 3, 10, 1.0),
    Design("5 groups of 4", 5, 4, 0.5),
    Design("20 groups of 2", 20, 2, 0.5),
    Design("100 groups of 2", 100, 2, 0.3),
    Design("4 groups of 2", 4, 2, 0.5),
    Design("tau 0, 8 groups of 5", 8, 5, 0.0),
    Design("tau 0, 3 groups of 5", 3, 5, 0.0),
    Design("tau 0.05, 30 groups of 5", 30, 5, 0.05),
    Design("6 groups of 40", 6, 40, 2.0),
]


def table(design: Design, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(design.groups), design.rows)
    y = design.tau * rng.normal(size=design.groups)[g] + rng.normal(size=g.size)
    return pd.DataFrame({"y": y, "g": [f"g{j:03}" for j in g]})


def exact_mean_of_tau(data: pd.DataFrame, groups: int, rows: int) -> float:
    """By quadrature over (log tau, log sigma). Balanced: the sum of squares within groups has the variance sigma², and the
    groups' means are normal with covariance v I + 4 · 11ᵀ, v = tau² + sigma² / rows, the intercept being N(0, 2)."""
    means = data.groupby("g")["y"].mean().to_numpy()
    within = float(((data["y"] - data.groupby("g")["y"].transform("mean")) ** 2).sum())
    log_tau, log_sigma = np.linspace(-14, 5, 1901)[:, None], np.linspace(-4, 4, 601)[None, :]
    tau, sigma = np.exp(log_tau), np.exp(log_sigma)
    v = tau**2 + sigma**2 / rows
    between, center = float(((means - means.mean()) ** 2).sum()), means.mean()
    log_p = -groups * (rows - 1) * log_sigma - within / (2 * sigma**2)
    log_p = log_p - 0.5 * ((groups - 1) * np.log(v) + between / v)
    log_p = log_p - 0.5 * (np.log(v + 4 * groups) + groups * center**2 / (v + 4 * groups))
    log_p = log_p - 0.5 * tau**2 - 0.5 * (sigma / 2) ** 2 + log_tau + log_sigma
    weight = np.exp(log_p - log_p.max())
    return float((weight * tau).sum() / weight.sum())


def measured(data: pd.DataFrame, chosen: dict[str, Any], seed: int, exact: float) -> dict[str, Any]:
    fit = woodbury.fit("y ~ 1 + (1 | g)", data, priors=PRIORS, seed=seed, **chosen)
    draws = fit.draws["sd_g__Intercept"]
    mcse = float(fit.summary().loc["sd_g__Intercept", "mcse_mean"])
    error = float(draws.mean()) - exact
    return of_fit(fit) | {"error": error, "errors_in_mcse": error / mcse, "exact": exact}


def answer(data: str, seeds: int) -> Answer:
    del data
    seeds = max(seeds, 10)
    kept, rows, lines = Kept("d"), [], []
    for design in DESIGNS:
        table_of = table(design)
        exact = exact_mean_of_tau(table_of, design.groups, design.rows)
        line = [design.name, f"{exact:.3f}"]
        for way, chosen in WAYS.items():
            runs = [kept.get(f"{design.name} | {way} seed {s}", lambda c=chosen, s=s: measured(table_of, c, s, exact))  # type: ignore[misc]
                    for s in range(1, seeds + 1)]  # fmt: skip
            errors = np.array([r["error"] for r in runs])
            mcses = np.array([r["errors_in_mcse"] for r in runs])
            row = {
                "design": design.name, "way": way, "exact": exact, "bias": float(errors.mean()),
                "bias_error": float(errors.std(ddof=1) / math.sqrt(seeds)), "mcse_rms": float(np.sqrt((mcses**2).mean())),
                "divergences": sum(r["divergences"] for r in runs), "draws": 4000 * seeds,
                "ess_per_second": float(np.median([r["ess_per_second"] for r in runs])),
                "ess": float(np.median([r["ess"] for r in runs])), "max_rhat": max(r["max_rhat"] for r in runs),
            }  # fmt: skip
            rows.append(row)
            line += [f"{100 * row['bias'] / exact:+.1f} ± {100 * row['bias_error'] / exact:.1f}", f"{row['mcse_rms']:.2f}",
                     f"{row['divergences']}", number(row["ess"])]  # fmt: skip
        lines.append(line)
    head = ["design", "E tau"] + [f"{way}: {what}" for way in WAYS for what in ("bias %", "rms MCSE", "div.", "ESS")]
    return Answer("d", kept, markdown(head, lines), rows, ("design", "way", list(WAYS), "smallest ESS a CPU second"))
