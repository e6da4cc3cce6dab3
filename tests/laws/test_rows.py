"""Law 1 at the door: rows in are rows out, in order; a row that is not out is in the problems."""

from __future__ import annotations

import csv
import io

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geosector.sources import check_table, read_incidents, read_rows

LEFT_OUT = "The row was left out."
CELLS = st.one_of(
    st.sampled_from(["", " ", "2024-04-01", "١ نيسان ٢٠٢٤", "30/02/2024", "2024", "3", "-1", "10-15",
                     "٣٦٫٢", "37,1", "95", "=cmd()", '"', 'a"b', "a;b", "a\nb", "fire", "إدلب", "'x"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=6),
)  # fmt: skip
HEADERS = ["date", "locality", "kind", "lat", "lon", "killed_man", "note"]
ROWS = st.lists(st.lists(CELLS, min_size=len(HEADERS), max_size=len(HEADERS)), max_size=8)


@given(ROWS)
def test_every_row_of_a_table_is_good_or_listed(rows):
    cells = pd.DataFrame(rows, columns=HEADERS, dtype=object)
    good, problems = check_table(cells, "incidents", file="rows")
    refused = problems.loc[problems["action"] == LEFT_OUT, "row"].tolist()
    assert sorted([*good.index, *refused]) == list(cells.index)
    assert list(good.index) == sorted(good.index)
    assert good["date"].notna().all()
    assert (good["locality"].notna() | good["geometry"].notna()).all()
    assert good["note"].fillna("").tolist() == cells.loc[good.index, "note"].tolist()


@given(
    rows=ROWS,
    separator=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8-sig", "utf-16"]),
)
def test_every_row_of_a_file_is_good_or_listed(tmp_path_factory, rows, separator, encoding):
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    # A last column that is never empty keeps every row a row.
    filled = [[*row, "x"] for row in rows]
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator="\n").writerows(
        [[*HEADERS, "end"], *filled]
    )
    path.write_bytes(written.getvalue().encode(encoding))
    good, problems = read_incidents(path)
    refused = problems.loc[problems["action"] == LEFT_OUT, "row"].tolist()
    assert sorted([*good.index, *refused]) == list(range(2, len(rows) + 2))
    as_they_stand, _ = read_rows(path)
    assert as_they_stand["end"].tolist() == ["x"] * len(rows)
