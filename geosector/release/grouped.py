"""Stock, needs, returns and shifts: counts by sector or area, small ones withheld with others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise, product
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geosector.assign import OUTSIDE
from geosector.errors import MissingColumnError
from geosector.language import text
from geosector.release.groupings import GROUPED, PLANNED, Grouping
from geosector.release.places import keys_at, owners
from geosector.release.withheld import SMALLEST_COUNT, withhold_table
from geosector.release.words import DECIMALS, days, plain, whole
from geosector.tables import AUDIENCES, TOTALS, Audience, table

Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

# Each period is withheld by itself: what a later one adds to a growing table must not show what was
# withheld from an earlier one.
PERIODS = ("date", "date_from", "date_to", "month")
# The public sees no unit smaller than this; tables that do not say it are counted as a whole.
PUBLIC_PLACE = "admin1"


def grouped(
    rows: Frame, audience: Audience, name: str, sectors: gpd.GeoDataFrame | None
) -> pd.DataFrame:
    """Add up a table by place and part: one row for each pair, also where there was nothing.

    A pair that is missing would tell that its count is nought; so every pair is there. No count
    that is withheld follows from the totals of the places and of the parts, in each period and
    governorate and over all of them, nor from what an export of fewer periods or one for another
    audience showed.
    """
    how = _as_seen(GROUPED[name] if name in GROUPED else PLANNED[name], audience, name)
    place, parts = how.place, how.parts
    if place == "sector_id" and sectors is not None:
        rows = _with_sectors(rows, sectors)
    where = PUBLIC_PLACE if audience == "public" else place
    figures = _figures(rows, name, how)
    known = table(name).columns
    parts = tuple(part for part in parts if part in rows.columns and part in known)
    at, places = _numbered([_words_of(rows, name, where)], len(rows))
    of, kinds = _numbered([plain(rows, name, part) for part in parts], len(rows))
    when = [values for part, values in zip(parts, kinds, strict=False) if part in PERIODS]
    periods, _ = _numbered(when, len(kinds[0]))
    made = pd.DataFrame({where: np.repeat(places[0].to_numpy(object), len(kinds[0]))})
    for part, values in zip(parts, kinds, strict=False):
        made[part] = np.tile(values.to_numpy(object), len(places[0]))
        if known[part].type in {"integer", "number"}:  # the minutes of a limit
            made[part] = pd.to_numeric(made[part])
    regions = np.zeros(len(places[0]), np.int64)
    if audience == "partner":
        regions = _regions(rows, name, at, len(places[0]))
    total = _totals(parts, kinds)
    sums = {figure: np.zeros((len(places[0]), len(kinds[0]))) for figure in figures}
    for figure, values in sums.items():
        np.add.at(values, (at, of), whole(rows[figure]))
    held = _held(sums, how, regions, periods, total)
    if how.nested is not None and how.nested[0] in parts:
        held |= _held_between(sums[how.nested[1]], how.nested[0], parts, kinds)
    for figure, values in sums.items():
        told = _told(rows[figure], at, of, held.shape) if figure in how.open else ~held
        made[figure] = _shown(values, told, name, figure)
    for share, over, under in how.shares:
        if over in figures and under in figures:
            made[share] = made[over] / made[under].where(made[under] > 0)
    return made.assign(withheld=held.ravel())


def _told(
    column: pd.Series, at: NDArray[np.int64], of: NDArray[np.int64], shape: tuple[int, ...]
) -> Flags:
    """Find where anybody told a figure: what is not known to be hot is not calm."""
    told = np.zeros(shape, bool)
    stated = column.notna().to_numpy(bool)
    told[at[stated], of[stated]] = True
    return told


def _shown(values: Floats, told: Flags, name: str, figure: str) -> pd.Series:
    shown = pd.Series(values.ravel().round(DECIMALS))
    described = table(name).columns
    if figure in described and described[figure].type == "flag":
        shown = (shown > 0).astype("boolean")
    return shown.mask(~told.ravel())


def _as_seen(how: Grouping, audience: Audience, name: str) -> Grouping:
    """Leave out the figures shown whatever is withheld that the audience may not see at all."""
    columns, seers = table(name).columns, AUDIENCES[AUDIENCES.index(audience) :]
    return how._replace(
        open=tuple(one for one in how.open if one in columns and columns[one].seen_by in seers)
    )


def _figures(rows: Frame, name: str, how: Grouping) -> tuple[str, ...]:
    """Give the figures that a table has; refuse one that lacks what the others are set against."""
    ranged = name == "returned" and "people_max" in rows.columns
    if how.figures[0] not in rows.columns and not ranged:
        raise MissingColumnError(
            text(
                "The table {name} lacks the column {column}; it has: {columns}.",
                name=name,
                column=how.figures[0],
                columns=", ".join(str(column) for column in rows.columns),
            )
        )
    return tuple(figure for figure in (*how.figures, *how.open) if figure in rows.columns)


def _held(
    sums: Mapping[str, Floats],
    how: Grouping,
    regions: NDArray[np.int64],
    periods: NDArray[np.int64],
    total: Flags,
) -> Flags:
    """Find the cells to withhold: one pattern for all figures, as one of two tells of the other."""
    held = np.zeros((len(regions), len(periods)), bool)
    for period, region, apart in product(*map(np.unique, (periods, regions, total))):
        lot = np.ix_(regions == region, (periods == period) & (total == apart))
        for values in _told_by(sums, how):
            held[lot] |= withhold_table(values[lot])
    return held


def _told_by(sums: Mapping[str, Floats], how: Grouping) -> Iterator[Floats]:
    """Give what a table tells: its figures, and what is left of each whole without its part."""
    yield from (values for figure, values in sums.items() if figure not in how.open)
    for all_of, part in how.wholes:
        if all_of in sums and part in sums:
            yield np.abs(sums[all_of] - sums[part]).round(DECIMALS)


def _held_between(
    values: Floats, part: str, parts: tuple[str, ...], kinds: list[pd.Series]
) -> Flags:
    """Find cells whose step to the next greater value of a part would tell a small count."""
    held = np.zeros(values.shape, bool)
    others = [kind for name, kind in zip(parts, kinds, strict=False) if name != part]
    group, _ = _numbered(others, len(kinds[0]))
    level = pd.to_numeric(kinds[parts.index(part)], errors="coerce").to_numpy(float)
    order = np.lexsort((level, group))
    for one, next_one in pairwise(order):
        if group[one] == group[next_one]:
            step = withhold_table(np.abs(values[:, [next_one]] - values[:, [one]]).round(DECIMALS))
            held[:, [one, next_one]] |= step
    return held


def _regions(rows: Frame, name: str, at: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Give places that share governorates one number: the public knows the sum of each.

    What is withheld from partners is withheld in each governorate by itself, or the sums that are
    public would give it back.
    """
    unit, units = _numbered([_words_of(rows, name, PUBLIC_PLACE)], len(rows))
    links = coo_array((np.ones(len(at)), (at, count + unit)), shape=(count + len(units[0]),) * 2)
    return np.asarray(connected_components(links, directed=False)[1][:count], np.int64)


