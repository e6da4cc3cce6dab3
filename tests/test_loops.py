"""No test runs loops that were compiled from what is no longer there."""

import os

import pytest

from tests.loops import forget_stale_loops


@pytest.fixture
def folder(tmp_path):
    """Two files with loops changed at 100, one without at 900, and what was compiled at 200."""
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    for name, text, when in (
        ("inner.py", "@njit(cache=True)\n", 100),
        ("outer.py", "@njit(cache=True)\n", 100),
        ("plain.py", "", 900),
        ("__pycache__/inner.walk-1.py311.nbi", "", 200),
        ("__pycache__/outer.run-1.py311.nbi", "", 200),
        ("__pycache__/outer.run-1.py311.1.nbc", "", 200),
        ("__pycache__/outer.cpython-311.pyc", "", 50),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        os.utime(tmp_path / name, (when, when))
    return tmp_path


def test_fresh_loops_are_kept(folder):
    assert forget_stale_loops(folder) == 0


def test_a_change_of_one_file_forgets_the_loops_of_all(folder):
    os.utime(folder / "inner.py", (300, 300))
    # The inner loop has been compiled anew since; the outer one still has the old one in it.
    os.utime(folder / "__pycache__/inner.walk-1.py311.nbi", (400, 400))
    assert forget_stale_loops(folder) == 3
    assert [file.suffix for file in folder.glob("__pycache__/*")] == [".pyc"]
    assert forget_stale_loops(folder) == 0
