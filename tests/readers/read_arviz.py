"""Reads posterior.nc by ArviZ, 0.x or 1.x, and holds it to the folder's names.json and summary.json."""

import sys

import numpy as np
from fit_folder import expect, main, same

STATISTICS = {"lp", "acceptance_rate", "step_size", "energy", "tree_depth", "n_steps", "diverging", "reached_max_treedepth"}


def check_group(name, group):
    """ArviZ's rules: every dim has a coordinate, no variable has a dim's name, the group says who made it."""
    for dim in group.sizes:
        expect(dim in group.coords, f"{name}: dim {dim} has no coordinate")
    for variable in group.data_vars:
        expect(variable not in group.sizes, f"{name}: variable {variable} has a dim's name")
    for key in ("created_at", "creation_library", "creation_library_version", "inference_library"):
        expect(key in group.attrs, f"{name}: no attribute {key}")


def check_posterior(folder, posterior):
    check_group("posterior", posterior)
    same(set(posterior.data_vars), {v["netcdf"] for v in folder.variables}, "variables")
    same(posterior.sizes["chain"], folder.chains, "chains")
    same(posterior.sizes["draw"], min(folder.sampling["draws"]), "draws")
    for variable in folder.variables:
        array = posterior[variable["netcdf"]]
        same(array.dims, ("chain", "draw", *variable["netcdf_dims"]), f"dims of {variable['name']}")
        for dim, labels in zip(variable["netcdf_dims"], variable["coords"]):
            same([str(label) for label in posterior[dim].values], labels, f"labels of {dim}")
        folder.check_values(variable, np.asarray(array.values))


def check_sample_stats(folder, stats):
    check_group("sample_stats", stats)
    same(set(stats.data_vars), STATISTICS, "statistics")
    same(stats["diverging"].dtype, np.dtype(bool), "type of diverging")
    if folder.complete:
        same(int(stats["diverging"].sum()), folder.summary["divergences"], "divergences")
        same(int(stats["reached_max_treedepth"].sum()), folder.summary["max_treedepth_hits"], "max_treedepth_hits")


def check_data(folder, observed, constant):
    check_group("observed_data", observed)
    check_group("constant_data", constant)
    (rows,) = observed.sizes
    for group in (observed, constant):
        for name, array in group.data_vars.items():
            same(array.dims, (rows,), f"dims of {name}")
            if "levels" in array.attrs:
                expect(int(array.max()) < group.sizes[array.attrs["levels"]], f"{name}: a code without a level")


def check_rhat(folder, arviz, data):
    """The summary's R-hat is ArviZ's rank-normalised one, where both are defined."""
    rhat = arviz.rhat(data)
    rhat = rhat["posterior"].ds if "posterior" in getattr(rhat, "children", {}) else rhat
    for variable in folder.variables:
        values = np.asarray(rhat[variable["netcdf"]].values)
        for index in np.ndindex(*values.shape):
            labels = [variable["coords"][i][at] for i, at in enumerate(index)]
            row = folder.rows[variable["name"] + (f"[{','.join(labels)}]" if labels else "")]
            if row["rhat"] is not None and np.isfinite(values[index]):
                expect(abs(row["rhat"] - values[index]) < 1e-6, f"{row['variable']}: R-hat {row['rhat']}, {values[index]}")


def read(folder):
    import arviz

    data = arviz.from_netcdf(str(folder.path / "posterior.nc"))
    groups = {name: data[name] for name in ("posterior", "sample_stats", "observed_data", "constant_data")}
    groups = {name: getattr(group, "ds", group) for name, group in groups.items()}  # DataTree: the node's Dataset
    check_posterior(folder, groups["posterior"])
    check_sample_stats(folder, groups["sample_stats"])
    check_data(folder, groups["observed_data"], groups["constant_data"])
    if min(folder.sampling["draws"]) >= 4:
        same(len(arviz.summary(data)), len(folder.rows), "rows of ArviZ's summary")
        check_rhat(folder, arviz, data)
    return f"ArviZ {arviz.__version__}"


sys.exit(main(read))
