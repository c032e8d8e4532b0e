"""Bayesian linear mixed-effects models with the Gaussian effects integrated out exactly.

>>> import woodbury
>>> fit = woodbury.fit("yield ~ year + (year | site)", data)    # doctest: +SKIP
>>> fit.summary()                                               # doctest: +SKIP
"""

from ._api import explain, fit, load, priors
from ._core import __version__
from ._draws import Draws, Variable
from ._errors import Error, FitWarning, InputError, InternalError, Interrupted, Place, SamplingError, UsageError
from ._plan import Plan
from ._result import Fit

__all__ = [
    "Draws",
    "Error",
    "Fit",
    "FitWarning",
    "InputError",
    "InternalError",
    "Interrupted",
    "Place",
    "Plan",
    "SamplingError",
    "UsageError",
    "Variable",
    "__version__",
    "explain",
    "fit",
    "load",
    "priors",
]
