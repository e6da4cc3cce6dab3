"""The live index: which facilities are nearest to a point, now.

It is filled when it is first asked, and then follows every write of this and of other programs,
also of those that write no change down: triggers in the file note which rows were touched.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import struct
from collections.abc import Iterable, Iterator
from heapq import merge
from typing import Any, NamedTuple

import numpy as np
import shapely

from geosector.errors import InputError
from geosector.index import LiveIndex
from geosector.register.cells import from_file, shape_of

_COLUMNS = "fid, id, kind, status, valid_from, valid_to, geom"
_MIDDLE = (5, 95)  # per cent: a point that was typed wrong does not move the middle of all
_AROUND = 0.05  # degrees around a single point
_PLAIN_POINT = 42  # hexadecimal digits of its WKB
_EVERYWHERE = (-180.0, -90.0, 180.0, 90.0)


class _Place(NamedTuple):
    """What the index knows of a facility."""

    id: str
    kind: str | None
    status: str | None
    valid_from: str | None
    valid_to: str | None
    lon: float
    lat: float


class _Seen(NamedTuple):
    """How far the writes of a file were followed; ``touched`` is None where it notes none."""

    version: int
    touched: int | None


class LiveFacilities:
    """The facilities of a register, by kind and status, asked for the nearest ones."""

    def __init__(self) -> None:
        self._database: sqlite3.Connection | None = None
        self._places: dict[int, _Place] = {}
        self._days: dict[str, tuple[str | None, str | None]] = {}
        self._indexes: dict[tuple[str | None, str | None], LiveIndex] = {}
        self._bounds: tuple[float, float, float, float] | None = None
        self._seen = _Seen(0, None)

    def nearest(
        self, chosen: tuple[str | None, str | None], at: tuple[float, float], k: int, day: dt.date
    ) -> list[tuple[str, float]]:
        """Give the ids and distances in metres of the nearest facilities that hold on a day.

        ``chosen`` are the kind and the status, None for any; ``at`` is (lon, lat).
        """
        indexes = [
            index
            for its, index in self._indexes.items()
            if all(wanted in {None, own} for wanted, own in zip(chosen, its, strict=True))
        ]
        on = day.isoformat()
        listed = [self._valid(index, at, k, on) for index in indexes]
        return [(name, metres) for metres, name in list(merge(*listed))[:k]]

    def _valid(
        self, index: LiveIndex, at: tuple[float, float], k: int, on: str
    ) -> list[tuple[float, str]]:
        """Ask for more and more neighbours until k of them hold on a day."""
        asked = k
        while True:
            found = index.nearest(*at, asked)
            holding = [(metres, name) for name, metres in found if self._holds(name, on)]
            if len(holding) >= k or len(found) < asked:
                return holding[:k]
            asked *= 4

    def _holds(self, name: str, on: str) -> bool:
        begin, end = self._days[name]
        return (begin is None or begin <= on) and (end is None or on <= end)

    # ----------------------------------------------------------- following

    def follow(self, database: sqlite3.Connection) -> None:
        """Bring in what was written since; all rows where the file was opened anew."""
        seen = _look(database)  # before the rows: what comes between is read again next time
        is_known = database is self._database
        if is_known and seen == self._seen:
            return
        touched = self._seen.touched if is_known else None
        if touched is None:
            found = _read(database, None)
            self._bring_in(found, self._places.keys() | found.keys())
        else:
            rows = _touched_since(database, touched)
            self._bring_in(_read(database, rows), rows)
        self._database, self._seen = database, seen

    def _bring_in(self, found: dict[int, _Place], rows: Iterable[int]) -> None:
        if self._bounds is None and found:
            self._bounds = _middle(found.values())
            self._fill(found)
        changed = [row for row in rows if self._places.get(row) != found.get(row)]
        for row in changed:  # all of them first: ids may have been exchanged
            if row in self._places:
                self._take_out(row, self._places[row])
        for row in changed:
            if row in found:
                self._put_in(row, found[row])

    def _fill(self, found: dict[int, _Place]) -> None:
        """Put the first places in, all at once; those that cannot be so come one by one."""
        by_index: dict[tuple[str | None, str | None], list[tuple[int, _Place]]] = {}
        for row, place in found.items():
            by_index.setdefault((place.kind, place.status), []).append((row, place))
        for chosen, listed in by_index.items():
            names = [place.id for _, place in listed]
            points = np.array([(place.lon, place.lat) for _, place in listed])
            index = LiveIndex(self._bounds or _EVERYWHERE)
            try:
                index.fill(names, points[:, 0], points[:, 1])
            except InputError:
                continue
            self._indexes[chosen] = index
            for row, place in listed:
                self._places[row] = place
                self._days[place.id] = (place.valid_from, place.valid_to)

    def _take_out(self, row: int, place: _Place) -> None:
        del self._places[row], self._days[place.id]
        index = self._indexes[place.kind, place.status]
        if place.id in index:
            index.delete(place.id)

    def _put_in(self, row: int, place: _Place) -> None:
        self._places[row] = place
        self._days[place.id] = (place.valid_from, place.valid_to)
        chosen = (place.kind, place.status)
        if chosen not in self._indexes:
            self._indexes[chosen] = LiveIndex(self._bounds or _EVERYWHERE)
        try:
            self._indexes[chosen].insert(place.id, place.lon, place.lat)
        except InputError:  # the other side of the world, or no degrees: it is near to nothing here
            return


def _middle(places: Iterable[_Place]) -> tuple[float, float, float, float]:
    """Give the area where most points are."""
    points = np.array([(place.lon, place.lat) for place in places])
    (west, south), (east, north) = np.percentile(points, _MIDDLE, axis=0)
    return (
        max(west - _AROUND, -180.0), max(south - _AROUND, -90.0),
        min(east + _AROUND, 180.0), min(north + _AROUND, 90.0),
    )  # fmt: skip


def _look(database: sqlite3.Connection) -> _Seen:
    try:
        (touched,) = database.execute("SELECT ifnull(max(place), 0) FROM touched").fetchone()
    except sqlite3.OperationalError:
        if _has_touched(database):
            raise
        # Version 1, opened to be read: any write of another program may be of any row.
        (version,) = database.execute("PRAGMA data_version").fetchone()
        return _Seen(int(version), None)
    return _Seen(0, int(touched))


def _has_touched(database: sqlite3.Connection) -> bool:
    found = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'touched'")
    return found.fetchone() is not None


def _touched_since(database: sqlite3.Connection, place: int) -> set[int]:
    listed = database.execute("SELECT row FROM touched WHERE place > ?", (place,))
    return {int(row) for (row,) in listed}


def _read(database: sqlite3.Connection, rows: Iterable[int] | None) -> dict[int, _Place]:
    """Read places; a row without an id or a shape has none."""
    found: Iterator[tuple[Any, ...]]
    select = f"SELECT {_COLUMNS} FROM facilities WHERE id NOT NULL AND geom NOT NULL"
    if rows is None:
        found = iter(database.execute(select))
    else:
        each = (database.execute(f"{select} AND fid = ?", (row,)) for row in rows)
        found = (row for cursor in each for row in cursor)
    places = {}
    for fid, row_id, kind, status, begin, end, geom in found:
        at = _point(geom)
        if at is not None:
            days = [None if day is None else str(day)[:10] for day in (begin, end)]
            places[int(fid)] = _Place(str(row_id), kind, status, days[0], days[1], *at)
    return places


def _point(cell: object) -> tuple[float, float] | None:
    """Give (lon, lat) of a cell: of a point itself, of an area a point inside."""
    value = from_file(cell, "GEOMETRY")
    if isinstance(value, str) and len(value) == _PLAIN_POINT and value.startswith("0101000000"):
        return struct.unpack_from("<dd", bytes.fromhex(value), 5)
    shape = shape_of(value)
    if shape is None:
        return None
    at = shapely.point_on_surface(shape)
    return float(at.x), float(at.y)
