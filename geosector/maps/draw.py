"""From tables to a map: release first, then layers, then a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import cast

import geopandas as gpd
import pandas as pd

from geosector import language, release
from geosector.maps import given as looked
from geosector.maps import scenes, words
from geosector.maps.page import Map
from geosector.maps.plan.draw import add_plan
from geosector.maps.saying import Words, by_language, number, said
from geosector.maps.time import periods
from geosector.maps.time.periods import GivenPeriod
from geosector.measure import density
from geosector.tables import Audience

# A table that is released by the rules of another: places, what they are called, who lives there.
RELEASED_AS = {"localities": "gazetteer"}


def draw_map(
    incidents: gpd.GeoDataFrame | None = None,
    *,
    sectors: gpd.GeoDataFrame | None = None,
    borders: gpd.GeoDataFrame | None = None,
    roads: gpd.GeoDataFrame | None = None,
    buildings: gpd.GeoDataFrame | None = None,
    water: gpd.GeoDataFrame | None = None,
    facilities: gpd.GeoDataFrame | None = None,
    surveyed: gpd.GeoDataFrame | None = None,
    densities: Sequence[str] | None = None,
    localities: gpd.GeoDataFrame | None = None,
    boundary: gpd.GeoDataFrame | None = None,
    plan: Mapping[str, pd.DataFrame] | None = None,
    override: release.Override | None = None,
    audience: str | None = None,
    lang: str | None = None,
    date: dt.date | str | None = None,
    key: bytes | None = None,
    bandwidth_m: float | None = None,
    step: str | None = None,
    compare: tuple[GivenPeriod, GivenPeriod] | None = None,
    title: str | None = None,
    source: str | None = None,
    tiles: str | None = None,
) -> Map:
    """Draw an interactive map that opens with no network.

    What the audience may not see is taken out first (`geosector.for_audience`), so nothing of it
    reaches the file in any form: partners see masked incidents and facilities counted by sector,
    the public sees incidents by locality or cell, the density of these counts, and no counts by
    sector.

    Parameters
    ----------
    incidents : geopandas.GeoDataFrame, optional
        Table `incidents` with ``kind``, ``date`` and a geometry, which may be missing: such
        incidents are counted in the legend, as are dates that cannot be read, and so are those
        that geocoding left for review (``decision`` is ``review``). ``radius_m`` says how
        precisely a place is known; where it is missing, the place counts as exact. Those of the
        kinds in ``densities`` are drawn: as a density in incidents per km² those whose radius is
        within the bandwidth, and as circles the others. For all but the public each incident, of
        whatever kind, is a point too, with a card, a table and filters beside the map
        (`geosector.maps.points`).
    sectors, borders : geopandas.GeoDataFrame, optional
        Of a layout; ``sector_id``, and ``left`` and ``right``, are needed.
    roads, buildings, water : geopandas.GeoDataFrame, optional
        The basemap; ``road_class`` of roads is needed. Of buildings only outlines reach the file,
        of water only areas and lines: a building's name may tell that it is a shelter. All three
        are simplified by zoom; buildings are drawn from zoom 15.
    facilities : geopandas.GeoDataFrame, optional
        ``kind`` is needed; ``status`` is drawn.
    surveyed : geopandas.GeoDataFrame, optional
        Polygons within which every incident would be known, such as the boundary or the sectors:
        the density is shown there and nowhere else, also where there was no incident. They are
        shown to every audience by this. Default: nothing is claimed farther than three bandwidths
        from an incident.
    densities : sequence of str, optional
        Kinds of incident to draw: ``attack``, ``fire``, ``traffic``, ``drowning``, ``other``, and
        ``all`` for all together. The first that has incidents is on when the map opens. Default:
        attack and fire.
    localities : geopandas.GeoDataFrame, optional
        Areas to count incidents in, beside the sectors: ``id`` is needed; polygons, or points as
        a gazetteer has them, for which the ground nearest to each stands and is called so
        (`geosector.measure.localities.locality_ground`). With ``population``, there are rates,
        too. An incident belongs to the locality of its ``locality_id``, or that geocoding found
        (``match_id``), else to the one that holds its place, where that is known as precisely as
        the locality is wide.
    boundary : geopandas.GeoDataFrame, optional
        Where the ground of localities given as points ends. Default: the sectors together.
    plan : mapping of str to pandas.DataFrame, optional
        What planning found, by the name of the table (`geosector.tables.RESULTS`, and ``blocks``,
        the ground of ``reach``): shadings of blocks, sectors and localities, parts that are cut
        off, lines and places, as far as the audience may see them (`geosector.maps.plan.draw`).
    override : Override, optional
        A written decision to show a partner the tables of the plan that go by agreement only; it
        stands in the stamp of the map.
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
        reference rule (`geosector.measure.density.choose_bandwidth`), but no finer than the places
        are known. The legend states it.
    step : {"day", "week", "month", "year"}, optional
        Of the slider over time; refused where incidents are drawn and the date of none is known
        so well. Default: the finest of which at most 31 hold every dated incident:
        days up to a month, weeks up to seven months, months up to two and a half years, else years.
        An incident whose date is known less precisely enters only a period that holds all of the
        days on which it may have been; the others are counted in the legend. The public has no
        slider, since what is released to it has no dates.
    compare : two periods, optional
        Draws the density of the second less that of the first, per 30 days where they differ in
        length. Each is a month ("2024-03"), a year, or its first and its last day
        (("2024-03-01", "2024-03-15")). Not for the public.
    title, source : str, optional
        Heading of the map; where the data are from.
    tiles : str, optional
        Pictures of the ground from the network, by their name in xyzservices, such as
        ``OpenStreetMap.Mapnik``. Default: none, and the page asks nothing of anybody. With them it
        may ask that one server, whose keeper learns which place is looked at; the legend says so.
        OpenStreetMap's server answers pages of a web site, not those opened from a file.

    Returns
    -------
    Map
        A `folium.Map`: shown by a notebook, written by ``save(path)`` or ``to_html()``. The
        reader may change the language; ``lang`` is the one in which it opens.

    Raises
    ------
    AudienceError
        Where no audience was given, a key is needed and was not given, or the public would be
        shown two periods.
    MissingColumnError, MissingCRSError
        Where a table lacks a column or a coordinate system.
    InputError
        Where something given is no GeoDataFrame or cannot be drawn
        (`geosector.maps.given.look_at`), the area surveyed is none, there is no density
        of a kind, or the bandwidth, the date, the step, the periods or the provider of tiles
        cannot be used.

    Examples
    --------
    >>> from shapely.geometry import Point, box
    >>> from geosector.maps.saying import spoken
    >>> sectors = gpd.GeoDataFrame({"sector_id": [1]}, geometry=[box(37, 36, 37.1, 36.1)], crs=4326)
    >>> attacks = gpd.GeoDataFrame({"kind": ["attack", "attack"], "date": ["2024-04-02", None]},
    ...                            geometry=[Point(37.05, 36.05), None], crs=4326)
    >>> drawn = draw_map(attacks, sectors=sectors, audience="internal", lang="en")
    >>> [layer["id"] for layer in drawn.scene["layers"]], [spoken(n) for n in drawn.scene["notes"]]
    (['rates-sectors', 'density-attack', 'sectors', 'points'],
    ['Incidents without a place, not drawn: 1'])

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
    given = {
        "incidents": incidents, "sectors": sectors, "borders": borders, "roads": roads,
        "buildings": buildings, "water": water, "facilities": facilities,
        "localities": localities, "boundary": boundary,
    }  # fmt: skip
    code = language.language(lang).code if lang is not None else language.current()
    with language.speaking(code):
        seer = cast("Audience", audience)  # the first use of it refuses what is none
        release.require_no_place(seer, title, source)
        day = release.release_day(date)
        stamp = _stamp(seer, override, day)
        if bandwidth_m is not None:
            density.require_bandwidth(bandwidth_m)
        wishes = scenes.Wishes(
            bandwidth_m=bandwidth_m,
            densities=scenes.checked_kinds(densities),
            surveyed=None if surveyed is None else looked.area(surveyed),
            step=periods.checked_step(step),
            compare=None if compare is None else periods.read_pair(compare),
            online=tiles,
        )
        read = {
            name: looked.look_at(table, name) for name, table in given.items() if table is not None
        }
        tables = {name: one.table for name, one in read.items()}
        seen = _released(tables, seer, key, day)
        zones = tables.get("sectors")
        planned = release.for_plan(plan, seer, sectors=zones, key=key, date=day, override=override)
        scene = add_plan(scenes.make(seen, seer, day, wishes), planned, seen)
        scene["stamp"] = [stamp, *_facts(day, source)]
        scene["title"] = words.shortened(str(title)) if title else _heading(seen)
        scene["notes"] += _remarks(read.values(), seer, title, source)
        return Map(code, {**scene, "lang": code})


