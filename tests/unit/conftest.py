"""What unit tests share: extractors over small catalogues, ratings, texts to index, and a server of files."""

import http.server
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from palate.bot.understanding import PreferenceExtractor
from palate.retrieval.catalog import Catalog
from palate.retrieval.encoder import Encoder, Vectors
from palate.retrieval.items import Item
from palate.retrieval.rating_columns import RatingColumns
from palate.retrieval.ratings_import import RatingsImport
from palate.retrieval.titles import TitleLinker


def _item(domain: str, title: str, year: int, genres: str, **facts: Any) -> Item:
    item_id = f"{title.lower().replace(' ', '-')}-{year}"
    return Item(item_id=item_id, domain=domain, title=title, year=year, genres=tuple(genres.split("|")), **facts)


def _english_film(title: str, year: int, genres: str, **facts: Any) -> Item:
    return _item("film", title, year, genres, **{"runtime_min": 110, "language": "English", **facts})


def _english_book(title: str, year: int, genres: str, author: str = "", **facts: Any) -> Item:
    people = {"author": (author,)} if author else {}
    return _item("book", title, year, genres, **{"pages": 300, "language": "English", "people": people, **facts})


def _extractor_of(*items: Item) -> PreferenceExtractor:
    catalog = Catalog(items)
    return PreferenceExtractor(catalog, TitleLinker(catalog))


@pytest.fixture
def extractor_of() -> Callable[..., PreferenceExtractor]:
    """Return what makes an extractor over the items given."""
    return _extractor_of


