"""What stands where two accounts of one row differ: rules, the more careful value first.

The rules know no first and second account: whichever is given first, the outcome is the same. What
they leave out is listed, never dropped in silence.

=====================  =========================================================================
status                 the more careful one: closed, damaged, planned, unknown, open
valid_to, closed_on    the earlier day
valid_from             the later day
capacity               the smaller number, where both count in the same unit
casualties             ranges that hold both; counts that only one account has are never added
all else               what was written later, by the clocks of the offices; columns that belong
                       together (a day and its precision, a place and its radius) together
=====================  =========================================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from geosector.register.cells import GEOMETRY, Cells, Value
from geosector.tables import table

_CAREFUL: tuple[Value, ...] = ("closed", "damaged", "planned", None, "open")
_PLACE = (
    "locality", "locality_id", "locality_type", "admin1", "admin2", "admin3", "radius_m", GEOMETRY,
)  # fmt: skip
_DAY = ("date", "date_precision")
_CAPACITY = ("capacity", "capacity_unit")
CASUALTIES = ("killed", "injured")


class Account(NamedTuple):
    """What one register says of a row, and when each column was written (UTC; empty: unknown)."""

    cells: Cells
    moments: Mapping[str, str]


class Conflict(NamedTuple):
    """A column for which both registers have another value, and the rule that chose."""

    column: str
    rule: str


def settle(
    name: str, accounts: tuple[Account, Account], common: Cells | None
) -> tuple[Cells, list[Conflict]]:
    """Join two accounts of a row.

    Parameters
    ----------
    name : str
        ``facilities`` or ``incidents``.
    accounts : tuple of two Account
        What each register says now.
    common : dict or None
        What both said when they last knew the same; None where they never did.

    Returns
    -------
    cells : dict
        The row; a value that is missing is left out.
    conflicts : list of Conflict
        Columns that both had changed, each in its own way.
    """
    one, other = accounts
    columns = [*dict.fromkeys([*one.cells, *other.cells])]
    # Two rows that nobody has ever compared may be two things under one id: of a name here and a
    # place there no third thing is made.
    whole = None if common is not None else _later(accounts, columns)
    settled: dict[str, Value] = {}
    conflicts: list[Conflict] = []
    for group in groups(name, columns):
        ours, theirs = _part(one.cells, group), _part(other.cells, group)
        was = _part(common or {}, group)
        if theirs in (ours, was):
            settled |= ours
        elif ours == was:
            settled |= theirs
        else:
            chosen, rule = _choose(group, accounts, whole)
            settled |= chosen
            conflicts += [
                Conflict(column, rule) for column in group if ours[column] != theirs[column]
            ]
    return {column: value for column, value in settled.items() if value is not None}, conflicts


def groups(name: str, columns: Iterable[str]) -> list[tuple[str, ...]]:
    """Say which of some columns of a table belong together."""
    tied = [_CAPACITY] if name == "facilities" else [_DAY, _PLACE]
    tied += [tuple(column for column in table(name).columns if column.startswith(f"{begin}_"))
             for begin in CASUALTIES]  # fmt: skip
    listed = list(dict.fromkeys(columns))
    found: dict[tuple[str, ...], None] = {}
    for column in listed:
        group = next((group for group in tied if column in group), (column,))
        found[tuple(one for one in group if one in listed)] = None
    return list(found)


def _part(cells: Mapping[str, Value], group: Iterable[str]) -> dict[str, Value]:
    return {column: cells.get(column) for column in group}


def _later(accounts: tuple[Account, Account], group: Iterable[str]) -> int:
    """Say which account was written later; where no clock tells, one of them, always the same."""
    listed = list(group)

    def key(account: Account) -> tuple[str, str]:
        latest = max((account.moments.get(column, "") for column in listed), default="")
        return latest, json.dumps(_part(account.cells, sorted(listed)))

    return int(key(accounts[1]) > key(accounts[0]))


def _choose(
    group: tuple[str, ...], accounts: tuple[Account, Account], whole: int | None
) -> tuple[dict[str, Value], str]:
    first = group[0]
    later = _later(accounts, group) if whole is None else whole
    parts = [_part(account.cells, group) for account in accounts]
    kept, left = parts[later], parts[1 - later]
    if first.startswith(tuple(f"{begin}_" for begin in CASUALTIES)):
        return {**kept, **widened(kept, left)}, "ranges"
    if "capacity" in group and kept.get("capacity_unit") == left.get("capacity_unit"):
        return {**kept, "capacity": _present(min, kept["capacity"], left["capacity"])}, "smaller"
    if first in _RULES:
        rule, choose = _RULES[first]
        return {first: choose(kept[first], left[first])}, rule
    if whole is not None and all(value is None for value in kept.values()):
        kept = left
    return kept, "later"


def _present(choose: Callable[..., Value], one: Value, other: Value) -> Value:
    """Choose of two values; of one, where the other is missing."""
    present = [value for value in (one, other) if value is not None]
    return choose(present) if present else None


def _more_careful(one: Value, other: Value) -> Value:
    rank = {value: place for place, value in enumerate(_CAREFUL)}
    # A word that no table knows was written by another program: it is not open.
    return min((one, other), key=lambda value: (rank.get(value, -1), str(value)))


_RULES: dict[str, tuple[str, Callable[[Value, Value], Value]]] = {
    "status": ("careful", _more_careful),
    "valid_to": ("earlier", lambda one, other: _present(min, one, other)),
    "closed_on": ("earlier", lambda one, other: _present(min, one, other)),
    "valid_from": ("later day", lambda one, other: _present(max, one, other)),
}


def widened(kept: Mapping[str, Value], left: Mapping[str, Value]) -> dict[str, Value]:
    """Widen ranges of casualties so that they hold both accounts.

    A count that only one account has stays as it is: three men here and three people there may be
    the same three, and are not added up.

    Parameters
    ----------
    kept, left : mapping
        Columns of casualties → value; a range is ``…_min`` to ``…_max``, or one bare number.

    Returns
    -------
    dict
        The bounds that change; None takes one away, where an account states none.
    """
    wider: dict[str, Value] = {}
    for who in {column.removesuffix("_min").removesuffix("_max"): None for column in kept}:
        ranges = [_range(cells, who) for cells in (kept, left)]
        if None in ranges or ranges[0] == ranges[1]:
            continue
        for bound, choose, ends in zip(
            ("min", "max"),
            (min, max),
            zip(*ranges, strict=True),
            strict=True,
        ):
            column, end = f"{who}_{bound}", None if None in ends else choose(ends)
            if end != kept.get(column):
                wider[column] = end
    return wider


def _range(cells: Mapping[str, Value], who: str) -> tuple[Value, Value] | None:
    low, high = cells.get(f"{who}_min"), cells.get(f"{who}_max")
    if low is None and high is None:
        low = high = cells.get(who)
    return None if low is None and high is None else (low, high)


def completed(kept: Cells, dropped: Cells) -> Cells:
    """Say what a kept report takes over from another one of the same event: the columns to change.

    Parameters
    ----------
    kept, dropped : dict
        Two incidents.

    Returns
    -------
    dict
        Groups of columns (`groups`) of which the kept one has none; ranges that hold both.
    """
    taken: Cells = {}
    for group in groups("incidents", [*dict.fromkeys([*kept, *dropped])]):
        own, others = _part(kept, group), _part(dropped, group)
        if group == ("id",):
            continue
        if all(value is None for value in own.values()):
            taken |= others
        elif group[0].startswith(tuple(f"{begin}_" for begin in CASUALTIES)):
            taken |= widened(own, others)
    return taken
