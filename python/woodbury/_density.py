"""The log density of what a plan samples, for samplers and optimisers of one's own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core

Params = Mapping[str, ArrayLike]
"""Values of variables by name; a number stands for all levels."""


class Density:
    """log p(y, q) of the variables that are sampled, as a function on R^n; the others are integrated out.

    A point ``q`` holds scales as logarithms, correlations as canonical partial ones (atanh) and effects as the plan
    parametrises them; :meth:`constrain` and :meth:`unconstrain` go between it and values by name. Made by
    :meth:`woodbury.Model.density` and :func:`woodbury.density`. An object serves one thread at a time.

    >>> density = m.density()                                       # doctest: +SKIP
    >>> value, gradient = density(np.zeros(density.dimension))      # doctest: +SKIP
    """

    def __init__(self, prepared: _core.Prepared) -> None:
        self._prepared = prepared
        self._evaluator = _core.Evaluator(prepared)
        self.explanation = prepared.explain()
        """What is integrated out and why, as :func:`woodbury.explain` says it."""

    def copy(self) -> Density:
        """The same density for another thread."""
        return Density(self._prepared)

    @property
    def dimension(self) -> int:
        """Coordinates of a point."""
        return self._evaluator.dimension

    @property
    def names(self) -> list[str]:
        """Names of the coordinates: ``tau``, ``u[3]``, ``cor_g[0]``."""
        return self._evaluator.coordinate_names

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The parameters and their shapes."""
        return {name: tuple(map(len, coords)) for name, _, coords in self._evaluator.parameters}

    def __call__(self, q: ArrayLike) -> tuple[float, NDArray[np.float64]]:
        """The log density at a point, log-Jacobian included, and its gradient; minus infinity where it fails."""
        return self._evaluator.log_density_gradient(_point(q))

    @property
    def failure(self) -> str:
        """Why the last value was minus infinity."""
        return self._evaluator.failure

    def log_density(self, params: Params) -> float:
        """log p(y, params), without a Jacobian."""
        return self._evaluator.log_density(self._values(params))

    def log_marginal_likelihood(self, params: Params) -> float:
        """log p(y | params); what the likelihood does not need may be left out."""
        return self._evaluator.log_marginal_likelihood(self._values(params))

    def constrain(self, q: ArrayLike) -> dict[str, NDArray[np.float64]]:
        """Values by name at a point."""
        shapes, values = self.shapes, self._evaluator.constrain(_point(q))
        return {name: np.reshape(values[name], shape) for name, shape in shapes.items()}

    def unconstrain(self, params: Params) -> NDArray[np.float64]:
        """The point of these values, all parameters given."""
        return self._evaluator.unconstrain(self._values(params))

    def draw(self, q: ArrayLike, seed: int, index: int = 0) -> dict[str, NDArray[np.float64]]:
        """Every variable of the model at a point, the integrated ones drawn from their exact conditional.

        The draw depends on ``seed`` and ``index``, which should count the points.
        """
        flat = self._evaluator.draw(_point(q), seed, index)
        result, at = {}, 0
        for name, _, coords in self._evaluator.variables:
            shape = tuple(map(len, coords))
            size = int(np.prod(shape, dtype=int))
            result[name] = flat[at : at + size].reshape(shape)
            at += size
        return result

    def _values(self, params: Params) -> dict[str, list[float]]:
        shapes = self.shapes
        values = {}
        for name, value in params.items():
            array = np.asarray(value, np.float64)
            if array.ndim == 0 and name in shapes:
                array = np.broadcast_to(array, shapes[name])
            values[name] = array.ravel().tolist()
        return values


def _point(q: ArrayLike) -> NDArray[np.float64]:
    return np.ascontiguousarray(q, np.float64)
