"""A plan of what to bring from where to where, over ways that can be passed now.

A sector first keeps what it needs itself; what is expired never moves; what expires earliest
leaves first. A sector that is cut off gets nothing, and the plan says so. Every line tells how old
the oldest report on its way is; no way is called safe.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.coded import require_whole
from geosector.measure.stock.gaps import DECIMALS
from geosector.measure.stock.given import (
    in_order,
    keys_of,
    originals,
    read_flags,
    read_numbers,
    row_of,
)
from geosector.measure.stock.goods import good_of, spelling, unit_of
from geosector.measure.stock.lots import Lot, find_lots, two_sectors
from geosector.measure.stock.minutes import Way, passable_ways
from geosector.measure.stock.sharing import Offers, Shares, share_out
from geosector.measure.stock.spare import Gap, Spare, find_spare, lines_of
from geosector.tables import Problem, problems_table

_Goods: TypeAlias = tuple[str, str]
CUT_OFF, NO_WAY, NOTHING_LEFT = "cut_off", "no_way", "nothing_left"
COLUMNS = (
    "from_id", "to_id", "item", "unit", "quantity", "expires", "minutes", "oldest_report_days",
    "known",
)  # fmt: skip
UNMET = ("sector_id", "item", "unit", "gap", "sent", "unmet", "reason")


class Transfers(NamedTuple):
    """What goes where, what is still missing, and the rows that do not count.

    ``table``: ``from_id, to_id, item, unit, quantity, expires, minutes, oldest_report_days,
    known``. ``unmet``: ``sector_id, item, unit, gap, sent, unmet, reason``, where the reason is
    ``cut_off``, ``no_way`` (somebody has some to spare, but no way leads from there) or
    ``nothing_left`` (all that could be brought is given out).
    """

    table: pd.DataFrame
    unmet: pd.DataFrame
    problems: pd.DataFrame


def plan_transfers(
    stock: pd.DataFrame,
    gaps: pd.DataFrame,
    ways: pd.DataFrame,
    *,
    day: dt.date | str,
    place: Literal["sector_id", "facility_id"] = "sector_id",
    facilities: pd.DataFrame | Mapping[Any, Any] | None = None,
    cut_off: Collection[Any] = (),
    shares: Shares = "proportional",
    known_only: bool = False,
    file: str = "stock",
) -> Transfers:
    """Plan what to bring to the sectors that lack something.

    Parameters
    ----------
    stock : pandas.DataFrame
        As for `stock_gaps`.
    gaps : pandas.DataFrame
        ``sector_id, item, unit, need, gap`` and ``cut_off``, as `stock_gaps` gives them.
    ways : pandas.DataFrame
        ``from_id, to_id, minutes``, and ``oldest_report_days, known``, as `minutes_between` gives
        them, from the places of the stock to sectors. Where ``minutes`` is missing or infinite, or
        a pair is not there, no way leads.
    day : datetime.date or str
        Of the plan.
    place : {"sector_id", "facility_id"}
        What ``from_id`` names: sectors, or facilities.
    facilities : pandas.DataFrame or mapping, optional
        In which sector each facility lies.
    cut_off : collection
        Sectors that are cut off, besides those that ``gaps`` says are.
    shares : {"proportional", "max_min", "nearest"}
        How what does not suffice is shared: see `share_out`.
    known_only : bool
        Whether to use only ways whose every report is recent.
    file : str, optional
        What the list of problems calls the stock.

    Returns
    -------
    Transfers
        In whole units: gaps are rounded up, so that ``unmet`` = ⌈gap⌉ − sent, and what a lot or a
        sector can spare is rounded down. ``expires`` is missing where nobody knows it: such lots
        leave last. A sector spares what is usable there beyond its need; one of which nobody knows
        what it needs, or that is cut off, spares nothing, and the former is listed. A facility
        outside all sectors spares what it has beyond its target.

    Raises
    ------
    MissingColumnError
        Where a column is missing.
    InputError
        Where ``day`` is no date, ``place`` or ``shares`` is another word, a facility lies in two
        sectors, or the gaps say two things of one sector, item and unit.

    Notes
    -----
    For each item and unit: first Σ unmet is least, then what does not suffice is shared, then
    Σ quantity · minutes is least. F. L. Hitchcock, The distribution of a product from several
    sources to numerous localities, J. Math. Phys. 20 (1941).

    Examples
    --------
    Sector 1 spares 20 − 8 = 12 bags; sectors 2 and 3 lack 10 and 20 and get their third of it:

    >>> from geosector.measure.stock.gaps import stock_gaps
    >>> stock = pd.DataFrame({"sector_id": [1], "item": "bag", "unit": "piece", "quantity": [20]})
    >>> need = pd.DataFrame({"sector_id": [1, 2, 3, 4], "item": "bag", "unit": "piece",
    ...                      "need": [8, 10, 20, 5]})
    >>> gaps = stock_gaps(stock, need, day="2026-11-27", cut_off=[4]).table
    >>> ways = pd.DataFrame({"from_id": 1, "to_id": [2, 3, 4], "minutes": [15.0, 40.0, 5.0],
    ...                      "oldest_report_days": [2.0, 45.0, 1.0], "known": [True, False, True]})
    >>> plan = plan_transfers(stock, gaps, ways, day="2026-11-27")
    >>> plan.table[["from_id", "to_id", "quantity", "minutes", "oldest_report_days", "known"]]
       from_id  to_id  quantity  minutes  oldest_report_days  known
    0        1      2         4     15.0                 2.0   True
    1        1      3         8     40.0                45.0  False
    >>> plan.unmet[["sector_id", "sent", "unmet", "reason"]].to_numpy().tolist()
    [[2, 4, 6, 'nothing_left'], [3, 8, 12, 'nothing_left'], [4, 0, 5, 'cut_off']]
    >>> plan_transfers(stock[:0], gaps, ways, day="2026-11-27").table.empty
    True
    >>> plan_transfers(stock, gaps, ways[["from_id"]], day="2026-11-27")
    Traceback (most recent call last):
    geosector.errors.MissingColumnError: The table ways lacks the column to_id; it has: from_id.
    """
    if place not in {"sector_id", "facility_id"}:
        raise InputError(
            text("'{given}' is no place of stock; expected sector_id or facility_id.", given=place)
        )
    require_whole(gaps, "sector_id", "item", "unit", "need", "gap", name="gaps")
    read = find_lots(stock, day=day, facilities=facilities, file=file)
    passable, problems = passable_ways(ways, known_only=known_only)
    wanted, closed, more = _wanted(gaps, cut_off)
    at_place, homeless = _placed(read.lots, place, stock, file)
    problems = [*read.problems, *problems, *more, *homeless]
    lots: dict[_Goods, list[Lot]] = defaultdict(list)
    for lot in at_place:
        lots[lot.item, lot.unit].append(lot)
    names = [
        spelling([*_words(stock, "item"), *gaps["item"]], good_of),
        spelling([*_words(stock, "unit"), *gaps["unit"]], unit_of),
    ]
    origins = originals(_words(ways, "from_id"), _words(stock, place))
    sectors = originals(gaps["sector_id"])
    lines, unmet = [], []
    for item, unit in sorted(wanted):
        goods = (names[0][item], names[1].get(unit))
        spare, silent = find_spare(lots[item, unit], wanted[item, unit], closed, place)
        problems += [
            Problem(
                "gaps",
                None,
                "need",
                f"{goods[0]}: {sector}",
                text("what the sector needs itself"),
                text("spares nothing"),
            )
            for sector in in_order(silent)
        ]
        sent = _sent(spare, wanted[item, unit], closed, passable, shares)
        lines += [
            (origins.get(one.start, one.start), sectors[one.end], *goods, one.quantity, one.expires,
             *passable[one.start, one.end])
            for one in lines_of(sent, spare, passable)
        ]  # fmt: skip
        unmet += [
            (sectors[sector], *goods, *rest)
            for sector, *rest in _unmet(sent, spare, wanted[item, unit], closed, passable)
        ]
    return Transfers(_table(lines), pd.DataFrame(unmet, columns=UNMET), problems_table(problems))


def _sent(
    spare: Spare,
    wanted: Mapping[str, Gap],
    closed: Collection[str],
    passable: Mapping[tuple[str, str], Way],
    shares: Shares,
) -> dict[tuple[str, str], int]:
    """Decide how much goes from each place to each sector."""
    starts = [one for one in in_order(spare.lots) if spare.limit[spare.group[one]]]
    ends = [one for one in in_order(wanted) if _whole_gap(wanted[one]) and one not in closed]
    pairs = [
        (at, to, passable[start, end].minutes)
        for at, start in enumerate(starts)
        for to, end in enumerate(ends)
        if (start, end) in passable and spare.group[start] != end
    ]
    groups = sorted(spare.limit)
    supply = [sum(quantity for _, quantity in spare.lots[start]) for start in starts]
    of_way = [[pair[part] for pair in pairs] for part in range(3)]
    offers = Offers(
        np.array(supply, np.int64),
        np.array([groups.index(spare.group[start]) for start in starts], np.int64),
        np.array([spare.limit[group] for group in groups], np.int64),
        np.array([_whole_gap(wanted[end]) for end in ends], np.int64),
        np.array(of_way[0], np.int64),
        np.array(of_way[1], np.int64),
        np.array(of_way[2], np.float64),
    )
    going = share_out(offers, shares)
    return {
        (starts[at], ends[to]): int(quantity)
        for (at, to, _), quantity in zip(pairs, going, strict=True)
        if quantity
    }


def _unmet(
    sent: Mapping[tuple[str, str], int],
    spare: Spare,
    wanted: Mapping[str, Gap],
    closed: Collection[str],
    passable: Mapping[tuple[str, str], Way],
) -> list[tuple[str, float, int, int, str]]:
    """List what is still missing, and why."""
    got: dict[str, int] = defaultdict(int)
    for (_, end), quantity in sent.items():
        got[end] += quantity
    givers = {
        start: own
        for start, own in spare.group.items()
        if spare.limit[own] and any(quantity for _, quantity in spare.lots[start])
    }
    found = []
    for sector in in_order(wanted):
        gap = wanted[sector].gap
        rest = _whole_gap(wanted[sector]) - got[sector]
        if not rest:
            continue
        others = [start for start, own in givers.items() if own != sector]
        is_led = any((start, sector) in passable for start in others)
        reason = CUT_OFF if sector in closed else NO_WAY if others and not is_led else NOTHING_LEFT
        found.append((sector, gap, got[sector], rest, reason))
    return found


def _whole_gap(one: Gap) -> int:
    return 0 if math.isnan(one.gap) else math.ceil(round(one.gap, DECIMALS))


# --------------------------------------------------------------- what is given


def _wanted(
    gaps: pd.DataFrame, cut_off: Collection[Any]
) -> tuple[dict[_Goods, dict[str, Gap]], set[str], list[Problem]]:
    """Read the gaps by item and unit, and which sectors are cut off."""
    action = text("taken as not known")
    needs = read_numbers(gaps, "need", file="gaps", action=action)
    lacking = read_numbers(gaps, "gap", file="gaps", action=action)
    keys = keys_of(gaps["sector_id"])
    found: dict[_Goods, dict[str, Gap]] = defaultdict(dict)
    for at, (key, item, unit) in enumerate(zip(keys, gaps["item"], gaps["unit"], strict=True)):
        if key is not None and good_of(item):
            one = Gap(float(needs.found[at]), float(lacking.found[at]))
            of_goods = found[good_of(item), unit_of(unit)]
            if of_goods.setdefault(key, one) != one and not math.isnan(one.need + one.gap):
                raise InputError(
                    text(
                        "The gaps say two things of {item} in sector {sector}; give one row for "
                        "each sector, item and unit.",
                        item=item,
                        sector=key,
                    )
                )
    flags = read_flags(gaps, "cut_off", name="gaps")
    closed = {key for key, flag in zip(keys, flags, strict=True) if key and flag}
    closed |= {key for key in keys_of(cut_off) if key}
    return found, closed, [*needs.problems, *lacking.problems]


def _placed(
    lots: Iterable[Lot], place: str, stock: pd.DataFrame, file: str
) -> tuple[list[Lot], list[Problem]]:
    """Keep the lots of which it is known where they lie; list the others."""
    kept, problems = [], []
    for lot in lots:
        if lot.facility if place == "facility_id" else lot.sector:
            kept.append(lot)
            continue
        expected = text("a row with {column}", column=place)
        label = row_of(stock.index[lot.row])
        problems.append(Problem(file, label, place, text("nothing"), expected, text("left out")))
    homes: dict[str | None, str | None] = {}
    for lot in kept if place == "facility_id" else []:
        if homes.setdefault(lot.facility, lot.sector) != lot.sector:
            raise two_sectors(lot.facility, homes[lot.facility], lot.sector)
    return kept, problems


def _words(rows: pd.DataFrame, column: str) -> list[Any]:
    return rows[column].tolist() if column in rows.columns else []


def _table(lines: list[tuple[Any, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(lines, columns=COLUMNS)
    # In seconds: a date that means "never", such as 9999-12-31, is beyond what nanoseconds hold.
    table["expires"] = table["expires"].astype(object).astype("datetime64[s]")
    return table.astype({"quantity": "int64", "minutes": float, "oldest_report_days": float,
                         "known": bool})  # fmt: skip
