"""Two layouts side by side."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import affinity
from shapely.geometry import box

from geosector.errors import InputError, MissingColumnError, MissingCRSError
from geosector.partition import compare_layouts, partition_city
from geosector.partition.compare import adjusted_rand
from tests.drawn import draw_town, more_roads, street
from tests.partition.towns import NINE_BLOCKS, THREE_QUARTERS


def layout_of(picture, count, **options):
    town = draw_town(picture)
    options = {"population": town.people, "iterations": 12, **options}
    return partition_city(town.boundary, town.roads, count, **options)


@pytest.fixture(scope="module")
def three():
    return layout_of(THREE_QUARTERS, 3)


def with_sectors(layout, **changed):
    """Give blocks of a layout with other sectors: ``b0=2`` puts block 0 into sector 2."""
    blocks = layout.blocks.copy()
    for block, sector in changed.items():
        blocks.loc[blocks["block_id"] == int(block[1:]), "sector_id"] = sector
    return blocks


def test_a_layout_compared_with_itself_moves_nobody(three):
    found = compare_layouts(three, three)
    assert found.summary["people_moved"] == found.summary["people_renumbered"] == 0
    assert found.summary["border_kept_share"] == found.summary["adjusted_rand"] == 1
    assert found.sectors["kept"].tolist() == [400, 400, 400]
    assert found.moves.empty


def test_a_block_that_changes_sector_moves_its_people(three):
    left = three.blocks.loc[three.blocks["sector_id"] == 1, "block_id"].max()
    found = compare_layouts(three, with_sectors(three, **{f"b{left}": 2}))
    assert found.summary["people_moved"] == 100
    assert found.summary["share_moved"] == round(100 / 1200, 6)
    assert found.sectors[["kept", "gained", "lost"]].to_numpy().tolist() == [
        [300, 0, 100],
        [400, 100, 0],
        [400, 0, 0],
    ]
    assert found.moves[["from_id", "to_id", "population"]].to_numpy().tolist() == [[1, 2, 100]]


def test_the_border_of_a_moved_block_is_no_longer_kept(three):
    left = three.blocks.loc[three.blocks["sector_id"] == 1, "block_id"].max()
    found = compare_layouts(three, with_sectors(three, **{f"b{left}": 2})).summary
    # Two borders of 180 m (six rows of 30 m); the block gives up its 90 m.
    assert found["border_before_m"] == pytest.approx(360, abs=0.01)
    assert found["border_kept_m"] == pytest.approx(270, abs=0.01)


def test_other_numbers_alone_move_nobody_and_are_told(three):
    swapped = three.blocks.assign(sector_id=three.blocks["sector_id"].map({1: 2, 2: 1, 3: 3}))
    found = compare_layouts(three, swapped)
    assert found.summary["people_moved"] == 0
    assert found.summary["people_renumbered"] == 800
    assert found.sectors["previous_id"].tolist() == [2, 1, 3]


def test_sectors_that_are_gone_lose_everybody(three):
    merged = three.blocks.assign(sector_id=three.blocks["sector_id"].clip(upper=2))
    found = compare_layouts(three, merged)
    assert found.sectors["sector_id"].isna().tolist() == [False, False, True]
    assert found.sectors["lost"].sum() == found.summary["people_moved"] == 400


def test_sectors_from_tables_or_the_layout_give_the_same(three):
    tables = {"sectors": three.sectors, "blocks": three.blocks}
    assert compare_layouts(three, tables).summary == compare_layouts(three, three).summary
    alone = compare_layouts(three.sectors, three.sectors).summary
    assert alone["people_moved"] == 0
    assert alone["border_kept_share"] == 1


def test_the_order_of_rows_does_not_matter(three):
    other = with_sectors(three, b0=3, b5=1)
    one, two = (compare_layouts(three, rows) for rows in (other, other.iloc[::-1]))
    assert one.summary == two.summary
    pd.testing.assert_frame_equal(one.sectors, two.sectors)


def test_where_streets_changed_people_are_shared_by_area_and_nobody_is_lost():
    town = draw_town(NINE_BLOCKS)
    # A new street parts the blocks of the middle row: sixteen metres more to the north.
    roads = more_roads(town, street((0, 4.5), (18, 4.5), road_class="residential"))
    options = {"population": town.people, "iterations": 12}
    before = partition_city(town.boundary, town.roads, 3, **options)
    after = partition_city(town.boundary, roads, 3, **options)
    assert len(after.blocks) == 12
    found = compare_layouts(before, after)
    assert found.summary["people_after"] == 900
    assert found.sectors["kept"].sum() + found.summary["people_moved"] == 900
    assert 0 <= found.summary["border_kept_share"] <= 1


def test_blocks_that_only_got_another_street_keep_every_border():
    town = draw_town(NINE_BLOCKS)
    roads = more_roads(town, street((0, 4.5), (18, 4.5), road_class="residential"))
    before = partition_city(town.boundary, town.roads, 1, population=town.people)
    after = partition_city(town.boundary, roads, 1, population=town.people)
    halves = [
        layout.blocks.assign(sector_id=1 + (layout.blocks.bounds["minx"] > 30.001).astype(int))
        for layout in (before, after)
    ]
    found = compare_layouts(*halves).summary
    assert found["people_moved"] == 0
    assert found["border_kept_share"] == pytest.approx(1, abs=1e-6)


def test_people_on_new_ground_have_not_moved(three):
    blocks = three.blocks[three.blocks["sector_id"] != 3]
    found = compare_layouts(blocks, three)
    assert found.summary["people_on_new_ground"] == 400
    assert found.summary["people_moved"] == 0
    assert found.sectors["gained"].tolist() == [0, 0, 400]
    assert found.moves["from_id"].isna().tolist() == [True]


def test_two_cities_have_nothing_in_common(three):
    far = three.blocks.set_geometry(three.blocks.geometry.map(lambda g: affinity.translate(g, 1)))
    with pytest.raises(InputError, match="no ground in common"):
        compare_layouts(three, far)


def test_what_is_no_layout_is_refused(three):
    with pytest.raises(MissingColumnError, match="after has no column 'population'"):
        compare_layouts(three, three.blocks.drop(columns="population"))
    with pytest.raises(MissingCRSError, match="before has no coordinate system"):
        compare_layouts(three.blocks.set_crs(None, allow_override=True), three)
    with pytest.raises(InputError, match="before has rows without 'sector_id'"):
        compare_layouts(three.blocks.assign(sector_id=np.nan), three)


def naive_rand(before, after):
    """Count pairs of people one by one."""
    both = one = two = pairs = 0
    for i in range(len(before)):
        for j in range(i):
            same_before, same_after = before[i] == before[j], after[i] == after[j]
            both += same_before and same_after
            one += same_before
            two += same_after
            pairs += 1
    expected = one * two / pairs
    return (both - expected) / ((one + two) / 2 - expected)


def test_the_adjusted_rand_index_is_that_of_counting_pairs():
    rng = np.random.default_rng(0)
    before, after = rng.integers(0, 3, 40), rng.integers(0, 4, 40)
    shared = np.zeros((3, 4))
    np.add.at(shared, (before, after), 1)
    assert adjusted_rand(shared) == pytest.approx(naive_rand(before, after))


def test_divisions_without_a_choice_are_alike():
    assert adjusted_rand(np.array([[1, 0], [0, 1]])) == 1
    assert adjusted_rand(np.zeros((0, 0))) == 1


def test_half_a_block_is_half_its_people():
    whole = gpd.GeoDataFrame(
        {"block_id": [0], "sector_id": [1], "population": [101]},
        geometry=[box(30, 33, 30.002, 33.001)], crs="EPSG:4326",
    )  # fmt: skip
    halves = gpd.GeoDataFrame(
        {"block_id": [0, 1], "sector_id": [1, 2], "population": [50, 51]},
        geometry=[box(30, 33, 30.001, 33.001), box(30.001, 33, 30.002, 33.001)], crs="EPSG:4326",
    )  # fmt: skip
    found = compare_layouts(halves, whole)
    assert found.summary["people_after"] == 101
    assert found.sectors["kept"].tolist() == [51, 0]
    assert found.summary["people_moved"] == 50
