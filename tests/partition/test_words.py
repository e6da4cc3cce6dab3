"""The outline of a sector in words."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Polygon, box

from geosector.errors import InputError, MissingColumnError, MissingCRSError
from geosector.language import LANGUAGES, unmarked
from geosector.partition import partition_city
from geosector.partition.classes import _RANKED
from geosector.partition.words import (
    class_in_words,
    compass_in_words,
    describe_borders,
    plain_name,
    tell_borders,
    tell_sides,
)
from tests.drawn import draw_town
from tests.partition.towns import NINE_BLOCKS, THREE_QUARTERS, TWO_PARTS

METRIC = "EPSG:32636"
ORIGIN = np.array([400_000, 3_655_000])  # open sea


def sectors_of(*shapes):
    moved = [shapely.transform(shape, lambda xy: xy + ORIGIN) for shape in shapes]
    return gpd.GeoDataFrame({"sector_id": range(1, len(moved) + 1)}, geometry=moved, crs=METRIC)


def borders_of(*rows):
    lines = [LineString(np.array(places) + ORIGIN) for *_, places in rows]
    facts = pd.DataFrame([row[:4] for row in rows], columns=["left", "right", "road_class", "name"])
    table = gpd.GeoDataFrame(facts, geometry=lines, crs=METRIC)
    return table.assign(length_m=table.length)


def told_of(described, sector=1):
    own = described[described["sector_id"] == sector]
    return list(zip(own["side"], own["name"], own["length_m"].round(), strict=True))


# A square of 1 km with a neighbour all along its east: two streets, one of them very short.
SQUARE = Polygon([(0, 0), (1000, 0), (1000, 500), (1000, 530), (1000, 1000), (0, 1000)])
EAST = Polygon([(1000, 0), (2000, 0), (2000, 1000), (1000, 1000), (1000, 530), (1000, 500)])


def east_border(*, short="Lane", last="Thawra Street"):
    return borders_of(
        (1, 2, "primary", "Thawra Street", [(1000, 0), (1000, 500)]),
        (1, 2, "residential", short, [(1000, 500), (1000, 530)]),
        (1, 2, "primary", last, [(1000, 530), (1000, 1000)]),
    )


@pytest.fixture(scope="module")
def quarters():
    town = draw_town(THREE_QUARTERS)
    return partition_city(town.boundary, town.roads, 3, population=town.people, iterations=12)


def test_sides_follow_each_other_clockwise_from_the_north_west(quarters):
    described = describe_borders(quarters.sectors, quarters.borders)
    own = described[described["sector_id"] == 2]
    assert own["side"].tolist() == ["north", "east", "south", "west"]
    assert own["order"].tolist() == [1, 2, 3, 4]
    assert own["kind"].tolist() == ["limit", "road", "limit", "road"]
    assert own["neighbour"].fillna(0).tolist() == [0, 3, 0, 1]
    assert own["name"].tolist() == ["", "Column 16", "", "Column 8"]
    assert own["length_m"].round(-1).tolist() == [160, 180, 160, 180]


def test_a_sector_is_one_sentence(quarters):
    said = tell_borders(describe_borders(quarters.sectors, quarters.borders))
    assert unmarked(said[2]) == (
        "Bounded in the north by the city limit (160 m); in the east by Column 16 (primary road, "
        "180 m), towards sector 3; in the south by the city limit (160 m); in the west by "
        "Column 8 (primary road, 180 m), towards sector 1."
    )


def test_a_short_piece_is_folded_and_the_street_goes_on():
    described = describe_borders(sectors_of(SQUARE, EAST), east_border())
    assert told_of(described)[1] == ("east", "Thawra Street", 970)
    assert described["folded_m"][1] == pytest.approx(30, rel=1e-3)
    said = tell_borders(described)[1]
    assert "Lane" not in said
    assert said.endswith("Short pieces left out: 30 m in all.")


def test_a_piece_is_short_by_its_share_of_the_outline_not_by_its_metres():
    tenth = [shapely.transform(shape, lambda xy: xy / 10) for shape in (SQUARE, EAST)]
    borders = borders_of(
        (1, 2, "primary", "A", [(100, 0), (100, 50)]),
        (1, 2, "service", "B", [(100, 50), (100, 53)]),
        (1, 2, "primary", "A", [(100, 53), (100, 100)]),
    )
    assert told_of(describe_borders(sectors_of(*tenth), borders))[1] == ("east", "A", 97)
    longer = borders_of(
        (1, 2, "primary", "A", [(100, 0), (100, 50)]),
        (1, 2, "service", "B", [(100, 50), (100, 53), (100, 100)]),
    )
    names = [name for _, name, _ in told_of(describe_borders(sectors_of(*tenth), longer))]
    assert names[1:3] == ["B", "A"]


def test_streets_are_told_in_order_and_a_neighbour_once():
    described = describe_borders(sectors_of(SQUARE, EAST), east_border(last="Nil Street"))
    assert unmarked(described["sentence"][1]) == (
        "Nil Street (primary road, 470 m), towards sector 2"
    )
    told = dict(tell_sides(described[described["sector_id"] == 1]))
    assert unmarked(told["East"]) == (
        "Nil Street (primary road, 470 m), then Thawra Street (primary road, 500 m), "
        "towards sector 2"
    )


def test_a_street_along_two_neighbours_goes_on():
    upper, lower = box(1000, 500, 2000, 1000), box(1000, 0, 2000, 500)
    borders = borders_of(
        (1, 2, "primary", "Thawra Street", [(1000, 500), (1000, 1000)]),
        (1, 3, "primary", "Thawra Street", [(1000, 0), (1000, 500)]),
        (2, 3, "", "", [(1000, 500), (2000, 500)]),
    )
    square = Polygon([(0, 0), (1000, 0), (1000, 500), (1000, 1000), (0, 1000)])
    said = tell_borders(describe_borders(sectors_of(square, upper, lower), borders))
    assert unmarked(said[1]).count("Thawra") == 1
    assert "towards sector 2, then further along it (500 m), towards sector 3" in said[1]
    assert "open ground without a road (1.0 km), towards sector 3" in said[2]


def test_a_street_without_a_name_is_called_by_its_class():
    borders = borders_of(
        (1, 2, "residential", None, [(1000, 0), (1000, 500), (1000, 530), (1000, 1000)])
    )
    said = tell_borders(describe_borders(sectors_of(SQUARE, EAST), borders))
    assert "an unnamed residential street (1.0 km), towards sector 2" in said[1]


def test_a_square_on_its_corner_looks_to_the_diagonals():
    diamond = sectors_of(Polygon([(0, 500), (500, 1000), (1000, 500), (500, 0)]))
    borders = borders_of((1, 2, "primary", "A", [(500, 1000), (1000, 500)]))
    beyond = sectors_of(Polygon([(0, 500), (500, 1000), (1000, 500), (500, 0)]),
                        Polygon([(500, 1000), (1000, 1000), (1000, 500)]))  # fmt: skip
    assert describe_borders(diamond, borders[:0])["side"].tolist() == ["around"]
    described = describe_borders(beyond, borders)
    assert ("northeast", "A", 707) in told_of(described)


def test_a_street_that_passes_a_corner_by_little_stays_on_its_side():
    shape = Polygon([(0, 0), (1000, 0), (1000, 1000), (50, 1000), (0, 1000)])
    north = Polygon([(0, 1000), (50, 1000), (1000, 1000), (1000, 1200), (0, 1200)])
    west = Polygon([(0, 0), (0, 1000), (0, 1200), (-200, 1200), (-200, 0)])
    borders = borders_of(
        (1, 2, "primary", "West Street", [(0, 1000), (50, 1000)]),
        (1, 2, "primary", "North Street", [(50, 1000), (1000, 1000)]),
        (1, 3, "primary", "West Street", [(0, 0), (0, 1000)]),
        (2, 3, "tertiary", "", [(0, 1000), (0, 1200)]),
    )
    described = describe_borders(sectors_of(shape, north, west), borders)
    sides = [(side, name) for side, name, _ in told_of(described) if name]
    assert sides == [("north", "North Street"), ("west", "West Street")]


def test_a_hole_is_told_from_the_inside():
    ring = box(0, 0, 1000, 1000).difference(box(400, 400, 600, 600))
    edge = [(400, 400), (600, 400), (600, 600), (400, 600), (400, 400)]
    borders = borders_of((1, 2, "tertiary", "Castle Ring", edge))
    described = describe_borders(sectors_of(ring, box(400, 400, 600, 600)), borders)
    assert told_of(described)[-1] == ("inside", "Castle Ring", 800)
    assert told_of(described, 2) == [("around", "Castle Ring", 800)]
    assert "inside by Castle Ring" in unmarked(tell_borders(described)[1])
    assert tell_sides(described[described["sector_id"] == 1])[-1][0] == "Inside"


def test_a_hole_between_two_neighbours_is_told_in_order():
    ring = box(0, 0, 1000, 1000).difference(box(400, 400, 600, 600))
    halves = box(400, 400, 500, 600), box(500, 400, 600, 600)
    borders = borders_of(
        (1, 2, "tertiary", "A", [(500, 400), (400, 400), (400, 600), (500, 600)]),
        (1, 3, "tertiary", "B", [(500, 400), (600, 400), (600, 600), (500, 600)]),
        (2, 3, "tertiary", "C", [(500, 400), (500, 600)]),
    )
    hole = Polygon([(400, 400), (500, 400), (600, 400), (600, 600), (500, 600), (400, 600)])
    ring = Polygon(box(0, 0, 1000, 1000).exterior, [hole.exterior])
    described = describe_borders(sectors_of(ring, *halves), borders)
    inside = described[(described["sector_id"] == 1) & (described["side"] == "inside")]
    assert sorted(inside["name"]) == ["A", "B"]


def test_detached_parts_are_told_after_the_largest():
    town = draw_town(TWO_PARTS)
    layout = partition_city(
        town.boundary, town.roads, 1, population=town.people, tolerance=0.5, iterations=8
    )
    described = describe_borders(layout.sectors, layout.borders)
    assert described["part"].tolist() == [1, 2]
    assert "A detached part is bounded on all sides by the city limit" in tell_borders(described)[1]
    assert [label for label, _ in tell_sides(described)] == ["All sides", "All sides (2)"]


def test_the_metres_in_words_are_the_metres_of_the_tables():
    town = draw_town(NINE_BLOCKS)
    layout = partition_city(town.boundary, town.roads, 4, population=town.people, tolerance=0.6)
    described = describe_borders(layout.sectors, layout.borders)
    told = described["length_m"] + described["folded_m"]
    by_sector = told.groupby(described["sector_id"]).sum()
    sides = [layout.borders.groupby(side)["length_m"].sum() for side in ("left", "right")]
    inner = sides[0].add(sides[1], fill_value=0)
    limit = told[described["kind"] == "limit"].groupby(described["sector_id"]).sum()
    assert by_sector.sub(limit, fill_value=0).to_numpy() == pytest.approx(inner.to_numpy())


def test_every_metre_of_a_real_city_is_told(shared_data):
    boundary = gpd.read_file(shared_data / "aleppo" / "windows.geojson").query("name == '6km'")
    roads = gpd.read_parquet(shared_data / "aleppo" / "roads.parquet")
    roads = roads.rename(columns={"highway": "road_class"})
    layout = partition_city(boundary, roads, 12, iterations=2, tolerance=0.2)
    described = describe_borders(layout.sectors, layout.borders)
    known = layout.borders["length_m"].sum()
    told = described.groupby("kind")[["length_m", "folded_m"]].sum()
    limit = told.loc["limit"].sum()
    assert told.to_numpy().sum() - limit == pytest.approx(2 * known, rel=0.01)
    assert described["folded_m"].sum() < 0.1 * told.to_numpy().sum()


def test_the_order_of_rows_does_not_matter(quarters):
    one = describe_borders(quarters.sectors, quarters.borders)
    two = describe_borders(quarters.sectors.iloc[::-1], quarters.borders.iloc[::-1])
    pd.testing.assert_frame_equal(one, two)


def test_hostile_names_command_nothing():
    name = "<b>$x^2$</b> \u202eevil\u202c {0}\n=1+1"
    borders = borders_of(
        (1, 2, "primary", name, [(1000, 0), (1000, 500), (1000, 530), (1000, 1000)])
    )
    described = describe_borders(sectors_of(SQUARE, EAST), borders)
    said = tell_borders(described)[1]
    assert "\u2068<b>$x^2$</b> evil {0} =1+1\u2069 (primary road" in said
    assert described["name"].tolist()[1] == name.strip()  # in the table a name stays what it was


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_the_same_numbers_and_balanced_isolates(code):
    described = describe_borders(sectors_of(SQUARE, EAST), east_border(), lang=code)
    said = tell_borders(described, lang=code)[1]
    assert said.count("\u2068") == said.count("\u2069")
    western = said.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789"))
    assert "970" in western
    assert "{" not in said
    assert all(described["sentence"])


def test_arabic_is_arabic():
    described = describe_borders(sectors_of(SQUARE, EAST), east_border(last="شارع النيل"))
    said = unmarked(tell_borders(described, lang="ar")[1])
    wanted = (
        "من الشرق شارع النيل (شارع رئيسي، ٤٧٠ م)، ثم Thawra Street (شارع رئيسي، ٥٠٠ م)، "
        "باتجاه القطاع ٢؛ من الجنوب حدود المدينة"
    )
    assert wanted in said


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_class_has_words_of_its_own(code, monkeypatch):
    monkeypatch.setenv("GEOSECTOR_LANG", code)
    said = [class_in_words(name) for name in _RANKED if name != "road"]
    assert len(set(said)) == len(said)
    assert class_in_words("rail") == class_in_words("railway")
    barriers = ("river", "stream", "canal", "railway", "front_line", "wall", "barrier")
    assert len({class_in_words(kind) for kind in barriers}) == len(barriers)
    others = ("footway", "path", "steps", "cycleway")
    assert class_in_words("lit") not in {*said, *map(class_in_words, (*barriers, *others))}
    assert compass_in_words("north") != compass_in_words("northeast")


def test_borders_of_another_layout_are_refused():
    elsewhere = borders_of((1, 2, "primary", "A", [(900, 0), (900, 1000)]))
    with pytest.raises(InputError, match="between the sectors 1 and 2 does not lie on their"):
        describe_borders(sectors_of(SQUARE, EAST), elsewhere)


def test_tables_without_what_is_needed_are_refused():
    sectors, borders = sectors_of(SQUARE, EAST), east_border()
    with pytest.raises(MissingColumnError, match="borders lacks the column length_m"):
        describe_borders(sectors, borders.drop(columns="length_m"))
    with pytest.raises(MissingCRSError, match="sectors"):
        describe_borders(sectors.set_crs(None, allow_override=True), borders)


def test_no_sectors_have_no_borders():
    described = describe_borders(sectors_of(SQUARE)[:0], east_border()[:0])
    assert described.empty
    assert tell_borders(described).empty


def test_a_name_keeps_the_joiners_of_its_spelling():
    assert plain_name("می\u200cخواهم") == "می\u200cخواهم"
    assert plain_name(float("nan")) == ""
