"""NASA FIRMS: pixels that were hotter than their surroundings when a satellite passed.

Columns and codes as in the FIRMS page on active fire attributes
(earthdata.nasa.gov/data/tools/firms/active-fire-data-attributes-modis-viirs), the MODIS Collection
6 Active Fire User's Guide and the VIIRS 375 m Active Fire User's Guide (version 1.4). Of Landsat
that page says nothing; what is held of it here is inferred from one sample of its files
(``fire_nrt_LS_…``) and stands on no document: ``path`` and ``row`` of the scene, no instrument, no
``frp``.

- The point is the middle of the pixel. ``scan`` and ``track`` are its sides in km; without them
  1 km (MODIS) and 375 m (VIIRS) hold, the sides straight below the satellite. The event is
  anywhere in the pixel, so ``radius_m`` is half of its diagonal: √(scan² + track²) / 2.
- The pixels of Landsat are 30 m wide. That their ``scan`` and ``track`` are no sides but the place
  of the pixel in its scene is an inference from that one sample; they are used for nothing.
- ``acq_date`` and ``acq_time`` (HHMM) are in UTC.
- ``confidence`` is low, nominal or high; Landsat writes L, M (read as nominal) or H. MODIS writes
  it in percent; that page says only that three classes are made of it. The user's guide has low
  below 30 and high from 80.
- ``type``, in archives: 0 presumed vegetation fire, 1 volcano, 2 other static land source, 3
  offshore. All but 0 become the kind ``other``.

A hot pixel is no report of a fire: it may be a flare, a furnace, a burning field or many fires.
"""

from __future__ import annotations

import math
import re
from functools import partial

import numpy as np
import pandas as pd

from geosector.language import text
from geosector.sources.check import row_number
from geosector.sources.dates import parse_date
from geosector.sources.feeds.rows import Codes, noted, read_codes, with_columns
from geosector.sources.figures import parse_number
from geosector.sources.values import western, written_as
from geosector.tables import Problem

HEADERS = frozenset({"latitude", "longitude", "acq_date", "acq_time", "confidence"})
_SCENE = frozenset({"path", "row"})
COLUMNS = HEADERS | _SCENE | {"bright_ti4", "frp", "instrument", "scan", "track", "type"}
_SIDE_M = {"MODIS": 1_000.0, "VIIRS": 375.0, "LANDSAT": 30.0}
_WIDEST_KM = 10.0  # no pixel of either sensor is wider: such a number is no side
_LOW_PERCENT = 30.0
_CLASSES = {
    "l": "low", "n": "nominal", "h": "high", "low": "low", "nominal": "nominal", "high": "high",
    "m": "nominal", "medium": "nominal",
}  # fmt: skip
_TYPES = Codes("type", {"0": "fire", "1": "other", "2": "other", "3": "other"}, "other")
_TIME = re.compile(r"(\d{1,2}):?(\d{2})(?::\d{2})?")


