import json
from pathlib import Path

import pytest
from palate.retrieval.profiles import Profile, guess_columns, guess_domain, is_noise, recognise
from palate.retrieval.tabular import BadRow, Record, open_table

REAL = Path(__file__).parents[3] / "shared" / "data"
needs_real_data = pytest.mark.skipif(not REAL.is_dir(), reason=f"the public data sets are not in {REAL}")


def converted(folder: Path, name: str, content: str) -> tuple[Profile, list[Record]]:
    """Write a file and return its profile and its rows as catalogue rows."""
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return all_of(path)


def all_of(path: Path) -> tuple[Profile, list[Record]]:
    table = open_table(path)
    profile = recognise(table)
    assert profile is not None
    rows = list(table.rows())
    assert not [row for row in rows if isinstance(row, BadRow)]
    return profile, [profile.convert(row[1]) for row in rows if not isinstance(row, BadRow)]


def test_movielens_100k_gives_genres_by_flag_and_no_id_of_later_sets(tmp_path: Path) -> None:
    flags = "0|0|0|1|1|0|0|0|0|0|1|0|0|0|0|1|0|0|0"
    profile, (row, undated) = converted(
        tmp_path,
        "u.item",
        f"7|Long Night, The (1995) (V)|01-Jan-1996||http://x|{flags}\n8|Day|02-Feb-1997||http://y|{flags}\n",
    )
    assert (profile.name, profile.domain) == ("movielens-100k", "film")
    assert row == {
        "item_id": "7",
        "title": "The Long Night",
        "aliases": (),
        "year": 1995,
        "genres": ("animation", "family", "film noir", "science fiction"),
    }
    assert undated["year"] == 1997


def test_movielens_1m_and_later_give_the_same_row(tmp_path: Path) -> None:
    _, old = converted(tmp_path, "movies.dat", "7::Long Night, The (Longue nuit, La) (1995)::Sci-Fi|Children's\n")
    profile, new = converted(
        tmp_path, "movies.csv", 'movieId,title,genres\n7,"Long Night, The (Longue nuit, La) (1995)",Sci-Fi|Children\n'
    )
    assert profile.name == "movielens"
    assert old == new
    assert new == [
        {
            "item_id": "7",
            "movielens_id": "7",
            "title": "The Long Night",
            "aliases": ("La Longue nuit",),
            "year": 1995,
            "genres": ("science fiction", "family"),
        }
    ]


def test_no_genres_listed_is_no_genre(tmp_path: Path) -> None:
    _, (row,) = converted(tmp_path, "movies.csv", "movieId,title,genres\n7,Night,(no genres listed)\n")
    assert (row["genres"], row["year"]) == ((), None)


def test_columns_joined_to_movielens_are_understood_by_their_names(tmp_path: Path) -> None:
    header = "movieId,title,year,genres,imdbId,actors,plot,poster_url,price"
    _, rows = converted(
        tmp_path, "movies.csv", f"{header}\n7,Night (1995),1994,War,tt1,Ada,Dark.,http://x,3\n8,Day,1996,War,,,,,\n"
    )
    first, second = rows
    assert (first["cast"], first["synopsis"], first["imdbid"], first["price"]) == ("Ada", "Dark.", "tt1", "3")
    assert (first["item_id"], first["year"], second["year"]) == ("7", 1995, "1996")
    assert "poster_url" not in first


def test_redial_films_keep_their_mentions(tmp_path: Path) -> None:
    profile, (row,) = converted(tmp_path, "m.csv", "movieId,movieName,nbMentions\n7,Long Night  (1995),3\n")
    assert profile.name == "redial"
    assert row == {"item_id": "7", "title": "Long Night", "aliases": (), "year": 1995, "mentions": "3"}


def test_inspired_films_are_known_by_their_trailer(tmp_path: Path) -> None:
    header = "title\tyear\trating\tgenre\tactors\tdirector\tshort_plot\tlong_plot\tvideo_id"
    profile, (row,) = converted(
        tmp_path,
        "movie_database.tsv",
        f"{header}\nNight (1995)\t1995\t7.1\tDrama, Sci-Fi\tAda, Bob\tN/A\t\tLong.\txY-1\n",
    )
    assert profile.name == "inspired"
    assert row == {
        "item_id": "xY-1",
        "title": "Night",
        "aliases": (),
        "year": "1995",
        "genres": ("drama", "science fiction"),
        "directors": (),
        "cast": ("Ada", "Bob"),
        "synopsis": "Long.",
        "rating": "7.1",
    }


def names(*given: str) -> str:
    return json.dumps([{"id": 1, "name": name} for name in given])


