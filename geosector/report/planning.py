"""What planning found, in a report: a section for each question, made of its tables.

What an audience may not see was taken out before (`geosector.release.for_plan`); the section says
what is left out. A way on which a street has no fresh report is unknown, and every way says how old
its oldest report is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from geosector.language import language, number, text
from geosector.maps.plan.cells import DATES, DECIMALS, FLAGS, NAMING, cell
from geosector.maps.plan.words import column_name, table_name
from geosector.maps.saying import spoken
from geosector.report.blocks import Block, Link, Notes, Paragraph, Section, Table, Tile, Tiles
from geosector.report.naming import section_name
from geosector.report.plan_numbers import PlanNumbers, PlanTotal
from geosector.report.words import joined, set_apart, written

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "plan_access": (
        "access", "reach", "cut_off", "critical", "routes", "service_areas", "sheltering",
        "shelters", "left_over",
    ),
    "plan_sites": ("sites", "candidates"),
    "plan_stock": ("stock_gaps", "transfers"),
    "plan_hot_spots": ("hot_spots", "trends", "black_spots", "exposure"),
    "plan_coordination": (
        "who_does_what", "overlaps", "activity_gaps", "coverage", "equity", "need_scores",
        "allocation", "projects", "expiring", "returned", "not_reached",
    ),
    "plan_organisation": ("posts", "catalogue"),
}  # fmt: skip
MOST_ROWS = 40  # of a table in the report; the workbook holds all
CODED_TABLES = ("hot_spots", "trends")  # their parts are counted, not summed
WAYS = ("reach", "routes", "transfers", "access", "sheltering")


def plan_sections(plan: PlanNumbers, lang: str, *, page: str = "") -> tuple[Section, ...]:
    """Tell what planning found, in one language.

    Parameters
    ----------
    plan : PlanNumbers
        As `geosector.report.plan_numbers.reckon_plan` gives them.
    lang : str
    page : str
        The file of its map beside the report; the first section links to it.

    Returns
    -------
    tuple of Section
        Those of ``plan_access, plan_sites, plan_stock, plan_hot_spots, plan_coordination,
        plan_organisation`` of which the plan has a table.

    Examples
    --------
    >>> from geosector.release import Planned
    >>> from geosector.report.plan_numbers import reckon_plan
    >>> ways = pd.DataFrame({"sector_id": [1], "to": ["North"], "minutes": [12.0],
    ...                      "oldest_report_days": [45.0], "known": [False]})
    >>> (told,) = plan_sections(reckon_plan(Planned({"routes": ways}, {})), "en")
    >>> told.blocks[1].header[3:], told.blocks[1].rows
    (('Oldest road report (days)',), (('1', 'North', '12.0', '45, unknown'),))
    >>> plan_sections(reckon_plan(Planned({}, {})), "en")
    ()
    """
    told: list[Section] = []
    for section, tables in SECTIONS.items():
        here = [name for name in tables if name in plan.tables]
        if "access" in here and "reach" in here:  # the same, by block
            here.remove("reach")
        gone = [name for name in tables if name in plan.left_out]
        if here or gone:
            blocks = (*_tiles(plan, here, lang), *_tables(plan, here, lang))
            notes = tuple(_notes(here, gone, lang))
            if notes:
                blocks = (*blocks, Notes(notes))
            if page and not told:
                blocks = (*blocks, Link(text("Open the map of the plan", lang=lang), page))
            told.append(Section(section, section_name(section, lang), blocks))
    return tuple(told)


def total_label(total: PlanTotal, lang: str) -> str:
    """Name a number of a plan.

    Examples
    --------
    >>> total_label(PlanTotal("access", (("kind", "clinic"), ("minutes", 10.0)), "within", 3), "en")
    'People within reach: Clinics, 10 minutes'
    >>> total_label(PlanTotal("routes", (), "count", 3), "en")
    'Ways out'
    """
    parts = [_part(column, value, lang) for column, value in total.part if value == value]  # noqa: PLR0124
    if total.figure == "count":
        name = spoken(table_name(total.table), lang)
    elif total.figure == "unknown" and total.table in {"routes", "transfers"}:
        name = text("{what}: unknown", lang=lang, what=spoken(table_name(total.table), lang))
    else:
        name = spoken(column_name(total.table, total.figure), lang)
    if not parts:
        return name
    return text("{what}: {facts}", lang=lang, what=name, facts=_listed(parts, lang))


def _listed(parts: Sequence[str], lang: str) -> str:
    return ("، " if language(lang).direction == "rtl" else ", ").join(parts)


def _part(column: str, value: object, lang: str) -> str:
    if column == "minutes":
        try:
            return text("{n} minutes", lang=lang, n=written(float(str(value)), lang))
        except ValueError:  # a word, as somebody wrote it
            return str(value)
    return spoken(cell("", column, {column: value}), lang)


def _tiles(plan: PlanNumbers, tables: Sequence[str], lang: str) -> Iterator[Block]:
    """Give the numbers that the tables come to: as tiles, and of tables with parts by part."""
    wanted = [total for name in tables for total in plan.totals if total.table == name]
    tiles = [total for total in wanted if _is_tile(total, wanted)]
    if tiles:
        yield Tiles(tuple(Tile(_value(one, lang), total_label(one, lang)) for one in tiles))
    for name in tables:
        parted = [total for total in wanted if total.table == name and total.part]
        if len(parted) > 1 and name not in CODED_TABLES:
            yield _by_part(name, parted, lang)


def _is_tile(total: PlanTotal, wanted: Sequence[PlanTotal]) -> bool:
    """Choose the tiles: what has no parts, and of access who is within the greatest limit."""
    if total.table == "access":
        minutes = dict(total.part).get("minutes", 0.0)
        limits = [dict(one.part).get("minutes", 0.0) for one in wanted if one.table == "access"]
        return total.figure == "within" and minutes == max(limits, key=lambda at: float(str(at)))
    if total.table in CODED_TABLES or not total.part:
        return total.table != "service_areas"
    return len([one for one in wanted if one.table == total.table]) == 1


def _by_part(name: str, totals: Sequence[PlanTotal], lang: str) -> Table:
    """Set what the parts of a table come to, such as each kind of facility, side by side."""
    columns = list(dict.fromkeys(column for total in totals for column, _ in total.part))
    figures = list(dict.fromkeys(total.figure for total in totals))
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for total in totals:
        part = dict(total.part)
        key = tuple(spoken(cell(name, column, part), lang) for column in columns)
        rows.setdefault(key, {})[total.figure] = _value(total, lang)
    header = tuple(spoken(column_name(name, one), lang) for one in (*columns, *figures))
    cells = tuple(
        (*key, *(told.get(figure, "—") for figure in figures)) for key, told in rows.items()
    )
    numeric = (*(column == "minutes" for column in columns), *(True for _ in figures))
    caption = text("{what}: all areas together", lang=lang, what=spoken(table_name(name), lang))
    return Table("", caption, header, cells, numeric)


def _value(total: PlanTotal, lang: str) -> str:
    if total.value is None:
        return text("withheld or unknown", lang=lang)
    return number(total.value, decimals=DECIMALS.get(total.figure, 0), lang=lang)


# --------------------------------------------------------------- tables


def _tables(plan: PlanNumbers, tables: Sequence[str], lang: str) -> Iterator[Block]:
    for name in tables:
        rows = _told(name, plan.tables[name])
        if rows.empty:
            none = text("{what}: none.", lang=lang, what=spoken(table_name(name), lang))
            yield Paragraph(none)
        else:
            yield _table(name, rows, lang)


def _told(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out the rows that say nothing: areas that are neither hot nor cold."""
    column = {"hot_spots": "spot", "trends": "trend"}.get(name, "")
    return rows[rows[column] != "none"] if column in rows.columns else rows


