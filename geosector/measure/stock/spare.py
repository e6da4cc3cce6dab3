"""What a place can spare: what is usable there beyond its own need, in whole units, by its lots."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from geosector.measure.stock.gaps import DECIMALS
from geosector.measure.stock.given import in_order
from geosector.measure.stock.lots import EXPIRED, Lot
from geosector.measure.stock.minutes import Way


class Gap(NamedTuple):
    """What a sector needs of an item, and what it lacks; NaN where nobody knows."""

    need: float
    gap: float


class Spare(NamedTuple):
    """What can leave: lots by place, whole units; the group of each place, and their limits."""

    lots: dict[str, list[tuple[dt.date | None, int]]]
    group: dict[str, str]
    limit: dict[str, int]


class Line(NamedTuple):
    """So much of what expires on a day goes from one place to another."""

    start: str
    end: str
    quantity: int
    expires: dt.date | None


def find_spare(
    lots: Iterable[Lot], wanted: Mapping[str, Gap], closed: Collection[str], place: str
) -> tuple[Spare, set[str]]:
    """Say what each place can spare of one item and unit.

    Parameters
    ----------
    lots : iterable of Lot
    wanted : mapping of str to Gap
        By sector.
    closed : collection of str
        Sectors that are cut off: they spare nothing.
    place : {"sector_id", "facility_id"}
        Where lots are taken from.

    Returns
    -------
    tuple = (spare, silent)
        ``silent``: the sectors that have some and spare nothing, since nobody knows what they need.

    Notes
    -----
    The places of one sector share what it can spare: ⌊usable − need⌋. A place outside all sectors
    spares ⌊usable − target⌋. Of each lot whole units can leave.

    Examples
    --------
    >>> end = dt.date(2026, 12, 1)
    >>> lot = Lot(0, "a", "1", "serum", "box", 9.5, math.nan, end, "soon")
    >>> spare, silent = find_spare([lot], {"1": Gap(4.0, 0.0)}, [], "sector_id")
    >>> spare.limit, spare.lots["1"][0][1], silent
    ({'1': 5}, 9, set())
    >>> find_spare([lot], {}, [], "sector_id")[1], find_spare([], {}, [], "sector_id")[0].limit
    ({'1'}, {})
    """
    usable: dict[str, list[float]] = defaultdict(list)
    kept: dict[str, float] = {}
    at_place: dict[str, dict[dt.date | None, int]] = defaultdict(lambda: defaultdict(int))
    group: dict[str, str] = {}
    silent: set[str] = set()
    for lot in lots:
        if place == "facility_id" and lot.sector is None:
            own, reserve = f"facility {lot.facility}", 0.0 if math.isnan(lot.target) else lot.target
        else:
            own = str(lot.sector)
            reserve = wanted[own].need if own in wanted else math.nan
        kept[own] = max(kept.get(own, 0.0), reserve) if not math.isnan(reserve) else math.inf
        start = str(lot.facility if place == "facility_id" else lot.sector)
        if lot.state == EXPIRED or own in closed:
            continue
        group[start] = own
        usable[own].append(lot.quantity)
        at_place[start][lot.expires] += math.floor(round(lot.quantity, DECIMALS))
        if math.isinf(kept[own]):
            silent.add(own)
    limit = {
        own: max(math.floor(round(math.fsum(parts) - kept[own], DECIMALS)), 0)
        if own not in silent
        else 0
        for own, parts in usable.items()
    }
    ordered = {
        start: sorted(dates.items(), key=lambda one: (one[0] is None, one[0] or dt.date.max))
        for start, dates in at_place.items()
    }
    return Spare(ordered, group, limit), silent


def lines_of(
    sent: Mapping[tuple[str, str], int],
    spare: Spare,
    passable: Mapping[tuple[str, str], Way],
) -> list[Line]:
    """Say which lots go: what expires earliest first, and that to the nearest.

    Parameters
    ----------
    sent : mapping
        Whole units by place and sector.
    spare : Spare
        Has as much at each place.
    passable : mapping
        The ways.

    Returns
    -------
    list of Line

    Examples
    --------
    >>> first, later = dt.date(2026, 12, 1), dt.date(2027, 1, 1)
    >>> spare = Spare({"1": [(first, 2), (later, 5)]}, {"1": "1"}, {"1": 7})
    >>> ways = {("1", "2"): Way(9.0, 1.0, True)}
    >>> [(one.quantity, str(one.expires)) for one in lines_of({("1", "2"): 3}, spare, ways)]
    [(2, '2026-12-01'), (1, '2027-01-01')]
    >>> lines_of({}, spare, ways)
    []
    """
    left = {start: [*lots] for start, lots in spare.lots.items()}
    lines = []
    nearest = sorted(sent, key=lambda way: (passable[way].minutes, way))
    for start, end in nearest:
        missing = sent[start, end]
        while missing:
            expires, there = left[start][0]
            taken = min(there, missing)
            if taken:
                lines.append(Line(start, end, taken, expires))
            missing -= taken
            left[start][0] = (expires, there - taken)
            if taken == there:
                left[start].pop(0)
    place = {key: at for at, key in enumerate(in_order(one for way in sent for one in way))}
    return sorted(lines, key=lambda one: (place[one.start], place[one.end],
                                          one.expires or dt.date.max))  # fmt: skip
