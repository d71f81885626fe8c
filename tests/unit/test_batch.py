from types import SimpleNamespace
from typing import Any

import pytest
import torch
from palate.adapters import batch
from palate.adapters.backbone import Backbone
from palate.adapters.batch import score_many
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.item_inputs import ItemInputs
from palate.adapters.lora import LoraConfig, Theta, random_theta
from palate.retrieval.errors import AdapterError
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM


def tokenizer(text: str, **options: Any) -> SimpleNamespace:
    return SimpleNamespace(input_ids=[{"Yes": 7, "No": 11}.get(word, 12 + len(word)) for word in text.split()])


@pytest.fixture(scope="module")
def blocks() -> AdaptedBlocks:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model = LlamaForCausalLM(config).eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter.add_(torch.randn(parameter.shape) * 0.2)
    return AdaptedBlocks(Backbone(model, tokenizer, "tiny", "0" * 64), LoraConfig(rank=2))


@pytest.fixture(scope="module")
def items(blocks: AdaptedBlocks) -> ItemInputs:
    texts = [" ".join("word"[: 1 + (i + j) % 4] for j in range(3 + i)) for i in range(9)]
    tokens = torch.randn(9, 2, 16, generator=torch.Generator().manual_seed(1))
    given = ItemInputs(blocks.read(texts), tokens, torch.arange(18).reshape(9, 2) % 3 > 0)
    return ItemInputs(given.states, given.tokens, given.present, blocks.prefix(given))


def adapters(blocks: AdaptedBlocks, n: int) -> list[Theta]:
    drawn = [random_theta(blocks.shapes, blocks.config, seed=seed) for seed in range(n)]
    return [{name: t * (30 if name.endswith("B") else 1) for name, t in theta.items()} for theta in drawn]


def one_by_one(blocks: AdaptedBlocks, thetas: list[Theta], people: list[ItemInputs]) -> list[Tensor]:
    return [blocks.score(theta, own) for theta, own in zip(thetas, people, strict=True)]


@pytest.mark.parametrize("counts", [(3, 3, 3), (1, 5, 2), (4,), (2, 0, 9), (0, 0), ()])
@pytest.mark.parametrize("rows", [1024, 4])
def test_people_in_one_batch_have_the_scores_of_one_by_one(
    blocks: AdaptedBlocks, items: ItemInputs, counts: tuple[int, ...], rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_BATCH_ROWS", rows)
    thetas = adapters(blocks, len(counts))
    people = [items.at(torch.arange(i, i + n) % 9) for i, n in enumerate(counts)]
    found = score_many(blocks, thetas, people)
    assert [len(scores) for scores in found] == list(counts)
    for scores, expected in zip(found, one_by_one(blocks, thetas, people), strict=True):
        torch.testing.assert_close(scores, expected, atol=1e-5, rtol=0)


def test_everybody_has_an_adapter_of_their_own(blocks: AdaptedBlocks, items: ItemInputs) -> None:
    first, second = score_many(blocks, adapters(blocks, 2), [items, items])
    assert (first - second).abs().max() > 1e-2
    assert not first.requires_grad


def test_items_without_a_kept_prefix_are_scored_too(blocks: AdaptedBlocks, items: ItemInputs) -> None:
    bare = ItemInputs(items.states, items.tokens, items.present)
    thetas = adapters(blocks, 2)
    found, kept = (torch.cat(score_many(blocks, thetas, [given, given.at([3])])) for given in (bare, items))
    torch.testing.assert_close(found, kept, atol=1e-5, rtol=0)


def test_a_batch_is_bounded(blocks: AdaptedBlocks, items: ItemInputs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_BATCH_ROWS", 8)
    assert [[len(group) for group in batch._batches(counts)] for counts in ((3, 1, 3, 2), (9, 1), (4, 4))] == [
        [2, 2], [1, 1], [2],
    ]  # fmt: skip


def test_people_without_an_adapter_are_refused(blocks: AdaptedBlocks, items: ItemInputs) -> None:
    with pytest.raises(AdapterError, match="1 adapters do not fit 2 people; give one for each"):
        score_many(blocks, adapters(blocks, 1), [items, items])
