"""The targets of the fuzzer hold on their seeds, which is also where every find is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.run import NAMES, seeds
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", NAMES)
def test_a_parser_keeps_its_promise_on_every_seed(name):
    texts = seeds(name)
    assert len(texts) > 5
    for written in texts:
        TARGETS[name](written)


def test_every_target_has_seeds_and_they_are_small():
    files = sorted((Path(__file__).parent / "seeds").iterdir())
    assert [file.stem for file in files] == sorted(TARGETS)
    assert sum(file.stat().st_size for file in files) < 50_000


def test_the_runner_knows_the_targets_by_name():
    # It must not import them before atheris is there to watch.
    assert tuple(TARGETS) == NAMES
