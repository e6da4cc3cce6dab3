"""Proposals how to share out what there is, each saying what it makes best.

A proposal is arithmetic on the numbers given, no decision: whoever decides sees the rule, the
remaining need and what each area would have.
"""

from __future__ import annotations

import heapq
from fractions import Fraction
from typing import Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from geosector.errors import InfeasibleError, InputError
from geosector.language import number, plural, text
from geosector.measure.coded import require
from geosector.measure.coordination.cells import ids_in, is_number, numbers_in, row_of, whole_table
from geosector.measure.coordination.need import ranks_of
from geosector.tables import Problem, problems_table

Rule = Literal["proportional", "equal_coverage", "priority"]
_FINE = 2**48  # steps of coverage: finer than one unit among any number of people


class Allocation(NamedTuple):
    """A proposal, what is left over, and what it makes best, in a sentence.

    ``table``: the rows given, with ``need`` (units that people who are not reached take),
    ``quantity`` (units proposed; missing where the need is not known), ``share`` (of all that is
    proposed), ``coverage_after`` (people reached then / people). ``left``: units that nobody may
    take: all needs are met, or limits reached. ``says``: the rule in the current language.
    ``problems`` has the usual columns.
    """

    table: pd.DataFrame
    left: int
    says: str
    problems: pd.DataFrame


def allocate(
    areas: pd.DataFrame,
    quantity: int,
    *,
    rule: Rule,
    per_unit: int = 1,
    minimum: int = 0,
    file: str = "areas",
) -> Allocation:
    """Propose how to share whole units among areas.

    Parameters
    ----------
    areas : pandas.DataFrame
        ``area_id`` and ``people`` in need; ``reached`` (of these, by now), ``most`` (units that an
        area can take) and ``score`` (for the rule ``priority``) where there are any.
    quantity : int
        Units that there are: baskets, tents, litres.
    rule : {"proportional", "equal_coverage", "priority"}
        ``proportional``: to the people who are not reached yet. ``equal_coverage``: the lowest
        coverage is raised first, as water fills a basin. ``priority``: areas in order of their
        score, each up to its need; those of one score in proportion to need.
    per_unit : int
        People whom one unit serves.
    minimum : int
        Units that each area gets first, or its need where that is less; only for ``priority``.
    file : str
        What the problems call the table.

    Returns
    -------
    Allocation
        The same rows in the same order on the same index. Units given and ``left`` add up to
        ``quantity``. No area gets more than it needs or can take. An unknown number of reached
        people counts as none reached, and is listed; an unknown need gets no quantity, and an
        unknown score comes last: both are listed. The order of rows does not matter.

    Raises
    ------
    MissingColumnError
        Where ``area_id``, ``people`` (or ``score``, for ``priority``) is not there.
    InputError
        Where the rule is none, a number is not whole or too small, or an area is missing or
        stands twice.
    InfeasibleError
        Where there is less than the minimum of all areas.

    Notes
    -----
    need = ⌈(people − reached) / per_unit⌉. Proportional: quantity · need / Σ need, made whole by
    largest remainders (A. Hamilton 1792); what limits cut off is shared again. Equal coverage:
    unit by unit to the area of the lowest (reached + per_unit · given) / people, which makes the
    lowest coverage as great as it can be, then the next (max–min fairness; D. Bertsekas and
    R. Gallager, *Data networks*, 1992, 6.5.2).

    Examples
    --------
    100 people, 300 people of whom 200 are reached, 50 people; 100 baskets:

    >>> areas = pd.DataFrame({"area_id": list("abc"), "people": [100, 300, 50],
    ...                       "reached": [0, 200, 0], "score": [0.9, 0.2, 0.5]})
    >>> allocate(areas, 100, rule="proportional").table["quantity"].tolist()
    [40, 40, 20]
    >>> allocate(areas, 100, rule="equal_coverage").table["quantity"].tolist()
    [67, 0, 33]
    >>> first = allocate(areas, 100, rule="priority", minimum=10)
    >>> first.table["quantity"].tolist(), first.left
    ([80, 10, 10], 0)
    >>> allocate(areas, 300, rule="priority").left
    50
    >>> allocate(areas.iloc[:0], 7, rule="proportional").left
    7
    >>> allocate(areas, 20, rule="priority", minimum=10)
    Traceback (most recent call last):
    ...
    geosector.errors.InfeasibleError: The minimum takes 30 units and there are 20. Lower the ...
    """
    rows = whole_table(areas, file)
    _require(rows, rule, quantity, per_unit, minimum, file)
    quantity, per_unit, minimum = int(quantity), int(per_unit), int(minimum)
    people, problems = numbers_in(rows, "people", file=file)
    reached, more = numbers_in(rows, "reached", file=file)
    limit, of_limit = numbers_in(rows, "most", file=file)
    problems += [*more, *of_limit, *_unknown(rows, people, reached, rule, file)]
    known = ~np.isnan(people)
    people = np.ceil(np.where(known, people, 0))
    reached = np.floor(np.minimum(np.where(np.isnan(reached), 0, reached), people))
    need = np.ceil((people - reached) / per_unit).astype(np.int64).tolist()
    most = [
        need_one if np.isnan(top) else min(need_one, int(top))
        for need_one, top in zip(need, limit.tolist(), strict=True)
    ]
    names = [own or "" for own in ids_in(rows, "area_id")]
    if rule == "equal_coverage":
        here = people.astype(np.int64).tolist()
        given = _level(quantity, here, reached.astype(np.int64).tolist(), most, per_unit, names)
    elif rule == "proportional":
        given = _in_proportion(quantity, need, most, names)
    else:
        score, of_score = numbers_in(rows, "score", file=file, below_zero=True)
        problems += of_score
        given = _in_order(quantity, score, need, most, names, minimum)
    total = sum(given)
    after = np.minimum(reached + per_unit * np.array(given, float), people)
    with np.errstate(invalid="ignore", divide="ignore"):
        covered = np.where(people > 0, after / people, np.nan)
        share = np.array(given, float) / total if total else np.full(len(rows), np.nan)
    made = rows.assign(
        need=pd.array(need, dtype="Int64"),
        quantity=pd.array(given, dtype="Int64"),
        share=np.where(known, share, np.nan),
        coverage_after=np.where(known, covered, np.nan),
    )
    for column in ("need", "quantity"):
        made[column] = made[column].mask(~known)
    return Allocation(made, quantity - total, says(rule, minimum), problems_table(problems))


