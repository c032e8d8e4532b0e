"""Woodbury itself, at its defaults, or under the paper's variants as options that any user has.

| variant | integrated | sampled effects |
|---|---|---|
| auto | what the planner chooses | as it chooses |
| O | nothing | centred |
| R | nothing | non-centred |
| level | nothing | centred level by level, where the data inform them |
| M1, M2, M3 | the effects of that one factor | centred |
| MR1, MR2 | likewise | non-centred |
| A | everything that can be | |
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np

import woodbury
from bench.paper.catalogue import ROOT, Entry, load, read_table
from bench.paper.job import Job, Meta, Stopwatch, hand_back

CENTRED, NON_CENTRED = "centred", "noncentred"


def targets(entry: Entry) -> list[str]:
    """What `parametrisation=` names: a formula's factors, a program's variables."""
    names = [name for text in entry.effects for name in text.split(",")] if entry.effects else list(entry.factors)
    return names


def options(entry: Entry, variant: str) -> dict[str, Any]:
    """A variant of the paper in our words."""
    if variant == "auto":
        return {}
    if variant == "A":
        return {"integrate": "all"}
    if variant in ("O", "R", "level"):
        way = {"O": CENTRED, "R": NON_CENTRED, "level": "auto"}[variant]
        return {"integrate": "none", "parametrisation": dict.fromkeys(targets(entry), way)}
    if variant[0] == "M":
        number = int(variant[-1]) - 1
        effects = entry.effect_names(number).split(",")
        others = [t for i, t in enumerate(targets(entry)) if i != number and t not in effects]
        way = NON_CENTRED if variant.startswith("MR") else CENTRED
        return {"integrate": effects, "parametrisation": dict.fromkeys(others, way)}
    raise ValueError(f"no variant `{variant}`")


def model_options(entry: Entry) -> dict[str, Any]:
    """What a formula's user passes besides the formula."""
    chosen: dict[str, Any] = {"family": entry.family, "priors": entry.priors, "contrasts": entry.contrasts}
    if entry.sigma:
        chosen["sigma"] = entry.sigma
    return chosen


def fit(entry: Entry, table: Any, **chosen: Any) -> woodbury.Fit:
    """The entry's model, fitted."""
    if entry.formula:
        return woodbury.fit(entry.formula, table, **model_options(entry), **chosen)
    sys.path.insert(0, str(ROOT / "tests" / "paper"))
    import programs  # type: ignore[import-not-found]

    built: woodbury.Fit = programs.PROGRAMS[entry.program](table).fit(**chosen)
    return built


def measured(result: woodbury.Fit) -> Meta:
    """What a fit says of its own work."""
    run = result.run
    cpu, wall = run["cpu_seconds"], result.seconds
    stages = ("compile", "sample", "recover")
    return Meta(
        wall=sum(wall[s] for s in stages),
        cpu=sum(cpu[s] for s in stages),
        apart={s: wall[s] for s in ("read", "bind", "plan", "diagnose") if s in wall},
        warmup_gradients=run["gradients"]["warmup"],
        gradients=run["gradients"]["draws"],
        divergences=result.divergences,
        versions={"woodbury": run["version"]},
        notes={"warmup": run["warmup_note"], "sampled_dims": result.explain().sampled_dims},
    )


def main() -> None:
    job = Job.from_arguments()
    entry = load()[job.model]
    table = read_table(entry, job.data)
    warnings.simplefilter("ignore", woodbury.FitWarning)
    watch = Stopwatch()
    result = fit(entry, table, seed=job.seed, chains=job.chains, draws=job.draws, **options(entry, job.variant))
    meta = measured(result)
    meta.apart["call"], meta.apart["call_cpu"] = watch.wall, watch.cpu
    hand_back(job, list(result.draws.columns), np.asarray(result.draws.array), meta)


if __name__ == "__main__":
    main()
