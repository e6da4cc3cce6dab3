"""The map of a report: incidents by locality, as circles whose areas are in proportion.

It is drawn from what was released to its audience, never from incidents as they came. The public
sees counts by locality; a circle stands at the place that a gazetteer publishes for the locality,
or in the middle of the square kilometre that the release names. No incident's own place is in it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs, language
from geosector.errors import AudienceError
from geosector.language import END_ISOLATE, ISOLATE, LANGUAGES, number, text
from geosector.maps import draw_map
from geosector.maps.paper.labels import Box
from geosector.maps.paper.layers import LAND, View, look_at, mercator
from geosector.maps.paper.scale import Frame, bar_length, draw_north_arrow, draw_scale_bar, plates
from geosector.maps.paper.sheet import (
    INK,
    PAPER,
    POINTS_PER_MM,
    SOFT,
    Page,
    Style,
    line_mm,
    plain_style,
    width_mm,
    wrapped,
)
from geosector.measure.counts import locality_keys
from geosector.palette import INCIDENTS
from geosector.report.bars import FOOT, MARGIN, WIDTH, plain
from geosector.report.figures import SPOKEN_PARTS, listed
from geosector.report.naming import PLACE
from geosector.report.svg import Drawn, finished

Floats = NDArray[np.float64]

FRAME = Frame(MARGIN, MARGIN, WIDTH - 2 * MARGIN, 92.0)
LEGEND_MM = 17.0
# Radius of the greatest circle, and of that of one incident at most; of the dot in each.
LARGEST_MM, ONE_MM, DOT_MM = 6.5, 2.2, 0.45
MOST_PLACES, MOST_NAMES, MOST_MISSING = 1000, 14, 6
LEAST_DEGREES = 0.4  # around one place
LABEL, DEGREE, KEY = Style(8), Style(6, colour=SOFT), Style(9)
LABEL_WIDTH = 40.0
# Of the places around: dots and names at most, places of a district that is named at least.
MOST_DOTS, MOST_AROUND, LEAST_MEMBERS = 1500, 16, 25
AROUND_NAME, UNIT_NAME = Style(6.5, colour=SOFT), Style(7.5, bold=True, colour="#a79f8c")
EDGE_MM, DEGREES_MM = 1.0, 4.5  # without places; where degrees are written
UNITS = ("admin1", "admin2", "admin3")
_ARABIC = re.compile("[\u0620-\u06d3]")
GRID, EDGE = "#dcd7cb", "#b9b2a2"
GRID_STEPS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
MOST_LINES = 6
CLEAR_MM = 21.0  # of the corners, where scale and arrow are
SIMPLE_MM = 0.12  # how much an outline may be simplified
# Where a name may stand around its circle: beside it, above it, below it, at its corners.
AROUND = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))


class Counted(NamedTuple):
    """Incidents by place.

    ``places``: ``label, count, lon, lat``, the greatest first; ``missing``: ``label, count`` of
    those that no gazetteer places. ``named`` incidents name a place, ``located`` of them are among
    the places; ``unnamed`` name none.
    """

    places: pd.DataFrame
    missing: pd.DataFrame
    named: int
    located: int
    unnamed: int


def locality_map(
    seen: pd.DataFrame,
    *,
    name: str,
    title: str,
    lang: str,
    places: pd.DataFrame | None = None,
    ground: gpd.GeoDataFrame | None = None,
    around: pd.DataFrame | None = None,
    colour: str = INCIDENTS["attack"],
) -> Drawn | None:
    """Draw how many incidents there were in each locality.

    Parameters
    ----------
    seen : pandas.DataFrame or geopandas.GeoDataFrame
        Incidents as `geosector.for_audience` gives them, for whichever audience: each row counts
        once, or ``count`` times. ``locality``, ``locality_id``, and a geometry in EPSG:4326.
    name, title, lang, colour
        As in `geosector.report.figures.bars`.
    places : pandas.DataFrame, optional
        Where localities are and what they are called, as `published_places` gives it. Others stand
        where most of their rows lie, by their own ``locality``.
    ground : geopandas.GeoDataFrame, optional
        Areas to draw below, such as sectors or districts, released like any other table.
    around : pandas.DataFrame, optional
        A gazetteer: ``name, lat, lon`` and, where known, ``name_ar, name_kmr, name_ckb,
        population, admin2``. Its places are drawn pale below, the largest and the districts with
        their names where there is room, so that a reader knows where on earth the circles are.

    Returns
    -------
    Drawn or None
        None where no incident has a place. Below the map stands how many of those that name a
        place were located, and which places were not.

    Raises
    ------
    AudienceError
        Where the table was not released: its ``attrs`` name no audience.

    Examples
    --------
    >>> from geosector import for_audience
    >>> rows = gpd.GeoDataFrame(
    ...     {"kind": "attack", "date": "2024-04-02", "locality": ["Idlib", "Sarmin", None]},
    ...     geometry=[shapely.Point(36.6, 35.9), None, None],
    ...     crs=4326,
    ... )
    >>> told = dict(name="map", title="Attacks", lang="en")
    >>> seen = for_audience(rows, "public", name="incidents", key=bytes(32), date="2024-05-01")
    >>> language.unmarked(locality_map(seen, **told).alt)
    'Attacks. Idlib: 1. Located: 1 of 2 that name a place; not located: Sarmin: 1; without the
    name of a place: 1'
    >>> locality_map(seen[:0], **told) is None
    True
    >>> locality_map(rows, **told)
    Traceback (most recent call last):
    geosector.errors.AudienceError: The table of the map was not released to an audience; give ...
    """
    if "audience" not in seen.attrs:
        raise AudienceError(
            text(
                "The table of the map was not released to an audience; give what "
                "for_audience(incidents, …) gives."
            )
        )
    with language.speaking(lang):
        counted = count_places(seen, places)
        if counted.places.empty:
            return None
        surroundings = None if around is None else _surroundings(around, lang)
        foot = _foot(counted, known=surroundings is not None)
        page = _drawn(lang, counted, ground, surroundings, colour, foot)
        least = counted.places["count"].iloc[:SPOKEN_PARTS].min()
        greatest = counted.places[counted.places["count"] >= least][: 2 * SPOKEN_PARTS]
        alt = f"{title}. {_told(greatest)}. {foot}"
        return finished(page, name, alt)


def interactive_map(
    incidents: gpd.GeoDataFrame,
    *,
    audience: str,
    lang: str,
    title: str,
    date: dt.date | str | None = None,
    key: bytes | None = None,
    sectors: gpd.GeoDataFrame | None = None,
    source: str | None = None,
) -> str:
    """Give the page of an interactive map of the same incidents, to be linked from the report.

    It opens on the places; their density is one choice away.

    Parameters
    ----------
    incidents : geopandas.GeoDataFrame
        As they are in the office; `geosector.draw_map` takes out what the audience may not see.
    audience, lang, title, date, key, sectors, source
        As in `geosector.draw_map`.

    Returns
    -------
    str
        HTML that needs no network.

    Raises
    ------
    AudienceError
        Where the audience is none, or a key or a date is missing.

    Examples
    --------
    >>> rows = gpd.GeoDataFrame({"kind": [], "date": []}, geometry=[], crs=4326)
    >>> page = interactive_map(rows, audience="internal", lang="en", title="Attacks")
    >>> "<title>Attacks</title>" in page
    True
    >>> interactive_map(rows, audience="nobody", lang="en", title="Attacks")
    Traceback (most recent call last):
    geosector.errors.AudienceError: Say for whom this is: the audience is one of internal, ...
    """
    page = draw_map(
        incidents, audience=audience, lang=lang, title=title, date=date, key=key, sectors=sectors,
        source=source, densities=["all"],
    )  # fmt: skip
    for layer in page.scene["layers"]:
        if layer["kind"] == "circles":
            layer["shown"] = True
        elif layer["kind"] == "density":
            layer["shown"] = False
    return page.to_html()


# --------------------------------------------------------------- what is counted


def count_places(seen: pd.DataFrame, places: pd.DataFrame | None = None) -> Counted:
    """Count incidents by locality, or by place where they name none.

    Parameters
    ----------
    seen, places
        As in `locality_map`.

    Returns
    -------
    Counted

    Examples
    --------
    >>> rows = pd.DataFrame({"locality": ["Idlib", None], "locality_id": ["a", None]})
    >>> places = rows[:1].assign(lat=[35.9], lon=[36.6], label=["Idlib City"])
    >>> counted = count_places(rows, places)
    >>> counted.places.to_numpy().tolist(), counted.located, counted.unnamed
    ([['Idlib City', 1, 36.6, 35.9]], 1, 1)
    >>> count_places(rows[:0]).places.empty
    True
    """
    facts = _facts(seen)
    known = facts["key"].notna()
    # Who names no place but has one stands by himself; his place is what he is called by.
    alone = [
        f"\x1e{lon:.5f},{lat:.5f}" for lon, lat in zip(facts["lon"], facts["lat"], strict=True)
    ]
    nameless = pd.Series(alone, facts.index, dtype=object).where(facts["lon"].notna())
    facts["key"] = facts["key"].where(known, nameless)
    groups = facts.dropna(subset=["key"]).groupby("key", sort=True)
    made = groups.agg(label=("label", "min"), count=("count", "sum"), named=("named", "max"))
    made = made.join(_spots(facts))
    if places is not None:
        published = _by_key(places).reindex(made.index)
        for column in ("lon", "lat", "label"):
            made[column] = published[column].where(published["lon"].notna(), made[column])
    # Equal ones in the order of their keys, which are the same in every language.
    made = made.sort_values("count", ascending=False, kind="stable")
    placed = made["lon"].notna() & made["lat"].notna()
    named, columns = made["named"].astype(bool), ["label", "count", "lon", "lat"]
    return Counted(
        made.loc[placed, columns].reset_index(drop=True),
        made.loc[~placed, columns[:2]].reset_index(drop=True),
        int(made.loc[named, "count"].sum()),
        int(made.loc[named & placed, "count"].sum()),
        int(facts.loc[~known, "count"].sum()),
    )


def published_places(
    incidents: pd.DataFrame, gazetteer: pd.DataFrame | Sequence[pd.DataFrame], lang: str
) -> pd.DataFrame:
    """Give the localities of incidents as gazetteers publish them.

    Parameters
    ----------
    incidents : pandas.DataFrame
        With ``locality`` and ``locality_id``, as
        `geosector.geocode.localities.identify_localities` gives them.
    gazetteer : DataFrame or sequence of DataFrame
        With ``id``, ``name``, ``lat``, ``lon`` and, where known, ``name_ar``, ``name_kmr``,
        ``name_ckb``.
    lang : str
        Of the labels: the locality as the incidents call it, where that is in the letters of the
        language, as in the tables of the report; else as the gazetteer calls it.

    Returns
    -------
    pandas.DataFrame
        A row for each locality whose id is in a gazetteer, or that stands exactly where only one
        place of it is: ``locality_id, locality``, the units
        that the incidents name, ``lon, lat, label``.

    Examples
    --------
    >>> rows = pd.DataFrame({"locality": ["إدلب", "إدلب"], "locality_id": ["a", "a"]})
    >>> gazetteer = pd.DataFrame({"id": ["a"], "name": ["Idlib"], "lat": 35.9, "lon": 36.6})
    >>> published_places(rows, gazetteer, "en").to_numpy().tolist()
    [['a', 'إدلب', 36.6, 35.9, 'Idlib']]
    >>> published_places(rows, gazetteer, "ckb")["label"].tolist()
    ['إدلب']
    >>> published_places(rows[:0], gazetteer, "en").empty
    True
    """
    tables = [gazetteer] if isinstance(gazetteer, pd.DataFrame) else list(gazetteer)
    known = pd.concat([_published(table, lang) for table in tables])
    known = known[~known.index.duplicated()]
    told = ["locality_id", "locality", *(unit for unit in UNITS if unit in incidents)]
    own = (
        pd.DataFrame(incidents[told]).astype(object).assign(place=_gazetteer_ids(incidents, known))
    )
    own = own.dropna(subset=["place"]).drop_duplicates()
    made = own.join(known, on="place").drop(columns="place").reset_index(drop=True)
    readable = _arabic(made["locality"]) == (language.language(lang).direction == "rtl")
    made["label"] = made["label"].where(made["label"].notna() & ~readable, made["locality"])
    return made


def _gazetteer_ids(incidents: pd.DataFrame, known: pd.DataFrame) -> pd.Series:
    """Give each incident's place in a gazetteer: by its id, else by where it stands."""
    ids = incidents["locality_id"].astype(object)
    found = ids.where(ids.isin(known.index), None)
    if isinstance(incidents, gpd.GeoDataFrame):
        alone = known.drop_duplicates(["lon", "lat"], keep=False)
        place_at = dict(zip(zip(alone["lon"], alone["lat"], strict=True), alone.index, strict=True))
        points = incidents.geometry.to_numpy()
        spots = zip(shapely.get_x(points), shapely.get_y(points), strict=True)
        there = pd.Series([place_at.get(spot) for spot in spots], incidents.index, dtype=object)
        found = found.where(found.notna(), there)
    return found


