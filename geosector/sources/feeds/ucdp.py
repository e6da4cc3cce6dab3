"""UCDP GED: events of organised violence with at least one death, by day and place.

Codes as in the UCDP Georeferenced Event Dataset Codebook, version 24.1 (Uppsala Conflict Data
Program, ucdp.uu.se/downloads); candidate events have the same columns. ``date_start`` and
``date_end`` are the first and the last day on which it can have happened, ``low`` and ``high`` the
least and the most that reports allow.

===============  =====================================================  =====================
column           the codebook's meaning                                 here
===============  =====================================================  =====================
date_prec 1      the day                                                day
date_prec 2      two to six days                                        month
date_prec 3      a week                                                 month
date_prec 4      a month                                                month
date_prec 5      more than a month, up to a year                        year
where_prec 1     the point is the place                                 5 km
where_prec 2     within about 25 km of the point                        25 km
where_prec 3     a second-order division; its middle                    100 km, no locality
where_prec 4     a first-order division; its middle                     200 km, no locality
where_prec 5     a line, or an area without borders                     200 km, no locality
where_prec 6     the country; its middle                                500 km, no locality
where_prec 7     international waters or airspace                       500 km, no locality
===============  =====================================================  =====================

Of the distances only the 25 km is the codebook's; the others are ours, wide on purpose. A month
is that of ``date_start``; where the event may have ended in another month, only the year is kept.
``side_a`` is the attacker in one-sided violence (``type_of_violence`` 3) only. Deaths are of
everyone and never told apart: ``best`` is ``killed_unspecified``, ``low`` and ``high`` its bounds.
``event_clarity`` 2 is a row in which the articles sum up events that cannot be told apart, and a
``code_status`` other than Clear a candidate that UCDP has not finished checking: both are kept and
counted in a problem. Columns about the articles that were read are dropped.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from geosector.language import text
from geosector.sources.dates import read_dates
from geosector.sources.feeds.rows import (
    Codes,
    as_coarse_as,
    is_filled,
    noted,
    read_codes,
    with_columns,
)
from geosector.sources.values import is_missing
from geosector.tables import Problem

HEADERS = frozenset({"id", "best", "date_start", "where_prec", "latitude", "longitude"})
_ARTICLES = ("source_article", "source_office", "source_date", "source_headline", "source_original")
COLUMNS = HEADERS | {
    *_ARTICLES,
    "adm_1",
    "adm_2",
    "code_status",
    "date_end",
    "date_prec",
    "deaths_unknown",
    "event_clarity",
    "geom_wkt",
    "high",
    "low",
    "side_a",
    "type_of_violence",
    "where_coordinates",
}
_KINDS = Codes("type_of_violence", dict.fromkeys("123", "attack"), "other")
_DATES = Codes(
    "date_prec", {"1": "day", "2": "month", "3": "month", "4": "month", "5": "year"}, "year"
)
_RADII = Codes(
    "where_prec",
    {
        "1": 5_000.0,
        "2": 25_000.0,
        "3": 100_000.0,
        "4": 200_000.0,
        "5": 200_000.0,
        "6": 500_000.0,
        "7": 500_000.0,
    },
    500_000.0,
)
_NAMED_WITHIN_M = 25_000.0
_ONE_SIDED = Codes("type_of_violence", {"1": False, "2": False, "3": True}, otherwise=False)
_TAKEN_OVER = {
    "adm_1": "admin1",
    "adm_2": "admin2",
    "best": "killed_unspecified",
    "low": "killed_unspecified_min",
    "high": "killed_unspecified_max",
}


def translated(cells: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Bring a file of UCDP GED under the names of the incidents.

    Parameters
    ----------
    cells : pandas.DataFrame
        Under the codebook's own names.
    file : str
        For the problems.

    Returns
    -------
    tuple = (cells, problems)
        With ``kind, date, date_precision, radius_m, locality, admin1, admin2, attributed_to`` and
        the dead with their bounds, beside the other columns of UCDP.
    """
    kinds, problems = read_codes(cells, _KINDS, file)
    said, more = read_codes(cells, _DATES, file)
    radii, coarse = read_codes(cells, _RADII, file)
    one_sided, _ = read_codes(cells, _ONE_SIDED, file)
    across = _across_months(cells, said)
    precision = ["year" if wide else one for wide, one in zip(across, said, strict=True)]
    placed = [*zip(is_filled(cells, "latitude"), is_filled(cells, "longitude"), strict=True)]
    area = [
        radius > _NAMED_WITHIN_M and all(there) for radius, there in zip(radii, placed, strict=True)
    ]
    made = with_columns(
        cells,
        {
            "kind": kinds,
            "date": as_coarse_as(cells["date_start"], precision),
            "date_precision": precision,
            "radius_m": pd.Series(radii, index=cells.index, dtype=float),
            "attributed_to": _only(cells, "side_a", one_sided),
            "locality": _only(cells, "where_coordinates", [not wide for wide in area]),
            **{
                ours: cells[theirs]
                for theirs, ours in _TAKEN_OVER.items()
                if theirs in cells.columns
            },
        },
    )
    articles = [column for column in (*_ARTICLES, "geom_wkt") if column in made.columns]
    taken = [column for column in _TAKEN_OVER if column in made.columns]
    notes = _told(cells, file, across, area)
    kept = made.drop(columns=[*articles, *taken])
    # Their name would be read as ours.
    kept = kept.rename(columns={"deaths_unknown": "deaths_of_unknown_side"})
    return kept, [*notes, *problems, *more, *coarse]


