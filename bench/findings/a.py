"""(a) Integration against non-centring: the same models with effects integrated, and sampled non-centred, centred, and
centred level by level. Published models and simulated shapes, none of them tuned for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

import woodbury
from bench.findings.measure import Kept, NotMeasured, over_seeds
from bench.findings.simulate import Factor, table
from bench.findings.page import Answer
from bench.paper import catalogue
from bench.paper.contestants import ours
from bench.paper.experiment import LARGE
from bench.paper.tables import markdown, number

WAYS = ["auto", "A", "level", "R", "O"]
TITLES = {
    "auto": "default",
    "A": "all integrated",
    "level": "sampled, by level",
    "R": "sampled, non-centred",
    "O": "sampled, centred",
}

SHAPES: dict[str, tuple[str, int, list[Factor]]] = {
    "3 groups": ("y ~ x1 + (1 | g)", 60, [Factor("g", 3)]),
    "300 groups of 2": ("y ~ x1 + (1 | g)", 600, [Factor("g", 300)]),
    "8 large groups, slopes": ("y ~ x1 + (x1 | g)", 4000, [Factor("g", 8, [0.6, 0.3])]),
    "50 unequal groups, slopes": ("y ~ x1 + (x1 | g)", 300, [Factor("g", 50, [0.8, 0.4])]),
    "three slopes": ("y ~ x1 + x2 + x3 + (x1 + x2 + x3 | g)", 900, [Factor("g", 30, [0.7, 0.4, 0.3, 0.2])]),
    "small effects": ("y ~ x1 + (1 | g)", 400, [Factor("g", 40, [0.05])]),
    "nested, 6 of 8": ("y ~ x1 + (1 | a) + (1 | b)", 500, [Factor("a", 8), Factor("b", 6, [0.5], "a")]),
    "crossed 20 × 30": ("y ~ x1 + (1 | g) + (1 | h)", 500, [Factor("g", 20), Factor("h", 30)]),
    "crossed slopes 30 × 30": ("y ~ x1 + (x1 | g) + (x1 | h)", 900, [Factor("g", 30, [0.8, 0.3]), Factor("h", 30, [0.5, 0.3])]),
    "lognormal": ("z ~ x1 + (1 | g)", 400, [Factor("g", 40)]),
}  # fmt: skip


def simulated(name: str) -> tuple[str, pd.DataFrame, dict[str, Any]]:
    formula, rows, factors = SHAPES[name]
    covariates = max(1, max(len(f.sds) for f in factors) - 1)
    return formula, table(rows, factors, covariates=covariates), {"family": "lognormal"} if name == "lognormal" else {}


def sampled(names: list[str], way: str) -> dict[str, Any]:
    """Options of a way for a formula's factors."""
    if way == "auto":
        return {}
    if way == "A":
        return {"integrate": "all"}
    return {
        "integrate": "none",
        "parametrisation": dict.fromkeys(names, {"R": "noncentred", "O": "centred", "level": "auto"}[way]),
    }


def subjects(data: str) -> Iterator[tuple[str, Callable[[str, int], woodbury.Fit]]]:
    """Name, and how to fit it by a way and a seed."""
    for name, entry in catalogue.load().items():
        if name in LARGE:
            continue
        rows = catalogue.read_table(entry, data)
        yield name, lambda way, seed, e=entry, t=rows: ours.fit(e, t, seed=seed, **ours.options(e, way))  # type: ignore[misc]
    for name in SHAPES:
        formula, rows, chosen = simulated(name)
        factors = [f.name for f in SHAPES[name][2]]
        yield (
            name,
            lambda way, seed, f=formula, t=rows, c=chosen, g=factors: woodbury.fit(  # type: ignore[misc]
                f, t, seed=seed, **c, **sampled(g, way)
            ),
        )


def answer(data: str, seeds: int) -> Answer:
    kept, rows, lines = Kept("a"), [], []
    for name, fit in subjects(data):
        try:
            found = {way: over_seeds(kept, f"{name} | {way}", lambda s, w=way: fit(w, s), seeds) for way in WAYS}  # type: ignore[misc]
        except NotMeasured:
            continue
        rows += [{"model": name, "way": way} | m for way, m in found.items()]
        best = max(("level", "R", "O"), key=lambda way: found[way]["ess_per_second"])
        integrated = max(found[way]["ess_per_second"] for way in ("auto", "A"))
        lines.append([name, *(number(found[way]["ess_per_second"]) for way in WAYS),
                      f"{integrated / found[best]['ess_per_second']:.1f}",
                      f"{found[best]['gradients_per_ess'] / found['auto']['gradients_per_ess']:.1f}",
                      " / ".join(str(found[way]["divergences"]) for way in WAYS)])  # fmt: skip
    head = ["model", *(TITLES[way] for way in WAYS), "× over best sampled", "of it by gradients", "divergences"]
    return Answer("a", kept, markdown(head, lines), rows, ("model", "way", WAYS, "smallest ESS a CPU second"))
