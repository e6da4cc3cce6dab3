"""Places of OpenStreetMap: from an extract (.osm.pbf), and from what other programs export.

Data © OpenStreetMap contributors, Open Database License.
https://wiki.openstreetmap.org/wiki/Key:place and /wiki/Names.
"""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geosector.crs import WGS84
from geosector.language import text
from geosector.sources.files import Source, damaged
from geosector.sources.gazetteers.rows import by_script, unite
from geosector.sources.values import is_missing, written_as
from geosector.tables import Problem

# Values of place=* that are places to us, the level of each. A municipality or a county is of
# another level in each country; units come from other sources.
LEVELS = {
    "city": "city", "town": "town", "village": "village", "hamlet": "village",
    "isolated_dwelling": "village", "farm": "village", "allotments": "village",
    "locality": "village", "suburb": "neighbourhood", "borough": "neighbourhood",
    "quarter": "neighbourhood", "neighbourhood": "neighbourhood",
    "city_block": "neighbourhood", "province": "admin1", "state": "admin1", "region": "admin1",
    "district": "admin2", "county": "admin2", "subdistrict": "admin3",
}  # fmt: skip
_OWN_NAMES = (
    "int_name", "official_name", "alt_name", "loc_name", "old_name", "short_name", "nat_name",
    "reg_name", "sorting_name",
)  # fmt: skip
# name:ar, alt_name:en, name_fr (exports); not name:pronunciation, name:etymology:wikidata.
_NAME = re.compile(
    rf"(?:name|{'|'.join(_OWN_NAMES)})(?:[:_](?P<language>[a-z]{{2,3}}(?:[-_][A-Za-z0-9]{{2,8}})*|\d{{1,2}}))?"
)
_HSTORE = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=>\s*(?:"((?:[^"\\]|\\.)*)"|NULL)')
_TYPES = {"node": "n", "way": "w", "relation": "r", "n": "n", "w": "w", "r": "r"}
_ID = re.compile(r"(node|way|relation|n|w|r)?/?(-?\d+)(?:\.0)?")
_MARKS = frozenset({"@id", "osm_id", "osm_way_id", "osm_type", "full_id", "other_tags", "@type"})


def is_osm(headers: list[str]) -> bool:
    """Say whether columns are tags of OpenStreetMap.

    Parameters
    ----------
    headers : list of str

    Returns
    -------
    bool

    Examples
    --------
    >>> is_osm(["@id", "place", "name", "name:ar"]), is_osm(["place", "name"]), is_osm([])
    (True, False, False)
    """
    tagged = any(header.startswith("name:") for header in headers)
    return "place" in headers and (tagged or not _MARKS.isdisjoint(headers))


def read_osm_places(source: Source) -> gpd.GeoDataFrame:
    """Read what has ``place=*`` and a name from an extract: nodes, and areas of ways and relations.

    Parameters
    ----------
    source : Source
        Of kind ``pbf``.

    Returns
    -------
    GeoDataFrame
        One column for each tag that matters here, ``@id`` and the geometry, EPSG:4326, in the
        order of the ids; the index counts from 1. An area whose outline is not whole in the
        extract is missing, as it has no place.

    Raises
    ------
    UnreadableFileError
        Where the file is damaged.
    """
    import osmium

    content = str(source.path) if source.data is None else osmium.io.FileBuffer(source.data, "pbf")
    found: dict[tuple[str, int], tuple[dict[str, str], Any]] = {}
    factory = osmium.geom.WKBFactory()
    try:
        objects: Any = (
            osmium.FileProcessor(content)
            .with_areas(osmium.filter.KeyFilter("place"))
            .with_filter(osmium.filter.KeyFilter("place"))
        )
        for one in objects:
            tags = {tag.k: tag.v for tag in one.tags}
            if tags["place"] not in LEVELS or not any(_NAME.fullmatch(key) for key in tags):
                continue
            if one.is_node():
                shape = shapely.Point(one.lon, one.lat)
                found["n", one.id] = (tags, shape)
            elif one.is_area():
                kind = "w" if one.from_way() else "r"
                found[kind, one.orig_id()] = (
                    tags,
                    shapely.from_wkb(factory.create_multipolygon(one)),
                )
    except (RuntimeError, OSError, ValueError) as error:
        raise damaged(source.name, str(error).splitlines()[0][:200]) from error
    order = sorted(found)
    rows = [
        {"@id": f"{kind}{number}", **_telling(found[kind, number][0])} for kind, number in order
    ]
    cells = pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1), dtype=object)
    if not rows:
        cells = pd.DataFrame({"@id": [], "place": [], "name": []}, dtype=object)
    shapes = [found[one][1] for one in order]
    return gpd.GeoDataFrame(cells, geometry=shapes, crs=WGS84)


def _telling(tags: dict[str, str]) -> dict[str, str]:
    return {
        key: tags[key]
        for key in sorted(tags)
        if _NAME.fullmatch(key)
        or key in {"place", "population", "wikidata"}
        or key.casefold().endswith("pcode")
    }


