from pathlib import Path

import numpy as np
import pytest
from palate.retrieval.kept_vectors import RememberingEncoder, save_vectors

TEXTS = ["space and grief", "a comedy in paris", "crime"]


class CountingEncoder:
    """A fake that counts what it is asked to encode."""

    def __init__(self, inner: object) -> None:
        self.inner, self.asked = inner, []
        self.name, self.dim = inner.name, inner.dim
        self.encode_queries = inner.encode_queries

    def encode_items(self, texts):
        self.asked += texts
        return self.inner.encode_items(texts)


@pytest.fixture
def kept(tmp_path: Path, word_encoder) -> Path:
    save_vectors(tmp_path / "vectors", word_encoder, TEXTS[:2])
    return tmp_path / "vectors"


def test_known_texts_are_not_encoded_again(kept: Path, word_encoder) -> None:
    counting = CountingEncoder(word_encoder)
    vectors = RememberingEncoder(counting, kept).encode_items(TEXTS)
    assert counting.asked == TEXTS[2:]
    np.testing.assert_allclose(vectors, word_encoder.encode_items(TEXTS), atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


def test_vectors_of_another_encoder_are_not_used(kept: Path, word_encoder) -> None:
    counting = CountingEncoder(word_encoder)
    counting.name = "words@2"
    RememberingEncoder(counting, kept).encode_items(TEXTS)
    assert counting.asked == TEXTS


def test_a_damaged_file_is_not_used(kept: Path, word_encoder, caplog: pytest.LogCaptureFixture) -> None:
    data = bytearray(kept.read_bytes())
    data[-1] ^= 1
    kept.write_bytes(data)
    counting = CountingEncoder(word_encoder)
    RememberingEncoder(counting, kept).encode_items(TEXTS)
    assert counting.asked == TEXTS
    assert "not used" in caplog.text
