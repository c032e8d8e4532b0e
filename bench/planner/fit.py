"""Fits the planner's cost constants to measured gradients.

    planner_bench --gradients --out gradients.csv; planner_bench --out plans.csv
    python bench/planner/fit.py constants gradients.csv  # nanoseconds, for woodbury/plan/cost.hpp
    python bench/planner/fit.py draws plans.csv          # the constants of gradients a draw

Needs NumPy and SciPy.
"""

import csv
import sys

import numpy as np
from scipy.optimize import nnls

FEATURES = [
    "products",
    "updates",
    "calls",
    "dense",
    "entries",
    "nodes",
    "contrasts",
    "tail_blocks",
    "sampled",
    "rows",
    "row_pairs",
    "weighed",
]


def read(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    text = ("model", "plan", "reduce", "chosen")
    return [{key: value if key in text else float(value) for key, value in row.items()} for row in rows]


def features(row):
    """As woodbury::plan::gradient_microseconds has them."""
    return [1, row["tail"] ** 3, row["tail"] ** 2] + [row[name] for name in FEATURES]


def constants(path):
    rows = read(path)
    x = np.array([features(row) for row in rows])
    y = np.array([row["us"] for row in rows]) * 1e3
    scale = x.max(axis=0)
    solution, _ = nnls(x / y[:, None] / scale, np.ones(len(y)))
    solution /= scale
    for name, value in zip(["overhead", "tail_cubed", "tail_squared"] + FEATURES, solution):
        print(f"{name:13} {value:.4g} ns")
    ratio = x @ solution / y
    print(
        f"predicted / measured: {np.percentile(ratio, [0, 10, 50, 90, 100]).round(2)} (least, 10 %, median, 90 %, most)"
    )
    for row, r in sorted(zip(rows, ratio), key=lambda pair: pair[1]):
        if not 0.6 < r < 1.67:
            print(
                f"  {row['model']}, {row['plan']}, reduce {row['reduce']}: {row['us']:.3g} µs, predicted {r * row['us']:.3g}"
            )


MODE_DIMS = 25


def draws(path):
    rows = [row for row in read(path) if row["gradients"] > 0]
    small = [row for row in rows if row["sampled"] <= MODE_DIMS]
    for name, some in (("whole", False), ("some", True)):
        measured = [row["gradients"] for row in small if (row["condition"] > 1) == some]
        if measured:
            print(
                f"{name}: median {np.median(measured):.3g} gradients a draw, {min(measured):.3g} to {max(measured):.3g}"
            )
    ratio = [row["gradients"] / row["condition"] ** 0.5 for row in rows if row["sampled"] > MODE_DIMS]
    print(f"path: median {np.median(ratio):.3g} of sqrt(condition), {min(ratio):.3g} to {max(ratio):.3g}")
    for row in rows:
        print(
            f"  {row['model']:14} {row['plan']:26} condition {row['condition']:8.3g} dims {row['sampled']:5.0f}"
            f"  predicted {row['predicted_gradients']:6.3g}  measured {row['gradients']:6.3g}"
        )


if __name__ == "__main__":
    {"constants": constants, "draws": draws}[sys.argv[1]](*sys.argv[2:])
