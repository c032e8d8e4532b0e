"""Progress of the chains: bars in a terminal, or a table of them in a notebook."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Sequence
from typing import Any, Protocol

State = tuple[int, int, bool, int]
"""A chain's iteration, how many there will be, whether it warms up, and its divergences."""


class View(Protocol):
    """Where progress is shown."""

    def update(self, chains: Sequence[State]) -> None:
        """Shows the chains' states."""

    def close(self) -> None:
        """Leaves the last state standing."""


class TerminalView:
    """A bar a chain on standard error, drawn in place."""

    def __init__(self) -> None:
        self._lines = 0
        self._start = time.monotonic()

    def update(self, chains: Sequence[State]) -> None:
        width = shutil.get_terminal_size().columns - 1
        shown = [f"chain {k + 1} {describe(state, self._start)}"[:width] for k, state in enumerate(chains[:16])]
        up = f"\x1b[{self._lines}A" if self._lines else ""
        self._lines = len(shown)
        sys.stderr.write(up + "".join(f"\r\x1b[K{line}\n" for line in shown))
        sys.stderr.flush()

    def close(self) -> None:
        sys.stderr.flush()


class NotebookView:
    """The same in a notebook's output, replaced as it goes."""

    def __init__(self, display: Any, html: Any) -> None:
        self._html = html
        self._start = time.monotonic()
        self._handle = display(html(""), display_id=True)

    def update(self, chains: Sequence[State]) -> None:
        rows = "".join(
            f"<tr><td>chain {k + 1}</td><td><progress value='{at}' max='{max(total, 1)}'></progress></td>"
            f"<td style='text-align:left'>{describe((at, total, warming, bad), self._start, bar=False)}</td></tr>"
            for k, (at, total, warming, bad) in enumerate(chains)
        )
        self._handle.update(self._html(f"<table>{rows}</table>"))

    def close(self) -> None:
        pass


def describe(state: State, start: float, *, bar: bool = True) -> str:
    """A chain in words, "[######----]  812/2000 warm-up, 3 divergences, 12 s left"."""
    at, total, warming, divergences = state
    if total == 0:
        return "finding the mode"
    share = at / total
    full = int(20 * share)
    text = f"[{'#' * full}{'-' * (20 - full)}] " if bar else ""
    text += f"{at:>{len(str(total))}}/{total} {'warm-up' if warming else 'sampling'}"
    if divergences:
        text += f", {divergences} divergences"
    if 0 < share < 1:
        text += f", {(time.monotonic() - start) * (1 - share) / share:.0f} s left"
    return text


def progress_view(chains: int, wanted: bool | None) -> View | None:
    """Where to show progress, or None: `wanted` False, or None without a terminal or a notebook."""
    if wanted is False:
        return None
    notebook = _notebook()
    if notebook is not None:
        return NotebookView(*notebook)
    terminal = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return TerminalView() if terminal or wanted else None


def _notebook() -> tuple[Any, Any] | None:
    """IPython's display and HTML, where a kernel of Jupyter runs us."""
    shell = sys.modules.get("IPython")
    instance = shell.get_ipython() if shell is not None else None
    if instance is None or not hasattr(instance, "kernel"):
        return None
    from IPython.display import HTML, display

    return display, HTML
