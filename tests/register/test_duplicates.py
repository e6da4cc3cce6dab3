"""Reports of one event: proposed with reasons, merged by a decision, never added up."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geosector import Register, propose_duplicates
from geosector.errors import InputError, MissingCRSError, UnknownRowError
from geosector.register import duplicates

TEXT = "قصف سوق الخضار المُختلَق قرب المدرسة"


def report(row_id, **more):
    return {
        "id": row_id, "kind": "attack", "date": "2024-03-01", "lon": 37.1, "lat": 36.1,
        "narrative": TEXT, **more,
    }  # fmt: skip


def reports(*rows):
    table = pd.DataFrame(rows)
    shapes = gpd.points_from_xy(table.pop("lon"), table.pop("lat"))
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def proposed(*rows, **more):
    found = propose_duplicates(reports(*rows), **more)
    return list(zip(found["id_a"], found["id_b"], strict=True))


@pytest.mark.parametrize(
    ("other", "is_proposed"),
    [
        ({}, True),
        ({"narrative": "قصف على سوق الخضار المختلق قرب مدرسه"}, True),
        ({"lat": 36.103}, True),
        ({"lat": 36.13}, False),
        ({"lat": 36.13, "radius_m": 3000}, True),
        ({"date": "2024-03-02"}, True),
        ({"date": "2024-03-06"}, False),
        ({"narrative": "synthetic words of another thing"}, False),
        ({"lat": None, "lon": None, "locality": "Synthetic"}, True),
        ({"lat": None, "lon": None, "narrative": None}, False),
        ({"date": None}, True),
        ({"killed_man_min": 3, "killed_man_max": 5}, True),
    ],
)
def test_a_pair_is_proposed_where_the_evidence_says_so(other, is_proposed):
    assert bool(proposed(report("a"), report("b", **other))) is is_proposed


def test_reasons_are_told():
    found = propose_duplicates(
        reports(
            report("a", locality="Synthetic", killed_man=2, weapon="mortar", radius_m=500),
            report("b", locality="synthetic", killed_man=2, weapon="Mortar", lat=36.102),
        )
    )
    assert found["reasons"].tolist() == [
        (
            "within the stated radius; the same locality; the same day; the same kind; 6 words in "
            "common; the same counts of casualties; the same weapon"
        )
    ]
    far = propose_duplicates(
        reports(report("a", killed_man=90), report("b", lat=36.102, killed_man=1, kind="fire",
                                                   date="2024-03-02")),
        threshold=0,
    )  # fmt: skip
    assert far["reasons"].tolist() == [
        "0.2 km apart; 1 day apart; another kind; 6 words in common; other counts of casualties"
    ]


def test_minutes_tell_more_than_days():
    at = {"date_precision": "minute"}
    one = report("a", date="2024-03-01T10:00", **at)
    assert proposed(one, report("b", date="2024-03-01T10:30", **at))
    assert not proposed(one, report("b", date="2024-03-01T23:30", **at))


def test_a_month_says_little():
    vague = {"date": "2024-03-01", "date_precision": "month"}
    one = report("a", date="2024-03-20")
    loose, exact = (
        propose_duplicates(reports(one, other), threshold=0)["score"][0]
        for other in (report("b", **vague), report("b", date="2024-03-20"))
    )
    assert 0 < loose < exact


def test_places_without_points_are_told_by_their_names():
    missing = {"lat": None, "lon": None}
    one = report("a", locality="المُختلَقة", **missing)
    assert proposed(one, report("b", locality="المختلقه", **missing))
    assert not proposed(one, report("b", locality="elsewhere", **missing))


def test_the_order_of_rows_does_not_matter_and_the_same_spot_is_no_clique():
    rng = np.random.default_rng(7)
    rows = [
        report(f"syn-{number:03}", lat=36.1 + number % 3 / 1000, killed_man=number % 4,
               narrative=" ".join(f"word{one}" for one in rng.choice(12, 4)))
        for number in range(90)
    ]  # fmt: skip
    table = reports(*rows)
    found = propose_duplicates(table, threshold=0.1)
    turned = propose_duplicates(table.sample(frac=1, random_state=3), threshold=0.1)
    assert len(found) > 10
    pd.testing.assert_frame_equal(found, turned)


def test_a_higher_threshold_gives_some_of_the_same_pairs():
    rows = [report(f"syn-{number}", lat=36.1 + number / 2000) for number in range(12)]
    some, all_of_them = set(proposed(*rows, threshold=0.9)), set(proposed(*rows, threshold=0))
    assert some < all_of_them
    assert len(all_of_them) == 66


def test_of_many_on_one_day_only_some_are_compared():
    rows = [report(f"syn-{number:04}") for number in range(600)]
    pairs = duplicates._candidates(duplicates._reports(reports(*rows)), -np.inf)
    assert len(pairs) <= 600 * (duplicates._NEIGHBOURS + 7 * duplicates._WINDOW)


def test_what_is_no_table_of_incidents_is_refused():
    table = reports(report("a"), report("a"))
    with pytest.raises(InputError, match="'a' comes twice"):
        propose_duplicates(table)
    with pytest.raises(MissingCRSError):
        propose_duplicates(gpd.GeoDataFrame(geometry=table.geometry.to_numpy()))
    with pytest.raises(InputError, match="give a DataFrame"):
        propose_duplicates(None)
    assert propose_duplicates(pd.DataFrame({"narrative": [TEXT]})).empty


@pytest.fixture
def incidents(path):
    with Register(path, office="IDL-OPS") as register:
        yield register


def test_merged_reports_are_one_and_counts_are_not_added_up(incidents):
    incidents.add(
        "incidents",
        reports(
            report("a", killed_man_min=3, killed_man_max=3, injured_woman=None),
            report("b", killed_man_min=5, killed_man_max=6, killed_unspecified=9, weapon="mortar",
                   lat=36.2, injured_woman=2),
        ),
    )  # fmt: skip
    before = incidents.table("incidents")
    incidents.merge_duplicates("a", "b")
    row = incidents.table("incidents").iloc[0]
    assert len(incidents.table("incidents")) == 1
    assert (row["killed_man_min"], row["killed_man_max"]) == (3, 6)
    assert pd.isna(row["killed_unspecified"])
    assert (row["injured_woman"], row["weapon"], row.geometry.y) == (2, "mortar", 36.1)
    assert incidents.verify().empty
    incidents.undo("incidents", "b")
    assert incidents.table("incidents").equals(before)
    incidents.merge_duplicates("a", "b")
    incidents.undo("incidents", "a")
    assert incidents.table("incidents").equals(before)
    assert incidents.verify().empty


def test_a_report_that_says_all_already_only_takes_the_other_out(incidents):
    incidents.add("incidents", reports(report("a"), report("b")))
    sequence = incidents.merge_duplicates("a", "b")
    assert sequence == 3
    assert incidents.table("incidents")["id"].tolist() == ["a"]
    incidents.undo("incidents", "b")
    assert incidents.table("incidents")["id"].tolist() == ["a", "b"]


def test_a_merge_of_what_is_not_there_is_refused(incidents):
    incidents.add("incidents", reports(report("a")))
    with pytest.raises(UnknownRowError, match="no 'b'"):
        incidents.merge_duplicates("a", "b")
    with pytest.raises(InputError, match="is one row"):
        incidents.merge_duplicates("a", "a")
