"""What each audience may see of the results of planning. All tables are synthetic."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog
from shapely.geometry import LineString, Point, box

from geosector.errors import AudienceError, InputError, MissingColumnError
from geosector.release import SMALLEST_COUNT, Override, for_audience, for_plan
from geosector.release.groupings import PLANNED
from geosector.release.planning import BY_AGREEMENT, PUBLIC
from geosector.tables import RESULTS, table

KEY = bytes(range(32))
DECISION = Override("IDL-OPS", "Agreement 12: ambulances need the ways out of the sectors")


def seen(rows: pd.DataFrame, audience: str, name: str, **given: Any) -> Any:
    return for_audience(rows, audience, name=name, **{"key": KEY, "date": "2024-04-30", **given})


def sectors(*people: float) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"sector_id": range(1, len(people) + 1), "population": people},
        geometry=[box(x, 0, x + 1, 1) for x in range(len(people))], crs=4326,
    )  # fmt: skip


def access(within: NDArray[Any], people: NDArray[Any], minutes: tuple[float, ...]) -> pd.DataFrame:
    """Write counts of shape (sectors, minutes) of one kind."""
    return pd.DataFrame(
        {
            "sector_id": str(sector + 1), "kind": "shelter", "minutes": limit,
            "people": people[sector], "facilities": sector, "within": within[sector, at],
            "within_share": 0.5, "missing": sector == 0,
        }
        for sector in range(len(people)) for at, limit in enumerate(minutes)
    )  # fmt: skip


# --------------------------------------------------------------- who sees which table


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_has_a_rule_and_its_office_sees_all_of_it(name: str) -> None:
    rows = pd.DataFrame({column: [] for column in table(name).columns})
    assert list(seen(rows, "internal", name).columns) == list(rows.columns)
    if name not in PUBLIC:
        with pytest.raises(AudienceError, match=f"The table {name} is not for the public"):
            seen(rows, "public", name)
    if name in BY_AGREEMENT:
        with pytest.raises(AudienceError, match=f"The table {name} goes to a partner by agreement"):
            seen(rows, "partner", name)
    else:
        made = seen(rows, "partner", name, sectors=sectors(9.0))
        internal = {
            key for key, column in table(name).columns.items() if column.seen_by != "partner"
        }
        kept = internal & set(made.columns) - {"withheld"}
        how = PLANNED.get(name)
        counted: set[str] = set()
        if how is not None:  # the place, the parts and the sums of what is counted
            shares = {share for share, *_ in how.shares}
            counted = {how.place, *how.parts, *how.figures, *how.open, *shares}
        public = {key for key, column in table(name).columns.items() if column.seen_by == "public"}
        assert kept <= counted | public
    if name in PUBLIC:
        assert not {"sector_id", "area_id", "names"} & set(seen(rows, "public", name).columns)


@pytest.mark.parametrize("name", ["routes", "critical", "sites", "candidates"])
def test_a_decision_shows_a_partner_what_is_by_agreement_and_is_written_into_it(name: str) -> None:
    rows = gpd.GeoDataFrame(
        {"name": ["Long Street"], "people": [40], "id": ["s1"], "planner_note": ["by the well"]},
        geometry=[LineString([(37, 36), (37.1, 36)])], crs=4326,
    )  # fmt: skip
    made = seen(rows, "partner", name, override=DECISION)
    assert "planner_note" not in made.columns
    assert made.geometry.iloc[0].equals(rows.geometry.iloc[0])
    assert "Agreement 12" in made.attrs["stamp"]
    with pytest.raises(AudienceError, match="never to the audience public"):
        seen(rows, "public", name, override=DECISION)


def test_a_partner_sees_access_by_sector_and_no_small_remainder() -> None:
    people, within = np.array([500, 900, 700]), np.array([[498], [880], [300]])
    made = seen(access(within, people, (10.0,)), "partner", "access").set_index("sector_id")
    assert made["withheld"].tolist() == [True, True, False]
    assert made["within"].isna().tolist() == [True, True, False]
    assert made.loc["3", ["within", "people"]].tolist() == [300, 700]
    assert made.loc["3", "within_share"] == pytest.approx(300 / 700)
    assert made["facilities"].tolist() == [0, 1, 2]


def test_a_small_step_between_two_limits_is_withheld() -> None:
    people, within = np.array([500, 900]), np.array([[100, 103], [300, 600]])
    assert seen(access(within, people, (5.0, 10.0)), "partner", "access")["withheld"].all()
    wide = np.array([[100, 200], [300, 600]])
    assert not seen(access(wide, people, (5.0, 10.0)), "partner", "access")["withheld"].any()


def test_who_is_sheltered_is_set_against_who_lives_there() -> None:
    rows = pd.DataFrame(
        {
            "block_id": range(4), "sector_id": [1, 1, 2, 3], "facility_id": list("abcd"),
            "people": [300, 197, 400, 900], "known": [True, True, False, True],
        }
    )  # fmt: skip
    made = seen(rows, "partner", "sheltering", sectors=sectors(500, 450, 900)).set_index(
        "sector_id"
    )
    assert list(made.columns) == ["people", "unknown", "population", "withheld"]
    assert made["withheld"].tolist() == [True, True, False]
    assert made.loc["3"].tolist()[:3] == [900, 0, 900]
    plain = seen(rows, "partner", "sheltering", sectors=sectors(1, 1, 1)[["sector_id", "geometry"]])
    assert plain["people"].tolist() == [497, 400, 900]
    with pytest.raises(AudienceError, match="shown by sector only"):
        seen(rows, "partner", "sheltering")
    with pytest.raises(MissingColumnError, match="lacks the column people"):
        seen(rows[["sector_id"]], "partner", "sheltering", sectors=sectors(1))


def test_stock_gaps_and_posts_go_to_the_public_by_governorate() -> None:
    gaps = pd.DataFrame(
        {
            "sector_id": ["1", "2"], "admin1": "Synthetic", "item": "water", "unit": "l",
            "need": [500, 90], "usable": [100, 90], "gap": [400, 0], "hot": [True, False],
            "cut_off": [True, False],
        }
    )  # fmt: skip
    partner, public = (seen(gaps, audience, "stock_gaps") for audience in ("partner", "public"))
    # What people need tells of few people how many they are.
    assert not {"cut_off", "need", "gap"} & {*partner.columns, *public.columns}
    assert partner["hot"].tolist() == [1, 0]
    assert "hot" not in public.columns
    assert partner["usable"].tolist() == [100, 90]
    assert public[["admin1", "usable"]].to_numpy().tolist() == [["Synthetic", 190]]
    posts = pd.DataFrame(
        {"sector_id": ["1", "2"], "role": "fire", "hours": [3.0, 70.0], "filled": [1, 2]}
    )
    assert seen(posts, "partner", "posts")["hours"].isna().all()
    assert "filled" not in seen(posts, "public", "posts").columns


def test_of_activities_the_public_sees_no_organisation_and_no_people() -> None:
    rows = pd.DataFrame(
        {
            "locality": ["A", "B"], "activity": "food", "month": "2024-04", "organisations": [2, 1],
            "names": ["One; Two", "One"], "reached": [3, 80], "planned": [50, 90], "times": [1, 2],
        }
    )  # fmt: skip
    public = set(seen(rows, "public", "who_does_what").columns)
    assert {"locality", "activity"} <= public
    assert not {"organisations", "names", "reached", "planned"} & public
    assert "reached" not in seen(rows, "public", "catalogue").columns
    assert seen(rows, "partner", "who_does_what")["reached"].isna().all()
    assert seen(rows, "partner", "catalogue")["times"].tolist() == [1, 2]


def test_hot_spots_tell_partners_counts_and_no_few_people() -> None:
    rows = pd.DataFrame(
        {"area_id": ["1", "2"], "count": [9, 1], "people": [3, 800], "spot": ["hot", "none"]}
    )
    made = seen(rows, "partner", "hot_spots")
    assert made["count"].tolist() == [9, 1]
    assert made["people"].isna().all()


def test_a_black_spot_of_few_accidents_is_not_for_partners() -> None:
    line = LineString([(37, 36), (37.1, 36)])
    rows = gpd.GeoDataFrame(
        {"name": ["Long", "Short"], "accidents": [9, 1], "killed": [1, 0]},
        geometry=[line, line], crs=4326,
    )  # fmt: skip
    made = seen(rows, "partner", "black_spots")
    assert made["name"].tolist() == ["Long"]
    assert made.geometry.iloc[0].equals(line)
    assert seen(pd.DataFrame(rows[["name", "accidents"]]), "partner", "black_spots").shape == (1, 2)


def test_a_place_in_digits_in_a_name_does_not_leave() -> None:
    rows = pd.DataFrame({"locality": ["36.20234, 37.16123"], "activity": "food", "status": "late"})
    assert seen(rows, "partner", "projects")["locality"].isna().all()


def test_a_table_without_any_of_its_figures_is_refused() -> None:
    with pytest.raises(MissingColumnError, match="The table stock_gaps lacks the column usable"):
        seen(pd.DataFrame({"sector_id": ["1"]}), "partner", "stock_gaps")


# --------------------------------------------------------------- a whole plan


def test_what_an_audience_may_not_see_of_a_plan_is_left_out_with_the_reason() -> None:
    blocks = gpd.GeoDataFrame({"block_id": [1]}, geometry=[Point(37, 36)], crs=4326)
    plan = {
        "stock_gaps": pd.DataFrame({"sector_id": ["1"], "item": "food", "usable": [70]}),
        "routes": pd.DataFrame({"sector_id": ["1"], "minutes": [9.0]}),
        "blocks": blocks,
    }
    office, partner, public = (
        for_plan(plan, audience, key=KEY, date="2024-04-30")
        for audience in ("internal", "partner", "public")
    )
    assert list(office.tables) == ["routes", "stock_gaps", "blocks"]
    assert list(partner.tables) == ["stock_gaps"]
    assert "by agreement only" in partner.left_out["routes"]
    assert list(public.left_out) == ["routes"]
    decided = for_plan(plan, "partner", key=KEY, date="2024-04-30", override=DECISION)
    assert list(decided.tables) == ["routes", "stock_gaps"]
    with pytest.raises(InputError, match="A plan holds no table 'way'"):
        for_plan({"way": blocks}, "internal")


# --------------------------------------------------------------- subtraction


def free(total: NDArray[Any], counts: NDArray[Any], most: NDArray[Any], cell: int) -> float:
    """Give the width of what totals and people known allow a withheld cell to be."""
    cost = np.zeros(len(counts))
    cost[cell] = 1
    low, high = (
        linprog(
            sign * cost,
            A_eq=total,
            b_eq=total @ counts,
            bounds=list(zip(np.zeros(len(most)), most, strict=True)),
        ).fun
        for sign in (1, -1)
    )
    return float(-high - low)


@pytest.mark.parametrize("seed", range(60))
def test_no_withheld_access_follows_from_totals_and_the_people_of_each_sector(seed: int) -> None:
    """Of each limit the sum over all sectors is known, and so are people of 5 and more."""
    random = np.random.default_rng(seed)
    count = int(random.integers(3, 8))
    people = random.integers(40, 2000, count)
    share = np.sort(random.choice([0, 0.004, 0.2, 0.5, 0.9, 0.998, 1], (count, 2)), axis=1)
    within = np.floor(share * people[:, None])
    made = seen(access(within, people, (5.0, 10.0)), "partner", "access")
    held = made["withheld"].to_numpy(bool).reshape(count, 2)
    if held.all():
        return  # nothing of the table is shown
    every = np.ones((1, count))
    for at in range(2):
        column = held[:, at]
        parts = within[:, at], people - within[:, at], within[:, 1] - within[:, 0]
        for values in parts[: 3 if held.any() else 2]:
            small = (values > 0) & (values < SMALLEST_COUNT)
            assert column[small].all()
        if column.all() or not column.any():
            continue
        for values in parts[:2]:
            for cell in np.flatnonzero(column & (values > 0) & (values < SMALLEST_COUNT)):
                where = int(np.flatnonzero(np.flatnonzero(column) == cell)[0])
                wide = free(every[:, : column.sum()], values[column], people[column], where)
                assert wide >= SMALLEST_COUNT - 1 - 1e-6


def test_whether_a_sector_is_hot_stays_a_flag_and_what_nobody_knows_is_not_calm() -> None:
    rows = pd.DataFrame(
        {"sector_id": [1, 2, 3], "item": "bag", "unit": "piece", "usable": [30, 40, 50],
         "hot": pd.array([True, False, None], "boolean")}
    )  # fmt: skip
    made = seen(pd.concat([rows, rows[:1].assign(item="tent")]), "partner", "stock_gaps")
    found = made.pivot_table(index="sector_id", columns="item", values="hot", aggfunc=list)
    assert made["hot"].dtype == "boolean"
    assert found["bag"].tolist() == [[True], [False], [pd.NA]]
    assert found["tent"].tolist() == [[True], [pd.NA], [pd.NA]]


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_a_described_column_that_stands_twice_does_not_leave(audience: str) -> None:
    rows = pd.DataFrame({"locality": ["a"], "activity": ["food"], "reached": [30], "own": [1]})
    for column in ("locality", "activity", "reached"):
        with pytest.raises(InputError, match=f"has the column {column} twice"):
            seen(pd.concat([rows, rows[[column]]], axis=1), audience, "who_does_what")
    twice = pd.concat([rows, rows[["own"]]], axis=1)
    assert "own" not in seen(twice, audience, "who_does_what").columns


def test_a_whole_number_without_measure_counts_as_none() -> None:
    rows = pd.DataFrame({"area_id": ["a", "b"], "people": [10**400, 30], "quantity": [9, 9]})
    made = seen(rows, "partner", "allocation")
    assert made["people"].tolist() == [0, 30]


def test_a_column_that_stands_twice_is_refused_in_a_plan_for_the_office_as_well() -> None:
    rows = pd.DataFrame({"sector_id": [1], "role": ["fire"], "posts": [3], "filled": [2]})
    twice = pd.concat([rows, rows[["filled"]]], axis=1)
    with pytest.raises(InputError, match="The table posts has the column filled twice"):
        for_plan({"posts": twice}, "internal")
