"""Several ranked lists into one."""

from __future__ import annotations

from collections.abc import Sequence

RANK_CONSTANT = 60.0


def reciprocal_rank_fusion(
    lists: Sequence[tuple[float, Sequence[int]]], *, constant: float = RANK_CONSTANT
) -> dict[int, float]:
    """Fuse ranked lists by reciprocal rank (Cormack, Clarke and Büttcher, SIGIR 2009).

    Args:
        lists: Pairs of a weight and ids, best first.
        constant: The k of the paper; larger values flatten the head.

    Returns:
        The sum of ``weight / (constant + rank)`` for each id, ranks from 1.

    Examples:
        >>> fused = reciprocal_rank_fusion([(1.0, [7, 8]), (1.0, [8])], constant=1.0)
        >>> fused[7], round(fused[8], 3)
        (0.5, 0.833)
    """
    fused: dict[int, float] = {}
    for weight, ids in lists:
        for rank, item in enumerate(ids, start=1):
            fused[item] = fused.get(item, 0.0) + weight / (constant + rank)
    return fused
