"""A layout's summary in sentences, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geosector.language import number, percent, plural, text


def tell_summary(summary: Mapping[str, Any]) -> list[str]:
    """Say in the current language what a layout is made of and how good it is.

    Parameters
    ----------
    summary : mapping
        The ``summary`` of a `Layout`.

    Returns
    -------
    list of str
        One sentence each: whose people were counted, which parts were joined, the borders, and who
        changes sector where there was a layout before.

    Examples
    --------
    >>> people = {"source": "by_area", "unit": "m2", "inside": 9, "outside": 0, "total": 9}
    >>> reached = {"sectors": 1, "border_km": 0.0, "main_border_share": None,
    ...            "largest_deviation": 0.0}
    >>> tell_summary({"people": people, "ground": {"links": []}, "reached": reached})
    ['No population was given: sectors are balanced by area, in square metres.']
    """
    return [
        _people(summary["people"]),
        *_links(summary["ground"]["links"]),
        *_borders(summary["reached"]),
        *_moves(summary),
    ]


def _people(people: Mapping[str, Any]) -> str:
    if people["source"] == "by_area":
        return text("No population was given: sectors are balanced by area, in square metres.")
    return text(
        "People inside the boundary: {inside}; outside: {outside}; in all: {total}.",
        inside=number(people["inside"]),
        outside=number(people["outside"]),
        total=number(people["total"]),
    )


def _links(links: list[Mapping[str, Any]]) -> list[str]:
    if not links:
        return []
    widest = max(link["gap_m"] for link in links)
    return [
        plural(
            "{n} detached part was joined to its nearest block, over at most {gap} m.",
            "{n} detached parts were joined to their nearest blocks, over at most {gap} m.",
            len(links),
            gap=number(widest),
        )
    ]


def _borders(reached: Mapping[str, Any]) -> list[str]:
    if not reached["border_km"]:
        return []
    return [
        text(
            "Borders between sectors: {km} km, {share} of it on main roads. "
            "Greatest deviation from the mean: {deviation}.",
            km=number(reached["border_km"], decimals=1),
            share=percent(reached["main_border_share"], decimals=1),
            deviation=percent(reached["largest_deviation"], decimals=1),
        )
    ]


def _moves(summary: Mapping[str, Any]) -> list[str]:
    """Tell who changes sector, by a new plan or by hand."""
    if "previous" in summary:
        found = summary["previous"]
        return [
            text(
                "{moved} people ({share}) change sector; at {price} m of border a person, that "
                "counted as {cost} km.",
                moved=number(found["people_moved"]),
                share=percent(found["share_moved"], decimals=1),
                price=number(found["move_price"], decimals=2),
                cost=number(found["move_cost_km"], decimals=1),
            )
        ]
    if "adopted" in summary:
        found = summary["adopted"]
        return [
            text(
                "{moved} people ({share}) change sector.",
                moved=number(found["people_moved"]),
                share=percent(found["share_moved"], decimals=1),
            )
        ]
    return []
