"""One fit of ours, measured, and kept: what was measured already is not measured again."""

from __future__ import annotations

import json
import os
import pathlib
import statistics
import warnings
from collections.abc import Callable
from typing import Any

import woodbury
from bench.paper.cells import commit
from bench.paper.catalogue import ROOT

warnings.simplefilter("ignore", woodbury.FitWarning)
Measured = dict[str, Any]


class NotMeasured(Exception):
    """Raised where nothing is to be measured and a measurement is missing."""


class Kept:
    """Measurements of one finding, a line of JSON each, by their keys."""

    measuring = True  # False: what is not measured yet raises NotMeasured

    def __init__(self, letter: str) -> None:
        self.path = ROOT / "build" / "findings" / f"{letter}.jsonl"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        self.done = {entry["key"]: entry for entry in map(json.loads, lines)}

    def get(self, key: str, measure: Callable[[], Measured]) -> Measured:
        """The measurement of that key; made and kept where there is none."""
        if key not in self.done and not self.measuring:
            raise NotMeasured(key)
        if key not in self.done:
            self.done[key] = {"key": key, "commit": commit(), "load": os.getloadavg()[0]} | measure()
            with self.path.open("a") as file:
                file.write(json.dumps(self.done[key]) + "\n")
            print(
                f"{key}: " + ", ".join(f"{k} {v:.4g}" for k, v in self.done[key].items() if isinstance(v, float)),
                flush=True,
            )
        return self.done[key]

    def loads(self) -> tuple[float, float]:
        values = [entry["load"] for entry in self.done.values()]
        return min(values), max(values)

    def commits(self) -> list[str]:
        return sorted({entry["commit"] for entry in self.done.values()})


def of_fit(fit: woodbury.Fit) -> Measured:
    """Smallest bulk ESS over everything, effects included; CPU seconds of adaptation, sampling and recovery."""
    cpu, run = fit.run["cpu_seconds"], fit.run
    ess = fit.summary(effects=True)["ess_bulk"].dropna()
    spent = cpu["compile"] + cpu["sample"] + cpu["recover"]
    gradients = run["gradients"]["warmup"] + run["gradients"]["draws"]
    return {
        "ess": float(ess.min()),
        "cpu": spent,
        "ess_per_second": float(ess.min()) / spent,
        "gradients": gradients,
        "us_per_gradient": 1e6 * cpu["sample"] / gradients,
        "gradients_per_ess": gradients / float(ess.min()),
        "divergences": fit.divergences,
        "sampled_dims": fit.explain().sampled_dims,
        "max_rhat": float(fit.summary(effects=True)["rhat"].max()),
    }


def over_seeds(kept: Kept, key: str, fit: Callable[[int], woodbury.Fit], seeds: int) -> Measured:
    """Medians over seeds of what `of_fit` gives; divergences are added up."""
    runs = [kept.get(f"{key} seed {s}", lambda s=s: of_fit(fit(s))) for s in range(1, seeds + 1)]  # type: ignore[misc]
    numbers = [k for k, v in runs[0].items() if isinstance(v, int | float)]
    medians: Measured = {k: statistics.median(r[k] for r in runs) for k in numbers}
    rates = sorted(r["ess_per_second"] for r in runs)
    return medians | {"divergences": sum(r["divergences"] for r in runs), "low": rates[0], "high": rates[-1]}


def write_csv(path: pathlib.Path, rows: list[Measured]) -> None:
    import csv

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.5g}" if isinstance(v, float) else v for k, v in row.items()})
