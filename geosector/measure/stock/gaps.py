"""What each sector has of each item against what it needs: the list of gaps.

Usable is what is not expired on the day of the plan; what nobody knows the expiry of is counted,
and shown beside it. Different units of one item are never added up. Whether a sector is hot or cut
off comes from elsewhere (`hot_spots`, `cut_off`) and is set beside its gaps.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.coded import require_whole
from geosector.measure.stock.given import (
    in_order,
    key_of,
    keys_of,
    originals,
    read_flags,
    read_numbers,
    row_of,
    total,
)
from geosector.measure.stock.goods import good_of, spelling, unit_of
from geosector.measure.stock.lots import EXPIRED, SOON, SOON_DAYS, UNKNOWN, Lot, find_lots
from geosector.tables import Problem, problems_table

_Goods: TypeAlias = tuple[str, str]  # item and unit, as they are compared
_Place: TypeAlias = tuple[str, str, str]  # sector, item, unit
DECIMALS = 6  # of a difference of two sums: what is finer is of the machine
FROM_PEOPLE, FROM_TARGET = "people", "target"


class Gaps(NamedTuple):
    """What is missing where, and the rows that do not count or were changed.

    ``table``: one row for each sector and each item and unit of the plan, ``sector_id, item, unit,
    need, need_from, usable, expired, expires_soon, expiry_unknown, gap, surplus, hot, cut_off``.
    """

    table: pd.DataFrame
    problems: pd.DataFrame


def stock_gaps(
    stock: pd.DataFrame,
    need: pd.DataFrame | None = None,
    *,
    day: dt.date | str,
    sectors: pd.DataFrame | Sequence[Any] | None = None,
    facilities: pd.DataFrame | Mapping[Any, Any] | None = None,
    hot: Collection[Any] | None = None,
    cut_off: Collection[Any] | None = None,
    soon_days: int = SOON_DAYS,
    file: str = "stock",
) -> Gaps:
    """Set what each sector has against what it needs.

    Parameters
    ----------
    stock : pandas.DataFrame
        ``item, quantity`` and ``sector_id`` or ``facility_id``; where they are there ``unit,
        target, expires, id``.
    need : pandas.DataFrame, optional
        ``sector_id, item, unit, need`` as `item_needs` gives them. Where it has no number for a
        sector and item, the ``target`` of the stock counts.
    day : datetime.date or str
        Of the plan.
    sectors : pandas.DataFrame or sequence, optional
        ``sector_id`` of every sector, with ``hot`` and ``cut_off`` (true or false) where they are
        there; or their ids. Default: those that ``need`` and ``stock`` name.
    facilities : pandas.DataFrame or mapping, optional
        In which sector each facility lies: ``id, sector_id`` as `geosector.assign` writes it.
    hot, cut_off : collection, optional
        The ids of sectors where much happens, and of those that no open road reaches.
    soon_days : int
        What expires within so many days expires soon.
    file : str, optional
        What the list of problems calls the stock.

    Returns
    -------
    Gaps
        Numbers are in ``unit``. ``expires_soon`` and ``expiry_unknown`` are parts of ``usable``.
        ``need``, ``gap`` and ``surplus`` are missing where nothing says what is needed;
        ``need_from`` says which it is: ``people`` or ``target``. ``hot`` and ``cut_off`` are
        missing where they were not given. See `find_lots` for what is made of doubtful rows.

    Raises
    ------
    MissingColumnError
        Where a column is missing.
    InputError
        Where ``day`` is no date, or no row says in which sector it lies.

    Notes
    -----
    usable = Σ quantity of what is not expired; gap = max(need − usable, 0); surplus =
    max(usable − need, 0). The targets of an item at one place count once, however many lots lie
    there, and of different ones the greatest; those of several places of a sector add up.

    Examples
    --------
    Of 30 bags 12 are expired; 25 are needed, so 7 are missing. Nobody said what sector 2 needs:

    >>> ends = ["2027-06-01", "2026-11-01", None]
    >>> stock = pd.DataFrame({"sector_id": [1, 1, 2], "item": "medical bag", "unit": "bag",
    ...                       "quantity": [18, 12, 4], "expires": ends})
    >>> need = pd.DataFrame({"sector_id": [1], "item": "Medical bags", "unit": "bag", "need": 25})
    >>> found = stock_gaps(stock, need, day="2026-11-27", hot=[2])
    >>> found.table[["sector_id", "need", "usable", "expired", "gap", "expiry_unknown", "hot"]]
       sector_id  need  usable  expired  gap  expiry_unknown    hot
    0          1  25.0    18.0     12.0  7.0             0.0  False
    1          2   NaN     4.0      0.0  NaN             4.0   True
    >>> stock_gaps(stock[:0], day="2026-11-27").table.empty
    True
    >>> stock_gaps(stock.drop(columns="sector_id"), need, day="2026-11-27")
    Traceback (most recent call last):
    geosector.errors.InputError: No row of stock says in which sector it lies. Assign the ...
    """
    read = find_lots(stock, day=day, soon_days=soon_days, facilities=facilities, file=file)
    if len(stock) and not any(lot.sector for lot in read.lots):
        raise InputError(
            text(
                "No row of {name} says in which sector it lies. Assign the facilities to sectors "
                "and give them too, or add the column sector_id.",
                name=file,
            )
        )
    wanted = pd.DataFrame(columns=["sector_id", "item", "unit", "need"]) if need is None else need
    given, unused = _given_need(wanted)
    own = _sector_column(stock, facilities)
    listed = _listed_sectors(sectors, own, wanted)
    keys = keys_of(listed)
    names = originals(listed, own)
    known = {key for key in keys if key}
    lots, strangers = _inside(read.lots, known, stock, file)
    problems = [*read.problems, *strangers, *unused]
    problems += [_stranger("need", None, one) for one in in_order(key for key, *_ in given)
                 if one not in known]  # fmt: skip
    given = {place: value for place, value in given.items() if place[0] in known}
    targets, contradictions = _targets(lots, stock, file)
    goods = {(lot.item, lot.unit) for lot in lots} | {one[1:] for one in given}
    items = spelling([*_words(stock, "item"), *_words(wanted, "item")], good_of)
    units = spelling([*_words(stock, "unit"), *_words(wanted, "unit")], unit_of)
    problems += [*contradictions, *_several_units(goods, items, units, file)]
    held: dict[_Place, list[Lot]] = defaultdict(list)
    for lot in lots:
        held[str(lot.sector), lot.item, lot.unit].append(lot)
    rows = [
        (names[key], items[item], units.get(unit), *_row(held[key, item, unit], needed))
        for key in in_order(known)
        for item, unit in sorted(goods)
        for needed in [_needed((key, item, unit), given, targets)]
    ]
    figures = ["usable", "expired", "expires_soon", "expiry_unknown", "gap", "surplus"]
    columns = ["sector_id", "item", "unit", "need", "need_from", *figures]
    table = pd.DataFrame(rows, columns=columns)
    table = table.astype({"need_from": "string", **dict.fromkeys(["need", *figures], float)})
    for name, ids in (("hot", hot), ("cut_off", cut_off)):
        table[name], unknown = _flags(table["sector_id"], name, ids, sectors, keys)
        problems += unknown
    return Gaps(table, problems_table(problems))


def _row(lots: list[Lot], needed: tuple[float, str | None]) -> tuple[Any, ...]:
    """Reckon one row, from ``need`` on."""
    need, source = needed
    usable = total(lot.quantity for lot in lots if lot.state != EXPIRED)
    parts = (total(lot.quantity for lot in lots if lot.state == state)
             for state in (EXPIRED, SOON, UNKNOWN))  # fmt: skip
    missing = round(need - usable, DECIMALS)
    gap, surplus = (missing, -missing) if math.isnan(need) else (max(missing, 0), max(-missing, 0))
    return need, source, usable, *parts, gap + 0.0, surplus + 0.0


def _needed(
    place: _Place, given: Mapping[_Place, float], targets: Mapping[_Place, float]
) -> tuple[float, str | None]:
    """Say what is needed: what people need where it is known, else the target."""
    if not math.isnan(given.get(place, math.nan)):
        return given[place], FROM_PEOPLE
    if place in targets:
        return targets[place], FROM_TARGET
    return math.nan, None


def _given_need(need: pd.DataFrame) -> tuple[dict[_Place, float], list[Problem]]:
    """Read needs by sector, item and unit; of two for one the greater counts."""
    require_whole(need, "sector_id", "item", "unit", "need", name="need")
    values = read_numbers(need, "need", file="need", action=text("taken as not known"))
    found: dict[_Place, float] = {}
    problems = list(values.problems)
    rows = zip(keys_of(need["sector_id"]), need["item"], need["unit"], strict=True)
    for at, (sector, item, unit) in enumerate(rows):
        value, label = float(values.found[at]), row_of(need.index[at])
        if sector is None or not good_of(item):
            missing = "sector_id" if sector is None else "item"
            expected = text("a row with {column}", column=missing)
            problems.append(
                Problem("need", label, missing, text("nothing"), expected, text("left out"))
            )
            continue
        place = (sector, good_of(item), unit_of(unit))
        if place in found:
            expected = text("one number for each sector, item and unit")
            action = text("the greatest counts")
            problems.append(Problem("need", label, "need", str(value), expected, action))
        known = [one for one in (found.get(place, math.nan), value) if not math.isnan(one)]
        found[place] = max(known, default=math.nan)
    return found, problems


def _targets(
    lots: Iterable[Lot], stock: pd.DataFrame, file: str
) -> tuple[dict[_Place, float], list[Problem]]:
    """Give the target of each sector, item and unit: each place's once."""
    places: dict[tuple[str, str, str, str | None], dict[float, int]] = defaultdict(dict)
    for lot in lots:
        if not math.isnan(lot.target):
            place = (str(lot.sector), lot.item, lot.unit, lot.facility)
            places[place].setdefault(lot.target, lot.row)
    problems = []
    parts: dict[_Place, list[float]] = defaultdict(list)
    for (sector, item, unit, _), targets in places.items():
        parts[sector, item, unit].append(max(targets))
        for target in sorted(targets)[:-1]:
            label = row_of(stock.index[targets[target]])
            expected = text("one target for each place, item and unit")
            action = text("the greatest counts")
            problems.append(Problem(file, label, "target", f"{target:g}", expected, action))
    return {place: total(values) for place, values in parts.items()}, problems


