import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from palate.retrieval import index_presets
from palate.retrieval.catalog import Catalog
from palate.retrieval.encoder import Encoder, Vectors
from palate.retrieval.errors import EnvironmentProblem, RetrievalError
from palate.retrieval.index_store import IndexManifest, ItemVectors, open_index, read_manifest


class CountingEncoder:
    """An encoder that counts the texts it was given."""

    def __init__(self, inner: Encoder, name: str = "words@1") -> None:
        self.inner, self.name, self.dim, self.n_texts = inner, name, inner.dim, 0

    def encode_items(self, texts: Sequence[str]) -> Vectors:
        self.n_texts += len(texts)
        return self.inner.encode_items(texts)

    encode_queries = encode_items


class Interruption(Exception):  # noqa: N818  # nothing went wrong
    """What ends a build in the middle."""


@dataclass
class Texts:
    """A catalogue of numbered texts, that can be interrupted at one of them."""

    count: int
    sha256: str = "abc"
    given: int | None = None
    interrupt_at: int = -1

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator["Text"]:
        for i in range(self.count if self.given is None else self.given):
            if i == self.interrupt_at:
                raise Interruption
            yield Text(f"space {'comedy ' * (i % 7)} {'paris ' * (i % 11)} {'crime ' * (i % 13)}")


@dataclass
class Text:
    text: str


@pytest.fixture
def encoder(word_encoder: Encoder) -> CountingEncoder:
    return CountingEncoder(word_encoder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index" / "one"


def test_the_first_time_every_item_is_encoded_in_the_order_of_the_catalogue(
    folder: Path, small_catalog: Catalog, encoder: CountingEncoder
) -> None:
    built = open_index(folder, small_catalog, encoder)
    assert encoder.n_texts == 6
    np.testing.assert_array_equal(built.vectors, encoder.inner.encode_items([item.text for item in small_catalog]))
    assert built.index.search(built.vectors[4:5], 1)[0].tolist() == [[4]]


def test_the_second_time_nothing_is_encoded_and_all_is_the_same(
    folder: Path, small_catalog: Catalog, encoder: CountingEncoder
) -> None:
    first, second = (open_index(folder, small_catalog, encoder) for _ in range(2))
    assert encoder.n_texts == 6
    np.testing.assert_array_equal(first.vectors, second.vectors)
    np.testing.assert_array_equal(first.index.search(first.vectors, 6)[0], second.index.search(first.vectors, 6)[0])


def test_no_draft_is_left(folder: Path, small_catalog: Catalog, encoder: CountingEncoder) -> None:
    open_index(folder, small_catalog, encoder)
    assert sorted(path.name for path in folder.iterdir()) == ["index.faiss", "manifest.json", "vectors.npy"]
    assert list(folder.parent.iterdir()) == [folder]


def test_a_changed_catalogue_is_encoded_anew(folder: Path, small_catalog: Catalog, encoder: CountingEncoder) -> None:
    open_index(folder, small_catalog, encoder)
    items = list(small_catalog)
    changed = Catalog([*items[:5], replace(items[5], synopsis="A comedy in space.")])
    found = open_index(folder, changed, encoder)
    assert encoder.n_texts == 12
    assert found.manifest.catalog_sha256 == changed.sha256
    assert found.vectors[5, 0] > 0


def test_another_encoder_builds_anew(folder: Path, small_catalog: Catalog, encoder: CountingEncoder) -> None:
    open_index(folder, small_catalog, encoder)
    other = CountingEncoder(encoder.inner, "words@2")
    assert open_index(folder, small_catalog, other).manifest.encoder == "words@2"
    assert other.n_texts == 6


@pytest.mark.parametrize("name", ["index.faiss", "manifest.json", "vectors.npy"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: path.write_bytes(b"\x00" * 64),
    ],
    ids=["missing", "empty", "cut", "zeros"],
)
def test_a_damaged_file_is_built_anew(
    folder: Path, small_catalog: Catalog, encoder: CountingEncoder, name: str, damage: Callable[[Path], object]
) -> None:
    before = open_index(folder, small_catalog, encoder)
    damage(folder / name)
    after = open_index(folder, small_catalog, encoder)
    assert encoder.n_texts == 12
    np.testing.assert_array_equal(after.vectors, before.vectors)
    assert open_index(folder, small_catalog, encoder).manifest == before.manifest
    assert encoder.n_texts == 12


@pytest.mark.parametrize("name", ["index.faiss", "vectors.npy"])
def test_one_wrong_byte_is_noticed(folder: Path, small_catalog: Catalog, encoder: CountingEncoder, name: str) -> None:
    open_index(folder, small_catalog, encoder)
    content = bytearray((folder / name).read_bytes())
    content[-9] ^= 1
    (folder / name).write_bytes(content)
    open_index(folder, small_catalog, encoder)
    assert encoder.n_texts == 12


def test_the_manifest_says_what_the_index_was_built_from(
    folder: Path, small_catalog: Catalog, encoder: CountingEncoder
) -> None:
    assert read_manifest(folder) is None
    open_index(folder, small_catalog, encoder)
    found = read_manifest(folder)
    assert isinstance(found, IndexManifest)
    assert (found.encoder, found.dim, found.count) == ("words@1", 8, 6)
    assert found.catalog_sha256 == small_catalog.sha256


def test_progress_ends_at_the_number_of_items(folder: Path, encoder: CountingEncoder, small_catalog: Catalog) -> None:
    many = Catalog([replace(small_catalog.at(0), item_id=f"a{i}") for i in range(70)])
    seen: list[tuple[str, int, int]] = []
    open_index(folder, many, encoder, progress=lambda *step: seen.append(step))
    assert seen == [("indexing items", 64, 70), ("indexing items", 70, 70)]


def test_a_folder_that_cannot_be_made_is_an_environment_problem(
    tmp_path: Path, small_catalog: Catalog, encoder: CountingEncoder
) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentProblem, match="a file is in the way"):
        open_index(tmp_path / "file" / "index", small_catalog, encoder)


