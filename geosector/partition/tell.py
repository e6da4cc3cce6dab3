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
        One sentence each: whose people were counted, which parts were joined, the borders.

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
        *_plots(summary["ground"].get("plots", 0)),
        *_borders(summary["reached"]),
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
