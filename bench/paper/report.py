"""From the cells' results to docs/paper.md, docs/paper.csv and docs/paper.svg: one command, nothing written by hand between
the page's markers."""

from __future__ import annotations

import csv
import json
import pathlib
import re
from typing import Any

from bench.paper import catalogue, experiment, machine, tables

COLUMNS = ["model", "contestant", "seed", "status", "commit", "at", "load", "minutes", "min_ess", "median_ess",
           "min_ess_of", "max_rhat", "kept", "warmup_gradients", "gradients", "divergences", "wall", "cpu", "process_wall",
           "process_cpu"]  # fmt: skip


def read(results: pathlib.Path) -> list[dict[str, Any]]:
    """All cells' results."""
    return [json.loads(path.read_text()) for path in sorted(results.glob("*/*.json"))]


def replace_section(page: str, name: str, body: str) -> str:
    """The page with what stands between `<!-- begin name -->` and `<!-- end name -->` replaced."""
    pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.S)
    if not pattern.search(page):
        raise ValueError(f"the page has no section {name}")
    return pattern.sub(lambda match: match[1] + body.rstrip("\n") + "\n" + match[2], page)


def provenance(results: list[dict[str, Any]]) -> str:
    """Machine, versions, commits, load."""
    versions: dict[str, str] = {}
    for result in results:
        versions |= result.get("versions", {})
    facts = machine.describe() | versions
    loads = [r["load"] for r in results]
    commits = sorted({r["commit"] for r in results if r["contestant"].startswith("ours")})
    days = sorted({r["at"][:16] for r in results})
    lines = [f"{name} {value}" for name, value in facts.items()]
    return (
        f"{len(results)} cells, {days[0].replace('T', ' ')} to {days[-1].replace('T', ' ')} UTC. "
        + "; ".join(lines)
        + f". Commit of ours: {', '.join(commits)}. Load when cells began: {min(loads):.1f} to {max(loads):.1f}, median"
        f" {sorted(loads)[len(loads) // 2]:.1f}. Most minutes a cell: {', '.join(f'{m:g}' for m in sorted({r['minutes'] for r in results}))}.\n"
    )


def order(results: list[dict[str, Any]]) -> list[str]:
    """Models that have results, in the catalogue's order."""
    have = {r["model"] for r in results}
    return [name for name in catalogue.load() if name in have]


def sections(results: list[dict[str, Any]]) -> dict[str, str]:
    """Every generated part of the page."""
    entries, models = catalogue.load(), order(results)
    details = ""
    for model in models:
        names = [c for c in experiment.contestants(entries[model]) if not c.startswith("ours-") or c == "ours-auto"]
        details += f"\n### {model}\n\n" + tables.details_table(results, model, names)
    variants = ""
    for model in models:
        names = ["ours-auto", *experiment.variants(entries[model])]
        if any(r["model"] == model and r["contestant"] in names[1:] for r in results):
            variants += f"\n### {model}: variants\n\n" + tables.details_table(results, model, names)
    return {
        "provenance": provenance(results),
        "goals": tables.goals_table(results, models),
        "details": details,
        "variants": variants,
        "agreement": tables.agreement_table(results, models),
    }


def write_csv(results: list[dict[str, Any]], path: pathlib.Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for result in results:
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in result.items()})


def write(results_folder: pathlib.Path, into: pathlib.Path) -> None:
    """Page, data and picture of the results, in `into`; the page's own text is that of docs/paper.md."""
    from bench.paper import plots

    results = read(results_folder)
    if not results:
        raise SystemExit(f"{results_folder} has no results yet")
    into.mkdir(parents=True, exist_ok=True)
    page = (catalogue.ROOT / "docs" / "paper.md").read_text()
    for name, body in sections(results).items():
        page = replace_section(page, name, body)
    (into / "paper.md").write_text(page)
    write_csv(results, into / "paper.csv")
    plots.rates(results, order(results), into / "paper.svg")
    print(f"{into / 'paper.md'}: {len(results)} cells")
