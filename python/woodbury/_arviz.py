"""A fit as ArviZ has it: the groups of posterior.nc, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from ._bambi import bambi_names
from ._errors import InputError

if TYPE_CHECKING:
    from ._result import Fit

Named = Mapping[str, tuple[tuple[str, ...], Any, Mapping[str, Any]]]
"""Variables by name: dims after chain and draw, values (chain, draw, *dims), coordinates of the dims."""


def to_arviz(fit: Fit, names: str) -> Any:
    """What :meth:`Fit.to_arviz` gives."""
    if names not in ("woodbury", "bambi"):
        raise InputError(f"names has no `{names}`", None, "it takes `woodbury`, `bambi`")
    try:
        import arviz
        import xarray
    except ImportError as error:
        raise ImportError("to_arviz needs ArviZ: pip install 'woodbury[arviz]'") from error
    variables = file_names(fit) if names == "woodbury" else bambi_names(fit)
    groups = {
        "posterior": _posterior(xarray, fit, variables),
        "sample_stats": _sample_stats(xarray, fit),
        **_data(xarray, fit),
    }
    if int(arviz.__version__.partition(".")[0]) == 0:
        return arviz.InferenceData(**groups, attrs=_attributes(fit))
    tree = xarray.DataTree.from_dict(groups)
    tree.attrs = _attributes(fit)
    return tree


def file_names(fit: Fit) -> Named:
    """Variables by their names in posterior.nc, which differ from the fit's where netCDF forbids a character."""
    return {
        v["netcdf"]: (
            tuple(v["netcdf_dims"]),
            fit.draws[v["name"]],
            dict(zip(v["netcdf_dims"], v["coords"], strict=True)),
        )
        for v in fit._named
    }


def _attributes(fit: Fit) -> dict[str, Any]:
    version = fit.run["sampling"]["version"]
    return {
        "created_at": fit.run["sampling"]["created_at"],
        "creation_library": "woodbury",
        "creation_library_version": version,
        "inference_library": "woodbury",
        "inference_library_version": version,
    }


def _chains(fit: Fit) -> dict[str, Any]:
    chains, draws = fit.draws.array.shape[:2]
    return {"chain": np.arange(chains), "draw": np.arange(draws)}


def _sampling(fit: Fit) -> dict[str, Any]:
    return {
        **_attributes(fit),
        "sampling_time": fit.run["sampling"]["sampling_time"],
        "tuning_steps": fit.run["sampling"]["warmup"],
    }


def _posterior(xarray: Any, fit: Fit, variables: Named) -> Any:
    coords = _chains(fit)
    for _, _, its in variables.values():
        coords |= {dim: list(labels) for dim, labels in its.items()}
    arrays = {name: (("chain", "draw", *dims), values) for name, (dims, values, _) in variables.items()}
    return xarray.Dataset(arrays, coords, _sampling(fit))


def _sample_stats(xarray: Any, fit: Fit) -> Any:
    arrays = {name: (("chain", "draw"), values) for name, values in fit.sample_stats.items()}
    return xarray.Dataset(arrays, _chains(fit), _sampling(fit))


def _data(xarray: Any, fit: Fit) -> dict[str, Any]:
    """The rows used: a column over rows; of a factor its codes, with the labels as a coordinate of their own."""
    data = fit._with_rows().data()
    rows = "obs_id"
    while rows in data:
        rows += "_"
    observed: dict[str, Any] = {}
    constant: dict[str, Any] = {}
    levels: dict[str, list[str]] = {}
    for name, column in data.items():
        as_written = _core.netcdf_name(name)
        attributes = {"column": name}
        if isinstance(column, tuple):
            column, levels[f"{as_written}__levels"] = column
            attributes["levels"] = f"{as_written}__levels"
        (observed if name in fit.run["sampling"]["responses"] else constant)[as_written] = ((rows,), column, attributes)
    count = next((len(values) for _, values, _ in (*observed.values(), *constant.values())), 0)
    index = {rows: np.arange(count)}
    return {
        "observed_data": xarray.Dataset(observed, index, _attributes(fit)),
        "constant_data": xarray.Dataset(constant, index | levels, _attributes(fit)),
    }
