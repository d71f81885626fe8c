from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from palate.adapters.backbone import Backbone
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.lora import LoraConfig
from palate.eval.store import store_growth
from transformers import LlamaConfig, LlamaForCausalLM


def tokenizer(text: str, **options: Any) -> SimpleNamespace:
    return SimpleNamespace(input_ids=[7 if "Yes" in text else 11])


def test_a_store_is_timed_at_each_size_and_an_adapter_is_weighed(tmp_path: Path) -> None:
    config = LlamaConfig(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model = LlamaForCausalLM(config).eval().requires_grad_(False)
    blocks = AdaptedBlocks(Backbone(model, tokenizer, "tiny", "0" * 64), LoraConfig(rank=2))
    said: list[tuple[int, int]] = []
    report = store_growth(
        blocks, tmp_path, counts=(2, 4), repetitions=2, seed=0, progress=lambda _, done, n: said.append((done, n))
    )
    assert [(row.name, row.k) for row in report.rows] == [
        ("store", 2),
        ("store", 4),
        ("growth", None),
        ("adapter", None),
    ]
    assert report.rows[0].metrics.keys() == {
        f"{name}_{quantile}_ms" for name in ("lookup", "load", "publish") for quantile in ("p50", "p95")
    }
    folders = [path for path in (tmp_path / "adapters").iterdir() if path.is_dir()]
    assert len(folders) == 4
    size = sum(file.stat().st_size for file in folders[0].iterdir())
    lookups = [row.metrics["lookup_p50_ms"].value for row in report.rows[:2]]
    assert report.rows[2].metrics["lookup_ratio"].value == pytest.approx(lookups[1] / lookups[0], abs=1e-3)
    assert report.rows[3].metrics["kilobytes"].value == round(size / 1000, 1)
    assert [(goal.metric, goal.k) for goal in report.goals] == [
        ("kilobytes", None), ("lookup_ratio", None), ("load_p50_ms", 4),
    ]  # fmt: skip
    assert said[-1] == (4, 4)
