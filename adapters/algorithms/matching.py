"""A metric learner: matching networks over the support (Vinyals et al., NeurIPS 2016)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy, normalize

from ...retrieval.errors import AdapterError
from ..lora import Theta
from ..meta_problem import B, B_contra, MetaProblem, Params, expand, start
from .algorithm import Algorithm

LOG_SHARPNESS = "loss/log_sharpness"
_FIRST_SHARPNESS = 10.0
_DOUBT = 0.02


@dataclass(frozen=True, slots=True)
class Examples:
    """Judged items as a metric learner sees them.

    Args:
        features: Shape ``(n_people, n, dim)``.
        targets: Wished probabilities of "liked", 0 to 1, shape ``(n_people, n)``.
        weights: How much each counts, as ``targets``; 0 fills up.
    """

    features: Tensor
    targets: Tensor
    weights: Tensor


@runtime_checkable
class MetricProblem(Protocol[B_contra]):
    """What a problem needs beside the rest, for a metric to be learned on it."""

    def features(self, params: Params, theta: Theta, batch: B_contra) -> tuple[Examples, Examples]:
        """Return support and query; gradients of the features reach ``params`` and ``theta``."""


@dataclass(frozen=True)
class Matching(Algorithm):
    """Nothing moves inside: a query item is liked as the support items near it are.

    θ₀ (and tokens) make the features and learn from the matches alone.
    """

    def prepare(self, problem: MetaProblem[B], params: Params, seed: int) -> Params:
        """Add the sharpness of the attention.

        Raises:
            AdapterError: The problem has no ``features``.
        """
        del seed
        _metric(problem)
        like = next(iter(start(params).values()))
        return {LOG_SHARPNESS: like.new_full((), math.log(_FIRST_SHARPNESS)), **params}

    def objective(self, problem: MetaProblem[B], params: Params, batch: B, steps: int) -> Tensor:
        """Return each person's cross-entropy on the query, shape ``(n_people,)``; ``steps`` does not matter."""
        del steps
        support, query = _metric(problem).features(params, expand(start(params), len(batch)), batch)
        found = match(support, query.features, torch.exp(params[LOG_SHARPNESS]))
        losses = binary_cross_entropy(found, query.targets, reduction="none") * query.weights
        return losses.sum(dim=1) / query.weights.sum(dim=1).clamp(min=1.0)

    def adapt(self, problem: MetaProblem[B], params: Params, batch: B, steps: int) -> Theta:
        """Return θ₀ for everybody."""
        del problem, steps
        return {name: tensor.detach() for name, tensor in expand(start(params), len(batch)).items()}


def match(support: Examples, features: Tensor, sharpness: Tensor) -> Tensor:
    """Return the probability of "liked" of each query item, shape ``(n_people, n_query)``.

    The mean of the support's targets, weighted by a softmax of ``sharpness`` times the cosine; a little doubt keeps it
    away from 0 and 1.

    Args:
        support: What is known; someone without any weight gets one half.
        features: Of the query, shape ``(n_people, n_query, dim)``.
        sharpness: A positive scalar.
    """
    cosine = normalize(features, dim=-1) @ normalize(support.features, dim=-1).mT
    scores = torch.exp(sharpness * (cosine - 1.0)) * support.weights[:, None, :]
    known = scores.sum(dim=-1)
    mean = (scores * support.targets[:, None, :]).sum(dim=-1) / known.clamp(min=torch.finfo(known.dtype).tiny)
    return _DOUBT / 2 + (1.0 - _DOUBT) * torch.where(known > 0, mean, 0.5)


def _metric(problem: MetaProblem[B]) -> MetricProblem[B]:
    if not isinstance(problem, MetricProblem):
        raise AdapterError(f"{type(problem).__name__} has no features to match; choose another algorithm")
    return problem
