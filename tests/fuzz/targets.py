"""One function for each parser that meets strangers' text: it must hold its promise for any text.

Each takes one text, calls the parser and asserts what is always true of its answer; any other
exception is a fault. ``run.py`` searches for texts that break them; ``test_fuzz.py`` holds them to
their seeds and to what was ever found.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import geopandas as gpd
import pandas as pd

from geosector.errors import GeosectorError, InputError
from geosector.geocode import Reading, Refusal, read_coordinate
from geosector.geocode.names import RULES, name_keys, normalise
from geosector.sources import check_table
from geosector.sources.dates import FIRST_YEAR, LAST_YEAR, parse_date
from geosector.sources.figures import decimal_degrees, parse_number, read_range
from geosector.tables import fold_label, looks_personal, match_columns, recognise, table_names

AREA = (35.5, 32.2, 42.5, 37.5)
PRECISIONS = {"minute", "day", "month", "year"}


def coordinates(written: str) -> None:
    """Place a coordinate on the earth with a finite radius, refuse it with a reason, or see none."""
    for area in (None, AREA):
        found = read_coordinate(written, area=area)
        if isinstance(found, Reading):
            assert -90 <= found.lat <= 90
            assert -180 <= found.lon <= 180
            assert 0 < found.radius_m < math.inf
            if area is not None:
                assert area[0] <= found.lon <= area[2]
                assert area[1] <= found.lat <= area[3]
        else:
            assert found is None or (isinstance(found, Refusal) and found.reason)


def dates(written: str) -> None:
    """Find a date in the years that are read, with a precision, that reads back from ISO."""
    found = parse_date(written)
    if found is not None:
        assert FIRST_YEAR <= found.when.year <= LAST_YEAR
        assert found.precision in PRECISIONS
        assert found.other is None or found.other != found.when
        again = parse_date(found.when.isoformat(sep=" "))
        assert again is not None
        assert again.when.replace(second=0) == found.when.replace(second=0, microsecond=0)


def numbers(written: str) -> None:
    """Read a number that is one, a range that rises, degrees or what was given."""
    value, other = parse_number(written)
    assert value is None or not math.isnan(value)
    assert other is None or value is not None
    bounds = read_range(written)
    assert bounds is None or 0 <= bounds[0] < bounds[1]
    degrees = decimal_degrees(written)
    assert degrees == written or isinstance(degrees, float)


def headers(written: str) -> None:
    """Folding twice changes nothing; no column is meant twice; a table is one of ours."""
    folded = fold_label(written)
    assert fold_label(folded) == folded
    assert looks_personal(written) == looks_personal(folded)
    labels = written.split("\n")
    for name in ("incidents", "facilities", "gazetteer"):
        meaning = match_columns(name, labels)
        assert set(meaning) <= set(labels)
        assert len(set(meaning.values())) == len(meaning)
    try:
        assert recognise(labels) in table_names()
    except InputError as refused:
        assert str(refused)  # noqa: PT017 - a refusal is an answer


def names(written: str) -> None:
    """Normalising twice changes nothing; keys are those of the rules, none of them blank."""
    plain = normalise(written)
    assert normalise(plain) == plain
    assert plain == " ".join(plain.split())
    keys = name_keys(written)
    assert set(keys) <= set(RULES)
    assert keys.get("written", "") == plain
    assert name_keys(plain).get("written", "") == plain


def form_points(written: str) -> None:
    """Keep a row whatever a form wrote for its point, and place it on the earth or nowhere."""
    lat, _, lon = written.partition(" ")
    cells = pd.DataFrame(
        {
            "date": ["2024-04-01"],
            "locality": ["synthetic"],
            "location": [written],
            "_location_latitude": [lat],
            "_location_longitude": [lon],
        }
    )
    try:
        rows, _ = check_table(cells, "incidents", file="form")
    except GeosectorError as refused:
        assert str(refused)  # noqa: PT017 - a refusal is an answer
        return
    assert isinstance(rows, gpd.GeoDataFrame)
    assert len(rows) == 1
    place = rows.geometry.iloc[0]  # two points and more are a trace
    if place is not None:
        west, south, east, north = place.bounds
        assert (west >= -180, south >= -90, east <= 180, north <= 90) == (True,) * 4


TARGETS: dict[str, Callable[[str], None]] = {
    function.__name__: function
    for function in (coordinates, dates, numbers, headers, names, form_points)
}
