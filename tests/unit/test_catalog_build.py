from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.catalog_build import add_items, build_catalog, remove_items
from palate.retrieval.catalog_folder import INDEX, read_catalog_manifest
from palate.retrieval.catalog_source import CatalogSource
from palate.retrieval.encoder import Encoder, Vectors
from palate.retrieval.errors import DataError, EnvironmentProblem
from palate.retrieval.index_store import open_index

Write = Callable[..., CatalogSource]


class CountingEncoder:
    """Counts what is encoded, and may stop after so many texts as a killed process would."""

    def __init__(self, encoder: Encoder, stop_after: int = 10**9) -> None:
        self._encoder, self._left = encoder, stop_after
        self.name, self.dim = encoder.name, encoder.dim
        self.encoded: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode_queries(texts)

    def encode_items(self, texts: Sequence[str]) -> Vectors:
        if len(self.encoded) + len(texts) > self._left:
            raise KeyboardInterrupt
        self.encoded += texts
        return self._encoder.encode_items(texts)


@pytest.fixture
def table(tmp_path: Path) -> Write:
    def write(text: str, name: str = "table.csv", **options: object) -> CatalogSource:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return CatalogSource(path, **options)  # type: ignore[arg-type]  # options of the source

    return write


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_dir()}


GOOD = "id,title,price\n1,Space,3\n2,Crime,4\n3,Paris,\n"


def test_a_built_catalogue_holds_the_items_and_their_index(tmp_path: Path, table: Write, word_encoder: Encoder) -> None:
    told: list[tuple[str, int, int]] = []
    built = build_catalog(table(GOOD), tmp_path / "out", word_encoder, progress=lambda *step: told.append(step))
    catalog = Catalog.load(tmp_path / "out")
    assert [item.title for item in catalog] == ["Space", "Crime", "Paris"]
    assert (built.resumed, built.report.n_items, built.manifest.count) == (False, 3, 3)
    assert left_in(tmp_path) == {"out"}
    assert told[0] == ("reading rows", 3, 3)
    assert told[-1][1:] == (3, 3)
    counting = CountingEncoder(word_encoder)
    kept = open_index(tmp_path / "out" / INDEX, catalog, counting)
    assert counting.encoded == []
    assert kept.vectors.shape == (3, word_encoder.dim)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,title\n1,A\n1,B\n", "1 of 2 rows cannot be used: row 3, column item_id: '1' is not usable"),
        ("id,title\n1,\n", "1 of 1 rows cannot be used: row 2, column title: '' is not usable: it is empty"),
        ("id,title,year\n" + "1,A,x\n" * 9, "; and 12 more. Nothing was built; correct them"),
    ],
)
def test_a_table_with_bad_rows_is_refused_and_nothing_stays(
    tmp_path: Path, table: Write, word_encoder: Encoder, text: str, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        build_catalog(table(text), tmp_path / "out", word_encoder)
    assert message in str(caught.value)
    assert left_in(tmp_path) == set()


def test_bad_rows_may_be_left_out(tmp_path: Path, table: Write, word_encoder: Encoder) -> None:
    built = build_catalog(table("id,title\n1,A\n1,B\n2,C\n"), tmp_path / "out", word_encoder, skip_bad=True)
    assert (built.manifest.count, built.manifest.sources[0].rows, built.manifest.sources[0].left_out) == (2, 3, 1)


def test_a_target_that_is_taken_is_refused_and_left_alone(tmp_path: Path, table: Write, word_encoder: Encoder) -> None:
    source = table(GOOD)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "novel.txt").write_text("mine")
    build_catalog(source, tmp_path / "out", word_encoder)
    for name, message in (("file", "is a file"), ("folder", "with other files"), ("out", "is a catalogue already")):
        with pytest.raises(DataError, match=message):
            build_catalog(source, tmp_path / name, word_encoder)
    with pytest.raises(DataError, match="root of the file system"):
        build_catalog(source, Path("/"), word_encoder)
    assert left_in(tmp_path) == {"folder", "out"}
    assert (tmp_path / "folder" / "novel.txt").read_text() == "mine"


def test_a_folder_below_a_file_cannot_be_made(tmp_path: Path, table: Write, word_encoder: Encoder) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(EnvironmentProblem, match="cannot write"):
        build_catalog(table(GOOD), tmp_path / "file" / "out", word_encoder)


