"""How large a file may be, and what is said of one that is larger.

Tables are read whole, so every format has a most: what three gigabytes of address space hold while
it is read and checked. For text that takes longest (GeoJSON, JSON, GPX, KML) it is less: what one
core reads in some twenty seconds. `benchmarks/reading.py` measures both. What is larger is refused
before it is read, by one sentence that says what to do; so is what a computer with less memory
cannot hold, wherever its memory runs out.

=========  =====================================================================================
a most of  because
=========  =====================================================================================
megabytes  text is held twice, as it is stored and as it is read; JSON, KML and GPX become eight
           times their size in objects
cells      each becomes some seventy bytes, whatever stands in it; a geometry counts as one
features   of drawings in words, which may be short: each takes some fifteen microseconds
=========  =====================================================================================
"""

from __future__ import annotations

import errno
import functools
import gc
import mmap
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

from geosector.errors import UnreadableFileError
from geosector.language import text

_MEBIBYTE = 1024**2


class Limit(NamedTuple):
    """The most that is read of one format: bytes as they are when unpacked, and cells."""

    megabytes: int
    cells: int = 24_000_000


# By the kinds of `files`; of a workbook the unpacked megabytes count.
LIMITS = {
    "text": Limit(400),
    "xlsx": Limit(600, 12_000_000),
    "json": Limit(160),
    "geojson": Limit(160),
    "geojsonl": Limit(112),  # a feature on each line, decoded one by one
    "kml": Limit(256),
    "gpx": Limit(112),
    "arrow": Limit(512),
}
OTHERS = Limit(2048)

# Megabytes of a workbook that nothing but openpyxl reads: some forty microseconds for each cell.
MOST_BY_ELEMENT = 32

# Features of GeoJSON, KML and GPX: of these no program says how many cells there are.
MOST_FEATURES = 1_000_000

_Given = ParamSpec("_Given")
_Read = TypeVar("_Read")


def require_bytes(kind: str, count: int, file: str) -> None:
    """Refuse what is too large to be read whole.

    Parameters
    ----------
    kind : str
        Of the file's content, as `files` names it.
    count : int
        Its bytes, unpacked.
    file : str
        What it is called.

    Raises
    ------
    UnreadableFileError
        Where it has more than the format may.

    Examples
    --------
    >>> require_bytes("text", 10**6, "incidents.csv")
    >>> require_bytes("text", 10**9, "incidents.csv")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: incidents.csv: it is larger than the 400 MB that are read
    at once of this format. Cut out the part you need, or divide it.
    """
    most = LIMITS.get(kind, OTHERS).megabytes
    if count > most * _MEBIBYTE:
        raise UnreadableFileError(
            text(
                "{file}: it is larger than the {limit} MB that are read at once of this format. "
                "Cut out the part you need, or divide it.",
                file=file,
                limit=most,
            )
        )


def require_cells(kind: str, count: int, file: str) -> None:
    """Refuse what has too many cells to be read whole.

    Parameters
    ----------
    kind : str
        Of the file's content, as `files` names it.
    count : int
        Rows times columns, the geometry as one.
    file : str
        What it is called.

    Raises
    ------
    UnreadableFileError
        Where it has more than the format may.

    Examples
    --------
    >>> require_cells("gpkg", 500_000 * 9, "incidents.gpkg")
    >>> require_cells("gpkg", 10**8, "incidents.gpkg")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: incidents.gpkg: it has 100000000 cells, more than the
    24000000 that are read at once of this format. Cut out the part you need, or divide it.
    """
    most = LIMITS.get(kind, OTHERS).cells
    if count > most:
        raise UnreadableFileError(
            text(
                "{file}: it has {count} cells, more than the {limit} that are read at once of this "
                "format. Cut out the part you need, or divide it.",
                file=file,
                count=count,
                limit=most,
            )
        )