def test_tmdb_lists_and_codes_become_names(tmp_path: Path) -> None:
    row: dict[str, object] = {
        "id": 7, "title": "Night", "original_title": "Nuit", "overview": "Dark.",
        "genres": names("Science Fiction", "Foreign"),
        "keywords": names("Space", "Paris"), "release_date": "1995-02-01", "runtime": "90.0", "original_language": "fr",
        "production_countries": names("United States of America", "France"), "production_companies": "",
        "homepage": "http://x", "status": "Released", "budget": "0", "vote_average": "6.5",
    }  # fmt: skip
    profile, (film,) = converted(tmp_path, "t.jsonl", json.dumps(row) + "\n")
    assert profile.name == "tmdb-5000"
    assert film == {
        "item_id": "7", "title": "Night", "original_title": "Nuit", "year": "1995", "genres": ("science fiction",),
        "themes": ("space", "paris"), "country": "United States", "countries": ("United States", "France"),
        "studios": (), "language": "French", "runtime_min": "90", "budget": "", "revenue": "", "synopsis": "Dark.",
        "vote_average": "6.5",
    }  # fmt: skip


BOOKS = (
    "book_id,goodreads_book_id,best_book_id,isbn,isbn13,authors,original_publication_year,original_title,title,"
    "language_code,average_rating,ratings_count,ratings_5,image_url"
)


def test_goodbooks_parts_title_and_series_and_splits_authors(tmp_path: Path) -> None:
    profile, (book, bare) = converted(
        tmp_path,
        "books.csv",
        f'{BOOKS}\n7,70,71,123,9.7e+12,"Ada Lovelace, Bob",-750.0,,"Engines (Engine, #1; World, #2)",en-US,4.1,99,5,u\n'
        "8,80,81,,,Ada,,Enough (Almost),Enough (Almost),,4.0,9,5,u\n",
    )
    assert (profile.name, profile.domain) == ("goodbooks-10k", "book")
    assert book == {
        "item_id": "7", "title": "Engines", "original_title": "Engines", "year": "-750",
        "authors": ("Ada Lovelace", "Bob"), "language": "English", "series": "Engine", "goodreads_book_id": "70",
        "isbn": "123", "average_rating": "4.1", "ratings_count": "99",
    }  # fmt: skip
    assert (bare["title"], bare["series"], bare["language"]) == ("Enough (Almost)", "", "")


def test_an_unknown_table_has_no_profile(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("sku,name\n1,Lamp\n")
    assert recognise(open_table(path)) is None


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["asin", "title", "description"], {"item_id": "asin", "title": "title", "synopsis": "description"}),
        (["Movie_ID", "Film Title", "Year"], {"item_id": "Movie_ID", "title": "Film Title", "year": "Year"}),
        (["track_id", "track_name", "artist"], {"item_id": "track_id", "title": "track_name", "artists": "artist"}),
        (["id", "name", "num_pages"], {"item_id": "id", "title": "name", "pages": "num_pages"}),
        (["item_id", "id", "title"], {"item_id": "item_id", "title": "title"}),
        (["price", "weight"], {}),
    ],
)  # fmt: skip
def test_columns_are_guessed_by_their_names(columns: list[str], expected: dict[str, str]) -> None:
    assert guess_columns(columns) == expected


@pytest.mark.parametrize(
    ("columns", "domain"),
    [
        (["movieId", "title"], "film"),
        (["id", "title", "director", "author"], "item"),
        (["isbn", "title", "publisher", "cast"], "book"),
        (["track_id", "artist_name"], "music"),
        (["sku", "name", "price"], "item"),
        ([], "item"),
    ],
)
def test_the_domain_is_guessed_by_the_words_of_the_columns(columns: list[str], domain: str) -> None:
    assert guess_domain(columns) == domain


@pytest.mark.parametrize("column", ["imageUrl", "small_image_url", "poster", "unnamed_1", "Unnamed: 0"])
def test_addresses_and_row_numbers_are_noise(column: str) -> None:
    assert is_noise(column)


@pytest.mark.parametrize("column", ["discovered", "curl", "coverage", "title", "blurb"])
def test_words_that_merely_hold_such_a_word_are_not(column: str) -> None:
    assert not is_noise(column)


@needs_real_data
@pytest.mark.parametrize(
    ("name", "profile", "n_rows", "n_undated"),
    [
        ("ml-100k/u.item.gz", "movielens-100k", 1682, 1),
        ("ml-1m/movies.dat.gz", "movielens", 3883, 0),
        ("ml-latest-small/movies.csv.gz", "movielens", 9742, 12),
        ("ml-latest-titles/movies.csv.gz", "movielens", 58_057, 325),
        ("goodbooks-10k/books.csv.gz", "goodbooks-10k", 10_000, 21),
        ("redial/movies_with_mentions.csv.gz", "redial", 6924, 616),
        ("tmdb5000/tmdb_5000_movies.csv.gz", "tmdb-5000", 4803, 1),
    ],
)
def test_the_public_files_are_recognised_and_every_row_has_an_id_and_a_title(
    name: str, profile: str, n_rows: int, n_undated: int
) -> None:
    found, rows = all_of(REAL / name)
    assert found.name == profile
    assert len({row["item_id"] for row in rows}) == n_rows
    assert all(row["title"] for row in rows)
    assert sum(not row["year"] for row in rows) <= n_undated
