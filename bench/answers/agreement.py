"""python -m bench.answers.agreement [--data FOLDER]: leave-one-out against ArviZ's, from draws of all effects, and against
brute force, fits without the rows, on five tables: three made here or shipped, and with the folder two published ones.
Writes the table of docs/answers.md where all five were had."""

from __future__ import annotations

import argparse
import warnings
from dataclasses import dataclass
from pathlib import Path

import arviz as az
import numpy as np
import pandas as pd

from bench.answers.brute_force import Array, Study, pointwise, refitted

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "answers.md"
BEGIN, END = "<!-- measured by bench/answers/agreement -->", "<!-- end of agreement -->"
ROWS = 20  # that are refitted, evenly spaced


def crossed(seed: int) -> pd.DataFrame:
    """12 levels of g by 8 of h, with an outlying level of g, and z = exp(y)."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame([(f"g{a}", f"h{b}") for a in range(12) for b in range(8)], columns=["g", "h"])
    table["x"] = rng.normal(size=len(table))
    levels, items = rng.normal(0, 0.6, 12), rng.normal(0, 0.4, 8)
    levels[0] = 2
    slopes = rng.normal(0.5, 0.3, 12)
    g, h = (table[name].str[1:].astype(int) for name in "gh")
    table["y"] = 1 + levels[g] + items[h] + slopes[g] * table["x"] + rng.normal(0, 0.5, len(table))
    table["z"] = np.exp(table["y"])
    return table


def studies(folder: Path | None) -> list[Study]:
    barley = pd.read_csv(ROOT / "tests" / "data" / "barley.csv")
    two, one = crossed(1), crossed(2).drop(index=range(0, 90, 7))
    x = {"x": lambda t: t["x"]}
    found = [
        Study(
            "barley, by site",
            barley,
            "yield ~ year + (year | site) + (1 | variety)",
            {"year1932": lambda t: t["year"] == 1932},
            {"site": ("Intercept", "year1932"), "variety": ("Intercept",)},
            lambda t: t["yield"],
            "site",
            options={"factor": "year"},
        ),
        Study(
            "simulated, crossed, by g",
            two,
            "y ~ x + (x | g) + (1 | h)",
            x,
            {"g": ("Intercept", "x"), "h": ("Intercept",)},
            lambda t: t["y"],
            "g",
        ),
        Study(
            "simulated, log-normal, by g",
            one,
            "z ~ x + (1 | g)",
            x,
            {"g": ("Intercept",)},
            lambda t: np.log(t["z"]),
            "g",
            lambda t: -np.log(t["z"]),
            {"family": "lognormal"},
        ),
    ]
    if folder is None:
        return found
    condition = ("Intercept", "condition")
    gap = ("Intercept", "conditionsubjgap")
    return [
        *found,
        Study(
            "english, by subject",
            pd.read_csv(folder / "english.csv"),
            "NP1 ~ condition + (condition | subject) + (condition | item)",
            {"condition": lambda t: t["condition"]},
            {"subject": condition, "item": condition},
            lambda t: t["NP1"],
            "subject",
        ),
        Study(
            "gg05, by item",
            pd.read_csv(folder / "gg05.csv"),
            "log(RT) ~ condition + (condition | subj) + (condition | item)",
            {"conditionsubjgap": lambda t: t["condition"] == "subjgap"},
            {"subj": gap, "item": gap},
            lambda t: np.log(t["RT"]),
            "item",
            lambda t: -np.log(t["RT"]),
        ),
    ]


@dataclass(frozen=True)
class Against:
    """Ours and another's over the same units; those with a k-hat over 0.7 are left aside."""

    ours: Array
    theirs: Array
    error: float  # Monte Carlo, of the difference of the sums
    k: float  # our largest k-hat
    their_k: float  # theirs, of rows
    aside: int

    @property
    def difference(self) -> float:
        return float(np.sum(self.ours - self.theirs))

    def __str__(self) -> str:
        worst = np.abs(self.ours - self.theirs).max()
        return f"{self.ours.sum():.2f} − {self.theirs.sum():.2f} = {self.difference:.2f} ± {self.error:.2f}; {worst:.3f}"


@dataclass(frozen=True)
class Agreement:
    name: str
    rows: int
    arviz: Against
    by_row: Against
    by_group: Against

    def __str__(self) -> str:
        whole = (self.arviz, self.by_row, self.by_group)
        ks = f"{self.arviz.k:.2f}, {self.arviz.their_k:.2f}, {self.by_group.k:.2f}"
        aside = sum(each.aside for each in whole)
        return f"| {self.name} | {self.rows} | {' | '.join(map(str, whole))} | {ks}{f' ({aside} aside)' * (aside > 0)} |"


def compare(ours: pd.DataFrame, theirs: Array, errors: Array, own_error: float, their_k: Array | None = None) -> Against:
    k = ours["k"].to_numpy()
    other = np.zeros(len(k)) if their_k is None else their_k
    good = np.maximum(k, other) <= 0.7
    error = float(np.hypot(own_error, np.sqrt(np.sum(errors[good] ** 2))))
    elpd = ours["elpd"].to_numpy()[good]
    return Against(elpd, theirs[good], error, float(k.max()), float(other.max()), int((~good).sum()))


def agreement(study: Study) -> Agreement:
    fit = study.fit(study.table)
    by_row, by_group = fit.loo(), fit.loo(by=study.by)
    logs = pointwise(study, fit, study.table)
    chains = fit.draws["sigma"].shape
    data = az.from_dict(
        posterior={"sigma": fit.draws["sigma"]}, log_likelihood={"y": logs.reshape(*chains, -1)}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of k-hats: they are shown
        theirs = az.loo(data, pointwise=True)
    own = by_row.pointwise
    # ArviZ does not say its error: by the delta method, as if draws and rows were independent.
    weights = np.exp(-logs - (-logs).max(0))
    weights /= weights.sum(0)
    spread = np.exp(logs - theirs.loo_i.to_numpy()) - 1
    arviz = compare(
        own,
        theirs.loo_i.to_numpy(),
        np.sqrt(np.sum((weights * spread) ** 2, axis=0)),
        by_row.monte_carlo_error,
        theirs.pareto_k.to_numpy(),
    )
    some = np.unique(np.linspace(0, len(study.table) - 1, ROWS).astype(int))
    place = np.arange(len(study.table))
    rows = np.array([refitted(study, fit, place == n) for n in some])
    levels = by_group.pointwise.index
    labels = study.table[study.by].astype(str).to_numpy()
    groups = np.array([refitted(study, fit, labels == level) for level in levels])
    return Agreement(
        study.name,
        len(study.table),
        arviz,
        compare(own.iloc[some], rows[:, 0], rows[:, 1], by_row.monte_carlo_error),
        compare(by_group.pointwise, groups[:, 0], groups[:, 1], by_group.monte_carlo_error),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.answers.agreement", description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder of english.csv and gg05.csv")
    folder = parser.parse_args().data
    lines = [
        f"| table | rows | ArviZ, all rows | refits, {ROWS} rows | refits, all levels | largest k-hats: rows, ArviZ's, levels |",
        "|---|---:|---|---|---|---|",
    ]
    print("\n".join(lines))
    for study in studies(folder):
        lines.append(str(agreement(study)))
        print(lines[-1], flush=True)
    if folder is None:
        return
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    PAGE.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