def test_an_empty_folder_may_be_the_target_and_a_catalogue_may_be_replaced(
    tmp_path: Path, table: Write, word_encoder: Encoder
) -> None:
    (tmp_path / "out").mkdir()
    build_catalog(table(GOOD), tmp_path / "out", word_encoder)
    build_catalog(table("id,title\n9,New\n"), tmp_path / "out", word_encoder, replace=True)
    assert [item.title for item in Catalog.load(tmp_path / "out")] == ["New"]
    assert left_in(tmp_path) == {"out"}


def test_an_interrupted_build_goes_on_and_another_table_begins_anew(
    tmp_path: Path, table: Write, word_encoder: Encoder
) -> None:
    source = table(GOOD)
    with pytest.raises(KeyboardInterrupt):
        build_catalog(source, tmp_path / "out", CountingEncoder(word_encoder, stop_after=0))
    assert left_in(tmp_path) == {"out.building"}
    assert build_catalog(source, tmp_path / "out", word_encoder).resumed
    assert left_in(tmp_path) == {"out"}
    with pytest.raises(KeyboardInterrupt):
        build_catalog(source, tmp_path / "out", CountingEncoder(word_encoder, stop_after=0), replace=True)
    other = build_catalog(table("id,title\n9,New\n", "other.csv"), tmp_path / "out", word_encoder, replace=True)
    assert (other.resumed, other.manifest.count) == (False, 1)
    assert left_in(tmp_path) == {"out"}


def test_items_of_another_domain_are_added_and_only_they_are_encoded(
    tmp_path: Path, table: Write, word_encoder: Encoder
) -> None:
    build_catalog(table(GOOD, domain="film"), tmp_path / "out", word_encoder)
    counting = CountingEncoder(word_encoder)
    built = add_items(tmp_path / "out", table("id,title\n7,Horror\n", "more.csv", domain="music"), counting)
    assert built.manifest.domains == {"film": 3, "music": 1}
    assert [source.file for source in built.manifest.sources] == ["table.csv", "more.csv"]
    assert [item.title for item in Catalog.load(tmp_path / "out")] == ["Space", "Crime", "Paris", "Horror"]
    assert counting.encoded == ["Horror."]
    assert left_in(tmp_path) == {"out"}


def test_what_cannot_be_added_leaves_the_catalogue_as_it_was(
    tmp_path: Path, table: Write, word_encoder: Encoder
) -> None:
    before = build_catalog(table(GOOD), tmp_path / "out", word_encoder).manifest
    with pytest.raises(DataError, match="row 3, column item_id: '1' is not usable: the catalogue has this id already"):
        add_items(tmp_path / "out", table("id,title\n8,A\n1,B\n", "more.csv"), word_encoder)
    with pytest.raises(DataError, match="row 2, column price: 'free' is not usable: give a number"):
        add_items(tmp_path / "out", table("id,title,price\n8,A,free\n", "more.csv"), word_encoder)
    assert read_catalog_manifest(tmp_path / "out") == before
    assert left_in(tmp_path) == {"out"}


def test_items_are_removed_and_nothing_is_encoded_again(tmp_path: Path, table: Write, word_encoder: Encoder) -> None:
    build_catalog(table(GOOD), tmp_path / "out", word_encoder)
    counting = CountingEncoder(word_encoder)
    manifest = remove_items(tmp_path / "out", ["2", "2"], counting)
    assert (manifest.count, counting.encoded) == (2, [])
    assert [item.item_id for item in Catalog.load(tmp_path / "out")] == ["1", "3"]


def test_an_unknown_id_or_every_id_cannot_be_removed(tmp_path: Path, table: Write, word_encoder: Encoder) -> None:
    build_catalog(table(GOOD), tmp_path / "out", word_encoder)
    with pytest.raises(DataError, match="no item has the id '9'"):
        remove_items(tmp_path / "out", ["1", "9"], word_encoder)
    with pytest.raises(DataError, match="nothing would be left; delete the folder instead"):
        remove_items(tmp_path / "out", ["1", "2", "3"], word_encoder)
    assert len(Catalog.load(tmp_path / "out")) == 3
    assert left_in(tmp_path) == {"out"}


def test_the_same_table_gives_the_same_catalogue(tmp_path: Path, table: Write, word_encoder: Encoder) -> None:
    first = build_catalog(table(GOOD), tmp_path / "a", word_encoder).manifest
    second = build_catalog(table(GOOD), tmp_path / "b", word_encoder).manifest
    assert first.catalog_sha256 == second.catalog_sha256