def require_features(count: int, file: str) -> None:
    """Refuse a drawing in words with too many features to be read within a short time.

    Parameters
    ----------
    count : int
        Its features.
    file : str
        What it is called.

    Raises
    ------
    UnreadableFileError
        Where it has more than a million.

    Examples
    --------
    >>> require_features(500_000, "places.kml")
    >>> require_features(2_000_000, "places.kml")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: places.kml: it has 2000000 features, more than the
    1000000 that are read at once of this format. Cut out the part you need, or divide it.
    """
    if count > MOST_FEATURES:
        raise UnreadableFileError(
            text(
                "{file}: it has {count} features, more than the {limit} that are read at once of "
                "this format. Cut out the part you need, or divide it.",
                file=file,
                count=count,
                limit=MOST_FEATURES,
            )
        )


def require_room(count: int) -> None:
    """Refuse to go on where there is no room for what would end the program, and not say so.

    Arrow and GDAL do when they cannot begin a thread, or make their first lists.

    Parameters
    ----------
    count : int
        Bytes of what will be read.

    Raises
    ------
    OSError
        Where twice as many and a hundred megabytes cannot be had; `within_memory` says it in words.

    Examples
    --------
    >>> require_room(1000)
    """
    with mmap.mmap(-1, 2 * count + 100 * _MEBIBYTE):
        pass


@contextmanager
def without_collector(count: int) -> Iterator[None]:
    """Keep Python from looking for circles among millions of cells, again and again.

    Cells are in none; what is no longer needed is given back as ever. What is in circles before is
    given back first.

    Parameters
    ----------
    count : int
        Bytes of what will be read; below ten megabytes nothing changes.

    Yields
    ------
    None

    Examples
    --------
    >>> with without_collector(10**8):
    ...     gc.isenabled()
    False
    >>> with without_collector(1000):
    ...     gc.isenabled()
    True
    """
    if count < _MUCH or not gc.isenabled():
        yield
        return
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


_MUCH = 10 * _MEBIBYTE


def within_memory(read: Callable[_Given, _Read]) -> Callable[_Given, _Read]:
    """Let a reader refuse, by one sentence, what does not fit into the memory of this computer.

    Parameters
    ----------
    read : callable
        A reader whose first argument is ``path``.

    Returns
    -------
    callable
        The same reader. It raises `UnreadableFileError` wherever memory ran out, whichever library
        said so.

    Examples
    --------
    >>> @within_memory
    ... def read(path):
    ...     raise MemoryError
    >>> read("folder/incidents.csv")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: incidents.csv: it does not fit into the memory of this
    computer. Close other programs, or cut out the part you need.
    """

    @functools.wraps(read)
    def guarded(*args: _Given.args, **options: _Given.kwargs) -> _Read:
        name = Path(os.fsdecode(cast("Any", args[0] if args else options["path"]))).name
        try:
            return read(*args, **options)
        except _expected() as error:
            if not _ran_out_of_memory(error, name):
                raise
        # Only behind the handler is what the reader held given back: the sentence needs room too.
        raise UnreadableFileError(
            text(
                "{file}: it does not fit into the memory of this computer. Close other programs, "
                "or cut out the part you need.",
                file=name,
            )
        )

    return guarded


def _expected() -> tuple[type[BaseException], ...]:
    """Name what libraries raise where memory runs out, among other reasons."""
    import pyarrow as pa

    usual = (MemoryError, OSError, RuntimeError, ImportError, ValueError)
    return (*usual, pa.ArrowException)


# No memory, or none for another thread.
_ERRNO = frozenset({errno.ENOMEM, errno.EAGAIN})
_OUT_OF_MEMORY = re.compile(
    r"out of memory|(?:cannot|failed to|unable to|could not) allocate|bad_alloc|realloc|malloc"
    r"|failed to map segment|start new thread|resource temporarily unavailable",
    re.IGNORECASE,
)


def _ran_out_of_memory(error: BaseException, name: str) -> bool:
    """Say whether this error, or one that it came from, is that memory ran out."""
    found: BaseException | None = error
    for _ in range(10):
        if found is None:
            return False
        if isinstance(found, MemoryError) or getattr(found, "errno", None) in _ERRNO:
            return True
        is_ours = isinstance(found, UnreadableFileError)
        if not is_ours and _OUT_OF_MEMORY.search(str(found)[:2000].replace(name, "")):
            return True
        found = found.__cause__ or found.__context__
    return False