def _totals(parts: tuple[str, ...], kinds: list[pd.Series]) -> Flags:
    """Find the combinations that stand for all others together, beside others of their kind."""
    total = np.zeros(len(kinds[0]), bool)
    for part, values in zip(parts, kinds, strict=False):
        if part not in PERIODS:
            total |= values.str.strip().str.casefold().isin(TOTALS).to_numpy(bool)
    return total


def reached(rows: Frame, name: str = "activities") -> Frame:
    """Withhold small numbers of people served from activities, with others.

    Each month by itself: activities of a later one change nothing that was withheld or shown.
    """
    figures = [figure for figure in ("reached", "planned") if figure in rows.columns]
    at, places = _numbered([_words_of(rows, name, "locality")], len(rows))
    of, kinds = _numbered([_words_of(rows, name, "activity")], len(rows))
    month, months = _numbered([_months(rows)], len(rows))
    held = np.zeros((len(months[0]), len(places[0]), len(kinds[0])), bool)
    for figure in figures:
        numbers = whole(rows[figure])
        sums, small = np.zeros(held.shape), np.zeros(held.shape, bool)
        np.add.at(sums, (month, at, of), numbers)
        np.logical_or.at(small, (month, at, of), (numbers > 0) & (numbers < SMALLEST_COUNT))
        for one in range(len(held)):
            held[one] |= withhold_table(sums[one], small=small[one])
    hidden = pd.Series(held[month, at, of], index=rows.index)
    counts = {
        figure: pd.to_numeric(rows[figure], errors="coerce")
        .round(DECIMALS)
        .astype("Float64")
        .mask(hidden)
        for figure in figures
    }
    return rows.assign(**counts, withheld=hidden)


def _months(rows: Frame) -> pd.Series:
    """Give the month in which each activity begins; missing where nobody said it."""
    written = rows.get("month", rows.get("date_from", pd.Series(pd.NaT, rows.index)))
    return days(written).dt.strftime("%Y-%m").astype("string")


def _with_sectors(rows: Frame, sectors: gpd.GeoDataFrame) -> Frame:
    """Say the sector of rows that have a place and state none."""
    zones, position = owners(rows, sectors)
    stated = rows.get("sector_id", pd.Series(pd.NA, index=rows.index)).astype("string")
    found = pd.Series(keys_at(zones, position), index=rows.index).astype("string")
    return rows.assign(sector_id=stated.where(stated.notna() | (position == OUTSIDE), found))


def _words_of(rows: Frame, name: str, column: str) -> pd.Series:
    words = pd.Series(pd.NA, index=rows.index, dtype="string")
    if column in rows.columns:
        words = plain(rows, name, column).astype("string")
    if column == "locality_id" and "locality" in rows.columns:  # where it has no id, its name
        words = words.fillna(plain(rows, name, "locality").astype("string"))
    return words


def _numbered(columns: list[pd.Series], count: int) -> tuple[NDArray[np.int64], list[pd.Series]]:
    """Give the number of each row's combination of values, and the combinations in order."""
    if not columns:
        return np.zeros(count, np.int64), [pd.Series([pd.NA])]
    table = pd.concat([column.astype("string") for column in columns], axis=1)
    table.columns = pd.RangeIndex(len(columns))
    every = table.drop_duplicates().sort_values(list(table.columns)).reset_index(drop=True)
    keys = every.assign(number=np.arange(len(every)))
    number = table.merge(keys, on=list(table.columns), how="left")["number"]
    return number.to_numpy(np.int64), [every[column] for column in every.columns]
