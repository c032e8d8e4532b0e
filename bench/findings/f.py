"""(f) Vectorised against scalar integration: the paper's comparison on electric company and pulmonary fibrosis. The scalar
scheme unrolls the rows into the program, and pays for it in tracing and compiling; ours has nothing to compile."""

from __future__ import annotations

import json
import pathlib
import subprocess
import tempfile
import time

import numpy as np

import woodbury
from bench.findings.measure import Kept, Measured, NotMeasured, over_seeds
from bench.findings.page import Answer
from bench.paper import catalogue
from bench.paper.catalogue import ROOT
from bench.paper.contestants import ours
from bench.paper.tables import markdown, number

ROWS = {"electric": [192], "fibrosis": [176, 549, 1549]}
MINUTES = 10


def compiled(model: str, rows: int, scheme: str, data: str) -> Measured:
    """Seconds of tracing and compiling value and gradient, and microseconds of one, in NumPyro; in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.json"
        words = [
            str(ROOT / "build/venv-peers/bin/python"),
            "-m",
            "bench.findings.gradient",
            model,
            str(rows),
            scheme,
            data,
            str(out),
        ]
        begin = time.perf_counter()
        try:
            subprocess.run(
                words,
                cwd=ROOT,
                check=True,
                timeout=60 * MINUTES,
                env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            )
        except subprocess.TimeoutExpired:
            return {"compile": time.perf_counter() - begin, "us": float("nan"), "value": float("nan")}
        measured: Measured = json.loads(out.read_text())
        return measured


def answer(data: str, seeds: int) -> Answer:
    kept, rows, lines = Kept("f"), [], []
    for model, sizes in ROWS.items():
        for size in sizes:
            try:
                found = {
                    s: kept.get(f"{model} {size} {s}", lambda s=s: compiled(model, size, s, data))
                    for s in ("scalar", "vectorised")
                }  # type: ignore[misc]
            except NotMeasured:
                continue
            entry = catalogue.load()[model]
            table = catalogue.read_table(entry, data).iloc[:size]

            def fit(seed: int, entry: catalogue.Entry = entry, table: object = table) -> woodbury.Fit:
                return ours.fit(entry, table, seed=seed)

            mine = over_seeds(kept, f"{model} {size} ours", fit, seeds)
            difference = abs(found["scalar"]["value"] - found["vectorised"]["value"])
            rows.append({"model": model, "rows": size} | {f"{s}_{k}": m[k] for s, m in found.items() for k in ("compile", "us")}
                        | {f"ours_{k}": mine[k] for k in ("us_per_gradient", "cpu", "ess_per_second")})  # fmt: skip
            lines.append([model, str(size), number(found["scalar"]["compile"]), number(found["vectorised"]["compile"]),
                          number(found["scalar"]["us"]), number(found["vectorised"]["us"]), number(mine["us_per_gradient"]),
                          number(mine["cpu"]), "" if np.isnan(difference) else f"{difference:.1e}"])  # fmt: skip
    head = ["model", "rows", "compile s: scalar", "vectorised", "µs a gradient: scalar", "vectorised", "ours",
            "ours, CPU s of a whole fit", "log densities differ by"]  # fmt: skip
    return Answer("f", kept, markdown(head, lines), rows)