def _across_months(cells: pd.DataFrame, said: list[str]) -> list[bool]:
    """Say which events of a few days or weeks may lie in another month than their first day."""
    if "date_end" not in cells.columns:
        return [False] * len(cells)
    first, last = (read_dates(cells[column])[0] for column in ("date_start", "date_end"))
    return [
        one == "month" and not pd.isna(end) and (start.year, start.month) != (end.year, end.month)
        for one, start, end in zip(said, first.tolist(), last.tolist(), strict=True)
    ]


def _told(cells: pd.DataFrame, file: str, across: list[bool], area: list[bool]) -> list[Problem]:
    """Say what our table cannot hold."""
    whole = partial(Problem, file, None)
    days = [code in {"2", "3"} for code in _codes(cells, "date_prec")]
    articles = [column for column in _ARTICLES if column in cells.columns]
    dropped = ", ".join(articles)
    return [
        *noted(
            days,
            whole(
                "date_precision",
                "date_prec 2, 3",
                text("a day, a month or a year"),
                text("Days and weeks were read as their month."),
            ),
        ),
        *noted(
            across,
            whole(
                "date_precision",
                "date_start, date_end",
                text("one month"),
                text("Read as the year of its first day."),
            ),
        ),
        *noted(
            area,
            whole(
                "locality",
                "where_prec 3–7",
                text("a place that was named"),
                text("The point stands for an area: kept with a wide radius, without locality."),
            ),
        ),
        *noted(
            [code == "2" for code in _codes(cells, "event_clarity")],
            whole(
                "event_clarity",
                "event_clarity 2",
                text("one event"),
                text("Kept: it may sum up several events."),
            ),
        ),
        *noted(
            _unchecked(cells),
            whole(
                "code_status",
                "code_status",
                text("an event that UCDP has checked"),
                text("Kept as it is."),
            ),
        ),
        *noted(
            [bool(articles)] * len(cells),
            whole(
                dropped, text("articles"), text("what happened"), text("The columns were dropped.")
            ),
        ),
    ]


def _unchecked(cells: pd.DataFrame) -> list[bool]:
    if "code_status" not in cells.columns:
        return [False] * len(cells)
    said = ["" if is_missing(cell) else str(cell).strip() for cell in cells["code_status"].tolist()]
    return [word.casefold() not in {"", "clear"} for word in said]


def _codes(cells: pd.DataFrame, column: str) -> list[str]:
    means = {str(code): str(code) for code in range(1, 8)}
    return [str(code) for code in read_codes(cells, Codes(column, means, ""), "")[0]]


def _only(cells: pd.DataFrame, column: str, where: list[bool]) -> pd.Series:
    if column not in cells.columns:
        return pd.Series(None, index=cells.index, dtype=object)
    found = cells[column].astype(object)
    return found.where(pd.Series(where, index=cells.index, dtype=bool), None)