def says(rule: Rule, minimum: int = 0) -> str:
    """Say what a rule makes best.

    Examples
    --------
    >>> says("equal_coverage")
    'Raises the lowest coverage as far as it goes, then the next.'
    >>> says("priority", 5)
    'Meets the need of the highest score first, after 5 units for each area.'
    """
    if rule == "proportional":
        return text("Gives each area the same share of the need that is not met yet.")
    if rule == "equal_coverage":
        return text("Raises the lowest coverage as far as it goes, then the next.")
    if minimum:
        return plural(
            "Meets the need of the highest score first, after {n} unit for each area.",
            "Meets the need of the highest score first, after {n} units for each area.",
            minimum,
        )
    return text("Meets the need of the highest score first, then of the next.")


# --------------------------------------------------------------- what is given


def _require(  # noqa: PLR0917 - in the order of the call
    rows: pd.DataFrame, rule: str, quantity: int, per_unit: int, minimum: int, file: str
) -> None:
    if rule not in get_args(Rule):
        raise InputError(
            text(
                "'{given}' is no rule. Use one of: {known}.",
                given=rule,
                known=", ".join(get_args(Rule)),
            )
        )
    require(rows, "area_id", "people", *(["score"] if rule == "priority" else []), name=file)
    for name, given, least in (("quantity", quantity, 0), ("per_unit", per_unit, 1),
                               ("minimum", minimum, 0)):  # fmt: skip
        if not is_number(given) or given != given // 1 or not least <= given < _FINE:
            raise InputError(
                text(
                    "{name} is {given}; give a whole number from {least}.",
                    name=name,
                    given=given,
                    least=number(least),
                )
            )
    if minimum and rule != "priority":
        raise InputError(text("A minimum is only for the rule priority. Leave it out."))
    ids = pd.Series(ids_in(rows, "area_id"), dtype="object")
    if ids.isna().any() or ids.duplicated().any():
        raise InputError(
            text(
                "The areas have a key that is missing or stands twice. Give each area a key of "
                "its own."
            )
        )


