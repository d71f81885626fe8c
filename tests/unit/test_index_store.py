from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.encoder import Encoder, Vectors
from palate.retrieval.errors import EnvironmentProblem
from palate.retrieval.index_store import IndexManifest, open_index, read_manifest


class CountingEncoder:
    """An encoder that counts the texts it was given."""

    def __init__(self, inner: Encoder, name: str = "words@1") -> None:
        self.inner, self.name, self.dim, self.n_texts = inner, name, inner.dim, 0

    def encode_items(self, texts: Sequence[str]) -> Vectors:
        self.n_texts += len(texts)
        return self.inner.encode_items(texts)

    encode_queries = encode_items


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
