"""The first look, on the real model: a clear taste lifts the titles of its kind, and only learning does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from palate.adapters.start import load_start, shipped_folder
from palate.bot.factory import Foundation, assemble
from palate.bot.recommender import ConversationalRecommender
from palate.eval.first_look import first_look, read_tastes
from palate.eval.report import Report


@pytest.fixture(scope="module")
def report(foundation: Foundation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    home: Path = tmp_path_factory.mktemp("first-look")
    settings = foundation.settings.model_copy(update={"home": home, "chat_model": "none"})
    made: ConversationalRecommender = assemble(
        replace(foundation, settings=settings), load_start(shipped_folder(), foundation.blocks)
    )
    yield first_look(made, read_tastes(None), seed=0)
    made.parts.database.close()


def test_the_held_back_titles_of_the_loved_kind_rise(report: Report) -> None:
    value = {row.name: row.metrics["pairwise_accuracy"].value for row in report.rows}
    assert value["after"] >= 0.75
    assert value["after"] - value["before"] >= 0.15


def test_the_weights_move_and_without_learning_nothing_does(report: Report) -> None:
    rows = {row.name: row.metrics for row in report.rows}
    assert rows["after"]["moved"].value > 0
    assert rows["no_learn"]["pairwise_accuracy"] == rows["before"]["pairwise_accuracy"]
    assert report.counts["changed_without_learning"] == 0


def test_at_least_ten_tastes_are_looked_at(report: Report) -> None:
    assert report.counts["tastes"] >= 10
    assert all(goal.met for goal in report.goals)
