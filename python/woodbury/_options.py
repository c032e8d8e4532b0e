"""Options as Python writes them, handed to the engine as the texts that its readers, the command line's, check."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict, Unpack

from . import _core
from ._errors import UsageError
from ._plan import Plan

Codes = str | Mapping[str, float | Sequence[float]]
"""A coding of a factor: its name, or a map of level to code or codes."""


class PlanOptions(TypedDict, total=False):
    """Options that say how a plan is made, described at :func:`woodbury.fit`."""

    integrate: str | Iterable[str]
    parametrisation: Mapping[str, str] | None
    reduce: str
    without: str | Iterable[str]
    plan: Plan | str | os.PathLike[str] | None
    tune: bool


class ModelOptions(PlanOptions, total=False):
    """Options that say what the model is: those of :func:`woodbury.fit`, :func:`~woodbury.explain` and
    :func:`~woodbury.priors` alike; :func:`woodbury.fit` describes them."""

    family: str
    priors: Mapping[str, str] | None
    sigma: str
    weights: str
    se: str
    contrasts: Mapping[str, Codes] | None
    factor: str | Iterable[str]
    numeric: str | Iterable[str]
    na: str
    defaults: str


class SamplerOptions(TypedDict, total=False):
    """Options that say how to sample, described at :func:`woodbury.fit`."""

    algorithm: str
    chains: int
    warmup: int | str
    draws: int
    seed: int | None
    threads: int
    target_accept: float
    max_depth: int
    init: float | str
    keep: str


class BuiltOptions(PlanOptions, total=False):
    """Options of a built model's plan, described at :func:`woodbury.fit`."""


class BuiltFitOptions(BuiltOptions, SamplerOptions, total=False):
    """All options of :meth:`woodbury.Model.fit` but ``progress``."""


class FitOptions(ModelOptions, SamplerOptions, total=False):
    """All options of :func:`woodbury.fit` but ``progress``."""


def _names(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _coding(column: str, codes: Codes) -> str:
    if isinstance(codes, str):
        return f"`{column}`={codes}"

    def text(code: float | Sequence[float]) -> str:
        return f"[{','.join(map(_text, code))}]" if isinstance(code, Sequence) else _text(code)

    return f"`{column}`=" + "{" + ",".join(f"{level}:{text(code)}" for level, code in codes.items()) + "}"


def _text(code: float) -> str:
    return repr(float(code))


def _mapping(option: str, value: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UsageError(f"{option} takes a dict, not `{value!r}`")
    return value


_MODEL = ModelOptions.__annotations__
_SAMPLER = SamplerOptions.__annotations__
_DECIDED_BY_A_PLAN = ("integrate", "reduce", "parametrisation", "without", "tune")


def _texts(given: Mapping[str, Any]) -> dict[str, list[str]]:
    """Options as the command line has them: texts by name."""
    texts = {name: [str(value)] for name, value in given.items() if value is not None}
    for name in ("factor", "numeric", "without"):
        texts[name] = _names(given.get(name, ()))
    if "integrate" in texts:
        texts["integrate"] = [",".join(_names(given["integrate"])) or "none"]
    texts["prior"] = [f"{of} ~ {prior}" for of, prior in _mapping("priors", given.get("priors")).items()]
    texts["contrasts"] = [_coding(of, codes) for of, codes in _mapping("contrasts", given.get("contrasts")).items()]
    ways = _mapping("parametrisation", given.get("parametrisation"))
    texts["parametrisation"] = [f"{of}={way}" for of, way in ways.items()]
    texts["tune"] = ["yes"] if given.get("tune") else []
    return texts


def make_options(**given: Unpack[FitOptions]) -> _core.Options:
    """The engine's options; raises :class:`InputError` or :class:`UsageError` where a value is wrong."""
    for name in given:
        if name not in _MODEL and name not in _SAMPLER:
            near = difflib.get_close_matches(name, [*_MODEL, *_SAMPLER], n=1)
            raise UsageError(f"no option `{name}`", None, f"did you mean `{near[0]}`?" if near else "")
    plan = given.get("plan")
    if plan is not None:
        for name in _DECIDED_BY_A_PLAN:
            if name in given:
                raise UsageError(f"plan excludes {name}", None, "a plan has decided that")
    texts = _texts(given)
    if not isinstance(plan, Plan):
        return _core.Options(texts)
    del texts["plan"]
    options = _core.Options(texts)
    options.replay(json.dumps(plan.data))
    return options


def make_built_options(given: Mapping[str, Any]) -> _core.Options:
    """Of a built model, which says itself what a formula's options say."""
    for name in _MODEL:
        if name in given and name not in BuiltOptions.__annotations__:
            raise UsageError(f"`{name}` is an option of a formula", None, "a built model says it itself")
    return make_options(**given)
