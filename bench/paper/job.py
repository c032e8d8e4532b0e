"""What a contestant's process is asked for, and how it hands its draws back.

A contestant is `python -m bench.paper.contestants.NAME JOB.json` (or an R script with that argument). It leaves, in the
job's folder, `draws.bin` (float64, of shape columns × chains × draws) and `meta.json`: what it measured.
"""

from __future__ import annotations

import json
import os
import pathlib
import resource
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass
class Job:
    """One cell's work. `variant` is what comes after the contestant's name: `numpyro-M1` has "M1"."""

    model: str
    variant: str
    seed: int
    data: str
    folder: str
    chains: int = 4
    warmup: int = 1000
    draws: int = 1000

    def save(self) -> pathlib.Path:
        path = pathlib.Path(self.folder) / "job.json"
        path.write_text(json.dumps(asdict(self)))
        return path

    @classmethod
    def from_arguments(cls) -> Job:
        return cls(**json.loads(pathlib.Path(sys.argv[1]).read_text()))


@dataclass
class Meta:
    """What a contestant measured. Seconds are those of adaptation, sampling and recovery, wall and CPU of all threads;
    what else it did (reading, compiling, summarising) stands apart."""

    wall: float
    cpu: float
    apart: dict[str, float] = field(default_factory=dict)
    warmup_gradients: int | None = None
    gradients: int | None = None
    divergences: int | None = None
    versions: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)


def hand_back(job: Job, names: list[str], draws: NDArray[np.float64], meta: Meta) -> None:
    """Writes draws of shape (chain, draw, column) and what was measured."""
    folder = pathlib.Path(job.folder)
    chains, kept, columns = draws.shape
    if columns != len(names):
        raise ValueError(f"{columns} columns of draws, {len(names)} names")
    np.ascontiguousarray(np.moveaxis(draws, -1, 0), dtype="<f8").tofile(folder / "draws.bin")
    content = asdict(meta) | {"names": names, "chains": chains, "draws": kept}
    (folder / "meta.json").write_text(json.dumps(content))


def read_back(folder: str | os.PathLike[str]) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """What `hand_back`, or an R script, left: the measurements and the draws (chain, draw, column)."""
    meta = json.loads((pathlib.Path(folder) / "meta.json").read_text())
    shape = (len(meta["names"]), meta["chains"], meta["draws"])
    draws = np.fromfile(pathlib.Path(folder) / "draws.bin", dtype="<f8").reshape(shape)
    return meta, np.moveaxis(draws, 0, -1)


class Stopwatch:
    """Wall and CPU seconds, all threads and ended children included, since it was made."""

    def __init__(self) -> None:
        self.wall_begin, self.cpu_begin = time.perf_counter(), cpu_now()

    @property
    def wall(self) -> float:
        return time.perf_counter() - self.wall_begin

    @property
    def cpu(self) -> float:
        return cpu_now() - self.cpu_begin


def cpu_now() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
