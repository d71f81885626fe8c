import gzip
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from palate.eval.cli import run
from palate.eval.tallrec import N_DRAWS, draws_of, learn_weights, tallrec
from palate.eval.tallrec_books import WordSimilarity, book_evidence
from palate.eval.tallrec_factors import fit_verdict_factors
from palate.eval.tallrec_figures import Judged, auc, rows_of
from palate.eval.tallrec_films import FilmLinker, film_evidence, read_in_order, windows
from palate.eval.tallrec_parts import scores_of
from palate.eval.tallrec_prompts import Prompt, parse_input, people_of, read_prompts
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings
from sklearn.metrics import roc_auc_score

REAL = Path(__file__).parents[3] / "shared" / "data"
FILMS = REAL / "tallrec" / "movie_valid.jsonl.gz"
needs_real_data = pytest.mark.skipif(not FILMS.exists(), reason=f"TALLRec's prompts are not in {REAL}")
NAMES = [first + second + "x" for first in "bcdfghklmp" for second in "aeiouywrnt"]
TITLES = tuple(f"Film {name} ({year})" for name in NAMES for year in (1980, 1990))


def line(prompt: Prompt) -> str:
    liked, disliked = (", ".join(f'"{title}"' for title in side) for side in (prompt.liked, prompt.disliked))
    asked = f'Whether the user will like the target movie "{prompt.target}"?'
    told = f"User Preference: {liked}\nUser Unpreference: {disliked}\n{asked}"
    return json.dumps({"instruction": "", "input": told, "output": "Yes." if prompt.answer else "No."})


