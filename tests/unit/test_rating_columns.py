import pytest
from palate.retrieval.errors import DataError
from palate.retrieval.rating_columns import RatingColumns, rating_columns


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["userId", "movieId", "rating", "timestamp"], ("userId", "movieId", "rating", "timestamp", "")),
        (["User-ID", "ISBN", "Book-Rating"], ("User-ID", "ISBN", "Book-Rating", "", "")),
        (["reviewerID", "asin", "overall", "title"], ("reviewerID", "asin", "overall", "", "")),
        (["id", "user", "item", "stars"], ("user", "item", "stars", "", "")),
        (["user", "title", "score"], ("user", "", "score", "", "title")),
    ],
)  # fmt: skip
def test_columns_are_guessed(columns: list[str], expected: tuple[str, ...]) -> None:
    assert rating_columns(columns, RatingColumns()) == RatingColumns(*expected)


@pytest.mark.parametrize(
    ("columns", "given", "message"),
    [
        (["a", "item", "rating"], RatingColumns(), "no column looks like the user; name it with --user-col"),
        (["user", "item", "b"], RatingColumns(), "no column looks like the rating; name it with --rating-col"),
        (["user", "c", "rating"], RatingColumns(), "no column looks like the item; name it with --item-col"),
        (["user", "item", "rating"], RatingColumns(time="when"), "--time-col when: there is no such column; there are"),
    ],
)
def test_a_missing_column_is_told_with_the_option(columns: list[str], given: RatingColumns, message: str) -> None:
    with pytest.raises(DataError, match=message):
        rating_columns(columns, given)
