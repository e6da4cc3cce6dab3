"""The numbers of a report as tables of words: breakdowns, totals, recommendations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pandas as pd

from geosector.language import date as written_date
from geosector.language import number, percent, text
from geosector.measure.coded import UNSPECIFIED
from geosector.measure.counts import counted, top
from geosector.measure.rates import kinds
from geosector.report import words
from geosector.report.blocks import Section, Table
from geosector.report.naming import (
    breakdown_name,
    dimension_name,
    dimension_of,
    key_name,
    section_name,
    total_name,
)
from geosector.report.numbers import Numbers


def table_of(
    name: str, numbers: Numbers, lang: str, *, most: int | None = None, caption: str = ""
) -> Table:
    """Set a breakdown as a table: the counts, the percentages beside them, and the whole.

    Parameters
    ----------
    name : str
        Of the breakdown.
    numbers : Numbers
    lang : str
    most : int, optional
        Of places, how many are named at least; a note says how many there are besides.
    caption : str, optional
        Default: what the breakdown is called.

    Examples
    --------
    >>> from geosector.report.numbers import reckon
    >>> rows = pd.DataFrame(
    ...     {"kind": ["fire"] * 3, "date": pd.to_datetime(["2024-04-02"] * 3),
    ...      "cause": ["gas_leak", "gas_leak", "unspecified"]}
    ... )
    >>> table_of("fire.by_cause", reckon(rows, "2024-04"), "en").rows
    (('gas leaks', '2', '67%'), ('unspecified', '1', '33%'), ('Total', '3', '100%'))
    """
    parts = numbers.breakdowns[name]
    note = ""
    if most is not None and dimension_of(name) == "community":
        best = top(parts, most)
        rest = parts[(parts["key"] != UNSPECIFIED) & ~parts["key"].isin(best["key"])]
        unknown = parts[parts["key"] == UNSPECIFIED]
        parts = pd.concat([best, unknown])
        if len(rest):
            note = text(
                "And {places} more places with {n} in all.",
                lang=lang,
                places=number(len(rest), lang=lang),
                n=number(int(rest["count"].sum()), lang=lang),
            )
    rows = [_row(name, row, numbers, lang) for row in parts.to_dict("records")]
    header = _header(name, numbers, lang)
    emphasis: tuple[int, ...] = ()
    published = numbers.services.get(name)
    if published is None or published.base is not None:
        all_parts = numbers.breakdowns[name]
        low = int(all_parts["count"].sum())
        high = int(all_parts.get("high", all_parts["count"]).sum())
        whole = (text("Total", lang=lang), _range(low, high, lang), percent(1, lang=lang))
        rows.append((*whole, *([""] * (len(header) - len(whole)))))
        emphasis = (len(rows) - 1,)
    title = caption or breakdown_name(name, numbers, lang)
    numeric = (False, *([True] * (len(header) - 1)))
    return Table(name, title, header, tuple(rows), numeric, emphasis, note)


def _header(name: str, numbers: Numbers, lang: str) -> tuple[str, ...]:
    header = [dimension_name(name, lang), text("Count", lang=lang), text("Percent", lang=lang)]
    if _has_shares_only(name, numbers):
        del header[1]
    if _has_besides(numbers.breakdowns[name]):
        header.append(text("Hit besides", lang=lang))
    return tuple(header)


def _has_shares_only(name: str, numbers: Numbers) -> bool:
    published = numbers.services.get(name)
    return published is not None and published.estimated and published.base is None


def _row(name: str, row: Mapping[str, object], numbers: Numbers, lang: str) -> tuple[str, ...]:
    key, count = str(row["key"]), int(str(row["count"]))
    cells = [key_name(name, key, numbers, lang)]
    published = numbers.services.get(name)
    if not _has_shares_only(name, numbers):
        shown = _range(count, int(str(row.get("high", count))), lang)
        if published is not None and published.estimated:
            shown = text("about {n}", lang=lang, n=shown)
        cells.append(shown)
    cells.append(percent(int(str(row["percent"])) / 100, lang=lang))
    if _has_besides(numbers.breakdowns[name]):
        cells.append(number(int(str(row["besides"])), lang=lang))
    return tuple(cells)


def _has_besides(parts: pd.DataFrame) -> bool:
    return "besides" in parts and bool((parts["besides"] > 0).any())


def _range(low: int, high: int, lang: str) -> str:
    least = number(low, lang=lang)
    return least if high <= low else f"{least}–{number(high, lang=lang)}"


def recommendations(rows: pd.DataFrame | None, lang: str) -> tuple[Section, ...]:
    """Give how far recommendations are: counted, and each where its reader may see it.

    Parameters
    ----------
    rows : pandas.DataFrame, optional
        The table ``recommendations`` as its reader may see it: ``status``, and where it is there
        ``text, owner, due``.
    lang : str

    Returns
    -------
    tuple of Section
        None or one.

    Examples
    --------
    >>> rows = pd.DataFrame({"status": ["open", "done", "done"]})
    >>> recommendations(rows, "en")[0].blocks[0].rows
    (('done', '2'), ('not begun', '1'))
    >>> recommendations(rows[:0], "en"), recommendations(None, "en")
    ((), ())
    """
    if rows is None or rows.empty:
        return ()
    status = rows.get("status", pd.Series(None, rows.index, dtype=object))
    status = status.astype(object).where(status.notna(), UNSPECIFIED)
    found = status.value_counts()
    parts = counted(list(map(str, found.index)), found.to_numpy())
    header: tuple[str, ...] = (text("State", lang=lang), text("Count", lang=lang))
    cells: tuple[tuple[str, ...], ...] = tuple(
        (_status(key, lang), number(int(n), lang=lang))
        for key, n in zip(parts["key"], parts["count"], strict=True)
    )
    title = text("How far they are", lang=lang)
    blocks = [Table("", title, header, cells, (False, True))]
    columns = {
        "text": text("What is to be done", lang=lang),
        "owner": text("Office", lang=lang),
        "due": text("Due", lang=lang),
        "status": text("State", lang=lang),
    }
    shown = [column for column in columns if column in rows.columns]
    if len(shown) > 1:
        listed = rows.assign(status=[_status(str(code), lang) for code in status])
        cells = tuple(
            tuple(_cell(row[column], lang) for column in shown) for row in listed.to_dict("records")
        )
        header = tuple(columns[column] for column in shown)
        title = text("Each of them", lang=lang)
        blocks.append(Table("", title, header, cells, tuple(False for _ in shown)))
    return (Section("recommendations", section_name("recommendations", lang), tuple(blocks)),)


def _cell(value: object, lang: str) -> str:
    if value is None or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN
        return "—"
    if isinstance(value, dt.date):
        return written_date(value, lang=lang)
    return str(value)


def _status(code: str, lang: str) -> str:
    return {
        "open": text("not begun", lang=lang),
        "in_progress": text("begun", lang=lang),
        "done": text("done", lang=lang),
        "dropped": text("given up", lang=lang),
    }.get(code, text("unspecified", lang=lang))


def appendix(numbers: Numbers, lang: str) -> tuple[Table, ...]:
    """Give every total and every breakdown, whole; the places of all kinds in one table.

    Examples
    --------
    >>> from geosector.report.numbers import reckon
    >>> rows = pd.DataFrame({"kind": ["fire"] * 2, "date": pd.to_datetime(["2024-04-02"] * 2)})
    >>> rows["locality"] = ["Sarmin", None]
    >>> [table.id for table in appendix(reckon(rows, "2024-04"), "en")]
    ['totals', 'by_community']
    >>> appendix(reckon(rows[:0], "2024-04"), "en")
    ()
    """
    header = (text("Total", lang=lang), text("Count", lang=lang), *_compared_header(numbers, lang))
    rows = tuple(_total_row(name, numbers, lang, len(header)) for name in numbers.totals)
    title = text("Totals", lang=lang)
    numeric = (False, *([True] * (len(header) - 1)))
    totals = [Table("totals", title, header, rows, numeric)] if rows else []
    told = [
        table_of(name, numbers, lang)
        for name in numbers.breakdowns
        if name in numbers.services or dimension_of(name) != "community"
    ]
    return (*totals, *_places(numbers, lang), *told)


def _places(numbers: Numbers, lang: str) -> tuple[Table, ...]:
    """Count incidents by place and kind, the place with most of them first.

    Kinds of which no row names a place are in it, too: it comes to the total of all.
    """
    by_place = {}
    for kind in kinds():
        total = numbers.totals.get(f"{kind}.responses")
        parts = numbers.breakdowns.get(f"{kind}.by_community")
        if parts is not None:
            by_place[kind] = parts.set_index("key")["count"]
        elif total is not None and total.low:
            by_place[kind] = pd.Series({UNSPECIFIED: int(total.low)})
    counts = pd.DataFrame(by_place).fillna(0).astype(int)
    if set(counts.index) <= {UNSPECIFIED}:
        return ()
    whole = counts.sum(axis=1)
    counts = counts.loc[sorted(whole.index, key=lambda key: (key == UNSPECIFIED, -whole[key], key))]
    several = len(by_place) > 1
    if several:
        counts.insert(0, "all", whole)
    counts.loc[""] = counts.sum()
    name = f"{next(iter(by_place))}.by_community"  # whose keys are places, of whichever kind
    rows = [
        (key_name(name, str(key), numbers, lang), *(number(int(n), lang=lang) for n in row))
        for key, row in zip(counts.index, counts.to_numpy(), strict=True)
    ]
    rows[-1] = (text("Total", lang=lang), *rows[-1][1:])
    kinds_told = [section_name(kind, lang) for kind in by_place]
    header = (
        dimension_name(name, lang), *([text("Total", lang=lang)] if several else []), *kinds_told
    )  # fmt: skip
    numeric = (False, *([True] * (len(header) - 1)))
    title = text("Incidents by place and kind", lang=lang)
    return (Table("by_community", title, header, tuple(rows), numeric, (len(rows) - 1,)),)


def _compared_header(numbers: Numbers, lang: str) -> tuple[str, ...]:
    spans = [numbers.spans.previous, numbers.spans.year_before]
    return tuple(words.span_name(span, lang) for span in dict.fromkeys(spans))


def _total_row(name: str, numbers: Numbers, lang: str, width: int) -> tuple[str, ...]:
    total = numbers.totals[name]
    before = [total.previous, total.year_before][: width - 2]
    cells = ["—" if value is None else words.written(value, lang) for value in before]
    return (total_name(name, numbers, lang), words.total_value(total, lang), *cells)
