"""Draws by variable, as arrays over the engine's memory."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Variable(NamedTuple):
    """A variable of a fit: a scalar, or an array whose dims have labels."""

    name: str
    """brms's name: ``b_x``, ``sd_g__x``, ``cor_g__Intercept__x``, ``sigma``, ``r_g``."""
    dims: tuple[str, ...]
    """Names of its dims: none of a scalar, ``("g", "g__coef")`` of the effects of a factor ``g``."""
    coords: tuple[tuple[str, ...], ...]
    """Labels, one tuple a dim."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of its dims."""
        return tuple(len(labels) for labels in self.coords)


class Draws(Mapping[str, NDArray[np.float64]]):
    """Draws of every variable after warm-up: ``draws["r_g"]`` has the shape ``(chain, draw, *dims)``.

    Arrays are read-only views of one block of memory: nothing is copied. After an interrupt all chains are cut to the
    shortest. Values are in units of the parameters, as :class:`Fit` has them. An unknown name raises :class:`KeyError`,
    which suggests the nearest. Draws cannot be pickled: save the fit, or copy arrays.
    """

    def __init__(self, block: NDArray[np.float64], variables: Sequence[Variable], columns: Sequence[str]) -> None:
        self._block = block
        self._columns = list(columns)
        self._variables = {v.name: v for v in variables}
        sizes = [int(np.prod(v.shape, dtype=int)) for v in variables]
        self._first: dict[str, int] = dict(zip(self._variables, accumulate([0, *sizes]), strict=False))

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables in the order of the summary."""
        return tuple(self._variables.values())

    @property
    def columns(self) -> list[str]:
        """Names of all scalars and elements, as :attr:`array` has them: ``b_x``, ``r_g[level,coef]``."""
        return list(self._columns)

    @property
    def array(self) -> NDArray[np.float64]:
        """All draws at once, of shape (chain, draw, column), read-only; a column's draws are contiguous."""
        return np.moveaxis(self._block, 0, -1)

    def variable(self, name: str) -> Variable:
        """Name, dims and labels of a variable.

        :raises KeyError: there is none of that name.
        """
        return self._variables[self._known(name)]

    def first_column(self, name: str) -> int:
        """Where the columns of a variable begin in :attr:`array`, counted from 0.

        :raises KeyError: there is none of that name.
        """
        return self._first[self._known(name)]

    def _known(self, name: str) -> str:
        if name not in self._variables:
            near = difflib.get_close_matches(name, self._variables, n=1)
            raise KeyError(f"no variable `{name}`" + (f"; did you mean `{near[0]}`?" if near else ""))
        return name

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """A variable's draws: a read-only array ``(chain, draw, *dims)``, nothing copied.

        :raises KeyError: there is none of that name.
        """
        variable = self._variables[self._known(name)]
        size = int(np.prod(variable.shape, dtype=int))
        first = self._first[name]
        block = self._block[first : first + size]
        shaped = block.reshape(*variable.shape, *self._block.shape[1:])
        return np.moveaxis(shaped, (-2, -1), (0, 1))

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)

    def __contains__(self, name: object) -> bool:
        return name in self._variables

    def __repr__(self) -> str:
        _, chains, draws = self._block.shape
        return f"<woodbury.Draws: {chains} chains × {draws} draws of {', '.join(self._variables)}>"

    def __reduce__(self) -> Any:
        raise TypeError("draws cannot be pickled; save the fit, or copy the arrays")
