"""Stan through Debian's rstan: `noncentred` as brms writes it, `centred`, `marginal` (factor 1 integrated out by hand,
the others non-centred) and `sufficient` (non-centred; the rows as cross-products).

rstan.R compiles, samples and writes the draws; this names the columns as a fit of ours does.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

from bench.paper.catalogue import ROOT, load, read_table
from bench.paper.contestants import stan_program
from bench.paper.design import Design, build
from bench.paper.job import Job

PROGRAMS = {"noncentred": "plain", "centred": "plain", "marginal": "marginal", "sufficient": "sufficient"}


def names(design: Design) -> dict[str, str]:
    """Stan's column → ours."""
    table = {f"b[{i + 1}]": name for i, name in enumerate(design.b)}
    table |= {f"c[{i + 1}]": name for i, name in enumerate(design.c)}
    table["sigma[1]"] = design.sigma
    for f, group in enumerate(design.groups, 1):
        table |= {f"tau[{f},{k + 1}]": name for k, name in enumerate(group.sds)}
        table[f"cor[{f}]"] = group.cor
        table |= effects(f"r{f}", group.effects, design.K)
    if design.spread:
        table |= {f"taus[1,{k + 1}]": name for k, name in enumerate(design.spread.sds)}
        table["cors[1]"] = design.spread.cor
        table |= effects("s", design.spread.effects, design.K)
    return table


def effects(stem: str, named: list[str], K: int) -> dict[str, str]:
    return {f"{stem}[{i // K + 1},{i % K + 1}]": name for i, name in enumerate(named)}


def main() -> None:
    job = Job.from_arguments()
    entry = load()[job.model]
    design = build(entry, read_table(entry, job.data))
    folder, program = pathlib.Path(job.folder), PROGRAMS[job.variant]
    values = stan_program.data(design, job.variant == "centred", program == "sufficient")
    stan_program.save_data(values, folder / "data.json")
    script = ROOT / "bench" / "paper" / "contestants" / "rstan.R"
    subprocess.run(["Rscript", str(script), sys.argv[1], str(stan_program.write(program))], check=True)
    meta = json.loads((folder / "meta.json").read_text())
    table = names(design)
    meta["names"] = [table[name] for name in meta["names"]]
    (folder / "meta.json").write_text(json.dumps(meta))


if __name__ == "__main__":
    main()
