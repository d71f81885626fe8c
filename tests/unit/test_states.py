from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from palate.adapters.states import ItemStates
from palate.retrieval.errors import EnvironmentProblem
from torch import Tensor

PROMPTS = ["emma", "alien", "solaris"]


class CountingBlocks:
    """Blocks whose state of a text is its length and its vowels; they count what they read."""

    state_width = 2

    def __init__(self, revision: str = "r" * 64, first_block: int = 26, text_tokens: int = 0) -> None:
        self.backbone = SimpleNamespace(revision=revision)
        self.config = SimpleNamespace(text_tokens=text_tokens)
        self.first_block = first_block
        self.seen: list[str] = []

    def read(self, texts: Sequence[str]) -> Tensor:
        self.seen.extend(texts)
        vowels = [sum(text.count(vowel) for vowel in "aeiou") for text in texts]
        return torch.tensor([[len(t) / 3, v] for t, v in zip(texts, vowels, strict=True)])


def states(home: Path | None, blocks: Any = None, **options: Any) -> tuple[ItemStates, CountingBlocks]:
    blocks = blocks or CountingBlocks()
    return ItemStates(blocks, home=home, **options), blocks


def test_states_are_those_of_the_model_in_half_precision(tmp_path: Path) -> None:
    found = states(tmp_path)[0].get(PROMPTS)
    assert (found.shape, found.dtype) == ((3, 2), torch.float32)
    torch.testing.assert_close(found, CountingBlocks().read(PROMPTS).half().float(), rtol=0, atol=0)


def test_each_prompt_is_read_once(tmp_path: Path) -> None:
    kept, blocks = states(tmp_path)
    first = kept.get([*PROMPTS, "alien"])
    assert torch.equal(kept.get(["solaris", "alien"]), first[[2, 1]])
    assert blocks.seen == PROMPTS
    assert len(kept) == 3


@pytest.mark.parametrize("home", [True, False])
def test_what_was_kept_equals_what_is_computed_anew(tmp_path: Path, home: bool) -> None:
    computed = states(tmp_path if home else None)[0].get(PROMPTS)
    kept, blocks = states(tmp_path)
    assert torch.equal(kept.get(PROMPTS), computed)
    assert blocks.seen == ([] if home else PROMPTS)


@pytest.mark.parametrize(
    "other",
    [CountingBlocks("x" * 64), CountingBlocks(first_block=27), CountingBlocks(text_tokens=2)],
    ids=["model", "block", "pooled"],
)
def test_states_of_another_model_or_block_or_form_are_not_used(tmp_path: Path, other: CountingBlocks) -> None:
    states(tmp_path)[0].get(PROMPTS)
    states(tmp_path, other)[0].get(PROMPTS)
    assert other.seen == PROMPTS


def test_shipped_states_are_read_first(tmp_path: Path) -> None:
    shipped = tmp_path / "item_states.safetensors"
    states(None)[0].save(shipped, PROMPTS[:2])
    kept, blocks = states(tmp_path / "home", shipped=shipped)
    kept.get(PROMPTS)
    assert blocks.seen == ["solaris"]


def test_shipped_states_of_another_model_are_not_used(tmp_path: Path) -> None:
    shipped = tmp_path / "item_states.safetensors"
    states(None, CountingBlocks("x" * 64))[0].save(shipped, PROMPTS)
    kept, blocks = states(None, shipped=shipped)
    kept.get(PROMPTS)
    assert blocks.seen == PROMPTS


def test_a_missing_shipped_file_is_no_shard(tmp_path: Path) -> None:
    assert len(states(None, shipped=tmp_path / "missing")[0]) == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-4]),
        lambda path: path.write_bytes(path.read_bytes()[::-1]),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 64])),
    ],
    ids=["empty", "cut", "reversed", "one bit"],
)
def test_a_damaged_shard_is_computed_anew_and_mended(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    before = states(tmp_path)[0].get(PROMPTS)
    (shard,) = tmp_path.rglob("states.safetensors")
    damage(shard)
    kept, blocks = states(tmp_path)
    assert torch.equal(kept.get(PROMPTS), before)
    assert blocks.seen == PROMPTS
    mended, idle = states(tmp_path)
    assert torch.equal(mended.get(PROMPTS), before)
    assert idle.seen == []


def test_the_shortest_prompts_are_read_first_and_come_back_in_their_order(tmp_path: Path) -> None:
    kept, blocks = states(tmp_path)
    found = kept.get(PROMPTS[::-1])
    assert blocks.seen == PROMPTS
    assert (found[:, 0] * 3).round().tolist() == [7, 5, 4]


def test_many_prompts_are_stored_in_several_shards(tmp_path: Path) -> None:
    prompts = [f"prompt {i}" for i in range(300)]
    seen: list[tuple[str, int, int]] = []
    states(tmp_path, progress=lambda *step: seen.append(step))[0].get(prompts)
    assert len(list(tmp_path.rglob("states.safetensors"))) == 2
    assert seen[-1] == ("reading items into the model", 300, 300)
    assert [done for _, done, _ in seen[:3]] == [32, 64, 96]
    kept, blocks = states(tmp_path)
    kept.get(prompts)
    assert blocks.seen == []


def test_no_prompts_give_no_states(tmp_path: Path) -> None:
    assert states(tmp_path)[0].get([]).shape == (0, 2)
    assert list(tmp_path.iterdir()) == []


def test_states_that_cannot_be_stored_are_an_environment_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentProblem, match="a file is in the way"):
        states(tmp_path / "file")[0].get(PROMPTS)