def sliding(person: int, n: int = 20) -> list[Prompt]:
    """One person's windows: even persons like films of 1980, odd ones those of 1990, one verdict in seven turned."""
    rng = np.random.default_rng(person)
    order = [TITLES[i] for i in rng.choice(len(TITLES), n + 10, replace=False)]
    liked = [title.endswith("1980)") == (person % 2 == 0) != (rng.random() < 1 / 7) for title in order]
    made = []
    for i in range(n):
        told = list(zip(order[i : i + 10], liked[i : i + 10], strict=True))
        sides = (tuple(title for title, verdict in told if verdict is side) for side in (True, False))
        made.append(Prompt("film", *sides, order[i + 10], liked[i + 10]))
    return made


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A world of 200 films in which taste is all about the year."""
    for folder in ("ml-1m", "ml-latest-small", "tallrec"):
        (tmp_path / folder).mkdir()
    films = [f"{i + 1}::{title}::Drama" for i, title in enumerate(TITLES)]
    rows = []
    for person in range(60):
        for time, i in enumerate(np.random.default_rng(100 + person).permutation(len(TITLES))[:60]):
            liked = TITLES[i].endswith("1980)") == (person % 2 == 0)
            rows.append(f"{person + 1},{i + 1},{5 if liked else 2},{time}")
    ratings = "\n".join(("userId,movieId,rating", *(row.rpartition(",")[0] for row in rows)))
    prompts = "\n".join(line(prompt) for person in range(8) for prompt in sliding(person))
    for name, text in (
        ("ml-1m/movies.dat.gz", "\n".join(films)),
        ("ml-1m/ratings_no_timestamp.csv.gz", ratings),
        ("ml-latest-small/ratings.csv.gz", "\n".join(("userId,movieId,rating,timestamp", *rows))),
        ("tallrec/movie_valid.jsonl.gz", prompts),
    ):
        with gzip.open(tmp_path / name, "wt", encoding="utf-8") as file:
            file.write(text + "\n")
    return tmp_path


def test_a_prompt_of_books_keeps_authors_and_quotation_marks() -> None:
    told = 'User Preference: \nUser Unpreference: ""A" and B (Series, Book 1)" written by X Y, "C, D" written by Z\n'
    asked = told + 'Whether the user will like the target book ""E" written by Z, Jr."?'
    assert parse_input(asked, answer=False) == Prompt(
        "book", (), ('A" and B (Series, Book 1) by X Y', "C, D by Z"), "E by Z, Jr.", False
    )


@pytest.mark.parametrize("bad", ["{", '{"input": "Hello", "output": "Yes."}', '{"input": 3, "output": "Maybe"}'])
def test_a_line_that_is_no_prompt_is_named(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "prompts.jsonl"
    path.write_text(line(sliding(0)[0]) + "\n" + bad + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"prompts.jsonl, line 2.*give TALLRec's columns"):
        read_prompts(path)


def test_an_empty_file_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    for name in ("empty.jsonl", "missing.jsonl"):
        with pytest.raises(DataError, match=name):
            read_prompts(tmp_path / name)


def test_windows_of_one_person_are_found_together() -> None:
    prompts = [prompt for person in range(4) for prompt in sliding(person)]
    people = people_of(prompts)
    assert people.reshape(4, 20).tolist() == [[person] * 20 for person in range(4)]


def test_nobody_is_taught_from_and_reported_on() -> None:
    people = np.repeat(np.arange(6), 20)
    draws = draws_of(people, len(people), most=30, seed=3)
    assert len(draws) == N_DRAWS
    assert all(not set(people[d.shots]) & set(people[d.reported]) and len(d.shots) == 30 for d in draws)
    assert any((a.shots != b.shots).any() for a, b in pairwise(draws))


def test_with_a_test_file_shots_come_from_other_people_first() -> None:
    people = np.array([0] * 10 + [1] * 10 + [1] * 5)
    draws = draws_of(people, 20, most=10, seed=0)
    assert all((d.reported == np.arange(20, 25)).all() and set(people[d.shots]) == {0} for d in draws)


def test_more_shots_than_prompts_are_refused() -> None:
    with pytest.raises(DataError, match=r"20 prompts are left to learn from, 21 shots"):
        draws_of(np.repeat([0, 1], 20), 40, most=21, seed=0)


def test_shots_move_weights_from_the_prior_the_more_the_more_they_are() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(256, 2))
    answers = features @ np.array([-1.0, 1.0]) + rng.logistic(size=256) > 0
    prior = np.array([1.0, 1.0])
    moved = [learn_weights(features[:k], answers[:k], prior)[0] for k in (0, 16, 256)]
    assert moved[0] == 1.0 > moved[1] > moved[2]
    assert abs(moved[1] - 1.0) < 0.3
    assert learn_weights(features, answers, prior, freedom=100.0) == pytest.approx([-1.0, 1.0], abs=0.4)


def test_the_area_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    scores, answers = rng.integers(0, 5, 50).astype(float), rng.random(50) < 0.4
    assert auc(scores, answers) == pytest.approx(roc_auc_score(answers, scores))


def test_the_figure_of_a_person_is_blind_to_the_difference_between_people() -> None:
    answers = np.array([True] * 8 + [False] * 2 + [True] * 2 + [False] * 8)
    people = np.repeat([0, 1], 10)
    judged = Judged(answers, people, {("like_share", None): 1.0 - people, ("sum", 16): answers * 1.0})
    share, total, difference = rows_of([judged], seed=0)
    assert (share.metrics["auc"].value, share.metrics["person_auc"].value) == (0.8, 0.5)
    assert (total.metrics["auc"].value, total.metrics["person_auc"].value) == (1.0, 1.0)
    assert (difference.name, difference.k, difference.metrics["person_auc"].value) == ("sum-like_share", 16, 0.5)


def test_factors_tell_who_likes_which_kind() -> None:
    rng = np.random.default_rng(0)
    people = []
    for person in range(200):
        rows = rng.permutation(20)[:12]
        people.append((rows, np.where(rows % 2 == person % 2, 1.0, -1.0)))
    factors = fit_verdict_factors(people, 20, n_factors=2)
    person = factors.person(np.array([0, 1]), np.array([1.0, -1.0]))
    expected = factors.mean + factors.loadings @ person
    assert (expected[2::2] > 0.5).all()
    assert (expected[3::2] < -0.5).all()
    assert factors.person(np.array([], dtype=np.int64), np.array([])) == pytest.approx([0.0, 0.0])


def test_titles_are_linked_with_their_year() -> None:
    catalog = Catalog(
        [
            Item(item_id="ml-1", domain="film", title="The Postman", year=1994),
            Item(item_id="ml-2", domain="film", title="Conan the Barbarian", year=1982),
        ]
    )
    rows = [FilmLinker(catalog).row(title) for title in ("Postino, Il (The Postman) (1994)", "Postman, The (1997)")]
    assert (rows, FilmLinker(catalog).row("Conan the Barbarian (1981)")) == ([0, None], 1)


def test_windows_keep_the_order_of_time_and_split_above_three_stars() -> None:
    catalog = Catalog([Item(item_id=f"f{i}", domain="film", title=f"F{i}", year=2000) for i in range(11)])
    stars = np.array([3.0, 3.5, *[5.0] * 8, 2.0])
    (made,) = windows([UserRatings(1, np.arange(11), stars)], catalog, seed=0)
    assert (made.liked[0], made.disliked, made.target, made.answer) == (
        "F1 (2000)",
        ("F0 (2000)",),
        "F10 (2000)",
        False,
    )


def test_ratings_are_read_in_the_order_of_their_times(tmp_path: Path) -> None:
    catalog = Catalog([Item(item_id=f"f{i}", domain="film", title=f"F{i}", movielens_id=i) for i in (1, 2)])
    path = tmp_path / "ratings.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write("userId,movieId,rating,timestamp\n1,2,4.0,50\n1,1,0.5,7\n1,9,3.0,1\n")
    (user,) = read_in_order(path, catalog)
    assert (user.rows.tolist(), user.stars.tolist()) == ([0, 1], [0.5, 4.0])
    with pytest.raises(DataError, match="give the folder that holds ml-latest-small"):
        read_in_order(tmp_path / "missing.csv.gz", catalog)


def test_answers_do_not_reach_what_is_known_before_the_shots(data_dir: Path) -> None:
    prompts = sliding(0)
    turned = [Prompt(p.domain, p.liked, p.disliked, p.target, not p.answer) for p in prompts]
    one, other = (film_evidence(data_dir, told, seed=0) for told in (prompts, turned))
    assert (one.weights == other.weights).all()
    assert (one.features(prompts) == other.features(turned)).all()
    assert one.linked == 1.0


def test_the_sum_sees_a_taste_that_the_share_of_likes_cannot(data_dir: Path) -> None:
    report = tallrec(data_dir, shots=(16, 64))
    found = {(row.name, row.k): row.metrics["person_auc"].value for row in report.rows}
    assert found["sum", 64] > 0.75
    assert found["like_share", None] < 0.65
    assert report.counts["people"] == 8
    assert [(goal.row, goal.k) for goal in report.goals] == [("sum", 64)]
    assert tallrec(data_dir, shots=(16, 64)).rows == report.rows


def test_a_further_part_is_a_row_and_is_weighed(data_dir: Path) -> None:
    class Oracle:
        def score(self, liked_titles: Sequence[str], disliked_titles: Sequence[str], target: str) -> float:
            olds = sum(title.endswith("1980)") for title in liked_titles) / max(1, len(liked_titles))
            return olds if target.endswith("1980)") else 1.0 - olds

    report = tallrec(data_dir, shots=(16,), others={"lm": Oracle()})
    assert ("lm", None) in [(row.name, row.k) for row in report.rows]
    assert report.data["prior_weights"]["lm"] > 0.1


def test_a_test_file_is_reported_on_and_names_its_domain(data_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    path.write_text("\n".join(line(prompt) for prompt in sliding(20)), encoding="utf-8")
    report = tallrec(data_dir, shots=(16,), test=path)
    assert (report.counts["reported"], report.counts["people_also_in_valid"]) == (20, 0)
    with pytest.raises(DataError, match="is of the domain film, not book"):
        tallrec(data_dir, test=path, domain="book")
    with pytest.raises(DataError, match="the domain songs is not known"):
        tallrec(data_dir, domain="songs")


def test_the_command_writes_json_and_names_bad_shots(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tallrec", "--data-dir", str(data_dir), "--shots", "16", "--no-lm", "--json"]) == 0
    assert {row["name"] for row in json.loads(capsys.readouterr().out)["rows"]} >= {"sum", "like_share", "item_mean"}
    assert run(["tallrec", "--data-dir", str(data_dir), "--shots", "16,many"]) == 3
    assert "'16,many' are not numbers of shots" in capsys.readouterr().err


def test_books_are_told_by_share_author_words_and_mean_rating(tmp_path: Path) -> None:
    (tmp_path / "goodbooks-10k").mkdir()
    with gzip.open(tmp_path / "goodbooks-10k" / "books.csv.gz", "wt") as file:
        file.write(
            'title,authors,average_rating,ratings_count\n"Dune (Dune, #1)",Frank Herbert,4.2,100\nIt,S King,3.8,10\n'
        )
    prompts = [
        Prompt("book", ("Dune by FRANK HERBERT",), (), "It (Signet) by Stephen King", True),
        Prompt("book", (), ("It by Stephen King",), "Dune (Ace) by Frank Herbert", False),
    ]
    evidence = book_evidence(tmp_path, prompts)
    assert scores_of(evidence.controls["item_mean"], prompts) == pytest.approx([-0.2, 0.2])
    assert scores_of(evidence.parts["popularity"], prompts) == pytest.approx([1.0, 2.0])
    assert (evidence.linked, evidence.features(prompts).shape) == (1.0, (2, 5))


def test_words_shared_with_books_liked_raise_and_with_books_disliked_lower() -> None:
    words = WordSimilarity(["Sea Wolf by A", "Sea Storm by B", "Garden Herbs by C"])
    likes = words.score(["Sea Wolf by A"], [], "Sea Storm by B"), words.score([], ["Sea Wolf by A"], "Sea Storm by B")
    assert likes[0] > 0 > likes[1] == -likes[0]
    assert words.score([], [], "Sea Storm by B") == 0.0


@needs_real_data
def test_the_real_films_are_of_fourteen_people_and_nearly_all_linked() -> None:
    from palate.retrieval.movielens import movielens_catalog

    prompts = read_prompts(FILMS)
    assert (len(prompts), sum(prompt.answer for prompt in prompts), len(set(people_of(prompts)))) == (1000, 658, 14)
    assert {len(prompt.liked) + len(prompt.disliked) for prompt in prompts} == {10}
    linker = FilmLinker(movielens_catalog(REAL))
    titles = {title for p in prompts for title in (*p.liked, *p.disliked, p.target)}
    assert sum(linker.row(title) is not None for title in titles) > 0.99 * len(titles)
