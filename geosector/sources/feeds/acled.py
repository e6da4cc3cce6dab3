"""ACLED: political violence and protest, coded from reports by day and town.

Codes as in the ACLED Codebook (acleddata.com, knowledge base; the edition of 2024; its list of
event types is also in the package acledR on CRAN, ``acled_codebook``) and, for column names, the
guide to the column changes of March 2023
(acleddata.com/knowledge-base/guide-to-2023-acled-column-changes).
Exports before and after that change are read, and the event types that were in use before 2019.
acledR's list calls ``time_precision`` 1 the actual date, 2 a week or weekend and 3 the middle of
one, where the codebook has a month for 3: the wider reading is taken. Its description of the
columns (2023) says only that a higher code is less precise.

==================  ====================================================  ====================
column              the codebook's meaning                                here
==================  ====================================================  ====================
time_precision 1    the report gives a date                               day
time_precision 2    some time in a week; the date is its middle           month or year
time_precision 3    some time in a month; the date is its middle          month
geo_precision 1     a town; the point is the town's                       5 km
geo_precision 2     near a town, or a small part of a region; the point   25 km
                    is a town that stands for it
geo_precision 3     a larger region; the point is a natural place or the  200 km, no locality
                    provincial capital that stands for it
==================  ====================================================  ====================

The codebook gives no distances: the radii are ours, wide on purpose. Our table knows no week, so
a week becomes its month, or its year where three days more or less are in another month.

Kinds follow what happened to a place. Battles, explosions and violence against civilians are
attacks, and so is excessive force against protesters, which ACLED's ``disorder_type`` counts as
political violence too; a person who was taken or violated is no attack on a place, and becomes
``other`` like protests, riots and strategic developments. ``inter1``, ``inter2`` and
``interaction``, numbers or words, are kept as they are. ``actor1`` is by itself no attacker: only
in one-sided events (violence against civilians, explosions and remote violence) is it taken as the
one to whom the report attributes the attack. ``fatalities`` is 0 also where no report gave a
number.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from geosector.language import text
from geosector.sources.check import read_text
from geosector.sources.dates import read_dates
from geosector.sources.feeds.rows import (
    Codes,
    as_coarse_as,
    is_filled,
    noted,
    read_codes,
    with_columns,
)
from geosector.tables import Problem

HEADERS = frozenset({"event_id_cnty", "event_date", "event_type", "latitude", "longitude"})
COLUMNS = HEADERS | {
    "actor1",
    "fatalities",
    "geo_precision",
    "location",
    "sub_event_type",
    "time_precision",
}
_ONE_SIDED = ("explosions/remote violence", "remote violence", "violence against civilians")
_ATTACKS = (
    *_ONE_SIDED,
    "battles",
    "battle-no change of territory",
    "battle-government regains territory",
    "battle-non-state actor overtakes territory",
)
_OTHERS = (
    "protests",
    "riots",
    "riots/protests",
    "strategic developments",
    "strategic development",
    "headquarters or base established",
    "non-violent transfer of territory",
)
_KINDS = Codes(
    "event_type", {**dict.fromkeys(_ATTACKS, "attack"), **dict.fromkeys(_OTHERS, "other")}, "other"
)
# What is done to a person is no attack on a place.
_NO_ATTACK = ("abduction/forced disappearance", "sexual violence")
# The codebook's spelling, and the one of acledR.
_FORCE = ("excessive force against protesters", "excessive force against protestors")
_HALF_A_WEEK = pd.Timedelta(days=3)
_WEAPONS = (
    "air/drone strike",
    "chemical weapon",
    "grenade",
    "remote explosive/landmine/ied",
    "shelling/artillery/missile attack",
    "suicide bomb",
)
_DATES = Codes("time_precision", {"1": "day", "2": "month", "3": "month"}, "month")
_RADII = Codes("geo_precision", {"1": 5_000.0, "2": 25_000.0, "3": 200_000.0}, 200_000.0)


def translated(cells: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Bring an export of ACLED under the names of the incidents.

    Parameters
    ----------
    cells : pandas.DataFrame
        Under the codebook's own names.
    file : str
        For the problems.

    Returns
    -------
    tuple = (cells, problems)
        With ``kind, date, date_precision, radius_m, weapon, attributed_to, locality`` beside the
        columns of ACLED, of which ``notes``, ``fatalities``, ``event_id_cnty`` and ``source``
        are read as what they are.
    """
    kinds, problems = read_codes(cells, _KINDS, file)
    said, more = read_codes(cells, _DATES, file)
    across = _across_months(cells)
    precision = ["year" if wide else one for wide, one in zip(across, said, strict=True)]
    radii, coarse = read_codes(cells, _RADII, file)
    types = _folded(cells, "event_type")
    details = _folded(cells, "sub_event_type")
    actors, places = _words(cells, "actor1"), _words(cells, "location")
    placed = [*zip(is_filled(cells, "latitude"), is_filled(cells, "longitude"), strict=True)]
    region = [
        radius == _RADII.otherwise and place is not None and all(there)
        for radius, place, there in zip(radii, places, placed, strict=True)
    ]
    made = with_columns(
        cells,
        {
            "kind": [
                "other" if detail in _NO_ATTACK else "attack" if detail in _FORCE else kind
                for kind, detail in zip(kinds, details, strict=True)
            ],
            "date": as_coarse_as(cells["event_date"], precision),
            "date_precision": precision,
            "radius_m": pd.Series(radii, index=cells.index, dtype=float),
            "weapon": [
                word if detail in _WEAPONS else None
                for word, detail in zip(_words(cells, "sub_event_type"), details, strict=True)
            ],
            "attributed_to": [
                actor if one in _ONE_SIDED else None
                for actor, one in zip(actors, types, strict=True)
            ],
            "locality": [
                None if wide else place for place, wide in zip(places, region, strict=True)
            ],
        },
    )
    return made, [*_told(cells, file, types, region, across), *problems, *more, *coarse]


