"""Any rows against the definition of a table: every problem at once, and the good rows.

The columns get the names of the table, the cells their types, the choices their values; what is
required is required. A value that is refused or read although it could be disputed is listed with
its row; digits of another script, spaces and headers in another language are not problems.
"""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector.crs import WGS84
from geosector.errors import MissingColumnError
from geosector.language import text
from geosector.sources.dates import expected_date, latest_report, read_dates
from geosector.sources.figures import read_about, read_at_least, read_numbers, read_range
from geosector.sources.places import locate
from geosector.sources.spreadsheet import row_left_out
from geosector.sources.values import (
    Remark,
    distinct,
    is_missing,
    objects,
    read_as,
    read_flags,
    value_left_out,
    western,
    written_as,
)
from geosector.sources.wholes import REST, bounds_of, with_remainders
from geosector.tables import (
    CASUALTY_GROUPS,
    FATES,
    Column,
    Problem,
    Table,
    content_ids,
    counts_all,
    fold_label,
    looks_personal,
    match_columns,
    match_value,
    table,
)

# What a row without a known kind is; a facility stays without one, which is sensitive.
_KIND_OF_OTHERS = {"incidents": "other", "barriers": "barrier"}
# Until when something lasts: "until April" is until its last day.
LAST_DAYS = ("date_to", "valid_to", "expires", "due")
# From the finest to the coarsest.
_PRECISIONS = ("minute", "day", "month", "year")


def check_rows(
    cells: pd.DataFrame, name: str, *, file: str, crs: str | None = None
) -> tuple[gpd.GeoDataFrame | pd.DataFrame, list[Problem]]:
    """Check rows against a table.

    Parameters
    ----------
    cells : DataFrame or GeoDataFrame
        With the headers and cells as they were found. An integer index is taken as the number of
        the row in its file.
    name : str
        The table.
    file : str
        What problems call the source.
    crs : str, optional
        The coordinate system of the coordinates, where they state none.

    Returns
    -------
    tuple = (rows, problems)
        The good rows, on their own index and in their order: first the columns of the table, then
        the unknown ones, then ``geometry`` (EPSG:4326; absent where nothing says where).

    Raises
    ------
    MissingColumnError
        Where no header means a column that the table cannot do without.
    MissingCRSError
        Where coordinates have no system and none was stated.
    """
    wanted = table(name)
    meant = match_columns(name, [str(header) for header in cells.columns])
    rows, problems = without_personal(cells, file, known={*wanted.columns, *meant})
    rows, headers = _named(rows, wanted)
    problems += _headers_that_mean_the_same(rows, wanted, headers, file)
    located = locate(rows, wanted, headers, file=file, crs=crs)
    rows = located.rows
    problems += [Problem(file, None, "geometry", *note) for note in located.notes]
    for column, remarks in located.remarks.items():
        problems += _listed(file, rows.index, column, remarks)
    _require_columns(rows, wanted, cells, file)
    if "geometry" in wanted.needs_one_of and "geometry" not in rows.columns:
        # Not yet geocoded: the table travels as the others do, its places missing.
        rows = gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries(None, index=rows.index, crs=WGS84))
    if wanted.name == "services":
        rows = _without_percent_signs(rows, wanted)
    for facts in wanted.columns.values():
        if facts.name in rows.columns and facts.name not in {"lat", "lon"}:
            values, remarks = _read_column(rows, wanted, facts)
            rows = rows.assign(**values)
            problems += _listed(file, rows.index, facts.name, remarks)
    if f"{FATES[0]}_{REST}" in wanted.columns:
        rows, found = _wholes_parted(rows, wanted, headers, file)
        problems += found
    rows, found = _blanks_emptied(rows, wanted, file)
    problems += found
    rows, found = _with_required(rows, wanted, file)
    problems += [*found, *_days_reversed(rows, wanted, file)]
    if "kind" in wanted.columns:
        rows, found = _with_kind(rows, wanted, file)
        problems += found
    if "id" in wanted.columns:
        rows, found = _with_ids(rows, file)
        problems += found
    elif wanted.name == "sectors":
        problems += _numbers_of_two(rows, file)
    return _in_order(rows, wanted), problems


