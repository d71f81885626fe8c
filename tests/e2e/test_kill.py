"""``kill -9`` at any moment: no acknowledged rating is lost, no adapter is unreadable.

A harness process loads the real model once and forks a real ``palate chat --script`` for every kill, so that fifty
kills take about a minute. The red control stores adapters in place, and must tear.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from palate.adapters.adapter_store import AdapterStore
from palate.adapters.database import Database
from palate.adapters.event_log import EventLog
from palate.adapters.export import activated_config
from palate.adapters.start import peft_names
from palate.bot.factory import Foundation

N_KILLS = 50
LONGEST_RUN_S = 1.0

HARNESS = textwrap.dedent(
    """
    import json, os, random, signal, sys, time
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch
    torch.set_num_threads(1)
    from pathlib import Path
    from palate.bot import cli, factory
    from palate.bot.settings import load_settings

    root, script, cache_home = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[5])
    n, longest = int(sys.argv[3]), float(sys.argv[4])
    base = factory.build_foundation(load_settings(home=cache_home, chat_model="none"))
    start = factory.load_start(factory.shipped_folder(), base.blocks)

    def on_loaded_model(settings, *, seed=0, progress=None, say=None):
        from dataclasses import replace
        return factory.assemble(replace(base, settings=settings.model_copy(update={"chat_model": "none"})), start)

    factory.build_recommender = on_loaded_model
    # What only reads the catalogue is made once, before the forks.
    for name in ("LexicalIndex", "PreferenceExtractor", "TitleLinker", "ItemFactors", "AttributeGraph"):
        made = getattr(factory, name)(*{
            "PreferenceExtractor": (base.catalog, factory.TitleLinker(base.catalog)),
            "ItemFactors": (base.table, base.vectors.vectors, start.recipe.ridge),
        }.get(name, (base.catalog,)))
        setattr(factory, name, lambda *a, made=made, **k: made)
    rng = random.Random(7)
    for i in range(n):
        out = open(root / f"out-{i}", "w")
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            sys.stderr = open(os.devnull, "w")
            code = cli.run(["chat", "--user", "ada", "--script", script, "--json", "--home", str(root / f"home-{i}")])
            os._exit(code)
        # Four of five kills fall after an acknowledged rating, the others into the start.
        while i % 5 and not os.path.getsize(root / f"out-{i}"):
            time.sleep(0.01)
        time.sleep(rng.uniform(0.0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    """
)

RATINGS = [("alien-1979", 5), ("the-matrix-1999", 5), ("titanic-1997", 1), ("aliens-1986", 4), ("emma-1996", 2)] * 40


@pytest.mark.slow
def test_a_killed_chat_loses_no_acknowledged_rating_and_leaves_no_unreadable_adapter(
    tmp_path: Path, foundation: Foundation
) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text("\n".join(json.dumps({"rate": {"item": i, "stars": s}}) for i, s in RATINGS))
    arguments = [str(tmp_path), str(script), str(N_KILLS), str(LONGEST_RUN_S), str(foundation.settings.home)]
    subprocess.run([sys.executable, "-c", HARNESS, *arguments], check=True, timeout=240)

    acknowledged_in_all = 0
    for i in range(N_KILLS):
        home = tmp_path / f"home-{i}"
        lines = (tmp_path / f"out-{i}").read_text().splitlines()
        acknowledged = [json.loads(line) for line in lines if line.endswith("}")]
        acknowledged_in_all += len(acknowledged)
        if not home.exists():
            assert not acknowledged
            continue
        database = Database(home)
        events = EventLog(database).events("ada")
        assert len(events) >= len(acknowledged), f"kill {i} lost a rating"
        assert [event.item_id for event in events] == [item for item, _ in RATINGS[: len(events)]]
        blocks = foundation.blocks
        store = AdapterStore(database, home / "adapters", peft_names(blocks), activated_config(blocks))
        store.sweep()
        version = store.current("ada")
        if version:
            store.load(version)
        if acknowledged:
            assert version
            assert version.version >= acknowledged[-1]["adapter"]["version"]
        assert not list(home.rglob(".new-*")), "a draft was left behind"
        database.close()
    assert acknowledged_in_all > N_KILLS, "the kills came too early to show anything"


def test_the_harness_sees_a_writer_that_tears(tmp_path: Path) -> None:
    """The red control: a writer in place, killed in the same way, leaves files that cannot be read."""
    child = (
        "import sys\n"
        "from safetensors.numpy import save\n"
        "import numpy as np\n"
        "data = save({'a': np.zeros(4_000_000)})\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    with open(sys.argv[1], 'wb', buffering=0) as f:\n"
        "        for i in range(0, len(data), 65536): f.write(data[i : i + 65536])\n"
    )
    rng, torn = random.Random(7), 0
    for i in range(10):
        path = tmp_path / f"in-place-{i}"
        process = subprocess.Popen([sys.executable, "-c", child, str(path)], stdout=subprocess.PIPE)
        assert process.stdout
        process.stdout.readline()
        try:
            process.wait(rng.uniform(0.01, 0.2))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        torn += not _is_readable(path)
    assert torn > 0


def _is_readable(path: Path) -> bool:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        load(path.read_bytes())
    except (SafetensorError, FileNotFoundError):
        return False
    return True
