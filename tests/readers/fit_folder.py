"""A fit folder's own account of itself, and comparisons with it that say what differs."""

import json
import math
import pathlib
import sys

import numpy as np


class Skip(Exception):
    """A reader that cannot run here, and why."""


class Folder:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.names = self.json("names.json")
        self.summary = self.json("summary.json")
        self.sampling = self.json("run.json")["sampling"]
        self.variables = self.names["variables"]
        self.rows = {row["variable"]: row for row in self.summary["parameters"]}
        self.chains = len(self.sampling["draws"])
        self.complete = len(set(self.sampling["draws"])) == 1

    def json(self, name):
        value = json.loads((self.path / name).read_text(encoding="utf-8"))
        expect(value.get("format") == 1, f"{name} has no format 1")
        return value

    def csv_files(self):
        return [str(self.path / f"chain-{k + 1}.csv") for k in range(self.chains)]

    def check_values(self, variable, values):
        """Compares draws, (chain, draw, dim, …), with the summary's rows of the variable."""
        for index in np.ndindex(*values.shape[2:]):
            labels = [variable["coords"][i][at] for i, at in enumerate(index)]
            name = variable["name"] + (f"[{','.join(labels)}]" if labels else "")
            expect(name in self.rows, f"summary.json has no row {name}")
            draws = values[(slice(None), slice(None), *index)].ravel()
            if draws.size > 1:
                check_row(name, self.rows[name], draws)


def check_row(name, row, draws):
    if not np.isfinite(draws).all():
        expect(row["mean"] is None, f"{name}: a mean of undefined draws")
        return
    scale = np.abs(draws).max()
    facts = {"mean": draws.mean(), "sd": draws.std(ddof=1), "median": np.median(draws)}
    facts["q5"], facts["q95"] = np.quantile(draws, [0.05, 0.95])
    if row["analytic"]:  # the moments are not the draws'
        near = math.isclose(row["mean"], facts["mean"], rel_tol=0, abs_tol=8 * facts["sd"] / math.sqrt(draws.size))
        expect(near, f"{name}: mean {row['mean']} is far from the draws' {facts['mean']}")
        del facts["mean"], facts["sd"]
    for key, value in facts.items():
        expect(math.isclose(row[key], value, rel_tol=1e-9, abs_tol=1e-9 * scale), f"{name}: {key} {row[key]} is {value}")


def expect(truth, message):
    if not truth:
        raise AssertionError(message)


def same(a, b, what):
    expect(a == b, f"{what}: {a!r} is not {b!r}")


def main(reader):
    """Runs `reader` on every folder of the command line; prints a line each. Status 1: failed, 77: skipped."""
    status = 0
    for path in sys.argv[1:]:
        try:
            print(f"ok       {reader(Folder(path))}: {path}")
        except (Skip, ImportError) as reason:
            print(f"SKIPPED  {reason}")
            return 77
        except Exception as error:  # whatever a reader throws is a failure of the folder
            print(f"FAILED   {path}: {type(error).__name__}: {error}")
            status = 1
    return status
