"""The planner's choices against all plans that were tried: table, picture and planning times in the docs.

    python bench/planner/report.py build/bench/planner.csv build/bench/planning.csv docs

writes docs/planner.csv and docs/planner.svg, and docs/benchmarks.md between its marks. `./dev bench planner` does all.
Needs Matplotlib.
"""

from __future__ import annotations

import csv
import os
import pathlib
import shutil
import sys
from collections.abc import Iterator

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams |= {"svg.hashsalt": "woodbury", "svg.fonttype": "none", "font.size": 9}
import matplotlib.pyplot as plt  # noqa: E402

MARKS = "<!-- planner: written by bench/planner/report.py -->", "<!-- planner: end -->"
ASKED = 1.5
TEXT = ("model", "plan", "reduce", "chosen", "bounded")

Row = dict[str, str | float]


def read(path: str) -> list[Row]:
    with open(path, newline="") as file:
        return [
            {key: value if key in TEXT else float(value) for key, value in row.items()} for row in csv.DictReader(file)
        ]


def choices(rows: list[Row]) -> Iterator[tuple[str, Row, Row]]:
    """By model: the chosen plan and the best."""
    for model in dict.fromkeys(row["model"] for row in rows):
        plans = [row for row in rows if row["model"] == model]
        chosen = next((row for row in plans if row["chosen"] == "true"), None)
        if chosen:
            yield model, chosen, max(plans, key=lambda row: row["ess_per_second"])


def rate(row: Row) -> str:
    """Effective draws a second; marked where the time ran out, for more of it would have paid for the warm-up."""
    return f"{row['ess_per_second']:,.3g}".replace(",", " ") + ("*" if row["bounded"] == "true" else "")


def table(rows: list[Row]) -> list[str]:
    lines = [
        "| model | plans | chosen | ESS/s | best plan | ESS/s | best / chosen | seeds |",
        "|---|--:|---|--:|---|--:|--:|--:|",
    ]
    within, count = 0, 0
    for model, chosen, best in choices(rows):
        tried = sum(row["model"] == model for row in rows)
        ratio = best["ess_per_second"] / chosen["ess_per_second"] if chosen["ess_per_second"] > 0 else float("inf")
        within, count = within + (ratio <= ASKED), count + 1
        name = "the same" if best is chosen else best["plan"]
        lines.append(
            f"| {model} | {tried} | {chosen['plan']} | {rate(chosen)} | {name} | {rate(best)} | {ratio:.2f} |"
            f" {chosen['seeds']:.0f} |"
        )
    return [f"The choice is within {ASKED} times the best plan's rate for {within} of {count} models.", "", *lines]


def planning(path: str) -> str:
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return (
        "Planning itself, milliseconds of CPU time, the least of five: "
        + ", ".join(f"{row['model']} {float(row['ms']):.2g}" for row in rows)
        + "."
    )


def draw(rows: list[Row], picture: pathlib.Path) -> None:
    panels = [
        ("µs a gradient", "predicted_us", "us"),
        ("gradients an effective draw", "predicted_gradients", "gradients"),
    ]
    figure, axes = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
    for axis, (title, predicted, measured) in zip(axes, panels):
        for chosen, marker in (("false", "o"), ("true", "D")):
            some = [row for row in rows if row["chosen"] == chosen]
            axis.plot(
                [row[measured] for row in some],
                [row[predicted] for row in some],
                marker,
                markersize=4,
                alpha=0.7,
                label="chosen" if chosen == "true" else "not chosen",
            )
        low = min(min(row[measured], row[predicted]) for row in rows)
        high = max(max(row[measured], row[predicted]) for row in rows)
        axis.plot([low, high], [low, high], color="grey", linewidth=0.8)
        axis.set(xscale="log", yscale="log", xlabel=f"measured {title}", ylabel=f"predicted {title}")
        axis.legend()
    figure.savefig(picture, metadata={"Date": None})


def publish(plans: str, times: str, docs: pathlib.Path) -> None:
    rows = read(plans)
    shutil.copyfile(plans, docs / "planner.csv")
    draw([row for row in rows if row["gradients"] > 0], docs / "planner.svg")
    load = f"Load {os.getloadavg()[2]:.1f} over the last quarter of an hour, {os.cpu_count()} cores."
    text = "\n".join(["", load, *table(rows), "", planning(times), ""])
    page = docs / "benchmarks.md"
    before, rest = page.read_text().split(MARKS[0])
    page.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.split(MARKS[1])[1]}")


if __name__ == "__main__":
    publish(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]))
