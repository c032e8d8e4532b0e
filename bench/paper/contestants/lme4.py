"""lme4's point estimate: no draws, the least time in which anything can be said of the model."""

from __future__ import annotations

import json
import pathlib
import subprocess

from bench.paper.catalogue import ROOT, load, read_table
from bench.paper.contestants.stan_program import save_data
from bench.paper.design import Design, build
from bench.paper.job import Job


def formula(design: Design) -> str:
    """Over R's X (columns of the mean that are not zero), Z and g1, g2, g3."""
    bar = "||" if design.K == 2 and not design.correlated else "|"
    columns = "1" if design.K == 1 else "1 + z" if bar == "||" else "0 + Z"
    terms = [f"({columns} {bar} g{f + 1})" for f in range(len(design.groups))]
    return "y ~ 0 + X + " + " + ".join(terms)


def main() -> None:
    job = Job.from_arguments()
    entry = load()[job.model]
    design = build(entry, read_table(entry, job.data))
    if design.heteroscedastic or design.sd_kind == "constant":
        raise SystemExit(f"{entry.name} is no model of lme4's")
    folder = pathlib.Path(job.folder)
    # Means of the effects are fixed effects of lme4's.
    means = (design.groups[0].mean_at >= 0).any()
    values = {"y": design.y, "Z": design.Z, "X": design.X, "means": int(means)}
    values |= {f"g{f + 1}": group.index for f, group in enumerate(design.groups)}
    save_data(values, folder / "data.json")
    (folder / "formula.json").write_text(json.dumps({"formula": formula(design)}))
    script = ROOT / "bench" / "paper" / "contestants" / "lme4.R"
    subprocess.run(["Rscript", str(script), str(folder)], check=True)


if __name__ == "__main__":
    main()
