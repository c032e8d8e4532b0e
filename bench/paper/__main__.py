"""python -m bench.paper run --data DIR [--quick] …: every model by every contestant, resumable, and the report.

run      cells that have no result yet; then the report
report   tables and plots of the results that there are
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import time

from bench.paper import catalogue, cells, experiment
from bench.paper.catalogue import ROOT


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench paper", description="The paper's experiments, side by side.")
    parser.add_argument("command", choices=["run", "report"], nargs="?", default="run")
    parser.add_argument("--data", help="the folder of the models' tables (tests/paper/README.md)")
    parser.add_argument("--quick", action="store_true", help="five models, six contestants, one seed: minutes")
    parser.add_argument("--seeds", type=int, default=None, help="seeds of each contestant (3; quick: 1)")
    parser.add_argument("--minutes", type=float, default=None, help="most a cell may take (20; quick: 1.5)")
    parser.add_argument("--models", help="only these, separated by commas")
    parser.add_argument("--contestants", help="only these, separated by commas: ours-auto,numpyro-M1")
    parser.add_argument(
        "--results", type=pathlib.Path, help="where cells' results are (build/paper/results, quick: …/quick)"
    )
    parser.add_argument("--publish", action="store_true", help="the report goes into docs/ in place of build/paper")
    return parser.parse_args()


def plan(options: argparse.Namespace) -> list[cells.Cell]:
    """The cells asked for, in their order."""
    entries = catalogue.load()
    if options.models:
        names = options.models.split(",")
    else:
        names = experiment.QUICK_MODELS if options.quick else experiment.small_first(entries)
    unknown = [name for name in names if name not in entries]
    if unknown:
        raise SystemExit(f"no model `{unknown[0]}` in the catalogue; it has {', '.join(entries)}")
    wanted = {name: experiment.contestants(entries[name]) for name in names}
    if options.contestants or options.quick:
        only = options.contestants.split(",") if options.contestants else experiment.QUICK_CONTESTANTS
        wanted = {name: [c for c in only if c in all_of] for name, all_of in wanted.items()}
    return cells.interleaved(names, wanted, options.seeds or (1 if options.quick else 3))


def run(options: argparse.Namespace, results: pathlib.Path) -> None:
    if not options.data:
        raise SystemExit(
            "--data names the folder of the models' tables; tests/paper/README.md says where they come from"
        )
    minutes = options.minutes or (1.5 if options.quick else 20)
    settings = cells.Settings(str(pathlib.Path(options.data).resolve()), results, minutes)
    wanted = plan(options)
    todo = cells.pending(wanted, results, minutes)
    print(f"{len(wanted)} cells, {len(todo)} of them to be run, {minutes:g} minutes each at most", flush=True)
    for number, cell in enumerate(todo, 1):
        begin = time.perf_counter()
        result = cells.run(cell, settings)
        ess = f"min ESS {result['min_ess']:.0f} in {result['cpu']:.3g} CPU s" if "min_ess" in result else ""
        print(f"[{number}/{len(todo)}] {cell.model} {cell.contestant} {cell.seed}: {result['status']}; {ess}"
              f" ({time.perf_counter() - begin:.1f} s)", flush=True)  # fmt: skip
        if result["status"] == "failed":
            print(result["log"][-600:], file=sys.stderr, flush=True)


def main() -> None:
    from bench.paper import report

    options = arguments()
    results = options.results or ROOT / "build" / "paper" / ("quick" if options.quick else "results")
    if options.command == "run":
        run(options, results)
    report.write(results, ROOT / "docs" if options.publish else ROOT / "build" / "paper")


if __name__ == "__main__":
    main()
