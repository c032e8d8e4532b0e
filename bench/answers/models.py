"""The fits that are asked, each with a rival, its groups and rows of a new level."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Asked:
    name: str
    formula: str
    rival: str  # of the same rows, to compare with
    groups: tuple[str, ...]  # of which the first gets a new level
    hypothesis: str

    def write_rows(self, table: Path, folder: Path) -> None:
        """`known.csv`: the first 100 rows; `new.csv`: the same of a new level; `given.csv`: five of them with responses."""
        with table.open(newline="") as file:
            reader = csv.DictReader(file)
            rows = [row for row, _ in zip(reader, range(100))]
            names = list(reader.fieldnames or [])
        new = [{**row, self.groups[0]: "a new one"} for row in rows]
        for name, written in (("known", rows), ("new", new), ("given", new[:5])):
            with (folder / f"{name}.csv").open("w", newline="") as file:
                writer = csv.DictWriter(file, names)
                writer.writeheader()
                writer.writerows(written)


MODELS = (
    Asked(
        "sleepstudy",
        "Reaction ~ Days + (Days | Subject)",
        "Reaction ~ Days + (1 | Subject)",
        ("Subject",),
        "Days > 5",
    ),
    Asked(
        "dillonE1",
        "log(rt) ~ int + (int | subj) + (int | item)",
        "log(rt) ~ int + (1 | subj) + (1 | item)",
        ("subj", "item"),
        "intlow < 0",
    ),
    Asked(
        "eeg",
        "n400 ~ cloze + (cloze | subj) + (cloze | item)",
        "n400 ~ cloze + (1 | subj) + (1 | item)",
        ("subj", "item"),
        "cloze > 2",
    ),
    Asked(
        "InstEval",
        "y ~ 1 + service + (1 | s) + (1 | d) + (1 | dept)",
        "y ~ 1 + service + (1 | s) + (1 | d)",
        ("s", "d", "dept"),
        "service < 0",
    ),
)
