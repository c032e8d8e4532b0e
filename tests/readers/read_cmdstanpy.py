"""Reads chain-k.csv by cmdstanpy and holds it to posterior.nc, names.json and summary.json."""

import json
import logging
import sys

import numpy as np
from fit_folder import expect, main, same


def read_chains(folder, cmdstanpy):
    """All chains at once where they are equally long; after an interrupt each for itself, as cmdstanpy insists."""
    files = folder.csv_files()
    if folder.complete:
        return [cmdstanpy.from_csv(files, method="sample")]
    return [cmdstanpy.from_csv([file], method="sample") for file in files]


def check_adaptation(folder, fit, first):
    for k in range(fit.chains):
        metric = json.loads((folder.path / f"chain-{first + k + 1}_metric.json").read_text())
        same(fit.step_size[k], metric["stepsize"], "step size")
        same(fit.metric_type, metric["metric_type"], "metric")
        if metric["inv_metric"]:
            expect(np.array_equal(fit.inv_metric[k], metric["inv_metric"]), "inverse metric")
        config = json.loads((folder.path / f"chain-{first + k + 1}_config.json").read_text())
        same(fit.num_draws_sampling, config["method"]["sample"]["num_samples"], "num_samples")
        same(fit.num_draws_warmup, config["method"]["sample"]["num_warmup"], "num_warmup")


def check_variables(folder, fit, stored, first):
    same(set(fit.metadata.stan_vars), {v["csv"] for v in folder.variables}, "variables")
    for variable in folder.variables:
        values = fit.stan_variable(variable["csv"])
        shape = tuple(len(labels) for labels in variable["coords"])
        values = values.reshape((fit.chains, fit.num_draws_sampling, *shape))
        kept = stored[variable["netcdf"]].values[first : first + fit.chains]
        expect(np.array_equal(values[:, : kept.shape[1]], kept, equal_nan=True), f"{variable['name']}: other draws")
        if folder.complete:
            folder.check_values(variable, values)


def read(folder):
    import cmdstanpy
    import xarray

    logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
    stored = xarray.open_dataset(str(folder.path / "posterior.nc"), group="posterior")
    first = 0
    for fit in read_chains(folder, cmdstanpy):
        same(fit.num_draws_sampling, folder.sampling["draws"][first], "draws")
        same(fit.num_draws_warmup, folder.sampling["warmup"], "warm-up")
        check_adaptation(folder, fit, first)
        if fit.num_draws_sampling > 0:
            check_variables(folder, fit, stored, first)
        if folder.complete:
            divergent = fit.method_variables()["divergent__"]  # fit.divergences leaves each chain's first draw out
            same(int(divergent.sum()), folder.summary["divergences"], "divergences")
        first += fit.chains
    return f"cmdstanpy {cmdstanpy.__version__}"


sys.exit(main(read))