def without_personal(
    cells: pd.DataFrame, file: str, *, known: set[str] | None = None
) -> tuple[pd.DataFrame, list[Problem]]:
    """Drop columns that look as if they were about persons, and list them.

    Parameters
    ----------
    cells : pandas.DataFrame
        Any rows.
    file : str
        For the problems, which name the header and never a cell.
    known : set of str, optional
        Columns that are asked for by this name, whatever it looks like.

    Returns
    -------
    tuple = (rows, problems)
    """
    personal = [
        header
        for header in cells.columns
        if header not in (known or ())
        and header != _geometry(cells)
        and (
            looks_personal(header)
            or _holds_contacts(cells[header])
            or _holds_personal_objects(cells[header])
        )
    ]
    problems = [
        Problem(file, None, str(header), str(header), text("counts of people, never persons"),
                text("The column was dropped."))
        for header in personal
    ]  # fmt: skip
    return cells.drop(columns=personal), problems


# Numbers that are dialled and addresses that are written to, whatever the column is called.
_CONTACT = re.compile(
    r"[^@\s]+@[^@\s]+\.[^@\s]{2,}|(?:\+|00)\d[\d ()./-]{8,16}|0(?:5|7|9)\d{2}[ -]?\d{3}[ -]?\d{3,4}"
    r"|(?:963|964|961|962|90)[579]\d{8,9}"
    # A mobile number of Syria that a program took for a figure, and whose first 0 it lost.
    r"|9[3-9]\d{7}"
)
_ENOUGH_CONTACTS, _CELLS_LOOKED_AT, _LONGEST_CONTACT = 2, 200, 200


def _holds_contacts(cells: pd.Series) -> bool:
    """Say whether nearly every cell of a column is a telephone number or an address of e-mail."""
    written = pd.api.types.is_object_dtype(cells) or pd.api.types.is_string_dtype(cells)
    if not (written or pd.api.types.is_integer_dtype(cells)):
        return False
    found = 0
    filled = [cell for cell in cells.tolist()[:5000] if not is_missing(cell)][:_CELLS_LOOKED_AT]
    for looked, cell in enumerate(filled, start=1):
        found += _is_contact(western(written_as(cell)))
        if looked - found > 0.2 * len(filled):  # the rest cannot make up for it
            return False
    return found >= _ENOUGH_CONTACTS


def _is_contact(written: str) -> bool:
    """Say whether a cell is an address, or holds one between the marks of XML: Garmin's places."""
    if written.startswith("<"):
        parts = re.split(r"<[^<>]*>", written[:_LONGEST_FRAGMENT])
        return any(_CONTACT.fullmatch(part.strip()) for part in parts)
    return _CONTACT.fullmatch(written[:_LONGEST_CONTACT]) is not None


_LONGEST_FRAGMENT = 5000
_NAME_IN_OBJECT = re.compile(r'"([^"\\]{1,60})"\s*:')


def _holds_personal_objects(cells: pd.Series) -> bool:
    """Say whether a column holds objects of JSON, one of whose names looks personal."""
    if not (pd.api.types.is_object_dtype(cells) or pd.api.types.is_string_dtype(cells)):
        return False
    written = [c for c in cells.tolist() if isinstance(c, str) and c.startswith(("{", "["))]
    names = {name for cell in written for name in _NAME_IN_OBJECT.findall(cell)}
    return any(map(looks_personal, names))


def _geometry(rows: pd.DataFrame) -> str | None:
    return rows.geometry.name if isinstance(rows, gpd.GeoDataFrame) else None


def _named(rows: pd.DataFrame, wanted: Table) -> tuple[pd.DataFrame, dict[str, str]]:
    """Give the columns the names of the table; say which header each had."""
    geometry = _geometry(rows)
    meaning = match_columns(wanted.name, [str(h) for h in rows.columns if h != geometry])
    taken = set(meaning.values())
    names = {
        header: meaning.get(str(header), f"{header}_input" if str(header) in taken else str(header))
        for header in rows.columns
        if header != geometry
    }
    return rows.rename(columns=names), {column: header for header, column in meaning.items()}


