"""(b) Three and four levels of nesting, and crossed with nested: what to integrate there."""

from __future__ import annotations

from typing import Any

import woodbury
from bench.findings.measure import Kept, over_seeds
from bench.findings.page import Answer
from bench.findings.simulate import Factor, table
from bench.paper.tables import markdown, number

A, B, C, D = Factor("a", 12), Factor("b", 5, [0.5], "a"), Factor("c", 4, [0.4], "b"), Factor("d", 3, [0.3], "c")
H = Factor("h", 20, [0.5])
DESIGNS: dict[str, tuple[int, list[Factor]]] = {
    "a / b (12 × 5)": (600, [A, B]),
    "a / b / c (× 4)": (1200, [A, B, C]),
    "a / b / c / d (× 3)": (2900, [A, B, C, D]),
    "a / b crossed with h (20)": (1200, [A, B, H]),
    "a / b / c crossed with h": (2000, [A, B, C, H]),
    "a / b, slopes on both": (900, [Factor("a", 12, [0.7, 0.4]), Factor("b", 5, [0.5, 0.3], "a")]),
}


def formula(factors: list[Factor]) -> str:
    return "y ~ x1 + " + " + ".join(f"({'x1' if len(f.sds) > 1 else '1'} | {f.name})" for f in factors)


def ways(factors: list[Factor]) -> dict[str, dict[str, Any]]:
    """Everything, the innermost or the outermost or the crossed factor alone, nothing."""
    nested = [f.name for f in factors if f.name != "h"]
    wishes: dict[str, dict[str, Any]] = {"default": {}, "all": {"integrate": "all"}}
    wishes["nested factors"] = {"integrate": [*nested, "fixed"]}
    wishes["innermost alone"] = {"integrate": [nested[-1], "fixed"]}
    wishes["outermost alone"] = {"integrate": [nested[0], "fixed"]}
    if len(nested) < len(factors):
        wishes["h alone"] = {"integrate": ["h", "fixed"]}
    return wishes | {"nothing": {"integrate": "none"}}


def answer(data: str, seeds: int) -> Answer:
    del data
    kept, rows, lines = Kept("b"), [], []
    for name, (count, factors) in DESIGNS.items():
        rows_of = table(count, factors)
        for way, chosen in ways(factors).items():
            if way == "nested factors" and factors[-1].name != "h":
                continue

            def fit(seed: int, chosen: dict[str, Any] = chosen) -> woodbury.Fit:
                return woodbury.fit(formula(factors), rows_of, seed=seed, **chosen)

            m = over_seeds(kept, f"{name} | {way}", fit, seeds)
            rows.append({"design": name, "way": way} | m)
            lines.append([name, way, number(m["sampled_dims"]), number(m["us_per_gradient"]), number(m["gradients_per_ess"]),
                          number(m["ess_per_second"]), f"{m['divergences']:g}", f"{m['max_rhat']:.3f}"])  # fmt: skip
    head = [
        "design",
        "integrated",
        "sampled",
        "µs a gradient",
        "gradients an effective draw",
        "ESS / CPU s",
        "diverged",
        "R-hat",
    ]
    marks = list(dict.fromkeys(row["way"] for row in rows))
    return Answer("b", kept, markdown(head, lines, left=2), rows, ("design", "way", marks, "smallest ESS a CPU second"))
