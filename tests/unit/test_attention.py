"""Attention with a summary, against the plain softmax over everything, in double precision."""

import math
from typing import Any

import pytest
import torch
from palate.adapters.attention import NAME, attend
from torch import Tensor, nn
from transformers import AttentionInterface

N, HEADS, WIDTH, TEXT, TOKENS = 3, 4, 5, 7, 2


def draw(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def attended(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> Tensor:
    return attend(nn.Identity(), query, key, value, options.pop("mask", None), **options)[0]


def by_hand(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    weights = torch.softmax(torch.einsum("bhqd,bhkd->bhqk", query, key) / math.sqrt(query.shape[-1]), dim=-1)
    return torch.einsum("bhqk,bhkd->bqhd", weights, value)


@pytest.fixture
def whole() -> tuple[Tensor, Tensor, Tensor]:
    """A text, item tokens and the answer position, whose query alone is asked."""
    total = TEXT + TOKENS + 1
    return draw(N, HEADS, 1, WIDTH, seed=0), draw(N, HEADS, total, WIDTH, seed=1), draw(N, HEADS, total, WIDTH, seed=2)


def summary_of(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    captured: list[Tensor] = []
    attended(query, key, value, captured=captured)
    return captured[0], captured[1]


def test_without_options_it_is_plain_attention(whole: tuple[Tensor, Tensor, Tensor]) -> None:
    torch.testing.assert_close(attended(*whole), by_hand(*whole))


@pytest.mark.parametrize("n_tokens", [0, TOKENS])
def test_a_summary_and_tokens_are_attention_over_everything(
    whole: tuple[Tensor, Tensor, Tensor], n_tokens: int
) -> None:
    query, key, value = (part[:, :, TOKENS - n_tokens :] if part.shape[2] > 1 else part for part in whole)
    n_text = key.shape[2] - n_tokens - 1
    text_and_answer = [*range(n_text), key.shape[2] - 1]
    summary = summary_of(query, key[:, :, text_and_answer], value[:, :, text_and_answer])
    found = attended(query, key[:, :, n_text:], value[:, :, n_text:], summary=summary)
    torch.testing.assert_close(found, by_hand(query, key, value))


def test_a_text_far_above_or_below_the_answer_stays_finite(whole: tuple[Tensor, Tensor, Tensor]) -> None:
    query, key, value = (part[:, :, -1:] for part in whole)
    text = draw(N, HEADS, WIDTH, seed=3)
    above = attended(query, key, value, summary=(text, torch.full((N, HEADS), 1e4, dtype=torch.float64)))
    below = attended(query, key, value, summary=(text, torch.full((N, HEADS), -1e4, dtype=torch.float64)))
    torch.testing.assert_close(above[:, 0], text)
    torch.testing.assert_close(below, value.transpose(1, 2))


def test_a_hidden_key_is_as_one_that_is_not_there(whole: tuple[Tensor, Tensor, Tensor]) -> None:
    query, key, value = whole
    bias = torch.zeros(N, 4, dtype=torch.float64)
    bias[:, 1] = -torch.inf
    kept = [0, *range(2, key.shape[2])]
    found = attended(query, key, value, bias=bias)
    torch.testing.assert_close(found, by_hand(query, key[:, :, kept], value[:, :, kept]))


def test_a_mask_is_added_to_the_scores(whole: tuple[Tensor, Tensor, Tensor]) -> None:
    query, key, value = whole
    mask = torch.zeros(N, 1, 1, key.shape[2] + 3, dtype=torch.float64)
    mask[..., :TEXT] = -torch.inf
    found = attended(query, key, value, mask=mask)
    torch.testing.assert_close(found, by_hand(query, key[:, :, TEXT:], value[:, :, TEXT:]))


def test_queries_share_keys_in_groups(whole: tuple[Tensor, Tensor, Tensor]) -> None:
    query, key, value = whole
    few_keys, few_values = key[:, :2], value[:, :2]
    found = attended(query, few_keys, few_values)
    pairs = [0, 0, 1, 1]
    torch.testing.assert_close(found, by_hand(query, few_keys[:, pairs], few_values[:, pairs]))


def test_the_scaling_of_the_model_is_taken(whole: tuple[Tensor, Tensor, Tensor]) -> None:
    query, key, value = whole
    found = attended(query, key, value, scaling=0.5)
    torch.testing.assert_close(found, by_hand(query * 0.5 * math.sqrt(WIDTH), key, value))


def test_it_can_be_differentiated_twice(whole: tuple[Tensor, Tensor, Tensor]) -> None:
    query, key, value = (part[:1, :1, -3:, :2].clone().requires_grad_() for part in whole)
    text, odds = draw(1, 1, 2, seed=4).requires_grad_(), draw(1, 1, seed=5).requires_grad_()

    def of(*parts: Tensor) -> Tensor:
        return attended(*parts[:3], summary=(parts[3], parts[4]))

    assert torch.autograd.gradgradcheck(of, (query, key, value, text, odds))


def test_transformers_knows_it_by_name() -> None:
    assert AttentionInterface()[NAME] is attend
