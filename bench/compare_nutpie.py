"""Woodbury's sampler and nutpie on the same density: gradients and seconds to 1000 effective draws, warm-up included.

Usage: compare_nutpie.py WOODBURY LIBRARY SEEDS MODEL=TABLE…    models: MODELS below; needs nutpie, bridgestan, arviz,
netCDF4. Effective draws are the fewest bulk ones of any parameter that both report. A line a seed, then the medians.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

warnings.filterwarnings("ignore")
import arviz  # noqa: E402
import netCDF4  # noqa: E402
import nutpie  # noqa: E402
from nutpie import _lib  # noqa: E402
from nutpie.compile_stan import CompiledStanModel  # noqa: E402

SD = ["sigma ~ half_normal(5)", "sd ~ half_normal(5)"]
MODELS = {
    "barley": ("yield ~ year + (year | site) + (1 | variety)", ["--factor", "year"]),
    "sleepstudy": ("Reaction ~ Days + (Days | Subject)", []),
    "pupil": ("p_size ~ load + (load | subj)", []),
    "dillonE1": ("rt ~ int + (int | subj) + (int | item)", ["--family", "lognormal"]),
    "english": ("NP1 ~ condition + (condition | subject) + (condition | item)", []),
    "grouseticks": ("TICKS ~ YEAR + cHEIGHT + (1 | BROOD) + (1 | LOCATION)", []),
    "InstEval": ("y ~ service + (1 | s) + (1 | d) + (1 | dept)", []),
}


def ours(program, model, table, folder, draws, seed):
    formula, options = MODELS[model]
    words = [program, "fit", formula, "--data", table, *options, "--keep", "hyper", "--seed", str(seed)]
    words += ["--out", folder, "--draws", str(draws), "-q"]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    run = json.load(open(folder + "/run.json"))
    fit = arviz.from_netcdf(folder + "/posterior.nc")
    chains = netCDF4.Dataset(folder + "/posterior.nc")["sample_stats"]
    gradients = int(sum(chains.gradients)), int(sum(chains.warmup_gradients))
    return fit.posterior, *gradients, run["seconds"]["sample"], run["warmup_note"]


def theirs(library, folder, draws, seed):
    def adapter(*_args, **_named):
        raise RuntimeError("no adapter")

    data = json.dumps({"fit": folder, "keep": "hyper"})
    model = _lib.StanModel(library, {}, {}, {}, 1, data, adapter)
    compiled = CompiledStanModel(code="", library=library, dims={}, _coords={}, model=model, data=None)
    start = time.perf_counter()
    fit = nutpie.sample(compiled, draws=draws, chains=4, cores=2, seed=seed, progress_bar=False, save_warmup=True)
    seconds = time.perf_counter() - start
    gradients = int(fit.sample_stats.n_steps.sum()), int(fit.warmup_sample_stats.n_steps.sum())
    return fit.posterior, *gradients, seconds


def effective(posterior, names):
    return float(min(arviz.ess(posterior[[name]], method="bulk")[name].min() for name in names))


def compare(program, library, model, table, seed):
    """(gradients, seconds) to 1000 effective draws, ours and nutpie's."""
    draws = 300 if model == "InstEval" else 1000
    with tempfile.TemporaryDirectory() as parent:
        mine, count, warm, seconds, note = ours(program, model, table, parent + "/fit", draws, seed)
        other, nutpie_count, nutpie_warm, nutpie_seconds = theirs(library, parent + "/fit", draws, seed)
    names = [n for n in mine.data_vars if n in other.data_vars and mine[n].ndim == 2]
    results = []
    for sampler, posterior, before, steps, time_taken in (
        ("woodbury", mine, warm, count, seconds), ("nutpie", other, nutpie_warm, nutpie_count, nutpie_seconds)):
        ess = effective(posterior, names)
        results.append((1000 * (steps + before) / ess, 1000 * time_taken / ess))
        print(f"{model:12} {sampler:9} {ess:6.0f} {before:8} {steps:9} {time_taken:8.3f}  "
              f"{results[-1][0]:9.0f} gradients {results[-1][1]:8.4f} s", flush=True)
    print(f"{'':12} {note}", flush=True)
    return results


def main(program, path, seeds, *models):
    library = _lib.StanLibrary(path)
    print(f"{'model':12} {'sampler':9} {'ESS':>6} {'warm-up':>8} {'gradients':>9} {'seconds':>8}  per 1000 ESS")
    for model, table in (word.split("=", 1) for word in models):
        runs = [compare(program, library, model, table, seed) for seed in range(1, int(seeds) + 1)]
        mine, other = ([statistics.median(run[k][0] for run in runs) for k in (0, 1)])
        print(f"{model:12} medians: {mine:.0f} gradients, nutpie {other:.0f}, ratio {other / mine:.2f}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