def _headers_that_mean_the_same(
    rows: pd.DataFrame, wanted: Table, headers: dict[str, str], file: str
) -> list[Problem]:
    """Tell of a further column under a header that was taken already, and that says otherwise."""
    words = {fold_label(header): column for column, header in headers.items()}
    problems = []
    for other in rows.columns:
        written = str(other).removesuffix("_input")
        column = words.get(fold_label(re.sub(r"_\d+$", "", written)))
        if column is None or other in wanted.columns or column in {"lat", "lon"}:
            continue
        pairs = zip(rows[other].tolist(), rows[column].tolist(), strict=True)
        if any(not is_missing(a) and written_as(a) != written_as(b) for a, b in pairs):
            expected = text("one column with {column}", column=column)
            taken = text("{header} was taken; the other was kept as it is.", header=headers[column])
            problems.append(Problem(file, None, column, written, expected, taken))
    return problems


def _listed(file: str, index: pd.Index, column: str, remarks: list[Remark]) -> list[Problem]:
    labels = index.to_numpy()
    return [
        Problem(file, row_number(labels, remark.position), column, *remark[1:])
        for remark in remarks
    ]


def row_number(index: pd.Index | NDArray[Any], place: int) -> int:
    """Give the number by which a person finds a row: its label, or its place counted from 1.

    Parameters
    ----------
    index : pandas.Index or numpy.ndarray
        The labels of the rows; an array is faster where many are asked for.
    place : int
        Counted from 0.

    Returns
    -------
    int

    Examples
    --------
    >>> row_number(pd.Index([2, 3, 5]), 2), row_number(pd.Index(["a", "b"]), 1)
    (5, 2)
    """
    label = index[place]
    return int(label) if isinstance(label, int | np.integer) else place + 1


# ---------------------------------------------------------------- one column


def _read_column(
    rows: pd.DataFrame, wanted: Table, column: Column
) -> tuple[dict[str, pd.Series], list[Remark]]:
    """Read one column; it may fill others beside it (precision of a date, bounds of a range)."""
    cells = rows[column.name]
    if column.type in {"integer", "number"}:
        if f"{column.name}_min" in wanted.columns:
            return _read_counts(rows, column)
        values, remarks = read_numbers(cells, column)
        return {column.name: values}, remarks
    if column.type == "date":
        return _read_date_column(rows, wanted, column)
    if column.type == "flag":
        values, remarks = read_flags(cells)
        return {column.name: values}, remarks
    if column.type == "choice":
        values, remarks = _read_choices(cells, wanted, column)
        return {column.name: values}, remarks
    return {column.name: read_text(cells)}, []


def read_text(cells: pd.Series) -> pd.Series:
    """Read a column of words: as they are, without the spaces around them.

    Parameters
    ----------
    cells : pandas.Series
        Anything.

    Returns
    -------
    pandas.Series
        Text on the same index; None (or NaN in a text column) where there is nothing.

    Examples
    --------
    >>> read_text(pd.Series([" إدلب ", 12.0, None, "{{7*7}}"], dtype=object)).tolist()
    ['إدلب', '12', None, '{{7*7}}']
    """
    if isinstance(cells.dtype, pd.StringDtype):
        stripped = cells.str.strip()
        return stripped.mask(stripped == "")
    if pd.api.types.is_integer_dtype(cells) and not cells.hasnans:
        return cells.astype(str).astype(object)
    # Of millions of cells most are text; a function for each would cost more than the rest.
    words = [(cell.strip() or None) if type(cell) is str else _word(cell)
             for cell in cells.tolist()]  # fmt: skip
    return pd.Series(objects(words), cells.index, "object", cells.name)


def _word(cell: object) -> str | None:
    return None if is_missing(cell) else written_as(cell).strip()


def _read_choices(
    cells: pd.Series, wanted: Table, column: Column
) -> tuple[pd.Series, list[Remark]]:
    found = distinct(cells)
    words = found.each(_word)
    values = [None if is_missing(w) else match_value(wanted.name, column.name, w) for w in words]
    is_kind = column.name == "kind"  # the one choice that is filled where it is missing
    action = _kind_action(wanted) if is_kind else value_left_out()
    listed = [
        value is None and (is_kind or word is not None)
        for word, value in zip(words, values, strict=True)
    ]
    expected = ", ".join(column.values)
    return pd.Series(found.spread(values), cells.index, "object"), [
        Remark(place, words[code] or "", expected, action) for place, code in found.rows(listed)
    ]


