"""An encoder that remembers: vectors of known texts come out of a file, the others from the encoder behind it.

The embedded catalogue's vectors are shipped in this way, so that a first start need not encode a thousand texts.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from .encoder import Encoder, Vectors

logger = logging.getLogger(__name__)


class RememberingEncoder:
    """Wraps an encoder; what it returns differs from the encoder's own vectors by half-precision rounding only.

    Args:
        encoder: Encodes what is not known, and every query.
        path: A file that ``save_vectors`` wrote; one that is missing, damaged or of another encoder knows nothing.
        known: Texts with their vectors, from the same encoder, that are known besides.
    """

    def __init__(
        self, encoder: Encoder, path: Path | None = None, *, known: Iterable[tuple[str, Vectors]] = ()
    ) -> None:
        self._encoder = encoder
        self._known = _read(path, encoder) if path else {}
        self._known.update((_hash(text), vector) for text, vector in known)

    @property
    def name(self) -> str:
        """Name and hash of the weights."""
        return self._encoder.name

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._encoder.dim

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return an array of shape ``(len(texts), dim)``."""
        return self._encoder.encode_queries(texts)

    def encode_items(self, texts: Sequence[str]) -> Vectors:
        """Return an array of shape ``(len(texts), dim)``, rows of length one."""
        keys = [_hash(text) for text in texts]
        new = [text for key, text in zip(keys, texts, strict=True) if key not in self._known]
        encoded = dict(zip(map(_hash, new), self._encoder.encode_items(new), strict=True)) if new else {}
        rows = [encoded[key] if key in encoded else self._known[key] for key in keys]
        return np.stack(rows) if rows else np.zeros((0, self.dim), dtype=np.float32)


def save_vectors(path: Path, encoder: Encoder, texts: Sequence[str]) -> None:
    """Write the vectors of the texts in half precision."""
    vectors = encoder.encode_items(texts).astype(np.float16)
    keys = json.dumps([_hash(text) for text in texts])
    save_file({"vectors": vectors}, path, metadata={"encoder": encoder.name, "texts": keys, "sha256": _digest(vectors)})


def _read(path: Path, encoder: Encoder) -> dict[str, Vectors]:
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            if metadata.get("encoder") != encoder.name:
                return {}
            vectors = file.get_tensor("vectors")
            if metadata["sha256"] != _digest(vectors):
                raise ValueError("its content has changed since it was written")
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        logger.warning("item vectors in %s are not used: %s", path, error)
        return {}
    rows = vectors.astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return dict(zip(json.loads(metadata["texts"]), rows, strict=True))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _digest(vectors: np.ndarray) -> str:
    return hashlib.sha256(vectors.tobytes()).hexdigest()
