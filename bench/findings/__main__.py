"""python -m bench.findings a|b|c|d|e|f|all [--data FOLDER] [--seeds N]: measures what is not measured yet, and writes the
finding's table, data and picture into docs."""

from __future__ import annotations

import argparse
import importlib

from bench.findings import page
from bench.findings.measure import Kept

LETTERS = "abcdef"


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench findings")
    parser.add_argument("letter", choices=[*LETTERS, "all"])
    parser.add_argument("--data", default="", help="the folder of the published models' tables (a and f need it)")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--measured", action="store_true", help="measure nothing: write what there is of a and f")
    options = parser.parse_args()
    Kept.measuring = not options.measured
    for letter in LETTERS if options.letter == "all" else options.letter:
        if letter in "af" and not options.data:
            raise SystemExit(
                "--data names the folder of the models' tables; tests/paper/README.md says where they come from"
            )
        page.publish(importlib.import_module(f"bench.findings.{letter}").answer(options.data, options.seeds))


if __name__ == "__main__":
    main()
