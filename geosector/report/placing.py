"""The maps of a report: which incidents, released for whom, drawn in each language.

Maps for others count incidents by locality, as the public may see them; their own positions, or
masked ones, are on none. Only the office's own interactive map shows them, and that of partners,
which needs the masking key, shows masks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
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
from geosector.report.maps import (
    count_places,
    interactive_map,
    locality_map,
    published_places,
)
from geosector.report.naming import section_name
from geosector.report.words import span_name
from geosector.tables import Audience


class Drawing(NamedTuple):
    """What the maps of a report are drawn from, in every language.

    ``incidents`` of the span that have a place, as they are in the office; ``seen`` by kind and
    ``ground``, as the audience may see them.
    """

    incidents: gpd.GeoDataFrame | None
    seen: Mapping[str, pd.DataFrame]
    ground: gpd.GeoDataFrame | None
    spans: Spans
    audience: Audience
    day: dt.date
    key: bytes | None
    sectors: gpd.GeoDataFrame | None
    source: str
    gazetteers: tuple[pd.DataFrame, ...]
    around: pd.DataFrame | None


def prepare(
    incidents: pd.DataFrame,
    spans: Spans,
    audience: Audience,
    *,
    date: dt.date | None = None,
    key: bytes | None = None,
    sectors: gpd.GeoDataFrame | None = None,
    source: str = "",
    gazetteers: Sequence[pd.DataFrame] = (),
) -> Drawing:
    """Release what the maps of a report show, once for all languages.

    Parameters
    ----------
    incidents : pandas.DataFrame or geopandas.GeoDataFrame
        As they are in the office, of any span.
    spans : Spans
        Of the report.
    audience : {"internal", "partner", "public"}
    date : datetime.date, optional
        Of the report. Default: the first day on which the public may see it.
    key : bytes, optional
        The masking key, for the interactive map of partners.
    sectors : geopandas.GeoDataFrame, optional
        Drawn below.
    source : str
    gazetteers : sequence of pandas.DataFrame
        By which the localities were placed: their names in the letters of each edition, and the
        places around them.

    Returns
    -------
    Drawing

    Examples
    --------
    >>> from geosector.measure.months import spans_of
    >>> rows = gpd.GeoDataFrame(
    ...     {"kind": ["fire"], "date": pd.to_datetime(["2024-04-02"]), "locality": ["Idlib"]},
    ...     geometry=gpd.points_from_xy([36.6], [35.9]), crs=4326,
    ... )
    >>> list(prepare(rows, spans_of("2024-04"), "public").seen)
    ['fire']
    >>> list(prepare(rows[:0], spans_of("2024-04"), "public").seen)
    []
    """
    public_day = spans.current.last + dt.timedelta(days=release.DELAY_DAYS)
    rows = _placed(incidents, spans)
    seen = {}
    if rows is not None:
        of_kind = {kind: rows[(rows["kind"] == kind).to_numpy()] for kind in kinds()}
        seen = {
            kind: _counted(found, audience, public_day)
            for kind, found in of_kind.items()
            if not found.empty
        }
    ground = None
    if sectors is not None:
        ground = gpd.GeoDataFrame(
            release.for_audience(sectors, audience, name="sectors", key=release.NO_KEY)
        )
    return Drawing(
        rows, seen, ground, spans, audience, date or public_day, key, sectors, source,
        *_known(rows, gazetteers),
    )  # fmt: skip


def _known(
    rows: gpd.GeoDataFrame | None, gazetteers: Sequence[pd.DataFrame]
) -> tuple[tuple[pd.DataFrame, ...], pd.DataFrame | None]:
    """Give the gazetteers that can name the localities, and all places of these in one table."""
    if rows is None or not gazetteers or not {"locality", "locality_id"} <= set(rows.columns):
        return (), None
    around = pd.concat([pd.DataFrame(table) for table in gazetteers], ignore_index=True)
    return tuple(gazetteers), around


def _placed(incidents: pd.DataFrame, spans: Spans) -> gpd.GeoDataFrame | None:
    """Give the incidents of the span, if any of them has a place."""
    rows = within(incidents, spans.current)
    if not isinstance(rows, gpd.GeoDataFrame) or rows.geometry.isna().all():
        return None
    return rows


def _counted(rows: gpd.GeoDataFrame, audience: Audience, day: dt.date) -> pd.DataFrame:
    """Give the incidents themselves to the office, and counts by locality to all others."""
    if {"locality", "locality_id"} <= set(rows.columns):
        # An id alone names no place to a reader of the map.
        unnamed = rows["locality"].isna()
        rows = rows.assign(locality_id=rows["locality_id"].mask(unnamed))
    to = "internal" if audience == "internal" else "public"
    return release.for_audience(rows, to, name="incidents", key=release.NO_KEY, date=day)


def maps_of(drawing: Drawing, lang: str) -> dict[str, Map]:
    """Draw a map of each kind of incident of which any could be placed.

    Examples
    --------
    >>> from geosector.measure.months import spans_of
    >>> none = pd.DataFrame({"kind": [], "date": []})
    >>> maps_of(prepare(none, spans_of("2024-04"), "public"), "en")
    {}
    """
    link = f"map.{lang}.html" if _has_page(drawing) else ""
    places = None
    if drawing.incidents is not None and drawing.gazetteers:
        places = published_places(drawing.incidents, drawing.gazetteers, lang)
    made = {}
    for kind, seen in drawing.seen.items():
        drawn = locality_map(
            seen,
            name=f"map-{kind}",
            title=section_name(kind, lang),
            lang=lang,
            places=places,
            around=drawing.around,
            ground=drawing.ground,
            colour=INCIDENTS.get(kind, PLAIN),
        )
        if drawn is not None:
            missing = count_places(seen, places).missing
            left = tuple(zip(missing["label"], missing["count"].astype(int), strict=True))
            made[kind] = Map(drawn.svg, drawn.alt, link, left)
    return made


def page_of(drawing: Drawing, lang: str) -> str | None:
    """Make the interactive map of all kinds, where the audience may have one."""
    if drawing.incidents is None or not _has_page(drawing):
        return None
    span = span_name(drawing.spans.current, lang)
    return interactive_map(
        drawing.incidents,
        audience=drawing.audience,
        lang=lang,
        title=text("Incidents: {span}", lang=lang, span=span),
        date=drawing.day,
        key=drawing.key or release.NO_KEY,
        sectors=drawing.sectors,
        source=drawing.source or None,
    )


def _has_page(drawing: Drawing) -> bool:
    return drawing.audience != "partner" or drawing.key is not None
