"""Several gazetteers become one: what is one place, what is not, and who said so."""

from __future__ import annotations

import pandas as pd
import pytest

from geosector.errors import InputError
from geosector.geocode.merging import merge_gazetteers

BASE = {"id": "gn:1", "name": "Tell Synth", "lat": 36.0, "lon": 37.0, "source": "geonames:a"}


def table(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([BASE | row for row in rows])


def merged(*tables: pd.DataFrame) -> pd.DataFrame:
    return merge_gazetteers(tables)[0]


def count(one: dict[str, object], other: dict[str, object]) -> int:
    """Count the places that two rows of two tables make; the second has another id."""
    return len(merged(table(one), table({"id": "x:9", "source": "cod:b"} | other)))


KM = 1 / 111.2


@pytest.mark.parametrize(
    ("level", "km", "places"),
    [("village", 3.5, 1), ("village", 4.5, 2), ("neighbourhood", 0.8, 1), ("neighbourhood", 1.5, 2),
     ("city", 7, 1), ("city", 9, 2), ("admin1", 70, 1)],
)  # fmt: skip
def test_a_name_in_common_joins_within_the_distance_of_the_level(level, km, places):
    assert count({"level": level}, {"level": level, "lat": 36.0 + km * KM}) == places


@pytest.mark.parametrize(
    ("one", "other"),
    [("Tell Synth", "Tell Synth"), ("Dāret Synth", "Daret Synth"), ("Al-Synth", "Synth")],
)
def test_spelling_does_not_matter(one, other):
    assert count({"name": one}, {"name": other}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tell Synth", "Kafr Other"),
        ("Synth ash Sharqiyah", "Synth al Gharbiyah"),
        ("Big Synth", "Little Synth"),
    ],
)
def test_other_names_stay_apart(one, other):
    shared = {"names": "سنث"}
    assert count({"name": one}, {"name": other}) == 2
    assert count({"name": one} | shared, {"name": other, "name_ar": "سنث"}) == (
        1 if "Other" in other else 2
    )


def test_a_unit_is_not_the_town_of_its_name():
    assert count({"level": "town"}, {"level": "admin3"}) == 2


def test_places_in_different_governorates_stay_apart_but_on_the_border():
    one, other = {"admin1_pcode": "XA01"}, {"admin1_pcode": "XA02"}
    assert count(one, other | {"lat": 36 + 2 * KM}) == 2
    assert count(one, other | {"lat": 36 + 0.5 * KM}) == 1


def test_a_governorate_is_known_by_its_name_where_a_table_tells_its_code():
    units = table({"id": "u:1", "name": "Prov", "level": "admin1", "pcode": "XA01", "lat": 30.0},
                  {"id": "u:2", "name": "Land", "level": "admin1", "pcode": "XA02", "lat": 30.0, "lon": 39.0})  # fmt: skip
    here, there = (
        table({"admin1": "Prov"}),
        table({"id": "x:9", "admin1": "Land", "lat": 36 + 2 * KM}),
    )
    assert len(merged(units, here, there)) == 4
    assert len(merged(units, here, there.assign(admin1="Prov"))) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [({"id": "gn:1"}, {"id": "gn:1"}), ({"pcode": "C1"}, {"id": "C1", "pcode": "c1"}),
     ({"id": "gn:1"}, {"id": "wof:2", "same_as": "gn:1"}), ({"same_as": "wd:Q1"}, {"same_as": "wd:Q1"})],
)  # fmt: skip
def test_a_code_joins_whatever_the_names_within_four_times_the_distance(one, other):
    near = other | {"name": "Other", "lat": 36 + 12 * KM}
    assert count(one, near) == 1
    assert count(one, near | {"lat": 36 + 20 * KM}) == 2


def test_two_codes_of_one_register_are_two_places():
    assert count({"pcode": "C1"}, {"pcode": "C2"}) == 2
    assert count({"same_as": "gn:5", "id": "wof:1"}, {"id": "gn:6"}) == 2


def test_two_items_of_wikidata_may_be_one_place():
    assert count({"same_as": "wd:Q1"}, {"same_as": "wd:Q2"}) == 1


def test_a_bare_number_means_a_place_of_its_own_file_alone():
    assert count({"id": "1"}, {"id": "1", "name": "Other"}) == 2
    found = merged(table({"id": "1"}), table({"id": "1", "name": "Other", "source": "table:b"}))
    assert found["id"].tolist() == ["1", "table:b#1"]


def test_rows_of_one_table_stay_apart():
    assert len(merged(table({}, {"id": "gn:2"}), table({"id": "x:1", "lat": 33.0}))) == 3


def test_a_repeated_id_in_one_table_joins_only_rows_of_one_name():
    found = merged(table({}, {"lat": 36 + KM}, {"name": "Other"}))
    assert found["id"].tolist() == ["gn:1", "gn:1-2"]


def test_of_two_candidates_the_nearer_is_the_place():
    near, far = {"id": "gn:1", "lat": 36 + 0.3 * KM}, {"id": "gn:2", "lat": 36 + 0.9 * KM}
    _, members = merge_gazetteers([table(far, near), table({"id": "x:9"})])
    assert members.set_index("row_id")["place_id"].to_dict() == {
        "gn:1": "gn:1",
        "gn:2": "gn:2",
        "x:9": "gn:1",
    }


