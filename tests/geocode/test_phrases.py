"""Phrases about the synthetic places: what each way of saying it makes of a name."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point

from geosector.errors import MissingColumnError
from geosector.geocode.context import Ground, turn
from geosector.geocode.gazetteer import Gazetteer, Hint, index_gazetteer
from geosector.geocode.grammar import clauses
from geosector.geocode.phrases import Placed, place_phrases
from geosector.geocode.streets import index_streets
from geosector.geocode.wording import Lexicon, items, tokens


@pytest.fixture
def country() -> Gazetteer:
    """Give two synthetic provinces, west and east, with a homonym and a name that holds words."""
    rows = [
        ("w1", "Madinat Gharb", "مدينة نخل", "Westburg", 36.00, 36.50, "Occident", 300_000),
        ("w2", "Kafr Zayt", "كفر زيت", "", 36.05, 36.60, "Occident", 0),
        ("w3", "Dar Ward", "دار ورد", "Dara Werd", 36.05, 36.70, "Occident", 0),
        ("w4", "Tut", "توت", "", 36.20, 36.50, "Occident", 20_000),
        ("e1", "Kafr Zayt", "كفر زيت", "", 36.05, 39.00, "Orient", 0),
        ("e2", "Sharqabad", "شرق آباد", "", 36.00, 39.10, "Orient", 200_000),
        ("e3", "North and South Hajar", "حجر الشمالي والجنوبي", "", 36.10, 39.20, "Orient", 0),
        ("e4", "Wardan", "وردان", "", 36.20, 39.30, "Orient", 0),
    ]  # fmt: skip
    names = ["id", "name", "name_ar", "names", "lat", "lon", "admin1", "population"]
    return index_gazetteer([pd.DataFrame(rows, columns=names)])


def placed(text: str, index: Gazetteer, hint: Hint | None = None) -> Placed:
    return place_phrases([text], index, [hint])[0]


def read(text: str, index: Gazetteer) -> list[tuple[object, ...]]:
    return [
        (one.names, one.relation, one.kind, one.metres, one.bearing)
        for one in clauses(items(text, Lexicon(index)))
    ]


@pytest.mark.parametrize(
    ("text", "metres", "bearing"),
    [
        ("5 km east of Tut", 5000, 90),
        ("5km NE of Tut", 5000, 45),
        ("five kilometres south-west of Tut", 5000, 225),
        ("٣ كم شمال توت", 3000, 0),
        ("على بعد ۳٫۵ كيلو جنوب شرقي مدينة توت", 3500, 135),
        ("كيلومترين غرب توت", 2000, 270),
        ("شرق توت بـ ٥ كم", 5000, 90),
        ("3 km bakurê Tut", 3000, 0),
        ("li 3 kîlometre başûr-rojavayê Tut", 3000, 225),
        ("٣ کیلۆمەتر ڕۆژهەڵاتی توت", 3000, 90),
        ("2 miles north of Tut", 3218, 0),
        ("500 m west of Tut", 500, 270),
        ("Tut (5 km east)", 5000, 90),
    ],
)
def test_an_offset_is_read_in_every_language(
    country: Gazetteer, text: str, metres: float, bearing: float
) -> None:
    ((names, relation, _, far, where),) = read(text, country)
    assert (len(names), relation, far, where) == (1, "offset", metres, bearing)
    assert placed(text, country).place.id == "w4"


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("near Tut", "near"), ("قرب توت", "near"), ("li nêzî Tut", "near"), ("لە نزیک توت", "near"),
        ("outskirts of Tut", "edge"), ("Tut outskirts", "edge"), ("أطراف بلدة توت", "edge"),
        ("Tut countryside", "rural"), ("ريف توت", "rural"), ("gundewarê Tut", "rural"),
        ("شمال توت", "offset"), ("east of Tut", "offset"), ("eastern Tut", "part"),
        ("توت الشرقية", "part"), ("5 km from Tut", "within"), ("محيط قرية توت", "near"),
    ],
)  # fmt: skip
def test_a_relation_is_read_in_every_language(country: Gazetteer, text: str, relation: str) -> None:
    assert [one[1] for one in read(text, country)] == [relation]
    assert placed(text, country).place.id == "w4"


@pytest.mark.parametrize(
    "text",
    [
        "between Kafr Zayt and Dar Ward", "on the road between Kafr Zayt and Dar Ward",
        "بين كفر زيت ودار ورد", "على الطريق بين قريتي كفر زيت و دار ورد", "طريق كفر زيت - دار ورد",
        "Kafr Zayt-Dar Ward road", "road from Kafr Zayt to Dar Ward",
        "di navbera Kafr Zayt û Dar Ward de", "لە نێوان كفر زيت و دار ورد",
        "between Kafr Zayt, Dar Ward",
    ],
)  # fmt: skip
def test_between_takes_the_homonyms_that_are_near_each_other(country: Gazetteer, text: str) -> None:
    found = placed(text, country)
    assert (found.form, found.lat, found.lon) == ("between", 36.05, pytest.approx(36.65))
    assert shapely.from_wkt(found.wkt).geom_type == "LineString"
    assert found.radius_m == pytest.approx(4500, abs=50)


def test_a_wedge_of_45_degrees_holds_the_point(country: Gazetteer) -> None:
    found = placed("8 km east of Tut", country)
    wedge = shapely.from_wkt(found.wkt)
    assert wedge.contains(Point(found.lon, found.lat))
    assert not wedge.contains(Point(found.lon, found.lat + 0.04))
    assert found.radius_m == 2000


@pytest.mark.parametrize(
    "text",
    [
        "Kafr Zayt, Sharqabad", "Sharqabad - Kafr Zayt", "Sharqabad: Kafr Zayt",
        "Kafr Zayt (Sharqabad)", "Sharqabad / Kafr Zayt", "كفر زيت في ريف شرق آباد",
        "قصف استهدف قرية كفر زيت قرب شرق آباد",
        "Airstrikes hit the village of Kafr Zayt in the countryside of Sharqabad, near the hospital",
    ],
)  # fmt: skip
def test_the_larger_place_narrows_the_smaller_whichever_way_round(
    country: Gazetteer, text: str
) -> None:
    found = placed(text, country)
    assert (found.place.id, found.radius_m) == ("e1", 1000)
    assert found.alternatives[0].place.id != "e1"


@pytest.mark.parametrize(
    "text",
    [
        "حي الياقوت في مدينة نخل", "Yaqutiyya neighbourhood, Westburg", "Westburg: Yaqutiyya street",
        "Yaqutiyya hospital in Westburg", "Westburg, Yaqutiyya district",
    ],
)  # fmt: skip
def test_an_unknown_quarter_gives_its_town_with_a_larger_radius(
    country: Gazetteer, text: str
) -> None:
    found = placed(text, country)
    assert (found.place.id, found.flags[:1]) == ("w1", ("inner_unknown",))
    assert found.radius_m > 4000


@pytest.mark.parametrize(
    "text",
    [
        "unknown location",
        "في الطريق",
        "منزل مدني",
        "5 km east of",
        "قرب المدرسة",
        "near the school",
    ],
)
def test_a_phrase_without_a_name_is_refused(country: Gazetteer, text: str) -> None:
    found = placed(text, country)
    assert (found.decision, found.flags, found.lat) == ("refused", ("no_place_named",), None)


def test_unknown_anchors_are_refused_with_the_likeliest(country: Gazetteer) -> None:
    found = placed("5 km east of Qqqqq", country)
    assert (found.decision, found.lat, found.flags) == ("refused", None, ("unknown_name",))


def test_an_empty_text_is_refused(country: Gazetteer) -> None:
    assert placed("", country).decision == "refused"


def test_a_name_of_the_gazetteer_is_never_taken_apart(country: Gazetteer) -> None:
    assert placed("North and South Hajar", country).place.id == "e3"
    assert placed("near North and South Hajar", country).place.id == "e3"
    assert placed("قرب حجر الشمالي والجنوبي", country).place.id == "e3"
    assert placed("قرب وردان", country).place.id == "e4"


def test_two_places_are_both_given_and_flagged(country: Gazetteer) -> None:
    found = placed("Dar Ward and Kafr Zayt", country)
    assert "several_places" in found.flags
    assert {found.place.id, found.alternatives[0].place.id} == {"w2", "w3"}


def test_a_hint_decides_between_homonyms(country: Gazetteer) -> None:
    assert placed("near Kafr Zayt", country, Hint("orient", "")).place.id == "e1"
    assert placed("near Kafr Zayt", country, Hint("occident", "")).place.id == "w2"


def test_earlier_places_of_a_report_pull_the_later(country: Gazetteer) -> None:
    texts = ["near Sharqabad", "near Kafr Zayt", "near Kafr Zayt"]
    found = place_phrases(texts, country, [None] * 3, previous=["a", "a", None])
    assert found[1].place.id == "e1"
    assert found[2].condition.split(".")[2] == "open"


def test_order_does_not_change_what_is_found(country: Gazetteer) -> None:
    texts = ["near Tut", "5 km east of Tut", "unknown", "near Tut"]
    found = place_phrases(texts, country, [None] * 4)
    assert found[::-1] == place_phrases(texts[::-1], country, [None] * 4)


def test_a_province_has_a_seat_and_a_countryside(country: Gazetteer) -> None:
    ground = Ground(country)
    assert ground.seat(Hint("orient", "")).id == "e2"
    assert ground.region(Hint("nowhere", ""), None) is None
    lat, _, radius = ground.region(Hint("orient", ""), 45.0)
    assert (round(lat, 6), radius >= 5000) == (36.15, True)
    found = placed("northern Orient countryside", country)
    assert (found.level, found.form) == ("admin1", "rural_unit")
    assert placed("in a school, Orient governorate", country).level == "admin1"


def test_digits_and_gaps_of_tokens() -> None:
    assert [one.key for one in tokens("٥كم Idlib's ’")] == ["5", "كم", "idlib"]
    assert turn(10.0, 350.0) == 20.0


# ------------------------------------------------------------------ streets


@pytest.fixture
def roads() -> gpd.GeoDataFrame:
    """Give two crossing synthetic streets in Tut, one that nearly meets, one of a far town."""
    lines = {
        "Nasr Street": [(36.499, 36.2), (36.5, 36.2), (36.501, 36.2)],
        "شارع المحطة": [(36.5, 36.2), (36.5, 36.201)],
        "Qamar Street": [(36.501, 36.2003), (36.501, 36.205)],
        "Far Street": [(39.1, 36.0), (39.1, 36.001)],
    }
    return gpd.GeoDataFrame(
        {"name": [*lines, "Nasr Street", None], "name_en": [None, "Station Street", *[None] * 4]},
        geometry=[
            *map(LineString, lines.values()),
            LineString([(39.1, 36.0), (39.102, 36.0)]),
            LineString([(39.0, 36.0), (39.1, 36.0)]),
        ],
        crs="EPSG:4326",
    )


@pytest.mark.parametrize(
    "text",
    [
        "the crossing of Nasr and Station streets, Tut", "تقاطع شارعي Nasr والمحطة في توت",
        "Nasr Street and Station Street crossing, Tut", "corner of Nassr St and Station St, Tut",
    ],
)  # fmt: skip
def test_a_crossing_is_where_two_streets_meet(
    country: Gazetteer, roads: gpd.GeoDataFrame, text: str
) -> None:
    (found,) = place_phrases([text], country, [None], roads=roads)
    assert (found.form, found.lat, found.lon) == ("crossing", 36.2, 36.5)
    assert (found.level, found.radius_m) == ("street", 50)


def test_streets_that_nearly_meet_cross_between_them(roads: gpd.GeoDataFrame) -> None:
    (spot,) = index_streets(roads).find(["Nasr", "Qamar"], [])
    assert spot.lat == pytest.approx(36.20015)
    assert index_streets(roads).find(["Station", "Far"], []) == []


def test_a_street_of_two_towns_is_open_until_a_town_is_named(
    country: Gazetteer, roads: gpd.GeoDataFrame
) -> None:
    texts = ["Nasr street", "Nasr street, Tut"]
    open_, told = place_phrases(texts, country, [None] * 2, roads=roads)
    assert (open_.flags, open_.decision) == (("ambiguous",), "review")
    assert (told.flags, told.lat, told.form) == ((), 36.2, "street")


def test_without_a_known_street_the_town_is_given(
    country: Gazetteer, roads: gpd.GeoDataFrame
) -> None:
    (found,) = place_phrases(["Zzz street, Tut"], country, [None], roads=roads)
    assert (found.place.id, found.flags) == ("w4", ("inner_unknown",))
    assert placed("the crossing of Thawra and Station streets", country).flags == (
        "street_unknown",
    )


def test_roads_without_names_are_refused(roads: gpd.GeoDataFrame) -> None:
    with pytest.raises(MissingColumnError, match="no column 'name'"):
        index_streets(roads[["geometry"]])


@pytest.mark.parametrize("text", ["3 km north of Tut - Dar Ward", "٣ كم شمال توت، دار ورد"])
def test_a_name_after_an_offset_says_where_its_place_is(text: str, country: Gazetteer) -> None:
    found = placed(text, country)
    assert found.form == "offset"
    assert found.place is not None
    assert found.place.id == "w4"


def test_a_name_beside_an_unknown_offset_is_not_where_it_happened(country: Gazetteer) -> None:
    found = placed("12 km west of Qqqqq - Dar Ward", country)
    assert "name_unknown" in found.flags
    assert found.radius_m is not None
    assert found.radius_m >= 20_000


def test_a_place_named_before_an_offset_is_where_it_happened(country: Gazetteer) -> None:
    found = placed("Dar Ward, 20 km east of Tut", country)
    assert found.place is not None
    assert (found.form, found.place.id) == ("at", "w3")


def test_a_road_between_villages_stays_a_road(country: Gazetteer) -> None:
    assert placed("طريق قرية توت - دار ورد", country).form == "between"
