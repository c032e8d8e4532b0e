"""Options as Python writes them, checked and handed to the engine."""

from __future__ import annotations

import difflib
import operator
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict, TypeVar, Unpack

from . import _core
from ._errors import InputError, UsageError

Codes = str | Mapping[str, float | Sequence[float]]
"""A coding of a factor: its name, or a map of level to code or codes."""


class ModelOptions(TypedDict, total=False):
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
    integrate: str | Iterable[str]
    parametrisation: Mapping[str, str] | None
    reduce: str


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


class BuiltOptions(TypedDict, total=False):
    """Options of a built model's plan, described at :func:`woodbury.fit`."""

    integrate: str | Iterable[str]
    parametrisation: Mapping[str, str] | None
    reduce: str


class BuiltFitOptions(BuiltOptions, SamplerOptions, total=False):
    """All options of :meth:`woodbury.Model.fit` but ``progress``."""


class FitOptions(ModelOptions, SamplerOptions, total=False):
    """All options of :func:`woodbury.fit` but ``progress``."""


_E = TypeVar("_E")


def _choice(option: str, value: object, known: Mapping[str, _E]) -> _E:
    if isinstance(value, str) and value in known:
        return known[value]
    near = difflib.get_close_matches(str(value), known, n=1)
    suggestion = f"did you mean `{near[0]}`?" if near else f"it takes `{'`, `'.join(known)}`"
    raise InputError(f"{option} has no `{value}`", None, suggestion)


def _whole(option: str, value: object, least: int, most: int) -> int:
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise UsageError(f"{option} takes a whole number, not `{value!r}`") from None
    if number < least:
        raise InputError(f"{option} must be at least {least}; it is {number}")
    if number > most:
        raise InputError(f"{option} must be at most {most}; it is {number}")
    return number


def _number(option: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise UsageError(f"{option} takes a number, not `{value!r}`") from None
    if number - number != 0:
        raise UsageError(f"{option} takes a finite number, not `{value!r}`")
    return number


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


def _set_model(target: _core.Options, given: Mapping[str, Any]) -> None:
    target.family = _choice("family", given.get("family", "gaussian"), _core.Family.__members__)
    target.defaults = _choice("defaults", given.get("defaults", "woodbury"), _core.Defaults.__members__)
    target.drop_missing = _choice("na", given.get("na", "drop"), {"drop": True, "error": False})
    for name in ("sigma", "weights", "se"):
        setattr(target, name, given.get(name) or "")
    target.factors = _names(given.get("factor", ()))
    target.numerics = _names(given.get("numeric", ()))
    target.priors = [f"{of} ~ {prior}" for of, prior in _mapping("priors", given.get("priors")).items()]
    target.contrasts = [_coding(of, codes) for of, codes in _mapping("contrasts", given.get("contrasts")).items()]
    target.integrate = ",".join(_names(given.get("integrate", "auto"))) or "none"
    target.reduce = _choice("reduce", given.get("reduce", "auto"), {"auto": True, "none": False})
    ways = {way: way for way in ("centred", "noncentred", "auto")}
    parametrisation = _mapping("parametrisation", given.get("parametrisation"))
    target.parametrisation = {of: _choice("parametrisation", way, ways) for of, way in parametrisation.items()}


def _set_sampler(target: _core.Options, given: Mapping[str, Any]) -> None:
    target.algorithm = _choice("algorithm", given.get("algorithm", "nuts"), _core.Algorithm.__members__)
    target.chains = _whole("chains", given.get("chains", 4), 1, 10_000)
    warmup = given.get("warmup", "auto")
    target.warmup = None if warmup == "auto" else _whole("warmup", warmup, 0, 10**9)
    target.draws = _whole("draws", given.get("draws", 1000), 1, 10**9)
    # Drawn seeds stay below 2^31: readers of CmdStan's CSV keep them in an int.
    seed = given.get("seed")
    target.seed = secrets.randbits(31) if seed is None else _whole("seed", seed, 0, 2**64 - 1)
    target.threads = _whole("threads", given.get("threads", 0), 0, 10_000)
    target.max_depth = _whole("max_depth", given.get("max_depth", 10), 1, 30)
    target.target_accept = _number("target_accept", given.get("target_accept", 0.8))
    if not 0 < target.target_accept < 1:
        raise InputError(f"target_accept must lie between 0 and 1; it is {target.target_accept}")
    init = given.get("init", "auto")
    target.init_radius = 2.0 if init == "auto" else _number("init", init)
    if target.init_radius < 0:
        raise InputError(f"init must be at least 0; it is {target.init_radius}")
    target.keep_hyper = _choice("keep", given.get("keep", "all"), {"all": False, "hyper": True})


def make_options(**given: Unpack[FitOptions]) -> _core.Options:
    """The engine's options; raises :class:`InputError` or :class:`UsageError` where a value is wrong."""
    for name in given:
        if name not in _MODEL and name not in _SAMPLER:
            near = difflib.get_close_matches(name, [*_MODEL, *_SAMPLER], n=1)
            raise UsageError(f"no option `{name}`", None, f"did you mean `{near[0]}`?" if near else "")
    target = _core.Options()
    _set_model(target, given)
    _set_sampler(target, given)
    return target


def make_built_options(given: Mapping[str, Any]) -> _core.Options:
    """Of a built model, which says itself what a formula's options say."""
    for name in _MODEL:
        if name in given and name not in BuiltOptions.__annotations__:
            raise UsageError(f"`{name}` is an option of a formula", None, "a built model says it itself")
    return make_options(**given)