def _read_date_column(
    rows: pd.DataFrame, wanted: Table, column: Column
) -> tuple[dict[str, pd.Series], list[Remark]]:
    # What is dated has happened; what is valid, due or expires may lie in any future.
    latest = latest_report() if column.name == "date" else None
    values, written, remarks = read_dates(rows[column.name], latest)
    if column.name in LAST_DAYS:
        values, more = _at_its_end(rows[column.name], values, written)
        remarks += more
    if column.name != "date" or "date_precision" not in wanted.columns:
        return {column.name: values}, remarks
    if "date_precision" not in rows.columns:
        return {"date": values, "date_precision": written}, remarks
    precision, found = _merged_precision(rows, wanted, written)
    return {"date": values, "date_precision": precision}, remarks + found


def _at_its_end(
    cells: pd.Series, values: pd.Series, written: pd.Series
) -> tuple[pd.Series, list[Remark]]:
    """Take what lasts to a month or a year to last to its end, not to its first day."""
    remarks = []
    for precision, end in (("month", pd.offsets.MonthEnd(0)), ("year", pd.offsets.YearEnd(0))):
        vague = (written == precision).to_numpy(bool)
        if not vague.any():
            continue
        values = values.where(~vague, values + end)
        remarks += [
            Remark(place, written_as(cells.iloc[place]), expected_date(),
                   read_as(f"{values.iloc[place]:%Y-%m-%d}"))
            for place in np.flatnonzero(vague).tolist()
        ]  # fmt: skip
    return values, remarks


def _merged_precision(
    rows: pd.DataFrame, wanted: Table, written: pd.Series
) -> tuple[pd.Series, list[Remark]]:
    """Take the coarser of what is said of a date and what its writing shows."""
    facts = wanted.columns["date_precision"]
    stated, unknown = _read_choices(rows["date_precision"], wanted, facts)
    remarks = [
        remark._replace(action=text("Its precision was taken from the date itself."))
        for remark in unknown
    ]
    first, second = distinct(stated), distinct(written)
    codes = first.codes * len(second.cells) + second.codes
    pairs = [(said, seen) for said in first.cells for seen in second.cells]
    merged = [_coarser(*pair) for pair in pairs]
    both = np.array([_is_overruled(*pair) for pair in pairs], bool)
    expected = text("a date as precise as it is said to be")
    for place in np.flatnonzero(both[codes]).tolist():
        given = f"{written_as(rows['date'].iloc[place])} ({stated.iloc[place]})"
        remarks.append(Remark(place, given, expected, read_as(str(merged[codes[place]]))))
    return pd.Series(objects(merged)[codes], index=rows.index, dtype="object"), remarks


def _coarser(said: str | None, seen: str | None) -> str | None:
    known = [precision for precision in (said, seen) if precision]
    return max(known, key=_PRECISIONS.index, default=None)


def _is_overruled(said: str | None, seen: str | None) -> bool:
    differs = bool(said and seen) and _coarser(said, seen) != said
    return differs and (said, seen) != ("minute", "day")


def _read_counts(rows: pd.DataFrame, column: Column) -> tuple[dict[str, pd.Series], list[Remark]]:
    """Read counts of people, where "10-15" is a least and a most, and "15+" a least."""
    cells = rows[column.name]
    if pd.api.types.is_numeric_dtype(cells):
        values, remarks = read_numbers(cells, column)
        return {column.name: values}, remarks
    found = distinct(cells)
    bounds = found.each(_bounds)
    about = [read_about(c) if b is None else None
             for c, b in zip(found.cells, bounds, strict=True)]  # fmt: skip
    read = [None if b is not None else c if a is None else str(a)
            for c, b, a in zip(found.cells, bounds, about, strict=True)]  # fmt: skip
    changed = any(b is not None or a is not None for b, a in zip(bounds, about, strict=True))
    single = pd.Series(found.spread(read), cells.index, object, cells.name) if changed else cells
    values, remarks = read_numbers(single, column)
    made: dict[str, pd.Series] = {column.name: values}
    for side, ending in enumerate(("_min", "_max")):
        ends = [None if bound is None else bound[side] for bound in bounds]
        if any(end is not None for end in ends):
            name = f"{column.name}{ending}"
            made[name] = _with_bounds(rows, name, found.spread(ends))
    done = ["" if b is None else _done_with(*b) for b in bounds]
    remarks += [
        Remark(place, written_as(found.cells[code]), text("one number"), done[code])
        for place, code in found.rows([bound is not None for bound in bounds])
    ]
    remarks += [
        Remark(place, written_as(found.cells[code]), text("one number"), read_as(str(about[code])))
        for place, code in found.rows([count is not None for count in about])
    ]
    return made, remarks


