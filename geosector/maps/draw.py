"""From tables to a map: release first, then layers, then a page."""

from __future__ import annotations

import datetime as dt
from typing import cast

import geopandas as gpd

from geosector import crs, language, release
from geosector.errors import InputError, MissingColumnError
from geosector.language import text
from geosector.maps import scenes, words
from geosector.maps.page import Map
from geosector.maps.saying import by_language, said
from geosector.tables import Audience

# What each table cannot be drawn without, beside its geometry.
NEEDED = {
    "incidents": ("kind", "date"),
    "sectors": ("sector_id",),
    "borders": ("left", "right"),
    "roads": ("road_class",),
    "facilities": ("kind",),
}


def draw_map(
    incidents: gpd.GeoDataFrame | None = None,
    *,
    sectors: gpd.GeoDataFrame | None = None,
    borders: gpd.GeoDataFrame | None = None,
    roads: gpd.GeoDataFrame | None = None,
    facilities: gpd.GeoDataFrame | None = None,
    audience: str | None = None,
    lang: str | None = None,
    date: dt.date | str | None = None,
    key: bytes | None = None,
    bandwidth_m: float | None = None,
    title: str | None = None,
    source: str | None = None,
) -> Map:
    """Draw an interactive map that opens with no network.

    What the audience may not see is taken out first (`geosector.for_audience`), so nothing of it
    reaches the file in any form: partners see masked incidents and facilities counted by sector,
    the public sees incidents by locality or cell and the density of these counts.

    Parameters
    ----------
    incidents : geopandas.GeoDataFrame, optional
        Table `incidents` with ``kind``, ``date`` and a geometry, which may be missing: such
        incidents are counted in the legend, and so are those that geocoding left for review
        (``decision`` is ``review``). ``radius_m`` says how precisely a place is known;
        where it is missing, the place counts as exact. Attacks and fires are drawn, each as a
        density in incidents per km² of those whose radius is within the bandwidth, and as
        circles of the others.
    sectors, borders : geopandas.GeoDataFrame, optional
        Of a layout; ``sector_id``, and ``left`` and ``right``, are needed.
    roads : geopandas.GeoDataFrame, optional
        The basemap; ``road_class`` is needed.
    facilities : geopandas.GeoDataFrame, optional
        ``kind`` is needed; ``status`` is drawn.
    audience : {"internal", "partner", "public"}
        Who will see the map. It has no default.
    lang : str, optional
        ``ar``, ``kmr``, ``ckb`` or ``en``. Default: the current language.
    date : datetime.date or str, optional
        As of when (2024-04-30). Default: the environment's SOURCE_DATE_EPOCH, else none is
        stated; never the clock, so that the same input gives the same file.
    key : bytes, optional
        Masking key; see `geosector.for_audience`. Needed for incidents outside the office and
        for everything public.
    bandwidth_m : float, optional
        Standard deviation of the Gaussian kernel in metres. Default: for each kind the normal
        reference rule (`geosector.maps.density.choose_bandwidth`), but no finer than the places
        are known. The legend states it.
    title, source : str, optional
        Heading of the map; where the data are from.

    Returns
    -------
    Map
        A `folium.Map`: shown by a notebook, written by ``save(path)`` or ``to_html()``. The
        reader may change the language; ``lang`` is the one in which it opens.

    Raises
    ------
    AudienceError
        Where no audience was given, or a key is needed and was not given.
    MissingColumnError, MissingCRSError
        Where a table lacks a column or a coordinate system.
    InputError
        Where something given is no GeoDataFrame, or the bandwidth or the date cannot be used.

    Examples
    --------
    >>> from shapely.geometry import Point, box
    >>> from geosector.maps.saying import spoken
    >>> sectors = gpd.GeoDataFrame({"sector_id": [1]}, geometry=[box(37, 36, 37.1, 36.1)], crs=4326)
    >>> attacks = gpd.GeoDataFrame({"kind": ["attack", "attack"], "date": ["2024-04-02", None]},
    ...                            geometry=[Point(37.05, 36.05), None], crs=4326)
    >>> drawn = draw_map(attacks, sectors=sectors, audience="internal", lang="en")
    >>> [layer["id"] for layer in drawn.scene["layers"]], [spoken(n) for n in drawn.scene["notes"]]
    (['density-attack', 'sectors'], ['Incidents without a place, not drawn: 1'])

    An empty map is a map; a table without a column it needs, or no audience, is refused.

    >>> draw_map(audience="internal").to_html()[:15]
    '<!DOCTYPE html>'
    >>> draw_map(sectors=attacks, audience="internal")
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: The table sectors lacks the column sector_id; it has: ...
    >>> draw_map(attacks)
    Traceback (most recent call last):
    ...
    geosector.errors.AudienceError: Say for whom this is: the audience is one of internal, ...
    """
    code = language.language(lang).code if lang is not None else language.current()
    with language.speaking(code):
        seer = cast("Audience", audience)  # the first use of it refuses what is none
        stamps = {code: release.stamp(seer, code) for code in language.LANGUAGES}
        stamp = [by_language(stamps, stamps["en"])]
        day = release.release_day(date)
        given = {
            "incidents": incidents,
            "sectors": sectors,
            "borders": borders,
            "roads": roads,
            "facilities": facilities,
        }
        tables = {name: _checked(table, name) for name, table in given.items() if table is not None}
        if "incidents" in tables:
            tables["incidents"] = _without_guesses(tables["incidents"])
        seen = {
            name: release.for_audience(
                table,
                seer,
                name=name,
                sectors=tables.get("sectors"),
                key=key,
                date=day,
                delay_days=scenes.DELAY_DAYS,
                cell_m=scenes.CELL_M,
            )
            for name, table in tables.items()
        }
        if day is not None:
            stamp.append(words.stamp_date(day))
        if source:
            stamp.append(said("Source: {source}", source=str(source)))
        heading = (
            str(title)
            if title
            else (said("Map of sectors") if incidents is None else said("Map of incidents"))
        )
        scene = scenes.make(seen, seer, day, bandwidth_m)
        return Map(code, {**scene, "lang": code, "title": heading, "stamp": stamp})


def _checked(table: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Refuse a table that cannot be drawn; bring the others to EPSG:4326."""
    if not isinstance(table, gpd.GeoDataFrame) or table._geometry_column_name is None:  # noqa: SLF001
        raise InputError(
            text("The table {name} has no geometry column; give a GeoDataFrame.", name=name)
        )
    for column in NEEDED[name]:
        if column not in table:
            raise MissingColumnError(
                text(
                    "The table {name} lacks the column {column}; it has: {columns}.",
                    name=name,
                    column=column,
                    columns=", ".join(map(str, table.columns)),
                )
            )
    return crs.to_wgs84(crs.require_crs(table, name))


def _without_guesses(incidents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take away the places that geocoding proposed for review: a proposal is no place yet."""
    if "decision" not in incidents:
        return incidents
    guessed = incidents["decision"].isin(["review", "refused"]).to_numpy(bool)
    shapes = incidents.geometry.copy()
    shapes[guessed] = None
    return cast("gpd.GeoDataFrame", incidents.set_geometry(shapes))
