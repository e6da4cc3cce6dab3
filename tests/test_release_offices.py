"""Stock, needs, returns, shifts, activities outside the office; crowds and written decisions.

All tables are synthetic.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from geosector.crs import distances_m
from geosector.errors import AudienceError, InputError, MissingColumnError
from geosector.release import Override, for_audience
from geosector.release.groupings import GROUPED
from geosector.tables import AUDIENCES, table

KEY = bytes(range(32))
GIVEN = {"key": KEY, "date": "2024-04-30"}
REASON = "Agreement 12: ambulances need the doors"


def sectors() -> gpd.GeoDataFrame:
    corners = [(37.0, 36.0), (37.1, 36.0)]
    return gpd.GeoDataFrame(
        {"sector_id": [1, 2]},
        geometry=[box(x, y, x + 0.1, y + 0.1) for x, y in corners],
        crs="EPSG:4326",
    )


def counted(
    rows: dict[str, Any], name: str, audience: str = "partner", **more: Any
) -> pd.DataFrame:
    return for_audience(pd.DataFrame(rows), audience, name=name, **{**GIVEN, **more})


# ---------------------------------------------------------------- sums by place


def test_small_needs_are_withheld_with_others_and_large_ones_stay() -> None:
    areas, groups = [str(area) for area in range(1, 5)], ["infants", "displaced"]
    people = [3, 900, 40, 800, 50, 700, 60, 600]
    seen = counted({"area_id": np.repeat(areas, 2), "group": groups * 4, "people": people}, "needs")
    assert len(seen) == 8
    small = seen[(seen["area_id"] == "1") & (seen["group"] == "infants")].iloc[0]
    assert small["withheld"]
    assert pd.isna(small["people"])
    assert 4 <= seen["withheld"].sum() < 8
    assert seen.loc[~seen["withheld"], "people"].isin(people).all()


def test_a_pair_that_nobody_counted_is_there_as_nought() -> None:
    seen = counted(
        {"area_id": ["1", "2"], "group": ["infants", "displaced"], "people": [50, 60]}, "needs"
    )
    assert seen["people"].tolist() == [0, 50, 60, 0]


def test_counts_of_different_days_are_not_added_up() -> None:
    rows = {"area_id": ["1", "1"], "date": ["2024-04-01", "2024-04-20"], "people": [50, 60]}
    assert sorted(counted(rows, "needs")["people"]) == [50, 60]


def test_the_public_sees_needs_by_governorate() -> None:
    rows = {"area_id": ["1", "2", "3"], "admin1": ["Idlib"] * 3, "people": [50, 60, 3]}
    seen = counted(rows, "needs", "public")
    assert seen.to_dict("list") == {"admin1": ["Idlib"], "people": [113.0], "withheld": [False]}


def test_without_a_governorate_the_public_sees_one_sum() -> None:
    seen = counted({"area_id": ["1", "2"], "people": [50, 60]}, "needs", "public")
    assert seen["people"].tolist() == [110]
    assert seen["admin1"].isna().all()


def test_stock_with_a_place_is_counted_in_its_sector() -> None:
    stock = gpd.GeoDataFrame(
        {"facility_id": ["w1", "w2"], "item": "bag", "quantity": [40, 70]},
        geometry=[Point(37.05, 36.05), Point(37.15, 36.05)],
        crs="EPSG:4326",
    )
    seen = for_audience(stock, "partner", name="stock", sectors=sectors(), **GIVEN)
    assert dict(zip(seen["sector_id"], seen["quantity"], strict=True)) == {"1": 40.0, "2": 70.0}
    assert not isinstance(seen, gpd.GeoDataFrame)
    assert "facility_id" not in seen


def test_units_of_stock_are_kept_apart() -> None:
    rows = {"sector_id": ["1", "1"], "item": "water", "unit": ["litre", "bottle"],
            "quantity": [500, 80]}  # fmt: skip
    assert sorted(counted(rows, "stock")["quantity"]) == [80, 500]


def test_hours_are_added_by_sector_and_role() -> None:
    rows = {"sector_id": ["1", "1", "2"], "role": "ambulance", "hours": [8, 8, 24]}
    assert counted(rows, "shifts")["hours"].tolist() == [16, 24]


def test_returns_without_an_id_are_counted_by_name() -> None:
    rows = {"locality": ["North", "North", "South"], "people": [10, 20, 40]}
    seen = counted(rows, "returns")
    assert dict(zip(seen["locality_id"], seen["people"], strict=True)) == {
        "North": 30.0,
        "South": 40.0,
    }


def test_a_place_written_into_a_group_is_withheld() -> None:
    rows = {"area_id": ["1"], "group": ["36.12345, 37.12345"], "people": [80]}
    assert counted(rows, "needs")["group"].isna().all()


@pytest.mark.parametrize("name", sorted(GROUPED))
def test_an_empty_table_gives_an_empty_one_and_a_missing_figure_is_named(name: str) -> None:
    place, _, figures = GROUPED[name][:3]
    empty = pd.DataFrame({place: [], figures[0]: []})
    assert for_audience(empty, "partner", name=name, **GIVEN)[figures[0]].sum() == 0
    with pytest.raises(MissingColumnError, match=figures[0]):
        for_audience(empty[[place]], "partner", name=name, **GIVEN)


@pytest.mark.parametrize("name", sorted(GROUPED))
def test_what_is_counted_apart_may_be_seen_by_everyone(name: str) -> None:
    columns = table(name).columns
    assert {columns[part].seen_by for part in GROUPED[name].parts} == {"public"}
    assert all(figure in columns for figure in GROUPED[name].figures)


def test_small_numbers_of_people_reached_are_withheld_with_others() -> None:
    rows = pd.DataFrame(
        {
            "organisation": "synthetic",
            "activity": ["food", "food", "water", "water"],
            "locality": ["North", "South"] * 2,
            "reached": [2, 300, 400, 500],
        }
    )
    seen = for_audience(rows, "partner", name="activities", **GIVEN)
    assert seen["withheld"].iloc[0]
    assert pd.isna(seen["reached"].iloc[0])
    assert seen["withheld"].sum() >= 2
    public = for_audience(rows, "public", name="activities", **GIVEN)
    assert public.columns.tolist() == ["activity", "locality"]


# ---------------------------------------------------------------- crowds


def lonely() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"kind": ["attack"], "date": ["2024-04-02"], "radius_m": [0.0]},
        geometry=[Point(37.05, 36.05)],
        crs="EPSG:4326",
    )


def crowd(lon: float, people: float) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"population": [people]}, geometry=[Point(lon, 36.05)], crs="EPSG:4326")


def masked(people: gpd.GeoDataFrame | None, **more: Any) -> Any:
    seen = for_audience(lonely(), "partner", name="incidents", people=people, **GIVEN, **more)
    return seen.iloc[0]


def test_a_mask_reaches_until_enough_people_live_within_it() -> None:
    usual = masked(None)
    wide = masked(crowd(37.06, 80))  # 900 m to the east
    assert usual["radius_m"] == 400
    assert wide["radius_m"] in {800, 1600}
    there = wide.geometry
    way = distances_m(*(np.array([v]) for v in (there.x, there.y, 37.06, 36.05)))
    assert way[0] <= wide["radius_m"]


def test_where_enough_live_near_the_mask_is_the_usual_one() -> None:
    near = crowd(37.0501, 500)
    assert masked(near).geometry == masked(None).geometry


def test_where_too_few_live_anywhere_there_is_no_place() -> None:
    seen = masked(crowd(37.06, 49))
    assert seen.geometry is None
    assert pd.isna(seen["radius_m"])


def test_people_right_at_the_mask_hide_nobody() -> None:
    """The place is never nearer to its mask than three tenths of the radius."""
    usual = masked(None).geometry
    at = gpd.GeoDataFrame({"population": [60.0]}, geometry=[usual], crs="EPSG:4326")
    assert masked(at).geometry != usual


def test_of_a_zone_greater_than_the_ring_only_its_share_hides() -> None:
    usual = masked(None).geometry
    home = Point(usual.x + 0.0025, usual.y)  # 225 m from the mask
    one, many = (
        gpd.GeoDataFrame({"population": [60.0]}, geometry=[shape], crs="EPSG:4326")
        for shape in (home, home.buffer(0.2))
    )
    assert masked(one)["radius_m"] == 400
    assert masked(many).geometry is None or masked(many)["radius_m"] > 400


def test_people_of_another_sector_hide_nobody() -> None:
    beyond = crowd(37.12, 5000)
    assert masked(beyond).geometry is not None
    assert masked(beyond, sectors=sectors()).geometry is None


def test_a_crowd_needs_places_and_numbers() -> None:
    with pytest.raises(InputError, match="needs a geometry and the column population"):
        masked(crowd(37.06, 80).drop(columns="population"))


# ---------------------------------------------------------------- written decisions


def shelters() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"kind": ["shelter"], "name": ["Synthetic"], "phone": ["1"], "remark": ["x"]},
        geometry=[Point(37.051234, 36.051234)],
        crs="EPSG:4326",
    )


def test_a_written_decision_shows_a_partner_exact_places_and_says_so() -> None:
    seen = for_audience(
        shelters(), "partner", name="facilities", date="2024-04-30",
        override=Override("IDL-OPS", REASON),
    )  # fmt: skip
    assert seen.geometry.iloc[0] == Point(37.051234, 36.051234)
    assert seen.columns.tolist() == ["kind", "name", "geometry"]
    assert seen.attrs["override"] == {"office": "IDL-OPS", "reason": REASON}
    for part in ("partners", "IDL-OPS", "2024-04-30", REASON):
        assert part in seen.attrs["stamp"]


def test_no_decision_covers_what_was_told_in_free_words() -> None:
    told = lonely().assign(narrative="told by a neighbour")
    seen = for_audience(told, "partner", name="incidents", override=Override("IDL-OPS", REASON))
    assert "narrative" not in seen


@pytest.mark.parametrize(
    ("audience", "decision", "said"),
    [
        ("public", Override("IDL-OPS", REASON), "never to the audience public"),
        ("partner", Override("Samar Haddad", REASON), "by an office, not by a person"),
        ("partner", Override("IDL-OPS", "ok"), "at least 15 letters"),
    ],
)
def test_a_decision_that_says_too_little_or_goes_too_far_is_refused(
    audience: str, decision: Override, said: str
) -> None:
    with pytest.raises(AudienceError, match=said):
        for_audience(shelters(), audience, name="facilities", override=decision, **GIVEN)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_table_has_an_answer_for_every_audience(audience: str) -> None:
    for name in ("stock", "needs", "returns", "shifts", "services", "activities",
                 "recommendations"):  # fmt: skip
        columns = {column: pd.Series([], dtype=object) for column in table(name).columns}
        assert for_audience(pd.DataFrame(columns), audience, name=name, **GIVEN).empty
