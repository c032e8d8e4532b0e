"""python -m bench.answers --program FILE --data FOLDER --sleepstudy FILE: asks fits of four tables everything that a fit can
be asked, from folders that keep all effects and from ones that keep what was sampled, and writes processor time and
peak memory of each as the table of docs/answers.md. The folder holds dillonE1.csv, eeg.csv and InstEval.csv. What was
measured is kept in the folder of --work, so that a run goes on where another was stopped."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.answers.models import MODELS, Asked

PAGE = Path(__file__).resolve().parents[2] / "docs" / "answers.md"
FOLDER = "the folder"  # its size
KEPT = {"all": "Kept: all effects.", "hyper": "Kept: what was sampled (`--keep hyper`)."}
BEGIN, END = "<!-- measured by bench/answers -->", "<!-- end -->"


@dataclass(frozen=True)
class Cost:
    seconds: float  # of processor time, all threads
    megabytes: float  # at most, at a time

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s, {self.megabytes:.0f} MB" if self.seconds < 10 else (
            f"{self.seconds:.0f} s, {self.megabytes:.0f} MB"
        )


def run(command: list[str], output: Path) -> Cost:
    """What a command costs; what it prints goes to a file. One that fails ends everything with what it said."""
    errors = output.with_suffix(".err")
    child = os.fork()
    if child == 0:
        for stream, path in ((1, output), (2, errors)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), stream)
        os.execv(command[0], command)
    _, status, used = os.wait4(child, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)}\n{errors.read_text()}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def questions(model: Asked, fit: str, rival: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Each as the table calls it, with the words for it."""
    new = f"new:{model.groups[0]}"
    rows = {name: str(folder / f"{name}.csv") for name in ("known", "new", "given")}
    yield "`summary`", ["summary", fit]
    yield "`summary --layout lme4`", ["summary", fit, "--layout", "lme4"]
    yield "`summary --hypothesis`", ["summary", fit, "--hypothesis", model.hypothesis]
    yield "`ranef`", ["ranef", fit]
    yield "`coef`", ["coef", fit]
    yield "`varcorr`", ["varcorr", fit]
    yield "`predict`, 100 rows of known levels", ["predict", fit, "--data", rows["known"]]
    yield "`predict`, 100 rows of a new level", ["predict", fit, "--data", rows["new"], "--effects", new]
    given = ["--effects", new, "--given", rows["given"]]
    yield "the same, given five of its rows", ["predict", fit, "--data", rows["new"], *given]
    yield "`predict --draws all`", ["predict", fit, "--data", rows["known"], "--draws", "all"]
    yield "`fitted`, every row", ["fitted", fit]
    yield "`loo`", ["loo", fit]
    for place, group in enumerate(model.groups):
        yield f"`loo --by` {('the first', 'the second', 'the third')[place]} factor", ["loo", fit, "--by", group]
    yield "`compare` with a rival, by rows", ["compare", fit, rival]
    yield "`simulate --check`", ["simulate", fit, "--check"]
    yield "`simulate --check --prior`", ["simulate", fit, "--check", "--prior"]
    yield "`residuals`, every row", ["residuals", fit]
    yield "`report`", ["report", fit, "--out", str(folder / "report.html"), "--overwrite"]


Costs = dict[str, dict[str, Cost]]  # by question and table


def measure(options: argparse.Namespace, keep: str) -> Costs:
    kept = Path(options.work) / f"{keep}.json"
    known = json.loads(kept.read_text()) if kept.exists() else {}
    costs: Costs = {name: {of: Cost(**cost) for of, cost in row.items()} for name, row in known.items()}

    def ask(model: Asked, name: str, words: list[str], output: Path) -> None:
        if model.name in costs.get(name, {}):
            return
        costs.setdefault(name, {})[model.name] = cost = run([options.program, *words], output)
        print(f"{keep} {model.name} {name}: {cost}", file=sys.stderr, flush=True)
        kept.write_text(json.dumps({n: {of: asdict(c) for of, c in row.items()} for n, row in costs.items()}))

    for model in MODELS:
        if options.only and model.name not in options.only:
            continue
        table = Path(options.sleepstudy) if model.name == "sleepstudy" else Path(options.data) / f"{model.name}.csv"
        folder = Path(options.work) / keep / model.name
        folder.mkdir(parents=True, exist_ok=True)
        model.write_rows(table, folder)
        for name, question, formula in (("fit", "`fit`", model.formula), ("rival", "the rival", model.rival)):
            words = ["fit", formula, "--data", str(table), "--seed", "1", "--keep", keep, "--quiet", "--overwrite"]
            ask(model, question, [*words, "--out", str(folder / name)], folder / f"{name}.txt")
        costs.setdefault(FOLDER, {})[model.name] = Cost(0, sum(f.stat().st_size for f in (folder / "fit").iterdir()) / 1e6)
        asked = questions(model, str(folder / "fit"), str(folder / "rival"), folder)
        for number, (name, words) in enumerate(asked):
            ask(model, name, words, folder / f"{number}.txt")
    return costs


def table_of(costs: Costs) -> str:
    names = [model.name for model in MODELS if any(model.name in row for row in costs.values())]
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for question, row in costs.items():
        lines.append(f"| {question} | " + " | ".join(str(row[name]) if name in row else "" for name in names) + " |")
    folders = [f"{costs[FOLDER][name].megabytes:.3g} MB" for name in names]
    lines[lines.index(next(line for line in lines if FOLDER in line))] = f"| {FOLDER} | " + " | ".join(folders) + " |"
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.answers", description=__doc__)
    parser.add_argument("--program", required=True, help="the command-line program")
    parser.add_argument("--data", required=True, help="the folder of dillonE1.csv, eeg.csv and InstEval.csv")
    parser.add_argument("--sleepstudy", required=True, help="lme4's sleepstudy as CSV")
    parser.add_argument("--work", default="build/answers", help="where fits and answers go [build/answers]")
    parser.add_argument("--only", action="append", help="a table's name; repeatable: the page is left alone")
    parser.add_argument("--keep", choices=KEPT, help="one kind of folder: the page is left alone")
    options = parser.parse_args()
    parts = []
    for keep, words in KEPT.items():
        if options.keep in (None, keep):
            parts.append(f"{words}\n\n{table_of(measure(options, keep))}")
    text = "\n\n".join(parts)
    print(text)
    if options.only or options.keep:
        return
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    PAGE.write_text(before + BEGIN + "\n" + text + "\n" + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