def _stamp(audience: Audience, override: release.Override | None, day: dt.date | None) -> Words:
    """Say for whom a map is, and by which decision a partner sees more."""
    stamps = {lang: release.stamp(audience, lang) for lang in language.LANGUAGES}
    if override is not None:
        stamps = {lang: release.told(override, day, lang) for lang in stamps}
    return by_language(stamps, stamps["en"])


def _remarks(read: Collection[looked.Given], audience: Audience, *told: str | None) -> list[Words]:
    """Say what of the tables could not be drawn, and how many texts were cut off."""
    # Of what was given the public learns nothing but what was released.
    notes = [note for one in read for note in one.notes] if audience != "public" else []
    if audience == "internal":  # what was written for a kind may be a place
        notes += [note for one in read for note in one.quoted]
    count = sum(one.cut for one in read) + sum(len(str(one)) > words.LONGEST for one in told)
    if count:
        most = number(words.LONGEST)
        notes.append(
            said("Texts of more than {most} letters, cut off: {n}", most=most, n=number(count))
        )
    return notes


def _released(
    tables: Mapping[str, gpd.GeoDataFrame],
    audience: Audience,
    key: bytes | None,
    day: dt.date | None,
) -> dict[str, pd.DataFrame]:
    """Take out what the audience may not see."""
    given = dict(tables)
    if "incidents" in given:
        given["incidents"] = _without_guesses(given["incidents"])
        if "localities" in given:
            given["incidents"] = _in_matched(given["incidents"], given["localities"])
    return {
        name: release.for_audience(
            table,
            audience,
            name=RELEASED_AS.get(name, name),
            sectors=given.get("sectors"),
            key=key,
            date=day,
            delay_days=release.DELAY_DAYS,
            cell_m=scenes.CELL_M,
        )
        for name, table in given.items()
    }


