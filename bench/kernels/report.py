"""Tables, picture and verdicts of the kernels' benches, from Google Benchmark's JSON.

    python bench/kernels/report.py build/bench/kernels.json [docs]

writes docs/kernels.csv and docs/kernels.svg, and docs/benchmarks.md between its marks. `./dev bench kernels` does all.
Times are CPU time, the least of the repetitions. Needs Matplotlib.
"""

from __future__ import annotations

import csv
import json
import pathlib
import re
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams |= {"svg.hashsalt": "woodbury", "svg.fonttype": "none", "font.size": 9}
import matplotlib.pyplot as plt  # noqa: E402

ASKED_RATE = 50  # Gflop/s of the core that the targets in microseconds are meant for
MARKS = "<!-- kernels: written by bench/kernels/report.py -->", "<!-- kernels: end -->"
UNITS = {"ns": 1e-3, "us": 1, "ms": 1e3, "s": 1e6}
COUNTS = ["flops", "bytes", "kept", "integrated", "sampled"]


class Results:
    """Microseconds and counts by name; the machine's rates in flops and bytes a microsecond."""

    def __init__(self, path: str) -> None:
        data = json.loads(pathlib.Path(path).read_text())
        self.context = data["context"]
        self.failed = {}
        self.rows: dict[str, dict[str, float]] = {}
        for run in data["benchmarks"]:
            name = re.sub(r"/(min_time|repeats):[\d.]+", "", run["name"])
            if run.get("run_type") == "aggregate":
                continue
            if run.get("error_occurred"):
                self.failed[name] = run["error_message"]
                continue
            us = run["cpu_time"] * UNITS[run["time_unit"]]
            if name.endswith("/real_time"):  # on all cores
                name, us = name.removesuffix("/real_time"), run["real_time"] * UNITS[run["time_unit"]]
            if name not in self.rows or us < self.rows[name]["us"]:
                self.rows[name] = {"us": us} | {key: run[key] for key in COUNTS if key in run}
        self.product = self.rate("machine/product", "flops")
        self.triads = [
            (int(name.rsplit("/", 1)[1]), self.rate(name, "bytes"))
            for name in self.rows
            if name.startswith("machine/triad/")
        ]

    def rate(self, name: str, count: str) -> float:
        return self.rows[name][count] / self.rows[name]["us"]

    def us(self, name: str) -> float | None:
        return self.rows[name]["us"] if name in self.rows else None

    def floor(self, row: dict[str, float]) -> float:
        """Microseconds of the flops at the rate of products and of reading the cross-products once, the longer."""
        triad = next((rate for size, rate in self.triads if row["bytes"] <= size), self.triads[-1][1])
        return max(row["flops"] / self.product, row["bytes"] / triad)

    def series(self, pattern: str) -> list[tuple[float, dict[str, float]]]:
        """(number in the name, row), ascending."""
        found = [(re.fullmatch(pattern, name), row) for name, row in self.rows.items()]
        return sorted(((float(match[1]), row) for match, row in found if match), key=lambda pair: pair[0])


def number(value: float | None, digits: int = 2) -> str:
    if value is None:
        return ""
    text = f"{value:.{digits}g}"
    return f"{float(text):.0f}" if float(text) >= 10 ** (digits - 1) else text


def table(head: str, rows: list[list[str]]) -> str:
    columns = [column.strip() for column in head.split("|")]
    rule = "|" + "|".join("---" if k == 0 else "--:" for k in range(len(columns))) + "|"
    return "\n".join(["| " + " | ".join(columns) + " |", rule] + ["| " + " | ".join(row) + " |" for row in rows])


def time_of(us: float | None) -> str:
    if us is None:
        return ""
    return f"{number(us)} µs" if us < 1000 else f"{number(us / 1000)} ms"


def machine(results: Results) -> str:
    triad = ", ".join(
        f"{number(rate / 1e3)} GB/s in {size >> 10 if size < 1 << 20 else size >> 20} {'k' if size < 1 << 20 else 'M'}B"
        for size, rate in results.triads
    )
    dense = ", ".join(
        f"{number(results.rate(f'machine/dense/{n}', 'flops') / 1e3)} of order {n}" for n in (16, 50, 256, 1144)
    )
    load = results.context["load_avg"][0] if results.context.get("load_avg") else None
    return (
        f"{results.context['num_cpus']} cores at {results.context['mhz_per_cpu']} MHz, load {number(load)} when begun. "
        f"Products make {number(results.product / 1e3, 3)} Gflop/s a core, the sum of two vectors moves {triad}; a "
        f"Cholesky factor with inverse (n³) makes, in Gflop/s, {dense}."
    )


