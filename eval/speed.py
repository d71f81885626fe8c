"""How fast adapting and scoring are beside plain peft on the whole prompts, one by one, and the arithmetic itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, cast

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from ..adapters.backbone import EMBEDDED_MODEL, load_backbone
from ..adapters.batch import score_many
from ..adapters.blocks import AdaptedBlocks
from ..adapters.inner_loop import CentredMarginLoss, Support, adapt, adapt_many
from ..adapters.item_inputs import ItemInputs
from ..adapters.lora import LoraConfig, Theta, random_theta
from ..bot.settings import load_settings
from ..prompts.render import render
from ..retrieval.catalog import Catalog
from .report import Metric, Report, Row
from .speed_peft import WholePrompts, through_peft

_GOALS_AT_LEAST = {
    "adapt_vs_peft": 50, "score200_vs_peft": 30, "batch64_score_vs_switch": 8, "batch64_adapt_vs_loop": 4,
}  # fmt: skip
_GOALS_AT_MOST = {"adapt_p95_ms": 150, "score200_p95_ms": 100}
_PROTOCOL = (
    "same model, adapter, prompts, ratings and steps on both sides; states of the items are kept on ours and whole "
    "prompts run through peft (adapter in the activated form, the same inner loop and the same centre of the margins, "
    "which is the same for everybody and known to both; batches of 8 by length, only the last position's logits). "
    "switch and loop: our own blocks, one person's tensors after the other's. Medians and 95th percentiles of "
    "repetitions after warm-up calls; peft scores once, after its adaptations"
)
_RATE = 0.5
_PRODUCT = 1024


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is timed.

    Args:
        ratings: Ratings a person is adapted to.
        candidates: Items scored under one adapter.
        reference: Items that margins are centred on.
        people: People in one batch.
        few: Items each of them has scored in ``batch64_score_vs_switch``.
        many: Items each in ``batch64_score_many_vs_switch``.
        steps: Gradient steps.
        repetitions: Calls that are timed.
        warm_up: Calls before them.
        peft_repetitions: Adaptations through peft; the first of them is the warm-up where there are several.
    """

    ratings: int = 10
    candidates: int = 200
    reference: int = 48
    people: int = 64
    few: int = 1
    many: int = 10
    steps: int = 3
    repetitions: int = 40
    warm_up: int = 3
    peft_repetitions: int = 3


def speed(blocks: AdaptedBlocks, prompts: Sequence[str], *, seed: int, sizes: Sizes | None = None) -> Report:
    """Time everything in one run.

    Args:
        blocks: The adapted blocks of the model.
        prompts: Prompts of items; where there are fewer than are scored, they are scored again.
        seed: Of the adapters and ratings.
        sizes: How much is timed.
    """
    begun = time.perf_counter()
    bench = _Bench(blocks, prompts, seed, sizes or Sizes())
    metrics = bench.metrics()
    report = Report(
        command="palate-eval speed", seed=seed, protocol=_PROTOCOL,
        data={"model": blocks.backbone.name, "threads": torch.get_num_threads(), "adapter": asdict(blocks.config)},
        counts={"prompts": len(prompts), "tokens": bench.n_tokens, **asdict(bench.sizes)},
        rows=[Row(name="ours", metrics={name: Metric(value=float(f"{value:.4g}")) for name, value in metrics.items()})],
    )  # fmt: skip
    for name, bound in _GOALS_AT_LEAST.items():
        report.add_goal("ours", name, at_least=bound)
    for name, bound in _GOALS_AT_MOST.items():
        report.add_goal("ours", name, at_most=bound)
    report.elapsed_s = time.perf_counter() - begun
    return report


def shipped_blocks() -> AdaptedBlocks:
    """Return the blocks of the embedded model with the adapter where it sits by default.

    Raises:
        ChatModelError: The embedded model is not installed.
    """
    return AdaptedBlocks(load_backbone(EMBEDDED_MODEL, load_settings().cache), LoraConfig())


