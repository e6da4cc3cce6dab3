"""For whom a file is, of which day and from whom: said inside each file that has room for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from geosector.storage.cells import NOT_IN_XML, Frame


class Stamp(NamedTuple):
    """What a file says of itself.

    Attributes
    ----------
    audience : str
        ``internal``, ``partner`` or ``public``.
    sentence : str
        The same for people: *Internal: do not pass on*.
    date : str, optional
        A day, ``2024-04-30``.
    source : str, optional
        Who stands for the data, or the names of the files they were made from.

    Examples
    --------
    >>> Stamp("public", "Public", "2024-04-30").line()
    'Public · 2024-04-30'
    """

    audience: str
    sentence: str
    date: str | None = None
    source: str | None = None

    def line(self) -> str:
        """Say all of it in one line."""
        parts = (self.sentence, self.date, self.source)
        return NOT_IN_XML.sub("\ufffd", " · ".join(part for part in parts if part))


_NOW: ContextVar[Stamp | None] = ContextVar("geosector_stamp", default=None)


@contextmanager
def stamping(stamp: Stamp | None) -> Iterator[None]:
    """Stamp every file that is written inside, where its format has room.

    A GeoPackage has it in the description of each layer, a workbook in its properties, GeoJSON,
    FlatGeobuf, KML and GPX in their descriptions, Parquet in its metadata. CSV and a list of JSON
    records have no such room: the stamp goes beside them.

    Parameters
    ----------
    stamp : Stamp or None
        None: tables are stamped by what `geosector.for_audience` said of them, others are not.

    Examples
    --------
    >>> with stamping(Stamp("internal", "Internal: do not pass on")):
    ...     current_stamp().line()
    'Internal: do not pass on'
    >>> current_stamp() is None
    True
    """
    before = _NOW.set(stamp)
    try:
        yield
    finally:
        _NOW.reset(before)


def current_stamp() -> Stamp | None:
    """Give the stamp of what is being written; None where nothing was said.

    Examples
    --------
    >>> current_stamp() is None
    True
    """
    return _NOW.get()


def stamp_of(tables: Iterable[Frame]) -> Stamp | None:
    """Give the stamp of all that is written now, else the one in the ``attrs`` of tables.

    Parameters
    ----------
    tables : iterable of pandas.DataFrame
        As `geosector.for_audience` gives them, or any.

    Returns
    -------
    Stamp or None
    """
    if _NOW.get() is not None:
        return _NOW.get()
    for table in tables:
        if {"audience", "stamp"} <= table.attrs.keys():
            day, source = table.attrs.get("date"), table.attrs.get("source")
            return Stamp(str(table.attrs["audience"]), str(table.attrs["stamp"]), day, source)
    return None