def structures(results: Results) -> str:
    rows = []
    for name, row in results.rows.items():
        if not name.endswith("/kernel") or name.split("/")[0] in ("models", "levels", "rows", "density"):
            continue
        floor = results.floor(row)
        rows.append(
            [
                name.removesuffix("/kernel"),
                number(row["integrated"], 4),
                time_of(results.us(name.removesuffix("kernel") + "gradient")),
                time_of(row["us"]),
                number(row["flops"] / 1e3, 3),
                number(row["flops"] / row["us"] / 1e3),
                f"{number(100 * row['flops'] / row['us'] / results.product)} %",
                number(row["us"] / floor),
            ]
        )
    for name, row in results.rows.items():
        if name.startswith("sigma_"):
            rows.append([name.removesuffix("/gradient"), number(row["integrated"], 4), time_of(row["us"])] + [""] * 5)
    return table("design | integrated | gradient | kernel alone | kflop | Gflop/s | of products | × floor", rows)


def sweep(results: Results, title: str, columns: dict[str, str], per: bool = False) -> str:
    """A column a pattern; `per`: divided by the number."""
    series = {label: dict(results.series(pattern)) for label, pattern in columns.items()}
    rows = []
    for at in sorted({at for found in series.values() for at in found}):
        cells = [f"{at:g}" if at < 1 else f"{at:.0f}"]
        for found in series.values():
            us = found[at]["us"] if at in found else None
            cells.append(time_of(us) + (f" ({number(1e3 * us / at, 3)} ns each)" if per and us else ""))
        rows.append(cells)
    return table(" | ".join([title, *columns]), rows)


ONE_SIGMA, BY_CONDITION = r"rows/one_sigma/(\d+)/gradient", r"rows/sigma_by_condition/(\d+)/gradient"
ONE_FACTOR, NESTED = r"levels/one_factor/(\d+)/kernel", r"levels/nested/(\d+)/kernel"
DENSITY, BY_D = r"density/1000x1000/([\d.]+)/kernel", r"one_factor/d:(\d+)/kernel"


def sweeps(results: Results) -> str:
    return "\n\n".join(
        [
            sweep(
                results,
                "rows",
                {"one sigma": ONE_SIGMA, "sigma by condition": BY_CONDITION, "summing them, once, on all cores": r"rows/one_pass/(\d+)"},
            ),
            sweep(results, "levels", {"one factor, d = 2": ONE_FACTOR, "nested, d = 1": NESTED}, per=True),
            sweep(results, "share of pairs met", {"1000 × 1000 crossed": DENSITY}),
        ]
    )


def models(results: Results) -> str:
    names = list(dict.fromkeys(name.split("/")[1] for name in results.rows if name.startswith("models/")))
    rows = []
    for model in names:
        key = f"models/{model}/"
        first = [name for name in results.rows if name.startswith(key) and name.endswith(",fixed/gradient")]
        whole = results.rows.get(key + "all/gradient")
        plain = results.rows.get(key + "all/unreduced/gradient")
        rows.append(
            [
                model,
                time_of(whole and whole["us"]),
                number(whole and whole["integrated"], 4),
                time_of(plain and plain["us"]),
                number(plain and plain["integrated"], 4),
                time_of(results.us(first[0])) if first else "",
                time_of(results.us(key + "auto/gradient")),
            ]
        )
    return table(
        "model | all integrated, reduced | dimensions | the same, not reduced | dimensions | first factor alone |"
        " planner's choice",
        rows,
    )


def spread(series: list[tuple[float, dict[str, float]]], per: bool) -> tuple[float, str]:
    """Most over least, of times or of times a unit, and both in words."""
    values = [row["us"] / at if per else row["us"] for at, row in series]
    return max(values) / min(values), f"{time_of(min(values))} to {time_of(max(values))}"


class Targets:
    """A line a target: what is asked, what was measured, and whether that is met."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []

    def add(self, what: str, asked: str, measured: str, met: bool) -> None:
        self.rows.append([what, asked, measured, "met" if met else "**missed**"])


def add_times(targets: Targets, results: Results) -> None:
    """Targets in microseconds, of a core whose products make ASKED_RATE: as they are, and by this machine's rate."""
    scale = ASKED_RATE * 1e3 / results.product
    for what, name, asked in (
        ("sleepstudy", "models/sleepstudy/all/gradient", 0.5),
        ("dillonE1, subjects and fixed effects", "models/dillonE1/r_subj,fixed/gradient", 5),
        ("dillonE1, everything, not reduced", "models/dillonE1/all/unreduced/gradient", 100),
        ("InstEval, everything", "models/InstEval/all/gradient", 60000),
    ):
        us = results.us(name)
        if us is not None:
            asked_here = f"{time_of(asked)} ({time_of(asked * scale)} scaled)"
            word = "**missed**" if us > asked else "met" if us <= asked * scale else "met, **missed** scaled"
            targets.rows.append([what, asked_here, time_of(us), word])