def shipped_prompts(n: int, *, seed: int) -> list[str]:
    """Return the prompts of films drawn from the embedded catalogue."""
    films = [item for item in Catalog.embedded() if item.domain == "film"]
    drawn = np.random.default_rng(seed).permutation(len(films))[:n]
    return [render("item_judgement", text=films[i].text) for i in drawn]


class _Bench:
    """The people, items and adapters of one run."""

    def __init__(self, blocks: AdaptedBlocks, prompts: Sequence[str], seed: int, sizes: Sizes) -> None:
        self.blocks, self.prompts, self.sizes = blocks, list(prompts), sizes
        self.n_tokens = sum(len(blocks.token_ids(prompt)) for prompt in prompts)
        begun = time.perf_counter()
        self.items = blocks.inputs(blocks.read(self.prompts))
        self.read_ms = 1e3 * (time.perf_counter() - begun) / len(prompts)
        self.candidates = self.some(sizes.candidates)
        self.start = random_theta(blocks.shapes, blocks.config, seed=seed)
        self.thetas = [random_theta(blocks.shapes, blocks.config, seed=seed + 1 + i) for i in range(sizes.people)]
        self.loss = CentredMarginLoss(blocks, self.some(sizes.reference))
        self.centre = self.loss.centre(self.start)
        self.options: dict[str, Any] = {
            "steps": sizes.steps, "rates": dict.fromkeys(self.start, _RATE), "centre": self.centre,
        }  # fmt: skip
        stars = np.random.default_rng(seed).integers(1, 6, size=(sizes.people, sizes.ratings))
        self.targets = torch.tensor(0.05 + 0.225 * (stars - 1), dtype=torch.float32)

    def some(self, n: int, begin: int = 0) -> ItemInputs:
        """Return ``n`` items from one on."""
        return self.items.at((begin + torch.arange(n)) % len(self.prompts))

    def metrics(self) -> dict[str, float]:
        """Time everything; milliseconds and ratios."""
        sizes, rate = self.sizes, _product_rate()
        calls: dict[str, Callable[[], object]] = {
            "adapt": self.adapt_one, "score200": self.score_one, "batch64_adapt": self.adapt_together,
        }  # fmt: skip
        times = {name: _times(call, sizes.repetitions, sizes.warm_up) for name, call in calls.items()}
        half = {name: median(values) for name, values in times.items()}
        floor = {name: 1e3 * _operations(call) / rate for name, call in calls.items()}
        peft = self._peft()
        return {
            "adapt_vs_peft": peft["adapt_ms"] / half["adapt"],
            "adapt_p95_ms": _p95(times["adapt"]),
            "score200_vs_peft": peft["score_ms"] / half["score200"],
            "score200_p95_ms": _p95(times["score200"]),
            "batch64_score_vs_switch": self._score_ratio(sizes.few),
            "batch64_score_many_vs_switch": self._score_ratio(sizes.many),
            "batch64_adapt_vs_loop": self._slow(self.adapt_in_turn) / half["batch64_adapt"],
            "floor_ratio": half["adapt"] / floor["adapt"],
            **{f"{name}_floor_ratio": half[name] / floor[name] for name in ("score200", "batch64_adapt")},
            **{f"{name}_floor_ms": value for name, value in floor.items()},
            **{f"{name}_p50_ms": value for name, value in half.items()},
            "gflop_per_s": rate / 1e9,
            "peft_adapt_ms": peft["adapt_ms"],
            "peft_score200_ms": peft["score_ms"],
            "read_item_ms": self.read_ms,
            "margin_difference": peft["difference"],
            "margin_moved": peft["moved"],
        }

    def adapt_one(self, person: int = 0) -> Theta:
        """Adapt for one person, from kept states."""
        return adapt(self.start, self._support(person), loss=self.loss, **self.options)

    def adapt_in_turn(self) -> list[Theta]:
        """Adapt for everybody, one after the other."""
        return [self.adapt_one(person) for person in range(self.sizes.people)]

    def adapt_together(self) -> Theta:
        """Adapt for everybody in one batch."""
        items = ItemInputs.join([self._support(person).items for person in range(self.sizes.people)])
        together = Support(items, self.targets, torch.ones_like(self.targets))
        return adapt_many(self.start, together, n_people=self.sizes.people, loss=self.loss, **self.options)

    def score_one(self) -> torch.Tensor:
        """Score the candidates under one adapter, from kept states."""
        return self.blocks.score(self.thetas[0], self.candidates)

    def _support(self, person: int) -> Support:
        n = self.sizes.ratings
        return Support(self.some(n, person), self.targets[person], torch.ones(n))

    def _score_ratio(self, n_items: int) -> float:
        """Return how many times faster one batch is than one adapter after the other."""
        own = [self.some(n_items, person) for person in range(self.sizes.people)]

        def in_turn() -> None:
            for theta, items in zip(self.thetas, own, strict=True):
                self.blocks.score(theta, items)

        together = _times(lambda: score_many(self.blocks, self.thetas, own), self.sizes.repetitions, self.sizes.warm_up)
        return self._slow(in_turn) / median(together)

    def _slow(self, call: Callable[[], object]) -> float:
        # A sum over many people already: a few repetitions tell it well.
        return median(_times(call, max(1, self.sizes.repetitions // 10), 1))

    def _peft(self) -> dict[str, float]:
        """Time the same adaptation and scoring through peft; how far its margins are from ours, and ours from θ₀'s."""
        prompts = [self.prompts[i % len(self.prompts)] for i in range(self.sizes.candidates)]
        with through_peft(self.blocks, self.start, prompt=prompts[0]) as whole:
            loss = CentredMarginLoss(cast(AdaptedBlocks, whole), whole.inputs(prompts[:1]))
            adapting, theta = self._peft_adapt(whole, loss)
            begun = time.perf_counter()
            scores = whole.score(theta, prompts)
            scoring = 1e3 * (time.perf_counter() - begun)
        ours, still = (self.blocks.score(theta, self.candidates) for theta in (self.adapt_one(), self.start))
        return {
            "adapt_ms": adapting, "score_ms": scoring, "difference": float((ours - scores).abs().max()),
            "moved": float((ours - still).abs().mean()),
        }  # fmt: skip

    def _peft_adapt(self, whole: WholePrompts, loss: CentredMarginLoss) -> tuple[float, Theta]:
        prompts = [self.prompts[i % len(self.prompts)] for i in range(self.sizes.ratings)]
        support = Support(whole.inputs(prompts), self.targets[0], torch.ones(self.sizes.ratings))
        times: list[float] = []
        for _ in range(self.sizes.peft_repetitions):
            begun = time.perf_counter()
            theta = adapt(self.start, support, loss=loss, **self.options)
            times.append(1e3 * (time.perf_counter() - begun))
        return median(times[1:] or times), theta


def _times(call: Callable[[], object], repetitions: int, warm_up: int) -> list[float]:
    """Return how many milliseconds each call after the first ones takes."""
    found = []
    for i in range(warm_up + repetitions):
        begun = time.perf_counter()
        call()
        if i >= warm_up:
            found.append(1e3 * (time.perf_counter() - begun))
    return found


def _p95(times: Sequence[float]) -> float:
    return float(np.quantile(times, 0.95))


def _operations(call: Callable[[], object]) -> int:
    """Return the multiplications and additions of the matrix products in a call, those of its gradients too."""
    with FlopCounterMode(display=False) as counter:
        call()
    return int(counter.get_total_flops())


def _product_rate() -> float:
    """Return operations a second of a large float32 matrix product on this machine."""
    left, right = torch.ones(_PRODUCT, _PRODUCT), torch.ones(_PRODUCT, _PRODUCT)
    milliseconds = median(_times(lambda: left @ right, 10, 3))
    return 2 * _PRODUCT**3 / (milliseconds / 1e3)