@pytest.mark.parametrize(("place", "kept"), [(0, 0), (1000, 0), (1024, 1024), (2100, 2048)])
def test_an_interrupted_build_goes_on_after_its_last_block(
    folder: Path, encoder: CountingEncoder, place: int, kept: int
) -> None:
    with pytest.raises(Interruption):
        open_index(folder, Texts(2500, interrupt_at=place), encoder)
    assert not folder.exists()
    assert encoder.n_texts == kept
    resumed = open_index(folder, Texts(2500), encoder)
    assert encoder.n_texts == 2500
    whole = open_index(folder.with_name("other"), Texts(2500), encoder)
    np.testing.assert_array_equal(resumed.vectors, whole.vectors)
    assert resumed.manifest == whole.manifest
    assert sorted(path.name for path in folder.parent.iterdir()) == ["one", "other"]


@pytest.mark.parametrize("damage", ["state", "vectors", "catalogue", "encoder"])
def test_a_draft_that_does_not_fit_is_not_used(folder: Path, encoder: CountingEncoder, damage: str) -> None:
    with pytest.raises(Interruption):
        open_index(folder, Texts(2500, interrupt_at=2100), encoder)
    building = folder.with_name("one.building")
    if damage == "state":
        (building / "state.json").write_text("{")
    if damage == "vectors":
        content = bytearray((building / "vectors.npy").read_bytes())
        content[200] ^= 1
        (building / "vectors.npy").write_bytes(content)
    catalog = Texts(2500, sha256="other" if damage == "catalogue" else "abc")
    other = CountingEncoder(encoder.inner, "words@2" if damage == "encoder" else "words@1")
    built = open_index(folder, catalog, other)
    assert other.n_texts == 2500
    np.testing.assert_array_equal(built.vectors, encoder.inner.encode_items([item.text for item in catalog]))


def test_an_index_in_place_stays_until_the_new_one_is_whole(folder: Path, encoder: CountingEncoder) -> None:
    before = open_index(folder, Texts(70), encoder)
    with pytest.raises(Interruption):
        open_index(folder, Texts(2500, sha256="new", interrupt_at=2100), encoder)
    assert read_manifest(folder) == before.manifest
    after = open_index(folder, Texts(2500, sha256="new"), encoder)
    assert read_manifest(folder) == after.manifest


@pytest.mark.parametrize("given", [60, 80])
def test_a_catalogue_of_another_length_than_it_says_is_our_error(
    folder: Path, encoder: CountingEncoder, given: int
) -> None:
    with pytest.raises(RetrievalError, match=f"has 70 items but gave {given}"):
        open_index(folder, Texts(70, given=given), encoder)
    assert not folder.exists()


