"""The map of a report: areas in proportion, places that are published, nothing finer than released."""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from defusedxml import ElementTree

from geosector import for_audience
from geosector.errors import AudienceError
from geosector.language import unmarked
from geosector.report.maps import (
    count_places,
    interactive_map,
    locality_map,
    place_labels,
    published_places,
    sizes,
)
from tests.report.drawn_figures import LANGS, SVG, numbers_in

KEY, DAY = bytes(range(32)), "2024-06-01"
TOLD = {"name": "map", "title": "Attacks"}
CIRCLE, DOT = "#d55e00", "#1d1d1b"
# Invented homes near the middle of an invented town.
HOMES = [(36.634567, 35.931234), (36.634999, 35.932345), (36.6351, 35.9301)]
GAZETTEER = pd.DataFrame(
    {
        "id": ["gn:1234567", "gn:7654321"],
        "name": ["Synthetic Town", "Other"],
        "name_ar": ["البلدة", "الأخرى"],
        "lat": [35.93, 36.4],
        "lon": [36.63, 37.1],
    }
)


def incidents(**more):
    """Three attacks in the town, one in another place, one in a place unknown, one nowhere."""
    spots = [*map(shapely.Point, HOMES), shapely.Point(37.1, 36.4), None, None]
    rows = {
        "kind": "attack",
        "date": "2024-04-02",
        "locality": ["البلدة"] * 3 + ["الأخرى", "المجهولة", None],
        "locality_id": ["gn:1234567"] * 3 + ["gn:7654321", None, None],
        **more,
    }
    return gpd.GeoDataFrame(rows, geometry=spots, crs=4326)


def released(rows=None, audience="public"):
    rows = incidents() if rows is None else rows
    return for_audience(rows, audience, name="incidents", key=KEY, date=DAY)


def drawn(seen=None, lang="en", **more):
    made = locality_map(released() if seen is None else seen, lang=lang, **{**TOLD, **more})
    assert made is not None
    return made


def places(lang="en"):
    return published_places(incidents(), GAZETTEER, lang)


def marks(svg, colour):
    """Give radius, and places, of the marks of a colour in points."""
    root = ElementTree.fromstring(svg)
    outlines = {path.get("id"): path.get("d", "") for path in root.iter(f"{SVG}path")}
    found = []
    for parent in root.iter():
        for use in parent.findall(f"{SVG}use"):
            if colour in (use.get("fill"), parent.get("fill")) and use.get("x"):
                outline = outlines[use.get("href", "")[1:]]
                across = [float(one) for one in re.findall(r"-?[\d.]+", outline)][::2]
                spot = float(use.get("x")), float(use.get("y") or 0)
                found.append((max(across), spot))
    return found


# ------------------------------------------------------------------ what is drawn


def test_areas_of_circles_are_in_proportion_to_counts():
    circles = sorted(radius for radius, _ in marks(drawn().svg, CIRCLE))
    small, large = circles[0], circles[-1]
    assert large**2 == pytest.approx(3 * small**2, rel=0.02)


def test_each_place_has_a_dot_however_small_its_circle():
    rows = incidents().iloc[[0] * 5000 + [3]].reset_index(drop=True)
    made = drawn(released(rows))
    dots = {spot for radius, spot in marks(made.svg, DOT) if radius < 2}
    assert len(dots) == 2


def test_what_was_located_is_said_and_what_was_not_is_named():
    assert unmarked(drawn(places=places()).lines[-1]) == (
        "Located: 4 of 5 that name a place; not located: المجهولة: 1; "
        "without the name of a place: 1"
    )


def test_a_place_is_called_as_the_gazetteer_calls_it_in_other_letters():
    assert "Synthetic Town 3" in drawn(places=places()).lines
    assert "البلدة ٣" in drawn(lang="ar", places=places("ar")).lines
    assert unmarked(drawn(places=places()).alt).startswith("Attacks. Synthetic Town: 3; Other: 1.")


def test_localities_as_they_are_written_need_no_gazetteer():
    assert unmarked(drawn().alt).startswith("Attacks. البلدة: 3; الأخرى: 1.")


@pytest.mark.parametrize("lang", LANGS)
def test_the_numbers_are_the_same_in_every_language(lang):
    made, english = drawn(lang=lang), drawn()
    assert numbers_in(made.alt, lang) == numbers_in(english.alt, "en")
    ends = made.lines[-8:], english.lines[-8:]
    assert sorted(numbers_in(" | ".join(ends[0]), lang)) == sorted(
        numbers_in(" | ".join(ends[1]), "en")
    )


