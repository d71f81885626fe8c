"""How well titles are recognised: in the utterances of labelled dialogues, or among names with seeded errors.

The columns of the table say which: ``text``, ``movies``, ``movie_dict`` and ``text_with_placeholder`` are those of
INSPIRED (Hayati et al. 2020) as labelled again in INSPIRED2 (Manzoor and Jannach 2022), ``movieName`` is that of
ReDial (Li et al. 2018).
"""

from __future__ import annotations

import time
from pathlib import Path

from ..retrieval.catalog import Catalog
from ..retrieval.errors import DataError
from ..retrieval.tabular import BadRow, open_table
from ..retrieval.titles import TitleLinker
from .linking_dialogues import COLUMNS, dialogue_report
from .linking_names import name_report
from .report import Report

_NAME = "movieName"


def linking(linker: TitleLinker, catalog: Catalog, data: Path, *, seed: int) -> Report:
    """Evaluate a linker on a table of dialogues or of names; its columns tell which it is.

    Raises:
        DataError: The table cannot be read, is of neither kind, or has no rows.
    """
    begun = time.perf_counter()
    table = open_table(data)
    rows = [
        {name: str(value or "") for name, value in found[1].items()}
        for found in table.rows()
        if not isinstance(found, BadRow)
    ]
    if rows and COLUMNS.issubset(table.columns):
        report = dialogue_report(linker, catalog, rows, seed=seed)
    elif rows and _NAME in table.columns:
        report = name_report(linker, catalog, [row[_NAME] for row in rows], seed=seed)
    else:
        raise DataError(
            f"{data} has no rows with the columns {', '.join(sorted(COLUMNS))} (dialogues) or {_NAME} (names); "
            "give a table of one of these kinds"
        )
    report.data = {"file": data.name, "items": len(catalog), "catalog_sha256": catalog.sha256, **report.data}
    report.elapsed_s = time.perf_counter() - begun
    return report
