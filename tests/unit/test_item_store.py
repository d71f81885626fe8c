import sqlite3
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from palate.retrieval.catalog import IN_MEMORY, Catalog
from palate.retrieval.errors import DataError, EnvironmentProblem
from palate.retrieval.item_store import ItemStore, write_items
from palate.retrieval.items import Item

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.lists(TEXT, max_size=3).map(tuple)
VALUES = st.one_of(
    TEXT, st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), NAMES
)
ITEMS = st.builds(
    Item, item_id=TEXT, domain=TEXT, title=TEXT, original_title=TEXT, aliases=NAMES, genres=NAMES,
    year=st.none() | st.integers(-3000, 2100), people=st.dictionaries(TEXT, NAMES, max_size=3), synopsis=TEXT,
    movielens_id=st.none() | st.integers(1, 10**9), extra=st.dictionaries(TEXT, VALUES, max_size=4),
)  # fmt: skip


def numbered(n: int) -> list[Item]:
    return [Item(item_id=f"i{i}", domain="film", title=f"T{i}") for i in range(n)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60, derandomize=True)
@given(items=st.lists(ITEMS, unique_by=lambda item: item.item_id, max_size=4))
def test_what_is_written_is_what_is_read(tmp_path: Path, items: list[Item]) -> None:
    path = tmp_path / "items.sqlite"
    path.unlink(missing_ok=True)
    assert write_items(path, items) == len(items)
    store = ItemStore(path)
    assert repr(list(store)) == repr(items)
    assert [store.position(item.item_id) for item in items] == list(range(len(items)))
    assert all(repr(store[i]) == repr(item) for i, item in enumerate(items))


def test_an_unknown_id_has_no_position_and_an_unknown_position_no_item(tmp_path: Path) -> None:
    write_items(tmp_path / "items.sqlite", numbered(2))
    store = ItemStore(tmp_path / "items.sqlite")
    assert store.position("i9") is None
    with pytest.raises(IndexError):
        store[2]


def test_a_store_may_be_read_by_many_threads_at_once(tmp_path: Path) -> None:
    write_items(tmp_path / "items.sqlite", numbered(300))
    store, seen = ItemStore(tmp_path / "items.sqlite"), list[int]()
    threads = [
        Thread(target=lambda: seen.append(sum(store[i].title == f"T{i}" for i in range(300)) + len(list(store))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [600] * 8


def test_two_items_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the id 'i0' is there twice"):
        write_items(tmp_path / "items.sqlite", [*numbered(1), *numbered(1)])


def test_what_is_no_item_store_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is missing; build the catalogue again"):
        ItemStore(tmp_path / "items.sqlite")
    (tmp_path / "items.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(DataError, match="is not an item store"):
        ItemStore(tmp_path / "items.sqlite")


def test_a_record_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    write_items(tmp_path / "items.sqlite", numbered(1))
    with sqlite3.connect(tmp_path / "items.sqlite") as connection:
        connection.execute("UPDATE items SET record = '{}'")
    connection.close()
    with pytest.raises(DataError, match="holds a record that cannot be read"):
        list(ItemStore(tmp_path / "items.sqlite"))


def test_a_file_that_cannot_be_written_is_a_problem_of_the_machine(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="cannot write"):
        write_items(tmp_path / "nowhere" / "items.sqlite", numbered(1))


def test_a_large_catalogue_stays_on_disk_and_answers_as_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_items(tmp_path / "items.sqlite", numbered(5))
    monkeypatch.setattr("palate.retrieval.catalog.IN_MEMORY", 4)
    assert IN_MEMORY == 100_000
    lazy, eager = Catalog(ItemStore(tmp_path / "items.sqlite")), Catalog(numbered(5))
    assert isinstance(lazy._items, ItemStore)
    assert (list(lazy), lazy.sha256, lazy["i3"], lazy.position("i3")) == (list(eager), eager.sha256, eager.at(3), 3)
    assert "i9" not in lazy