def add_floor(targets: Targets, results: Results) -> None:
    name = "models/InstEval/d,dept,fixed/gradient"
    reading = results.us("models/InstEval/d,dept,fixed/reading")
    us = results.us(name)
    if us is not None and reading is not None:
        targets.add(
            "InstEval, lecturers, departments and fixed effects",
            "3 × reading its cross-products once",
            f"{time_of(us)}, {number(us / reading)} × {time_of(reading)}",
            us <= 3 * reading,
        )


def verdicts(results: Results) -> str:
    targets = Targets()
    kernels = {
        name.removesuffix("/kernel"): row["us"] / results.floor(row)
        for name, row in results.rows.items()
        if name.endswith("/kernel") and not name.startswith("models/")
    }
    within = [name for name, times in kernels.items() if times <= 3]
    worst = max(kernels, key=lambda name: kernels[name])
    targets.add(
        "a kernel's flops at the rate of products, or its bytes at that of the triad",
        "3 ×",
        f"{len(within)} of {len(kernels)} within; {number(min(kernels.values()))} to {number(kernels[worst])} × ({worst})",
        len(within) == len(kernels),
    )
    for what, pattern, per, asked in (
        ("independent of rows, one sigma", ONE_SIGMA, False, 1.2),
        ("independent of rows, sigma by condition", BY_CONDITION, False, 1.2),
        ("linear in levels, one factor", ONE_FACTOR, True, 1.1),
        ("linear in levels, nested", NESTED, True, 1.1),
    ):
        series = [pair for pair in results.series(pattern) if not per or pair[0] >= 100]
        if series:
            ratio, words = spread(series, per)
            words += " a level, from 100" if per else ""
            targets.add(what, f"within {round(100 * (asked - 1))} %", f"{words}: {100 * (ratio - 1):.0f} %", ratio <= asked)
    add_times(targets, results)
    add_floor(targets, results)
    return table("target | asked | measured |", targets.rows)


def draw(results: Results, path: pathlib.Path) -> None:
    figure, axes = plt.subplots(2, 2, figsize=(9, 7), layout="constrained")

    def line(axis: plt.Axes, pattern: str, label: str, per: bool = False, floor: bool = False) -> None:
        series = results.series(pattern)
        if not series:
            return
        unit = [at * 1e-3 if per else 1 for at, _ in series]
        at = [at for at, _ in series]
        (drawn,) = axis.plot(at, [row["us"] / u for (_, row), u in zip(series, unit)], "o-", markersize=4, label=label)
        if floor:
            floors = [results.floor(row) / u for (_, row), u in zip(series, unit)]
            axis.plot(at, floors, ":", color=drawn.get_color(), label="floor")

    line(axes[0, 0], ONE_SIGMA, "one sigma")
    line(axes[0, 0], BY_CONDITION, "sigma by condition")
    line(axes[0, 0], r"rows/one_pass/(\d+)", "summing the rows, once")
    axes[0, 0].set(xscale="log", yscale="log", xlabel="rows, over 100 levels", ylabel="µs a gradient")
    line(axes[0, 1], ONE_FACTOR, "one factor, d = 2", per=True, floor=True)
    line(axes[0, 1], NESTED, "nested, d = 1", per=True, floor=True)
    axes[0, 1].set(xscale="log", yscale="log", xlabel="levels", ylabel="ns a level, the kernel alone")
    line(axes[1, 0], BY_D, "1000 levels of one factor", floor=True)
    axes[1, 0].set(yscale="log", xlabel="d, effects a level", ylabel="µs, the kernel alone")
    line(axes[1, 1], DENSITY, "1000 × 1000 levels, crossed", floor=True)
    axes[1, 1].set(xscale="log", yscale="log", xlabel="share of the pairs that meet", ylabel="µs, the kernel alone")
    for axis in axes.flat:
        axis.grid(alpha=0.3)
        axis.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def write_csv(results: Results, path: pathlib.Path) -> None:
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "us", *COUNTS])
        for name, row in results.rows.items():
            writer.writerow([name, f"{row['us']:.6g}", *(f"{row[key]:.6g}" if key in row else "" for key in COUNTS)])


def main(source: str, folder: str = "docs") -> int:
    results, docs = Results(source), pathlib.Path(folder)
    write_csv(results, docs / "kernels.csv")
    draw(results, docs / "kernels.svg")
    parts = [machine(results), verdicts(results), structures(results), sweeps(results)]
    parts.append("![Time by rows, levels, d and density](kernels.svg)")
    if shown := models(results):
        parts.append(shown)
    page = docs / "benchmarks.md"
    before, _, rest = page.read_text().partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    page.write_text(before + MARKS[0] + "\n\n" + "\n\n".join(parts) + "\n\n" + MARKS[1] + after)
    for name, message in results.failed.items():
        print(f"{name}: {message}", file=sys.stderr)
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
