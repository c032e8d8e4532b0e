"""(e) What a draw costs as rows, levels, coefficients and terms grow, everything at its default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

import woodbury
from bench.findings.measure import Kept, Measured, over_seeds
from bench.findings.page import Answer, Line, Panel
from bench.findings.simulate import Factor, table
from bench.paper.tables import markdown, number


@dataclass
class Point:
    grows: str
    size: int
    formula: str
    rows: int
    factors: list[Factor]

    def table(self) -> pd.DataFrame:
        covariates = max(1, max(len(f.sds) for f in self.factors) - 1)
        return table(self.rows, self.factors, covariates=covariates)


def points() -> Iterator[Point]:
    for n in (1_000, 10_000, 100_000, 1_000_000):
        yield Point("rows", n, "y ~ x1 + (x1 | g)", n, [Factor("g", 50, [0.7, 0.4])])
    for levels in (10, 100, 1_000, 10_000):
        yield Point("levels", levels, "y ~ x1 + (x1 | g)", 10 * levels, [Factor("g", levels, [0.7, 0.4])])
    for d in range(1, 7):
        covariates = " + ".join(f"x{k}" for k in range(1, max(2, d)))
        inner = " + ".join(f"x{k}" for k in range(1, d)) or "1"
        yield Point("coefficients", d, f"y ~ {covariates} + ({inner} | g)", 2_000, [Factor("g", 40, [0.6] * d)])
    for terms in range(1, 5):
        factors = [Factor(f"g{k}", 25, [0.6]) for k in range(terms)]
        formula = "y ~ x1 + " + " + ".join(f"(1 | {f.name})" for f in factors)
        yield Point("crossed terms", terms, formula, 2_000, factors)


def measured(kept: Kept, point: Point, seeds: int) -> Measured:
    data: list[pd.DataFrame] = []

    def fit(seed: int) -> woodbury.Fit:
        if not data:
            data.append(point.table())
        return woodbury.fit(point.formula, data[0], seed=seed, keep="hyper" if point.size > 5000 else "all")

    return over_seeds(kept, f"{point.grows} {point.size}", fit, seeds)


def answer(data: str, seeds: int) -> Answer:
    del data
    kept, rows, lines = Kept("e"), [], []
    for point in points():
        m = measured(kept, point, seeds)
        rows.append({"grows": point.grows, "size": point.size} | m)
        per_draw = 1e3 / m["ess_per_second"]
        lines.append([point.grows, number(point.size), number(m["sampled_dims"]), number(m["us_per_gradient"]),
                      number(m["gradients_per_ess"]), number(per_draw), number(m["ess"]), f"{m['divergences']:g}"])  # fmt: skip
    head = ["what grows", "to", "sampled", "µs a gradient", "gradients an effective draw", "CPU ms an effective draw",
            "least ESS of 4000", "diverged"]  # fmt: skip
    panels = []
    for grows in dict.fromkeys(row["grows"] for row in rows):
        some = [row for row in rows if row["grows"] == grows]
        panels.append(
            Panel(grows, "µs a gradient", [Line("", [r["size"] for r in some], [r["us_per_gradient"] for r in some])])
        )
    return Answer("e", kept, markdown(head, lines), rows, panels=panels)
