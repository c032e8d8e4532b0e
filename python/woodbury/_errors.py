"""Exceptions: what was wrong, where, and what would be right."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A place in a text the user wrote: a formula, a prior, a coding."""

    text: str
    """The text as a whole."""
    begin: int
    """Where it is wrong: the first byte, counted from 0 in UTF-8."""
    end: int
    """One past the last byte."""


class Error(Exception):
    """An error a user can act on; the base of all that the engine raises.

    ``str(error)`` is what the command line prints: the sentence, the suggestion, and the text with a caret below the
    place where one is known.
    """

    message: str
    """The sentence alone."""
    place: Place | None
    """Where in the user's text it is wrong."""
    suggestion: str
    """What would be right; empty where nothing is known."""

    def __init__(
        self,
        message: str,
        place: tuple[str, int, int] | None = None,
        suggestion: str = "",
        description: str = "",
    ) -> None:
        super().__init__(message, place, suggestion, description)
        self.message = message
        self.place = None if place is None else Place(*place)
        self.suggestion = suggestion
        self._description = description or (f"{message}; {suggestion}" if suggestion else message)

    def __str__(self) -> str:
        return self._description


class InputError(Error, ValueError):
    """Data, a formula, a prior or another value is wrong (the command line's exit status 1)."""


class UsageError(Error, TypeError):
    """An option that is unknown or of a wrong type (exit status 2)."""


class SamplingError(Error, RuntimeError):
    """The sampler could not run, as where no finite start is found (exit status 3)."""


class Interrupted(Error):
    """Ctrl-C before the first draw; later it ends sampling and the fit holds the draws so far (exit status 130)."""


class InternalError(RuntimeError):
    """A rule of the engine's own was broken: a bug, to be reported."""


class FitWarning(UserWarning):
    """Something the user should know of a model or of its draws; the sentence says what to do."""