def test_a_map_is_not_mirrored():
    left_to_right = sorted(spot for radius, spot in marks(drawn().svg, DOT) if radius < 2)
    right_to_left = sorted(spot for radius, spot in marks(drawn(lang="ar").svg, DOT) if radius < 2)
    assert len(left_to_right) == 2
    np.testing.assert_allclose(left_to_right, right_to_left, atol=0.1)


def test_the_ground_is_drawn_only_where_it_is_seen():
    far = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    near = gpd.GeoDataFrame(geometry=[shapely.box(36.5, 35.8, 36.9, 36.1)], crs=4326)
    assert drawn(ground=far).svg == drawn(ground=far[:0]).svg == drawn().svg
    assert drawn(ground=near).svg.count("#b9b2a2") > 0


def test_nothing_placed_makes_no_map():
    assert locality_map(released()[:0], lang="ar", **TOLD) is None
    assert locality_map(released(incidents()[4:]), lang="ar", **TOLD) is None


def test_one_place_is_drawn_with_ground_around_it():
    made = drawn(released(incidents()[3:4]))
    assert "20 km" in made.lines or "10 km" in made.lines


def test_the_same_table_gives_the_same_bytes():
    assert drawn(lang="ar") == drawn(lang="ar")


def test_a_thousand_places_stay_below_the_limit_and_the_rest_is_counted():
    rng = np.random.default_rng(7)
    spots = gpd.points_from_xy(rng.uniform(36, 38, 1100), rng.uniform(35, 37, 1100))
    names = [f"قرية {at}" for at in range(1100)]
    rows = gpd.GeoDataFrame(
        {"kind": "fire", "date": "2024-04-02", "locality": names}, geometry=spots, crs=4326
    )
    made = drawn(released(rows), lang="ar")
    assert len(made.svg.encode()) < 200_000
    assert made.lines[-1].endswith("الأصغر: ١٠٠")


def test_names_hide_neither_one_another_nor_leave_the_map():
    rng = np.random.default_rng(3)
    spots = gpd.points_from_xy(rng.normal(36.8, 0.02, 60), rng.normal(35.9, 0.02, 60))
    names = [f"Synthetic village of a long name {at}" for at in range(60)]
    rows = gpd.GeoDataFrame(
        {"kind": "fire", "date": "2024-04-02", "locality": names}, geometry=spots, crs=4326
    )
    named = [line for line in drawn(released(rows, "internal")).lines if "village" in line]
    assert len(named) <= 14


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_hostile_names_stay_text(lang):
    rows = incidents(locality=["<script>$x$</script>\u202e"] * 3 + ["W" * 480, "b", None])
    made = drawn(released(rows.drop(columns="locality_id"), "internal"), lang)
    tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(made.svg).iter()}
    assert tags <= {"svg", "g", "defs", "path", "use", "clipPath", "rect"}
    assert "\u202e" not in made.alt


# ------------------------------------------------------------------ who sees what


def test_a_table_that_was_not_released_is_refused():
    with pytest.raises(AudienceError, match="was not released"):
        locality_map(incidents(), lang="en", **TOLD)


def test_for_the_public_incidents_within_one_cell_make_one_and_the_same_map():
    def moved(step):
        rows = incidents()
        rows.geometry = [
            None if spot is None else shapely.Point(spot.x + step, spot.y + step)
            for spot in rows.geometry
        ]
        return drawn(released(rows), places=places()).svg

    assert moved(0) == moved(1e-4) == moved(2e-4)


def test_for_the_public_a_known_locality_stands_at_its_published_place_wherever_it_was_hit():
    near, far = incidents(), incidents()
    far.geometry = [
        *(shapely.Point(36.66 + at / 1000, 35.96) for at in range(3)),
        *far.geometry[3:],
    ]
    assert drawn(released(near), places=places()).svg == drawn(released(far), places=places()).svg


def test_the_page_of_the_public_holds_no_incidents_own_place():
    page = interactive_map(
        incidents(), audience="public", lang="ar", title="خريطة", key=KEY, date=DAY
    )
    for lon, lat in HOMES:
        assert str(lon) not in page
        assert str(lat) not in page
    assert "36.634" not in page


def test_the_page_opens_on_the_places():
    page = interactive_map(
        incidents(), audience="public", lang="en", title="Attacks", key=KEY, date=DAY
    )
    assert re.search(r'"kind": ?"circles".{0,200}?"shown": ?true', page)
    assert not re.search(r'"kind": ?"density".{0,200}?"shown": ?true', page)


