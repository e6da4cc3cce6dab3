"""A sheet of A4 for each sector: its map, its people, its borders in words, its facilities.

What the audience may not see is taken out of every table first (`geosector.for_audience`); the
sheet draws what is left. So the public sees no people by sector and no place of a shelter, and a
partner sees how many facilities of which kind a sector has.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from geosector import crs, language, release, storage
from geosector.assign import Assigner
from geosector.errors import InputError, MissingColumnError
from geosector.language import digits, number, percent, text
from geosector.maps import words
from geosector.maps.paper.scale import Frame
from geosector.maps.paper.sheet import (
    FORMATS,
    HEIGHT_MM,
    SOFT,
    WIDTH_MM,
    Format,
    Page,
    Style,
    fitted,
    line_mm,
    plain_style,
    width_mm,
    wrapped,
)
from geosector.maps.saying import spoken
from geosector.partition.layout import Layout
from geosector.partition.names import name_in, name_sectors
from geosector.partition.words import describe_borders, plain_name, tell_sides
from geosector.progress import progress
from geosector.report.sector_map import (
    BORDERS,
    Scene,
    border_style,
    draw_sector,
    style_name,
    symbol,
)
from geosector.tables import Audience

MARGIN = 12.0
INNER = WIDTH_MM - 2 * MARGIN
LEAST_MAP, MOST_MAP = 120.0, 172.0  # heights in mm
MAP = Frame(MARGIN, 34, INNER, LEAST_MAP)
FACTS_WIDTH = 64.0
TOLD_X = MARGIN + FACTS_WIDTH + 7
TOLD_WIDTH = WIDTH_MM - MARGIN - TOLD_X
FOOT = HEIGHT_MM - 11
PART_MM, BETWEEN_MM = 6.6, 1.2
LARGEST, SMALLEST = 9.5, 5.5  # size of the words on borders, in points

HEADING, NAME, HEADLINE = Style(24, bold=True), Style(13), Style(9.5, bold=True)
PLAIN, SMALL = Style(8.5), Style(7, colour=SOFT)
STAMP = Style(10, bold=True)


class _Book(NamedTuple):
    """What all sheets share."""

    lang: str
    audience: Audience
    day: dt.date | None
    scene: Scene
    described: pd.DataFrame
    counts: pd.DataFrame  # sector_id, kind, count; the count is missing where it is withheld
    facilities_given: bool
    people_known: bool
    names: dict[int, str]  # empty where a sector has but its number
    title: str
    source: str


def write_sector_sheets(
    layout: Layout,
    out_dir: str | os.PathLike[str],
    *,
    audience: str | None = None,
    lang: str | None = None,
    date: dt.date | str | None = None,
    facilities: gpd.GeoDataFrame | None = None,
    roads: gpd.GeoDataFrame | None = None,
    places: pd.DataFrame | None = None,
    key: bytes | None = None,
    title: str | None = None,
    source: str | None = None,
    sector_ids: Collection[int] | None = None,
    formats: Collection[str] = FORMATS,
) -> list[Path]:
    """Write one page for each sector: map, people, borders in words, facilities.

    Parameters
    ----------
    layout : Layout
        From `geosector.partition_city`.
    out_dir : str or path
        A folder; it is made where it is missing. Files in it are called ``sector_07.en.pdf``.
    audience : {"internal", "partner", "public"}
        Who will see the sheets. It has no default.
    lang : str, optional
        ``ar``, ``kmr``, ``ckb`` or ``en``. Default: the current language.
    date : datetime.date or str, optional
        As of when. Default: the environment's SOURCE_DATE_EPOCH, else none is stated.
    facilities : geopandas.GeoDataFrame, optional
        Table `facilities`; ``kind`` is needed. Those of the office are marked on the map, for
        everybody else they are counted as `geosector.for_audience` allows.
    roads : geopandas.GeoDataFrame, optional
        Streets to draw; ``road_class`` is needed.
    places : pandas.DataFrame or geopandas.GeoDataFrame, optional
        The gazetteer after which the sectors were named, so that the names can be said in the
        language of the sheets.
    key : bytes, optional
        Masking key, needed for everything public.
    title, source : str, optional
        What stands above each sheet, such as the name of the city; where the data are from.
    sector_ids : collection of int, optional
        The sectors wanted. Default: all.
    formats : collection of str
        Of ``pdf``, ``png``, ``svg``.

    Returns
    -------
    list of pathlib.Path
        The files, in order of the sectors' numbers. The same input gives the same bytes.

    Raises
    ------
    AudienceError
        Where no audience was given, or a key is needed and was not given.
    MissingColumnError
        Where facilities or roads lack a column.
    InputError
        Where a sector or a format is not known.
    StorageError
        Where a file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from geosector.partition import partition_city
    >>> from shapely.geometry import box
    >>> boundary = gpd.GeoDataFrame(geometry=[box(30, 33, 30.002, 33.001)], crs=4326)
    >>> layout = partition_city(boundary, gpd.GeoDataFrame(geometry=[], crs=4326), 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = write_sector_sheets(layout, folder, audience="internal", formats=["svg"])
    ...     [path.name for path in made]
    ['sector_1.en.svg']
    >>> write_sector_sheets(layout, "sheets", audience="internal", sector_ids=[])
    []
    >>> write_sector_sheets(layout, "sheets", audience="internal", sector_ids=[9])
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The layout has no sector 9. Its sectors are 1 to 1.
    >>> write_sector_sheets(layout, "sheets")
    Traceback (most recent call last):
    ...
    geosector.errors.AudienceError: Say for whom this is: the audience is one of internal, ...
    """
    code = language.language(lang or language.current()).code
    with language.speaking(code):
        release.stamp(cast("Audience", audience))  # refuses what is no audience
        release.require_no_place(cast("Audience", audience), title, source)
        kinds = _wanted_formats(formats)
        wanted = _wanted_sectors(layout, sector_ids)
        if not wanted:
            return []
        book = _make_book(
            layout, cast("Audience", audience), code, release.release_day(date),
            {"facilities": facilities, "roads": roads}, places, key, title or "", source or "",
        )  # fmt: skip
        folder = storage.make_folder(out_dir)
        digits_of = len(str(max(layout.sectors["sector_id"])))
        made = []
        with plain_style(), progress(len(wanted), text("Drawing the sheets of sectors")) as bar:
            for sector in wanted:
                page, facts = _sheet(book, sector)
                for kind in kinds:
                    path = folder / f"sector_{sector:0{digits_of}d}.{code}.{kind}"
                    storage.write_bytes(path, page.save(kind, book.day, facts))
                    made.append(path)
                bar.update(1)
        return made


# --------------------------------------------------------------- what goes into the sheets


def _wanted_formats(formats: Collection[str]) -> list[Format]:
    unknown = [kind for kind in formats if kind not in FORMATS]
    if unknown:
        raise InputError(
            text(
                "A sheet cannot be written as '{given}'. Use: {known}.",
                given=unknown[0],
                known=", ".join(FORMATS),
            )
        )
    return [kind for kind in FORMATS if kind in formats]


def _wanted_sectors(layout: Layout, sector_ids: Collection[int] | None) -> list[int]:
    known = sorted(int(number) for number in layout.sectors["sector_id"])
    if sector_ids is None:
        return known
    for number_of in sector_ids:
        if number_of not in known:
            raise InputError(
                text(
                    "The layout has no sector {given}. Its sectors are {first} to {last}.",
                    given=number_of,
                    first=known[0],
                    last=known[-1],
                )
            )
    return sorted({int(number_of) for number_of in sector_ids})


def _make_book(  # noqa: PLR0917 - private
    layout: Layout,
    audience: Audience,
    lang: str,
    day: dt.date | None,
    extra: Mapping[str, gpd.GeoDataFrame | None],
    places: pd.DataFrame | None,
    key: bytes | None,
    title: str,
    source: str,
) -> _Book:
    """Take from each table what the audience may see, and bring it to metres."""
    given = {"sectors": layout.sectors, "borders": layout.borders, **extra}
    needed = {"facilities": "kind", "roads": "road_class"}
    seen = {}
    for name, table in given.items():
        if table is not None:
            _require_column(table, name, needed.get(name))
            seen[name] = release.for_audience(
                table, audience, name=name, sectors=layout.sectors, key=key, date=day
            )
    metric = crs.metric_crs(crs.to_wgs84(layout.sectors).total_bounds)
    metres = {
        name: crs.to_metres(crs.densify(table), metric)
        for name, table in seen.items()
        if isinstance(table, gpd.GeoDataFrame)
    }
    empty = gpd.GeoDataFrame({"kind": [], "road_class": []}, geometry=[], crs=metric)
    scene = Scene(
        metres["sectors"], metres["borders"], metres.get("roads", empty),
        metres.get("facilities", empty),
    )  # fmt: skip
    return _Book(
        lang=lang,
        audience=audience,
        day=day,
        scene=scene,
        described=describe_borders(seen["sectors"], seen["borders"]),
        counts=_counts(seen.get("facilities"), layout.sectors),
        facilities_given="facilities" in seen,
        people_known="population" in seen["sectors"]
        and layout.summary.get("people", {}).get("unit", "people") == "people",
        names=_names(seen["sectors"], seen.get("roads"), places, lang),
        title=plain_name(title),
        source=plain_name(source),
    )


def _names(
    sectors: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame | None,
    places: pd.DataFrame | None,
    lang: str,
) -> dict[int, str]:
    """Say the names of sectors in the language of the sheet; names given by people as they are."""
    ids = [int(number_of) for number_of in sectors["sector_id"]]
    if "name" not in sectors:
        return dict.fromkeys(ids, "")
    given = sectors["name"].map(plain_name)
    said = given.map(lambda name: name_in(name, lang))
    own = name_sectors(sectors, roads=roads, places=places, lang=lang)
    for code in language.LANGUAGES:
        made = name_sectors(sectors, roads=roads, places=places, lang=code)
        said = said.mask((given == made).to_numpy(bool), own)
    return {
        number_of: "" if words.only_numbered(number_of, name) else str(name)
        for number_of, name in zip(ids, said, strict=True)
    }


def _require_column(table: gpd.GeoDataFrame, name: str, column: str | None) -> None:
    if column is not None and column not in table:
        raise MissingColumnError(
            text(
                "The table {name} lacks the column {column}; it has: {columns}.",
                name=name,
                column=column,
                columns=", ".join(map(str, table.columns)),
            )
        )


def _counts(facilities: pd.DataFrame | None, sectors: gpd.GeoDataFrame) -> pd.DataFrame:
    """Count the facilities that an audience may see, by sector and kind."""
    if facilities is None or facilities.empty:
        return pd.DataFrame({"sector_id": [], "kind": [], "count": []})
    if "count" in facilities:  # counted by release, small counts withheld
        return facilities[["sector_id", "kind", "count"]]
    placed = pd.DataFrame({"kind": words.labels(facilities["kind"]).replace("", "other")})
    if "sector_id" in facilities and not isinstance(facilities, gpd.GeoDataFrame):
        placed["sector_id"] = facilities["sector_id"]
    else:
        zones = Assigner(sectors)
        spots = crs.to_wgs84(facilities).geometry.representative_point()
        place = zones.assign(spots.x.to_numpy(), spots.y.to_numpy())
        keys = pd.array(zones.keys[place], dtype="Int64")
        keys[place < 0] = pd.NA
        placed["sector_id"] = keys
    return (
        placed.groupby(["sector_id", "kind"], as_index=False)
        .size()
        .rename(columns={"size": "count"})
    )


# --------------------------------------------------------------- one sheet


class _Line(NamedTuple):
    """A line of a list: what stands before it, its label, its value."""

    label: str
    value: str
    stroke: dict[str, Any] | None = None
    mark: dict[str, Any] | None = None


class _List(NamedTuple):
    """A heading and the lines under it."""

    title: str
    lines: list[_Line]


def _sheet(book: _Book, sector: int) -> tuple[Page, dict[str, str]]:
    """Draw the sheet of one sector; give it with what its file says about itself."""
    page = Page(book.lang)
    name = _head(page, book, sector)
    lists = [_facts(book, sector), _legend(book, sector), _facility_list(book, sector)]
    lists = [one for one in lists if one.lines]
    sides = tell_sides(book.described[book.described["sector_id"] == sector])
    frame = _map_frame(lists, sides)
    draw_sector(page, frame, book.scene, sector)
    below = frame.y + frame.height + 8
    _draw_lists(page, lists, below)
    _draw_sides(page, sides, below)
    _foot(page, book, sector)
    told = " ".join(f"{label} {said}".strip() for label, said in sides)
    stamp = [release.stamp(book.audience)]
    if book.day is not None:
        stamp.append(spoken(words.stamp_date(book.day)))
    return page, {"Title": name, "Subject": told, "Keywords": " · ".join(stamp)}


def _map_frame(lists: list[_List], sides: list[tuple[str, str]]) -> Frame:
    """Give the map the height that the lists and the words on borders leave to it."""
    listed = sum(PART_MM + len(one.lines) * line_mm(PLAIN) + 4 for one in lists)
    told = PART_MM + _needed(sides, LARGEST)
    room = FOOT - MAP.y - 8 - max(listed, told)
    return MAP._replace(height=float(np.clip(round(room, 1), LEAST_MAP, MOST_MAP)))


def _head(page: Page, book: _Book, sector: int) -> str:
    """Write number and name at the start, stamp and date at the end."""
    numbered, name = spoken(words.numbered(sector)), book.names[sector]
    page.write(MARGIN, 21, numbered, HEADING)
    if name:
        page.write(MARGIN, 29.5, fitted(name, INNER * 0.7, NAME), NAME)
    if book.title:
        page.write(MARGIN, 11, fitted(book.title, INNER * 0.6, SMALL), SMALL)
    end = WIDTH_MM - MARGIN
    page.write(end, 16, release.stamp(book.audience), STAMP, "end")
    if book.day is not None:
        page.write(end, 22, spoken(words.stamp_date(book.day)), PLAIN, "end")
    return " · ".join(part for part in (book.title, numbered, name) if part)


def _facts(book: _Book, sector: int) -> _List:
    """Give the numbers of the sector."""
    row = book.scene.sectors.set_index("sector_id").loc[sector]
    lines = []
    if book.people_known:
        lines.append(_Line(text("People"), number(row["population"])))
        if "deviation" in row:
            lines.append(_Line(text("Deviation from the mean"), _signed(row["deviation"])))
    lines.append(_Line(text("Area"), spoken(words.square_kilometres(row["area_km2"]))))
    if not pd.isna(row["main_border_share"]):
        lines.append(_Line(text("Borders along main roads"), percent(row["main_border_share"])))
    return _List(text("In numbers"), lines)


def _signed(share: float) -> str:
    written = percent(share, decimals=1)
    return f"+{written}" if round(share, 3) > 0 else written


def _legend(book: _Book, sector: int) -> _List:
    """Say which colour is which class, and how much of the outline follows it."""
    borders = book.scene.borders
    mine = borders[(borders["left"] == sector) | (borders["right"] == sector)]
    styles = words.labels(mine["road_class"]).map(border_style)
    metres = mine["length_m"].groupby(styles.to_numpy(object)).sum().to_dict()
    own = book.described[book.described["sector_id"] == sector]
    limit = float(own["length_m"].sum() + own["folded_m"].sum()) - float(mine["length_m"].sum())
    if round(limit) > 0:
        metres["limit"] = limit
    lines = [
        _Line(style_name(style), spoken(words.metres(metres[style])), stroke=look)
        for style, look in BORDERS.items()
        if style in metres
    ]
    return _List(text("Borders on the map"), lines)


def _facility_list(book: _Book, sector: int) -> _List:
    """Count the facilities by kind, with their marks where they are on the map."""
    title = text("Facilities")
    if not book.facilities_given:
        return _List(title, [])
    counts = book.counts
    own = counts[(counts["sector_id"] == sector).fillna(value=False).to_numpy(bool)]
    own = own[(own["count"].isna() | (own["count"] > 0)).to_numpy(bool)]
    marked = not book.scene.facilities.empty
    lines = [
        _Line(
            spoken(words.facility_kind(kind)),
            text("withheld") if pd.isna(count) else number(count),
            mark=symbol(kind) if marked else None,
        )
        for kind, count in sorted(zip(own["kind"], own["count"], strict=True))
    ]
    return _List(title, lines or [_Line(text("None known"), "")])


def _draw_lists(page: Page, lists: list[_List], y: float) -> None:
    strong = PLAIN._replace(bold=True)
    for title, lines in lists:
        y = _part(page, MARGIN, y, FACTS_WIDTH, title)
        for line in lines:
            indent = 0.0
            if line.stroke is not None:
                page.stroke(MARGIN, y - 1.0, 11, line.stroke)
                indent = 14.0
            if line.mark is not None:
                page.mark(MARGIN + 2, y - 1.0, line.mark)
                indent = 6.0
            page.write(MARGIN + indent, y, line.label, PLAIN)
            page.write(MARGIN + FACTS_WIDTH, y, line.value, strong, "end")
            y += line_mm(PLAIN)
        y += 4


def _part(page: Page, x: float, y: float, width: float, title: str) -> float:
    """Begin a part of the sheet: a heading over a thin line."""
    page.write(x, y, title, HEADLINE)
    page.rule(x, y + 1.8, width, thick=0.5)
    return y + PART_MM


def _draw_sides(page: Page, sides: list[tuple[str, str]], y: float) -> None:
    """Write side by side what bounds the sector, in letters small enough to fit."""
    y = _part(page, TOLD_X, y, TOLD_WIDTH, text("Borders, clockwise from the north-west"))
    size = LARGEST
    while size > SMALLEST and _needed(sides, size) > FOOT - 2 - y:
        size -= 0.25
    beside = _label_width(sides, size)
    for label, said in sides:
        if label:
            page.write(TOLD_X, y, label, Style(size, bold=True))
            y = page.paragraph(TOLD_X + beside, y, TOLD_WIDTH - beside, said, Style(size))
        else:
            y = page.paragraph(TOLD_X, y, TOLD_WIDTH, said, Style(size - 1, colour=SOFT))
        y += BETWEEN_MM


def _label_width(sides: list[tuple[str, str]], size: float) -> float:
    """Give the room for the names of the sides."""
    return max((width_mm(label, Style(size, bold=True)) for label, _ in sides), default=0.0) + 4


def _needed(sides: list[tuple[str, str]], size: float) -> float:
    """Give the height of the words on borders, in mm."""
    style, beside = Style(size), _label_width(sides, size)
    lines = sum(
        len(wrapped(said, TOLD_WIDTH - (beside if label else 0), style)) for label, said in sides
    )
    return lines * line_mm(style) + BETWEEN_MM * len(sides)


def _foot(page: Page, book: _Book, sector: int) -> None:
    """Write where the data are from and which sheet this is."""
    page.rule(MARGIN, FOOT, INNER, colour=SOFT, thick=0.4)
    if book.source:
        said = text("Source: {source}", source=book.source)
        page.write(MARGIN, FOOT + 4.2, fitted(said, INNER * 0.75, SMALL), SMALL)
    last = digits(str(max(book.scene.sectors["sector_id"])))
    said = text("Sector {number} of {last}", number=digits(str(sector)), last=last)
    page.write(WIDTH_MM - MARGIN, FOOT + 4.2, said, SMALL, "end")
