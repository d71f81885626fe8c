"""The items of a catalogue on a tiny random model: what is computed, in which order, and how often."""

from collections.abc import Sequence

import pytest
import torch
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.item_bank import ItemBank
from palate.adapters.item_inputs import ItemInputs
from palate.adapters.item_tokens import ItemFeatures, project, random_projection
from palate.adapters.lora import random_theta
from palate.adapters.states import ItemStates

IDS = ["alien", "emma", "solaris", "heat"]
KNOWN = torch.tensor([True, False, True, True])
FACTORS = torch.randn(4, 3, generator=torch.Generator().manual_seed(1))
CONTENT = torch.randn(4, 5, generator=torch.Generator().manual_seed(2))


class Bank:
    """A bank that notes whose features were asked for."""

    def __init__(self, blocks: AdaptedBlocks, *, tokens: bool = True) -> None:
        self.blocks, self.asked = blocks, list[str]()
        self.weights = random_projection(3, 5, blocks.dim, seed=0) if tokens else {}
        self.bank = ItemBank(blocks, ItemStates(blocks), prompt, self.features, self.weights)

    def features(self, item_ids: Sequence[str]) -> ItemFeatures:
        self.asked.extend(item_ids)
        rows = torch.tensor([IDS.index(item_id) for item_id in item_ids])
        return ItemFeatures(FACTORS, KNOWN, CONTENT).at(rows)

    def margins(self, items: ItemInputs) -> torch.Tensor:
        theta = random_theta(self.blocks.shapes, self.blocks.config, seed=0)
        return self.blocks.score({name: 30 * tensor for name, tensor in theta.items()}, items)


def prompt(item_id: str) -> str:
    return f"would you like {item_id} then ? Answer:"


@pytest.fixture
def made(tiny_blocks: AdaptedBlocks) -> Bank:
    return Bank(tiny_blocks)


def test_items_are_their_texts_and_the_tokens_of_their_features(made: Bank) -> None:
    found = made.bank.inputs(IDS)
    features = ItemFeatures(FACTORS, KNOWN, CONTENT)
    states = made.blocks.read([prompt(item_id) for item_id in IDS]).half().float()
    torch.testing.assert_close(found.states, states)
    torch.testing.assert_close(found.tokens, project(made.weights, features))
    assert found.present.tolist() == [[True, True], [False, True], [True, True], [True, True]]


def test_the_kept_prefix_gives_what_a_computed_one_gives(made: Bank) -> None:
    found = made.bank.inputs(IDS)
    assert found.prefix is not None
    anew = ItemInputs(found.states, found.tokens, found.present)
    torch.testing.assert_close(made.margins(found), made.margins(anew), atol=1e-5, rtol=1e-5)


def test_items_come_in_the_order_asked_for_and_more_than_once(made: Bank) -> None:
    every = made.margins(made.bank.inputs(IDS))
    found = made.margins(made.bank.inputs(["heat", "alien", "heat"]))
    torch.testing.assert_close(found, every[[3, 0, 3]], atol=1e-5, rtol=1e-5)
    assert every.std() > 1e-3


def test_each_item_is_computed_once(made: Bank) -> None:
    made.bank.inputs(["emma", "alien", "emma"])
    made.bank.inputs(["alien", "heat"])
    made.bank.inputs(IDS)
    assert made.asked == ["emma", "alien", "heat", "solaris"]


def test_without_token_weights_an_item_is_its_text_alone(tiny_blocks: AdaptedBlocks) -> None:
    made = Bank(tiny_blocks, tokens=False)
    found = made.bank.inputs(IDS)
    assert (found.tokens.shape, found.present.shape, made.asked) == ((4, 0, 16), (4, 0), [])
    texts = tiny_blocks.inputs(tiny_blocks.read([prompt(item_id) for item_id in IDS]))
    torch.testing.assert_close(made.margins(found), made.margins(texts), atol=1e-2, rtol=1e-2)


@pytest.mark.parametrize("tokens", [True, False])
def test_no_items_are_no_rows(tiny_blocks: AdaptedBlocks, tokens: bool) -> None:
    found = Bank(tiny_blocks, tokens=tokens).bank.inputs([])
    assert len(found) == 0


def test_what_is_kept_holds_no_graph(made: Bank) -> None:
    found = made.bank.inputs(IDS)
    assert found.prefix is not None
    assert not any(tensor.requires_grad for tensor in (found.states, found.tokens, found.prefix))
