"""What each audience may see: the only door out.

==================  ==========  ==============================  ==================================
table               internal    partner                         public
==================  ==========  ==============================  ==================================
incidents           as it is    points moved within a stated    counts by locality or cell and
                                radius; coded columns           kind, after a delay
facilities          as it is    the sector, no place or name    counts by sector and kind
population          as it is    counts by sector                refused
stock, needs,       as it is    sums by sector, area or         sums by governorate
returns, shifts                 locality
activities          as it is    numbers of people reached,      no organisation, no people
                                small ones withheld
access, sheltering  as it is    sums by sector                  refused
needs in a plan,    as it is    sums by sector, area or         sums by governorate
stock gaps, posts               locality
reach, routes,      as it is    only by a decision of the       refused
sites, transfers …              office
hot spots, trends   as it is    as it is                        refused: made anew from what
                                                                is public
points              as it is    refused                         refused
matches             as it is    what was found, no place        refused
sectors, roads, …   as it is    columns that ``tables.toml``    columns that ``tables.toml`` lets
                                lets a partner see              everyone see
buildings           as it is    outlines and points; floors     outlines, nothing else
                                and height
water               as it is    the same as the public          shapes and names, of what is water
==================  ==========  ==============================  ==================================

Roads, buildings and water are the public ground of a map: where they lie is seen from the sky. What
state they are in, who lives there and what a building is called is not. Where a table of water says
what each row is, only what is water leaves the office: a front line may be among them.

Columns that geosector does not know are internal; columns that look personal are nobody's. Text
that may hold a place in digits (a coordinate, a code) is withheld. Counts of people or facilities
below a threshold are withheld together with others, so that subtraction does not give them back.

Masking is keyed and fixed: HMAC-SHA256 of the place's cell of some metres says where the point
goes. So the average of many exports, of many incidents at one place, or of a row whose id has
changed, is one and the same masked point. Of a place that gets several masks, by corrections, radii
or layouts, it keeps away from the place as far as each of them: ``at_least_m``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias, cast

import geopandas as gpd
import pandas as pd

from geosector.errors import AudienceError, InputError
from geosector.language import text
from geosector.release.audiences import (
    audience_of,
    needed_day,
    needed_sectors,
    read_key,
    release_day,
    require_coarse,
    require_key,
    stamp,
)
from geosector.release.columns import columns_seen, located, personal, require_once, writable
from geosector.release.counts import facilities, population
from geosector.release.grouped import grouped, reached
from geosector.release.groupings import GROUPED
from geosector.release.incidents import counted_incidents
from geosector.release.masks import masked_incidents
from geosector.release.overrides import Override, overridden, require_override, stamped, told
from geosector.release.planning import of_planning
from geosector.release.reported import (
    DELAY_DAYS,
    NO_KEY,
    for_report,
    problems_seen,
    problems_told,
)
from geosector.release.withheld import SMALLEST_COUNT, withhold, withhold_table
from geosector.release.words import require_no_place
from geosector.tables import RESULTS, Audience, require_table, table

__all__ = [
    "DELAY_DAYS",
    "NO_KEY",
    "SMALLEST_COUNT",
    "Override",
    "Planned",
    "audience_of",
    "for_audience",
    "for_plan",
    "for_report",
    "problems_seen",
    "problems_told",
    "read_key",
    "release_day",
    "require_no_place",
    "stamp",
    "stamped",
    "told",
    "withhold",
    "withhold_table",
]

Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"


BLOCKS = "blocks"


class Planned(NamedTuple):
    """The tables of a plan that an audience may see, and why others are left out, by name."""

    tables: dict[str, Frame]
    left_out: dict[str, str]


def for_audience(
    rows: Frame,
    audience: str | None,
    *,
    name: str,
    sectors: gpd.GeoDataFrame | None = None,
    key: bytes | None = None,
    date: dt.date | str | None = None,
    delay_days: int = 7,
    cell_m: float = 1000.0,
    people: gpd.GeoDataFrame | None = None,
    least_people: int = 50,
    override: Override | None = None,
) -> Frame:
    """Give what an audience may see of a table.

    Parameters
    ----------
    rows : pandas.DataFrame or geopandas.GeoDataFrame
        The table, with the column names of ``tables.toml``; geometry in any coordinate system.
    audience : {"internal", "partner", "public"}
        There is no default.
    name : str
        Which table it is: ``incidents``, ``facilities``, ``sectors``, …
    sectors : geopandas.GeoDataFrame, optional
        With ``sector_id``. Facilities and population need them for partner and public; masked
        incidents stay in their sector where they are given.
    key : bytes, optional
        The masking key (see `read_key`), at least 16 bytes; needed for masked incidents and for
        everything public.
    date : datetime.date or str, optional
        The day of the release, ``2024-04-30``; needed for public incidents. Default: the
        environment's ``SOURCE_DATE_EPOCH``, never the clock.
    delay_days : int
        Days that must have passed before the public sees an incident; of a date known only by
        month or year, since the end of it.
    cell_m : float
        Side in metres of the cells in which the public sees incidents: 1000 or twice as much, four
        times … up to 64000. Such cells lie in one another.
    people : geopandas.GeoDataFrame, optional
        With ``population``: where people live (blocks, zones, points). Masked incidents then move
        so far that at least ``least_people`` live within ``radius_m`` of the masked point, in its
        sector where sectors are given; where that cannot be, the geometry is missing.
    least_people : int
        Among how many people a place is hidden; counts only where ``people`` is given.
    override : Override, optional
        A written decision to show a partner exact places: known columns and geometry as they are,
        no free text. It is said in ``stamp`` and in ``attrs``; never for the public.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        A new table. Geometry, where there is one, in EPSG:4326 (internal: as it came). ``attrs``
        holds ``audience``, ``date`` (ISO or None) and ``stamp``, a sentence.

        - incidents, partner: the same rows; geometry moved by at most the stated ``radius_m``
          (100 m times the greatest power of two that fits, up to 51 km; 400 m where none is
          stated; 100 m where less is stated) and rounded to what that promises. The new
          ``radius_m`` is the way moved at most plus what was stated before; ``at_least_m`` is what
          the point keeps away from the true place, and the mean of any number of exports, too;
          where no place in the same sector can be found, the geometry is missing.
        - incidents, public: one row for each locality, or cell where there is none, and kind:
          ``count``, the sum of each casualty column, the centre of a cell, ``radius_m``.
        - facilities, partner: the same rows with ``sector_id``, without geometry and names.
        - facilities, public: one row for each sector and kind, ``count`` (missing where withheld)
          and ``withheld``; kinds but fire stations, schools and water points are ``protected``.
        - population, partner: one row for each sector, ``population`` and ``withheld``.
        - stock, needs, returns, shifts: sums by sector, area or locality (partner) or ``admin1``
          (public) and by item, group, period …; small ones are withheld with others.
        - activities: their rows; to the public without organisations and people, to partners with
          ``reached`` and ``planned``, small ones withheld with others.

    Raises
    ------
    AudienceError
        Where the audience is not one of the three, may not see the table at all, or key, sectors
        or date are needed and missing; where an override is for the public or says too little.
    InputError
        Where ``name`` is no table, the date is none, the key is too short, ``delay_days`` is
        negative, or ``cell_m`` is none of the sides.

    Examples
    --------
    >>> from shapely.geometry import Point
    >>> attack = gpd.GeoDataFrame(
    ...     {"id": ["a"], "kind": ["attack"], "date": ["2024-04-02"], "narrative": ["by the well"]},
    ...     geometry=[Point(37.16123, 36.20234)], crs="EPSG:4326",
    ... )
    >>> known = dict(name="incidents", key=bytes(32), date="2024-04-30")
    >>> seen = for_audience(attack, "partner", **known)
    >>> seen.columns.tolist(), seen["radius_m"].tolist(), seen.geometry.iloc[0].wkt
    (['kind', 'date', 'radius_m', 'at_least_m', 'geometry'], [400.0], 'POINT (37.1582 36.2024)')
    >>> public = for_audience(attack, "public", **known)
    >>> public[["kind", "count"]].values.tolist(), public.geometry.iloc[0].wkt
    ([['attack', 1]], 'POINT (37.16536 36.20214)')
    >>> len(for_audience(attack, "public", **{**known, "date": "2024-04-05"}))
    0
    >>> for_audience(attack, None, **known)
    Traceback (most recent call last):
    ...
    geosector.errors.AudienceError: Say for whom this is: the audience is one of internal, ...
    """
    seer = audience_of(audience)
    known = table(name)
    rows = writable(require_table(rows, name))
    require_coarse(delay_days, cell_m)
    day = release_day(date)
    if seer != "internal":
        require_once(rows, name)
    if seer == "internal":
        result = rows.drop(columns=personal(rows, tuple(known.columns)))
    elif override is not None:
        result = overridden(located(rows, name), seer, name, override)
    else:
        require_key(key, seer, name)
        placed = located(rows, name)
        if name == "incidents" and seer == "partner":
            crowd = None if people is None else _people(people)
            result = masked_incidents(placed, sectors, cast("bytes", key), crowd, least_people)
        elif name == "incidents":
            result = counted_incidents(placed, needed_day(day), delay_days, cell_m)
        else:
            result = _other(placed, seer, name, sectors)
    result = result.copy()
    result.attrs = {
        "audience": seer,
        "date": None if day is None else day.isoformat(),
        "stamp": stamp(seer) if override is None else told(override, day),
    }
    if override is not None:
        result.attrs["override"] = override._asdict()
    return result


def for_plan(
    plan: Mapping[str, Frame] | None,
    audience: Audience,
    *,
    sectors: gpd.GeoDataFrame | None = None,
    key: bytes | None = None,
    date: dt.date | str | None = None,
    override: Override | None = None,
) -> Planned:
    """Give what an audience may see of the results of planning, table by table.

    Parameters
    ----------
    plan : mapping of str to pandas.DataFrame, optional
        Results by name, each of `geosector.tables.RESULTS`, and ``blocks``, the ground of
        ``reach``.
    audience : {"internal", "partner", "public"}
    sectors, key, date, override
        As for `geosector.for_audience`.

    Returns
    -------
    Planned
        A table that the audience may not see is left out, with the sentence that says why.

    Raises
    ------
    InputError
        Where a name is none of the results.
    AudienceError
        Where the override is not for a partner, or says too little.

    Examples
    --------
    >>> gaps = pd.DataFrame({"sector_id": ["1", "2"], "item": "water", "usable": [50, 9]})
    >>> plan = {"stock_gaps": gaps, "routes": gaps}
    >>> made = for_plan(plan, "partner")
    >>> made.tables["stock_gaps"]["usable"].tolist(), list(made.left_out)
    ([50.0, 9.0], ['routes'])
    >>> for_plan(None, "public")
    Planned(tables={}, left_out={})
    >>> for_plan({"people": gaps}, "internal")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: A plan holds no table 'people'. Use: reach, access, ...
    """
    given = dict(plan or {})
    for name in given:
        if name not in {*RESULTS, BLOCKS}:
            raise InputError(
                text(
                    "A plan holds no table '{name}'. Use: {known}.",
                    name=name,
                    known=", ".join((*RESULTS, BLOCKS)),
                )
            )
    if override is not None:
        require_override(override, audience)
    seen: dict[str, Frame] = {}
    left_out: dict[str, str] = {}
    if audience != "internal":
        given.pop(BLOCKS, None)  # the ground of a table that stays in the office
    for name in (*RESULTS, BLOCKS):
        if name not in given:
            continue
        require_once(require_table(given[name], name), name)
        try:
            seen[name] = for_audience(
                given[name], audience, name=name, sectors=sectors, key=key, date=date,
                override=override,
            )  # fmt: skip
        except AudienceError as refusal:
            left_out[name] = str(refusal)
    return Planned(seen, left_out)


def _other(rows: Frame, audience: Audience, name: str, sectors: gpd.GeoDataFrame | None) -> Frame:
    if name == "facilities":
        return facilities(rows, audience, needed_sectors(sectors, name))
    if name == "population":
        return population(rows, audience, sectors)
    if name in GROUPED:
        return grouped(rows, audience, name, sectors)
    if name in RESULTS:
        return of_planning(rows, audience, name, sectors)
    seen = columns_seen(rows, audience, name)
    return reached(seen) if name == "activities" and audience == "partner" else seen


def _people(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take people for masks: with places and numbers, or not at all."""
    placed = located(require_table(rows, "population"), "population")
    if not isinstance(placed, gpd.GeoDataFrame) or "population" not in placed.columns:
        raise InputError(
            text(
                "To hide places among people, the table of people needs a geometry and the column "
                "population; it has: {columns}.",
                columns=", ".join(str(column) for column in rows.columns),
            )
        )
    return placed