def _across_months(cells: pd.DataFrame) -> list[bool]:
    """Say which weeks, told by their middle, may lie in another month."""
    days = read_dates(cells["event_date"])[0].tolist()
    return [
        week
        and not pd.isna(day)
        and (day - _HALF_A_WEEK).to_period("M") != (day + _HALF_A_WEEK).to_period("M")
        for week, day in zip(_weeks(cells), days, strict=True)
    ]


def _weeks(cells: pd.DataFrame) -> list[bool]:
    return read_codes(cells, Codes("time_precision", {"2": True}, otherwise=False), "")[0]


def _told(
    cells: pd.DataFrame,
    file: str,
    types: list[str | None],
    region: list[bool],
    across: list[bool],
) -> list[Problem]:
    """Say what our table cannot hold."""
    whole = partial(Problem, file, None)
    weeks = [week and not wide for week, wide in zip(_weeks(cells), across, strict=True)]
    sided = [
        actor is not None and one not in _ONE_SIDED
        for actor, one in zip(_words(cells, "actor1"), types, strict=True)
    ]
    return [
        *noted(
            weeks,
            whole(
                "date_precision",
                "time_precision 2",
                text("a day, a month or a year"),
                text("A week was read as its month."),
            ),
        ),
        *noted(
            across,
            whole(
                "date_precision",
                "time_precision 2",
                text("one month"),
                text("A week that may lie in two months was read as its year."),
            ),
        ),
        *noted(
            region,
            whole(
                "locality",
                "geo_precision 3",
                text("a place that was named"),
                text("The point stands for a region: kept with a wide radius, without locality."),
            ),
        ),
        *noted(
            sided,
            whole(
                "attributed_to",
                "actor1",
                text("who attacked"),
                text("Left empty: the actors of such an event are not told apart as attackers."),
            ),
        ),
    ]


def _words(cells: pd.DataFrame, column: str) -> list[str | None]:
    if column not in cells.columns:
        return [None] * len(cells)
    return [word if isinstance(word, str) else None for word in read_text(cells[column]).tolist()]


def _folded(cells: pd.DataFrame, column: str) -> list[str | None]:
    return [None if word is None else word.casefold() for word in _words(cells, column)]
