import pytest
from palate.retrieval.data_sets import DATA_SETS, data_set
from palate.retrieval.errors import DataError


def test_every_registered_data_set_says_terms_citation_and_where_it_comes_from() -> None:
    assert len(DATA_SETS) == 7
    for name, known in DATA_SETS.items():
        assert data_set(name) is known
        assert min(len(known.licence), len(known.citation), len(known.homepage)) > 20
        assert all(file.url.startswith("https://") for file in known.files)
        assert all(len(file.md5) in {0, 32} for file in known.files)
    with pytest.raises(DataError, match="no data set is named 'ml-2m'; there are: ml-100k, ml-1m"):
        data_set("ml-2m")