def translated(cells: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Bring a file of FIRMS under the names of the incidents.

    Parameters
    ----------
    cells : pandas.DataFrame
        Under FIRMS' own names.
    file : str
        For the problems.

    Returns
    -------
    tuple = (cells, problems)
        With ``kind, date`` (UTC), ``radius_m`` and ``confidence_class`` (low, nominal or high;
        low ones are kept and listed), beside the columns of FIRMS.
    """
    whole = partial(Problem, file, None)
    every = [True] * len(cells)
    problems = [
        *noted(
            every,
            whole(
                "kind",
                text("hot pixels"),
                text("reports of fires"),
                text("Read as fires; nobody reported them."),
            ),
        ),
        *noted(
            every, whole("date", text("times in UTC"), text("local time"), text("Kept in UTC."))
        ),
    ]
    kinds: list[str] = ["fire"] * len(cells)
    if "type" in cells.columns:
        kinds, found = read_codes(cells, _TYPES, file)
        static = [kind != "fire" for kind in kinds]
        problems += [
            *noted(
                static,
                whole(
                    "kind",
                    "type 1, 2, 3",
                    text("a fire on land"),
                    text("Read as {value}.", value="other"),
                ),
            ),
            *found,
        ]
    dates, unread = _moments(cells, file)
    classes, doubted = _classes(cells, file)
    made = {
        "kind": kinds,
        "date": dates,
        "radius_m": pd.Series(_radii(cells), index=cells.index, dtype=float),
        "confidence_class": classes,
    }
    return with_columns(cells, made), [*problems, *unread, *doubted]


def _moments(cells: pd.DataFrame, file: str) -> tuple[list[str], list[Problem]]:
    """Join day and time; a time that cannot be read leaves the day."""
    joined, problems = [], []
    times = [western(written_as(cell)) for cell in cells["acq_time"].tolist()]
    for place, (day, time) in enumerate(zip(cells["acq_date"].tolist(), times, strict=True)):
        found = _TIME.fullmatch(time.zfill(4) if time.isdigit() else time)
        real = found is not None and int(found[1]) < 24 and int(found[2]) < 60  # noqa: PLR2004
        date = parse_date(day)
        plain = date is not None and date.other is None
        written = f"{date.when:%Y-%m-%d}" if date is not None and plain else written_as(day)
        if found is not None and real:
            written = f"{written} {int(found[1]):02d}:{found[2]}"
        else:
            problems.append(
                Problem(file, row_number(cells.index, place), "acq_time", time,
                        text("a time as HHMM"), text("Only the day was kept."))
            )  # fmt: skip
        joined.append(written)
    return joined, problems


def _radii(cells: pd.DataFrame) -> list[float]:
    """Give half of each pixel's diagonal, in metres."""
    if set(cells.columns) >= _SCENE:
        return [float(math.ceil(math.hypot(_SIDE_M["LANDSAT"], _SIDE_M["LANDSAT"]) / 2))] * len(
            cells
        )
    if "instrument" in cells.columns:
        sensors = [written_as(cell).strip().upper() for cell in cells["instrument"].tolist()]
    else:
        sensors = ["VIIRS" if "bright_ti4" in cells.columns else "MODIS"] * len(cells)
    sides = []
    for column in ("scan", "track"):
        known = cells[column].tolist() if column in cells.columns else [None] * len(cells)
        sides.append([_side_m(cell, sensor) for cell, sensor in zip(known, sensors, strict=True)])
    return [float(math.ceil(math.hypot(*pixel) / 2)) for pixel in zip(*sides, strict=True)]


def _side_m(cell: object, sensor: str) -> float:
    kilometres = parse_number(written_as(cell)).value
    if kilometres is not None and 0 < kilometres <= _WIDEST_KM:
        return kilometres * 1_000
    # Of an unknown sensor the coarser pixel is taken.
    return _SIDE_M.get(sensor, max(_SIDE_M.values()))


def _classes(cells: pd.DataFrame, file: str) -> tuple[list[str | None], list[Problem]]:
    """Read the confidence, list what is low and what cannot be read."""
    written = [written_as(cell).strip() for cell in cells["confidence"].tolist()]
    classes = [_class(word) for word in written]
    expected = text("a confidence of nominal or high")
    low = Problem(file, None, "confidence", "low", expected, text("Kept, with this mark."))
    unread = [
        low._replace(row=row_number(cells.index, place), given=written[place])
        for place in np.flatnonzero([one is None for one in classes]).tolist()
    ]
    return classes, [*noted([one == "low" for one in classes], low), *unread]


def _class(word: str) -> str | None:
    if word.casefold() in _CLASSES:
        return _CLASSES[word.casefold()]
    percent = parse_number(word).value
    if percent is None or not 0 <= percent <= 100:  # noqa: PLR2004 - percent
        return None
    return "low" if percent < _LOW_PERCENT else "high" if percent >= 80 else "nominal"  # noqa: PLR2004
