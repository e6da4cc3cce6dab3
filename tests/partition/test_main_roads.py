"""Main roads as people draw and name them, and as long strokes propose them."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geosector.partition import partition_city
from geosector.partition.main_roads import with_main_lines, with_main_names
from geosector.partition.strokes import propose_main_roads
from tests.drawn import draw_town, street
from tests.partition.test_barriers import METRIC
from tests.partition.towns import NINE_BLOCKS

# Without the middle stretch at the top: every street is minor.
GREY = NINE_BLOCKS.replace("=", "-").replace("H", "|").replace("~", "-")
ROW_6 = street((-1, 6.1), (19, 6.1))


def on_lines(roads, *lines):
    return with_main_lines(roads, pd.concat(lines), METRIC)


def test_streets_on_a_line_become_main_and_no_others():
    found = on_lines(draw_town(GREY).roads, ROW_6)
    main = found.roads["road_class"] == "main"
    assert found.roads.loc[main, "name"].tolist() == ["Row 6"] * 3
    assert found.problems == ()


def test_a_street_that_is_main_already_keeps_its_class():
    found = on_lines(draw_town(NINE_BLOCKS).roads, ROW_6)
    assert set(found.roads.loc[found.roads["name"] == "Row 6", "road_class"]) == {"primary"}


def test_a_street_partly_on_a_line_is_divided():
    long = street((0, 2), (6, 2), (12, 2), road_class="residential", name="Long")
    found = on_lines(long, street((-1, 2), (7, 2)))
    assert found.roads["road_class"].tolist() == ["residential", "main"]
    assert found.roads.geometry.length.round().tolist() == [120, 120]
    assert found.roads["name"].tolist() == ["Long", "Long"]


def test_a_line_beside_all_streets_is_listed():
    found = on_lines(draw_town(GREY).roads, ROW_6, street((-1, 7.4), (19, 7.4)))
    assert [(one.row, one.expected) for one in found.problems] == [(3, "a line along a street")]
    assert (found.roads["road_class"] == "main").sum() == 3


def test_no_roads_or_no_lines_are_no_error():
    roads = draw_town(GREY).roads
    assert len(on_lines(roads.iloc[:0], ROW_6).problems) == 1
    assert on_lines(roads, ROW_6.iloc[:0]).roads["road_class"].eq("residential").all()


def test_names_make_streets_main_whatever_their_spelling():
    roads = draw_town(GREY).roads
    found = with_main_names(roads, ["ROW 6", "Row 99"])
    assert (found.roads["road_class"] == "main").sum() == 3
    assert [one.given for one in found.problems] == ["Row 99"]


def test_names_without_a_name_column_are_listed():
    roads = draw_town(GREY).roads.drop(columns=["name", "road_class"])
    found = with_main_names(roads, ["Row 6"])
    assert found.roads["road_class"].eq("").all()
    assert len(found.problems) == 1


def layout_of(roads, **options):
    town = draw_town(GREY)
    return partition_city(
        town.boundary, roads, 3, population=town.people, iterations=12, tolerance=0.4, **options
    )


@pytest.mark.parametrize("options", [{"main_roads": ROW_6}, {"main_names": ["row 6"]}])
def test_own_main_roads_count_in_cost_and_share(options):
    layout = layout_of(draw_town(GREY).roads, **options)
    assert "main" in layout.borders["road_class"].tolist()
    assert layout.summary["reached"]["main_border_share"] > 0
    assert layout.borders.loc[layout.borders["road_class"] == "main", "name"].eq("Row 6").all()


# ------------------------------------------------------------------ strokes


def bare(picture=GREY):
    return draw_town(picture).roads[["geometry"]]


def test_a_stroke_goes_straight_on_over_junctions():
    proposed, _ = propose_main_roads(bare())
    names = draw_town(GREY).roads["name"]
    assert proposed.groupby("stroke_id").size().tolist() == [3] * 8
    assert names.groupby(proposed["stroke_id"]).nunique().tolist() == [1] * 8


def test_in_a_grid_of_equal_strokes_none_is_proposed():
    square = draw_town(
        "+---+---+\n|   |   |\n|   |   |\n+---+---+\n|   |   |\n|   |   |\n+---+---+"
    )
    assert (6 * 20) != 0
    proposed, problems = propose_main_roads(square.roads[["geometry"]].iloc[:6])
    assert proposed["road_class"].eq("").all()
    assert "0 of 3 strokes" in problems[0].action


def test_the_longest_strokes_are_main_whatever_the_unit_of_length():
    lanes = [street((column, 0), (column, 1)) for column in range(1, 9)]
    avenue = [street((column, 0), (column + 1, 0)) for column in range(9)]
    roads = pd.concat([*avenue, *lanes])
    one, _ = propose_main_roads(roads)
    assert one["road_class"].tolist() == ["main"] * 9 + [""] * 8
    big = roads.set_geometry(roads.geometry.affine_transform([9, 0, 0, 9, -240, -264]))
    two, _ = propose_main_roads(big)
    assert two["road_class"].tolist() == one["road_class"].tolist()


def test_three_heads_make_main_and_tertiary_streets():
    lengths = [100] * 20 + [300] * 4 + [900] * 2 + [3000]
    rows = [street((0, row), (length / 20, row)) for row, length in enumerate(lengths)]
    proposed, problems = propose_main_roads(pd.concat(rows))
    assert proposed["road_class"].tolist() == [""] * 24 + ["tertiary"] * 2 + ["main"]
    assert "1 of 27 strokes" in problems[0].action


def test_a_sharp_bend_ends_a_stroke_and_the_limit_is_for_the_user_to_say():
    bend = pd.concat([street((0, 0), (5, 0)), street((5, 0), (5, 3))])
    assert propose_main_roads(bend)[0]["stroke_id"].nunique() == 2
    assert propose_main_roads(bend, 100.0)[0]["stroke_id"].tolist() == [0, 0]


def test_at_a_fork_the_straighter_street_goes_on():
    fork = pd.concat([street((0, 0), (5, 0)), street((5, 0), (9, 1)), street((5, 0), (9, 0))])
    stroke = propose_main_roads(fork)[0]["stroke_id"].tolist()
    assert stroke[0] == stroke[2] != stroke[1]


def test_the_order_of_rows_does_not_matter():
    one, _ = propose_main_roads(bare())
    two, _ = propose_main_roads(bare().iloc[::-1])
    pd.testing.assert_frame_equal(one, two.sort_index())


def test_rows_that_are_no_lines_stay_and_have_no_stroke():
    roads = gpd.GeoDataFrame(geometry=[None, street((0, 0), (5, 0)).geometry[0]], crs="EPSG:4326")
    proposed, _ = propose_main_roads(roads)
    assert proposed["stroke_id"].tolist() == [-1, 0]
    assert propose_main_roads(roads.iloc[:1])[1] == []


def test_empty_classes_that_were_there_are_kept_beside_the_proposal():
    proposed, _ = propose_main_roads(bare().assign(road_class=None))
    assert proposed["road_class_input"].isna().all()


def test_what_was_proposed_is_said():
    layout = layout_of(bare())
    said = layout.problems[layout.problems["column"] == "road_class"]
    assert said["action"].str.startswith("Proposed").any()


def test_nothing_is_proposed_where_classes_names_or_lines_say_it():
    town = draw_town(GREY)
    named = town.roads.drop(columns="road_class")
    for options, roads in (
        ({"main_names": ["Row 6"]}, named),
        ({"main_roads": ROW_6}, named),
        ({}, town.roads),
    ):
        actions = layout_of(roads, **options).problems["action"]
        assert not actions.str.startswith("Proposed").any()


def test_lines_in_pieces_are_of_the_stroke_of_their_longest_piece():
    pieces = street((0, 0), (5, 0)).dissolve()
    assert propose_main_roads(pieces)[0]["stroke_id"].tolist() == [0]
    assert np.isclose(propose_main_roads(pieces)[0]["stroke_m"], 100).all()