def _unknown(
    rows: pd.DataFrame, people: np.ndarray, reached: np.ndarray, rule: Rule, file: str
) -> list[Problem]:
    cases = [("people", np.isnan(people), text("It gets no quantity."))]
    if "reached" in rows:
        cases.append(("reached", np.isnan(reached), text("Taken as none reached.")))
    if rule == "priority":
        score, _ = numbers_in(rows, "score", file=file, below_zero=True)
        cases.append(("score", np.isnan(score), text("It comes last.")))
    return [
        Problem(file, row_of(rows, at), column, "", text("a number"), action)
        for column, wrong, action in cases
        for at in np.flatnonzero(wrong).tolist()
    ]


# --------------------------------------------------------------- the rules, in whole units


def _in_proportion(quantity: int, need: list[int], most: list[int], names: list[str]) -> list[int]:
    """Share units in proportion to need, within limits, whole by largest remainders."""
    given = [0] * len(need)
    left = min(quantity, sum(most))
    open_ = [at for at, top in enumerate(most) if top > 0]
    while open_:
        weight = sum(need[at] for at in open_)
        full = [at for at in open_ if left * need[at] >= most[at] * weight]
        if not full:
            break
        for at in full:
            given[at] = most[at]
        left -= sum(most[at] for at in full)
        open_ = [at for at in open_ if at not in set(full)]
    if not open_:
        return given
    weight = sum(need[at] for at in open_)
    for at in open_:
        given[at] = left * need[at] // weight
    rest = left - sum(given[at] for at in open_)
    # Of equal remainders the greater need goes first, then the area that is first in order.
    order = sorted(open_, key=lambda at: (-(left * need[at] % weight), -need[at], names[at]))
    for at in order[:rest]:
        given[at] += 1
    return given


def _level(  # noqa: PLR0917 - numbers of each area, side by side
    quantity: int, people: list[int], reached: list[int], most: list[int], per_unit: int,
    names: list[str],
) -> list[int]:  # fmt: skip
    """Give unit by unit to the lowest coverage: up to a level at once, then one by one."""

    def filled(level: int) -> list[int]:
        return [
            max(0, min(top, -((here * _FINE - level * all_) // (per_unit * _FINE))))
            for all_, here, top in zip(people, reached, most, strict=True)
        ]  # fmt: skip

    low, high = 0, 2 * _FINE
    while high - low > 1:
        middle = (low + high) // 2
        if sum(filled(middle)) <= quantity:
            low = middle
        else:
            high = middle
    given = filled(low)
    left = quantity - sum(given)

    def covered(at: int) -> Fraction:
        return Fraction(reached[at] + per_unit * given[at], people[at])

    # Of areas as badly covered the larger goes first, then the one that is first in order.
    waiting = [
        (covered(at), -people[at], names[at], at) for at, top in enumerate(most) if given[at] < top
    ]
    heapq.heapify(waiting)
    while left and waiting:
        *_, at = heapq.heappop(waiting)
        given[at] += 1
        left -= 1
        if given[at] < most[at]:
            heapq.heappush(waiting, (covered(at), -people[at], names[at], at))
    return given


def _in_order(  # noqa: PLR0917 - numbers of each area, side by side
    quantity: int, score: np.ndarray, need: list[int], most: list[int], names: list[str],
    minimum: int,
) -> list[int]:  # fmt: skip
    """Give in order of score, after a minimum for each."""
    given = [min(minimum, top) for top in most]
    if sum(given) > quantity:
        raise InfeasibleError(
            text(
                "The minimum takes {least} units and there are {given}. Lower the minimum.",
                least=number(sum(given)),
                given=number(quantity),
            )
        )
    left = quantity - sum(given)
    ranks = ranks_of(score)
    for rank in [*sorted({one for one in ranks if one is not None}), None]:
        here = [at for at, one in enumerate(ranks) if one == rank]
        more = _in_proportion(
            left,
            [need[at] - given[at] for at in here],
            [most[at] - given[at] for at in here],
            [names[at] for at in here],
        )
        for at, units in zip(here, more, strict=True):
            given[at] += units
        left -= sum(more)
    return given
