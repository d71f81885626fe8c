import math
import time

import numpy as np
import pytest
from palate.retrieval.attribute_graph import AttributeGraph
from palate.retrieval.attribute_table import AttributeTable
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item


def film(item_id: str, genres: str = "", **facts: object) -> Item:
    found = tuple(genres.split("|")) if genres else ()
    return Item(item_id=item_id, domain="film", title=item_id.title(), genres=found, **facts)  # type: ignore[arg-type]  # facts are those of an item


@pytest.fixture
def catalog() -> Catalog:
    """Four films and a book: heat and thief by one maker, who acts in fargo; emma and the book share a country."""
    mann = ("Michael Mann",)
    return Catalog(
        [
            film("heat", "crime|drama", people={"director": mann, "cast": ("Al Pacino",)}, themes=("heist", "Prison")),
            film("thief", "crime", people={"director": mann, "cast": ("James Caan",)}, themes=("prison", "heist")),
            film("fargo", "crime", people={"director": ("Joel Coen",), "cast": mann}, series="Fargo"),
            film("emma", "romance", country="United Kingdom"),
            Item("lost", "book", "Lost", country="United Kingdom", people={"author": ("Ann",)}, series="Fargo"),
            film("bare"),
        ]
    )


@pytest.fixture
def graph(catalog: Catalog) -> AttributeGraph:
    return AttributeGraph(catalog)


def test_paths_tell_what_both_records_hold_rarest_first(graph: AttributeGraph) -> None:
    found = graph.paths("heat", "thief", 5)
    assert [path.text for path in found] == [
        "share the themes heist and Prison",
        "both by Michael Mann",
        "share the genre crime",
    ]
    assert [path.weight for path in found] == pytest.approx([math.log(6 / 2), math.log(6 / 3), math.log(6 / 3)])
    assert (found[0].kind, found[0].values) == ("theme", ("heist", "Prison"))


@pytest.mark.parametrize(
    ("left", "right", "texts"),
    [
        ("heat", "fargo", ["Michael Mann worked on both", "share the genre crime"]),
        ("fargo", "lost", ["both in the series Fargo"]),
        ("emma", "lost", ["share the country United Kingdom"]),
        ("heat", "emma", []),
        ("heat", "bare", []),
    ],
)
def test_paths_say_what_a_value_is_to_both(graph: AttributeGraph, left: str, right: str, texts: list[str]) -> None:
    assert sorted(path.text for path in graph.paths(left, right)) == sorted(texts)
    assert sorted(path.text for path in graph.paths(right, left)) == sorted(texts)


def test_every_path_of_the_embedded_catalogue_is_a_fact_of_both_records() -> None:
    catalog = Catalog.embedded()
    graph = AttributeGraph(catalog)
    for item in list(catalog)[::97]:
        for other_id in graph.similar([item.item_id], 5):
            other, paths = catalog[other_id], graph.paths(item.item_id, other_id, 20)
            assert [path.weight for path in paths] == sorted((path.weight for path in paths), reverse=True)
            for path in paths:
                for record in (item, other):
                    held = {value.casefold() for value in record.attributes[path.kind]}
                    assert {value.casefold() for value in path.values} <= held
                    if path.text.startswith("both by"):
                        assert set(path.values) <= set(record.makers)
                    if path.text.startswith("both with"):
                        assert set(path.values) <= set(record.people["cast"])


def test_at_most_three_values_and_n_paths_are_told() -> None:
    themes = ("a", "b", "c", "d")
    graph = AttributeGraph(Catalog([film("x", "g", themes=themes), film("y", "g", themes=themes), film("z")]))
    assert [path.text for path in graph.paths("x", "y", 1)] == ["share the themes a, b and c"]
    assert graph.paths("x", "y", 0) == []


def test_a_column_of_another_catalogue_is_told_by_its_name() -> None:
    records = [film(name, extra={"board_game_kind": ("euro",)}) for name in "xy"]
    assert AttributeGraph(Catalog([*records, film("z")])).paths("x", "y")[0].text == "share board game kind: euro"


def test_what_all_items_have_joins_nothing() -> None:
    graph = AttributeGraph(Catalog([film("x", "drama"), film("y", "drama")]))
    assert graph.paths("x", "y") == []
    assert len(graph.similar(["x"], 5)) == 0