# ------------------------------------------------------------------ what is counted


def test_a_locality_of_mixed_rows_stands_where_most_of_them_lie():
    rows = incidents().assign(locality="A", locality_id=None)
    rows.geometry = [
        shapely.Point(1, 1),
        shapely.Point(2, 2),
        shapely.Point(2, 2),
        None,
        None,
        None,
    ]
    counted = count_places(rows)
    assert counted.places.to_numpy().tolist() == [["A", 6, 2.0, 2.0]]


def test_rows_without_a_name_stand_by_themselves():
    rows = incidents().assign(locality=None, locality_id=None)
    counted = count_places(rows)
    assert len(counted.places) == 4
    assert (counted.named, counted.located, counted.unnamed) == (0, 0, 6)


def test_a_name_that_two_places_share_is_placed_by_its_id_only():
    twins = places().assign(locality="البلدة")
    rows = pd.DataFrame({"locality": ["البلدة"] * 2, "locality_id": [None, "gn:7654321"]})
    counted = count_places(rows, twins)
    assert counted.located == 1


def test_places_can_be_told_apart_in_a_table_whose_districts_are_all_missing():
    rows = pd.DataFrame({"locality": ["A"], "admin1": pd.array([None], "string")})
    assert count_places(rows).missing.to_numpy().tolist() == [["A", 1]]
    assert count_places(rows[:0]).missing.empty


def test_several_gazetteers_the_first_wins():
    other = GAZETTEER.assign(name="Wrong", lat=0.0)
    own = published_places(incidents(), [GAZETTEER, other], "kmr")
    assert own["label"].unique().tolist() == ["Synthetic Town", "Other"]
    assert (own["lat"] > 0).all()


def test_sizes_of_the_legend_are_few_and_no_larger_than_the_greatest():
    for most in (1, 2, 3, 14, 97, 10**6):
        shown = sizes(most)
        assert shown[0] == most
        assert shown == sorted(set(shown), reverse=True)
        assert len(shown) <= 3


# ------------------------------------------------------------------ the places around


def around(**more):
    """Add a synthetic city, a hamlet and a far place to the gazetteer."""
    more_places = pd.DataFrame(
        {
            "id": ["c", "h", "f"],
            "name": ["Synthetic City", "Hamlet", "Far"],
            "name_ar": ["المدينة", "الضيعة", "البعيدة"],
            "lat": [36.1, 36.2, 10.0],
            "lon": [36.9, 36.8, 10.0],
            "population": [90_000, 0, 10**7],
        }
    )
    return pd.concat([GAZETTEER, more_places], ignore_index=True).assign(**more)


@pytest.mark.parametrize(("lang", "city"), [("en", "Synthetic City"), ("ar", "المدينة")])
def test_the_largest_places_around_are_named_in_the_letters_of_the_language(lang, city):
    lines = drawn(lang=lang, around=around()).lines
    assert city in lines
    assert not {"Hamlet", "الضيعة", "Far", "البعيدة"} & set(lines)


def test_the_places_around_change_no_circle_and_are_said_to_be_others():
    with_others, without = drawn(around=around()), drawn()
    assert marks(with_others.svg, CIRCLE) == marks(without.svg, CIRCLE)
    assert "grey: other places" in with_others.alt


def test_a_district_is_named_where_many_of_its_places_are_seen():
    places = around()
    many = pd.concat([places.iloc[[3]]] * 30, ignore_index=True).assign(admin2="District")
    assert "District" in drawn(around=many).lines
    assert "District" not in drawn(around=many[:3]).lines
    assert "District" not in drawn(around=many, lang="ar").lines


def test_a_gazetteer_with_nothing_near_draws_no_place():
    made = drawn(around=around().iloc[[4]])
    assert marks(made.svg, CIRCLE) == marks(drawn().svg, CIRCLE)


def test_a_locality_with_an_id_of_its_own_is_called_as_the_place_where_it_stands():
    rows = incidents(locality_id=["own"] * 6)
    rows.loc[0, "geometry"] = shapely.Point(36.63, 35.93)
    assert published_places(rows, GAZETTEER, "en")["label"].tolist() == [
        "Synthetic Town",
        "Other",
    ]


def test_labels_are_given_only_where_the_letters_differ():
    assert place_labels(incidents(), GAZETTEER, LANGS) == {
        ("locality", "البلدة"): {"kmr": "Synthetic Town", "en": "Synthetic Town"},
        ("locality", "الأخرى"): {"kmr": "Other", "en": "Other"},
    }
