"""The outer-loop algorithms by name, one file per idea."""

from __future__ import annotations

from ...retrieval.errors import AdapterError
from .algorithm import ZERO_WEIGHT, Algorithm, first_order
from .anil import Anil
from .ensemble import Ensemble
from .fomaml import Fomaml
from .maml import Maml
from .map import VARIANCE, Map
from .matching import Examples, Matching, MetricProblem, match
from .meta_sgd import MetaSgd
from .mlpr import Mlpr
from .pooled import Pooled
from .reptile import Reptile

__all__ = [
    "ALGORITHMS", "VARIANCE", "ZERO_WEIGHT", "Algorithm", "Anil", "Ensemble", "Examples", "Fomaml", "Maml", "Map",
    "Matching", "MetaSgd", "MetricProblem", "Mlpr", "Pooled", "Reptile", "algorithm_named", "first_order", "match",
]  # fmt: skip

ALGORITHMS: dict[str, Algorithm] = {
    "fomaml": Fomaml(),
    "reptile": Reptile(),
    "maml": Maml(),
    "anil": Anil(),
    "meta_sgd": MetaSgd(),
    "mlpr": Mlpr(),
    "map": Map(),
    "matching": Matching(),
    "pooled": Pooled(),
    "ensemble": Ensemble(),
}


def algorithm_named(name: str) -> Algorithm:
    """Return an algorithm with its usual settings.

    Raises:
        AdapterError: There is none of that name.

    Examples:
        >>> algorithm_named("maml").second_order
        True
    """
    if name not in ALGORITHMS:
        raise AdapterError(f"no algorithm is called {name!r}; choose one of {', '.join(ALGORITHMS)}")
    return ALGORITHMS[name]