def test_scores_are_those_of_the_walk_on_the_written_out_graph(graph: AttributeGraph, catalog: Catalog) -> None:
    """The second method: dense cosines of the records, and the limit of the walk from a linear system."""
    table = AttributeTable(catalog)
    kind_weights = {"country": 0.5, "decade": 0.5, "language": 0.5}
    records = np.hstack([
        table.incidence(kind).toarray()
        * np.sqrt(kind_weights.get(kind, 1.0) * np.log(6 / table.incidence(kind).toarray().sum(axis=0)))
        for kind in table.kinds
    ])  # fmt: skip
    lengths = np.linalg.norm(records, axis=1)
    joins = records @ records.T / np.maximum(np.outer(lengths, lengths), 1e-12)
    steps = joins / np.maximum(joins.sum(axis=1, keepdims=True), 1e-12)
    start = np.array([0.75, 0, 0, -0.25, 0, 0])
    limit = np.linalg.solve(np.eye(6) - 0.5 * steps.T, 0.5 * start)
    np.testing.assert_allclose(graph.scores({"heat": 3.0, "emma": -1.0}), limit, atol=0.01)


def test_two_items_of_one_join_have_scores_worked_out_by_hand() -> None:
    graph = AttributeGraph(Catalog([film("x", "g"), film("y", "g"), film("z", "other")]))
    scores = graph.scores({"x": 1.0})
    # Each step leads to x or y alike: half stays at the start, the other half is shared.
    assert scores is not None
    assert scores == pytest.approx([0.75, 0.25, 0.0], abs=0.01)


def test_scores_are_linear_in_the_weights(graph: AttributeGraph) -> None:
    both, first, second = (graph.scores(r) for r in ({"heat": 1.0, "emma": -1.0}, {"heat": 1.0}, {"emma": 1.0}))
    assert both is not None and first is not None and second is not None  # noqa: PT018  # one fact: all are known
    np.testing.assert_allclose(both, (first - second) / 2, atol=1e-12)


@pytest.mark.parametrize("rated", [{}, {"unknown": 1.0}, {"heat": 0.0}])
def test_there_are_no_scores_where_a_walk_has_nowhere_to_start(graph: AttributeGraph, rated: dict[str, float]) -> None:
    assert graph.scores(rated) is None


def test_a_new_item_that_nobody_rated_is_found_through_its_people_and_themes(graph: AttributeGraph) -> None:
    assert graph.similar(["heat"], 2).item_ids == ("thief", "fargo")


def test_a_walk_goes_further_than_one_join(graph: AttributeGraph) -> None:
    found = graph.similar(["heat"], 10)
    # heat -crime-> fargo -series-> lost -country-> emma; nothing leads to a bare record.
    assert found.item_ids == ("thief", "fargo", "lost", "emma")
    assert (np.diff(found.scores) < 0).all()


def test_what_is_similar_to_several_leaves_them_out_and_keeps_to_what_is_allowed(
    graph: AttributeGraph, catalog: Catalog
) -> None:
    assert set(graph.similar(["heat", "thief"], 10)) == {"fargo", "lost", "emma"}
    books = np.array([item.domain == "book" for item in catalog])
    assert graph.similar(["heat"], 10, allowed=books).item_ids == ("lost",)
    assert len(graph.similar(["heat"], 10, allowed=np.zeros(6, dtype=bool))) == 0
    assert len(graph.similar(["heat"], 0)) == 0


def test_nothing_is_similar_to_nothing_or_to_a_bare_record(graph: AttributeGraph) -> None:
    assert len(graph.similar([], 5)) == 0
    assert len(graph.similar(["bare"], 5)) == 0


def test_an_unknown_id_is_our_error(graph: AttributeGraph) -> None:
    for call in (lambda: graph.similar(["nope"], 5), lambda: graph.paths("heat", "nope")):
        with pytest.raises(DataError, match="no item has the id 'nope'"):
            call()


def test_an_empty_catalogue_and_one_of_bare_records_have_a_graph() -> None:
    assert AttributeGraph(Catalog([])).scores({"x": 1.0}) is None
    assert len(AttributeGraph(Catalog([film("x"), film("y")])).similar(["x"], 5)) == 0


def test_two_graphs_of_one_catalogue_agree_to_the_bit(catalog: Catalog) -> None:
    first, second = (AttributeGraph(catalog).scores({"heat": 1.0}) for _ in range(2))
    assert first is not None and second is not None  # noqa: PT018  # one fact: both are known
    assert first.tobytes() == second.tobytes()


@pytest.mark.slow
def test_sixty_thousand_items_are_no_trouble() -> None:
    rng = np.random.default_rng(0)
    genres = [f"genre {i}" for i in range(20)]
    catalog = Catalog(
        film(
            f"i{i}",
            "|".join(rng.choice(genres, 2, replace=False)),
            people={"cast": tuple(f"person {p}" for p in rng.integers(0, 40_000, 5))} if i % 3 == 0 else {},
            year=int(rng.integers(1930, 2025)),
        )
        for i in range(60_000)
    )
    begun = time.perf_counter()
    graph = AttributeGraph(catalog)
    built = time.perf_counter()
    assert len(graph.similar(["i0", "i1"], 50)) == 50
    answered = time.perf_counter()
    # Far above what they take (1 s and 20 ms), so that a busy machine does not fail them.
    assert built - begun < 10.0
    assert answered - built < 0.5
