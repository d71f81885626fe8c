from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from palate.adapters.adapter_store import AdapterStore, AdapterVersion
from palate.adapters.backbone import Backbone
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.database import Database
from palate.adapters.event_log import EventLog
from palate.adapters.feedback import Feedback
from palate.adapters.lora import LoraConfig, Theta, random_theta
from palate.adapters.start import peft_config, peft_names
from palate.retrieval.errors import AdapterError, EnvironmentProblem
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM

FACTS = {"theta0": "t0", "last_event": 3, "events": 2, "steps": 3, "loss_before": 0.7, "loss_after": 0.5, "moved": 0.1}
NAMES = {"x.lora_A": "peft.x.lora_A.weight", "x.lora_B": "peft.x.lora_B.weight"}


def theta(value: float = 1.0) -> Theta:
    return {"x.lora_A": torch.full((2, 3), value), "x.lora_B": torch.full((4, 2), -value)}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path)
    for user in ("ada", "bob"):
        EventLog(made).append(Feedback.from_stars(user, "heat", 5))
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "adapters"


@pytest.fixture
def store(database: Database, folder: Path) -> AdapterStore:
    return AdapterStore(database, folder, NAMES, {"peft_type": "LORA", "r": 2})


def stored(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_dir()}


def test_a_published_adapter_comes_back_bit_for_bit_with_its_facts(store: AdapterStore) -> None:
    version = store.publish("ada", theta(0.1), **FACTS)
    assert version == AdapterVersion(version=1, sha256=version.sha256, **FACTS)
    assert store.current("ada") == version
    found = store.load(version)
    assert found.keys() == theta().keys()
    assert all(torch.equal(found[name], theta(0.1)[name]) for name in found)


def test_versions_count_up_for_each_person(store: AdapterStore) -> None:
    found = [store.publish(user, theta(value), **FACTS).version for user, value in (("ada", 1), ("ada", 2), ("bob", 3))]
    assert found == [1, 2, 1]


def test_a_stranger_has_no_version_and_gets_none(store: AdapterStore) -> None:
    assert store.current("nobody") is None
    assert store.current("ada") is None
    with pytest.raises(AdapterError, match=r"nobody called 'nobody' has given feedback; append an event first"):
        store.publish("nobody", theta(), **FACTS)


def test_the_same_tensors_share_one_folder_named_by_their_hash(store: AdapterStore, folder: Path) -> None:
    first, second = (store.publish(user, theta(), **FACTS) for user in ("ada", "bob"))
    assert stored(folder) == {first.sha256} == {second.sha256}
    assert store.count() == 1


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_an_adapter_that_is_not_finite_is_not_published(store: AdapterStore, folder: Path, bad: float) -> None:
    before = store.publish("ada", theta(), **FACTS)
    with pytest.raises(AdapterError, match="NaN or infinity is not published; the former version goes on serving"):
        store.publish("ada", theta(bad), **FACTS)
    assert store.current("ada") == before
    assert stored(folder) == {before.sha256}


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.write_bytes(b""), "is damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "is damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x01"), "is damaged"),
    ],
    ids=["missing", "empty", "cut", "one byte"],
)
def test_a_damaged_file_never_serves(
    store: AdapterStore, folder: Path, damage: Callable[[Path], object], reason: str
) -> None:
    version = store.publish("ada", theta(), **FACTS)
    damage(folder / version.sha256 / "adapter_model.safetensors")
    with pytest.raises(AdapterError, match=rf"{reason}; it is rebuilt from the event log"):
        store.load(version)
    assert all(torch.equal(t, theta()[n]) for n, t in store.load(store.publish("ada", theta(), **FACTS)).items())


def test_an_adapter_for_other_layers_never_serves(store: AdapterStore, database: Database, folder: Path) -> None:
    version = store.publish("ada", theta(), **FACTS)
    other = AdapterStore(database, folder, {"y.lora_A": "peft.y.lora_A.weight"}, {})
    with pytest.raises(AdapterError, match="cannot be read"):
        other.load(version)


