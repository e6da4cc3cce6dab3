"""Answers of servers that are a part of what was asked for: the rest is on the next page."""

from __future__ import annotations

from typing import Any

from geosector.language import text
from geosector.tables import Problem

# What the programs behind Kobo, ODK, GeoServer and ArcGIS call the number of all rows, and a next
# page; how many there are in all may be unknown to them.
_IN_ALL = ("count", "@odata.count", "numberMatched", "totalFeatures")
_NEXT = ("next", "@odata.nextLink")
MARKS = (b"exceededTransferLimit", b"numberMatched", b"totalFeatures", b'"next"')


def part_of_more(answer: Any, count: int, file: str) -> list[Problem]:  # noqa: ANN401 - JSON is anything
    """Tell that a server has more rows than its answer holds.

    Parameters
    ----------
    answer : object
        What stands around the rows.
    count : int
        How many rows there are in it.
    file : str
        For the problem.

    Returns
    -------
    list of Problem
        One, or none.

    Examples
    --------
    >>> page = {"count": 24, "next": "https://synthetic.invalid/?start=8"}
    >>> part_of_more(page, 8, "a.json")[0].given
    '8 of 24 rows'
    >>> part_of_more({"count": 8, "next": None}, 8, "a.json"), part_of_more([], 0, "a.json")
    ([], [])
    """
    if not isinstance(answer, dict):
        return []
    known = [answer[name] for name in _IN_ALL if isinstance(answer.get(name), int)]
    most = max([count, *known])
    if most == count and not _goes_on(answer):
        return []
    given = (
        text("{count} of {all} rows", count=count, all=most)
        if most > count
        else text("{count} rows, and a next page", count=count)
    )
    expected = text("everything that the server has")
    return [Problem(file, None, None, given, expected, text("Only this page was read."))]


def _goes_on(answer: dict[str, Any]) -> bool:
    around = answer.get("properties")
    cut = [answer, *([around] if isinstance(around, dict) else [])]
    links = answer.get("links")
    return (
        any(one.get("exceededTransferLimit") is True for one in cut)
        or any(isinstance(answer.get(name), str) and answer[name] for name in _NEXT)
        or any(isinstance(one, dict) and one.get("rel") == "next"
               for one in (links if isinstance(links, list) else []))
    )  # fmt: skip
