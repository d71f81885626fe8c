"""The speed comparison on a tiny model: it runs, both sides compute the same, and nothing is left changed."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from palate.adapters.backbone import Backbone
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.inner_loop import CentredMarginLoss, Support, adapt
from palate.adapters.lora import LoraConfig, random_theta
from palate.eval.speed import Sizes, speed
from palate.eval.speed_peft import through_peft
from transformers import LlamaConfig, LlamaForCausalLM

PROMPTS = ["a bb ccc dddd :", "x yy :", "one more of them :", "the last of all words :"]
SIZES = Sizes(
    ratings=3, candidates=6, reference=3, people=3, few=1, many=2, steps=2, repetitions=1, warm_up=0,
    peft_repetitions=1,
)  # fmt: skip
METRICS = {
    "adapt_vs_peft", "adapt_p95_ms", "score200_vs_peft", "score200_p95_ms", "batch64_score_vs_switch",
    "batch64_adapt_vs_loop", "floor_ratio",
}  # fmt: skip


def tokenizer(text: str, **options: Any) -> SimpleNamespace:
    return SimpleNamespace(input_ids=[{"Yes": 7, "No": 11}.get(word, 12 + len(word)) for word in text.split()])


@pytest.fixture
def backbone() -> Backbone:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model = LlamaForCausalLM(config).eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter.add_(torch.randn(parameter.shape) * 0.2)
    return Backbone(model, tokenizer, "tiny", "0" * 64)


def test_everything_is_timed_in_one_row(backbone: Backbone) -> None:
    report = speed(AdaptedBlocks(backbone, LoraConfig(rank=2)), PROMPTS, seed=0, sizes=SIZES)
    row = report.rows[0]
    assert (len(report.rows), row.name) == (1, "ours")
    assert row.metrics.keys() >= METRICS
    assert all(metric.value > 0 for name, metric in row.metrics.items() if name != "margin_difference")
    assert row.metrics["margin_difference"].value < 1e-3
    assert {goal.metric for goal in report.goals} == METRICS - {"floor_ratio"}
    assert report.counts["tokens"] == sum(len(prompt.split()) for prompt in PROMPTS)


def test_peft_adapts_to_the_same_tensors_as_we_do(backbone: Backbone) -> None:
    blocks = AdaptedBlocks(backbone, LoraConfig(rank=2))
    items, targets = blocks.inputs(blocks.read(PROMPTS)), torch.tensor([0.95, 0.05, 0.5, 0.7])
    start = random_theta(blocks.shapes, blocks.config, seed=0)
    ours = CentredMarginLoss(blocks, items.at([0, 1]))
    options: Any = {"steps": 3, "rates": dict.fromkeys(start, 2.0), "centre": ours.centre(start)}
    expected = adapt(start, Support(items, targets, torch.ones(4)), loss=ours, **options)
    with through_peft(blocks, start, prompt=PROMPTS[0]) as whole:
        loss: Any = CentredMarginLoss(whole, whole.inputs(PROMPTS[:1]))  # type: ignore[arg-type]  # stands in for it
        support = Support(whole.inputs(PROMPTS), targets, torch.ones(4))
        found = adapt(start, support, loss=loss, **options)
        scores = whole.score(found, PROMPTS)
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, atol=1e-5, rtol=1e-4)
    assert max((expected[name] - start[name]).abs().max().item() for name in start) > 1e-2
    torch.testing.assert_close(scores, blocks.score(expected, items), atol=1e-4, rtol=0)


def test_afterwards_the_model_is_as_it_was(backbone: Backbone) -> None:
    blocks = AdaptedBlocks(backbone, LoraConfig(rank=2))
    names = [name for name, _ in backbone.model.named_modules()]
    before = blocks.read(PROMPTS)
    with through_peft(blocks, random_theta(blocks.shapes, blocks.config, seed=0), prompt=PROMPTS[0]):
        assert [name for name, _ in backbone.model.named_modules()] != names
    assert [name for name, _ in backbone.model.named_modules()] == names
    assert torch.equal(blocks.read(PROMPTS), before)
