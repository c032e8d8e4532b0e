"""Bayesian linear mixed-effects models with the Gaussian effects integrated out exactly.

>>> import woodbury
>>> fit = woodbury.fit("yield ~ year + (year | site)", data)    # doctest: +SKIP
>>> fit.summary()                                               # doctest: +SKIP
"""

from ._answers import Loo, compare
from ._api import density, explain, fit, load, priors
from ._core import __version__
from ._density import Density
from ._draws import Draws, Variable
from ._errors import Error, FitWarning, InputError, InternalError, Interrupted, Place, SamplingError, UsageError
from ._expression import Columns, Expression, ar1, cumsum
from ._expression import cos, exp, expm1, inv_logit, log, log1p, sin, sqrt, square, tanh
from ._model import Model
from ._plan import Plan
from ._result import Fit

__all__ = [
    "Columns",
    "Density",
    "Draws",
    "Error",
    "Expression",
    "Fit",
    "FitWarning",
    "InputError",
    "InternalError",
    "Interrupted",
    "Loo",
    "Model",
    "Place",
    "Plan",
    "SamplingError",
    "UsageError",
    "Variable",
    "__version__",
    "ar1",
    "compare",
    "cos",
    "cumsum",
    "density",
    "exp",
    "explain",
    "expm1",
    "fit",
    "inv_logit",
    "load",
    "log",
    "log1p",
    "priors",
    "sin",
    "sqrt",
    "square",
    "tanh",
]
