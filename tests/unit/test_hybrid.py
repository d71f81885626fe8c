from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from palate.retrieval.attribute_table import AttributeTable
from palate.retrieval.catalog import Catalog
from palate.retrieval.encoder import Encoder
from palate.retrieval.hybrid import Affinity, HybridRetriever, RetrievalConfig, Sources
from palate.retrieval.index_store import open_index
from palate.retrieval.lexical import LexicalIndex
from palate.retrieval.query import Constraints, RecQuery


@pytest.fixture
def retriever(small_catalog: Catalog, word_encoder: Encoder, tmp_path: Path) -> HybridRetriever:
    return made(small_catalog, word_encoder, tmp_path)


def made(
    catalog: Catalog,
    encoder: Encoder,
    folder: Path,
    config: RetrievalConfig | None = None,
    prior: list[float] | None = None,
    graph: Affinity | None = None,
    collaborative: Affinity | None = None,
) -> HybridRetriever:
    vectors = open_index(folder, catalog, encoder)
    table, liked = AttributeTable(catalog), np.array(prior or [0.0] * 6)
    sources = Sources(table, encoder, vectors, LexicalIndex(catalog), liked, graph, collaborative)
    return HybridRetriever(catalog, sources, config)


def relevance(retriever: HybridRetriever, query: RecQuery) -> np.ndarray:
    ids = ["alien-1979", "aliens-1986", "emma-1996", "amelie-2001", "solaris-1972", "roman-holiday-1953"]
    some = retriever.relevance(query, ids[2:4])
    every = retriever.relevance(query, ids)
    np.testing.assert_allclose(some, every[2:4])
    return every


class Goes:
    """A fake affinity: Solaris and Emma go with Alien."""

    def scores(self, rated: Mapping[str, float]) -> np.ndarray | None:
        return np.array([0.0, 0, rated["alien-1979"], 0, 2.0 * rated["alien-1979"], 0]) if rated else None


CONSTRAINTS = st.builds(
    Constraints,
    genres_all=st.sampled_from([(), ("comedy",), ("science fiction",)]),
    genres_none=st.sampled_from([(), ("horror",), ("romance", "action")]),
    year_min=st.sampled_from([None, 1970, 1990]),
    year_max=st.sampled_from([None, 1990, 2000]),
    languages_any=st.sampled_from([(), ("English",), ("French", "Russian")]),
    items_none=st.sampled_from([frozenset(), frozenset({"alien-1979", "emma-1996"})]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(constraints=CONSTRAINTS, text=st.sampled_from(["", "alien in space", "romance in paris"]))
def test_a_request_gets_exactly_what_its_constraints_allow(
    retriever: HybridRetriever, small_catalog: Catalog, constraints: Constraints, text: str
) -> None:
    query = RecQuery(text, constraints, wanted=(("genre", "horror"),), similar_to=("solaris-1972",))
    taste = np.eye(8, dtype=np.float32)[0]
    found = retriever.retrieve(query, taste=taste)
    assert sorted(found) == sorted(item.item_id for item in small_catalog if constraints.allows(item))


def test_no_more_than_the_wished_number_comes_back(
    small_catalog: Catalog, word_encoder: Encoder, tmp_path: Path
) -> None:
    retriever = made(small_catalog, word_encoder, tmp_path, RetrievalConfig(n_candidates=2))
    assert len(retriever.retrieve(RecQuery("alien romance", wanted=(("mood", "charming"),)))) == 2


def test_an_impossible_request_gets_nothing(retriever: HybridRetriever) -> None:
    found = retriever.retrieve(RecQuery("alien", Constraints(year_min=2050)))
    assert (found.item_ids, found.scores.shape) == ((), (0,))


def test_scores_are_fused_reciprocal_ranks_best_first(
    small_catalog: Catalog, word_encoder: Encoder, tmp_path: Path
) -> None:
    # Without words only the prior speaks: its weight 0.2 over 60 + rank.
    found = made(small_catalog, word_encoder, tmp_path, prior=[0, 0, 3, 2, 1, 0]).retrieve(RecQuery())
    assert found.item_ids[:3] == ("emma-1996", "amelie-2001", "solaris-1972")
    assert found.scores == pytest.approx([0.2 / (60 + rank) for rank in range(1, 7)])


def test_candidates_that_tie_come_in_the_order_of_their_ids(
    small_catalog: Catalog, word_encoder: Encoder, tmp_path: Path
) -> None:
    found = made(small_catalog, word_encoder, tmp_path, RetrievalConfig(prior=0.0)).retrieve(RecQuery())
    assert list(found) == sorted(item.item_id for item in small_catalog)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        (RecQuery("whimsical"), "amelie-2001"),
        (RecQuery("grief in space"), "solaris-1972"),
        (RecQuery(wanted=(("mood", "exciting"),)), "aliens-1986"),
        (RecQuery(similar_to=("amelie-2001",)), "amelie-2001"),
    ],
)
def test_what_is_asked_for_comes_first(retriever: HybridRetriever, query: RecQuery, first: str) -> None:
    assert retriever.retrieve(query).item_ids[0] == first