def place_labels(
    incidents: pd.DataFrame, gazetteer: pd.DataFrame | Sequence[pd.DataFrame], langs: Sequence[str]
) -> dict[tuple[str, str], dict[str, str]]:
    """Give what a gazetteer calls the places of incidents, in the letters of each language.

    Parameters
    ----------
    incidents, gazetteer
        As in `published_places`.
    langs : sequence of str

    Returns
    -------
    dict
        Labels as `geosector.report.numbers.Numbers` holds them, of localities that the incidents
        write in other letters than those of the language.

    Examples
    --------
    >>> rows = gpd.GeoDataFrame(
    ...     {"locality": ["إدلب", "سرمين"], "locality_id": ["x", "y"]},
    ...     geometry=[shapely.Point(36.6, 35.9), None],
    ...     crs=4326,
    ... )
    >>> gazetteer = pd.DataFrame(
    ...     {"id": ["a"], "name": ["Idlib"], "name_ar": ["ادلب"], "lat": [35.9], "lon": [36.6]}
    ... )
    >>> place_labels(rows, gazetteer, ["ar", "en"])
    {('locality', 'إدلب'): {'en': 'Idlib'}}
    >>> place_labels(rows[:0], gazetteer, ["en"])
    {}
    """
    found: dict[tuple[str, str], dict[str, str]] = {}
    for lang in langs:
        places = published_places(incidents, gazetteer, lang).dropna(subset=["locality", "label"])
        single = places.drop_duplicates(["locality", "label"])
        single = single[~single["locality"].duplicated(keep=False)]
        for name, label in single[["locality", "label"]].itertuples(index=False):
            if label != name:
                found.setdefault((PLACE, str(name)), {})[lang] = plain(label)
    return found


