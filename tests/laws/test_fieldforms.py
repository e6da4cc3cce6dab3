"""Law 1 from the phone on: what a form was told is what the table says, whatever the export."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector import make_form
from geosector.errors import GeosectorError
from geosector.sources import FORMS, check_table, read_table
from tests.phone import Shape, exported, write

WORDS = st.sampled_from(
    ["تل المثال", "Synthetic town", "Gundê nimûne", "گوندی نموونە", "old market"]
)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2026, 3, 1)).map(dt.date.isoformat)
POINTS = st.tuples(
    st.integers(3510, 3690).map(lambda n: n / 100 + 0.001),
    st.integers(3610, 3890).map(lambda n: n / 100 + 0.001),
    st.sampled_from([0.0, 412.5]),
    st.sampled_from([0.0, 4.5, 120.25]),
)
SHAPES = st.one_of(
    st.builds(
        Shape,
        container=st.sampled_from(["csv", "xlsx"]),
        words=st.sampled_from(["names", "en", "ar", "kmr", "ckb"]),
        groups=st.sampled_from(["", "/", ".", " - ", ":"]),
        several=st.sampled_from(["one", "split", "both"]),
        flags=st.sampled_from([("0", "1"), ("FALSE", "TRUE"), ("", "1")]),
        points=st.sampled_from(["one", "kobo"]),
        server=st.just("kobo"),
    ),
    st.sampled_from(
        [
            Shape(groups="-", several="split", points="central", server="odk"),
            Shape(points="central", server="odk"),
            Shape("json", groups="/"),
            Shape("geojson"),
            Shape("geojson", groups="/"),
        ]
    ),
)


@st.composite
def answers(draw, form):
    """Answer every question that is relevant, or leave it out where one may."""
    answer = {"uuid": draw(st.uuids(version=4).map(str))}
    survey = form["survey"].set_index("name")
    choices = form["choices"].groupby("list_name")["name"].apply(list)
    for name, facts in survey.iterrows():
        kind, _, listed = facts["type"].partition(" ")
        made = {
            "select_one": st.sampled_from,
            "select_multiple": lambda words: st.lists(
                st.sampled_from(words), min_size=1, max_size=3, unique=True
            ),
        }
        if kind in made:
            value = draw(made[kind](choices[listed]))
        elif kind in {"integer", "decimal"}:
            value = draw(st.integers(0, 40))
        elif kind == "geopoint":
            value = draw(POINTS)
        elif kind == "date":
            value = draw(DAYS)
        elif kind == "time":
            value = "14:35:00.000+03:00" if answer["date_precision"] == "minute" else None
        elif kind == "calculate":
            value = facts["calculation"].strip("'")
        elif kind == "text":
            value = draw(WORDS)
        else:
            continue
        needed = facts["required"] == "yes" or name in {"time", "locality"}
        answer[name] = value if needed or draw(st.booleans()) else None
    return answer


def expected_of(form_name, answer):
    """Say what the table must hold of an answer."""
    said = {
        name: value
        for name, value in answer.items()
        if name not in {"uuid", "point", "time", "uncertain"}
    }
    said["id"] = answer["uuid"]
    if said.get("other_places"):
        said["other_places"] = set(said["other_places"])
    for name in ("date", "valid_from", "valid_to"):
        if said.get(name):
            clock = " 14:35" if name == "date" and answer.get("time") else ""
            said[name] = pd.Timestamp(said[name] + clock)
    point = answer.get("point")
    if point is not None and point[3] > 0 and not said.get("radius_m"):
        said["radius_m"] = said["radius_m"] if said.get("radius_m") == 0 else point[3]
    return said


@pytest.mark.parametrize("name", list(FORMS))
@settings(max_examples=20)
@given(data=st.data())
def test_what_a_form_was_told_is_what_the_table_says(tmp_path_factory, name, data):
    form = make_form(name, lang="ar")
    shape = data.draw(SHAPES)
    told = data.draw(
        st.lists(answers(form), min_size=1, max_size=3, unique_by=lambda one: one["uuid"])
    )
    file = tmp_path_factory.mktemp("export") / f"export.{shape.container}"
    write(exported(form, told, shape), file)
    table, _ = read_table(file, FORMS[name].table)
    assert len(table) == len(told)
    for (_, row), answer in zip(table.iterrows(), told, strict=True):
        for column, value in expected_of(name, answer).items():
            read = row.get(column)
            if isinstance(value, set):  # columns of choices do not tell which was named first
                read = set(read.split(";"))
            assert (pd.isna(read) and value is None) or read == value, (column, read, value)
        point = answer["point"]
        assert (row.geometry is None) == (point is None)
        if point is not None:
            assert (row.geometry.y, row.geometry.x) == pytest.approx(point[:2])


HEADERS = st.sampled_from(
    ["_uuid", "_id", "_submission_time", "start", "KEY", "g/date", "date", "date_2", "g/loc", "_loc_latitude",
     "_loc_longitude", "_loc_precision", "g/_loc_latitude", "other_places", "other_places/home", "q/kind/fire",
     "kind", "time", "killed_man", "g-killed_man", "location", "_geolocation", "_validation_status", "id", "n/a",
     "_submitted_by", "radius_m", "geometry", "/", "a/", "-", "what: date"]
)  # fmt: skip
CELLS = st.sampled_from(
    ["", None, "n/a", "36.2 37.1 0 4.5", "36.2 37.1", "36.2 37.1 0 0;36.3 37.1 0 0;36.3 37.2 0 0;36.2 37.1 0 0",
     "96.5 400.1 0 0", "1e999 1.5 0 0", "2026-03-01", "2026-03-01T10:00:00+03:00", "0", "1", 1, 0, 4.5, True,
     "uuid:a", "b", "[36.2, 37.1]", "[null, null]", '[{"g/killed_man": 1}]', "home road", "fire", "14:35", "x"]
)  # fmt: skip


@given(data=st.data())
def test_every_report_of_any_export_is_a_row_or_listed(data):
    headers = ["_uuid", *data.draw(st.lists(HEADERS, unique=True, max_size=9)), "place"]
    rows = data.draw(
        st.lists(st.lists(CELLS, min_size=len(headers), max_size=len(headers)), max_size=5)
    )
    cells = pd.DataFrame(rows, columns=headers, dtype=object).assign(place="Synthetic")
    cells = cells.loc[:, ~cells.columns.duplicated()]
    try:
        good, problems = check_table(cells, "incidents", file="x")
    except GeosectorError:
        return
    refused = problems.loc[problems["action"] == "The row was left out.", "row"].tolist()
    assert sorted([*good.index, *refused]) == [*cells.index]
    assert good["locality"].notna().all()
