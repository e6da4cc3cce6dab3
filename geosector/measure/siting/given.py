"""What siting is given as numbers, checked: costs, people, sites that stay, room."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geosector.errors import InputError, TooFewCandidatesError, TooLittleRoomError
from geosector.language import number, plural, text
from geosector.measure.siting.loops import Rules

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Wish(NamedTuple):
    """What is asked for, checked.

    ``costs``: shape (demands, candidates), infinite where one does not get there. ``people``: shape
    (demands,). ``size``: sites in all. ``room``: shape (candidates,), None where nothing limits.
    """

    costs: Floats
    people: Floats
    size: int
    rules: Rules
    room: Floats | None


def check_wish(
    costs: ArrayLike,
    weights: ArrayLike,
    k: int,
    *,
    fixed: Sequence[int] | Ints,
    capacities: ArrayLike | None,
    groups: ArrayLike | None,
) -> Wish:
    """Check what `p_median` and `max_covering` are given.

    Examples
    --------
    >>> check_wish([[1, 2]], [5], 1, fixed=[], capacities=None, groups=None).size
    1
    >>> check_wish([[1, -2]], [5], 1, fixed=[], capacities=None, groups=None)
    Traceback (most recent call last):
    geosector.errors.InputError: costs holds -2 at 0, 1; give numbers from 0, ...
    """
    table = np.asarray(_as_numbers(costs, "costs"), np.float64)
    if table.ndim != 2:  # noqa: PLR2004 - a table
        raise InputError(
            text(
                "costs has {given} dimensions; give a table of demands by candidates.",
                given=number(table.ndim),
            )
        )
    demands, candidates = table.shape
    _require_numbers(table, "costs", endless=True)
    people = _one_each(weights, "weights", demands, endless=False)
    room = None if capacities is None else _one_each(capacities, "capacities", candidates)
    rules = Rules(_stays(fixed, candidates), *_groups(groups, candidates))
    try:
        size = operator.index(k)
    except TypeError:
        raise InputError(
            text("{given} sites are asked for; give a whole number.", given=str(k))
        ) from None
    _require_choice(size, candidates, rules)
    return Wish(table, people, size, rules, room)


def _as_numbers(given: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        return np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise InputError(text("{name} holds what is no number; give numbers.", name=name)) from None


def _require_numbers(values: Floats, name: str, *, endless: bool) -> None:
    wrong = np.isnan(values) | (values < 0)
    if not endless:
        wrong |= np.isinf(values)
    if not wrong.any():
        return
    place = np.argwhere(wrong)[0].tolist()
    given = f"{values[tuple(place)]:g}"
    if endless:
        raise InputError(
            text(
                "{name} holds {given} at {place}; give numbers from 0, infinite ones allowed.",
                name=name,
                given=given,
                place=", ".join(map(str, place)),
            )
        )
    raise InputError(
        text(
            "{name} holds {given} at {place}; give numbers from 0.",
            name=name,
            given=given,
            place=", ".join(map(str, place)),
        )
    )


def _one_each(given: ArrayLike, name: str, count: int, *, endless: bool = True) -> Floats:
    values = np.array(_as_numbers(given, name), np.float64)
    if values.shape != (count,):
        raise InputError(
            text(
                "{name} has {given} numbers; costs asks for {count}.",
                name=name,
                given=number(values.size),
                count=number(count),
            )
        )
    _require_numbers(values, name, endless=endless)
    return values


def _stays(fixed: Sequence[int] | Ints, candidates: int) -> Flags:
    """Flag the candidates that stay."""
    stays = np.zeros(candidates, bool)
    for site in np.asarray(fixed, object).ravel().tolist():
        if isinstance(site, bool) or not isinstance(site, int | np.integer):
            raise InputError(text("fixed holds {given}; give places of candidates.", given=site))
        if not 0 <= site < candidates:
            raise InputError(
                text(
                    "fixed holds {given}; the candidates are 0 to {last}.",
                    given=site,
                    last=candidates - 1,
                )
            )
        stays[site] = True
    return stays


def _groups(groups: ArrayLike | None, candidates: int) -> tuple[Ints, int]:
    """Give the candidates the numbers of their groups, from 0; -1 is of none."""
    if groups is None:
        return np.full(candidates, -1), 0
    given = _as_numbers(groups, "groups")
    if given.shape != (candidates,):
        raise InputError(
            text(
                "{name} has {given} numbers; costs asks for {count}.",
                name="groups",
                given=number(given.size),
                count=number(candidates),
            )
        )
    of_one = np.isfinite(given) & (given >= 0)
    names, numbered = np.unique(given[of_one], return_inverse=True)
    group = np.full(candidates, -1)
    group[of_one] = numbered.ravel()
    return group, len(names)


def _require_choice(size: int, candidates: int, rules: Rules) -> None:
    """Refuse a number of sites that no choice has."""
    if size < 1:
        raise InputError(text("{k} sites are asked for; expected 1 or more.", k=number(size)))
    stays = int(rules.fixed.sum())
    if size > candidates:
        raise TooFewCandidatesError(
            text(
                "{k} sites are asked for, but there are {count} candidates. Ask for fewer, or give "
                "more candidates.",
                k=number(size),
                count=number(candidates),
            )
        )
    if size < stays:
        raise TooFewCandidatesError(
            text(
                "{k} sites are asked for in all, but {stays} of them stay. Ask for at least as "
                "many as stay.",
                k=number(size),
                stays=number(stays),
            )
        )
    held = np.unique(rules.group[rules.fixed & (rules.group >= 0)])
    if size - stays < rules.groups - len(held):
        raise TooFewCandidatesError(
            text(
                "{k} sites cannot be one in each of {groups} groups, with {stays} that stay. Ask "
                "for more sites.",
                k=number(size),
                groups=number(rules.groups),
                stays=number(stays),
            )
        )


def require_room(wish: Wish, people: float) -> None:
    """Refuse a choice that cannot hold the people, however it is made.

    Examples
    --------
    >>> wish = check_wish([[1, 2]], [5], 1, fixed=[], capacities=[3, 4], groups=None)
    >>> require_room(wish, 5.0)
    Traceback (most recent call last):
    geosector.errors.TooLittleRoomError: 1 site holds at most 4 people, but 5 are to be served. ...
    """
    if wish.room is None:
        return
    stays = wish.rules.fixed
    largest = np.sort(wish.room[~stays])[::-1][: wish.size - int(stays.sum())]
    most = float(wish.room[stays].sum() + largest.sum())
    if most < people * (1 - 1e-12):
        raise TooLittleRoomError(
            plural(
                "{n} site holds at most {most} people, but {people} are to be served. Ask for "
                "more sites, or for the covering, which serves as many as it can.",
                "{n} sites hold at most {most} people, but {people} are to be served. Ask for "
                "more sites, or for the covering, which serves as many as it can.",
                wish.size,
                most=number(np.floor(most)),
                people=number(people),
            )
        )
