from pathlib import Path

import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.catalog_build import build_catalog
from palate.retrieval.catalog_folder import (
    ITEMS,
    MANIFEST,
    CatalogDraft,
    file_sha256,
    open_catalog,
    read_catalog_manifest,
    recover,
)
from palate.retrieval.catalog_source import CatalogSource
from palate.retrieval.encoder import Encoder
from palate.retrieval.errors import DataError


@pytest.fixture
def folder(tmp_path: Path, word_encoder: Encoder) -> Path:
    table = tmp_path / "table.csv"
    table.write_text("id,title,price\n1,Space,3\n2,Crime,4\n")
    build_catalog(CatalogSource(table, domain="music"), tmp_path / "built", word_encoder)
    return tmp_path / "built"


def test_the_manifest_says_what_it_was_made_from(folder: Path) -> None:
    manifest = read_catalog_manifest(folder)
    assert (manifest.count, manifest.domains, manifest.columns) == (2, {"music": 2}, {"price": "number"})
    (source,) = manifest.sources
    assert (source.file, source.rows, source.left_out, source.domain) == ("table.csv", 2, 0, "music")
    assert source.sha256 == file_sha256(folder.parent / "table.csv")
    assert manifest.catalog_sha256 == Catalog(list(open_catalog(folder))).sha256


def test_a_folder_is_a_catalogue_for_everybody_who_loads_one(folder: Path) -> None:
    assert [item.title for item in Catalog.load(folder)] == ["Space", "Crime"]


def test_changed_items_are_told(folder: Path) -> None:
    with (folder / ITEMS).open("ab") as file:
        file.write(b"x")
    with pytest.raises(DataError, match=r"items.sqlite is missing or has changed since it was written; build"):
        open_catalog(folder)
    (folder / ITEMS).unlink()
    with pytest.raises(DataError, match=r"items.sqlite is missing"):
        open_catalog(folder)


@pytest.mark.parametrize("text", ["", "{}x", '{"format": 2}', '{"surplus": 1}'])
def test_a_manifest_that_cannot_be_read_is_told(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text)
    with pytest.raises(DataError, match=r"catalog.json cannot be read; build the catalogue again"):
        open_catalog(folder)


def test_what_is_no_catalogue_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is a folder without catalog.json; give a folder that 'palate catalog build'"):
        open_catalog(tmp_path)
    with pytest.raises(DataError, match="is no folder"):
        open_catalog(tmp_path / "nothing")


def test_what_lies_in_the_way_of_a_draft_is_left_alone(tmp_path: Path) -> None:
    foreign = tmp_path / "mine.building"
    foreign.mkdir()
    (foreign / "novel.txt").write_text("chapter one")
    with pytest.raises(DataError, match=r"mine.building is in the way and no catalogue; move it"):
        CatalogDraft(tmp_path / "mine", "request")
    assert (foreign / "novel.txt").read_text() == "chapter one"


def test_only_one_process_builds_a_catalogue_at_a_time(tmp_path: Path) -> None:
    with CatalogDraft(tmp_path / "mine", "request"):
        with pytest.raises(DataError, match=r"another process is building .*mine; wait until it is done"):
            CatalogDraft(tmp_path / "mine", "request").__enter__()
        assert (tmp_path / "mine.building").is_dir()
    assert not (tmp_path / "mine.building").exists()


def test_a_catalogue_that_was_moved_away_to_be_replaced_is_put_back(folder: Path) -> None:
    folder.rename(folder.with_name("built.replaced"))
    recover(folder)
    assert len(open_catalog(folder)) == 2
    recover(folder)
    assert len(open_catalog(folder)) == 2
