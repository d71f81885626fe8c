"""What the tests of understanding share: an extractor over ten films."""

import pytest
from palate.bot.understanding import PreferenceExtractor
from palate.retrieval.catalog import Catalog
from palate.retrieval.items import Item
from palate.retrieval.titles import TitleLinker


def film(title: str, year: int, genres: str, **facts: object) -> Item:
    item_id = f"{title.lower().replace(' ', '-')}-{year}"
    return Item(item_id=item_id, domain="film", title=title, year=year, genres=tuple(genres.split("|")), **facts)  # type: ignore[arg-type]  # facts are those of an item


def extractor_of(*items: Item) -> PreferenceExtractor:
    catalog = Catalog(items)
    return PreferenceExtractor(catalog, TitleLinker(catalog))


@pytest.fixture(scope="module")
def extractor() -> PreferenceExtractor:
    people = {"director": ("Michael Mann",), "cast": ("Al Pacino", "Robert De Niro")}
    return extractor_of(
        film("Heat", 1995, "crime|drama", people=people, language="English", country="United States",
             themes=("heist", "bank robbery"), moods=("dark", "slow-burning")),
        film("Alien", 1979, "science fiction|horror", themes=("space",), moods=("scary",)),
        film("Titanic", 1997, "romance|drama", moods=("sad", "romantic")),
        film("Blade Runner", 1982, "science fiction|thriller", moods=("dark",), country="United States"),
        film("Airplane", 1980, "comedy", moods=("funny",)),
        film("Grease", 1978, "musical|romance|comedy", moods=("feel-good",)),
        film("Spirited Away", 2001, "animation|family|fantasy", language="Japanese", country="Japan"),
        film("Parasite", 2019, "thriller|mystery", language="Korean", country="South Korea", moods=("violent",)),
        film("Amélie", 2001, "romance|comedy", language="French", country="France", themes=("superheroes",)),
        film("Shane", 1953, "western|action|war", people={"director": ("George Stevens",)}),
    )  # fmt: skip