def _facts(day: dt.date | None, source: str | None) -> list[Words]:
    """Say as of when the map is, and where its data are from."""
    facts: list[Words] = [] if day is None else [words.stamp_date(day)]
    return (
        [*facts, said("Source: {source}", source=words.shortened(str(source)))] if source else facts
    )


def _heading(seen: Mapping[str, pd.DataFrame]) -> Words:
    return said("Map of incidents") if "incidents" in seen else said("Map of sectors")


def _without_guesses(incidents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take away the places that geocoding proposed for review: a proposal is no place yet."""
    if "decision" not in incidents:
        return incidents
    guessed = incidents["decision"].isin(["review", "refused"]).to_numpy(bool)
    shapes = incidents.geometry.copy()
    shapes[guessed] = None
    return cast("gpd.GeoDataFrame", incidents.set_geometry(shapes))


def _in_matched(incidents: gpd.GeoDataFrame, localities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Let the locality that geocoding found be that of an incident without a ``locality_id``.

    Only where it is one of those to count in: what else is found, such as a street, is no locality.
    """
    if "match_id" not in incidents:
        return incidents
    found = incidents["match_id"].astype(object).where(incidents.geometry.notna(), None)
    found = found.where(found.isin(localities["id"]), None)
    if "locality_id" in incidents:
        own = incidents["locality_id"].astype(object)
        found = own.where(own.notna(), found)
    return cast("gpd.GeoDataFrame", incidents.assign(locality_id=found))
