"""Hours, posts, committees and activities: what is empty is there and says so."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from geosector.errors import InputError, MissingColumnError
from geosector.measure.months import Span, spans_of
from geosector.measure.organisation.catalogue import count_activities
from geosector.measure.organisation.committees import committee_cover
from geosector.measure.organisation.posts import count_posts

THREE = Span(dt.date(2026, 11, 1), dt.date(2026, 11, 3))


def shifts(*rows: tuple[object, ...]) -> pd.DataFrame:
    columns = ["sector_id", "role", "date", "hours", "posts", "filled"]
    return pd.DataFrame(rows, columns=columns)


def figures(table: pd.DataFrame, *columns: str) -> list[list[object]]:
    rows = table[list(columns)].astype(object)
    return rows.where(rows.notna(), None).to_numpy().tolist()


# --------------------------------------------------------------- posts


def test_a_long_day_does_not_make_up_for_an_empty_one() -> None:
    table = shifts(
        (1, "fire", "2026-11-01", 20, None, None), (1, "fire", "2026-11-02", 4, None, None)
    )
    found = count_posts(table, periods=THREE, hours_a_day=12).table
    assert figures(found, "hours", "hours_needed", "days_without") == [[16, 36, 1]]
    assert found["share"].tolist() == [pytest.approx(16 / 36)]


def test_a_day_has_24_hours_however_many_are_written() -> None:
    table = shifts(*[(1, "fire", "2026-11-01", 10, None, None)] * 3)
    found = count_posts(table, periods=THREE)
    assert figures(found.table, "hours") == [[24]]
    assert found.problems["given"].tolist() == ["fire, 1, 2026-11-01: 30"]


def test_a_role_that_should_be_there_and_of_which_nothing_is_told_is_empty() -> None:
    table = shifts((1, "fire", "2026-11-01", 24, 2, 2), (1, "cook", "2026-11-01", 5, None, None))
    roles = pd.DataFrame({"role": ["Fire", "rescue"], "posts": [2, 4]})
    found = count_posts(table, roles, periods=THREE, sectors=[1, 2]).table
    assert figures(found, "sector_id", "role", "posts", "filled", "empty", "state", "reported") == [
        [1, "cook", None, None, None, "partly", True],
        [1, "Fire", 2, 2, 0, "filled", True],
        [1, "rescue", 4, 0, 4, "empty", False],
        [2, "Fire", 2, 0, 2, "empty", False],
        [2, "rescue", 4, 0, 4, "empty", False],
    ]
    assert found["required"].tolist() == [False, True, True, True, True]


def test_without_a_list_of_roles_every_role_is_expected_in_every_sector() -> None:
    table = shifts((1, "fire", "2026-11-01", 24, 2, 2), (2, "rescue", "2026-11-01", 5, 1, 1))
    found = count_posts(table, periods=THREE).table
    assert figures(found, "sector_id", "role", "hours") == [
        [1, "fire", 24], [1, "rescue", 0], [2, "fire", 0], [2, "rescue", 5],
    ]  # fmt: skip


def test_a_row_for_one_sector_says_more_than_one_for_all() -> None:
    roles = pd.DataFrame({"role": ["fire", "fire"], "sector_id": [None, 2], "posts": [3, 5],
                          "hours_a_day": [8, 12]})  # fmt: skip
    for order in (roles, roles[::-1]):
        found = count_posts(shifts(), order, periods=THREE, sectors=[1, 2]).table
        assert figures(found, "posts", "hours_needed") == [[3, 24], [5, 36]]


def test_two_rows_of_one_role_are_listed_and_the_greatest_counts() -> None:
    roles = pd.DataFrame({"role": ["fire", "Fire", "fire"], "posts": [3, 5, None]})
    found = count_posts(shifts(), roles, periods=THREE, sectors=[1])
    assert figures(found.table, "posts") == [[5]]
    assert found.problems["row"].tolist() == [1, 2]


def test_posts_that_contradict_each_other_are_listed_and_the_latest_day_counts() -> None:
    rows = [(1, "fire", "2026-11-01", 8, 4, 3), (1, "fire", "2026-11-03", 8, 6, 2),
            (1, "fire", "2026-11-03", 8, 5, 1)]  # fmt: skip
    for order in (rows, rows[::-1]):
        found = count_posts(shifts(*order), periods=THREE)
        assert figures(found.table, "posts", "filled", "empty") == [[6, 1, 5]]
        assert found.problems["given"].tolist() == ["fire, 1: 4; 5; 6", "fire, 1: 1; 2"]


def test_what_the_plan_asks_for_counts_before_what_shifts_say() -> None:
    table = shifts((1, "fire", "2026-11-01", 8, 4, 3))
    found = count_posts(table, pd.DataFrame({"role": ["fire"], "posts": [2]}), periods=THREE)
    assert figures(found.table, "posts", "filled", "empty") == [[2, 3, 0]]
    assert found.problems["column"].tolist() == ["posts", "filled"]


def test_several_periods_are_several_rows() -> None:
    table = shifts((1, "fire", "2026-10-01", 8, 1, 1), (1, "fire", "2026-11-01", 6, 1, 0))
    months = [spans_of("2026-10").current, spans_of("2026-11").current]
    found = count_posts(table, periods=months).table
    assert figures(found, "days", "hours", "filled", "state") == [
        [31, 8, 1, "filled"], [30, 6, 0, "empty"],
    ]  # fmt: skip
    assert found["date_from"].dt.month.tolist() == [10, 11]


def test_no_posts_are_all_filled() -> None:
    table = shifts((1, "fire", "2026-11-01", 8, 0, 0))
    assert count_posts(table, periods=THREE).table["state"].tolist() == ["filled"]


def test_rows_that_cannot_be_used_are_listed_and_cost_no_other() -> None:
    table = shifts(
        (1, "fire", "2026-11-01", 8, None, None),
        (None, "fire", "2026-11-01", 8, None, None),
        (9, "fire", "2026-11-01", 8, None, None),
        (1, "fire", None, 8, None, None),
        (1, "fire", "1/11/2026", 8, None, None),
        (1, "fire", "2026-11-02", 25, None, None),
        (1, "fire", "2026-11-02", None, None, None),
        (1, "fire", "2026-11-02", -1, 1.5, "two"),
        (1, None, "2026-11-02", 3, None, None),
    )
    roles = pd.DataFrame({"role": ["fire", None, "fire"], "sector_id": [1, 1, 77]})
    found = count_posts(table, roles, periods=THREE, sectors=[1])
    assert figures(found.table, "role", "hours", "days_without") == [
        ["fire", 8, 2], ["unspecified", 3, 2],
    ]  # fmt: skip
    assert sorted(found.problems["row"].dropna()) == [1, 1, 2, 2, 3, 4, 5, 6, 7, 7, 7]


def test_hours_and_periods_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="0 hours a day are asked for"):
        count_posts(shifts(), pd.DataFrame({"role": ["a"], "hours_a_day": [0]}), periods=THREE,
                    sectors=[1])  # fmt: skip
    with pytest.raises(InputError, match="A period runs from 2026-11-03 to 2026-11-01"):
        count_posts(shifts(), periods=[Span(*THREE[::-1])])
    with pytest.raises(MissingColumnError, match="shifts lacks the column date"):
        count_posts(shifts().drop(columns="date"), periods=THREE)


# --------------------------------------------------------------- committees


def committees(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["id", "name", "remit", "coordinates_with", "sector_ids"])


def test_long_rows_and_lists_in_a_cell_say_the_same() -> None:
    listed = committees(("a", "Relief", "food", None, "1;2 ; 3"))
    long = committees(*[("a", "Relief", "food", None, sector) for sector in (1, 2.0, "3")])
    one, other = (committee_cover(table, [1, 2, 3]) for table in (listed, long))
    assert one.matrix.equals(other.matrix)
    assert one.serves.equals(other.serves)
    assert len(one.serves) == 3


def test_a_word_for_all_means_every_sector() -> None:
    found = committee_cover(committees(("a", "طبية", "طبي", None, "الكل")), [3, 1])
    assert found.matrix.columns.tolist() == [1, 3]
    assert found.matrix.all(axis=None)


def test_remits_that_nobody_has_are_named_for_every_sector() -> None:
    found = committee_cover(
        committees(("a", "Relief", "food", None, "1")), [1, 2], remits=["Food", "water"]
    )
    assert sorted(found.without.to_numpy().tolist()) == [["Food", 2], ["water", 1], ["water", 2]]


def test_overlaps_say_whether_every_two_coordinate() -> None:
    table = committees(("a", "One", "food", "b; Three", 1), ("b", "Two", "food", None, 1),
                       ("c", "Three", "food", None, 1))  # fmt: skip
    found = committee_cover(table, [1]).overlaps
    assert found[["committees", "ids", "coordinated"]].to_numpy().tolist() == [[3, "a;b;c", False]]
    table.loc[2, "coordinates_with"] = "two"
    assert committee_cover(table, [1]).overlaps["coordinated"].tolist() == [True]


def test_committees_without_id_go_by_their_name_and_doubtful_rows_are_listed() -> None:
    table = committees(
        (None, "Relief", "food", None, "1;9"), (None, None, "food", None, "1"),
        ("x", "Rescue", None, None, None), ("x", "Other", None, None, "1"),
    )  # fmt: skip
    found = committee_cover(table, pd.DataFrame({"sector_id": [1]}))
    assert found.matrix.index.tolist() == ["relief", "x"]
    listed = sorted(found.problems[["row", "column"]].to_numpy().tolist())
    assert listed == [[0, "sector_ids"], [1, "name"], [2, "remit"], [3, "name"]]
    bare = committee_cover(committees(("x", "A", "food", None, None)), [1])
    assert bare.problems["action"].tolist() == ["serves nobody"]
    assert bare.without.to_numpy().tolist() == [["food", 1]]


# --------------------------------------------------------------- the catalogue

YEAR = spans_of("2026").current


def names(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"activity": ["blood donation", "building"], **columns})


def acts(*rows: tuple[object, ...], **columns: object) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["activity", "locality", "date_from", "reached"])
    return made.assign(**columns)


def test_words_of_four_languages_mean_the_activity_of_the_catalogue() -> None:
    given = names(
        ar=["تبرع بالدم؛التبرع بالدم", None], kmr=["Xwîndan", None], ckb=["خوێنبەخشین", None]
    )
    written = ("Blood Donation", "التبرع بالدم", "xwîndan", "خوێنبەخشین")
    table = acts(*[(word, "A", "2026-03-01", 5) for word in written])
    found = count_activities(table, given, span=YEAR).table
    assert figures(found, "activity", "times", "reached") == [["blood donation", 4, 20]]


def test_an_activity_counts_once_and_is_going_on_until_its_last_day() -> None:
    table = acts(("building", "A", "2026-01-20", 7), date_to="2026-03-05")
    found = count_activities(table, names()[1:], span=YEAR)
    assert figures(found.table, "month", "times", "reached") == [["2026-01", 1, 7]]
    assert found.without["month"].tolist() == [f"2026-{month:02}" for month in range(4, 13)]


def test_planned_ones_add_to_what_is_planned_and_cancelled_ones_to_nothing() -> None:
    table = acts(*[("building", "A", "2026-01-20", 7)] * 3, planned=[10, 20, 30],
                 status=["completed", "مخطط", "cancelled"], id=["x", "y", "z"])  # fmt: skip
    found = count_activities(table, names()[1:], span=spans_of("2026-01").current)
    assert figures(found.table, "times", "reached", "planned") == [[1, 7, 30]]
    assert found.problems.empty
    waiting = count_activities(table[1:2], names()[1:], span=spans_of("2026-01").current)
    assert figures(waiting.table, "times", "reached", "planned") == [[0, None, 20]]
    assert waiting.without["month"].tolist() == ["2026-01"]


def test_a_place_goes_by_its_id_and_a_name_without_one_by_the_only_id_of_that_name() -> None:
    table = acts(*[("building", name, "2026-01-20", 1) for name in ("Sarmin", "sarmin", "Ariha")],
                 locality_id=["SY1", None, None])  # fmt: skip
    found = count_activities(table, names(), span=YEAR).table
    assert figures(found, "locality_id", "locality", "times") == [
        [None, "Ariha", 1], ["SY1", "Sarmin", 2],
    ]  # fmt: skip
    with_ids = table.drop(columns="locality")
    found = count_activities(with_ids, names(), span=YEAR)
    assert figures(found.table, "locality_id", "locality") == [["SY1", None]]
    assert set(found.problems["column"]) == {"locality"}


def test_places_and_months_without_any_are_listed_where_it_is_due() -> None:
    places = pd.DataFrame({"locality_id": ["SY1", "SY2"], "locality": ["A", "B"]})
    table = acts(("building", "A", "2026-10-20", 1))
    found = count_activities(
        table, names(months=["1;12", "10-11"]), span=YEAR, localities=places
    ).without
    assert figures(found[found["activity"] == "building"], "locality_id", "month") == [
        ["SY1", "2026-11"], ["SY2", "2026-10"], ["SY2", "2026-11"],
    ]  # fmt: skip
    assert len(found) == 7


def test_rows_that_cannot_be_counted_are_listed() -> None:
    table = acts(
        ("chess", "A", "2026-01-01", 1), (None, "A", "2026-01-01", 1),
        ("building", None, "2026-01-01", 1), ("building", "A", None, 1),
        ("building", "A", "soon", 1), ("building", "A", "2026-01-09", -4),
        date_to=[None] * 5 + ["2026-01-02"],
    )  # fmt: skip
    found = count_activities(table, names(), span=YEAR)
    assert figures(found.table, "times", "reached", "reached_unknown") == [[1, None, 1]]
    assert sorted(found.problems["row"]) == [0, 1, 2, 3, 4, 5, 5]


def test_a_row_pasted_twice_under_its_id_counts_once_and_others_are_listed() -> None:
    row = ("building", "A", "2026-01-01", 3)
    one = count_activities(acts(row, row, id="x"), names(), span=YEAR)
    assert figures(one.table, "times") == [[1]]
    assert one.problems["expected"].tolist() == ["a row that is not there already"]
    other = count_activities(
        acts(row, row, (*row[:3], 4), id=[None, None, "x"]), names(), span=YEAR
    )
    assert figures(other.table, "times", "reached") == [[3, 10]]
    assert other.problems["action"].tolist() == ["counted besides; give ids"]


def test_a_catalogue_that_means_two_things_is_refused() -> None:
    with pytest.raises(InputError, match="The word build means blood donation and building"):
        count_activities(acts(), names(en=["build", "build"]), span=YEAR)
    with pytest.raises(InputError, match="The months of building are '2;13'"):
        count_activities(acts(), names(months=["1", "2;13"]), span=YEAR)
    with pytest.raises(MissingColumnError, match="activities lacks the column locality"):
        count_activities(acts().drop(columns="locality"), names(), span=YEAR)
    empty = count_activities(acts(), pd.DataFrame({"activity": [None]}), span=YEAR)
    assert empty.without.empty
    assert empty.problems["file"].tolist() == ["catalogue"]


def test_sectors_without_their_ids_are_refused_by_name() -> None:
    table = shifts((1, "fire", "2026-11-01", 20, None, None))
    committees = pd.DataFrame({"name": ["M"], "remit": ["medical"], "sector_ids": ["1"]})
    names = pd.DataFrame({"name": ["North"]})
    for call in (
        lambda: count_posts(table, periods=THREE, sectors=names),
        lambda: committee_cover(committees, names),
    ):
        with pytest.raises(MissingColumnError, match="sectors lacks the column sector_id"):
            call()


def test_a_column_that_stands_twice_is_refused_where_hours_are_counted() -> None:
    table = shifts((1, "fire", "2026-11-01", 20, None, None))
    for column in table.columns:
        twice = pd.concat([table, table[[column]]], axis=1)
        with pytest.raises(InputError, match=f"has the column {column} twice"):
            count_posts(twice, periods=THREE)


def test_a_number_of_posts_that_no_office_has_is_listed() -> None:
    roles = pd.DataFrame({"role": ["fire"], "posts": [1e19]})
    found = count_posts(
        shifts((1, "fire", "2026-11-01", 20, None, 2)), roles, periods=THREE, sectors=[1]
    )
    assert figures(found.table, "posts", "filled", "empty") == [[None, 2, None]]
    assert found.problems["column"].tolist() == ["posts"]
