"""How well and how quickly the index of a large catalogue finds neighbours, beside exact search and a plain graph.

The presets were tuned on the vectors of seed 1; seed 0, the default, is what is reported.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from ..retrieval.encoder import Vectors
from ..retrieval.files import environment_errors
from ..retrieval.index_draft import Progress
from ..retrieval.index_faiss import FaissIndex
from ..retrieval.index_presets import ExactIndex, HnswConfig, HnswIndex, IvfPqIndex, choose_preset, new_index
from ..retrieval.vector_index import Ids, Mask
from .index_figure import Point, check_figure, draw
from .index_synthetic import Mixture
from .index_truth import Truth, recalls
from .report import Metric, Report, Row, bootstrap

K = 100
RECALL = f"recall@{K}"
PLAIN_HNSW = HnswConfig(links=16, ef_construction=40)
"""A graph that a million vectors are built into within minutes; the preset for fewer has more links."""

_SHARES = {"10pct": 0.1, "1pct": 0.01}
_WARM_UP = 50
_EF_SEARCH = (128, 256, 512, 1024)
_PROBED = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4)


@dataclass(frozen=True, slots=True)
class Setting:
    """What every index is asked."""

    queries: Vectors
    warm_up: Vectors
    masks: dict[str, Mask]
    right: dict[str, Ids]


@dataclass(frozen=True, slots=True)
class Measured:
    """Recall of each query, and the milliseconds it took."""

    recall: Sequence[float]
    took_ms: Sequence[float]

    @property
    def p50_ms(self) -> float:
        """The median."""
        return float(np.quantile(self.took_ms, 0.5))

    @property
    def p99_ms(self) -> float:
        """Only one query of a hundred takes longer."""
        return float(np.quantile(self.took_ms, 0.99))


def index_bench(
    n_items: int, dim: int, *, n_queries: int, seed: int, figure: Path, progress: Progress | None = None
) -> Report:
    """Measure exact search, a plain graph and the preset of this size over the same synthetic vectors.

    Rows: `exact`, `hnsw`, `chosen`, `chosen_filter_10pct` and `chosen_filter_1pct` (a random tenth or hundredth of the
    items may come back; recall is among those).

    Args:
        n_items: How many vectors.
        dim: Their length.
        n_queries: How many are searched for, one at a time.
        seed: Decides vectors, queries and filters.
        figure: Where recall against latency is drawn.
        progress: Called with a label, the steps done and their number.

    Raises:
        OptionalDependencyError: Matplotlib is not installed.
        EnvironmentProblem: The figure or the temporary folder cannot be written.
    """
    begun = time.perf_counter()
    check_figure(figure)
    preset = choose_preset(n_items)
    rows, points = [], []
    indexes = {"exact": ExactIndex(), "hnsw": HnswIndex(PLAIN_HNSW), "chosen": new_index(preset)}
    with tempfile.TemporaryDirectory(prefix="palate-index-") as name, environment_errors(Path(name)):
        folder = Path(name)
        setting = _drawn(folder / "vectors.npy", n_items, dim, n_queries, seed, progress)
        for done, (label, index) in enumerate(indexes.items(), start=1):
            built = _built(index, folder)
            filters = ["all", *_SHARES] if label == "chosen" else ["all"]
            for shares in filters:
                found = _measured(index, setting, shares)
                rows.append(_row(label if shares == "all" else f"{label}_filter_{shares}", found, built, seed))
            points += _curve(label, index, setting)
            if progress:
                progress("building and searching indexes", done, len(indexes))
    draw(figure, points, title=f"{n_items:,} x {dim}, {n_queries} queries, one thread")
    report = Report(
        command="palate-eval index", seed=seed,
        protocol=f"{RECALL} of synthetic clustered vectors against all inner products; one query at a time, one thread",
        data={"preset": preset, "dim": dim, "plain_hnsw": asdict(PLAIN_HNSW), "figure": str(figure)},
        counts={"items": n_items, "queries": n_queries}, rows=rows,
    )  # fmt: skip
    _add_goals(report)
    report.elapsed_s = time.perf_counter() - begun
    return report


def _drawn(path: Path, n_items: int, dim: int, n_queries: int, seed: int, progress: Progress | None) -> Setting:
    """Draw queries, filters and vectors; the vectors go into a file and past the truth, block by block."""
    mixture = Mixture(n_items, dim, seed=seed)
    queries, warm_up = mixture.draw(n_queries), mixture.draw(_WARM_UP)
    passes = np.random.default_rng(seed).random(n_items)
    masks = {name: passes < share for name, share in _SHARES.items()}
    truths = {name: Truth(queries, K) for name in ("all", *masks)}
    vectors = open_memmap(path, mode="w+", dtype=np.float32, shape=(n_items, dim))
    start = 0
    for block in mixture.blocks(n_items):
        stop = start + len(block)
        vectors[start:stop] = block
        for name, truth in truths.items():
            truth.see(block, start, masks[name][start:stop] if name in masks else None)
        start = stop
        if progress:
            progress("drawing vectors", start, n_items)
    vectors.flush()
    return Setting(queries, warm_up, masks, {name: truth.ids for name, truth in truths.items()})


def _built(index: FaissIndex, folder: Path) -> dict[str, Metric]:
    """Build, save and load an index as the catalogue does; return what it cost."""
    begun = time.perf_counter()
    index.build(np.load(folder / "vectors.npy", mmap_mode="r"))
    path = folder / "index.faiss"
    path.unlink(missing_ok=True)
    index.save(path)
    took = time.perf_counter() - begun
    index.load(path)
    return {"index_mb": Metric(value=round(path.stat().st_size / 1e6, 1)), "build_s": Metric(value=round(took, 1))}


def _measured(index: FaissIndex, setting: Setting, shares: str) -> Measured:
    """Search for one query after the other on one thread."""
    import faiss

    mask, took, found = setting.masks.get(shares), [], []
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        for query in setting.warm_up:
            index.search(query[None, :], K, allowed=mask)
        for query in setting.queries:
            begun = time.perf_counter()
            ids, _ = index.search(query[None, :], K, allowed=mask)
            took.append(1000 * (time.perf_counter() - begun))
            found.append(ids[0])
    finally:
        faiss.omp_set_num_threads(before)
    return Measured(recalls(np.stack(found), setting.right[shares]), took)


def _curve(label: str, index: FaissIndex, setting: Setting) -> list[Point]:
    """Measure an index at one effort after the other."""
    found = [_measured(index, setting, "all") for _ in _efforts(index)]
    return [Point(label, float(np.mean(each.recall)), each.p50_ms) for each in found]


def _efforts(index: FaissIndex) -> Iterator[None]:
    """Change how hard an index searches; exact search has one effort only."""
    if isinstance(index, HnswIndex):
        for ef_search in _EF_SEARCH:
            index.config = replace(index.config, ef_search=ef_search)
            yield
    elif isinstance(index, IvfPqIndex):
        for probed in _PROBED:
            index.config = replace(index.config, probed=probed)
            yield
    else:
        yield


def _row(name: str, found: Measured, built: dict[str, Metric], seed: int) -> Row:
    latency = {"p50_ms": Metric(value=round(found.p50_ms, 2)), "p99_ms": Metric(value=round(found.p99_ms, 2))}
    return Row(name=name, metrics={RECALL: bootstrap(found.recall, seed=seed), **latency, **built})


def _add_goals(report: Report) -> None:
    """Say what an index of a million vectors of length 384 has to reach; a filter may cost three times as much."""
    for metric, at_most in (("p50_ms", 8), ("p99_ms", 20), ("index_mb", 600), ("build_s", 900)):
        report.add_goal("chosen", metric, at_most=at_most)
    latency = next(row.metrics for row in report.rows if row.name == "chosen")
    for row in report.rows:
        if row.name.startswith("chosen"):
            report.add_goal(row.name, RECALL, at_least=0.95)
        if row.name.startswith("chosen_filter"):
            for metric in ("p50_ms", "p99_ms"):
                report.add_goal(row.name, metric, at_most=round(3 * latency[metric].value, 2))
