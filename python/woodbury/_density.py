"""The log density of what a plan samples, for samplers and optimisers of one's own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core

Params = Mapping[str, ArrayLike]
"""Values of variables by name; a number stands for all levels."""

Arrays = dict[str, NDArray[np.float64]]
"""Values or derivatives by name, in the variables' shapes."""


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
        """The same density for another thread, which shares nothing that changes."""
        return Density(self._prepared)

    @property
    def dimension(self) -> int:
        """Number of coordinates of a point."""
        return self._evaluator.dimension

    @property
    def names(self) -> list[str]:
        """Names of a point's coordinates in their order: ``tau``, ``u[3]``, ``cor_g[0]``."""
        return self._evaluator.coordinate_names

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The parameters, what is sampled, and their shapes: ``()`` a number, ``(levels,)``, ``(k, k)`` a correlation
        matrix."""
        return {name: tuple(map(len, coords)) for name, _, coords in self._evaluator.parameters}

    def __call__(self, q: ArrayLike) -> tuple[float, NDArray[np.float64]]:
        """The log density at a point, log-Jacobian included, and its gradient.

        :param q: an array (dimension,), unconstrained.
        :returns: a natural logarithm, all constants included, minus infinity where it fails (:attr:`failure` says why);
            and an array (dimension,).
        :raises InputError: a point of another length.
        """
        return self._evaluator.log_density_gradient(_point(q))

    @property
    def failure(self) -> str:
        """Why the last value was minus infinity; empty where it was finite."""
        return self._evaluator.failure

    def log_density(self, params: Params) -> float:
        """log p(y, params), a density of the parameters themselves in their own units: without a Jacobian.

        :param params: all that :attr:`shapes` names; other values need not be given.
        :raises InputError: a parameter is missing, unknown, of another size or out of its support.
        """
        return self._evaluator.log_density(self._values(params))

    def log_marginal_likelihood(self, params: Params) -> float:
        """log p(y | params), without the parameters' priors, and so without a look at their supports.

        :param params: what the likelihood needs of :attr:`shapes`; the rest may be left out.
        :raises InputError: a parameter is missing, unknown or of another size.
        """
        return self._evaluator.log_marginal_likelihood(self._values(params))

    def log_density_gradient(self, params: Params) -> tuple[float, Arrays]:
        """:meth:`log_density` and its derivatives by every value, by name and in the parameters' shapes.

        A correlation stands at (i, j) and at (j, i) of its matrix, and so does the derivative by it; on the diagonal it
        is 0. Where the value is minus infinity, the derivatives are 0.

        :raises InputError: as in :meth:`log_density`.
        """
        return self._by_name(self._evaluator.log_density_gradient(self._values(params)))

    def log_marginal_likelihood_gradient(self, params: Params) -> tuple[float, Arrays]:
        """:meth:`log_marginal_likelihood` and its derivatives by every value that is given, as in
        :meth:`log_density_gradient`.

        :raises InputError: as in :meth:`log_marginal_likelihood`.
        """
        return self._by_name(self._evaluator.log_marginal_likelihood_gradient(self._values(params)))

    def constrain(self, q: ArrayLike) -> Arrays:
        """Values by name at a point: arrays of :attr:`shapes`, in the parameters' units (scales are standard
        deviations).

        :param q: an array (dimension,), unconstrained.
        :raises InputError: a point of another length.
        """
        shapes, values = self.shapes, self._evaluator.constrain(_point(q))
        return {name: np.reshape(values[name], shape) for name, shape in shapes.items()}

    def unconstrain(self, params: Params) -> NDArray[np.float64]:
        """The point of these values: the way back from :meth:`constrain`.

        :param params: all that :attr:`shapes` names.
        :returns: an array (dimension,).
        :raises InputError: a parameter is missing, unknown, of another size or out of its support.
        """
        return self._evaluator.unconstrain(self._values(params))

    def draw(self, q: ArrayLike, seed: int, index: int = 0) -> Arrays:
        """Every variable of the model at a point, the integrated ones drawn from their exact conditional.

        :param q: an array (dimension,), unconstrained.
        :param seed: a whole number from 0; with ``index``, which should count the points, it fixes the draw.
        :returns: arrays by name, of dims as in :attr:`Fit.draws`, in the variables' units.
        :raises InputError: a point of another length, or one where the density is zero.
        """
        flat = self._evaluator.draw(_point(q), seed, index)
        result, at = {}, 0
        for name, _, coords in self._evaluator.variables:
            shape = tuple(map(len, coords))
            size = int(np.prod(shape, dtype=int))
            result[name] = flat[at : at + size].reshape(shape)
            at += size
        return result

    def _by_name(self, found: tuple[float, dict[str, list[float]]]) -> tuple[float, Arrays]:
        shapes = self.shapes
        return found[0], {name: np.reshape(by, shapes[name]) for name, by in found[1].items()}

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