def from_osm(cells: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Bring places of OpenStreetMap under our names.

    Parameters
    ----------
    cells : pandas.DataFrame
        A column for each tag; ``other_tags`` (GDAL) is taken apart. What says ``place`` with a
        value that is no place in our sense is left out, counted by value.
    file : str
        For the problems.

    Returns
    -------
    tuple = (cells, problems)
        ``id`` is ``osm:n…``, ``osm:w…`` or ``osm:r…``. Where a node and an area that holds it
        have one name and one level they are one place: the node's point, the area's radius.
    """
    geometry = cells.geometry.name if isinstance(cells, gpd.GeoDataFrame) else None
    records = cells.drop(columns=[geometry] if geometry else []).to_dict("records")
    tagged = [_tags(record) for record in records]
    values = pd.Series([tags.get("place", "") for tags in tagged], index=cells.index)
    kept = values.isin(LEVELS).to_numpy()
    problems = [
        Problem(file, None, "place", text("{count} with place={value}", count=count, value=value),
                ", ".join(sorted(LEVELS)), text("They were left out."))
        for value, count in sorted(values[~kept].value_counts().items())
        if value
    ]  # fmt: skip
    rows = [_row(tags) for tags, keep in zip(tagged, kept, strict=True) if keep]
    columns = ["id", "name", "name_ar", "names", "level", "population", "pcode", "same_as"]
    made = pd.DataFrame(rows, index=cells.index[kept], columns=columns, dtype=object)
    for axis in ("lat", "lon", "latitude", "longitude", "@lat", "@lon"):
        if geometry is None and axis in cells.columns:
            made[axis.strip("@")] = cells.loc[kept, axis]
    if not isinstance(cells, gpd.GeoDataFrame):
        return made, problems
    placed = gpd.GeoDataFrame(made, geometry=cells.geometry[kept].to_numpy(), crs=cells.crs)
    return _without_outlines(placed), problems


def _tags(record: dict[str, Any]) -> dict[str, str]:
    tags = {str(key): written_as(cell) for key, cell in record.items() if not is_missing(cell)}
    for key, value in _HSTORE.findall(tags.pop("other_tags", "")):
        tags.setdefault(key.replace('\\"', '"'), value.replace('\\"', '"'))
    return tags


def _row(tags: dict[str, str]) -> dict[str, object]:
    names: dict[str, list[str]] = {"en": [], "ar": [], "": [], "other": []}
    for key in sorted(tags, key=lambda k: (not k.startswith("name"), k)):
        found = _NAME.fullmatch(key)
        if found is None:
            continue
        language = found["language"] or ("" if key == "name" else "other")
        spelled = [part.replace("|", " ") for part in tags[key].split(";")]
        plain = language if key.startswith("name") and language in names else "other"
        names[plain] += spelled
    latin = [*names["en"], *tags.get("int_name", "").split(";"), *names[""]]
    pcode = next((tags[key] for key in sorted(tags) if key.casefold().endswith("pcode")), None)
    return {
        "id": _id(tags),
        **by_script(latin, [*names["ar"], *names[""]], names["other"]),
        "level": LEVELS[tags["place"]],
        "population": tags.get("population"),
        "pcode": pcode,
        "same_as": unite(
            *(f"wd:{one.strip()}" for one in tags.get("wikidata", "").split(";") if one)
        ),
    }


def _id(tags: dict[str, str]) -> str | None:
    """Say n123, w123 or r123: exports write the kind and the number in different columns."""
    for header in ("@id", "full_id", "osm_id", "id", "osm_way_id"):
        found = _ID.fullmatch(tags.get(header, "").strip())
        if found is not None:
            stated = tags.get(
                "osm_type", tags.get("@type", "way" if header == "osm_way_id" else "")
            )
            kind = _TYPES.get(found[1] or stated.casefold(), "")
            return f"osm:{kind}{found[2]}"
    return None


def _without_outlines(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Unite a node with the area that holds it, where name and level are the same."""
    shapes = places.geometry.to_numpy()
    areas = np.flatnonzero(shapely.get_dimensions(shapes) == 2)  # noqa: PLR2004
    points = np.flatnonzero(shapely.get_dimensions(shapes) == 0)
    if not len(areas) or not len(points):
        return places
    tree = shapely.STRtree(shapes[points])
    held, within = tree.query(shapes[areas], predicate="contains")
    keys = [
        {name for name in (row.name, row.name_ar) if isinstance(name, str)}
        for row in places[["name", "name_ar"]].itertuples(index=False, name="Names")
    ]
    levels = places["level"].tolist()
    drawn = places.geometry.copy()
    same_as = places["same_as"].astype(object).copy()
    gone: set[int] = set()
    for area, point in sorted(zip(areas[held].tolist(), points[within].tolist(), strict=True)):
        if area in gone or levels[area] != levels[point] or not keys[area] & keys[point]:
            continue
        gone.add(area)
        ids = (same_as.iloc[point], places["id"].iloc[area], same_as.iloc[area])
        same_as.iloc[point] = unite(*ids)
        drawn.iloc[point] = shapes[area]
    radius = np.full(len(places), np.nan)
    joined = [place for place in points.tolist() if drawn.iloc[place] is not shapes[place]]
    if joined:
        from geosector.crs import area_km2

        radius[joined] = 1000 * np.sqrt(
            area_km2(gpd.GeoDataFrame(geometry=drawn.iloc[joined], crs=places.crs)) / np.pi
        )
    united = places.assign(same_as=same_as, radius_m=np.round(radius))
    return united[~np.isin(np.arange(len(places)), list(gone))]
