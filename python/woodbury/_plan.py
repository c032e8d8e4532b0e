"""A plan: which Gaussian effects are integrated out, and why."""

from __future__ import annotations

import html
from typing import Any


class Plan:
    """What :func:`woodbury.explain` gives; prints as the command line's ``woodbury explain``."""

    def __init__(self, text: str, data: dict[str, Any]) -> None:
        self.text = text
        """The plan in words and tables."""
        self.data = data
        """plan.json: decisions, candidates with their predicted costs in microseconds a gradient, reasons."""

    @property
    def declared_dims(self) -> int:
        """Number of dimensions to sample were nothing integrated."""
        return int(self.data["declared_dims"])

    @property
    def sampled_dims(self) -> int:
        """Number of dimensions that are sampled."""
        return int(self.data["sampled_dims"])

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.text)}</pre>"
