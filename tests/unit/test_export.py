"""An exported adapter through plain peft and transformers, on whole prompts, against the adapted blocks."""

import json
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from palate.adapters.backbone import EMBEDDED_MODEL, WHEEL, Backbone, load_backbone
from palate.adapters.blocks import AdaptedBlocks, answer_token
from palate.adapters.export import activated_config, export_adapter
from palate.adapters.lora import LoraConfig, Theta, random_theta
from palate.bot.settings import load_settings
from palate.prompts.render import render
from palate.retrieval.errors import AdapterError
from safetensors.torch import load_file
from torch import Tensor
from transformers import LlamaConfig, MistralConfig, PretrainedConfig, Qwen3Config
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")

SIZE: dict[str, Any] = {
    "vocab_size": 40, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 3, "num_attention_heads": 2,
    "num_key_value_heads": 1, "head_dim": 8, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0,
}  # fmt: skip
ARCHITECTURES = {
    "llama": LlamaConfig(**SIZE),
    "qwen3": Qwen3Config(**SIZE),
    "mistral": MistralConfig(**SIZE, sliding_window=4),
}
# The last word stands in the middle of a prompt too: the adapter acts from its last place on.
TEXTS = ["a bb ccc : dddd eeeee :", "x yy zzz like :", "would it : : a much longer text of words :"]


class WordTokenizer:
    """A fake tokenizer: one token a word."""

    def __call__(self, text: str, **options: Any) -> SimpleNamespace:
        return SimpleNamespace(input_ids=[{"Yes": 7, "No": 11}.get(word, 12 + len(word)) for word in text.split()])


def tiny(config: PretrainedConfig) -> Backbone:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval().requires_grad_(False)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.2)
    return Backbone(model, WordTokenizer(), "tiny", "0" * 64)


def drawn(blocks: AdaptedBlocks, scale: float = 30.0) -> Theta:
    theta = random_theta(blocks.shapes, blocks.config, seed=0)
    return {name: tensor * (scale if name.endswith("B") else 1) for name, tensor in theta.items()}


