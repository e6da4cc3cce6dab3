"""Streets from an OpenStreetMap extract (.osm.pbf).

Every way that one may drive, cycle or walk, as one line each with its class, name, layer, bridge
and one-way rule. Data © OpenStreetMap contributors, Open Database License.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geosector.crs import WGS84
from geosector.language import text
from geosector.sources.files import Source, damaged
from geosector.tables import Problem

# https://wiki.openstreetmap.org/wiki/Key:highway: what is built, and open to traffic of some kind.
ROAD_CLASSES = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link",
    "secondary", "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential",
    "living_street", "service", "road", "track", "pedestrian", "footway", "path", "steps",
    "cycleway", "bridleway", "busway",
)  # fmt: skip
COLUMNS = ("id", "road_class", "name", "name:ar", "layer", "bridge", "oneway")


def read_osm_roads(source: Source) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Read the streets of an extract.

    Parameters
    ----------
    source : Source
        Of kind ``pbf``.

    Returns
    -------
    tuple = (roads, problems)
        ``id`` (of the way), ``road_class``, ``name``, ``name:ar``, ``layer``, ``bridge``,
        ``oneway``, ``geometry``, EPSG:4326, in the order of the file; the index counts streets
        from 1. Areas (squares) and what is only planned are not streets. A way whose nodes lie
        partly outside the extract is drawn from the nodes that are there, and listed.

    Raises
    ------
    UnreadableFileError
        Where the file is damaged.
    """
    import osmium

    content = str(source.path) if source.data is None else osmium.io.FileBuffer(source.data, "pbf")
    rows: list[tuple[Any, ...]] = []
    geometries: list[Any] = []
    problems: list[Problem] = []
    try:
        ways: Any = (
            osmium.FileProcessor(content)
            .with_locations()
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(osmium.filter.KeyFilter("highway"))
        )
        for way in ways:
            tags = way.tags
            if tags["highway"] not in ROAD_CLASSES or tags.get("area") == "yes":
                continue
            line, missing = _line(way.nodes)
            if missing:
                problems.append(_incomplete(source.name, way.id, len(rows) + 1, missing, line))
            rows.append(
                (
                    way.id, tags["highway"], tags.get("name"), tags.get("name:ar"),
                    tags.get("layer", "0"), tags.get("bridge", "no"), tags.get("oneway", "no"),
                )
            )  # fmt: skip
            geometries.append(line)
    except (RuntimeError, OSError, ValueError) as error:
        raise damaged(source.name, str(error).splitlines()[0][:200]) from error
    cells = pd.DataFrame(rows, columns=list(COLUMNS), index=pd.RangeIndex(1, len(rows) + 1))
    cells["id"] = cells["id"].astype("int64")
    return gpd.GeoDataFrame(cells, geometry=geometries, crs=WGS84), problems


def _line(nodes: Any) -> tuple[Any, int]:  # noqa: ANN401 - osmium's nodes live only during the loop
    """Draw a way; in several pieces where nodes between them are missing."""
    places = [(node.lon, node.lat) if node.location.valid() else None for node in nodes]
    missing = sum(place is None for place in places)
    if missing == 0 and len(places) > 1:
        return shapely.LineString(places), 0
    runs = [list(run) for there, run in groupby(places, lambda place: place is not None) if there]
    pieces = [np.array(run, float) for run in runs if len(run) > 1]
    if not pieces:
        return None, max(missing, 1)
    return (
        shapely.LineString(pieces[0]) if len(pieces) == 1 else shapely.MultiLineString(pieces)
    ), missing


def _incomplete(file: str, way: int, row: int, missing: int, line: Any) -> Problem:  # noqa: ANN401
    given = text("way {id} lacks {count} of its nodes", id=way, count=missing)
    done = text("Drawn from the nodes that are there.")
    if line is None:  # the check that follows leaves the row out, and says so
        done = text("It has no line.")
    return Problem(file, row, "geometry", given, text("a way with all its nodes"), done)