def _bounds(cell: object) -> tuple[int, int | None] | None:
    """Read a range or a least; None for a single number and for anything else."""
    between = read_range(cell)
    least = read_at_least(cell) if between is None else None
    return between if least is None else (least, None)


def _done_with(least: int, most: int | None) -> str:
    if most is None:
        return text("Read as at least {least}.", least=least)
    return text("Read as at least {least} and at most {most}.", least=least, most=most)


def _with_bounds(rows: pd.DataFrame, name: str, ends: NDArray[np.object_]) -> pd.Series:
    """Fill an end of ranges where none is stated beside it."""
    if name not in rows.columns:
        return pd.Series(ends, rows.index, dtype=object).astype("Int64")
    stated = rows[name].astype(object).to_numpy()
    blank = np.fromiter(map(is_missing, stated), bool, len(stated))
    filled = np.where(blank & pd.notna(ends), ends, stated)
    return pd.Series(filled, rows.index, dtype=object, name=name)


# ---------------------------------------------------------------- whole rows


_PERCENT_SIGN = re.compile(r"\s*[%٪％]\s*$|^\s*[%٪％]\s*")


def _without_percent_signs(rows: pd.DataFrame, wanted: Table) -> pd.DataFrame:
    """Take the sign off a count whose unit is percent, or is not told: then it is percent."""
    if "count" not in rows.columns:
        return rows
    counts = rows["count"].tolist()
    unit = rows.get("unit", pd.Series(None, rows.index)).astype(object)
    facts = wanted.columns["unit"]
    words = {fold_label(word) for word in ("percent", *facts.values["percent"])}  # noqa: PD011
    is_percent = [is_missing(cell) or fold_label(written_as(cell)) in words for cell in unit]
    signed = [isinstance(cell, str) and bool(_PERCENT_SIGN.search(cell)) for cell in counts]
    mended = np.array(signed, bool) & np.array(is_percent, bool)
    if not mended.any():
        return rows
    bare = [
        _PERCENT_SIGN.sub("", cell) if is_mended else cell
        for cell, is_mended in zip(counts, mended, strict=True)
    ]
    return rows.assign(count=pd.Series(bare, rows.index, dtype=object),
                       unit=unit.mask(mended, "percent"))  # fmt: skip


