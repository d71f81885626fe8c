"""The seam of what can be said of one TALLRec prompt, and what both domains say.

A scorer sees one prompt at a time: the next window of the same person would tell it the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .tallrec_prompts import Prompt

Floats = NDArray[np.float64]


class PromptScorer(Protocol):
    """One part of the score."""

    def score(self, liked_titles: Sequence[str], disliked_titles: Sequence[str], target: str) -> float:
        """Return how much more likely than not the target is liked, on any scale; higher is likelier."""
        ...


class LikeShare:
    """The share of liked titles in the prompt itself, as smoothed log odds; it does not look at the target.

    Examples:
        >>> LikeShare().score(["a", "b", "c"], [], "t"), LikeShare().score(["a"], ["b"], "t")
        (1.3862943611198906, 0.0)
    """

    def score(self, liked_titles: Sequence[str], disliked_titles: Sequence[str], target: str) -> float:  # noqa: ARG002
        """Return the log odds with one title added on either side."""
        return float(np.log((len(liked_titles) + 1) / (len(disliked_titles) + 1)))


@dataclass(frozen=True, slots=True)
class Evidence:
    """The parts of a domain's score and the weights they have before any shot.

    Args:
        parts: What is weighed; ``like_share`` is among them.
        controls: What is reported beside the sum and not weighed.
        centre: Mean of each part over prompts whose answers may be known or not, shape ``(n_parts,)``.
        scale: Standard deviation likewise.
        weights: Prior weights of the standardised parts, shape ``(n_parts,)``.
        linked: Share of the titles that were found in the domain's catalogue.
        described: What the weights come from.
    """

    parts: Mapping[str, PromptScorer]
    controls: Mapping[str, PromptScorer]
    centre: Floats
    scale: Floats
    weights: Floats
    linked: float
    described: str

    def features(self, prompts: Sequence[Prompt]) -> Floats:
        """Return the standardised parts, shape ``(len(prompts), n_parts)``."""
        raw = np.column_stack([scores_of(part, prompts) for part in self.parts.values()])
        features: Floats = (raw - self.centre) / self.scale
        return features


def scores_of(scorer: PromptScorer, prompts: Sequence[Prompt]) -> Floats:
    """Return the score of each prompt, shape ``(len(prompts),)``."""
    return np.array([scorer.score(prompt.liked, prompt.disliked, prompt.target) for prompt in prompts])


def centre_and_scale(raw: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of columns; 1 where a column never changes."""
    spread = raw.std(axis=0)
    return raw.mean(axis=0), np.where(spread > 0, spread, 1.0)