def _published(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Give where a gazetteer's places are and what they are called, in the script of a language."""
    arabic = language.language(lang).direction == "rtl"
    label = pd.Series(None, table.index, dtype=object)
    for column in (f"name_{lang}", "name_ar" if arabic else "name", "name"):
        if column in table:
            names = table[column].astype(object)
            label = label.where(label.notna(), names.where(_arabic(names) == arabic, None))
    return pd.DataFrame(
        {
            "lon": pd.to_numeric(table["lon"]).to_numpy(float),
            "lat": pd.to_numeric(table["lat"]).to_numpy(float),
            "label": label.to_numpy(object),
        },
        index=table["id"].to_numpy(object),
    )


def _arabic(names: pd.Series) -> pd.Series:
    """Tell which names are in Arabic letters."""
    return names.map(lambda name: isinstance(name, str) and bool(_ARABIC.search(name))).astype(bool)


def _by_key(places: pd.DataFrame) -> pd.DataFrame:
    """Find places by their id, and by their name where no other has it.

    Ids that might hold a place in digits do not reach the public; names do.
    """
    told = places[["lon", "lat", "label"]].assign(label=places["label"].map(plain))
    by_id = told.set_axis(locality_keys(places).to_numpy(object))
    names = locality_keys(places.drop(columns="locality_id", errors="ignore"))
    by_name = told.set_axis(names.to_numpy(object))
    alone = by_name.drop_duplicates(["lon", "lat"])
    alone = alone[~alone.index.duplicated(keep=False)]
    both = pd.concat([by_id, alone])
    return both[both.index.notna() & ~both.index.duplicated()]


def _facts(seen: pd.DataFrame) -> pd.DataFrame:
    """Bring each row to its place's key and name, its count, and where it lies."""
    keys = locality_keys(seen)
    names = seen.get("locality", pd.Series(None, seen.index, dtype=object)).astype(object)
    lon = lat = np.full(len(seen), np.nan)
    if isinstance(seen, gpd.GeoDataFrame):
        middles = shapely.point_on_surface(seen.geometry.to_numpy())
        lon, lat = shapely.get_x(middles), shapely.get_y(middles)
    counts = seen["count"].astype(int) if "count" in seen else pd.Series(1, seen.index)
    return pd.DataFrame(
        {"key": keys.to_numpy(object),
         "label": ["" if pd.isna(name) else plain(name) for name in names],
         "count": counts.to_numpy(), "named": keys.notna().to_numpy(), "lon": lon, "lat": lat}
    )  # fmt: skip


def _spots(facts: pd.DataFrame) -> pd.DataFrame:
    """Give each key the place at which most of its incidents lie; never a mean of places."""
    there = facts.dropna(subset=["key", "lon", "lat"])
    sums = there.groupby(["key", "lon", "lat"], sort=True)["count"].sum().reset_index()
    order = sums.sort_values(["key", "count", "lon", "lat"], ascending=[True, False, True, True])
    return order.drop_duplicates("key").set_index("key")[["lon", "lat"]]


# --------------------------------------------------------------- what is said


def _foot(found: Counted, *, known: bool) -> str:
    """Say how many of how many were located, and which places were not."""
    k, n = number(found.located), number(found.named)
    said = [text("Located: {k} of {n} that name a place", k=k, n=n)]
    missing = found.missing
    if len(missing):
        told = _told(missing[:MOST_MISSING]) + (" …" if len(missing) > MOST_MISSING else "")
        said.append(text("not located: {places}", places=told))
    if found.unnamed:
        said.append(text("without the name of a place: {n}", n=number(found.unnamed)))
    left = found.places["count"].iloc[MOST_PLACES:]
    if len(left):
        said.append(text("not drawn, the smallest: {n}", n=number(int(left.sum()))))
    if known:
        said.append(text("grey: other places, for orientation"))
    return listed(said)


def _told(rows: pd.DataFrame) -> str:
    return listed(
        [
            f"{ISOLATE}{label or '—'}{END_ISOLATE}: {number(count)}"
            for label, count in zip(rows["label"], rows["count"], strict=True)
        ]
    )


# --------------------------------------------------------------- what is drawn


def _drawn(  # noqa: PLR0917 - private
    lang: str,
    counted: Counted,
    ground: gpd.GeoDataFrame | None,
    around: pd.DataFrame | None,
    colour: str,
    foot: str,
) -> Page:
    foots = wrapped(foot, WIDTH - 2 * MARGIN, FOOT)
    bottom = FRAME.y + FRAME.height
    tall = bottom + LEGEND_MM + len(foots) * line_mm(FOOT) + MARGIN
    shown = counted.places[:MOST_PLACES]
    view = _view(shown)
    with plain_style():
        page = Page(lang, WIDTH, tall)
        axes = page.axes(*FRAME)
    axes.set_xlim(0, FRAME.width)
    axes.set_ylim(FRAME.height, 0)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(LAND)
    for spine in axes.spines.values():
        spine.set(color=INK, linewidth=0.6)
    _graticule(page, axes, view)
    if ground is not None and len(ground):
        _outlines(axes, ground, view)
    spots = view.millimetres(mercator(shown[["lon", "lat"]].to_numpy(float)))
    one = min(ONE_MM, LARGEST_MM / float(np.sqrt(shown["count"].max())))
    radii = one * np.sqrt(shown["count"].to_numpy(float))
    _circles(axes, spots, shown["count"].to_numpy(), radii, colour)
    bar, arrow = plates(FRAME, view.m_per_mm)
    used = _names(page, shown, spots, radii, _corners(bar, arrow))
    if around is not None:
        _draw_around(page, axes, around, view, used)
    draw_scale_bar(page, bar, bar_length(FRAME.width / 5, view.m_per_mm), view.m_per_mm)
    draw_north_arrow(page, arrow)
    _legend(page, int(shown["count"].max()), one, colour, bottom + LEGEND_MM / 2)
    for at, line in enumerate(foots, 1):
        page.write(MARGIN, bottom + LEGEND_MM + at * line_mm(FOOT) - 1, line, FOOT)
    return page


def _view(shown: pd.DataFrame) -> View:
    """Look at all places, with room for the circles and some ground around a single one."""
    west, south = shown[["lon", "lat"]].min()
    east, north = shown[["lon", "lat"]].max()
    wider = max(0.0, LEAST_DEGREES - (east - west)) / 2
    higher = max(0.0, LEAST_DEGREES - (north - south)) / 2
    bounds = [[south - higher, west - wider], [north + higher, east + wider]]
    return look_at(bounds, FRAME, margin=0.12)


def _graticule(page: Page, axes: Any, view: View) -> None:  # noqa: ANN401 - matplotlib
    """Draw lines of longitude and latitude, with their degrees at the edges."""
    edges_x, edges_y = np.array([view.west, view.east]), np.array([view.south, view.north])
    (west, east), (south, north) = crs.convert_points(edges_x, edges_y, crs.WEB_MERCATOR, crs.WGS84)
    step = next((step for step in GRID_STEPS if (east - west) / step <= MOST_LINES), GRID_STEPS[-1])
    decimals = 0 if step >= 1 else 2 if round(step * 10) != step * 10 else 1
    for at in np.arange(np.ceil(west / step), np.floor(east / step) + 1) * step:
        x = view.millimetres(mercator(np.array([[at, south]])))[0, 0]
        axes.plot([x, x], [0, FRAME.height], color=GRID, lw=0.5, zorder=1)
        if CLEAR_MM < x < FRAME.width - CLEAR_MM:
            _write(page, f"{number(at, decimals=decimals)}°", x, 2.8, DEGREE)
    for at in np.arange(np.ceil(south / step), np.floor(north / step) + 1) * step:
        y = view.millimetres(mercator(np.array([[west, at]])))[0, 1]
        axes.plot([0, FRAME.width], [y, y], color=GRID, lw=0.5, zorder=1)
        if CLEAR_MM < y < FRAME.height - CLEAR_MM:
            _write(page, f"{number(at, decimals=decimals)}°", 4.8, y - 0.7, DEGREE)


def _outlines(axes: Any, ground: gpd.GeoDataFrame, view: View) -> None:  # noqa: ANN401
    """Draw the outlines of areas, as finely as paper shows them."""
    from matplotlib.collections import LineCollection

    shapes = shapely.transform(crs.to_wgs84(ground).geometry.to_numpy(), mercator)
    window = shapely.box(view.west, view.south, view.east, view.north)
    near = shapely.clip_by_rect(shapely.boundary(shapes), *window.bounds)
    lines = shapely.get_parts(
        shapely.simplify(near, SIMPLE_MM * view.mercator_per_mm, preserve_topology=False)
    )
    lines = lines[shapely.get_dimensions(lines) == 1]
    drawn = [view.millimetres(shapely.get_coordinates(line)) for line in lines]
    if drawn:
        axes.add_collection(LineCollection(drawn, colors=EDGE, linewidths=0.7, zorder=2))


def _circles(
    axes: Any,  # noqa: ANN401 - matplotlib
    spots: Floats,
    counts: Any,  # noqa: ANN401 - an array
    radii: Floats,
    colour: str,
) -> None:
    """Draw the circles, large ones below, and a dot in each, so that the smallest is seen."""
    for count in sorted(set(counts.tolist()), reverse=True):
        own = counts == count
        look = _circle(float(radii[own][0]), colour)
        axes.plot(spots[own, 0], spots[own, 1], linestyle="none", zorder=5, **look)
    dots = {"marker": "o", "markersize": 2 * DOT_MM * POINTS_PER_MM, "markeredgewidth": 0}
    axes.plot(spots[:, 0], spots[:, 1], linestyle="none", zorder=6, markerfacecolor=INK, **dots)


def _circle(radius: float, colour: str) -> dict[str, Any]:
    return {
        "marker": "o", "markersize": 2 * radius * POINTS_PER_MM, "markerfacecolor": colour,
        "alpha": 0.62, "markeredgecolor": PAPER, "markeredgewidth": 0.6,
    }  # fmt: skip


def _corners(bar: Frame, arrow: Frame) -> list[Box]:
    """Give the ground under scale bar and arrow, on both sides, as names stand alike everywhere."""
    taken = []
    for plate in (bar, arrow):
        left, top = plate.x - FRAME.x, plate.y - FRAME.y
        right, bottom = left + plate.width, top + plate.height
        taken += [
            Box(left, top, right, bottom),
            Box(FRAME.width - right, top, FRAME.width - left, bottom),
        ]
    return taken


def _names(
    page: Page, shown: pd.DataFrame, spots: Floats, radii: Floats, taken: list[Box]
) -> list[Box]:
    """Write the names and counts of the greatest places where they hide nothing.

    What is taken then is given back: by corners, names and circles.
    """
    reach = np.maximum(radii, DOT_MM)
    circles = [
        Box(x - r * 0.8, y - r * 0.8, x + r * 0.8, y + r * 0.8)
        for (x, y), r in zip(spots, reach, strict=True)
    ]
    used, written = [*taken], 0
    for at, (label, count) in enumerate(zip(shown["label"], shown["count"], strict=True)):
        if written == MOST_NAMES:
            break
        if not label:
            continue
        lines = wrapped(label, LABEL_WIDTH, LABEL)[:2]
        # As wide as in the language in which it is widest: names stand alike in all of them.
        digits = max(width_mm(number(count, lang=code), LABEL) for code in LANGUAGES)
        half = max(width_mm(line, LABEL) for line in lines[:-1] or [""]) / 2
        half = max(half, (width_mm(lines[-1], LABEL) + digits) / 2 + 0.8) + 0.4
        tall = 3.5 * len(lines)
        others = [*used, *circles[:at], *circles[at + 1 :]]
        box = _free(spots[at], reach[at], half, tall, others)
        if box is None:
            continue
        used.append(box)
        written += 1
        lines[-1] = f"{lines[-1]} {number(count)}"
        for row, line in enumerate(lines):
            _write(page, line, (box.left + box.right) / 2, box.top + 2.7 + 3.5 * row, LABEL)
    return [*used, *circles]


def _surroundings(gazetteer: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Give the places of a gazetteer with their names in the letters of a language."""
    known = _published(gazetteer.assign(id=range(len(gazetteer))), lang).reset_index(drop=True)
    people = gazetteer.get("population", pd.Series(0, gazetteer.index))
    units = gazetteer.get("admin2", pd.Series(None, gazetteer.index, dtype=object)).astype(object)
    arabic = language.language(lang).direction == "rtl"
    readable = units.notna() & (_arabic(units) == arabic)
    known["people"] = pd.to_numeric(people, errors="coerce").fillna(0).to_numpy()
    known["unit"] = units.where(readable, None).to_numpy(object)
    return known.dropna(subset=["lon", "lat"])


def _draw_around(
    page: Page,
    axes: Any,  # noqa: ANN401 - matplotlib
    around: pd.DataFrame,
    view: View,
    used: list[Box],
) -> None:
    """Draw the places around, pale: all as dots, the largest and the districts by name."""
    spots = view.millimetres(mercator(around[["lon", "lat"]].to_numpy(float)))
    size = np.array([FRAME.width, FRAME.height])
    near = ((spots > EDGE_MM) & (spots < size - EDGE_MM)).all(axis=1)
    around, spots = around[near], spots[near]
    order = np.lexsort((around["lat"], around["lon"], -around["people"].to_numpy()))
    around, spots = around.iloc[order], spots[order]
    _dots(axes, spots[:MOST_DOTS])
    used += [Box(0, 0, FRAME.width, DEGREES_MM), Box(0, 0, 2 * DEGREES_MM, FRAME.height)]
    large = (around["people"] > 0).to_numpy() & around["label"].notna().to_numpy()
    written = 0
    for spot, label in zip(spots[large], around["label"].to_numpy()[large], strict=True):
        if written == MOST_AROUND:
            break
        half = width_mm(label, AROUND_NAME) / 2 + 0.4
        box = _free(spot, 0.5, half, 3.0, used)
        if box is not None:
            used.append(box)
            written += 1
            _write(page, label, (box.left + box.right) / 2, box.top + 2.3, AROUND_NAME)
            axes.plot(*spot[:, None], "o", ms=2.0, mfc=SOFT, mew=0, zorder=3)
    for unit, members in around.reset_index(drop=True).groupby("unit").indices.items():
        half = width_mm(unit, UNIT_NAME) / 2 + 0.4
        x, y = np.median(spots[members], axis=0)
        box = Box(x - half, y - 2, x + half, y + 2)
        inside = box.left > 0 and box.right < FRAME.width
        if len(members) >= LEAST_MEMBERS and inside and not any(box.meets(one) for one in used):
            used.append(box)
            _write(page, unit, x, y + 1, UNIT_NAME)


def _dots(axes: Any, spots: Floats) -> None:  # noqa: ANN401 - matplotlib
    """Draw one small dot for each place, all in one path."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    if not len(spots):
        return
    ends = np.repeat(spots, 2, axis=0)
    ends[1::2, 0] += 0.05
    codes = np.tile([Path.MOVETO, Path.LINETO], len(spots))
    look = {"fill": False, "edgecolor": EDGE, "lw": 1.0, "capstyle": "round", "zorder": 2}
    axes.add_patch(PathPatch(Path(ends, codes), **look))


def _free(spot: Floats, reach: float, half: float, tall: float, others: list[Box]) -> Box | None:
    """Find room for a name around its circle."""
    for across, down in AROUND:
        shrink = 0.75 if across and down else 1.0
        x = spot[0] + across * (reach * shrink + half + 0.3)
        y = spot[1] + down * (reach * shrink + tall / 2 + 0.3)
        box = Box(x - half, y - tall / 2, x + half, y + tall / 2)
        inside = box.left > 0 and box.top > 0
        inside = inside and box.right < FRAME.width and box.bottom < FRAME.height
        if inside and not any(box.meets(other) for other in others):
            return box
    return None


def _write(page: Page, words: str, x: float, y: float, style: Style) -> None:
    """Write around a place in the frame, in mm from its left upper corner."""
    start = FRAME.x + (FRAME.width - x if page.mirrored else x)
    page.write(start, FRAME.y + y, words, style, "middle", data=True)


def sizes(most: int) -> list[int]:
    """Choose up to three counts for the legend: the greatest, and round ones of smaller circles.

    Examples
    --------
    >>> sizes(14), sizes(2), sizes(1), sizes(1234)
    ([14, 5, 1], [2, 1], [1], [1234, 200, 50])
    """
    round_ones = [times * 10**power for power in range(9) for times in (1, 2, 5)]
    smaller = [
        max((one for one in round_ones if one <= most / part), default=1) for part in (2.8, 14)
    ]
    return list(dict.fromkeys([most, *smaller]))


def _legend(page: Page, most: int, one: float, colour: str, y: float) -> None:
    """Show what size of circle stands for how many."""
    words = text("Area of a circle: number of incidents")
    page.write(MARGIN, y + 1.2, words, KEY)
    x = MARGIN + width_mm(words, KEY) + 6
    for count in sizes(most):
        radius = one * float(np.sqrt(count))
        x += max(radius, DOT_MM)
        page.mark(x, y, _circle(radius, colour))
        x += max(radius, DOT_MM) + 1.5
        page.write(x, y + 1.2, number(count), KEY)
        x += width_mm(number(count), KEY) + 7
