"""Villages and camps: plots of buildings where streets enclose too little."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from geosector.errors import InputError, TooFewBlocksError
from geosector.partition import diagnose_city, partition_city
from geosector.partition.plots import plot_edges
from geosector.partition.tell import tell_summary
from geosector.partition.terrain import Terrain, lay_mosaic
from tests.drawn import _table, street
from tests.partition.test_reach import RIVER

CAMP = _table([box(0, -300, 400, 0)])
NO_ROADS = street((0, 0), (1, 0), road_class="track").iloc[:0]
PLACES = [(25 + 50 * i, -25 - 50 * j) for i in range(8) for j in range(6)]
TENTS = _table([Point(place) for place in PLACES], population=5)


def camp(count=4, roads=NO_ROADS, **options):
    options = {"population": TENTS, "buildings": TENTS, "iterations": 12, **options}
    return partition_city(CAMP, roads, count, **options)


def test_a_camp_without_streets_is_divided_between_its_tents():
    layout = camp()
    assert len(layout.sectors) == 4
    assert layout.sectors["deviation"].abs().max() <= 0.1
    assert layout.blocks["kind"].eq("plot").all()
    assert layout.summary["ground"]["plots"] == len(layout.blocks) == 48
    assert layout.borders["road_class"].eq("").all()
    assert layout.blocks["population"].eq(5).all()


def test_the_summary_says_so_in_words():
    said = tell_summary(camp().summary)
    assert any("48 blocks are plots of buildings" in line for line in said)


def test_without_buildings_the_wish_is_refused():
    with pytest.raises(TooFewBlocksError):
        camp(buildings=None)


def test_one_sector_works_without_plots():
    layout = camp(1)
    assert layout.blocks["kind"].tolist() == ["block"]
    assert layout.summary["ground"]["plots"] == 0


def test_plots_may_be_asked_for():
    assert camp(1, plots="everywhere").blocks["kind"].eq("plot").all()


def test_polygons_of_houses_do_as_well_as_points():
    houses = TENTS.set_geometry(
        gpd.GeoSeries(shapely.buffer(np.asarray(TENTS.geometry), 5e-5), crs=TENTS.crs)
    )
    assert len(camp(buildings=houses).blocks) == 48


def test_streets_and_barriers_go_on_dividing():
    track = street((-1, 5), (21, 5), road_class="track", name="Track")
    layout = camp(2, track, plots="everywhere", barriers=RIVER.iloc[:0], costs={"track": 1.0})
    assert len(layout.blocks) == 48
    assert "track" in layout.borders["road_class"].tolist()


def test_only_blocks_too_full_for_the_wish_are_divided():
    fence = street((10, -1), (10, 11), road_class="track", name="Fence")
    people = pd.concat([TENTS, _table([Point(375, -25)], population=400)])
    layout = camp(3, fence, population=people, tolerance=0.9)
    assert layout.blocks["kind"].tolist() == ["block"] + ["plot"] * 24
    assert layout.blocks.geometry.iloc[0].bounds[2] < layout.blocks.geometry.iloc[1].bounds[2]


def test_tents_that_stand_close_share_a_cell():
    close = [(x, y) for x in range(2, 60, 6) for y in range(-58, -1, 6)]
    mosaic = lay_mosaic(_table([box(0, -60, 60, 0)]), NO_ROADS)
    edges = plot_edges(mosaic.fabric, _table([Point(place) for place in close]))
    made = lay_mosaic(
        _table([box(0, -60, 60, 0)]),
        NO_ROADS,
        Terrain(buildings=_table([Point(place) for place in close]), plots="everywhere"),
    )
    assert len(edges.ground) == 1
    assert 4 <= len(made.fabric.blocks) <= 12
    assert shapely.area(made.fabric.blocks).sum() == pytest.approx(3600, rel=1e-6)


def test_lines_are_no_buildings_and_a_lone_building_divides_nothing():
    drawn = _table([LineString([(0, 0), (5, -5)]), Point(50, -50), None])
    layout = camp(1, buildings=drawn, plots="everywhere")
    assert layout.problems["given"].tolist() == ["LineString", ""]
    assert layout.blocks["kind"].tolist() == ["block"]
    assert len(camp(1, buildings=drawn.iloc[:1], plots="everywhere").blocks) == 1


def test_plots_without_buildings_are_refused():
    with pytest.raises(InputError, match="there are no buildings"):
        camp(1, buildings=None, plots="everywhere")


def test_plots_are_open_ground_to_walk_over():
    layout = camp(contiguity="streets")
    assert layout.summary["ground"]["impassable_borders"] == 0


def test_the_order_of_tents_does_not_matter():
    one = camp(1, plots="everywhere").blocks
    two = camp(1, plots="everywhere", buildings=TENTS.iloc[::-1]).blocks
    pd.testing.assert_frame_equal(one, two)


def test_the_diagnosis_knows_plots():
    found = diagnose_city(CAMP, NO_ROADS, 4, population=TENTS, buildings=TENTS)
    assert found["diagnosis"]["feasible"]