def _wholes_parted(
    rows: pd.DataFrame, wanted: Table, headers: dict[str, str], file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Tell apart, of columns that count all killed, who is counted by sex and age beside them."""
    problems: list[Problem] = []
    for fate in FATES:
        rest = f"{fate}_{REST}"
        others = [h for h in rows.columns if h not in wanted.columns and counts_all(str(h)) == fate]
        is_rest = counts_all(headers.get(rest, "")) == fate
        parts = [f"{fate}_{group}{end}" for group in CASUALTY_GROUPS
                 for end in ("", "_min", "_max") if group != REST or not is_rest]  # fmt: skip
        if not set(parts) & set(rows.columns) or not (is_rest or others):
            continue
        if is_rest:
            whole = bounds_of(rows, rest)
        else:
            alone = rows[[others[0]]].rename(columns={others[0]: rest})
            values, remarks = _read_counts(alone, wanted.columns[rest])
            problems += _listed(file, rows.index, rest, remarks)
            whole = bounds_of(alone.assign(**values), rest)
        made, remarks = with_remainders(rows, fate, whole, is_certain=not is_rest)
        rows = rows.assign(**made)
        problems += _listed(file, rows.index, rest, remarks)
    return rows, problems


def _require_columns(rows: pd.DataFrame, wanted: Table, cells: pd.DataFrame, file: str) -> None:
    missing = [c.name for c in wanted.columns.values() if c.required and c.name not in rows.columns]
    if not missing and wanted.needs_one_of and not set(wanted.needs_one_of) & set(rows.columns):
        missing = list(wanted.needs_one_of)
    if missing:
        raise missing_columns(file, missing, cells)


def missing_columns(file: str, missing: list[str], cells: pd.DataFrame) -> MissingColumnError:
    """Say which columns a table lacks; the caller raises it.

    Parameters
    ----------
    file : str
        What the table is called.
    missing : list of str
        What was looked for.
    cells : pandas.DataFrame
        The table, with its headers as they were found.

    Returns
    -------
    MissingColumnError
    """
    more = ["…"] if len(cells.columns) > _HEADERS_TOLD else []
    return MissingColumnError(
        text(
            "{file}: no column was found for {missing}. Its columns are: {headers}. "
            "Rename one of them.",
            file=file,
            missing=", ".join(missing),
            headers=", ".join([*map(str, cells.columns[:_HEADERS_TOLD]), *more]),
        )
    )


_HEADERS_TOLD = 100


# What people write for nothing; in a column that a row cannot do without it is nothing. A place
# that is unknown or was not specified is an answer: the row is kept, and counts in every total.
_NOTHING = frozenset(
    fold_label(word) for word in ("n/a", "na", "none", "null", "not available", "لا يوجد")
)


def _blanks_emptied(
    rows: pd.DataFrame, wanted: Table, file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Empty the words for nothing in the columns of which a row needs one."""
    problems: list[Problem] = []
    for column in wanted.columns.values():
        needed = column.required or column.name in wanted.needs_one_of
        if not needed or column.type != "text" or column.name not in rows.columns:
            continue
        found = distinct(rows[column.name])
        blank = [_says_nothing(cell) for cell in found.cells]
        if any(blank):
            remarks = [
                Remark(place, written_as(found.cells[code]),
                       text("a row with {column}", column=column.name), text("Left empty."))
                for place, code in found.rows(blank)
            ]  # fmt: skip
            problems += _listed(file, rows.index, column.name, remarks)
            kept = [None if empty else c for empty, c in zip(blank, found.cells, strict=True)]
            rows = rows.assign(
                **{column.name: pd.Series(found.spread(kept), rows.index, dtype=object)}
            )
    return rows, problems


def _says_nothing(cell: object) -> bool:
    if is_missing(cell) or (isinstance(cell, str) and _DIGIT.search(cell)):
        return False
    folded = fold_label(cell)
    return not folded or folded in _NOTHING


_DIGIT = re.compile(r"\d")
_FIRST_AND_LAST = (("valid_from", "valid_to"), ("date_from", "date_to"))


def _days_reversed(rows: pd.DataFrame, wanted: Table, file: str) -> list[Problem]:
    """List the rows that end before they begin."""
    problems: list[Problem] = []
    for first, last in _FIRST_AND_LAST:
        if {first, last} <= set(wanted.columns) and {first, last} <= set(rows.columns):
            wrong = (rows[first] > rows[last]).to_numpy()
            days = rows[[first, last]].map("{:%Y-%m-%d}".format, na_action="ignore")
            remarks = [
                Remark(place, days[last].iloc[place],
                       text("a day not before {first}", first=days[first].iloc[place]),
                       text("Kept as it is."))
                for place in np.flatnonzero(wrong).tolist()
            ]  # fmt: skip
            problems += _listed(file, rows.index, last, remarks)
    return problems


def _with_required(
    rows: pd.DataFrame, wanted: Table, file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Leave out the rows that lack what a row cannot do without."""
    bad = np.zeros(len(rows), bool)
    problems = []
    for column in wanted.columns.values():
        if column.required:
            lacks = rows[column.name].isna().to_numpy() & ~bad
            problems += _left_out(file, rows.index, lacks, column.name, column.name)
            bad |= lacks
    if wanted.needs_one_of:
        there = [rows[c].notna().to_numpy() for c in wanted.needs_one_of if c in rows.columns]
        lacks = ~np.any(there, axis=0) & ~bad
        needed = " / ".join(wanted.needs_one_of)
        problems += _left_out(file, rows.index, lacks, wanted.needs_one_of[0], needed)
        bad |= lacks
    return (rows[~bad] if bad.any() else rows), problems


def _left_out(
    file: str,
    index: pd.Index,
    lacks: NDArray[np.bool_],
    column: str,
    needed: str,
) -> list[Problem]:
    labels, done = index.to_numpy(), row_left_out()
    expected = text("a row with {column}", column=needed)
    return [
        Problem(file, row_number(labels, place), column, "", expected, done)
        for place in np.flatnonzero(lacks).tolist()
    ]  # fmt: skip


def _with_kind(rows: pd.DataFrame, wanted: Table, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Fill a missing kind: other for incidents; facilities stay without, which is sensitive."""
    filler = _KIND_OF_OTHERS.get(wanted.name)
    if "kind" in rows.columns:
        kinds = rows["kind"]
        return rows.assign(kind=kinds if filler is None else kinds.fillna(filler)), []
    filled = pd.Series(filler, index=rows.index, dtype="object")
    expected = ", ".join(wanted.columns["kind"].values)
    problem = Problem(file, None, "kind", "", expected, _kind_action(wanted))
    return rows.assign(kind=filled), [problem] if len(rows) else []


def _numbers_of_two(rows: pd.DataFrame, file: str) -> list[Problem]:
    """Tell of sectors that have the number of another one."""
    twice = rows["sector_id"].duplicated().to_numpy()
    return [
        Problem(file, row_number(rows.index, place), "sector_id",
                written_as(rows["sector_id"].iloc[place]), text("a number of its own"),
                text("Kept as it is."))
        for place in np.flatnonzero(twice).tolist()
    ]  # fmt: skip


def _kind_action(wanted: Table) -> str:
    if wanted.name in _KIND_OF_OTHERS:
        return read_as(_KIND_OF_OTHERS[wanted.name])
    return text("Kept without a kind, and treated as sensitive.")


def _with_ids(rows: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Make the ids that are missing from the content; list those that are not unique.

    That a table has no ids at all is no problem; that single ones are missing is.
    """
    if "id" not in rows.columns:
        rows = rows.assign(id=pd.Series(None, index=rows.index, dtype="object"))
    rows, problems = _once_each(rows, file)
    ids = rows["id"]
    repeated = ids.duplicated(keep="first") & ids.notna()
    labels, given, expected = rows.index.to_numpy(), ids.to_numpy(), text("an id of its own")
    problems += [
        Problem(file, row_number(labels, place), "id", str(given[place]), expected,
                text("Kept as it is."))
        for place in np.flatnonzero(repeated).tolist()
    ]  # fmt: skip
    blank = ids.isna().to_numpy()
    if not blank.any():
        return rows, problems
    content = pd.DataFrame(rows.drop(columns="id"))
    if "geometry" in content.columns:
        content = content.assign(geometry=shapely.to_wkb(rows["geometry"].to_numpy(), hex=True))
    made = content_ids(content[blank])
    if not blank.all():
        problems += [
            Problem(file, row_number(labels, place), "id", "", expected,
                    text("Made from the content: {id}.", id=made_id))
            for made_id, place in zip(made.tolist(), np.flatnonzero(blank).tolist(), strict=True)
        ]  # fmt: skip
    filled = ids.astype(object)
    filled[blank] = made.to_numpy()
    return rows.assign(id=filled), problems


def _once_each(rows: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Leave out rows that say under one id what a row before them says, word for word.

    Such rows were pasted or sent twice, and would count everything twice. Without an id of their
    own two rows alike may be two things alike: they are kept.
    """
    shared = (rows["id"].duplicated(keep=False) & rows["id"].notna()).to_numpy()
    if not shared.any():
        return rows, []
    alike = pd.DataFrame(rows[shared])
    if "geometry" in alike.columns:
        alike = alike.assign(geometry=shapely.to_wkb(rows["geometry"].to_numpy()[shared], hex=True))
    again = np.zeros(len(rows), bool)
    again[shared] = alike.astype("string").duplicated(keep="first").to_numpy()
    labels, given = rows.index.to_numpy(), rows["id"].to_numpy()
    return rows[~again], [
        Problem(file, row_number(labels, place), "id", str(given[place]), text("each row once"),
                row_left_out())
        for place in np.flatnonzero(again).tolist()
    ]  # fmt: skip


def _in_order(rows: pd.DataFrame, wanted: Table) -> pd.DataFrame:
    """Put the table's own columns first, in its order, and the geometry last."""
    own = [column for column in wanted.columns if column in rows.columns]
    others = [column for column in rows.columns if column not in own and column != "geometry"]
    return rows[own + others + (["geometry"] if "geometry" in rows.columns else [])]
