"""Loaded adapters, the least recently used of which give way."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from ..retrieval.errors import AdapterError
from .adapter_store import AdapterVersion
from .lora import Theta


class AdapterCache:
    """Keeps the tensors of the versions that were asked for last; any thread may ask.

    A version never changes, so what is kept is never stale. The tensors are shared: nobody may write into them.

    Args:
        load: Reads a version, as ``AdapterStore.load``; what it raises is passed on and not kept.
        size: How many adapters are kept.

    Raises:
        AdapterError: ``size`` is below 1.

    Examples:
        >>> import torch
        >>> version = AdapterVersion(1, "0" * 64, "start", 1, 1, 3, 0.7, 0.5, 0.1)
        >>> cache = AdapterCache(lambda version: {"w": torch.ones(1)}, size=2)
        >>> cache.get(version) is cache.get(version), cache.hits, cache.misses, len(cache)
        (True, 1, 1, 1)
    """

    def __init__(self, load: Callable[[AdapterVersion], Theta], *, size: int = 256) -> None:
        if size < 1:
            raise AdapterError(f"size={size} keeps no adapter; give 1 or more")
        self._load = lru_cache(maxsize=size)(load)

    def __len__(self) -> int:
        return self._load.cache_info().currsize

    @property
    def hits(self) -> int:
        """How often an adapter was there already."""
        return self._load.cache_info().hits

    @property
    def misses(self) -> int:
        """How often one had to be read."""
        return self._load.cache_info().misses

    def get(self, version: AdapterVersion) -> Theta:
        """Return the tensors of a version; read them where they are not kept."""
        return self._load(version)

    def clear(self) -> None:
        """Let go of every adapter, as when a person is forgotten, and start counting anew."""
        self._load.cache_clear()