def test_taste_lifts_what_lies_near_it(small_catalog: Catalog, word_encoder: Encoder, tmp_path: Path) -> None:
    found = made(small_catalog, word_encoder, tmp_path, RetrievalConfig(prior=0.0)).retrieve(
        RecQuery(), taste=word_encoder.encode_queries(["space grief"])[0]
    )
    assert found.item_ids[0] == "solaris-1972"


def test_an_empty_request_makes_nothing_relevant(retriever: HybridRetriever) -> None:
    assert relevance(retriever, RecQuery()).tolist() == [0.0] * 6


def test_constraints_alone_make_nothing_relevant(retriever: HybridRetriever) -> None:
    assert relevance(retriever, RecQuery(constraints=Constraints(genres_all=("comedy",)))).tolist() == [0.0] * 6


def test_the_share_of_wanted_attributes_is_the_relevance(retriever: HybridRetriever) -> None:
    wanted = (("genre", "comedy"), ("mood", "charming"), ("country", "France"), ("unknown kind", "x"))
    assert relevance(retriever, RecQuery(wanted=wanted)).tolist() == [0, 0, 0.5, 0.5, 0, 0.5]


def test_words_add_bm25_over_its_maximum_and_the_standardised_cosine(
    retriever: HybridRetriever, small_catalog: Catalog, word_encoder: Encoder
) -> None:
    bm25 = LexicalIndex(small_catalog).scores("space romance")
    items = word_encoder.encode_items([item.text for item in small_catalog])
    cosine = [float(row @ word_encoder.encode_queries(["space romance"])[0]) for row in items]
    above = [max(0.0, (c - np.mean(cosine)) / np.std(cosine) / 3) for c in cosine]
    assert relevance(retriever, RecQuery("space romance")) == pytest.approx(bm25 / bm25.max() + above, abs=1e-5)


@pytest.mark.parametrize("source", ["graph", "collaborative"])
def test_what_goes_with_the_compared_item_comes_first(
    small_catalog: Catalog, word_encoder: Encoder, tmp_path: Path, source: str
) -> None:
    config = RetrievalConfig(prior=0.0, dense=0.0)
    found = made(small_catalog, word_encoder, tmp_path, config, **{source: Goes()})  # type: ignore[arg-type]
    assert found.retrieve(RecQuery(similar_to=("alien-1979",))).item_ids[:2] == ("solaris-1972", "emma-1996")
    kept = RecQuery(similar_to=("alien-1979",), constraints=Constraints(genres_all=("comedy",)))
    assert found.retrieve(kept).item_ids[0] == "emma-1996"


def test_ratings_of_others_speak_only_of_what_the_person_rated(
    small_catalog: Catalog, word_encoder: Encoder, tmp_path: Path
) -> None:
    found = made(small_catalog, word_encoder, tmp_path, RetrievalConfig(prior=0.0), collaborative=Goes())
    assert found.retrieve(RecQuery(), rated={"alien-1979": 1.0}).item_ids[:2] == ("solaris-1972", "emma-1996")
    nothing = found.retrieve(RecQuery()).item_ids
    assert found.retrieve(RecQuery(), rated={"alien-1979": -1.0}).item_ids == nothing
    assert found.retrieve(RecQuery(), rated={}).item_ids == nothing