def _several_units(
    goods: Iterable[_Goods], items: Mapping[str, str], units: Mapping[str, str], file: str
) -> list[Problem]:
    """List the items that are counted in more than one unit."""
    found: dict[str, list[str]] = defaultdict(list)
    for item, unit in sorted(goods):
        found[item].append(units.get(unit, text("nothing")))
    return [
        Problem(
            file,
            None,
            "unit",
            f"{items[item]}: {', '.join(several)}",
            text("one unit for each item"),
            text("kept apart, not added up"),
        )
        for item, several in found.items()
        if len(several) > 1
    ]


# --------------------------------------------------------------- sectors


def _sector_column(stock: pd.DataFrame, facilities: Any) -> list[Any]:  # noqa: ANN401
    """Give the sectors that stock and facilities name, as they are written."""
    own = stock["sector_id"].tolist() if "sector_id" in stock.columns else []
    if facilities is None:
        return own
    theirs = (
        facilities["sector_id"] if isinstance(facilities, pd.DataFrame) else facilities.values()
    )
    return [*own, *theirs]


def _listed_sectors(
    sectors: pd.DataFrame | Sequence[Any] | None, own: list[Any], need: pd.DataFrame
) -> list[Any]:
    if sectors is None:
        return [*own, *need["sector_id"].tolist()]
    if isinstance(sectors, pd.DataFrame):
        require_whole(sectors, "sector_id", name="sectors")
        return list(sectors["sector_id"].tolist())
    return list(sectors)


