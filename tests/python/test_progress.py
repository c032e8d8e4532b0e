"""Bars in a terminal: drawn in place, and only where there is one."""

import io
import sys
import time
import types

import pytest

from woodbury import _progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def use(monkeypatch, stream):
    """`stream` as standard error of the module alone: pytest sets its own before each test."""
    monkeypatch.setattr(_progress, "sys", types.SimpleNamespace(stderr=stream, modules=sys.modules))


@pytest.fixture
def terminal(monkeypatch):
    stream = Terminal()
    use(monkeypatch, stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    return stream


def test_bars_are_drawn_over_one_another(terminal):
    view = _progress.progress_view(2, None)
    view.update([(100, 1000, True, 0), (500, 1000, False, 3)])
    view.update([(1000, 1000, False, 0), (1000, 1000, False, 3)])
    first, second = terminal.getvalue().split("\x1b[2A")
    assert first.startswith("\r\x1b[Kchain 1 [##------------------]  100/1000 warm-up, ")
    assert "chain 2 [##########----------]  500/1000 sampling, 3" in first
    assert second.count("[####################] 1000/1000 sampling") == 2
    assert all(len(line) < 60 + len("\r\x1b[K") for line in terminal.getvalue().split("\n"))


def test_no_terminal_no_bars_unless_wanted(monkeypatch, terminal):
    assert _progress.progress_view(4, False) is None
    monkeypatch.setenv("TERM", "dumb")
    assert _progress.progress_view(4, None) is None
    use(monkeypatch, io.StringIO())
    assert _progress.progress_view(4, None) is None
    assert _progress.progress_view(4, True) is not None


def test_the_time_left_is_in_proportion():
    assert "30 s left" in _progress.describe((25, 100, False, 0), time.monotonic() - 10)
    assert "left" not in _progress.describe((100, 100, False, 0), time.monotonic() - 10)
