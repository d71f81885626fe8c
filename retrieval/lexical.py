"""Words to items: BM25 over titles, people, genres, themes and synopses (the package bm25s)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import bm25s
import numpy as np
from numpy.typing import NDArray

from .catalog import Catalog
from .items import Item

_WORD = re.compile(r"\w+")


class LexicalIndex:
    """BM25 (Robertson and Zaragoza, 2009) over the words of each item; built in memory from the catalogue.

    Examples:
        >>> heat = Item(item_id="heat", domain="film", title="Heat", people={"director": ("Michael Mann",)})
        >>> m = Item(item_id="m", domain="film", title="M", people={"director": ("Fritz Lang",)})
        >>> LexicalIndex(Catalog([heat, m])).scores("a film by Lang").round(1).tolist()[0]
        0.0
    """

    def __init__(self, catalog: Catalog) -> None:
        self._size = len(catalog)
        self._index = bm25s.BM25()
        self._index.index([_words(_document(item)) or [""] for item in catalog], show_progress=False)

    def scores(self, text: str) -> NDArray[np.float64]:
        """Return the BM25 score of every item, shape ``(n_items,)``, 0 where no word occurs."""
        words = [word for word in _words(text) if word in self._index.vocab_dict]
        if not words:
            return np.zeros(self._size)
        return np.asarray(self._index.get_scores(words), dtype=np.float64)


def _document(item: Item) -> str:
    fields: Sequence[str] = (
        item.title, item.title, item.original_title, " ".join(item.genres), " ".join(item.names),
        " ".join(item.moods), " ".join(item.themes), item.country, item.language, item.series, item.synopsis,
    )  # fmt: skip
    return " ".join(fields)


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(c for c in folded if not unicodedata.combining(c)))