def _inside(
    lots: Iterable[Lot], known: Collection[str], stock: pd.DataFrame, file: str
) -> tuple[list[Lot], list[Problem]]:
    """Keep the lots that lie in the sectors; list the others."""
    kept, problems = [], []
    for lot in lots:
        if lot.sector in known:
            kept.append(lot)
            continue
        problems.append(_stranger(file, row_of(stock.index[lot.row]), lot.sector))
    return kept, problems


def _stranger(file: str, row: int | None, sector: str | None) -> Problem:
    given = text("nothing") if sector is None else sector
    return Problem(file, row, "sector_id", given, text("a sector of the plan"), text("left out"))


def _words(rows: pd.DataFrame, column: str) -> list[Any]:
    return rows[column].tolist() if column in rows.columns else []


def _flags(
    rows: pd.Series,
    name: str,
    ids: Collection[Any] | None,
    sectors: Any,  # noqa: ANN401
    keys: Sequence[str | None],
) -> tuple[pd.Series, list[Problem]]:
    """Say of each row whether its sector is among some; missing where nothing was given."""
    if ids is None:
        if not isinstance(sectors, pd.DataFrame) or name not in sectors.columns:
            return pd.Series(pd.NA, rows.index, dtype="boolean"), []
        told = dict(zip(keys, read_flags(sectors, name, name="sectors"), strict=True))
        flags = [told.get(str(key)) for key in keys_of(rows)]
        return pd.Series(flags, rows.index, dtype="boolean"), []
    named = {key_of(one) for one in ids}
    strange = in_order(key for key in named if key and key not in keys)
    problems = [_stranger(name, None, one) for one in strange]
    return pd.Series([key in named for key in keys_of(rows)], rows.index, dtype="boolean"), problems
