"""An answer's table, data and picture, and their places in docs/findings.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib.pyplot as plt

from bench.findings.measure import Kept, write_csv
from bench.paper import machine
from bench.paper.catalogue import ROOT
from bench.paper.plots import save
from bench.paper.report import replace_section

FOLDER = ROOT / "docs" / "findings"


@dataclass
class Line:
    """A line of a picture: where, how high."""

    label: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass
class Panel:
    """One of a picture's axes; both logarithmic."""

    x_label: str
    y_label: str
    lines: list[Line] = field(default_factory=list)


@dataclass
class Answer:
    letter: str
    kept: Kept
    table: str
    rows: list[dict[str, Any]]
    dots: tuple[str, str, Sequence[str], str] | None = None
    """A row a value of the first column, a mark a value of the second, those in the third; what is shown: ess_per_second."""
    panels: list[Panel] = field(default_factory=list)


def dots(answer: Answer) -> plt.Figure:
    assert answer.dots
    by, mark, marks, label = answer.dots
    names = list(dict.fromkeys(row[by] for row in answer.rows))
    figure, axis = plt.subplots(figsize=(8, 1.2 + 0.26 * len(names)), layout="constrained")
    for k, value in enumerate(marks):
        some = [row for row in answer.rows if row[mark] == value]
        axis.plot(
            [r["ess_per_second"] for r in some],
            [names.index(r[by]) for r in some],
            "oDs^v<>"[k],
            label=value,
            alpha=0.8,
        )
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.set(xscale="log", xlabel=label)
    axis.grid(axis="x", alpha=0.3)
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    return figure


def lines(answer: Answer) -> plt.Figure:
    columns = min(2, len(answer.panels))
    rows = -(-len(answer.panels) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(4.4 * columns, 3.2 * rows), layout="constrained", squeeze=False)
    for panel, axis in zip(answer.panels, axes.flat, strict=False):
        for line in panel.lines:
            axis.plot(line.x, line.y, "o-", markersize=3, label=line.label)
        axis.set(xscale="log", yscale="log", xlabel=panel.x_label, ylabel=panel.y_label)
        axis.grid(alpha=0.3)
        if len(panel.lines) > 1:
            axis.legend(frameon=False)
    for axis in axes.flat[len(answer.panels) :]:
        axis.axis("off")
    return figure


def provenance(kept: Kept) -> str:
    low, high = kept.loads()
    facts = "; ".join(f"{k} {v}" for k, v in machine.describe().items())
    return f"{len(kept.done)} measurements at {', '.join(kept.commits())}; load {low:.1f} to {high:.1f}; {facts}.\n\n"


def publish(answer: Answer) -> None:
    """docs/findings/LETTER.csv and .svg, and the page's section."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_csv(FOLDER / f"{answer.letter}.csv", answer.rows)
    if answer.dots or answer.panels:
        save(dots(answer) if answer.dots else lines(answer), FOLDER / f"{answer.letter}.svg")
    page = ROOT / "docs" / "findings.md"
    page.write_text(replace_section(page.read_text(), answer.letter, provenance(answer.kept) + answer.table))
    print(answer.table)
