"""The local language model as a LangChain chat model: one message, a stream, or a batch that shares its prefix."""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

import torch
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, PrivateAttr

from ..adapters.backbone import Backbone

_SHORTEST_PREFIX = 32
_KEPT_PREFIXES = 4


class LocalChatModel(BaseChatModel):
    """A transformers model behind LangChain's seam; greedy, so that the same messages give the same words.

    Args:
        backbone: The model and its tokenizer; nothing here changes its weights.
        max_new_tokens: Longest answer.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    backbone: Backbone
    max_new_tokens: int = 64
    _prefixes: OrderedDict[tuple[int, ...], Any] = PrivateAttr(default_factory=OrderedDict)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "palate-local"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.backbone.name, "revision": self.backbone.revision}

    def complete(self, conversations: Sequence[Sequence[BaseMessage]]) -> list[str]:
        """Answer several conversations in one batch; the tokens they begin with in common are read once and kept."""
        if not conversations:
            return []
        prompts = [self._ids(messages) for messages in conversations]
        with self._lock, torch.inference_mode():
            return self._generate_batch(prompts)

    def batch(
        self, inputs: list[LanguageModelInput], config: Any = None, *, return_exceptions: bool = False, **kwargs: Any
    ) -> list[AIMessage]:
        """Answer all at once, where LangChain's own batch would run one thread an input."""
        conversations = [self._convert_input(value).to_messages() for value in inputs]
        stop: list[str] | None = kwargs.get("stop")
        return [AIMessage(content=_until(text, stop)) for text in self.complete(conversations)]

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> ChatResult:  # fmt: skip
        text = _until(self.complete([messages])[0], stop)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:  # fmt: skip
        """Yield the answer piece by piece, as each token is chosen; closing the iterator stops the model."""
        for piece in _told(self._pieces(self._ids(messages)), stop):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
            if run_manager:
                run_manager.on_llm_new_token(piece, chunk=chunk)
            yield chunk

    def _pieces(self, prompt: list[int]) -> Iterator[str]:
        tokenizer, model = self.backbone.tokenizer, self.backbone.model
        cache, ids, told = None, torch.tensor([prompt]), ""
        chosen: list[int] = []
        for _ in range(self.max_new_tokens):
            with self._lock, torch.inference_mode():
                out = model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache, token = out.past_key_values, int(out.logits[0, -1].argmax())
            if token in self._stop_tokens():
                return
            chosen.append(token)
            text = tokenizer.decode(chosen, skip_special_tokens=True)
            # A character may be spread over several tokens: wait until it is whole.
            if not text.endswith("\ufffd"):
                yield text[len(told) :]
                told = text
            ids = torch.tensor([[token]])

    def _ids(self, messages: Sequence[BaseMessage]) -> list[int]:
        tokenizer = self.backbone.tokenizer
        told = convert_to_openai_messages(list(messages))
        # What a person typed may not open or close a turn of the template.
        cleaned = [{**m, "content": without_control_tokens(str(m["content"]), tokenizer)} for m in told]
        if not tokenizer.chat_template:
            text = "\n".join(f"{m['role']}: {m['content']}" for m in cleaned) + "\nassistant:"
            return list(tokenizer(text).input_ids)
        encoded = tokenizer.apply_chat_template(cleaned, add_generation_prompt=True, return_dict=True)
        return list(encoded["input_ids"])

    def _generate_batch(self, prompts: list[list[int]]) -> list[str]:
        prefix = common_start([prompt[:-1] for prompt in prompts]) if len(prompts) > 1 else []
        if len(prefix) < _SHORTEST_PREFIX:
            prefix = []
        pad = self.backbone.tokenizer.pad_token_id
        tails = [prompt[len(prefix) :] for prompt in prompts]
        width = max(map(len, tails))
        ids = torch.tensor([[*prefix, *[pad] * (width - len(tail)), *tail] for tail in tails])
        mask = torch.tensor([[*[1] * len(prefix), *[0] * (width - len(tail)), *[1] * len(tail)] for tail in tails])
        out = self.backbone.model.generate(
            input_ids=ids, attention_mask=mask, past_key_values=self._prefix(prefix, len(prompts)),
            max_new_tokens=self.max_new_tokens, do_sample=False, pad_token_id=pad,
        )  # fmt: skip
        texts = self.backbone.tokenizer.batch_decode(out[:, ids.shape[1] :], skip_special_tokens=True)
        return [str(text).strip() for text in texts]

    def _prefix(self, prefix: list[int], rows: int) -> Any:
        if not prefix:
            return None
        key = tuple(prefix)
        if key not in self._prefixes:
            out = self.backbone.model(input_ids=torch.tensor([prefix]), use_cache=True, logits_to_keep=1)
            self._prefixes[key] = out.past_key_values
            while len(self._prefixes) > _KEPT_PREFIXES:
                self._prefixes.popitem(last=False)
        self._prefixes.move_to_end(key)
        cache = copy.deepcopy(self._prefixes[key])
        cache.batch_repeat_interleave(rows)
        return cache

    def _stop_tokens(self) -> set[int]:
        end = self.backbone.model.generation_config.eos_token_id
        ends = end if isinstance(end, list) else [end]
        return {token for token in (*ends, self.backbone.tokenizer.eos_token_id) if token is not None}


def common_start(prompts: Sequence[Sequence[int]]) -> list[int]:
    """Return the tokens that every prompt begins with.

    Examples:
        >>> common_start([[1, 2, 3], [1, 2, 4, 5]])
        [1, 2]
    """
    return [column[0] for column in takewhile(lambda column: len(set(column)) == 1, zip(*prompts, strict=False))]


def without_control_tokens(text: str, tokenizer: Any) -> str:
    """Return the text with every control token of the model's vocabulary taken out."""
    # Some models name their turn markers only here, and not among the special tokens.
    marked = {token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
    for token in sorted({*tokenizer.all_special_tokens, *marked}, key=len, reverse=True):
        text = text.replace(token, " ")
    return text


def _until(text: str, stop: list[str] | None) -> str:
    """Return the text before the first stop word."""
    cuts = [text.index(word) for word in stop or [] if word and word in text]
    return text[: min(cuts)].rstrip() if cuts else text


def _told(pieces: Iterator[str], stop: list[str] | None) -> Iterator[str]:
    """Yield a stream as its whole text would be told: no space at its ends, nothing of a stop word."""
    text, told = "", 0
    for piece in pieces:
        text = (text + piece).lstrip()
        whole = _until(text, stop)
        end = len(whole if len(whole) < len(text) else _settled(text, stop))
        if end > told:
            yield text[told:end]
            told = end
        if len(whole) < len(text):
            text = whole
            break
    # LangChain wants at least one piece, though it be empty.
    if len(text.rstrip()) > told or not told:
        yield text.rstrip()[told:]


def _settled(text: str, stop: list[str] | None) -> str:
    """Return the text without the beginning of a stop word, or a space, that it ends in."""
    begun = [i for word in stop or [] for i in range(1, len(word)) if text.endswith(word[:i])]
    return text[: len(text) - max(begun, default=0)].rstrip()
