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
        One sentence each: whose people were counted and how they came to blocks, what had to be
        done otherwise, which parts were joined, which blocks divided or cut, the borders, where
        these must leave main roads, and who changes sector where there was a layout before.

    Examples
    --------
    >>> people = {"source": "by_area", "unit": "m2", "inside": 9, "outside": 0, "total": 9}
    >>> reached = {"sectors": 1, "border_km": 0.0, "main_border_share": None,
    ...            "largest_deviation": 0.0}
    >>> tell_summary({"people": people, "ground": {"links": []}, "reached": reached})
    ['No population was given: sectors are balanced by area, in square metres.']
    """
    return [
        *_people(summary["people"]),
        *_links(summary["ground"]["links"]),
        *_plots(summary["ground"].get("plots", 0)),
        *_cut(summary["ground"].get("blocks_cut", [])),
        *_borders(summary["reached"]),
        *tell_diagnosis(summary.get("diagnosis", {})),
        *_moves(summary),
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


def _people(people: Mapping[str, Any]) -> list[str]:
    if people["source"] in {"by_area", "buildings", "streets"}:
        return [_without_population(people)]
    counted = text(
        "People inside the boundary: {inside}; outside: {outside}; in all: {total}.",
        inside=number(people["inside"]),
        outside=number(people["outside"]),
        total=number(people["total"]),
    )
    told = [_origin(people["source"]), _spread(people.get("weight", ""))]
    return [" ".join([counted, *filter(None, told)]), *_fallbacks(people.get("fallbacks", {}))]


def _without_population(people: Mapping[str, Any]) -> str:
    unit = people["unit"]
    if unit == "m2_of_floor":
        return text(
            "No population was given: sectors are balanced by floor area of buildings, in square "
            "metres."
        )
    if unit == "buildings":
        return text("No population was given: sectors are balanced by number of buildings.")
    if unit == "people":
        return text("No population was given: people are those that the buildings table counts.")
    if unit == "m_of_street":
        return text(
            "No population was given: sectors are balanced by length of streets, in metres."
        )
    return text("No population was given: sectors are balanced by area, in square metres.")


def _origin(source: str) -> str:
    if source == "points":
        return text("They are points, each counted in its block.")
    if source == "raster":
        return text("They are cells of a raster.")
    if source == "polygons":
        return text("They are zones.")
    return text("They are points, each counted in its block, and zones.")


def _spread(weight: str) -> str:
    if weight == "area":
        return text("They were shared out to blocks by area.")
    if weight == "floor_area_m2":
        return text("They were shared out to blocks by floor area of buildings.")
    if weight == "people":
        return text("They were shared out to blocks by people in buildings.")
    if weight == "buildings":
        return text("They were shared out to blocks by number of buildings.")
    if weight == "street_m":
        return text("They were shared out to blocks by length of streets.")
    return ""


def _fallbacks(found: Mapping[str, Any]) -> list[str]:
    """Say what was done otherwise than asked, or could not be known."""
    told = []
    for name, fallback in found.items():
        if name == "ground_without_people":
            told.append(
                text(
                    "Nothing says who lives on {share} of the ground: nobody is counted there.",
                    share=percent(fallback, decimals=1),
                )
            )
            continue
        rows, people = int(fallback["rows"]), number(fallback["people"])
        if name == "rows_without_place":
            told.append(
                plural(
                    "{n} row with {people} people has no place: they are counted outside.",
                    "{n} rows with {people} people have no place: they are counted outside.",
                    rows,
                    people=people,
                )
            )
        elif name == "zones_by_area":
            told.append(
                plural(
                    "{n} zone with {people} people has no building or street in it: they were "
                    "shared out by area.",
                    "{n} zones with {people} people have no building or street in them: they were "
                    "shared out by area.",
                    rows,
                    people=people,
                )
            )
        elif name == "zones_cut_at_boundary":
            told.append(
                plural(
                    "{n} zone with {people} people reaches beyond the boundary, where no building "
                    "or street was given: all of them are counted inside.",
                    "{n} zones with {people} people reach beyond the boundary, where no building "
                    "or street was given: all of them are counted inside.",
                    rows,
                    people=people,
                )
            )
    return told


def _links(links: list[Mapping[str, Any]]) -> list[str]:
    apart = [link["gap_m"] for link in links if link["gap_m"] > 0]
    cut_off = len(links) - len(apart)
    said = []
    if apart:
        said.append(
            plural(
                "{n} detached part was joined to its nearest block, over at most {gap} m.",
                "{n} detached parts were joined to their nearest blocks, over at most {gap} m.",
                len(apart),
                gap=number(max(apart)),
            )
        )
    if cut_off:
        said.append(
            plural(
                "{n} piece of ground that no open street or bridge reaches was joined to a "
                "neighbour.",
                "{n} pieces of ground that no open street or bridge reaches were joined to "
                "neighbours.",
                cut_off,
            )
        )
    return said


def _plots(plots: int) -> list[str]:
    if not plots:
        return []
    return [
        plural(
            "Streets enclose too little: {n} block is a plot of buildings, its borders follow no "
            "street.",
            "Streets enclose too little: {n} blocks are plots of buildings, their borders follow "
            "no street.",
            plots,
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
