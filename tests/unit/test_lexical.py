import math

import numpy as np
import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.items import Item
from palate.retrieval.lexical import LexicalIndex


def titled(*titles: str) -> Catalog:
    return Catalog([Item(item_id=f"i{i}", domain="film", title=title) for i, title in enumerate(titles)])


def test_scores_equal_bm25_by_hand() -> None:
    scores = LexicalIndex(titled("heat", "wild river", "rain")).scores("heat")
    # Titles count twice: documents of 2, 4 and 2 words; Lucene's idf without the factor k1 + 1; k1 1.5, b 0.75.
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    length = 2 / ((2 + 4 + 2) / 3)
    assert scores == pytest.approx([idf * 2 / (2 + 1.5 * (1 - 0.75 + 0.75 * length)), 0, 0], rel=1e-5)


@pytest.mark.parametrize("word", ["Alien", "AMELIE", "Amélie", "Tarkovsky", "whimsical", "grief", "Soviet", "russian"])
def test_every_field_is_found_without_case_and_accents(small_catalog: Catalog, word: str) -> None:
    scores = LexicalIndex(small_catalog).scores(f"something with {word}")
    found = {item.item_id for item, score in zip(small_catalog, scores, strict=True) if score > 0}
    french = {"AMELIE", "Amélie", "whimsical"}
    assert found == {"alien-1979" if word == "Alien" else "amelie-2001" if word in french else "solaris-1972"}


@pytest.mark.parametrize("text", ["", "   ", "?!", "zyzzyva", "zyzzyva qwertz"])
def test_a_text_without_a_known_word_scores_nothing(small_catalog: Catalog, text: str) -> None:
    assert LexicalIndex(small_catalog).scores(text).tolist() == [0.0] * 6


def test_a_rare_word_counts_more_than_a_common_one(small_catalog: Catalog) -> None:
    scores = LexicalIndex(small_catalog).scores("space grief")
    assert small_catalog.at(int(np.argmax(scores))).item_id == "solaris-1972"


def test_an_item_without_words_is_indexed_too() -> None:
    assert LexicalIndex(titled("…", "heat")).scores("heat")[0] == 0.0
