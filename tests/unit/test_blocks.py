"""The adapted blocks against whole models: small random ones of several architectures, in memory."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from palate.adapters.backbone import Backbone
from palate.adapters.blocks import AdaptedBlocks, answer_token
from palate.adapters.lora import LoraConfig, Theta, random_theta
from palate.retrieval.errors import AdapterError
from torch import Tensor
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GemmaConfig,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    MistralConfig,
    PhiConfig,
    PretrainedConfig,
    Qwen3Config,
)
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

SIZE = {
    "vocab_size": 40, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 3, "num_attention_heads": 2,
    "max_position_embeddings": 64, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0,
}  # fmt: skip
GROUPED = {**SIZE, "num_key_value_heads": 1, "head_dim": 8}
ARCHITECTURES = {
    "llama": LlamaConfig(**GROUPED, tie_word_embeddings=True),
    "llama-untied": LlamaConfig(**GROUPED, tie_word_embeddings=False),
    "qwen3": Qwen3Config(**GROUPED),
    "mistral": MistralConfig(**GROUPED, sliding_window=4),
    "gpt-neox": GPTNeoXConfig(**SIZE),
    "phi": PhiConfig(**SIZE),
    "gemma": GemmaConfig(**GROUPED),
}
YES, NO = 7, 11


class WordTokenizer:
    """A fake tokenizer: one token a word; " Yes" and " No" have ids of their own."""

    def __call__(self, text: str, **options: Any) -> SimpleNamespace:
        ids = [{"Yes": YES, "No": NO}.get(word, 12 + len(word) % 28) for word in text.split()]
        ids = ids[: options.get("max_length", len(ids))]
        return SimpleNamespace(input_ids=torch.tensor([ids]) if options.get("return_tensors") else ids)


def backbone(config: PretrainedConfig, *, seed: int = 0) -> Backbone:
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config).eval().requires_grad_(False)
    with torch.no_grad():  # as drawn, biases are 0 and weights too small to tell models apart
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.2)
    return Backbone(model, WordTokenizer(), "tiny", "0" * 64)


def blocks_of(name: str = "llama", n_blocks: int = 2, **options: Any) -> AdaptedBlocks:
    return AdaptedBlocks(backbone(ARCHITECTURES[name]), LoraConfig(**{"n_blocks": n_blocks, "targets": (), **options}))


def entering(blocks: AdaptedBlocks, ids: Tensor) -> Tensor:
    """Return what enters the first adapted block, for the whole sequence."""
    out = blocks.backbone.model(input_ids=ids, output_hidden_states=True, use_cache=False)
    hidden: Tensor = out.hidden_states[blocks.first_block]
    return hidden


def without_update(blocks: AdaptedBlocks, seed: int = 0) -> Theta:
    theta = random_theta(blocks.shapes, blocks.config, seed=seed)
    return {name: tensor * (not name.endswith("lora_B")) for name, tensor in theta.items()}


@pytest.mark.parametrize("n_blocks", [1, 2, 3])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_without_an_update_margins_are_those_of_the_whole_model(name: str, n_blocks: int) -> None:
    blocks = blocks_of(name, n_blocks)
    ids = torch.randint(40, (3, 9), generator=torch.Generator().manual_seed(1))
    logits = blocks.backbone.model(input_ids=ids).logits[:, -1]
    margins = blocks.margins(without_update(blocks), entering(blocks, ids))
    torch.testing.assert_close(margins, logits[:, YES] - logits[:, NO], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_with_an_update_margins_are_those_of_a_model_with_merged_weights(name: str) -> None:
    blocks = blocks_of(name)
    theta = {
        key: tensor * (30 if key.endswith("B") else 1)
        for key, tensor in random_theta(blocks.shapes, blocks.config, seed=1).items()
    }
    ids = torch.randint(40, (2, 6), generator=torch.Generator().manual_seed(2))
    before = blocks.backbone.model(input_ids=ids).logits[:, -1]
    found = blocks.margins(theta, entering(blocks, ids))
    decoder = blocks.backbone.model.get_decoder()
    for layer in blocks.shapes:
        prefix, place, rest = layer.split(".", 2)
        base = decoder.get_submodule(f"{prefix}.{int(place) + blocks.first_block}.{rest}")
        base.weight.add_(blocks.config.alpha / blocks.config.rank * theta[f"{layer}.lora_B"] @ theta[f"{layer}.lora_A"])
    after = blocks.backbone.model(input_ids=ids).logits[:, -1]
    torch.testing.assert_close(found, after[:, YES] - after[:, NO], atol=1e-4, rtol=1e-4)
    assert (after - before).abs().max() > 0.01


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_gradients_reach_every_tensor(name: str) -> None:
    blocks = blocks_of(name)
    theta = {key: tensor.requires_grad_() for key, tensor in random_theta(blocks.shapes, blocks.config, seed=0).items()}
    blocks.margins(theta, torch.randn(3, 4, 16, generator=torch.Generator().manual_seed(0))).sum().backward()
    assert len(theta) >= 2 * 2 * 4
    assert [key for key, tensor in theta.items() if tensor.grad is None or not tensor.grad.abs().sum() > 0] == []


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_model_stays_as_it_was_bit_for_bit(name: str) -> None:
    base = backbone(ARCHITECTURES[name])
    weights = {key: tensor.clone() for key, tensor in base.model.state_dict().items()}
    modules = [(key, id(module), type(module)) for key, module in base.model.named_modules()]
    config = base.model.config.to_json_string()
    blocks = AdaptedBlocks(base, LoraConfig(n_blocks=2, targets=()))
    blocks.margins(random_theta(blocks.shapes, blocks.config, seed=0), blocks.read(["a text of words"]))
    assert all(torch.equal(tensor, weights[key]) for key, tensor in base.model.state_dict().items())
    assert [(key, id(module), type(module)) for key, module in base.model.named_modules()] == modules
    assert base.model.config.to_json_string() == config
    assert not any(parameter.requires_grad for parameter in base.model.parameters())


def test_weights_are_shared_and_not_copied() -> None:
    blocks = blocks_of()
    ids = torch.tensor([[1, 2, 3]])
    before = blocks.margins(without_update(blocks), entering(blocks, ids))
    states = entering(blocks, ids)
    blocks.backbone.model.get_decoder().layers[2].mlp.down_proj.weight.zero_()
    assert not torch.allclose(before, blocks.margins(without_update(blocks), states))


def test_only_the_named_layers_of_the_top_blocks_carry_tensors() -> None:
    blocks = blocks_of(n_blocks=2, targets=("q_proj", "down_proj"))
    assert blocks.shapes == {
        "layers.0.self_attn.q_proj": (16, 16), "layers.0.mlp.down_proj": (16, 24),
        "layers.1.self_attn.q_proj": (16, 16), "layers.1.mlp.down_proj": (16, 24),
    }  # fmt: skip
    assert (blocks.first_block, blocks.dim) == (1, 16)


def test_peft_counts_blocks_from_the_bottom_of_the_model() -> None:
    blocks = blocks_of(n_blocks=2)
    name = "base_model.model.model.layers.2.self_attn.q_proj.lora_A.weight"
    assert blocks.peft_name("layers.1.self_attn.q_proj.lora_A") == name


def test_unknown_targets_are_refused_by_name() -> None:
    with pytest.raises(AdapterError, match=r"no layer of the model is called one of c_attn, wqkv; name its own layers"):
        blocks_of(targets=("c_attn", "wqkv"))


@pytest.mark.parametrize("n_blocks", [0, 4, -1])
def test_a_number_of_blocks_that_the_model_lacks_is_refused(n_blocks: int) -> None:
    with pytest.raises(AdapterError, match=rf"n_blocks={n_blocks} is outside 1 to 3"):
        blocks_of(n_blocks=n_blocks)


def test_a_model_that_is_no_decoder_is_refused() -> None:
    config = BertConfig(**{**SIZE, "num_hidden_layers": 2})
    with pytest.raises(AdapterError, match="choose a decoder-only model with PALATE_MODEL"):
        AdaptedBlocks(
            Backbone(BertForMaskedLM(config), WordTokenizer(), "bert", "0"), LoraConfig(n_blocks=1, targets=())
        )


def test_a_model_that_adds_positions_to_what_enters_its_first_block_is_refused() -> None:
    config = GPT2Config(vocab_size=40, n_embd=16, n_layer=3, n_head=2, n_positions=64, bos_token_id=0, eos_token_id=0)
    with pytest.raises(AdapterError, match=r"GPT2Model changes what enters its first block; choose another"):
        AdaptedBlocks(backbone(config), LoraConfig(n_blocks=2, targets=()))


def test_a_text_is_read_as_its_mean_state_and_its_last() -> None:
    blocks = blocks_of()
    text = "some words of three lengths"
    hidden = entering(blocks, WordTokenizer()(text, return_tensors="pt").input_ids)[0]
    expected = torch.stack([hidden.mean(0), hidden[-1]])
    torch.testing.assert_close(blocks.read([text])[0], expected)


def test_a_text_does_not_depend_on_its_neighbours() -> None:
    blocks, texts = blocks_of(), ["one", "two words", "now three words"]
    together = blocks.read(texts)
    assert together.shape == (3, 2, 16)
    assert all(torch.equal(together[i], blocks.read([text])[0]) for i, text in enumerate(texts))


def test_a_long_text_loses_its_middle_and_keeps_its_question() -> None:
    blocks = blocks_of()
    long, longer, other = (blocks.read([text]) for text in ("word " * 300, "word " * 500, "word " * 300 + "surplus"))
    assert torch.equal(long, longer)
    assert not torch.equal(long, other)


def test_scores_in_batches_equal_margins_at_once() -> None:
    blocks = blocks_of()
    theta = random_theta(blocks.shapes, blocks.config, seed=0)
    states = torch.randn(1030, 2, 16, generator=torch.Generator().manual_seed(0))
    scores = blocks.score(theta, states)
    torch.testing.assert_close(scores, blocks.margins(theta, states), atol=1e-5, rtol=1e-5)
    assert not scores.requires_grad


def test_an_answer_is_the_first_token_behind_a_space() -> None:
    assert (answer_token(WordTokenizer(), "Yes"), answer_token(WordTokenizer(), "No")) == (YES, NO)


def test_threads_with_different_adapters_do_not_mix() -> None:
    blocks = blocks_of()
    states = torch.randn(4, 2, 16, generator=torch.Generator().manual_seed(0))
    thetas = [random_theta(blocks.shapes, blocks.config, seed=seed) for seed in range(4)]
    alone = [blocks.score(theta, states) for theta in thetas]
    wrong: list[int] = []

    def ask(i: int) -> None:
        wrong.extend(i for _ in range(60) if not torch.equal(blocks.score(thetas[i], states), alone[i]))

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
