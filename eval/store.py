"""How the adapter store grows: look-up, loading and publishing beside 100, 1,000 and 10,000 adapters."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from sqlalchemy import insert

from ..adapters.adapter_store import AdapterStore, AdapterVersion
from ..adapters.blocks import AdaptedBlocks
from ..adapters.database import Database
from ..adapters.export import activated_config
from ..adapters.lora import Theta, random_theta
from ..adapters.tables import UserRow
from .report import Metric, Report, Row

_FACTS = {"theta0": "0" * 64, "last_event": 1, "events": 1, "steps": 3, "loss_before": 0.7, "loss_after": 0.5,
          "moved": 0.1}  # fmt: skip
_PROTOCOL = (
    "one published adapter a person, of random numbers; looked up, loaded and published for people drawn at random. "
    "Milliseconds, medians and 95th percentiles after warm-up; look-up asks the database, loading checks the hash"
)
_WARM_UP = 3
Progress = Callable[[str, int, int], None]


def store_growth(
    blocks: AdaptedBlocks, home: Path, *, counts: Sequence[int], repetitions: int, seed: int,
    progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Fill a store and time it at each of ``counts``, which rise.

    Args:
        blocks: Their adapters are stored.
        home: An empty folder.
        counts: How many adapters are there when it is timed.
        repetitions: Look-ups and loads at each count.
        seed: Of the tensors and of who is looked up.
        progress: Called with a label, the adapters done and their number.
    """
    begun = time.perf_counter()
    theta = random_theta(blocks.shapes, blocks.config, seed=seed)
    database = Database(home)
    with database.write() as session:
        session.execute(insert(UserRow), [{"user_id": _person(i)} for i in range(counts[-1])])
    names = {name: blocks.peft_name(name) for name in theta}
    shapes = {name: tuple(tensor.shape) for name, tensor in theta.items()}
    store = AdapterStore(database, home / "adapters", names, activated_config(blocks), shapes=shapes)
    rows, done = [], 0
    for count in counts:
        for i in range(done, count):
            version = store.publish(_person(i), _own(theta, i), **_FACTS)
            if progress and (i % 50 == 0 or i + 1 == counts[-1]):
                progress("publishing adapters", i + 1, counts[-1])
        done = count
        rows.append(_row(store, count, repetitions, np.random.default_rng(seed)))
    size = sum(file.stat().st_size for file in (home / "adapters" / version.sha256).iterdir())
    database.close()
    lookups = [row.metrics["lookup_p50_ms"].value for row in rows]
    rows.append(Row(name="growth", metrics={"lookup_ratio": Metric(value=round(lookups[-1] / lookups[0], 3))}))
    rows.append(Row(name="adapter", metrics={"kilobytes": Metric(value=round(size / 1000, 1))}))
    report = Report(
        command="palate-eval store", seed=seed, protocol=_PROTOCOL, rows=rows,
        counts={"adapters": counts[-1], "repetitions": repetitions, "rank": blocks.config.rank},
    )  # fmt: skip
    report.add_goal("adapter", "kilobytes", at_most=100)
    report.add_goal("growth", "lookup_ratio", at_most=1.5)
    report.add_goal("store", "load_p50_ms", at_most=2, k=counts[-1])
    report.elapsed_s = time.perf_counter() - begun
    return report


def sizes_up_to(most: int) -> list[int]:
    """Return the sizes that are timed.

    Examples:
        >>> sizes_up_to(10_000), sizes_up_to(50)
        ([100, 1000, 10000], [50])
    """
    return [*(size for size in (100, 1_000, 10_000, 100_000) if size < most), most]


def _row(store: AdapterStore, count: int, repetitions: int, generator: np.random.Generator) -> Row:
    """Return the times at one size; ``k`` of the row is how many adapters there are."""
    lookups, loads, publishes = [], [], []
    for person in generator.integers(count, size=_WARM_UP + repetitions).tolist():
        begun = time.perf_counter()
        version = _found(store, person)
        found = time.perf_counter()
        theta = store.load(version)
        loaded = time.perf_counter()
        store.publish(_person(person), theta, **_FACTS)
        store.prune(_person(person))
        published = time.perf_counter()
        lookups.append(1e3 * (found - begun))
        loads.append(1e3 * (loaded - found))
        publishes.append(1e3 * (published - loaded))
    times = {"lookup": lookups[_WARM_UP:], "load": loads[_WARM_UP:], "publish": publishes[_WARM_UP:]}
    metrics = {}
    for name, values in times.items():
        metrics[f"{name}_p50_ms"] = Metric(value=round(median(values), 4))
        metrics[f"{name}_p95_ms"] = Metric(value=round(float(np.quantile(values, 0.95)), 4))
    return Row(name="store", k=count, metrics=metrics)


def _found(store: AdapterStore, person: int) -> AdapterVersion:
    version = store.current(_person(person))
    assert version is not None  # noqa: S101  # everybody below the count was published
    return version


def _person(i: int) -> str:
    return f"person-{i}"


def _own(theta: Theta, i: int) -> Theta:
    """Return tensors that nobody else has, at little cost."""
    first = min(theta)
    return {**theta, first: theta[first] + i / 1000}