def _table(name: str, rows: pd.DataFrame, lang: str) -> Table:
    """Set a table of the plan, the first rows of it."""
    columns = _columns(name, rows)
    shown = rows.head(MOST_ROWS)
    cells = tuple(
        tuple(_cell(name, column, row, lang) for column in columns)
        for row in shown.to_dict("records")
    )
    more = len(rows) - len(shown)
    note = (
        text("And {n} more in report.xlsx.", lang=lang, n=number(more, lang=lang)) if more else ""
    )
    header = tuple(spoken(column_name(name, column), lang) for column in columns)
    numeric = tuple(_is_number(column, rows) for column in columns)
    caption = spoken(table_name(name), lang)
    return Table(f"plan.{name}", caption, header, cells, numeric, (), note)


def _columns(name: str, rows: pd.DataFrame) -> list[str]:
    """Choose the columns to print: those that have a name, and the age of reports of each way."""
    named = [column for column in rows.columns if column_name(name, str(column)) != column]
    if "locality" in named and "locality_id" in named:
        named.remove("locality_id")
    if name in {"routes", "transfers"} and "oldest_report_days" not in named:
        named.append("oldest_report_days")
    return [str(column) for column in named if column != "population" or "people" not in named]


def _is_number(column: str, rows: pd.DataFrame) -> bool:
    if column in (*NAMING, *FLAGS, *DATES, "month") or column not in rows.columns:
        return column == "oldest_report_days"
    return bool(pd.api.types.is_numeric_dtype(rows[column]))


def _cell(name: str, column: str, row: Mapping[str, object], lang: str) -> str:
    told = cell(name, column, row)
    return set_apart(told, lang) if isinstance(told, str) else spoken(told, lang)


# --------------------------------------------------------------- notes


def _notes(here: Sequence[str], gone: Sequence[str], lang: str) -> Iterator[str]:
    if set(here) & set(WAYS):
        yield text(
            "A way on which a street has no fresh report is unknown, however few its minutes are.",
            lang=lang,
        )
    if "need_scores" in here:
        yield text("An input that is missing is no nought: the score says so.", lang=lang)
    if "returned" in here:
        yield text("What several sources counted is never added up.", lang=lang)
    if gone:
        names = joined([spoken(table_name(name), lang) for name in gone], lang)
        yield text("Not for the readers of this report: {tables}.", lang=lang, tables=names)
