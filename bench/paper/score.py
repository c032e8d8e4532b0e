"""From draws to what is compared: effective draws, R-hat and Monte Carlo errors, by ArviZ for every contestant alike."""

from __future__ import annotations

import math
from typing import Any

import arviz
import numpy as np
from numpy.typing import NDArray

LEAST_EFFECTIVE = 100
"""A contestant with fewer effective draws has no rate, only a bound."""


def of_draws(names: list[str], draws: NDArray[np.float64]) -> dict[str, Any]:
    """Smallest and median bulk ESS over everything that varies (effects included), worst R-hat, and each parameter's
    mean, sd and MCSE. Draws are (chain, draw, column)."""
    ess, rhat, parameters = [], [], {}
    for i, name in enumerate(names):
        x = draws[:, :, i]
        if np.ptp(x) == 0 or not np.isfinite(x).all():
            continue
        sd = float(x.std(ddof=1))
        ess.append(float(arviz.ess(x, method="bulk")))
        rhat.append(float(arviz.rhat(x, method="rank")))
        mcse = sd / math.sqrt(float(arviz.ess(x, method="mean")))
        parameters[name] = [float(x.mean()), sd, mcse]
    if not ess:
        return {"parameters": {}}
    least = int(np.argmin(ess))
    return {
        "min_ess": ess[least],
        "min_ess_of": list(parameters)[least],
        "median_ess": float(np.median(ess)),
        "max_rhat": float(np.max(rhat)),
        "kept": int(draws.shape[0] * draws.shape[1]),
        "parameters": parameters,
    }


def rates(result: dict[str, Any]) -> dict[str, float]:
    """Smallest and median ESS per draw, per gradient (warm-up's included) and per second, wall and CPU, of adaptation,
    sampling and recovery. Infinite or absent where there is nothing to divide by."""
    gradients = (result.get("warmup_gradients") or 0) + (result.get("gradients") or 0)
    by = {"draw": result.get("kept"), "gradient": gradients, "wall_second": result["wall"], "cpu_second": result["cpu"]}
    return {
        f"{which}_per_{unit}": result[f"{which}_ess"] / amount
        for which in ("min", "median")
        for unit, amount in by.items()
        if amount and f"{which}_ess" in result
    }


def bound(result: dict[str, Any]) -> float | None:
    """Most effective draws a CPU second that a contestant without enough of them can have: LEAST_EFFECTIVE by what it
    took. None where it has a rate."""
    if result["status"] == "done" and result.get("min_ess", 0) >= LEAST_EFFECTIVE:
        return None
    return LEAST_EFFECTIVE / result["cpu"] if result.get("cpu") else None


def disagreement(a: dict[str, list[float]], b: dict[str, list[float]]) -> tuple[float, str, int]:
    """Largest difference of means in combined MCSEs over the parameters that both have, whose it is, and how many."""
    common = [name for name in a if name in b]
    worst, where = 0.0, ""
    for name in common:
        error = math.hypot(a[name][2], b[name][2])
        distance = abs(a[name][0] - b[name][0]) / error
        if distance > worst:
            worst, where = distance, name
    return worst, where, len(common)
