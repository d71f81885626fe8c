"""The public data sets that can be fetched: where their authors publish them, and under which terms.

None of them ships with Palate.
"""

from __future__ import annotations

from dataclasses import dataclass

from .errors import DataError


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a data set.

    Args:
        url: The authors' address; its last part is the name of the file.
        md5: The checksum that the authors publish for it, or empty.
        md5_url: Where they publish the checksum of a file that changes, or empty.
    """

    url: str
    md5: str = ""
    md5_url: str = ""

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.url.rsplit("/", 1)[1]


@dataclass(frozen=True, slots=True)
class DataSet:
    """A public data set.

    Args:
        name: The name to fetch it by; also the folder it comes into.
        title: What it is.
        homepage: The authors' page.
        files: What is fetched; ZIP archives are unpacked.
        licence: The terms in short; the files themselves hold them in full.
        citation: What its authors ask to be cited.
        items: The file of items, for ``palate catalog build``.
        ratings: The file of ratings, for ``palate ratings import``, or empty.
        largest: The most bytes that it may take once unpacked.
    """

    name: str
    title: str
    homepage: str
    files: tuple[RemoteFile, ...]
    licence: str
    citation: str
    items: str
    ratings: str = ""
    largest: int = 100_000_000


_GROUPLENS = "https://files.grouplens.org/datasets/movielens"
_ML_CITATION = (
    "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ACM Transactions on "
    "Interactive Intelligent Systems 5(4), article 19. https://doi.org/10.1145/2827872"
)
_ML_TERMS = (
    "Research use. Acknowledge the data set in publications; state or imply no endorsement by the University of "
    "Minnesota or GroupLens; no commercial use without permission; no warranty. "
)
_NO_REDISTRIBUTION = _ML_TERMS + "No redistribution without separate permission."
_SAME_CONDITIONS = _ML_TERMS + "Redistribution only under these same conditions."
_GOODBOOKS = "https://raw.githubusercontent.com/zygmuntz/goodbooks-10k/master"
_INSPIRED = "https://raw.githubusercontent.com/sweetpeach/Inspired/master/data"

_ALL = (
    DataSet(
        name="ml-100k", title="MovieLens 100K: 100,000 ratings of 1,682 films by 943 people",
        homepage="https://grouplens.org/datasets/movielens/100k/",
        files=(RemoteFile(f"{_GROUPLENS}/ml-100k.zip", md5="0e33842e24a9c977be4e0107933c0723"),),
        licence=_NO_REDISTRIBUTION, citation=_ML_CITATION, items="u.item", ratings="u.data",
    ),
    DataSet(
        name="ml-1m", title="MovieLens 1M: 1,000,209 ratings of 3,706 films by 6,040 people",
        homepage="https://grouplens.org/datasets/movielens/1m/",
        files=(RemoteFile(f"{_GROUPLENS}/ml-1m.zip", md5="c4d9eecfca2ab87c1945afe126590906"),),
        licence=_NO_REDISTRIBUTION, citation=_ML_CITATION, items="movies.dat", ratings="ratings.dat",
    ),
    DataSet(
        name="ml-latest-small", title="MovieLens latest, small: about 100,000 ratings of 9,700 films by 610 people",
        homepage="https://grouplens.org/datasets/movielens/latest/",
        files=(RemoteFile(f"{_GROUPLENS}/ml-latest-small.zip", md5_url=f"{_GROUPLENS}/ml-latest-small.zip.md5"),),
        licence=_SAME_CONDITIONS, citation=_ML_CITATION, items="movies.csv", ratings="ratings.csv",
    ),
    DataSet(
        name="ml-latest", title="MovieLens latest: about 33,000,000 ratings of 86,000 films by 330,000 people",
        homepage="https://grouplens.org/datasets/movielens/latest/",
        files=(RemoteFile(f"{_GROUPLENS}/ml-latest.zip", md5_url=f"{_GROUPLENS}/ml-latest.zip.md5"),),
        licence=_SAME_CONDITIONS, citation=_ML_CITATION, items="movies.csv", ratings="ratings.csv",
        largest=8_000_000_000,
    ),
    DataSet(
        name="goodbooks-10k", title="goodbooks-10k: 6,000,000 ratings of 10,000 books by 53,000 people",
        homepage="https://github.com/zygmuntz/goodbooks-10k",
        files=tuple(RemoteFile(f"{_GOODBOOKS}/{name}.csv") for name in ("books", "ratings", "tags", "book_tags")),
        licence="CC BY-SA 4.0: share and adapt, also commercially, with credit and under the same licence.",
        citation="Zygmunt Zając. 2017. Goodbooks-10k: a new dataset for book recommendations. FastML. "
        "https://fastml.com/goodbooks-10k",
        items="books.csv", ratings="ratings.csv", largest=500_000_000,
    ),
    DataSet(
        name="redial", title="ReDial: 11,348 conversations in which films are recommended, and 6,924 films",
        homepage="https://redialdata.github.io/website/",
        files=(
            RemoteFile("https://github.com/ReDialData/website/raw/data/redial_dataset.zip"),
            RemoteFile("https://github.com/ReDialData/website/raw/data/movies_with_mentions.csv"),
        ),
        licence="CC BY 4.0: share and adapt, also commercially, with credit.",
        citation="Raymond Li, Samira Ebrahimi Kahou, Hannes Schulz, Vincent Michalski, Laurent Charlin and Chris Pal. "
        "2018. Towards Deep Conversational Recommendations. NeurIPS 31.",
        items="movies_with_mentions.csv",
    ),
    DataSet(
        name="inspired", title="INSPIRED: 1,001 sociable conversations in which films are recommended",
        homepage="https://github.com/sweetpeach/Inspired",
        files=(
            RemoteFile(f"{_INSPIRED}/movie_database.tsv"),
            *(RemoteFile(f"{_INSPIRED}/dialog_data/{part}.tsv") for part in ("train", "dev", "test")),
        ),
        licence="The repository states no licence; treat it as research use only, without redistribution.",
        citation="Shirley Anugrah Hayati, Dongyeop Kang, Qingxiaoyang Zhu, Weiyan Shi and Zhou Yu. 2020. INSPIRED: "
        "Toward Sociable Recommendation Dialog Systems. EMNLP 2020, 8142-8152.",
        items="movie_database.tsv",
    ),
)  # fmt: skip
DATA_SETS: dict[str, DataSet] = {data_set.name: data_set for data_set in _ALL}


def data_set(name: str) -> DataSet:
    """Return a data set by its name.

    Raises:
        DataError: No data set has this name.
    """
    try:
        return DATA_SETS[name]
    except KeyError as error:
        raise DataError(f"no data set is named '{name}'; there are: {', '.join(DATA_SETS)}") from error
