"""A report as a document: the numbers in the order of the report, in one language.

The figures of the Syrian civil defence's monthly report (April 2024) come in its order and with its
numbers, 1 to 13; a figure without rows keeps its number and says that it is missing. Every
breakdown stands whole in the appendix.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from geosector import release
from geosector.language import number, percent, plural, text
from geosector.measure.coded import UNSPECIFIED
from geosector.measure.counts import top
from geosector.measure.rates import kinds
from geosector.palette import INCIDENTS
from geosector.report import figures, trends, words
from geosector.report.blocks import (
    Block,
    Document,
    Figure,
    Link,
    Notes,
    Paragraph,
    Section,
    Table,
    Tile,
    Tiles,
)
from geosector.report.findings import Finding
from geosector.report.naming import (
    breakdown_name,
    dimension_of,
    key_name,
    place_name,
    section_name,
    total_name,
    whole_of,
)
from geosector.report.numbers import Numbers
from geosector.report.plan_numbers import NO_PLAN, PlanNumbers
from geosector.report.planning import plan_sections
from geosector.report.remarks import remark
from geosector.report.svg import Drawn
from geosector.report.tables import appendix, recommendations, table_of
from geosector.report.telling import narratives
from geosector.tables import FATES, Audience

# What is drawn, in order: the breakdown (or, of casualties, the kind) and how.
DRAWN = (
    ("attack.casualties", "casualties"),
    ("attack.by_weapon", "bars"),
    ("fire.by_place", "bars"),
    ("fire.casualties", "casualties"),
    ("traffic.casualties", "casualties"),
    ("traffic.by_cause", "bars"),
    ("ambulance.by_sexage", "bars"),
    ("ambulance.by_diagnosis", "table"),
    ("centres.by_sexage", "bars"),
    ("centres.why_chosen", "tiles"),
    ("protection.by_sexage", "bars"),
    ("protection.by_topic", "bars"),
    ("protection.by_place", "bars"),
)
NUMBER = {name: at for at, (name, _) in enumerate(DRAWN, 1)}
MAPPED = "attack"  # the kind whose map is map 1
TOLD = 5  # incidents told of each kind
MOST_IN = 3  # places named as those with the most incidents
KEY_FIGURES = ("attack.responses", "fire.responses", "traffic.responses", "drowning.responses")


class Map(NamedTuple):
    """The map of a kind of incident: as drawn, what it shows, the page beside the report.

    ``missing`` are the places that incidents name and no gazetteer locates, each with its count.
    """

    svg: str
    alt: str
    link: str = ""
    missing: tuple[tuple[str, int], ...] = ()


class Facts(NamedTuple):
    """What a report says besides its numbers.

    ``maps`` by kind of incident; ``named`` rows name a place, ``located`` of them are on the map;
    ``listed``: how many problems are listed, by column; ``notes``: more sentences on the data, in
    the language asked for; ``recommendations`` as `read_table` gives that table; ``plan``: what
    planning found, ``plan_page`` the file of its map; ``override``: by which decision of which
    ``date`` a partner sees all of it.
    """

    audience: Audience
    source: str
    day: str
    maps: Mapping[str, Map] = {}
    named: int = 0
    located: int = 0
    listed: Mapping[str, int] = {}
    recommendations: pd.DataFrame | None = None
    top_places: int = 10
    plan: PlanNumbers = NO_PLAN
    plan_page: str = ""
    override: release.Override | None = None
    date: dt.date | None = None

    def stamp(self, lang: str) -> str:
        """Say for whom the report is, and by which decision more is in it."""
        if self.override is None:
            return release.stamp(self.audience, lang)
        return release.told(self.override, self.date, lang)


class Edition(NamedTuple):
    """A report in one language, before it is written."""

    numbers: Numbers
    findings: Sequence[Finding]
    facts: Facts
    lang: str


def compose(numbers: Numbers, findings: Sequence[Finding], facts: Facts, lang: str) -> Document:
    """Put the numbers of a report in order, in one language.

    Parameters
    ----------
    numbers : Numbers
        As `reckon` gives them.
    findings : sequence of Finding
        As `find` gives them.
    facts : Facts
    lang : str

    Returns
    -------
    Document
        Sections ``summary``, one for each kind of incident, each programme and each part of a
        plan, and ``recommendations``, ``notes``, ``method``, ``tables``.

    Examples
    --------
    >>> from geosector.report.numbers import reckon
    >>> rows = pd.DataFrame({"kind": ["fire"], "date": pd.to_datetime(["2024-04-02"])})
    >>> report = compose(reckon(rows, "2024-04"), [], Facts("public", "Synthetic office", ""), "en")
    >>> report.title, [section.id for section in report.sections]
    ('Monthly report: April 2024', ['summary', 'fire', 'notes', 'method', 'tables'])
    """
    edition = Edition(numbers, findings, facts, lang)
    kinds_told = [kind for kind in kinds() if f"{kind}.responses" in numbers.totals]
    programmes = _programmes(numbers)
    sections = [
        _summary(numbers, lang),
        *(_kind(kind, edition) for kind in kinds_told),
        *(_programme(name, edition) for name in programmes),
        *plan_sections(facts.plan, lang, page=facts.plan_page),
        *recommendations(facts.recommendations, lang),
        _notes(edition, {*kinds_told, *programmes}),
        _method(facts, lang),
        Section("tables", section_name("tables", lang), _tables(edition)),
    ]
    span = words.span_name(numbers.spans.current, lang)
    year = numbers.spans.current.first.month != numbers.spans.current.last.month
    title = (
        text("Yearly panorama: {span}", lang=lang, span=span)
        if year
        else text("Monthly report: {span}", lang=lang, span=span)
    )
    stamp = " · ".join(part for part in (facts.stamp(lang), facts.day, facts.source) if part)
    return Document(lang, title, facts.source, stamp, tuple(sections))


def _programmes(numbers: Numbers) -> list[str]:
    """List the programmes of the services table in its order; what is of all is in the summary."""
    told = [name.partition(".")[0] for name in numbers.totals]
    told += [found.measure.partition(".")[0] for found in numbers.services.values()]
    others = {*kinds(), "incidents", "all"}
    return [name for name in dict.fromkeys(told) if name not in others]


def _summary(numbers: Numbers, lang: str) -> Section:
    """Give the key figures, with what they were before."""
    totals = numbers.totals
    told = [kind for kind in kinds() if f"{kind}.responses" in totals]
    wanted = [name for name in KEY_FIGURES if name in totals]
    wanted += [
        name
        for name in (f"{kind}.{fate}" for kind in told[:1] for fate in FATES)
        if name in totals and (totals[name].high or totals[name].previous)
    ]
    wanted += [name for name in totals if name.startswith("all.")]
    if not any(name.startswith("all.") for name in totals):
        wanted += [name for name in ("incidents.communities", "incidents.camps") if name in totals]
    wanted += [
        found for programme in _programmes(numbers) for found in _first_total(programme, numbers)
    ]
    blocks: list[Block] = [Tiles(tuple(_tile(name, numbers, lang) for name in wanted))]
    blocks += _list(
        text("{span}: {facts}.", lang=lang, span=section_name(kind, lang),
             facts=words.told_of(kind, numbers, lang))
        for kind in told
    )  # fmt: skip
    if not wanted:
        blocks = [Paragraph(text("The tables hold no row of this period.", lang=lang))]
    return Section("summary", section_name("summary", lang), tuple(blocks))


def _first_total(programme: str, numbers: Numbers) -> list[str]:
    """Give the first total of a programme that counts no places."""
    own = [name for name in numbers.totals if name.partition(".")[0] == programme]
    people = [name for name in own if name.rpartition(".")[2] not in {"communities", "camps"}]
    return (people or own)[:1]


def _tile(name: str, numbers: Numbers, lang: str) -> Tile:
    total = numbers.totals[name]
    return Tile(
        words.total_value(total, lang),
        total_name(name, numbers, lang),
        words.change(total, numbers, lang),
    )


def _kind(kind: str, edition: Edition) -> Section:
    """Tell of one kind of incident."""
    numbers, findings, facts, lang = edition
    blocks: list[Block] = [Paragraph(words.opening(kind, numbers, lang))]
    to_date = [name for name in numbers.totals if name.startswith(f"{kind}.responses.ytd")]
    blocks += [
        Paragraph(
            text("{name}: {n}.", lang=lang, name=total_name(name, numbers, lang),
                 n=words.total_value(numbers.totals[name], lang))
        )
        for name in to_date
    ]  # fmt: skip
    blocks += _most_in(kind, numbers, lang)
    blocks += _trend(kind, numbers, lang)
    drawn = [name for name in NUMBER if name.partition(".")[0] == kind]
    blocks += [_figure(name, numbers, lang) for name in drawn]
    own = [name for name in numbers.breakdowns if name.partition(".")[0] == kind]
    own.sort(key=lambda name: dimension_of(name) == "place")  # after the communities
    hidden = (*drawn, f"{kind}.by_month")
    shown = [
        name
        for name in own
        if name not in hidden and not _is_of_people(name) and len(numbers.breakdowns[name]) > 1
    ]
    blocks += [table_of(name, numbers, lang, most=facts.top_places) for name in shown]
    blocks += _map(kind, facts, lang)
    told = narratives(numbers, kind, lang, most=TOLD, audience=facts.audience)
    if told:
        blocks += [Paragraph(text("The gravest incidents:", lang=lang)), Notes(told)]
    blocks += _remarks(own, findings, numbers, lang)
    return Section(kind, section_name(kind, lang), tuple(blocks))


def _most_in(kind: str, numbers: Numbers, lang: str) -> list[Block]:
    """Name the places with the most incidents, where any had several."""
    name = f"{kind}.by_community"
    parts = numbers.breakdowns.get(name)
    if parts is None:
        return []
    several = parts[(parts["key"] != UNSPECIFIED) & (parts["count"] > 1)]
    greatest = top(several, MOST_IN)[: 2 * MOST_IN]
    if greatest.empty:
        return []
    places = [
        f"{words.set_apart(key_name(name, str(key), numbers, lang), lang)} ({number(n, lang=lang)})"
        for key, n in zip(greatest["key"], greatest["count"], strict=True)
    ]
    said = text("Most of them in: {places}.", lang=lang, places=words.joined(places, lang))
    return [Paragraph(said)]


def _list(items: Iterable[str]) -> list[Block]:
    told = tuple(items)
    return [Notes(told)] if told else []


def _is_of_people(name: str) -> bool:
    return name.endswith((".by_sexage", ".by_sex"))


def _programme(programme: str, edition: Edition) -> Section:
    """Tell of one programme of the services table."""
    numbers, findings, _, lang = edition
    totals = [name for name in numbers.totals if name.partition(".")[0] == programme]
    own = [
        name
        for name, found in numbers.services.items()
        if found.measure.partition(".")[0] == programme
    ]
    drawn = [name for name in NUMBER if name.partition(".")[0] == programme]
    blocks: list[Block] = []
    if totals:
        blocks.append(Tiles(tuple(_tile(name, numbers, lang) for name in totals)))
    blocks += [_figure(name, numbers, lang) for name in drawn]
    blocks += [table_of(name, numbers, lang) for name in own if name not in drawn]
    blocks += _remarks(own, findings, numbers, lang)
    return Section(programme, section_name(programme, lang), tuple(blocks))


def _figure(name: str, numbers: Numbers, lang: str) -> Block:
    """Draw one of the numbered figures, or say that there is nothing to draw."""
    how = dict(DRAWN)[name]
    kind = name.partition(".")[0]
    title = (
        text("{what}: killed and injured, by sex and age", lang=lang, what=section_name(kind, lang))
        if how == "casualties"
        else breakdown_name(name, numbers, lang)
    )
    label = number(NUMBER[name], lang=lang)
    caption = text("Figure {n}. {title}", lang=lang, n=label, title=title)
    identity = name.replace(".", "-")
    if how == "table" and name in numbers.breakdowns:
        return table_of(name, numbers, lang, caption=caption)
    drawn = None
    if how == "casualties":
        drawn = _people(kind, numbers, title, lang)
    elif name in numbers.breakdowns:
        drawn = _bars(name, numbers, title, lang)
    if drawn is None:
        missing = text("Not drawn: the tables hold no row for it.", lang=lang)
        return Figure(identity, caption, "", "", missing)
    return Figure(identity, caption, drawn.svg, drawn.alt)


def _trend(kind: str, numbers: Numbers, lang: str) -> list[Block]:
    """Draw the months of a year beside those of the year before."""
    if kind not in numbers.months:
        return []
    title = breakdown_name(f"{kind}.by_month", numbers, lang)
    spans = (numbers.spans.current, numbers.spans.year_before)
    years = {
        words.span_name(span, lang): counts
        for span, counts in zip(spans, numbers.months[kind], strict=True)
    }
    colour = INCIDENTS.get(kind, figures.PLAIN)
    drawn = trends.trend(years, name=f"{kind}-months", title=title, lang=lang, colour=colour)
    return [] if drawn is None else [Figure(f"{kind}-months", title, drawn.svg, drawn.alt)]


def _people(kind: str, numbers: Numbers, title: str, lang: str) -> Drawn | None:
    told = {}
    for fate in FATES:
        whole = numbers.breakdowns.get(f"{kind}.{fate}.by_sexage")
        if whole is not None:
            sexes = numbers.breakdowns.get(f"{kind}.{fate}.children.by_sex")
            known = [] if sexes is None else [sexes[sexes["key"] != UNSPECIFIED]]
            told[fate] = pd.concat([whole, *known], ignore_index=True)[["key", "low", "high"]]
    labels = {fate: total_name(f"{kind}.{fate}", numbers, lang) for fate in told}
    for group in ("man", "woman", "child", "boy", "girl", UNSPECIFIED):
        labels[group] = key_name(f"{kind}.killed.by_sexage", group, numbers, lang)
    return figures.casualties(told, labels, name=f"{kind}-casualties", title=title, lang=lang)


def _bars(name: str, numbers: Numbers, title: str, lang: str) -> Drawn | None:
    parts = numbers.breakdowns[name]
    labels = {str(key): key_name(name, str(key), numbers, lang) for key in parts["key"]}
    published = numbers.services.get(name)
    estimated = published is not None and published.estimated
    identity = name.replace(".", "-")
    if dict(DRAWN)[name] == "tiles":
        return figures.tiles(parts, labels, name=identity, title=title, lang=lang)
    colour = INCIDENTS.get(name.partition(".")[0], figures.PLAIN)
    return figures.bars(
        parts, labels, name=identity, title=title, lang=lang, colour=colour, estimated=estimated
    )


def _map(kind: str, facts: Facts, lang: str) -> list[Block]:
    """Give the map of a kind, how much of it is on it, and the page with which one can look."""
    title = text("{what} by locality", lang=lang, what=section_name(kind, lang))
    if kind == MAPPED:
        title = text("Map {n}. {title}", lang=lang, n=number(1, lang=lang), title=title)
    made = facts.maps.get(kind)
    if made is None:
        if kind != MAPPED:
            return []
        missing = text("Not drawn: no row of it could be placed on a map.", lang=lang)
        return [Figure(f"map-{kind}", title, "", "", missing)]
    blocks: list[Block] = [Figure(f"map-{kind}", title, made.svg, made.alt)]
    if made.link:
        blocks.append(Link(text("Open the interactive map", lang=lang), made.link))
    return blocks


def _remarks(
    own: Iterable[str], findings: Sequence[Finding], numbers: Numbers, lang: str
) -> list[Block]:
    """Say what does not add up in the breakdowns of a section."""
    names = set(own) | {whole_of(name, numbers) for name in own}
    said = tuple(remark(one, numbers, lang) for one in findings if one.about in names)
    if not said:
        return []
    return [Paragraph(text("What must be known of these numbers:", lang=lang)), Notes(said)]


def _tables(edition: Edition) -> tuple[Block, ...]:
    """Give every number as a table, and the places that are on no map."""
    numbers, _, facts, lang = edition
    missing: dict[str, int] = {}
    for made in facts.maps.values():
        for place, n in made.missing:
            missing[place] = missing.get(place, 0) + n
    tables: list[Block] = list(appendix(numbers, lang))
    if missing:
        order = sorted(missing.items(), key=lambda found: (-found[1], found[0]))
        rows = tuple((place_name(place, numbers, lang), number(n, lang=lang)) for place, n in order)
        header = (text("Place", lang=lang), text("Incidents", lang=lang))
        title = text("Places that are named and could not be located", lang=lang)
        tables.append(Table("", title, header, rows, (False, True)))
    return tuple(tables)


def _notes(edition: Edition, told: set[str]) -> Section:
    """Say what is missing, what was changed, and what belongs to no section."""
    numbers, findings, facts, lang = edition
    said = []
    if facts.named:
        said.append(
            text(
                "{named} of {rows} rows name a place; {located} of these could be located.",
                lang=lang,
                named=number(facts.named, lang=lang),
                rows=number(len(numbers.rows), lang=lang),
                located=number(facts.located, lang=lang),
            )
        )
    for column, n in facts.listed.items():
        said.append(
            plural(
                "problems.csv lists {n} cell of the column {column}.",
                "problems.csv lists {n} cells of the column {column}.",
                n,
                lang=lang,
                column=column,
            )
        )
    absent = [at for name, at in NUMBER.items() if name.partition(".")[0] not in told]
    if absent:
        figures_ = ", ".join(number(at, lang=lang) for at in absent)
        said.append(
            text(
                "Missing, since the tables hold nothing of them: figures {figures}.",
                lang=lang,
                figures=figures_,
            )
        )
    placed = {*numbers.breakdowns, *(whole_of(name, numbers) for name in numbers.breakdowns)}
    said += [remark(one, numbers, lang) for one in findings if one.about not in placed]
    return Section("notes", section_name("notes", lang), (Notes(tuple(said)),) if said else ())


def _method(facts: Facts, lang: str) -> Section:
    """Say how the numbers were made."""
    said = [
        text("Every row of the table is one incident; its month is that of its date.", lang=lang),
        text("What is not known is shown as unspecified; it is never shared out.", lang=lang),
        text(
            "Percentages are rounded so that they come to {whole} (largest remainders), so equal"
            " counts may differ by one per cent; the counts stand beside them.",
            lang=lang,
            whole=percent(1, lang=lang),
        ),
        text("Communities and camps are counted once each, in every section anew.", lang=lang),
        text("Figures of services are printed as they were published.", lang=lang),
    ]
    if facts.audience != "internal":
        said.append(
            text(
                "No position of an incident or a facility leaves the office; maps show counts by"
                " locality.",
                lang=lang,
            )
        )
    return Section("method", section_name("method", lang), (Notes(tuple(said)),))
