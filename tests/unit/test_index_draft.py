"""Building an index: in blocks that an interruption keeps, by one process at a time."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import RetrievalError
from palate.retrieval.index_draft import ItemTexts
from palate.retrieval.index_store import ItemVectors, open_index, read_manifest

KILLED = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    import numpy as np
    from palate.retrieval.index_store import open_index

    class Slow:
        name, dim = "slow", 4
        def encode_items(self, texts):
            time.sleep(0.002)
            return np.array([[len(t), 1, 2, int(t)] for t in texts], dtype=np.float32)

    class Texts:
        sha256 = "abc"
        def __len__(self):
            return 60_000
        def __iter__(self):
            return (type("Item", (), {"text": str(i)})() for i in range(60_000))

    encoded = []
    slow = Slow()
    inner = slow.encode_items
    slow.encode_items = lambda texts: (encoded.extend(texts), inner(texts))[1]
    found = open_index(Path(sys.argv[1]), Texts(), slow)
    right = np.array([[len(str(i)), 1, 2, i] for i in range(60_000)], dtype=np.float32)
    assert np.array_equal(found.vectors, right)
    print(len(encoded))
    """
)


def test_progress_ends_at_the_number_of_items(folder: Path, encoder: Any, small_catalog: Catalog) -> None:
    many = Catalog([replace(small_catalog.at(0), item_id=f"a{i}") for i in range(70)])
    seen: list[tuple[str, int, int]] = []
    open_index(folder, many, encoder, progress=lambda *step: seen.append(step))
    assert seen == [("indexing items", 64, 70), ("indexing items", 70, 70)]


@pytest.mark.parametrize(("place", "kept"), [(0, 0), (1000, 0), (1024, 1024), (2100, 2048)])
def test_an_interrupted_build_goes_on_after_its_last_block(
    folder: Path, encoder: Any, place: int, kept: int, texts: Callable[..., ItemTexts]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        open_index(folder, texts(2500, interrupt_at=place), encoder)
    assert not folder.exists()
    assert encoder.n_texts == kept
    resumed = open_index(folder, texts(2500), encoder)
    assert encoder.n_texts == 2500
    whole = open_index(folder.with_name("other"), texts(2500), encoder)
    np.testing.assert_array_equal(resumed.vectors, whole.vectors)
    assert resumed.manifest == whole.manifest
    assert sorted(path.name for path in folder.parent.iterdir()) == ["one", "other"]


@pytest.mark.parametrize("damage", ["state", "vectors", "catalogue", "encoder"])
def test_a_draft_that_does_not_fit_is_not_used(
    folder: Path, encoder: Any, damage: str, texts: Callable[..., ItemTexts]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        open_index(folder, texts(2500, interrupt_at=2100), encoder)
    building = folder.with_name("one.building")
    if damage == "state":
        (building / "state.json").write_text("{")
    if damage == "vectors":
        content = bytearray((building / "vectors.npy").read_bytes())
        content[200] ^= 1
        (building / "vectors.npy").write_bytes(content)
    catalog = texts(2500, sha256="other" if damage == "catalogue" else "abc")
    other = encoder.renamed("words@2" if damage == "encoder" else "words@1")
    built = open_index(folder, catalog, other)
    assert other.n_texts == 2500
    np.testing.assert_array_equal(built.vectors, encoder.inner.encode_items([item.text for item in catalog]))


def test_an_index_in_place_stays_until_the_new_one_is_whole(
    folder: Path, encoder: Any, texts: Callable[..., ItemTexts]
) -> None:
    before = open_index(folder, texts(70), encoder)
    with pytest.raises(KeyboardInterrupt):
        open_index(folder, texts(2500, sha256="new", interrupt_at=2100), encoder)
    assert read_manifest(folder) == before.manifest
    after = open_index(folder, texts(2500, sha256="new"), encoder)
    assert read_manifest(folder) == after.manifest


@pytest.mark.parametrize("given", [60, 80])
def test_a_catalogue_of_another_length_than_it_says_is_our_error(
    folder: Path, encoder: Any, given: int, texts: Callable[..., ItemTexts]
) -> None:
    with pytest.raises(RetrievalError, match=f"has 70 items but gave {given}"):
        open_index(folder, texts(70, given=given), encoder)
    assert not folder.exists()


@pytest.mark.slow
def test_kill_9_loses_at_most_a_block_and_leaves_nothing_half_built(folder: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(folder)]
    state = folder.with_name("one.building") / "state.json"
    kept = 0
    for _ in range(5):
        with subprocess.Popen(command) as child:
            while child.poll() is None and _rows(state) < kept + 5000:
                time.sleep(0.005)
            os.kill(child.pid, signal.SIGKILL)
        assert not folder.exists()
        assert _rows(state) >= kept + 5000
        kept = _rows(state)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert int(done.stdout) == 60_000 - kept
    assert [path.name for path in folder.parent.iterdir()] == ["one"]


def _rows(state: Path) -> int:
    return int(json.loads(state.read_text())["rows"]) if state.exists() else 0


def test_two_that_build_at_once_encode_once(folder: Path, encoder: Any, texts: Callable[..., ItemTexts]) -> None:
    found: list[ItemVectors] = []
    threads = [threading.Thread(target=lambda: found.append(open_index(folder, texts(2500), encoder))) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert encoder.n_texts == 2500
    assert found[0].manifest == found[1].manifest
