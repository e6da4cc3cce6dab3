"""What is costly to make and always the same, kept for the user."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from geosector.errors import StorageError
from geosector.storage.atomic import write_bytes

_DIGEST = 32  # bytes of a SHA-256


def remembered(name: str, make: Callable[[], bytes]) -> bytes:
    """Give bytes that are costly to make and always the same: made once, kept for the user.

    They are kept in ``geosector`` in the user's folder for such files (``GEOSECTOR_CACHE`` says
    where else; empty: nowhere). Nothing that comes from the user's data belongs there. A file
    that is damaged, or a folder that cannot be written, costs only the time to make them again.

    Parameters
    ----------
    name : str
        Of the file. It must say everything that the bytes depend on, such as a digest of it.
    make : callable
        Makes the bytes.

    Returns
    -------
    bytes

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> os.environ["GEOSECTOR_CACHE"] = folder.name
    >>> remembered("font-1", lambda: b"made"), remembered("font-1", lambda: b"made again")
    (b'made', b'made')
    >>> folder.cleanup()
    >>> del os.environ["GEOSECTOR_CACHE"]
    """
    folder = _memory()
    if folder is None:
        return make()
    file = folder / name
    with suppress(OSError):
        kept = file.read_bytes()
        if kept[:_DIGEST] == hashlib.sha256(kept[_DIGEST:]).digest():
            return kept[_DIGEST:]
    made = make()
    with suppress(OSError, StorageError):
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(file, hashlib.sha256(made).digest() + made)
    return made


def _memory() -> Path | None:
    """Find the folder in which `remembered` keeps files."""
    chosen = os.environ.get("GEOSECTOR_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home raises where there is none
    usual = {
        "Windows": os.environ.get("LOCALAPPDATA") or f"{home}/AppData/Local",
        "Darwin": f"{home}/Library/Caches",
    }
    on_others = os.environ.get("XDG_CACHE_HOME") or f"{home}/.cache"
    return Path(usual.get(platform.system(), on_others)) / "geosector"
