import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from palate.adapters.adapter_store import AdapterStore, AdapterVersion
from palate.adapters.database import Database
from palate.adapters.event_log import EventLog
from palate.adapters.feedback import Feedback
from palate.adapters.lora import LoraConfig, Theta, random_theta
from palate.retrieval.errors import AdapterError, EnvironmentProblem
from safetensors.torch import save

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


def test_a_published_adapter_comes_back_in_float32_with_its_facts(store: AdapterStore) -> None:
    version = store.publish("ada", theta(0.1), **FACTS)
    assert version == AdapterVersion(version=1, sha256=version.sha256, **FACTS)
    assert store.current("ada") == version
    found = store.load(version)
    assert found.keys() == theta().keys()
    assert all(torch.equal(found[name], theta(0.1)[name].half().float()) for name in found)


def test_what_was_read_is_published_bit_for_bit_as_before(store: AdapterStore) -> None:
    first = store.publish("ada", theta(0.1), **FACTS)
    assert store.publish("bob", store.load(first), **FACTS).sha256 == first.sha256


def test_an_adapter_of_rank_six_takes_less_than_100_kilobytes(database: Database, folder: Path) -> None:
    shapes = {"o": (576, 576), "gate": (1536, 576), "up": (1536, 576), "down": (576, 1536)}
    drawn = random_theta(shapes, LoraConfig(rank=6), seed=0)
    store = AdapterStore(database, folder, {name: name for name in drawn}, {})
    path = folder / store.publish("ada", drawn, **FACTS).sha256
    assert sum(file.stat().st_size for file in path.iterdir()) <= 100_000


def test_an_adapter_of_another_shape_never_serves(database: Database, folder: Path) -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in theta().items()}
    store = AdapterStore(database, folder, NAMES, {}, shapes=shapes)
    store.load(store.publish("ada", theta(), **FACTS))
    wrong = store.publish("ada", {**theta(), "x.lora_A": torch.zeros(3, 3)}, **FACTS)
    with pytest.raises(AdapterError, match=r"has another x\.lora_A; it is rebuilt from the event log"):
        store.load(wrong)


def test_an_adapter_that_lacks_a_tensor_never_serves(store: AdapterStore) -> None:
    version = store.publish("ada", {"x.lora_A": torch.zeros(2, 3)}, **FACTS)
    with pytest.raises(AdapterError, match=r"has another x\.lora_B"):
        store.load(version)


def test_whole_numbers_are_no_adapter(store: AdapterStore, folder: Path) -> None:
    whole = save({peft: theta()[name].int() for name, peft in NAMES.items()})
    sha256 = hashlib.sha256(whole).hexdigest()
    (folder / sha256).mkdir()
    (folder / sha256 / "adapter_model.safetensors").write_bytes(whole)
    with pytest.raises(AdapterError, match=r"has another x\.lora_[AB]"):
        store.load(AdapterVersion(version=1, sha256=sha256, **FACTS))


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


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e5])
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