def test_spellings_ids_and_sources_are_united_and_the_first_file_gives_the_id():
    one = table({"name_ar": "تل سنث", "names": "Sinth", "population": 0.0})
    other = table(
        {
            "id": "C1",
            "pcode": "C1",
            "name": "Tal Synth",
            "name_ar": "تل سنث",
            "source": "cod:b",
            "population": 50.0,
        }
    )
    place = merged(one, other).iloc[0]
    assert (place["id"], place["name"], place["names"]) == ("gn:1", "Tal Synth", "Tell Synth|Sinth")
    assert (place["same_as"], place["source"], place["population"]) == (
        "pcode:C1",
        "cod:b|geonames:a",
        50.0,
    )


def test_the_point_is_the_more_precise_one_then_of_the_better_source():
    rough = {"id": "C1", "source": "cod:b", "lat": 36.01, "precision_m": 926.0}
    fine = {"precision_m": 0.6}
    place = merged(table(rough), table(fine)).iloc[0]
    assert (place["lat"], place["point_source"], place["precision_m"]) == (36.0, "geonames:a", 0.6)
    both_fine = merged(table(rough | {"precision_m": 5.0}), table(fine)).iloc[0]
    assert (both_fine["lat"], both_fine["point_source"]) == (36.01, "cod:b")


def test_a_list_with_codes_gives_the_point_whatever_file_it_came_in():
    own = {"source": "table:a", "precision_m": 0.6}
    coded = own | {"id": "C1", "pcode": "C1", "source": "table:b", "lat": 36.01}
    assert merged(table(own), table(coded))["lat"].tolist() == [36.01]


def test_a_missing_governorate_is_that_of_the_places_around():
    known = table(*({"id": f"gn:{n}", "name": f"N{n}", "lat": 36 + n * KM, "admin1": "Prov" if n < 4 else "Land",
                     "admin1_pcode": "XA01" if n < 4 else "XA02"} for n in range(1, 6)))  # fmt: skip
    asked = table({"id": "x:1", "name": "Quarter"}, {"id": "x:2", "name": "Far", "lat": 30.0})
    places = merged(known, asked).set_index("id")
    assert places.loc["x:1", ["admin1", "admin1_pcode", "admin1_source"]].tolist() == [
        "Prov",
        "XA01",
        "nearest",
    ]
    assert places.loc["x:2", ["admin1", "admin1_source"]].isna().all()


def test_a_neighbourhood_without_city_has_the_nearest():
    towns = table({"id": "gn:1", "name": "Town", "level": "town"},
                  {"id": "gn:2", "name": "City", "population": 500_000.0, "level": None, "lat": 36 + 8 * KM})  # fmt: skip
    hoods = table({"id": "x:1", "name": "A", "level": "neighbourhood", "lat": 36 + 3.5 * KM},
                  {"id": "x:2", "name": "B", "level": "neighbourhood", "lat": 36 + 1 * KM},
                  {"id": "x:3", "name": "C", "level": "neighbourhood", "lat": 30.0},
                  {"id": "x:4", "name": "D", "level": "neighbourhood", "parent": "Own", "parent_id": "gn:2"})  # fmt: skip
    places = merged(towns, hoods).set_index("id")
    assert places.loc[["x:1", "x:2", "x:3", "x:4"], "parent"].fillna("").tolist() == [
        "City",
        "Town",
        "",
        "Own",
    ]


def test_the_parent_of_a_source_is_the_place_that_it_has_become():
    one = table({"name": "City", "level": "city"})
    two = table({"id": "wof:5", "name": "City", "level": "city"},
                {"id": "wof:6", "name": "Hood", "level": "neighbourhood", "parent": "City", "parent_id": "wof:5"})  # fmt: skip
    places = merged(one, two).set_index("id")
    assert places.loc["wof:6", "parent_id"] == "gn:1"


def test_a_row_without_a_point_is_a_place_of_its_own():
    places = merged(table({}), table({"id": "x:1", "lat": None}))
    assert (len(places), places.geometry.isna().tolist()) == (2, [False, True])


def test_no_table_and_empty_tables_make_an_empty_gazetteer():
    assert merged().empty
    assert merged(table({}).head(0)).empty
    assert len(merged(table({}).head(0), table({}))) == 1


def test_what_is_no_table_is_refused():
    with pytest.raises(InputError, match="gazetteer is a list"):
        merge_gazetteers([[]])  # type: ignore[list-item]


def test_the_points_of_ocha_find_their_villages_in_geonames(shared_data):
    folder = shared_data / "syria"
    villages = pd.read_csv(folder / "gazetteer.csv").rename(columns={"name_lat": "name"})
    villages["names"] = villages["alt_lat"].fillna("") + "|" + villages["alt_ar"].fillna("")
    ocha = pd.read_csv(folder / "ocha_named_points.csv").rename(
        columns={"en": "name", "ar": "name_ar", "pcode": "id"}
    )
    places, members = merge_gazetteers([villages, ocha.assign(pcode=ocha["id"])])
    found = members[(members["table"] == 1) & (members["reason"] == "name")]
    # 103 of the 125 have a name in common with a village within 4 km; the others none at all.
    assert (len(found), len(places)) == (103, len(villages) + len(ocha) - 103)
    assert (found["distance_m"] <= 4_000).all()
