"""A report written: one table of incidents, and the same numbers in every language and format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from geosector import release, storage
from geosector.language import current, language, speaking
from geosector.language import date as written_date
from geosector.measure.coded import code_incidents
from geosector.measure.months import spans_of, within
from geosector.progress import progress
from geosector.report.content import Facts, compose
from geosector.report.findings import Finding, find
from geosector.report.maps import place_labels
from geosector.report.numbers import Numbers, reckon, summary
from geosector.report.office import PLAIN, Office, arrange
from geosector.report.page import render_page
from geosector.report.pdf import Engine, choose_engine, render_pdf
from geosector.report.placing import Drawing, maps_of, page_of, prepare
from geosector.report.plan_files import plan_sheets, plan_summary
from geosector.report.plan_map import PlanDrawing, plan_page
from geosector.report.plan_numbers import PlanNumbers, reckon_plan
from geosector.report.remarks import remark
from geosector.report.workbook import sheets
from geosector.storage import AnyPath
from geosector.tables import Audience, problems_table

FORMATS = ("html", "pdf")


class Written(NamedTuple):
    """What was written: the files in order, the numbers, all that was changed or refused."""

    files: tuple[Path, ...]
    numbers: Numbers
    problems: pd.DataFrame


def write_report(
    incidents: pd.DataFrame,
    period: str,
    out: AnyPath,
    *,
    audience: str,
    lang: Sequence[str] | str = ("en",),
    services: pd.DataFrame | None = None,
    recommendations: pd.DataFrame | None = None,
    date: dt.date | None = None,
    source: str = "",
    office: Office = PLAIN,
    problems: pd.DataFrame | None = None,
    readings: pd.DataFrame | None = None,
    file: str = "incidents",
    sectors: gpd.GeoDataFrame | None = None,
    gazetteer: pd.DataFrame | Sequence[pd.DataFrame] | None = None,
    plan: Mapping[str, pd.DataFrame] | None = None,
    override: release.Override | None = None,
    key: bytes | None = None,
    formats: Sequence[str] = FORMATS,
    engine: Engine | None = None,
) -> Written:
    """Write the report of a month or a year: one data set, an edition in each language.

    Parameters
    ----------
    incidents : pandas.DataFrame
        As `read_incidents` gives them, of any span; their localities told apart and placed by
        `identify_localities` (else by their spelling).
    period : str
        ``2024-04``, or ``2024`` for a yearly panorama.
    out : path
        A folder; made where it is missing. In it ``report.<lang>.html``, ``report.<lang>.pdf``,
        ``map.<lang>.html`` where anything could be placed, ``plan.<lang>.html`` where anything of a
        plan could be drawn, ``report.xlsx``, ``report.json``,
        ``problems.csv``.
    audience : {"internal", "partner", "public"}
        There is no default. Nobody but the office sees rows, narratives or unknown columns.
    lang : str or sequence of str
        Editions.
    services : pandas.DataFrame, optional
        As `read_services` gives it, of this period.
    recommendations : pandas.DataFrame, optional
        As `read_table` gives that table.
    date : datetime.date, optional
        Of the report; printed. Default: none is.
    source : str
        Whose report it is; on every page.
    office : Office
        What an office changes (`read_office`).
    problems : pandas.DataFrame, optional
        What reading found; listed together with the words that were made codes. To partners and
        the public the cells of other than public columns are left out, and of later days than the
        report tells of nothing is listed.
    readings : pandas.DataFrame, optional
        What was written otherwise than it was read (`geosector.sources.list_readings`); listed in
        ``problems.csv`` as well, and not counted in the notes on the data.
    file : str
        What ``problems.csv`` calls the table.
    sectors : geopandas.GeoDataFrame, optional
        Drawn below the maps, as far as the audience may see them.
    gazetteer : pandas.DataFrame or sequence of pandas.DataFrame, optional
        By which the localities were placed: gives their names in the letters of each edition, and
        the places around them on the maps.
    plan : mapping of str to pandas.DataFrame, optional
        What planning found, by the name of the table (`geosector.tables.RESULTS`): told in
        sections of its own, as far as the audience may see it. What is left out is said.
    override : Override, optional
        A written decision to show a partner the tables of the plan that go by agreement only; it
        stands in the stamp of every page and file.
    key : bytes, optional
        The masking key (`geosector.release.read_key`): without it partners get no interactive map.
    formats : sequence of {"html", "pdf"}
        Of the editions.
    engine : {"weasyprint", "typst"}, optional
        What makes PDFs. Default: WeasyPrint where it runs,
        else Typst; of 5,000 incidents and more Typst first (`geosector.report.pdf.choose_engine`).

    Returns
    -------
    Written

    Raises
    ------
    AudienceError
        Where there is no such audience, the public may not see the span yet, or an override is
        not for a partner or says too little.
    InputError
        Where the period is none, or a table of the plan.
    UnknownLanguageError
        For a language that is none of the four.
    MissingPackageError
        Where a PDF is asked for and neither engine runs here.
    StorageError
        Where a file cannot be written; what is there stays whole.

    Examples
    --------
    >>> import tempfile
    >>> rows = pd.DataFrame({"kind": ["fire"], "date": pd.to_datetime(["2024-04-02"])})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = write_report(
    ...         rows, "2024-04", folder, audience="public", lang="ar", formats=["html"]
    ...     )
    ...     [file.name for file in made.files]
    ['report.ar.html', 'report.xlsx', 'report.json', 'problems.csv']
    >>> write_report(rows, "April", ".", audience="public")
    Traceback (most recent call last):
    geosector.errors.InputError: April is no month; expected YYYY-MM as in 2024-04, or a year.
    """
    asked = [lang] if isinstance(lang, str) else lang
    langs = list(dict.fromkeys(language(code).code for code in asked))
    release.require_no_place(release.audience_of(audience), source)
    spans = spans_of(period)
    seer, seen = release.for_report(incidents, audience, last=spans.current.last, day=date)
    coded = code_incidents(seen, file=file)
    gazetteers = [gazetteer] if isinstance(gazetteer, pd.DataFrame) else list(gazetteer or ())
    numbers = reckon(coded.table, period, _services(services, seer))
    numbers = _with_names(numbers, incidents, gazetteers, langs)
    if "pdf" in formats:
        # Templates are HTML, of which WeasyPrint alone makes a PDF.
        engine = choose_engine(engine, incidents=0 if office.templates else len(numbers.rows))
    listed, besides = (
        release.problems_told(found, seer, file=file, rows=incidents.index, told=seen.index)
        for found in (_joined(problems, coded.problems), _joined(readings))
    )
    named, located = _placed_of_named(within(incidents, spans.current))
    facts = Facts(
        seer, source, "", named=named, located=located, listed=_by_column(listed),
        recommendations=_recommendations(recommendations, seer), top_places=office.top_places,
        plan=_plan(plan, seer, sectors, date, override),
        override=override, date=date,
    )  # fmt: skip
    drawing = prepare(
        incidents, spans, seer, date=date, key=key, sectors=sectors, source=source,
        gazetteers=gazetteers,
    )  # fmt: skip
    drawn = PlanDrawing(plan or {}, seer, sectors, date, override, source)
    shared = _Shared(numbers, find(numbers), facts, drawing, date, office, formats, engine, drawn)
    files = _write_all(storage.make_folder(out), shared, langs, _joined(listed, besides))
    return Written(tuple(files), numbers, listed)


def _write_all(
    folder: Path, shared: _Shared, langs: Sequence[str], listed: pd.DataFrame
) -> list[Path]:
    """Write the edition of each language, then what is no edition."""
    files: list[Path] = []
    with progress(len(langs) + 1, "report") as bar:
        for code in langs:
            with speaking(code):
                made = _edition(shared, code)
            files += _written(folder, made)
            bar.update()
        with speaking(langs[0]), storage.stamping(storage.current_stamp() or _stamp(shared)):
            files += _write_tables(folder, shared, langs, listed)
        bar.update()
    return files


def _joined(*lists: pd.DataFrame | None) -> pd.DataFrame:
    there = [one for one in lists if one is not None and len(one)]
    return pd.concat(there, ignore_index=True) if there else problems_table([])


def _with_names(
    numbers: Numbers,
    incidents: pd.DataFrame,
    gazetteers: Sequence[pd.DataFrame],
    langs: Sequence[str],
) -> Numbers:
    """Add what places are called in the letters of each edition."""
    if not gazetteers or not {"locality", "locality_id"} <= set(incidents.columns):
        return numbers
    names = place_labels(incidents, gazetteers, langs)
    return numbers._replace(labels={**numbers.labels, **names})


class _Shared(NamedTuple):
    """What the editions in all languages are made of."""

    numbers: Numbers
    findings: Sequence[Finding]
    facts: Facts
    drawing: Drawing
    date: dt.date | None
    office: Office
    formats: Sequence[str]
    engine: Engine | None
    plan: PlanDrawing


def _edition(shared: _Shared, code: str) -> dict[str, bytes]:
    """Make the files of one language."""
    day = "" if shared.date is None else written_date(shared.date, lang=code)
    maps = maps_of(shared.drawing, code)
    plan = plan_page(shared.plan, code)
    link = "" if plan is None else f"plan.{code}.html"
    own = shared.facts._replace(maps=maps, day=day, plan_page=link)
    document = arrange(compose(shared.numbers, shared.findings, own, code), shared.office)
    made = {}
    for ending in shared.formats:
        if ending == "pdf":
            made[f"report.{code}.pdf"] = render_pdf(
                document, shared.office, date=shared.date, engine=shared.engine
            )
        else:
            made[f"report.{code}.{ending}"] = render_page(document, shared.office).encode()
    page = page_of(shared.drawing, code) if maps else None
    if page is not None:
        made[f"map.{code}.html"] = page.encode()
    if plan is not None:
        made[link] = plan.encode()
    return made


def _written(folder: Path, made: Mapping[str, bytes]) -> list[Path]:
    for name, content in made.items():
        storage.write_bytes(folder / name, content)
    return [folder / name for name in made]


def _write_tables(
    folder: Path, shared: _Shared, langs: Sequence[str], listed: pd.DataFrame
) -> list[Path]:
    """Write what is no edition: the workbook, the numbers, the list of problems."""
    numbers, audience, plan = shared.numbers, shared.facts.audience, shared.facts.plan
    rows = numbers.rows if audience == "internal" else None
    files = [folder / name for name in ("report.xlsx", "report.json", "problems.csv")]
    storage.write_layers({**sheets(numbers, langs, rows), **plan_sheets(plan, langs)}, files[0])
    storage.write_json(files[1], _told(shared, langs))
    storage.write_table(release.problems_seen(listed, audience, "incidents"), files[2])
    return files


def _stamp(shared: _Shared) -> storage.Stamp:
    """Say for whom the tables are, of which day and from whom."""
    audience, day = shared.facts.audience, shared.date
    sentence, source = shared.facts.stamp(current()), shared.facts.source or None
    return storage.Stamp(audience, sentence, None if day is None else day.isoformat(), source)


def _by_column(problems: pd.DataFrame) -> dict[str, int]:
    return {str(name): int(n) for name, n in problems["column"].value_counts().sort_index().items()}


def _placed_of_named(rows: pd.DataFrame) -> tuple[int, int]:
    """Count the rows that name a place, and those of them that have one."""
    if "locality" not in rows.columns:
        return 0, 0
    named = rows["locality"].notna().to_numpy()
    if not isinstance(rows, gpd.GeoDataFrame):
        return int(named.sum()), 0
    placed = ~(rows.geometry.isna() | rows.geometry.is_empty).to_numpy()
    return int(named.sum()), int((named & placed).sum())


def _services(rows: pd.DataFrame | None, audience: Audience) -> pd.DataFrame | None:
    """Give what programmes published, without words that hold a place."""
    if rows is None or audience == "internal":
        return rows
    seen = release.for_audience(rows, audience, name="services", key=release.NO_KEY)
    return pd.DataFrame(seen).set_axis(rows.index)


def _recommendations(rows: pd.DataFrame | None, audience: Audience) -> pd.DataFrame | None:
    if rows is None:
        return None
    return pd.DataFrame(
        release.for_audience(rows, audience, name="recommendations", key=release.NO_KEY)
    )


def _plan(
    plan: Mapping[str, pd.DataFrame] | None,
    audience: Audience,
    sectors: gpd.GeoDataFrame | None,
    day: dt.date | None,
    override: release.Override | None,
) -> PlanNumbers:
    """Reckon what the audience may see of a plan."""
    planned = release.for_plan(
        plan, audience, sectors=sectors, key=release.NO_KEY, date=day, override=override
    )
    if audience == "public":  # who learns nothing but what was released
        planned = planned._replace(left_out={})
    return reckon_plan(planned)


def _told(shared: _Shared, langs: Sequence[str]) -> dict[str, object]:
    """Give ``report.json``: the numbers, and what does not add up in each language."""
    facts, numbers = shared.facts, shared.numbers
    findings: list[Mapping[str, object]] = [
        {
            "code": one.code,
            "about": one.about,
            **one.facts,
            "text": {code: remark(one, numbers, code) for code in langs},
        }
        for one in shared.findings
    ]
    return {
        **summary(numbers),
        **plan_summary(facts.plan, langs),
        "findings": findings,
        "named": facts.named,
        "located": facts.located,
        "audience": facts.audience,
        "stamp": facts.stamp(current()),
        "date": None if shared.date is None else shared.date.isoformat(),
        "source": facts.source,
        "product": "report",
    }
