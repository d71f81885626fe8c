"""Progress on standard error: a moving line where somebody is looking, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_EVERY_S = 5.0


@contextmanager
def show_progress() -> Iterator[tuple[Callable[[str, int, int], None], Callable[[str], None]]]:
    """Give a progress function (label, done, of) and a function that says one line."""
    last = [0.0]
    live = sys.stderr.isatty()

    def progress(label: str, done: int, of: int) -> None:
        now = time.monotonic()
        if live:
            end = "\n" if done >= of else ""
            print(f"\r{label}: {done} of {of}", end=end, file=sys.stderr, flush=True)
        elif done >= of or now - last[0] > _EVERY_S:
            last[0] = now
            print(f"{label}: {done} of {of}", file=sys.stderr, flush=True)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    yield progress, say
