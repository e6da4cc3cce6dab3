"""The maps of a report: which incidents, released for whom, drawn in each language.

Maps for others count incidents by locality, as the public may see them; their own positions, or
masked ones, are on none. Only the office's own interactive map shows them, and that of partners,
which needs the masking key, shows masks.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from geosector import release
from geosector.language import text
from geosector.measure.months import Spans, within
from geosector.measure.rates import kinds
from geosector.palette import INCIDENTS
from geosector.report.content import Map
from geosector.report.figures import PLAIN
from geosector.report.maps import interactive_map, locality_map
from geosector.report.naming import section_name
from geosector.report.words import span_name
from geosector.tables import Audience

# Counts are not masked, so they need no key; the rule that asks for one asks for any.
_NO_KEY = bytes(range(32))
_DELAY = dt.timedelta(days=7)


class Drawing(NamedTuple):
    """What the maps of a report are made of: incidents as they are in the office, and for whom."""

    incidents: pd.DataFrame
    spans: Spans
    audience: Audience
    date: dt.date | None
    key: bytes | None
    sectors: gpd.GeoDataFrame | None
    source: str


def maps_of(drawing: Drawing, lang: str) -> dict[str, Map]:
    """Draw a map of each kind of incident of which any could be placed.

    Examples
    --------
    >>> from geosector.measure.months import spans_of
    >>> none = pd.DataFrame({"kind": [], "date": []})
    >>> maps_of(Drawing(none, spans_of("2024-04"), "public", None, None, None, ""), "en")
    {}
    """
    rows = _placed(drawing)
    if rows is None:
        return {}
    link = f"map.{lang}.html" if _has_page(drawing) else ""
    made = {}
    for kind in kinds():
        of_kind = rows[(rows["kind"] == kind).to_numpy()]
        if of_kind.empty:
            continue
        drawn = locality_map(
            _seen(of_kind, drawing),
            name=f"map-{kind}",
            title=section_name(kind, lang),
            lang=lang,
            ground=_ground(drawing),
            colour=INCIDENTS.get(kind, PLAIN),
        )
        if drawn is not None:
            made[kind] = Map(drawn.svg, drawn.alt, link)
    return made


def page_of(drawing: Drawing, lang: str) -> str | None:
    """Make the interactive map of all kinds, where the audience may have one."""
    rows = _placed(drawing)
    if rows is None or not _has_page(drawing):
        return None
    span = span_name(drawing.spans.current, lang)
    return interactive_map(
        rows,
        audience=drawing.audience,
        lang=lang,
        title=text("Incidents: {span}", lang=lang, span=span),
        date=drawing.date or drawing.spans.current.last + _DELAY,
        key=drawing.key or _NO_KEY,
        sectors=drawing.sectors,
        source=drawing.source or None,
    )


def _has_page(drawing: Drawing) -> bool:
    return drawing.audience != "partner" or drawing.key is not None


def _placed(drawing: Drawing) -> gpd.GeoDataFrame | None:
    """Give the incidents of the span, if any of them has a place."""
    rows = within(drawing.incidents, drawing.spans.current)
    if not isinstance(rows, gpd.GeoDataFrame) or rows.geometry.isna().all():
        return None
    return rows


def _seen(rows: gpd.GeoDataFrame, drawing: Drawing) -> pd.DataFrame:
    """Give the incidents themselves to the office, and counts by locality to all others."""
    audience = "internal" if drawing.audience == "internal" else "public"
    day = drawing.spans.current.last + _DELAY
    if {"locality", "locality_id"} <= set(
        rows.columns
    ):  # an id alone names no place to a reader of the map
        unnamed = rows["locality"].isna()
        rows = rows.assign(locality_id=rows["locality_id"].mask(unnamed))
    seen = release.for_audience(rows, audience, name="incidents", key=_NO_KEY, date=day)
    return pd.DataFrame(seen) if not isinstance(seen, gpd.GeoDataFrame) else seen


def _ground(drawing: Drawing) -> gpd.GeoDataFrame | None:
    if drawing.sectors is None:
        return None
    seen = release.for_audience(drawing.sectors, drawing.audience, name="sectors", key=_NO_KEY)
    return gpd.GeoDataFrame(seen)
