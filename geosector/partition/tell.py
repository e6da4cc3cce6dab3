"""A layout's summary in sentences, for people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from geosector.language import number, percent, plural, text

# A deviation that every plan has, because people are whole, is no news below this.
_WORTH_TELLING = 1e-3


def tell_summary(summary: Mapping[str, Any]) -> list[str]:
    """Say in the current language what a layout is made of and how good it is.

    Parameters
    ----------
    summary : mapping
        The ``summary`` of a `Layout`.

    Returns
    -------
    list of str
        One sentence each: whose people were counted, which parts were joined and which blocks cut,
        the borders, and where these must leave main roads.

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
        *_cut(summary["ground"].get("blocks_cut", [])),
        *_borders(summary["reached"]),
        *tell_diagnosis(summary.get("diagnosis", {})),
    ]


def tell_diagnosis(diagnosis: Mapping[str, Any]) -> list[str]:
    """Say in the current language what limits a city, and what a plan made of it.

    Parameters
    ----------
    diagnosis : mapping
        The ``diagnosis`` of `diagnose_city` or of a layout's summary; may be empty.

    Returns
    -------
    list of str
        Only what there is to say: the cells of main roads that are too full, the tolerance that
        every plan needs, the borders off main roads, and why the wish cannot be met.

    Examples
    --------
    >>> cells = {"count": 3, "over_one_sector": 1, "largest_in_sectors": 2.5, "further_cuts": 2,
    ...          "share_of_people_in_those": 0.25, "over": []}
    >>> found = {"main_road_cells": cells, "least_tolerance": 0.065, "feasible": True}
    >>> for line in tell_diagnosis(found):
    ...     print(line)
    Main roads enclose 3 cells; 1 of them, with 25% of the people, hold more than one sector.
    There borders must leave main roads, at least 2 times.
    Every plan for this city deviates by at least 6.5%.
    >>> tell_diagnosis({})
    []
    """
    if not diagnosis:
        return []
    return [
        *_full_cells(diagnosis["main_road_cells"], diagnosis.get("tertiary_cells")),
        *_off_main(diagnosis.get("off_main", {})),
        *_least(diagnosis["least_tolerance"]),
        *([] if diagnosis["feasible"] else [diagnosis["reason"]]),
    ]


def _full_cells(cells: Mapping[str, Any], wider: Mapping[str, Any] | None) -> list[str]:
    if not cells["over_one_sector"]:
        return []
    told = [
        text(
            "Main roads enclose {cells} cells; {over} of them, with {share} of the people, hold "
            "more than one sector.",
            cells=number(cells["count"]),
            over=number(cells["over_one_sector"]),
            share=percent(cells["share_of_people_in_those"]),
        ),
        plural(
            "There a border must leave main roads, at least once.",
            "There borders must leave main roads, at least {n} times.",
            cells["further_cuts"],
        ),
    ]
    if wider is not None:
        told.append(
            plural(
                "With tertiary roads, {n} cell still holds more than one sector.",
                "With tertiary roads, {n} cells still hold more than one sector.",
                wider["over_one_sector"],
            )
        )
    return told


def _off_main(metres: Mapping[str, float]) -> list[str]:
    if not metres or not metres["off_main_m"]:
        return []
    return [
        text(
            "Off main roads: {km} km of border, {inside} km of it inside such cells and {rest} km "
            "elsewhere.",
            km=number(metres["off_main_m"] / 1000, decimals=1),
            inside=number(metres["in_full_cells_m"] / 1000, decimals=1),
            rest=number(metres["elsewhere_m"] / 1000, decimals=1),
        )
    ]


def _least(tolerance: float | None) -> list[str]:
    if not tolerance or tolerance < _WORTH_TELLING:
        return []
    return [
        text(
            "Every plan for this city deviates by at least {least}.",
            least=percent(math.floor(tolerance * 1e3 + 1e-6) / 1e3, decimals=1),
        )
    ]


def _cut(blocks: list[Mapping[str, Any]]) -> list[str]:
    if not blocks:
        return []
    return [
        plural(
            "{n} block held more people than a sector may and was cut into {pieces} pieces.",
            "{n} blocks held more people than a sector may and were cut into {pieces} pieces.",
            len(blocks),
            pieces=number(sum(block["pieces"] for block in blocks)),
        )
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
