import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from palate.retrieval import index_presets
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import EnvironmentProblem
from palate.retrieval.index_draft import ItemTexts
from palate.retrieval.index_store import IndexManifest, open_index, read_manifest


def test_the_first_time_every_item_is_encoded_in_the_order_of_the_catalogue(
    folder: Path, small_catalog: Catalog, encoder: Any
) -> None:
    built = open_index(folder, small_catalog, encoder)
    assert encoder.n_texts == 6
    np.testing.assert_array_equal(built.vectors, encoder.inner.encode_items([item.text for item in small_catalog]))
    assert built.index.search(built.vectors[4:5], 1)[0].tolist() == [[4]]


def test_the_second_time_nothing_is_encoded_and_all_is_the_same(
    folder: Path, small_catalog: Catalog, encoder: Any
) -> None:
    first, second = (open_index(folder, small_catalog, encoder) for _ in range(2))
    assert encoder.n_texts == 6
    np.testing.assert_array_equal(first.vectors, second.vectors)
    np.testing.assert_array_equal(first.index.search(first.vectors, 6)[0], second.index.search(first.vectors, 6)[0])


def test_no_draft_is_left(folder: Path, small_catalog: Catalog, encoder: Any) -> None:
    open_index(folder, small_catalog, encoder)
    assert sorted(path.name for path in folder.iterdir()) == ["index.faiss", "manifest.json", "vectors.npy"]
    assert list(folder.parent.iterdir()) == [folder]


def test_a_changed_catalogue_is_encoded_anew(folder: Path, small_catalog: Catalog, encoder: Any) -> None:
    open_index(folder, small_catalog, encoder)
    items = list(small_catalog)
    changed = Catalog([*items[:5], replace(items[5], synopsis="A comedy in space.")])
    found = open_index(folder, changed, encoder)
    assert encoder.n_texts == 12
    assert found.manifest.catalog_sha256 == changed.sha256
    assert found.vectors[5, 0] > 0


def test_another_encoder_builds_anew(folder: Path, small_catalog: Catalog, encoder: Any) -> None:
    open_index(folder, small_catalog, encoder)
    other = encoder.renamed("words@2")
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
    folder: Path, small_catalog: Catalog, encoder: Any, name: str, damage: Callable[[Path], object]
) -> None:
    before = open_index(folder, small_catalog, encoder)
    damage(folder / name)
    after = open_index(folder, small_catalog, encoder)
    assert encoder.n_texts == 12
    np.testing.assert_array_equal(after.vectors, before.vectors)
    assert open_index(folder, small_catalog, encoder).manifest == before.manifest
    assert encoder.n_texts == 12


@pytest.mark.parametrize("name", ["index.faiss", "vectors.npy"])
def test_one_wrong_byte_is_noticed(folder: Path, small_catalog: Catalog, encoder: Any, name: str) -> None:
    open_index(folder, small_catalog, encoder)
    content = bytearray((folder / name).read_bytes())
    content[-9] ^= 1
    (folder / name).write_bytes(content)
    open_index(folder, small_catalog, encoder)
    assert encoder.n_texts == 12


def test_the_manifest_says_what_the_index_was_built_from(folder: Path, small_catalog: Catalog, encoder: Any) -> None:
    assert read_manifest(folder) is None
    open_index(folder, small_catalog, encoder)
    found = read_manifest(folder)
    assert isinstance(found, IndexManifest)
    assert (found.encoder, found.dim, found.count) == ("words@1", 8, 6)
    assert found.catalog_sha256 == small_catalog.sha256


def test_a_folder_that_cannot_be_made_is_an_environment_problem(
    tmp_path: Path, small_catalog: Catalog, encoder: Any
) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentProblem, match="a file is in the way"):
        open_index(tmp_path / "file" / "index", small_catalog, encoder)


def test_a_complete_index_is_loaded_without_writing(
    folder: Path, encoder: Any, texts: Callable[..., ItemTexts]
) -> None:
    open_index(folder, texts(70), encoder)
    before = {path: path.stat().st_mtime_ns for path in [folder.parent, folder, *folder.iterdir()]}
    folder.chmod(0o555)
    folder.parent.chmod(0o555)
    try:
        open_index(folder, texts(70), encoder)
        assert {path: path.stat().st_mtime_ns for path in before} == before
        assert encoder.n_texts == 70
    finally:
        folder.parent.chmod(0o755)
        folder.chmod(0o755)


@pytest.mark.parametrize("preset", ["hnsw", "ivf-pq"])
def test_the_index_of_a_large_catalogue_is_mapped_and_says_its_preset(
    folder: Path, encoder: Any, monkeypatch: pytest.MonkeyPatch, preset: str, texts: Callable[..., ItemTexts]
) -> None:
    monkeypatch.setattr(index_presets, "EXACT_UP_TO", 100)
    monkeypatch.setattr(index_presets, "HNSW_UP_TO", 1000 if preset == "hnsw" else 100)
    built, loaded = (open_index(folder, texts(1000), encoder) for _ in range(2))
    assert encoder.n_texts == 1000
    assert loaded.manifest.preset == preset
    assert isinstance(loaded.vectors, np.memmap)
    np.testing.assert_array_equal(
        built.index.search(built.vectors[:9], 5)[0], loaded.index.search(loaded.vectors[:9], 5)[0]
    )


def test_a_catalogue_that_outgrows_its_preset_is_built_anew_as_the_next(
    folder: Path, encoder: Any, monkeypatch: pytest.MonkeyPatch, texts: Callable[..., ItemTexts]
) -> None:
    assert open_index(folder, texts(90), encoder).manifest.preset == "exact"
    monkeypatch.setattr(index_presets, "EXACT_UP_TO", 80)
    assert open_index(folder, texts(90), encoder).manifest.preset == "hnsw"


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
