from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.catalog_folder import MANIFEST as CATALOG_MANIFEST
from palate.retrieval.collaborative import CollaborativeTable
from palate.retrieval.errors import DataError, EnvironmentProblem
from palate.retrieval.ratings_import import RatingsImport
from palate.retrieval.ratings_store import (
    FACTORS,
    INTERACTIONS,
    MANIFEST,
    ratings_folder,
    read_interactions,
    read_ratings_manifest,
)

Import = Callable[..., RatingsImport]


def test_kept_ratings_are_read_with_rows_and_rewards(tmp_path: Path, rated_catalog: Catalog, imported: Import) -> None:
    imported(tmp_path, rated_catalog, "user,item,rating\nada,matrix,5\nbob,heat,2\n").save(tmp_path / "kept")
    kept = read_interactions(tmp_path / "kept", rated_catalog)
    assert kept.user_ids == ("ada", "bob")
    assert (kept.users.tolist(), kept.rows.tolist(), kept.rewards.tolist()) == ([0, 1], [2, 0], [1.0, -0.5])


def test_factors_are_fitted_to_the_rated_items(tmp_path: Path, rated_catalog: Catalog, imported: Import) -> None:
    rows = "".join(f"u{i},{('heat', 'matrix')[i % 2]},{5 if i < 9 else 1}\n" for i in range(12))
    imported(tmp_path, rated_catalog, "user,item,rating\n" + rows).save(tmp_path / "kept", seed=3)
    table = CollaborativeTable.load(tmp_path / "kept" / FACTORS, rated_catalog)
    assert table.counts.tolist() == [6, 0, 6, 0]
    # heat: five fives and a one; matrix: four fives and two ones.
    assert np.allclose(table.mean_rewards, [4 / 6, 0, 2 / 6, 0], atol=1e-3)


def test_ratings_of_items_that_are_gone_are_left_out(tmp_path: Path, rated_catalog: Catalog, imported: Import) -> None:
    imported(tmp_path, rated_catalog, "user,item,rating\nada,heat,5\nada,matrix,4\nbob,heat,1\n").save(
        tmp_path / "kept"
    )
    kept = read_interactions(tmp_path / "kept", Catalog([item for item in rated_catalog if item.item_id != "heat"]))
    assert (kept.users.tolist(), kept.rewards.tolist()) == ([0], [0.5])


def test_damaged_or_missing_ratings_are_told(tmp_path: Path, rated_catalog: Catalog, imported: Import) -> None:
    assert read_ratings_manifest(tmp_path / "none") is None
    with pytest.raises(DataError, match="import some with 'palate ratings import'"):
        read_interactions(tmp_path / "none", rated_catalog)
    kept = tmp_path / "kept"
    imported(tmp_path, rated_catalog, "user,item,rating\nada,heat,5\n").save(kept)
    (kept / INTERACTIONS).write_bytes(b"PAR1")
    with pytest.raises(DataError, match="has changed since it was written"):
        read_interactions(kept, rated_catalog)
    (kept / MANIFEST).write_text("{}")
    with pytest.raises(DataError, match="cannot be read; import the ratings again"):
        read_ratings_manifest(kept)


def test_a_failed_save_leaves_what_was_there(
    tmp_path: Path, rated_catalog: Catalog, monkeypatch: pytest.MonkeyPatch, imported: Import
) -> None:
    kept = tmp_path / "kept"
    imported(tmp_path, rated_catalog, "user,item,rating\nada,heat,5\n").save(kept)
    before = {path.name: path.read_bytes() for path in kept.iterdir()}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(EnvironmentProblem, match="the disk is full"):
        imported(tmp_path, rated_catalog, "user,item,rating\nada,emma,1\n").save(kept)
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before
    assert not list(tmp_path.glob(".new-*"))


def test_ratings_lie_in_a_built_catalogue_or_else_at_home(tmp_path: Path, rated_catalog: Catalog) -> None:
    built = tmp_path / "built"
    built.mkdir()
    at_home = tmp_path / "home" / "ratings" / rated_catalog.sha256[:16]
    assert ratings_folder(tmp_path / "home", rated_catalog, built) == at_home
    (built / CATALOG_MANIFEST).write_text("{}")
    assert ratings_folder(tmp_path / "home", rated_catalog, built) == built / "ratings"
    assert ratings_folder(tmp_path / "home", rated_catalog) == at_home
