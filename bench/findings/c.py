"""(c) Designs that are not trees: two factors of which a growing share of the pairs meets. What a draw costs with both
integrated, one, and none, and where both stop paying."""

from __future__ import annotations

from typing import Any

import woodbury
from bench.findings.measure import Kept, over_seeds
from bench.findings.page import Answer, Line, Panel
from bench.findings.simulate import crossed_at
from bench.paper.tables import markdown, number

SIZES = [(40, 30), (150, 100), (400, 250)]
DENSITIES = [0.02, 0.05, 0.1, 0.2, 0.5, 1.0]
WAYS: dict[str, dict[str, Any]] = {
    "both": {"integrate": ["g", "h", "fixed"]},
    "g": {"integrate": ["g", "fixed"]},
    "none": {"integrate": "none"},
    "default": {},
}
MOST_LEVELS_SAMPLED = 200  # nothing integrated is not measured beyond: it takes minutes


def answer(data: str, seeds: int) -> Answer:
    del data
    kept, rows, lines = Kept("c"), [], []
    panels = [Panel("share of pairs that meet", f"CPU ms an effective draw, {g} × {h}") for g, h in SIZES]
    for (g, h), panel in zip(SIZES, panels, strict=True):
        found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
        for density in DENSITIES:
            if density * h < 1:
                continue
            # A pair has between two rows and one in three of them fewer, so that levels are not alike.
            table = crossed_at(density, g, h, 2).sample(frac=0.85, random_state=1).sort_index()
            cells: dict[str, Any] = {}
            for way, chosen in WAYS.items():
                if way == "none" and g > MOST_LEVELS_SAMPLED:
                    continue

                def fit(seed: int, chosen: dict[str, Any] = chosen, table: Any = table) -> woodbury.Fit:
                    return woodbury.fit("y ~ x1 + (1 | g) + (1 | h)", table, seed=seed, draws=500, **chosen)

                m = over_seeds(kept, f"{g}x{h} {density} | {way}", fit, seeds if g < 100 else 1)
                cells[way] = m
                found[way].append((density, 1e3 / m["ess_per_second"]))
                rows.append({"g": g, "h": h, "density": density, "integrated": way} | m)
            lines.append(row(g, h, density, cells))
        panel.lines = [Line(way, *zip(*points, strict=True)) for way, points in found.items() if points]  # type: ignore[arg-type]
    head = ["levels", "density", "µs a gradient: both", "g", "gradients an effective draw: both", "g",
            "CPU ms an effective draw: both", "g", "none", "default", "both / best"]  # fmt: skip
    return Answer("c", kept, markdown(head, lines), rows, panels=panels)


def row(g: int, h: int, density: float, cells: dict[str, Any]) -> list[str]:
    cost = {way: 1e3 / m["ess_per_second"] for way, m in cells.items()}
    least = min(v for way, v in cost.items() if way != "default")
    return [
        f"{g} × {h}",
        f"{density:g}",
        *(number(cells[way]["us_per_gradient"]) for way in ("both", "g")),
        *(number(cells[way]["gradients_per_ess"]) for way in ("both", "g")),
        *(number(cost.get(way)) for way in WAYS),
        f"{cost['both'] / least:.2f}",
    ]