@pytest.fixture(scope="module")
def extractor() -> PreferenceExtractor:
    """Ten films."""
    film = partial(_item, "film")
    people = {"director": ("Michael Mann",), "cast": ("Al Pacino", "Robert De Niro")}
    return _extractor_of(
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


@pytest.fixture(scope="module")
def library() -> PreferenceExtractor:
    """Films and books."""
    film, book = _english_film, _english_book
    return _extractor_of(
        film("Dune", 1984, "science fiction|adventure", people={"director": ("David Lynch",)}, themes=("desert",)),
        film("Emma", 1996, "comedy|romance", country="United Kingdom", people={"cast": ("Julie Christie",)}),
        film("Ran", 1985, "war|drama|history", language="Japanese", country="Japan",
             people={"director": ("Akira Kurosawa",)}),
        film("Jaws", 1975, "thriller|horror", country="United States", people={"director": ("Steven Spielberg",)}),
        film("Up", 2009, "animation|family|comedy", themes=("young children", "old age")),
        film("Contact", 1997, "science fiction|mystery", themes=("aliens", "politics"), moods=("thought-provoking",)),
        film("Amelie", 2001, "romance|comedy", language="French", country="France", moods=("whimsical",)),
        film("La Strada", 1954, "drama|crime|biography", language="Italian", country="Italy", themes=("superheroes",)),
        film("Network", 1976, "drama|western|film noir|documentary", moods=("satirical", "violent")),
        film("Rushmore", 1998, "comedy|family", people={"director": ("Wes Anderson",)}, themes=("nature",)),
        book("Dune", 1965, "fiction|science fiction|adventure", "Frank Herbert", themes=("desert",)),
        book("Emma", 1815, "fiction|classic|romance|comedy", "Jane Austen", country="United Kingdom"),
        book("The Dispossessed", 1974, "fiction|science fiction", "Ursula K. Le Guin", themes=("politics",)),
        book("The Hobbit", 1937, "fiction|fantasy|children", "J. R. R. Tolkien", themes=("young children",)),
        book("A Game of Thrones", 1996, "fiction|fantasy|dystopian", "George R. R. Martin"),
        book("Cosmos", 1980, "non-fiction|science", "Carl Sagan"),
        book("War and Peace", 1869, "fiction|classic|historical fiction|war", "Leo Tolstoy", language="Russian"),
        book("Sheltering", 1985, "fiction|literary fiction|drama", "Gabriel García Márquez", language="Spanish"),
        book("Poirot", 1934, "fiction|mystery|crime|thriller", "Agatha Christie"),
        book("Marple", 1950, "fiction|mystery|crime|play", "Agatha Christie"),
        book("Night Thoughts", 2005, "non-fiction|memoir|biography|history", "Joan Didion", themes=("grief",)),
        book("Panels", 1990, "graphic novel|satire|fiction|family", "Alan Moore", themes=("superheroes", "nature")),
        book("Cold Facts", 1966, "non-fiction|true crime", "Truman Capote", country="United States"),
        book("Verses", 1956, "poetry|short stories|essays|young adult|psychology", "Sylvia Plath"),
        book("Three Body", 2006, "fiction|science fiction|horror", "Liu Cixin", themes=("aliens",), country="China"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> PreferenceExtractor:
    """Headphones with columns of their own."""

    def thing(n: int, brand: str, colour: str, **numbers: float) -> Item:
        extra = {"brand": (brand,), "colour": (colour,), **numbers}
        return Item(item_id=str(n), domain="headphones", title=f"Model Q{n}", extra=extra)

    return _extractor_of(
        thing(1, "Acme", "black", list_price=19.5, average_rating=4.5, ratings_count=900, weight=1.5),
        thing(2, "Zeta Audio", "sky blue", list_price=60.0, average_rating=3.5, ratings_count=10, weight=0.5),
        thing(3, "Next", "red", list_price=40.0, average_rating=4.0, ratings_count=50, weight=2.5),
        thing(4, "A", "black", list_price=5.0, average_rating=2.0, ratings_count=5, weight=0.1),
    )


@pytest.fixture
def rated_catalog() -> Catalog:
    """Three films and a book of the same title as one of them."""
    return Catalog(
        [
            Item(item_id="heat", domain="film", title="Heat", year=1995),
            Item(item_id="emma", domain="film", title="Emma", year=1996),
            Item(item_id="matrix", domain="film", title="The Matrix", year=1999),
            Item(item_id="emma-book", domain="book", title="Emma", year=1815),
        ]
    )


@pytest.fixture
def imported() -> Callable[..., RatingsImport]:
    """Return what writes a file of ratings and reads it."""

    def read(folder: Path, catalog: Catalog, text: str, name: str = "r.csv", **options: Any) -> RatingsImport:
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return RatingsImport(path, catalog, options.pop("columns", RatingColumns()), **options)

    return read


class CountingEncoder:
    """An encoder that counts the texts it was given."""

    def __init__(self, inner: Encoder, name: str = "words@1") -> None:
        self.inner, self.name, self.dim, self.n_texts = inner, name, inner.dim, 0

    def encode_items(self, texts: Sequence[str]) -> Vectors:
        self.n_texts += len(texts)
        return self.inner.encode_items(texts)

    encode_queries = encode_items

    def renamed(self, name: str) -> "CountingEncoder":
        """Return another that has counted none."""
        return CountingEncoder(self.inner, name)


@dataclass
class Text:
    """What an index asks of an item."""

    text: str


@dataclass
class Texts:
    """A catalogue of different texts, that can be interrupted at one of them."""

    count: int
    sha256: str = "abc"
    given: int | None = None
    interrupt_at: int = -1

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Text]:
        for i in range(self.count if self.given is None else self.given):
            if i == self.interrupt_at:
                raise KeyboardInterrupt
            yield Text(f"space {'comedy ' * (i % 7)} {'paris ' * (i % 11)} {'crime ' * (i % 13)}")


@pytest.fixture
def texts() -> type[Texts]:
    """Return what makes a catalogue of so many texts."""
    return Texts


@pytest.fixture
def encoder(word_encoder: Encoder) -> CountingEncoder:
    """Return an encoder of known words that counts."""
    return CountingEncoder(word_encoder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where an index goes."""
    return tmp_path / "index" / "one"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; a path below ``/flaky/`` breaks off the first time, one below ``/short/`` always."""

    broken: ClassVar[set[str]] = set()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        kind, _, name = self.path.strip("/").partition("/")
        if kind not in {"flaky", "short"}:
            super().do_GET()
            return
        content = (Path(self.directory) / name).read_bytes()
        breaks = kind == "short" or name not in self.broken
        self.broken.add(name)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if breaks else content)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """Serve a folder on this machine; give its address and the folder."""
    monkeypatch.setattr("time.sleep", lambda _: None)  # pooch waits between tries
    monkeypatch.setattr(Handler, "broken", set())
    folder = tmp_path / "site"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    thread.join()
    server.server_close()
