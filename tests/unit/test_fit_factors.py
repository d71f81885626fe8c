import gzip
import re
from pathlib import Path

import numpy as np
import pytest
from palate.bot.fit_factors import fit_factors
from palate.retrieval.catalog import Catalog
from palate.retrieval.collaborative import CollaborativeScores, CollaborativeTable
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item
from palate.retrieval.ratings import read_ml_1m, split_users

N_ITEMS = 80


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog(Item(item_id=f"f{i}", domain="film", title=f"F{i}", movielens_id=i + 1) for i in range(N_ITEMS))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hundred people of two camps: each rates 30 films of 80, those of the own half high and the others low."""
    rng = np.random.default_rng(0)
    rated = [(user, item) for user in range(1, 201) for item in rng.permutation(N_ITEMS)[:30]]
    likes = [(item < N_ITEMS // 2) == (user % 2 == 0) for user, item in rated]
    lines = [f"{user},{item + 1},{5 if like else 1}" for (user, item), like in zip(rated, likes, strict=True)]
    folder = tmp_path_factory.mktemp("data")
    (folder / "ml-1m").mkdir()
    with gzip.open(folder / "ml-1m" / "ratings_no_timestamp.csv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(("userId,movieId,rating", *lines)) + "\n")
    return folder


@pytest.fixture(scope="module")
def fitted(catalog: Catalog, data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    out, lines = tmp_path_factory.mktemp("out") / "factors", list[str]()
    fit_factors(catalog, data_dir=data_dir, out=out, n_factors=4, seed=0, say=lines.append)
    return out, lines


def test_only_training_people_are_in_the_factors(
    fitted: tuple[Path, list[str]], catalog: Catalog, data_dir: Path
) -> None:
    training, _ = split_users(read_ml_1m(data_dir, catalog), seed=0)
    expected = np.bincount(np.concatenate([user.rows for user in training]), minlength=N_ITEMS)
    assert CollaborativeTable.load(fitted[0], catalog).counts.tolist() == expected.tolist()


def test_the_factors_tell_the_camps_apart(fitted: tuple[Path, list[str]], catalog: Catalog) -> None:
    scores = CollaborativeScores(CollaborativeTable.load(fitted[0], catalog), catalog).scores({"f0": 1.0, "f79": -1.0})
    assert scores is not None
    assert scores[1:40].min() > scores[40:79].max()


def test_the_report_sets_factors_beside_popularity_and_neighbours(fitted: tuple[Path, list[str]]) -> None:
    told = {line.split(":")[0]: line for line in fitted[1]}
    ndcg = {name: float(re.findall(r"nDCG@50 ([\d.]+)", told[name])[0]) for name in ("als", "popularity", "item-kNN")}
    assert ndcg["als"] > ndcg["popularity"] + 0.1
    gain = float(re.findall(r"better by ([+-][\d.]+)", told["popularity"])[0])
    assert gain == pytest.approx(ndcg["als"] - ndcg["popularity"], abs=2e-4)


def test_the_same_seed_writes_the_same_file(
    fitted: tuple[Path, list[str]], catalog: Catalog, data_dir: Path, tmp_path: Path
) -> None:
    fit_factors(catalog, data_dir=data_dir, out=tmp_path / "again", n_factors=4, seed=0, say=lambda _: None)
    assert (tmp_path / "again").read_bytes() == fitted[0].read_bytes()


def test_too_few_ratings_are_our_error(data_dir: Path, tmp_path: Path) -> None:
    few = Catalog(Item(item_id=f"f{i}", domain="film", title="F", movielens_id=i + 1) for i in range(10))
    with pytest.raises(DataError, match="too few people have 20 ratings"):
        fit_factors(few, data_dir=data_dir, out=tmp_path / "out", n_factors=4, seed=0, say=lambda _: None)
    assert not (tmp_path / "out").exists()