def test_only_the_newest_versions_stay(store: AdapterStore, folder: Path) -> None:
    kept = [store.publish("ada", theta(value), **FACTS).sha256 for value in range(1, 9)]
    other = store.publish("bob", theta(1), **FACTS)
    store.prune("ada")
    assert stored(folder) == {*kept[-5:], other.sha256}
    store.prune("nobody")


def test_the_version_that_serves_stays_though_it_is_old(store: AdapterStore, database: Database, folder: Path) -> None:
    versions = [store.publish("ada", theta(value), **FACTS) for value in range(1, 9)]
    with database.write() as session:
        session.connection().exec_driver_sql("UPDATE users SET current_version = 2 WHERE user_id = 'ada'")
    store.prune("ada")
    assert store.current("ada") == versions[1]
    store.load(versions[1])
    assert len(stored(folder)) == 6


def test_a_version_is_never_given_twice_after_pruning(store: AdapterStore) -> None:
    for value in range(1, 9):
        store.publish("ada", theta(value), **FACTS)
        store.prune("ada")
    assert store.publish("ada", theta(9), **FACTS).version == 9


def test_a_sweep_removes_orphans_and_drafts_and_nothing_else(store: AdapterStore, folder: Path) -> None:
    version = store.publish("ada", theta(), **FACTS)
    for name in ("0" * 64, ".new-half"):
        (folder / name).mkdir()
        (folder / name / "adapter_model.safetensors").write_text("x")
    assert store.sweep() == 2
    assert stored(folder) == {version.sha256}
    assert store.sweep() == 0


def test_an_adapter_that_cannot_be_written_leaves_the_former_one(
    store: AdapterStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = store.publish("ada", theta(), **FACTS)

    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(EnvironmentProblem, match="the disk is full"):
        store.publish("ada", theta(2), **FACTS)
    assert store.current("ada") == before
    assert stored(folder) == {before.sha256}


@pytest.fixture(scope="module")
def tiny() -> Backbone:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=3, num_attention_heads=2,
        max_position_embeddings=64, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip

    def tokenizer(text: str, **options: Any) -> SimpleNamespace:
        return SimpleNamespace(input_ids=[7 if "Yes" in text else 11])

    return Backbone(LlamaForCausalLM(config).eval().requires_grad_(False), tokenizer, "tiny", "0" * 64)


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
def test_peft_reads_the_folder_and_gives_the_same_logits(tiny: Backbone, database: Database, folder: Path) -> None:
    from peft import PeftConfig, PeftModel, get_peft_model_state_dict

    blocks = AdaptedBlocks(tiny, LoraConfig(n_blocks=2, rank=2, alpha=6))
    drawn = random_theta(blocks.shapes, blocks.config, seed=1)
    drawn = {name: tensor * (40 if name.endswith("B") else 1) for name, tensor in drawn.items()}
    store = AdapterStore(database, folder, peft_names(blocks), peft_config(blocks))
    path = folder / store.publish("ada", drawn, **FACTS).sha256
    config = PeftConfig.from_pretrained(str(path))
    assert (config.peft_type, config.r, config.lora_alpha) == ("LORA", 2, 6)
    ids = torch.randint(40, (2, 7), generator=torch.Generator().manual_seed(3))
    out = tiny.model(input_ids=ids, output_hidden_states=True)
    before = out.logits[:, -1, 7] - out.logits[:, -1, 11]
    ours = blocks.margins(drawn, out.hidden_states[blocks.first_block])
    names = set(load_file(path / "adapter_model.safetensors"))
    adapted = PeftModel.from_pretrained(tiny.model, str(path))
    try:
        assert set(get_peft_model_state_dict(adapted, save_embedding_layers=False)) == names
        logits = adapted(input_ids=ids).logits[:, -1]
        torch.testing.assert_close(ours, logits[:, 7] - logits[:, 11], atol=1e-4, rtol=0)
        assert (ours - before).abs().max() > 0.01
    finally:
        adapted.unload()
