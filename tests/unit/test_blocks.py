"""The adapted blocks against whole models: small random ones of several architectures, in memory."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from palate.adapters.backbone import Backbone
from palate.adapters.blocks import AdaptedBlocks, answer_token
from palate.adapters.item_inputs import ItemInputs
from palate.adapters.lora import LoraConfig, Theta, random_theta, stack
from palate.retrieval.errors import AdapterError
from torch import Tensor
from transformers import (
    BertConfig,
    BertForMaskedLM,
    Gemma3TextConfig,
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
    "gemma3": Gemma3TextConfig(**GROUPED, sliding_window=4),
}
# After attention nothing depends on the text any more: these layers may carry LoRA where the text is a summary.
AFTER_ATTENTION = (
    "o_proj",
    "gate_proj",
    "up_proj",
    "down_proj",
    "dense",
    "dense_h_to_4h",
    "dense_4h_to_h",
    "fc1",
    "fc2",
)
YES, NO = 7, 11
TEXTS = ["a bb ccc dddd eeeee would like :", "x yy zzz like it :", "would it :"]


class WordTokenizer:
    """A fake tokenizer: one token a word; " Yes" and " No" have ids of their own."""

    def __call__(self, text: str, **options: Any) -> SimpleNamespace:
        return SimpleNamespace(
            input_ids=[{"Yes": YES, "No": NO}.get(word, 12 + len(word) % 28) for word in text.split()]
        )


def backbone(config: PretrainedConfig, *, seed: int = 0) -> Backbone:
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config).eval().requires_grad_(False)
    with torch.no_grad():  # as drawn, biases are 0 and weights too small to tell models apart
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.2)
    return Backbone(model, WordTokenizer(), "tiny", "0" * 64)


def exact(name: str = "llama", **options: Any) -> AdaptedBlocks:
    """Blocks that keep the text exactly."""
    config = LoraConfig(**{"rank": 2, "targets": AFTER_ATTENTION, **options})
    return AdaptedBlocks(backbone(ARCHITECTURES[name]), config)


def pooled(name: str = "llama", **options: Any) -> AdaptedBlocks:
    """Blocks that pool the text into two tokens."""
    config = LoraConfig(**{"n_blocks": 2, "rank": 2, "targets": (), "text_tokens": 2, **options})
    return AdaptedBlocks(backbone(ARCHITECTURES[name]), config)


def drawn(blocks: AdaptedBlocks, seed: int = 0) -> Theta:
    """Return an update large enough to be seen."""
    theta = random_theta(blocks.shapes, blocks.config, seed=seed)
    return {name: tensor * (30 if name.endswith("B") else 1) for name, tensor in theta.items()}


def no_update(blocks: AdaptedBlocks) -> Theta:
    return {name: tensor * (not name.endswith("B")) for name, tensor in drawn(blocks).items()}


def with_tokens(blocks: AdaptedBlocks, present: Tensor | None = None, n_tokens: int = 3) -> ItemInputs:
    tokens = torch.randn(len(TEXTS), n_tokens, blocks.dim, generator=torch.Generator().manual_seed(9))
    given = torch.ones(len(TEXTS), n_tokens, dtype=torch.bool) if present is None else present
    return ItemInputs(blocks.read(TEXTS), tokens, given)


def whole_model(blocks: AdaptedBlocks, text: str) -> float:
    logits = blocks.backbone.model(input_ids=torch.tensor([blocks.token_ids(text)])).logits[0, -1]
    return float(logits[YES] - logits[NO])


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_without_an_update_the_exact_text_gives_the_margin_of_the_whole_model(name: str) -> None:
    blocks = exact(name)
    found = blocks.margins(no_update(blocks), blocks.inputs(blocks.read(TEXTS)))
    assert found.tolist() == pytest.approx([whole_model(blocks, text) for text in TEXTS], abs=1e-5)
    assert found.std() > 0.01


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_update_acts_at_the_answer_position_of_the_whole_model(name: str) -> None:
    blocks = exact(name)
    theta = drawn(blocks)
    found = blocks.margins(theta, blocks.inputs(blocks.read(TEXTS)))
    before = [whole_model(blocks, text) for text in TEXTS]
    hooks = _act_at_the_last_position(blocks, theta)
    after = [whole_model(blocks, text) for text in TEXTS]
    for hook in hooks:
        hook.remove()
    assert found.tolist() == pytest.approx(after, abs=1e-4)
    assert max(abs(a - b) for a, b in zip(after, before, strict=True)) > 0.01


def _act_at_the_last_position(blocks: AdaptedBlocks, theta: Theta) -> list[Any]:
    decoder, scale = blocks.backbone.model.get_decoder(), blocks.config.alpha / blocks.config.rank

    def update(path: str) -> Any:
        def add(_: Any, given: tuple[Tensor, ...], out: Tensor) -> Tensor:
            moved = out.clone()
            moved[..., -1, :] += scale * theta[f"{path}.lora_B"] @ theta[f"{path}.lora_A"] @ given[0][0, -1]
            return moved

        return add

    places = {path: path.split(".", 2) for path in blocks.shapes}
    modules = {p: decoder.get_submodule(f"{a}.{int(b) + blocks.first_block}.{c}") for p, (a, b, c) in places.items()}
    return [module.register_forward_hook(update(path)) for path, module in modules.items()]


@pytest.mark.parametrize("make", [exact, pooled])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_kept_prefix_gives_what_a_computed_one_gives(name: str, make: Any) -> None:
    blocks = make(name)
    items = with_tokens(blocks, torch.tensor([[True, False, True], [True, True, True], [False, False, False]]))
    kept = ItemInputs(items.states, items.tokens, items.present, blocks.prefix(items))
    theta = drawn(blocks)
    torch.testing.assert_close(blocks.margins(theta, kept), blocks.margins(theta, items), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("answer_only", [True, False])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_people_in_one_batch_are_as_one_by_one(name: str, answer_only: bool) -> None:
    blocks = pooled(name, answer_only=answer_only)
    items = with_tokens(blocks).at([0, 1, 2, 1, 0, 2])
    thetas = [drawn(blocks, seed) for seed in (1, 2)]
    alone = torch.cat([blocks.margins(thetas[i], items.at(slice(3 * i, 3 * i + 3))) for i in (0, 1)])
    together = blocks.margins(stack(thetas), items)
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)
    assert (together[:3] - together[[4, 3, 5]]).abs().min() > 1e-4


@pytest.mark.parametrize("make", [exact, pooled])
def test_a_token_that_is_absent_changes_nothing(make: Any) -> None:
    blocks = make()
    theta, absent = drawn(blocks), torch.zeros(len(TEXTS), 3, dtype=torch.bool)
    items = with_tokens(blocks, absent)
    other = ItemInputs(items.states, items.tokens + 5, absent)
    torch.testing.assert_close(blocks.margins(theta, items), blocks.margins(theta, other))
    present = blocks.margins(theta, with_tokens(blocks))
    assert (present - blocks.margins(theta, items)).abs().max() > 1e-3


def test_an_item_without_tokens_is_as_one_whose_tokens_are_absent() -> None:
    blocks = exact()
    theta, absent = drawn(blocks), torch.zeros(len(TEXTS), 3, dtype=torch.bool)
    found = blocks.margins(theta, with_tokens(blocks, absent))
    # Rotary positions are relative, so that a blank before the answer moves nothing.
    torch.testing.assert_close(found, blocks.margins(theta, blocks.inputs(blocks.read(TEXTS))), atol=1e-5, rtol=1e-5)


def test_the_text_is_pooled_into_the_means_of_its_spans_behind_its_last_state() -> None:
    blocks = pooled()
    ids = torch.tensor([blocks.token_ids(TEXTS[0])])
    hidden = blocks.backbone.model(input_ids=ids, output_hidden_states=True).hidden_states[blocks.first_block][0]
    expected = torch.cat([hidden[-1], hidden[:4].mean(0), hidden[4:].mean(0)])
    torch.testing.assert_close(blocks.read([TEXTS[0]])[0], expected)
    assert blocks.state_width == 3 * 16


def test_a_text_shorter_than_its_tokens_repeats_its_last_state() -> None:
    blocks = pooled(text_tokens=5)
    last, *spans = blocks.read([TEXTS[2]])[0].split(16)
    assert all(torch.equal(span, last) for span in spans[2:])


@pytest.mark.parametrize("answer_only", [True, False])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_gradients_reach_every_tensor_and_the_tokens(name: str, answer_only: bool) -> None:
    blocks = pooled(name, answer_only=answer_only)
    items = with_tokens(blocks)
    items.tokens.requires_grad_()
    theta = {key: tensor.requires_grad_() for key, tensor in drawn(blocks).items()}
    blocks.margins(theta, items).sum().backward()
    # Where the answer alone is adapted, its key and value do act: on what the answer reads of itself.
    assert [key for key, tensor in theta.items() if tensor.grad is None or not tensor.grad.abs().sum() > 0] == []
    assert items.tokens.grad is not None
    assert items.tokens.grad.abs().sum() > 0


def test_adapting_the_answer_alone_is_not_adapting_every_token() -> None:
    alone, all_tokens = pooled(), pooled(answer_only=False)
    theta = drawn(alone)
    same = [blocks.margins(no_update(blocks), with_tokens(blocks)) for blocks in (alone, all_tokens)]
    torch.testing.assert_close(*same, atol=1e-5, rtol=1e-5)
    found = [blocks.margins(theta, with_tokens(blocks)) for blocks in (alone, all_tokens)]
    assert (found[0] - found[1]).abs().max() > 1e-3


@pytest.mark.parametrize("options", [{"n_blocks": 2}, {"answer_only": False}])
def test_the_exact_text_refuses_what_it_cannot_hold(options: dict[str, Any]) -> None:
    with pytest.raises(AdapterError, match=r"text_tokens=0 \(the exact text\) needs n_blocks=1 and answer_only"):
        exact(**options)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_model_stays_as_it_was_bit_for_bit(name: str) -> None:
    base = backbone(ARCHITECTURES[name])
    weights = {key: tensor.clone() for key, tensor in base.model.state_dict().items()}
    modules = [(key, id(module), type(module)) for key, module in base.model.named_modules()]
    config = base.model.config.to_json_string()
    blocks = AdaptedBlocks(base, LoraConfig(targets=AFTER_ATTENTION))
    blocks.margins(drawn(blocks), blocks.inputs(blocks.read(TEXTS)))
    assert all(torch.equal(tensor, weights[key]) for key, tensor in base.model.state_dict().items())
    assert [(key, id(module), type(module)) for key, module in base.model.named_modules()] == modules
    assert base.model.config.to_json_string() == config
    assert not any(parameter.requires_grad for parameter in base.model.parameters())


def test_weights_are_shared_and_not_copied() -> None:
    blocks = exact()
    items = blocks.inputs(blocks.read(TEXTS))
    before = blocks.margins(no_update(blocks), items)
    blocks.backbone.model.get_decoder().layers[2].mlp.down_proj.weight.zero_()
    assert not torch.allclose(before, blocks.margins(no_update(blocks), items))


def test_only_the_named_layers_of_the_top_blocks_carry_tensors() -> None:
    blocks = pooled(targets=("q_proj", "down_proj"))
    assert blocks.shapes == {
        "layers.0.self_attn.q_proj": (16, 16), "layers.0.mlp.down_proj": (16, 24),
        "layers.1.self_attn.q_proj": (16, 16), "layers.1.mlp.down_proj": (16, 24),
    }  # fmt: skip
    assert (blocks.first_block, blocks.dim) == (1, 16)


def test_peft_counts_blocks_from_the_bottom_of_the_model() -> None:
    name = "base_model.model.model.layers.2.self_attn.q_proj.lora_A.weight"
    assert pooled().peft_name("layers.1.self_attn.q_proj.lora_A") == name


def test_unknown_targets_are_refused_by_name() -> None:
    with pytest.raises(AdapterError, match=r"no layer of the model is called one of c_attn, wqkv; name its own layers"):
        pooled(targets=("c_attn", "wqkv"))


@pytest.mark.parametrize("targets", [("q_proj", "down_proj"), ("k_proj",), ("query_key_value",), ()])
def test_an_exact_text_refuses_an_adapter_on_what_it_is_read_with(targets: tuple[str, ...]) -> None:
    with pytest.raises(AdapterError, match=r"text_tokens=0 .* needs targets without c_attn, k_proj"):
        exact(targets=targets)


@pytest.mark.parametrize("n_blocks", [0, 4, -1])
def test_a_number_of_blocks_that_the_model_lacks_is_refused(n_blocks: int) -> None:
    with pytest.raises(AdapterError, match=rf"n_blocks={n_blocks} is outside 1 to 3"):
        pooled(n_blocks=n_blocks)


def test_a_model_that_is_no_decoder_is_refused() -> None:
    model = BertForMaskedLM(BertConfig(**{**SIZE, "num_hidden_layers": 2}))
    with pytest.raises(AdapterError, match="choose a decoder-only model with PALATE_MODEL"):
        AdaptedBlocks(Backbone(model, WordTokenizer(), "bert", "0"), LoraConfig(targets=(), text_tokens=1))


def test_a_model_that_adds_positions_to_what_enters_its_first_block_is_refused() -> None:
    config = GPT2Config(vocab_size=40, n_embd=16, n_layer=3, n_head=2, n_positions=64, bos_token_id=0, eos_token_id=0)
    with pytest.raises(AdapterError, match=r"GPT2Model changes what enters its first block; choose another"):
        AdaptedBlocks(backbone(config), LoraConfig(targets=(), text_tokens=1))


@pytest.mark.parametrize("make", [exact, pooled])
def test_a_text_does_not_depend_on_its_neighbours(make: Any) -> None:
    blocks = make()
    texts = [*TEXTS, "now another three :"]
    together = blocks.read(texts)
    assert together.shape == (4, blocks.state_width)
    alone = torch.cat([blocks.read([text]) for text in texts])
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-5)


def test_a_long_text_loses_its_middle_and_keeps_its_question() -> None:
    blocks = exact()
    ids = [blocks.token_ids("a " * begin + "bb " * 400 + "ccc " * end) for begin, end in ((300, 40), (300, 400))]
    assert all(len(found) == 256 for found in ids)
    assert ids[0] == ids[1] == [13] * 224 + [15] * 32


def test_scores_in_batches_equal_margins_at_once() -> None:
    blocks = exact()
    theta, items = drawn(blocks), blocks.inputs(blocks.read(TEXTS)).at(torch.arange(1030) % 3)
    scores = blocks.score(theta, items)
    torch.testing.assert_close(scores, blocks.margins(theta, items), atol=1e-5, rtol=1e-5)
    assert not scores.requires_grad
    assert blocks.score(theta, items.at(slice(0))).shape == (0,)


def test_joined_items_are_the_items_in_order() -> None:
    blocks = exact()
    items = with_tokens(blocks)
    kept = ItemInputs(items.states, items.tokens, items.present, blocks.prefix(items))
    joined = ItemInputs.join([kept.at([2]), kept.at([0, 1])])
    theta = drawn(blocks)
    assert len(joined) == 3
    torch.testing.assert_close(blocks.margins(theta, joined), blocks.margins(theta, kept)[[2, 0, 1]])


def test_an_answer_is_the_first_token_behind_a_space() -> None:
    assert (answer_token(WordTokenizer(), "Yes"), answer_token(WordTokenizer(), "No")) == (YES, NO)


def test_threads_with_different_adapters_do_not_mix() -> None:
    blocks = exact()
    items = with_tokens(blocks)
    thetas = [drawn(blocks, seed) for seed in range(4)]
    alone = [blocks.score(theta, items) for theta in thetas]
    wrong: list[int] = []

    def ask(i: int) -> None:
        wrong.extend(i for _ in range(30) if not torch.equal(blocks.score(thetas[i], items), alone[i]))

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
