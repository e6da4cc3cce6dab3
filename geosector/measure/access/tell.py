"""What access found, in sentences of the current language, for the terminal."""

from __future__ import annotations

from typing import Any

from geosector.language import number, plural, text


def tell_access(summary: dict[str, Any]) -> list[str]:
    """Say the figures of a city, one sentence each.

    Parameters
    ----------
    summary : dict
        Of `assess_access`.

    Returns
    -------
    list of str

    Examples
    --------
    >>> summary = {"closed_stretches": 1, "damaged_stretches": 0, "cut_off_people": 30.0,
    ...            "people": 100.0, "routes": 2, "routes_without_a_way": 1, "routes_not_known": 1}
    >>> for line in tell_access(summary): print(line)
    1 stretch of street is closed by the closures, 0 are damaged.
    30 of 100 people are cut off.
    1 way from a sector to an exit was found; 1 has a street that nobody reported lately.
    From 1 sector no way leads to an exit.
    >>> tell_access(summary | {"closed_stretches": 0, "routes": 0})
    ['30 of 100 people are cut off.']
    >>> full = {"sheltered": 80, "people": 100, "left_over": 20}
    >>> tell_access(summary | {"routes": 0, "sheltering": full})[-1]
    'Shelters take in 80 of 100 people; 20 are left over.'
    """
    told = []
    closed, damaged = summary["closed_stretches"], summary["damaged_stretches"]
    if closed or damaged:
        told.append(
            plural(
                "{n} stretch of street is closed by the closures, {damaged} are damaged.",
                "{n} stretches of street are closed by the closures, {damaged} are damaged.",
                closed,
                damaged=number(damaged),
            )
        )
    told.append(
        text(
            "{lost} of {people} people are cut off.",
            lost=number(round(summary["cut_off_people"])),
            people=number(round(summary["people"])),
        )
    )
    if "sheltering" in summary:
        plan = summary["sheltering"]
        told.append(
            text(
                "Shelters take in {sheltered} of {people} people; {left} are left over.",
                sheltered=number(plan["sheltered"]),
                people=number(plan["people"]),
                left=number(plan["left_over"]),
            )
        )
    if summary["routes"]:
        told.append(
            plural(
                "{n} way from a sector to an exit was found; {unknown} has a street that nobody "
                "reported lately.",
                "{n} ways from sectors to exits were found; {unknown} have a street that nobody "
                "reported lately.",
                summary["routes"] - summary["routes_without_a_way"],
                unknown=number(summary["routes_not_known"]),
            )
        )
    if summary["routes"] and summary["routes_without_a_way"]:
        told.append(
            plural(
                "From {n} sector no way leads to an exit.",
                "From {n} sectors no way leads to an exit.",
                summary["routes_without_a_way"],
            )
        )
    return told
