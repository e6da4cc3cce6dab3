"""Compiled loops that are older than what they were compiled from.

numba compiles a loop anew where its own file has changed. It does not see that a function which the
loop calls has changed in another file: the old one stays compiled in.
"""

from __future__ import annotations

import re
from pathlib import Path

_COMPILED = re.compile(r"^@njit", re.MULTILINE)


def forget_stale_loops(folder: Path) -> int:
    """Remove all compiled loops of a folder where one is older than a file with loops in it.

    Parameters
    ----------
    folder : pathlib.Path
        With ``.py`` files that call each other, and ``__pycache__``.

    Returns
    -------
    int
        Files removed.
    """
    kept = [*folder.glob("__pycache__/*.nbi"), *folder.glob("__pycache__/*.nbc")]
    changed = [
        file.stat().st_mtime
        for file in folder.glob("*.py")
        if _COMPILED.search(file.read_text(encoding="utf-8"))
    ]
    if not kept or not changed or min(one.stat().st_mtime for one in kept) >= max(changed):
        return 0
    for file in kept:
        file.unlink(missing_ok=True)
    return len(kept)
