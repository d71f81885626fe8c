import threading
from dataclasses import replace

import pytest
import torch
from palate.adapters.adapter_cache import AdapterCache
from palate.adapters.adapter_store import AdapterVersion
from palate.adapters.lora import Theta
from palate.retrieval.errors import AdapterError

VERSION = AdapterVersion(1, "0" * 64, "start", 1, 1, 3, 0.7, 0.5, 0.1)


class CountingStore:
    """Reads nothing: the tensors hold the number of the version."""

    def __init__(self) -> None:
        self.read: list[int] = []

    def load(self, version: AdapterVersion) -> Theta:
        self.read.append(version.version)
        if version.version == 13:
            raise AdapterError("damaged")
        return {"w": torch.tensor([float(version.version)])}


def numbered(number: int) -> AdapterVersion:
    return replace(VERSION, version=number)


def test_an_adapter_is_read_once_and_counted() -> None:
    store = CountingStore()
    cache = AdapterCache(store.load)
    values = [cache.get(numbered(number))["w"].item() for number in (1, 2, 1, 1)]
    assert (values, store.read) == ([1.0, 2.0, 1.0, 1.0], [1, 2])
    assert (cache.hits, cache.misses, len(cache)) == (2, 2, 2)


def test_the_one_not_asked_for_longest_gives_way() -> None:
    store = CountingStore()
    cache = AdapterCache(store.load, size=2)
    for number in (1, 2, 1, 3, 1, 2):
        cache.get(numbered(number))
    assert store.read == [1, 2, 3, 2]
    assert len(cache) == 2


def test_a_newer_version_of_the_same_person_is_another() -> None:
    store = CountingStore()
    cache = AdapterCache(store.load)
    assert cache.get(numbered(1))["w"].item() != cache.get(numbered(2))["w"].item()


def test_what_cannot_be_read_is_told_each_time_and_not_kept() -> None:
    store = CountingStore()
    cache = AdapterCache(store.load)
    for _ in range(2):
        with pytest.raises(AdapterError, match="damaged"):
            cache.get(numbered(13))
    assert (store.read, len(cache)) == ([13, 13], 0)


def test_a_cleared_cache_holds_and_counts_nothing() -> None:
    store = CountingStore()
    cache = AdapterCache(store.load)
    cache.get(VERSION)
    cache.clear()
    assert (len(cache), cache.hits, cache.misses) == (0, 0, 0)
    cache.get(VERSION)
    assert store.read == [1, 1]


@pytest.mark.parametrize("size", [0, -1])
def test_a_cache_of_nothing_is_refused(size: int) -> None:
    with pytest.raises(AdapterError, match=f"size={size} keeps no adapter; give 1 or more"):
        AdapterCache(CountingStore().load, size=size)


def test_threads_get_what_they_asked_for_and_the_bound_holds() -> None:
    cache, wrong = AdapterCache(CountingStore().load, size=4), []

    def ask(seed: int) -> None:
        for i in range(200):
            number = (seed * 7 + i * 3) % 10
            if cache.get(numbered(number))["w"].item() != number:
                wrong.append(number)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(cache) == 4
    assert cache.hits + cache.misses == 800
