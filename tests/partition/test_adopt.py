"""A layout edited by hand becomes a layout again."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from geosector import crs, storage
from geosector.errors import InputError, MissingCRSError
from geosector.partition import adopt_layout, compare_layouts, partition_city
from tests.drawn import HEIGHT_M, ORIGIN, WIDTH_M, draw_town
from tests.partition.towns import NINE_BLOCKS, THREE_QUARTERS, TWO_PARTS

METRIC = crs.metric_crs((*ORIGIN, *ORIGIN))


def layout_of(picture, count, **options):
    town = draw_town(picture)
    options = {"population": town.people, "iterations": 12, **options}
    return partition_city(town.boundary, town.roads, count, **options)


@pytest.fixture(scope="module")
def three():
    """Three sectors of 160 × 180 m side by side, main roads at columns 8 and 16 between them."""
    return layout_of(THREE_QUARTERS, 3)


def area(left, top, right, bottom):
    """Draw a rectangle by columns and rows of the picture."""
    return box(left * WIDTH_M, -bottom * HEIGHT_M, right * WIDTH_M, -top * HEIGHT_M)


def drawn(*areas, **columns):
    """Give a table of edited sectors."""
    columns = columns or {"sector_id": range(1, len(areas) + 1)}
    table = gpd.GeoDataFrame(columns, geometry=list(areas), crs=METRIC)
    return crs.to_wgs84(table)


def people_of(layout):
    return dict(zip(layout.sectors["sector_id"], layout.sectors["population"], strict=True))


def file_of(layout, folder):
    path = folder / "layout.gpkg"
    layers = {
        name: getattr(layout, name) for name in ("sectors", "borders", "blocks", "block_borders")
    }
    storage.write_layers(layers, path)
    return path.read_bytes()


@pytest.mark.parametrize("borders", ["snap", "keep"])
@pytest.mark.parametrize(
    ("picture", "count", "options"),
    [(THREE_QUARTERS, 3, {}), (NINE_BLOCKS, 3, {}), (NINE_BLOCKS, 1, {}),
     (TWO_PARTS, 2, {"tolerance": 0.3}), (NINE_BLOCKS, 2, {"population": None, "tolerance": 0.3})],
)  # fmt: skip
def test_an_unedited_layout_comes_back_byte_for_byte(picture, count, options, borders, tmp_path):
    layout = layout_of(picture, count, **options)
    again = adopt_layout(layout.sectors, layout, borders=borders)
    assert file_of(again, tmp_path) == file_of(layout, tmp_path)
    assert again.problems.empty
    assert again.summary["reached"] == layout.summary["reached"]
    assert again.summary["people"] == layout.summary["people"]
    assert again.summary["ground"].items() <= layout.summary["ground"].items()
    assert again.summary["adopted"]["people_moved"] == 0


def test_the_version_goes_up_by_one_and_the_day_is_written(three):
    again = adopt_layout(three.sectors, three, valid_from="2026-12-01")
    assert (again.summary["version"], again.summary["valid_from"]) == (2, "2026-12-01")
    assert adopt_layout(three.sectors, again).summary["version"] == 3


def test_the_layers_of_the_file_are_enough(three, tmp_path):
    path = tmp_path / "layout.gpkg"
    names = ("sectors", "borders", "blocks", "block_borders")
    storage.write_layers({name: getattr(three, name) for name in names}, path)
    layers = {name: gpd.read_file(path, layer=name) for name in names}
    again = adopt_layout(gpd.read_file(path, layer="sectors"), layers)
    pd.testing.assert_frame_equal(again.sectors, three.sectors)
    pd.testing.assert_frame_equal(again.borders, three.borders)


def test_the_order_of_rows_does_not_matter(three):
    edited = drawn(area(0, 0, 12, 6), area(11, 0, 17, 6), area(17, 0, 24, 6))
    tables = {
        name: getattr(three, name).iloc[::-1] for name in ("sectors", "blocks", "block_borders")
    }
    for borders in ("snap", "keep"):
        one = adopt_layout(edited, three, borders=borders)
        two = adopt_layout(edited.iloc[::-1], tables, borders=borders)
        pd.testing.assert_frame_equal(one.sectors, two.sectors)
        pd.testing.assert_frame_equal(one.blocks, two.blocks)


def test_a_border_moved_over_a_block_moves_the_block(three):
    # The border of 1 and 2 goes three columns east: over most of two blocks of 100 people.
    edited = drawn(area(0, 0, 11, 6), area(11, 0, 16, 6), area(16, 0, 24, 6))
    layout = adopt_layout(edited, three)
    assert people_of(layout) == {1: 600, 2: 200, 3: 400}
    assert layout.summary["adopted"]["people_moved"] == 200
    assert compare_layouts(three, layout).summary["people_moved"] == 200
    assert layout.borders["road_class"].tolist() == ["residential", "primary"]
    assert layout.sectors["main_border_share"].round(3).tolist() == [0, 0.5, 1]
    assert layout.problems["column"].tolist() == ["deviation"] * 2


def test_a_border_moved_less_than_half_a_block_snaps_back(three):
    edited = drawn(area(0, 0, 9, 6), area(9, 0, 16, 6), area(16, 0, 24, 6))
    assert people_of(adopt_layout(edited, three)) == {1: 400, 2: 400, 3: 400}


def test_a_claim_to_less_than_a_hundredth_of_a_block_is_a_slip_of_the_hand(three):
    # Sector 2 is deleted; sector 1 overlaps all of its west by 20 cm.
    edited = drawn(area(0, 0, 8.01, 6), area(15, 0, 24, 6), sector_id=[1, 3])
    layout = adopt_layout(edited, three)
    assert people_of(layout) == {1: 600, 3: 600}


def test_a_kept_border_cuts_blocks_and_shares_their_people(three):
    # A quarter of the two blocks between columns 8 and 12.
    edited = drawn(area(0, 0, 9, 6), area(9, 0, 16, 6), area(16, 0, 24, 6))
    layout = adopt_layout(edited, three, borders="keep")
    assert people_of(layout) == {1: 450, 2: 350, 3: 400}
    assert len(layout.blocks) == len(three.blocks) + 2
    assert layout.blocks["population"].sum() == 1200
    assert shapely.coverage_is_valid(layout.sectors.geometry.values)
    assert layout.borders["road_class"].tolist() == ["", "primary"]
    assert layout.sectors["area_km2"].sum() == pytest.approx(three.sectors["area_km2"].sum())
    west = crs.to_metres(layout.sectors, METRIC).geometry[0]
    assert west.bounds[2] == pytest.approx(9 * WIDTH_M, abs=0.01)


def test_a_street_traced_by_eye_stays_the_border(three):
    # Two metres beside the street, with a bend.
    corner = [(8 * WIDTH_M + x, -y * HEIGHT_M) for x, y in ((2, 0), (-1.5, 2), (2, 6))]
    west = shapely.Polygon([(0, 0), *corner, (0, -6 * HEIGHT_M)])
    east = area(0, 0, 16, 6).difference(west)
    layout = adopt_layout(drawn(west, east, area(16, 0, 24, 6)), three, borders="keep")
    assert layout.borders["road_class"].tolist() == ["primary", "primary"]
    pd.testing.assert_frame_equal(layout.sectors, three.sectors)


def test_a_camp_drawn_inside_a_block_is_cut_out(three):
    camp = area(1, 3.4, 3, 5.6)
    rest = area(0, 0, 8, 6).difference(camp)
    edited = drawn(rest, area(8, 0, 16, 6), area(16, 0, 24, 6), camp)
    layout = adopt_layout(edited, three, borders="keep")
    # 40 × 66 m of a block of 80 × 90 m with 100 people.
    assert people_of(layout) == {1: 400 - 37, 2: 400, 3: 400, 4: 37}


def test_a_gap_is_listed_and_goes_to_the_neighbour_that_did_not_give_it_up(three):
    # Sector 2 gives up its western half; nobody takes it.
    edited = drawn(area(0, 0, 8, 6), area(12, 0, 16, 6), area(16, 0, 24, 6))
    layout = adopt_layout(edited, three)
    (gap,) = layout.summary["adopted"]["gaps"]
    assert gap["area_m2"] == pytest.approx(4 * WIDTH_M * 6 * HEIGHT_M, abs=1)
    assert gap["sectors"] == [1]
    assert people_of(layout) == {1: 600, 2: 200, 3: 400}
    assert "a gap of 14,400 m² at 32.999" in layout.problems["given"][0]
    assert layout.problems["action"][0] == "It went to sector 1."


def test_an_overlap_is_listed_and_goes_to_the_new_claim(three):
    # Sector 1 is drawn over the western half of 2, and 2 is left as it was.
    edited = drawn(area(0, 0, 12, 6), area(8, 0, 16, 6), area(16, 0, 24, 6))
    for borders in ("snap", "keep"):
        layout = adopt_layout(edited, three, borders=borders)
        (overlap,) = layout.summary["adopted"]["overlaps"]
        assert overlap["area_m2"] == pytest.approx(14400, abs=1)
        assert overlap["sectors"] == [1]
        assert people_of(layout) == {1: 600, 2: 200, 3: 400}


def test_gaps_thinner_than_ten_centimetres_are_rounding(three):
    edited = drawn(area(0, 0, 7.998, 6), area(8.001, 0, 16, 6), area(16, 0, 24, 6))
    for borders in ("snap", "keep"):
        layout = adopt_layout(edited, three, borders=borders)
        assert layout.problems.empty
        pd.testing.assert_frame_equal(layout.sectors, three.sectors)


def test_a_sector_in_two_pieces_is_listed(three):
    east = shapely.union(area(0, 0, 4, 6), area(16, 0, 24, 6))
    layout = adopt_layout(drawn(area(4, 0, 8, 6), area(8, 0, 16, 6), east), three)
    assert layout.summary["adopted"]["in_pieces"] == [
        {"sector_id": 3, "pieces": 2, "people": [400, 200]}
    ]
    assert "sector 3 in 2 pieces, with 400 + 200 people" in layout.problems["given"].tolist()


def test_a_missing_sector_is_listed_and_its_number_is_not_used_again(three):
    edited = drawn(area(0, 0, 8, 6), area(8, 0, 24, 6), sector_id=[1, 3])
    layout = adopt_layout(edited, three)
    assert layout.summary["adopted"]["missing"] == [2]
    assert layout.sectors["sector_id"].tolist() == [1, 3]
    assert set(layout.borders[["left", "right"]].to_numpy().ravel()) == {1, 3}
    assert "no ground for sector 2" in layout.problems["given"].tolist()


def test_a_drawn_sector_that_gets_no_block_is_listed(three):
    old = [area(0, 0, 8, 6), area(8, 0, 16, 6), area(16, 0, 24, 6)]
    numbered = adopt_layout(drawn(*old, area(1, 1, 2, 2), sector_id=[1, 2, 3, 9]), three)
    assert numbered.summary["adopted"]["missing"] == [9]
    bare = adopt_layout(drawn(*old, area(1, 1, 2, 2), sector_id=[1, 2, 3, None]), three)
    (small,) = bare.summary["adopted"]["too_small"]
    assert (small["area_m2"], small["sectors"]) == (600, [1])
    assert "a sector of 600 m² at" in bare.problems["given"].str.cat(sep="; ")


def test_a_deleted_sector_goes_to_its_neighbours(three):
    edited = drawn(area(0, 0, 8, 6), area(16, 0, 24, 6), sector_id=[1, 3])
    layout = adopt_layout(edited, three)
    assert people_of(layout) == {1: 600, 3: 600}
    assert layout.summary["adopted"]["gaps"][0]["sectors"] == [1, 3]


def test_a_split_sector_keeps_its_number_where_most_people_are(three):
    # QGIS gives both halves of a split the old number.
    edited = drawn(
        area(0, 0, 8, 6), area(8, 0, 16, 1), area(8, 1, 16, 6), area(16, 0, 24, 6),
        sector_id=[1, 2, 2, 3], name=["North", "Middle", "Middle", "East"],
    )  # fmt: skip
    layout = adopt_layout(edited, three, borders="keep")
    assert layout.sectors["sector_id"].tolist() == [1, 2, 3, 4]
    assert people_of(layout) == {1: 400, 2: 334, 3: 400, 4: 66}
    assert layout.sectors["name"].tolist() == ["North", "Middle", "East", "Column 16, north"]
    assert layout.problems["given"].tolist()[:2] == ["2", "2"]


def test_numbers_that_are_none_are_found_by_shared_people(three):
    edited = drawn(
        area(0, 0, 8, 6), area(8, 0, 16, 6), area(16, 0, 24, 6), sector_id=["x", "-4", None]
    )
    layout = adopt_layout(edited, three)
    pd.testing.assert_frame_equal(layout.sectors, three.sectors)
    bare = adopt_layout(edited.drop(columns="sector_id"), three)
    pd.testing.assert_frame_equal(bare.sectors, three.sectors)


def test_numbers_swapped_on_purpose_are_kept(three):
    edited = three.sectors.assign(sector_id=[2, 1, 3])
    layout = adopt_layout(edited, three)
    assert layout.summary["adopted"]["people_moved"] == 800
    assert compare_layouts(three, layout).summary["people_renumbered"] == 800


def test_names_given_by_hand_are_kept(three):
    layout = adopt_layout(three.sectors.assign(name=["الجزماتي", "", None]), three)
    assert layout.sectors["name"].tolist() == ["الجزماتي", "Column 16, centre", "Column 20, east"]


def test_rows_that_are_no_area_are_listed(three):
    line = LineString([(0, 0), (10, 10)])
    edited = pd.concat(
        [three.sectors, drawn(line, sector_id=[9]), drawn(Point(0, 0), sector_id=[8])]
    )
    layout = adopt_layout(edited, three)
    assert layout.problems["expected"].tolist() == ["a polygon"] * 2
    assert len(layout.sectors) == 3


def test_a_bow_tie_is_repaired_and_ground_outside_the_city_left_out(three):
    bow = shapely.Polygon([(0, 0), (160, -180), (160, 0), (0, -180)])
    edited = drawn(bow, area(8, 0, 16, 6), area(16, 0, 40, 6))
    layout = adopt_layout(edited, three)
    assert people_of(layout) == {1: 400, 2: 400, 3: 400}
    assert layout.summary["adopted"]["outside_m2"] == pytest.approx(16 * 20 * 180, rel=1e-3)


def test_without_block_borders_the_roads_inside_sectors_are_unknown_and_that_is_listed(three):
    tables = {"sectors": three.sectors, "borders": three.borders, "blocks": three.blocks}
    same = adopt_layout(three.sectors, tables)
    pd.testing.assert_frame_equal(same.sectors, three.sectors)
    assert same.problems["file"].tolist() == ["block_borders"]
    edited = drawn(area(0, 0, 12, 6), area(12, 0, 16, 6), area(16, 0, 24, 6))
    assert adopt_layout(edited, tables).borders["road_class"].tolist() == ["", "primary"]


def test_what_cannot_be_adopted_is_refused(three):
    with pytest.raises(InputError, match="cover no block"):
        adopt_layout(drawn(area(100, 100, 110, 110)), three)
    with pytest.raises(InputError, match="cover no block"):
        adopt_layout(drawn(area(-1, 0, 0.0001, 6)), three)
    with pytest.raises(InputError, match="cover no block"):
        adopt_layout(drawn(area(1, 1, 1.1, 1.1)), three, borders="keep")
    with pytest.raises(InputError, match="borders is 'bend'"):
        adopt_layout(three.sectors, three, borders="bend")
    with pytest.raises(InputError, match="has no blocks"):
        adopt_layout(three.sectors, three.sectors)
    with pytest.raises(MissingCRSError, match="edited sectors has no coordinate system"):
        adopt_layout(three.sectors.set_crs(None, allow_override=True), three)


def test_the_old_layout_is_left_alone(three):
    before = three.sectors.copy(), three.blocks.copy(), dict(three.summary)
    adopt_layout(drawn(area(0, 0, 9, 6), area(9, 0, 24, 6)), three, borders="keep")
    pd.testing.assert_frame_equal(three.sectors, before[0])
    pd.testing.assert_frame_equal(three.blocks, before[1])
    assert three.summary == before[2]


@pytest.mark.parametrize("borders", ["snap", "keep"])
def test_any_drawing_gives_a_cover_without_overlap_that_loses_nobody(three, borders):
    rng = np.random.default_rng(7)
    for _ in range(12):
        corners = np.array([[160, -60], [320, -60], [240, -120]]) + rng.uniform(-30, 30, (3, 2))
        west = box(0, -180, *corners[0]).union(box(0, -180, corners[0][0] / 2, 0))
        middle = shapely.Polygon([(150, 0), (150, -180), *corners[[2, 1]], (300, 0)])
        edited = drawn(west, shapely.make_valid(middle), box(corners[1][0], -180, 480, 0))
        layout = adopt_layout(edited, three, borders=borders)
        assert layout.sectors["population"].sum() == layout.blocks["population"].sum() == 1200
        assert shapely.coverage_is_valid(layout.sectors.geometry.values)
        assert layout.sectors["area_km2"].sum() == pytest.approx(
            three.sectors["area_km2"].sum(), rel=1e-6
        )