def padded(prompts: Sequence[Sequence[int]], pad: int = 0) -> dict[str, Tensor]:
    """Put prompts into one batch, blanks on the left."""
    most = max(map(len, prompts))
    ids = torch.tensor([[pad] * (most - len(prompt)) + list(prompt) for prompt in prompts])
    mask = torch.tensor([[0] * (most - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    return {"input_ids": ids, "attention_mask": mask}


@torch.no_grad()
def margins(model: Any, blocks: AdaptedBlocks, batch: dict[str, Tensor]) -> Tensor:
    yes, no = (answer_token(blocks.backbone.tokenizer, word) for word in ("Yes", "No"))
    logits = model(**batch).logits[:, -1]
    found: Tensor = logits[:, yes] - logits[:, no]
    return found


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_peft_on_the_whole_prompt_gives_the_margin_of_the_blocks(name: str, tmp_path: Path) -> None:
    from peft import PeftModel

    blocks = AdaptedBlocks(tiny(ARCHITECTURES[name]), LoraConfig(rank=2, alpha=6))
    theta, prompts = drawn(blocks), [blocks.token_ids(text) for text in TEXTS]
    ours = blocks.score(theta, blocks.inputs(blocks.read(TEXTS)))
    before = margins(blocks.backbone.model, blocks, padded(prompts[:1]))
    folder = export_adapter(blocks, theta, tmp_path / "ada", prompt=TEXTS[0])
    adapted = PeftModel.from_pretrained(blocks.backbone.model, str(folder))
    one_by_one = torch.cat([margins(adapted, blocks, padded([prompt])) for prompt in prompts])
    torch.testing.assert_close(one_by_one, ours, atol=1e-4, rtol=0)
    torch.testing.assert_close(margins(adapted, blocks, padded(prompts)), ours, atol=1e-4, rtol=0)
    assert (ours[0] - before).abs().item() > 0.01


def test_the_adapter_acts_at_the_answer_position_alone(tmp_path: Path) -> None:
    from peft import PeftModel

    # A value of an earlier token would reach the answer, unlike what stands behind attention in the top block.
    blocks = AdaptedBlocks(tiny(ARCHITECTURES["llama"]), LoraConfig(rank=2, targets=("v_proj", "down_proj")))
    theta = drawn(blocks)
    ours = blocks.score(theta, blocks.inputs(blocks.read(TEXTS)))
    folder = export_adapter(blocks, theta, tmp_path / "ada", prompt=TEXTS[0])
    batch = padded([blocks.token_ids(text) for text in TEXTS])
    activated = PeftModel.from_pretrained(blocks.backbone.model, str(folder))
    torch.testing.assert_close(margins(activated, blocks, batch), ours, atol=1e-4, rtol=0)
    plain = json.loads((folder / "adapter_config.json").read_text())
    del plain["alora_invocation_tokens"]
    (folder / "adapter_config.json").write_text(json.dumps(plain))
    everywhere = PeftModel.from_pretrained(activated.unload(), str(folder))
    assert (margins(everywhere, blocks, batch) - ours).abs().max() > 0.01


def test_peft_finds_every_tensor_and_no_other(tmp_path: Path) -> None:
    from peft import PeftModel, get_peft_model_state_dict

    blocks = AdaptedBlocks(tiny(ARCHITECTURES["llama"]), LoraConfig(rank=2))
    theta = drawn(blocks)
    folder = export_adapter(blocks, theta, tmp_path / "ada")
    adapted = PeftModel.from_pretrained(blocks.backbone.model, str(folder))
    found = get_peft_model_state_dict(adapted, save_embedding_layers=False)
    written = load_file(folder / "adapter_model.safetensors")
    assert found.keys() == written.keys()
    assert all(torch.equal(written[blocks.peft_name(name)], tensor) for name, tensor in theta.items())


def test_the_config_says_where_the_adapter_acts() -> None:
    blocks = AdaptedBlocks(tiny(ARCHITECTURES["llama"]), LoraConfig(rank=2, alpha=6))
    config = activated_config(blocks, prompt="whether Yes or No :")
    assert (config["r"], config["lora_alpha"], config["alora_invocation_tokens"]) == (2, 6, [13])
    assert (config["layers_to_transform"], config["layers_pattern"]) == ([2], "layers")
    assert config["target_modules"] == ["down_proj", "gate_proj", "o_proj"]
    assert json.loads(json.dumps(config)) == config


def test_a_folder_is_replaced_and_may_hold_half_precision(tmp_path: Path) -> None:
    blocks = AdaptedBlocks(tiny(ARCHITECTURES["llama"]), LoraConfig(rank=2))
    theta, folder = drawn(blocks), tmp_path / "ada"
    for dtype in (torch.float32, torch.float16):
        export_adapter(blocks, theta, folder, dtype=dtype)
        assert {tensor.dtype for tensor in load_file(folder / "adapter_model.safetensors").values()} == {dtype}
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "ada", "adapter_config.json", "adapter_model.safetensors",
    ]  # fmt: skip


def test_pooled_text_is_refused(tmp_path: Path) -> None:
    blocks = AdaptedBlocks(tiny(ARCHITECTURES["llama"]), LoraConfig(rank=2, text_tokens=2))
    with pytest.raises(AdapterError, match="text_tokens=2 pools the text, which peft cannot; export with 0"):
        export_adapter(blocks, drawn(blocks), tmp_path / "ada")


def test_tensors_of_other_blocks_and_bad_numbers_are_refused(tmp_path: Path) -> None:
    blocks = AdaptedBlocks(tiny(ARCHITECTURES["llama"]), LoraConfig(rank=2))
    theta = drawn(blocks)
    first = sorted(theta)[0]
    with pytest.raises(AdapterError, match="do not fit; export an adapter of these blocks"):
        export_adapter(blocks, {name: theta[name] for name in theta if name != first}, tmp_path / "ada")
    with pytest.raises(AdapterError, match="NaN or infinity is not exported"):
        export_adapter(blocks, {**theta, first: theta[first] * float("nan")}, tmp_path / "ada")
    with pytest.raises(AdapterError, match="has no token"):
        export_adapter(blocks, theta, tmp_path / "ada", prompt="")
    assert not (tmp_path / "ada").exists()


@pytest.mark.slow
def test_the_embedded_model_through_peft_gives_the_margin_of_the_blocks(tmp_path: Path) -> None:
    from peft import PeftModel

    try:
        version(WHEEL)
    except PackageNotFoundError:
        pytest.skip(f"the embedded model is not installed: {WHEEL}")
    blocks = AdaptedBlocks(load_backbone(EMBEDDED_MODEL, load_settings().cache), LoraConfig())
    told = ("Heat (1995). A crime drama.", "Emma: a comedy, for what it is worth", "Alien (1979), horror in space.")
    prompts = [render("item_judgement", text=text) for text in told]
    theta = drawn(blocks)
    items = blocks.inputs(blocks.read(prompts))
    adapted = PeftModel.from_pretrained(blocks.backbone.model, str(export_adapter(blocks, theta, tmp_path / "ada")))
    ids = [blocks.token_ids(prompt) for prompt in prompts]
    pad = blocks.backbone.tokenizer.pad_token_id
    ours = blocks.score(theta, items)
    one_by_one = torch.cat([margins(adapted, blocks, padded([prompt])) for prompt in ids])
    torch.testing.assert_close(one_by_one, ours, atol=1e-3, rtol=0)
    torch.testing.assert_close(margins(adapted, blocks, padded(ids, pad)), ours, atol=1e-3, rtol=0)
    with adapted.disable_adapter():
        assert (margins(adapted, blocks, padded(ids[:1])) - ours[0]).abs().item() > 0.01
