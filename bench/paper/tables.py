"""Results of cells as tables in Markdown: medians over seeds, ratios, bounds. Pure functions of the results."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.paper import score

Result = dict[str, Any]

REDUCED = ("sleepstudy", "english", "gg05", "mandarin", "mandarin2", "dutch")
"""Models whose designs reduce; more is asked of them."""


@dataclass
class Goal:
    """What our ESS a second is to be of a contestant's: generally, and where the design reduces."""

    title: str
    contestants: tuple[str, ...]  # the best of them counts
    least: float
    least_reduced: float

    def of(self, model: str) -> float:
        return self.least_reduced if model in REDUCED else self.least


GOALS = [
    Goal("Stan, non-centred", ("rstan-noncentred",), 100, 1000),
    Goal("Stan, marginal", ("rstan-marginal",), 20, 100),
    Goal("paper's method", ("numpyro-M1", "numpyro-M2", "numpyro-M3"), 20, 100),
]


@dataclass
class Rate:
    """Smallest ESS a CPU second over seeds: a median with its spread, or a bound from above."""

    value: float
    low: float
    high: float
    seeds: int
    bounded: bool = False

    def __str__(self) -> str:
        if self.bounded:
            return f"< {number(self.value)}"
        return number(self.value) + (f" ({number(self.low)}–{number(self.high)})" if self.seeds > 1 else "")


def number(x: float | None) -> str:
    """Three digits, thousands apart."""
    if x is None or x != x:
        return ""
    if x >= 1000:
        return f"{round(x, 2 - len(str(int(x)))):,.0f}".replace(",", " ")
    return f"{x:.3g}"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """A table whose first `left` columns are text."""
    rule = ["---"] * left + ["--:"] * (len(head) - left)
    lines = [head, rule, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def select(results: Iterable[Result], model: str, contestant: str) -> list[Result]:
    return [r for r in results if r["model"] == model and r["contestant"] == contestant and r["status"] != "failed"]


def rate(results: Sequence[Result]) -> Rate | None:
    """Of one contestant on one model. One seed without enough effective draws makes it a bound."""
    if not results:
        return None
    bounds = [b for r in results if (b := score.bound(r)) is not None]
    if bounds:
        return Rate(max(bounds), 0, max(bounds), len(results), bounded=True)
    values = sorted(r["min_ess"] / r["cpu"] for r in results)
    return Rate(statistics.median(values), values[0], values[-1], len(values))


def best(results: Sequence[Result], model: str, contestants: Iterable[str]) -> Rate | None:
    """The fastest of several; a bound only where none has a rate."""
    rates = [r for c in contestants if (r := rate(select(results, model, c)))]
    return max(rates, key=lambda r: (not r.bounded, r.value), default=None)


def ratio(ours: Rate | None, theirs: Rate | None, goal: float) -> str:
    """Ours over theirs, bold where it reaches the goal; `> x` where theirs is a bound."""
    if ours is None or theirs is None or ours.bounded:
        return ""
    times = ours.value / theirs.value
    text = ("> " if theirs.bounded else "") + number(times)
    return f"**{text}**" if times >= goal else text


def goals_table(results: Sequence[Result], models: Iterable[str]) -> str:
    head = ["model", "ours, ESS / CPU s"] + [part for g in GOALS for part in (f"× {g.title}", "goal")]
    rows = []
    for model in models:
        ours = rate(select(results, model, "ours-auto"))
        if ours is None:
            continue
        row = [model, str(ours)]
        for goal in GOALS:
            theirs = best(results, model, goal.contestants)
            row += [ratio(ours, theirs, goal.of(model)), f"{goal.of(model):g}" if theirs else ""]
        rows.append(row)
    return markdown(head, rows)


def median_of(results: Sequence[Result], key: str) -> float | None:
    values = [r[key] for r in results if r.get(key) is not None]
    return statistics.median(values) if values else None


def details_table(results: Sequence[Result], model: str, contestants: Iterable[str]) -> str:
    head = ["", "ESS / CPU s", "median ESS / CPU s", "ESS / 1000 draws", "ESS / 1000 gradients", "least ESS",
            "CPU s", "wall s", "compile s", "diverged", "R-hat", "seeds"]  # fmt: skip
    rows = []
    for contestant in contestants:
        some = select(results, model, contestant)
        if some:
            rows.append(details_row(contestant, some))
    return markdown(head, rows)


def details_row(contestant: str, some: Sequence[Result]) -> list[str]:
    of_all = [score.rates(r) for r in some]

    def middle(key: str, scale: float = 1) -> str:
        values = [scale * r[key] for r in of_all if key in r]
        return number(statistics.median(values)) if values else ""

    compile_seconds = [r["apart"].get("compile") for r in some if r.get("apart", {}).get("compile")]
    found = rate(some)
    has_draws = any("min_ess" in r for r in some)
    stopped = any(r["status"] == "time is up" for r in some)
    return [
        contestant.replace("ours-auto", "ours"),
        str(found) if found and (has_draws or stopped) else "",
        middle("median_per_cpu_second"),
        middle("min_per_draw", 1000),
        middle("min_per_gradient", 1000),
        number(median_of(some, "min_ess")) if has_draws else "time is up" if stopped else "",
        number(median_of(some, "cpu")),
        number(median_of(some, "wall")),
        number(max(compile_seconds)) if compile_seconds and not contestant.startswith("ours") else "",
        number(median_of(some, "divergences")),
        f"{max(r['max_rhat'] for r in some if 'max_rhat' in r):.3f}" if has_draws else "",
        str(len(some)),
    ]


def agreement_table(results: Sequence[Result], models: Iterable[str]) -> str:
    """Every contestant's means against ours of another seed's where there are several, in combined MCSEs."""
    rows = []
    for model in models:
        ours = [r for r in select(results, model, "ours-auto") if r.get("parameters")]
        for contestant in dict.fromkeys(r["contestant"] for r in results if r["model"] == model):
            some = [r for r in select(results, model, contestant) if score.bound(r) is None and r.get("parameters")]
            if contestant == "ours-auto" or not ours or not some:
                continue
            worst, where, count = max(score.disagreement(r["parameters"], ours[0]["parameters"]) for r in some)
            rows.append([model, contestant, f"{worst:.2f}", f"`{where}`", str(count)])
    return markdown(["model", "contestant", "worst mean, MCSEs", "of", "parameters"], rows, left=2)
