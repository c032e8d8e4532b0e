"""A cell: one model, contestant and seed; run in a process of its own, its result one JSON file, whole or not there."""

from __future__ import annotations

import json
import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench.paper import score
from bench.paper.catalogue import ROOT
from bench.paper.job import Job, read_back

INTERPRETERS = {"ours": "venv", "rstan": "venv", "lme4": "venv", "numpyro": "venv-peers", "pymc": "venv-peers"}


@dataclass(frozen=True)
class Cell:
    """`contestant` is a module of bench.paper.contestants and a variant: `numpyro-M1`."""

    model: str
    contestant: str
    seed: int

    @property
    def module(self) -> str:
        return self.contestant.split("-")[0]

    def path(self, results: pathlib.Path) -> pathlib.Path:
        return results / self.model / f"{self.contestant}-{self.seed}.json"


@dataclass
class Settings:
    """How cells are run."""

    data: str
    results: pathlib.Path
    minutes: float = 20
    warmup: int = 1000
    draws: int = 1000


def interleaved(models: Iterable[str], contestants: dict[str, list[str]], seeds: int) -> list[Cell]:
    """Seed by seed and model by model, the contestants in turn, each time beginning with another, so that what else the
    machine does falls on all."""
    cells = []
    for seed in range(1, seeds + 1):
        for model in models:
            names = contestants[model]
            turn = (seed - 1) % max(1, len(names))
            cells += [Cell(model, name, seed) for name in names[turn:] + names[:turn]]
    return cells


def pending(cells: Iterable[Cell], results: pathlib.Path, minutes: float) -> list[Cell]:
    """Those without a result yet; what failed, or was stopped after fewer minutes than it may have now, is run again."""
    return [cell for cell in cells if not settled(cell.path(results), minutes)]


def settled(path: pathlib.Path, minutes: float) -> bool:
    if not path.exists():
        return False
    result = json.loads(path.read_text())
    return result["status"] == "done" or (result["status"] == "time is up" and result["minutes"] >= minutes)


def write_whole(path: pathlib.Path, content: dict[str, Any]) -> None:
    """The file appears with all of its content, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False) as file:
        json.dump(content, file)
    os.replace(file.name, path)


def timestamp() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def commit() -> str:
    """Of the sources; `+` where the engine's or the package's differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True).stdout.strip()

    changed = git("status", "--porcelain", "--", "woodbury", "python")
    return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")


def command(cell: Cell, job: pathlib.Path) -> list[str]:
    python = ROOT / "build" / INTERPRETERS[cell.module] / "bin" / "python"
    return [str(python), "-m", f"bench.paper.contestants.{cell.module}", str(job)]


def run(cell: Cell, settings: Settings) -> dict[str, Any]:
    """Runs a cell and leaves its result."""
    with tempfile.TemporaryDirectory(prefix="woodbury-paper-") as folder:
        variant = cell.contestant.partition("-")[2]
        job = Job(cell.model, variant, cell.seed, settings.data, folder, warmup=settings.warmup, draws=settings.draws)
        result = {"model": cell.model, "contestant": cell.contestant, "seed": cell.seed, "commit": commit()}
        result |= {"minutes": settings.minutes, "load": os.getloadavg()[0], "at": timestamp()}
        result |= spawn(command(cell, job.save()), folder, 60 * settings.minutes)
    write_whole(cell.path(settings.results), result)
    return result


def spawn(words: list[str], folder: str, seconds: float) -> dict[str, Any]:
    """Runs a contestant's process within a time limit, and scores what it left."""
    paths = [str(ROOT / "build" / "release" / "python"), str(ROOT)]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(paths))
    environment.setdefault("JAX_COMPILATION_CACHE_DIR", str(ROOT / "build" / "paper" / "jax"))
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    log = pathlib.Path(folder) / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            status = "done" if process.wait(seconds) == 0 else "failed"
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            status = "time is up"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    process_seconds = {
        "process_wall": time.perf_counter() - begin,
        "process_cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    }
    if status != "done":
        took = {"wall": process_seconds["process_wall"], "cpu": process_seconds["process_cpu"] or seconds}
        return {"status": status, **process_seconds, **took, "log": log.read_text()[-2000:]}
    meta, draws = read_back(folder)
    names = meta.pop("names")
    return {"status": status, **process_seconds, **meta, **score.of_draws(names, draws)}