KILLED = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    import numpy as np
    from palate.retrieval.index_store import open_index

    class Slow:
        name, dim = "slow", 4
        def encode_items(self, texts):
            time.sleep(0.002)
            return np.array([[len(t), 1, 2, int(t)] for t in texts], dtype=np.float32)

    class Texts:
        sha256 = "abc"
        def __len__(self):
            return 60_000
        def __iter__(self):
            return (type("Item", (), {"text": str(i)})() for i in range(60_000))

    encoded = []
    slow = Slow()
    inner = slow.encode_items
    slow.encode_items = lambda texts: (encoded.extend(texts), inner(texts))[1]
    found = open_index(Path(sys.argv[1]), Texts(), slow)
    right = np.array([[len(str(i)), 1, 2, i] for i in range(60_000)], dtype=np.float32)
    assert np.array_equal(found.vectors, right)
    print(len(encoded))
    """
)


@pytest.mark.slow
def test_kill_9_loses_at_most_a_block_and_leaves_nothing_half_built(folder: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(folder)]
    state = folder.with_name("one.building") / "state.json"
    kept = 0
    for _ in range(5):
        with subprocess.Popen(command) as child:
            while child.poll() is None and _rows(state) < kept + 5000:
                time.sleep(0.005)
            os.kill(child.pid, signal.SIGKILL)
        assert not folder.exists()
        assert _rows(state) >= kept + 5000
        kept = _rows(state)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert int(done.stdout) == 60_000 - kept
    assert [path.name for path in folder.parent.iterdir()] == ["one"]


def _rows(state: Path) -> int:
    return int(json.loads(state.read_text())["rows"]) if state.exists() else 0


def test_two_that_build_at_once_encode_once(folder: Path, encoder: CountingEncoder) -> None:
    found: list[ItemVectors] = []
    threads = [threading.Thread(target=lambda: found.append(open_index(folder, Texts(2500), encoder))) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert encoder.n_texts == 2500
    assert found[0].manifest == found[1].manifest


def test_a_complete_index_is_loaded_without_writing(folder: Path, encoder: CountingEncoder) -> None:
    open_index(folder, Texts(70), encoder)
    before = {path: path.stat().st_mtime_ns for path in [folder.parent, folder, *folder.iterdir()]}
    folder.chmod(0o555)
    folder.parent.chmod(0o555)
    try:
        open_index(folder, Texts(70), encoder)
        assert {path: path.stat().st_mtime_ns for path in before} == before
        assert encoder.n_texts == 70
    finally:
        folder.parent.chmod(0o755)
        folder.chmod(0o755)


@pytest.mark.parametrize("preset", ["hnsw", "ivf-pq"])
def test_the_index_of_a_large_catalogue_is_mapped_and_says_its_preset(
    folder: Path, encoder: CountingEncoder, monkeypatch: pytest.MonkeyPatch, preset: str
) -> None:
    monkeypatch.setattr(index_presets, "EXACT_UP_TO", 100)
    monkeypatch.setattr(index_presets, "HNSW_UP_TO", 1000 if preset == "hnsw" else 100)
    built, loaded = (open_index(folder, Texts(1000), encoder) for _ in range(2))
    assert encoder.n_texts == 1000
    assert loaded.manifest.preset == preset
    assert isinstance(loaded.vectors, np.memmap)
    np.testing.assert_array_equal(
        built.index.search(built.vectors[:9], 5)[0], loaded.index.search(loaded.vectors[:9], 5)[0]
    )


def test_a_catalogue_that_outgrows_its_preset_is_built_anew_as_the_next(
    folder: Path, encoder: CountingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_index(folder, Texts(90), encoder).manifest.preset == "exact"
    monkeypatch.setattr(index_presets, "EXACT_UP_TO", 80)
    assert open_index(folder, Texts(90), encoder).manifest.preset == "hnsw"


@pytest.mark.parametrize("preset", ["exact", "hnsw", "ivf-pq"])
def test_an_index_that_does_not_fit_on_the_disk_is_an_environment_problem(
    tmp_path: Path, preset: index_presets.Preset
) -> None:
    index = index_presets.new_index(preset)
    index.build(np.random.default_rng(0).normal(size=(500, 16)).astype(np.float32))
    index.save(tmp_path / "index")
    before = (tmp_path / "index").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) - 10, hard))
    try:
        with pytest.raises(EnvironmentProblem, match=r"cannot write .*index"):
            index.save(tmp_path / "index")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "index").read_bytes() == before
