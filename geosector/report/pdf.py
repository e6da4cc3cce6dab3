"""The report as a PDF, by one of two engines, whichever this machine has.

WeasyPrint lays out the page of `geosector.report.page`, with the templates of an office; it needs
Pango, which Linux has. Typst needs nothing but its own package, on Windows, too; it sets the same
blocks by ``templates/report.typ``. Both give a PDF that is tagged (PDF/UA-1), has the stamp on
every page and the page numbers in the digits of the language, can be searched in every letter
(`geosector.report.letters`), and is the same bytes on every machine with the same engine.
"""

from __future__ import annotations

import atexit
import base64
import datetime as dt
import hashlib
import io
import json
import logging
import re
import tempfile
import warnings
from contextlib import redirect_stdout
from functools import cache
from importlib import import_module, resources
from pathlib import Path
from typing import Any, Literal, TypeAlias

from geosector import storage
from geosector.errors import InputError, MissingPackageError
from geosector.language import language, text
from geosector.maps.paper import fonts
from geosector.report import letters
from geosector.report.blocks import Block, Document, Figure
from geosector.report.drawings import parse_drawing, write_drawing
from geosector.report.office import PLAIN, Office
from geosector.report.page import (
    NARROW,
    SHORT,
    balanced,
    flat,
    plain,
    render_for_paper,
    words_of,
    writable,
)
from geosector.report.typesetting import typeset

Engine: TypeAlias = Literal["weasyprint", "typst"]
ENGINES: tuple[Engine, ...] = ("weasyprint", "typst")
MANY = 5_000  # incidents from which on Typst comes first: it is ten times as fast
_KEPT = frozenset({"id", "svg"})  # of a block: no words
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x85\u2028\u2029]")


def render_pdf(
    document: Document,
    office: Office = PLAIN,
    *,
    date: dt.date | None = None,
    engine: Engine | None = None,
) -> bytes:
    """Write a report as a PDF.

    Parameters
    ----------
    document : Document
        The report in one language, as it shall be seen.
    office : Office
        Logo, colours, foot and templates.
    date : datetime.date, optional
        Which the file tells as that of its making. Default: that of ``SOURCE_DATE_EPOCH``, else
        none. The clock is never asked.
    engine : {"weasyprint", "typst"}, optional
        Default: WeasyPrint where it runs, else Typst.

    Returns
    -------
    bytes
        The same for the same report.

    Raises
    ------
    MissingPackageError
        Where the engine asked for, or either of them, does not run here.
    InputError
        Where the engine is none of these, a figure is no SVG, or an office has templates and
        WeasyPrint, which alone draws them, is not what draws.

    Examples
    --------
    >>> report = Document("en", "Nothing happened", "", "public", ())
    >>> render_pdf(report, engine="word")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: A PDF cannot be made by 'word'. Use one of: weasyprint, typst.
    """
    chosen = choose_engine(engine)
    if chosen == "typst" and office.templates:
        raise InputError(
            text(
                "The templates of {file} are HTML, which only WeasyPrint makes a PDF of, and the "
                "engine is Typst. Install WeasyPrint with Pango, or leave the templates out.",
                file=office.file,
            )
        )
    clean = _drawable(document)
    day = date or _stated_day()
    return (
        _by_weasyprint(clean, office, day)
        if chosen == "weasyprint"
        else _by_typst(clean, office, day)
    )


def choose_engine(engine: Engine | None = None, *, incidents: int = 0) -> Engine:
    """Find what makes PDFs on this machine.

    Parameters
    ----------
    engine : {"weasyprint", "typst"}, optional
        The one that is wanted. Default: WeasyPrint where it runs, else Typst; the other way round
        for a report of 5,000 incidents and more, of which WeasyPrint alone would take minutes on a
        slow laptop.
    incidents : int
        Of how many the report tells.

    Returns
    -------
    {"weasyprint", "typst"}

    Raises
    ------
    MissingPackageError
        Where it does not run here, or where none does.
    InputError
        Where it is none of these.

    Examples
    --------
    >>> choose_engine("word")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: A PDF cannot be made by 'word'. Use one of: weasyprint, typst.
    """
    if engine is not None and engine not in ENGINES:
        raise InputError(
            text(
                "A PDF cannot be made by '{given}'. Use one of: {known}.",
                given=engine,
                known=", ".join(ENGINES),
            )
        )
    in_order = ENGINES if incidents < MANY else tuple(reversed(ENGINES))
    for name in in_order if engine is None else (engine,):
        if runs(name):
            return name
    raise MissingPackageError(
        text(
            "A PDF needs {engine}, which does not run here. Install it with: {command}",
            engine=engine or "typst",
            command="pip install geosector[pdf]" if engine == "weasyprint" else "pip install typst",
        )
    )


@cache
def runs(engine: Engine) -> bool:
    """Say whether an engine can be imported; WeasyPrint only where it finds Pango, too.

    Examples
    --------
    >>> isinstance(runs("typst"), bool)
    True
    """
    # WeasyPrint tells the terminal what it misses before it raises OSError.
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            import_module(engine)
        except (ImportError, OSError):
            return False
    return True


def _stated_day() -> dt.date | None:
    moment = storage.stated_moment()
    return moment.date() if moment else None


def _drawable(document: Document) -> Document:
    """Exchange what no font here draws for a hollow square: no font of the system is asked."""
    title, subtitle, stamp = map(_drawable_part, document[1:4])
    return Document(document.lang, title, subtitle, stamp, _drawable_part(document.sections))


def _drawable_part(part: Any) -> Any:  # noqa: ANN401 - any part of a document
    if isinstance(part, str):
        return fonts.drawable(writable(_BREAKS.sub(" ", part)))
    if not isinstance(part, tuple):
        return part
    if not hasattr(part, "_asdict"):
        return tuple(map(_drawable_part, part))
    fields = {
        name: value if name in _KEPT else _drawable_part(value)
        for name, value in part._asdict().items()
    }
    return type(part)(**fields)


# --------------------------------------------------------------- WeasyPrint


def _by_weasyprint(document: Document, office: Office, day: dt.date | None) -> bytes:
    from weasyprint import HTML

    logging.getLogger("fontTools").setLevel(logging.WARNING)
    family = f'"{letters.FAMILY}", "{letters.SPARE}"'
    files = _font_files(document, office)
    page = render_for_paper(document, office, _faces(files), family)
    page = page.replace("</head>", f"{_stated_in_head(day)}</head>", 1)
    written: bytes = HTML(string=page, url_fetcher=_fetcher(files)).write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=hashlib.sha256(page.encode()).digest()[:16],
    )
    return written


_Files: TypeAlias = dict[tuple[str, str], bytes]
_FONTS = "geosector-font:"


def _font_files(document: Document, office: Office) -> _Files:
    """Give the fonts by family and weight; the spare one only where it is needed."""
    found = {(letters.FAMILY, style): each for style, each in letters.font_files().items()}
    if letters.needs_spare(words_of(document, office)):
        found |= {(letters.SPARE, style): each for style, each in letters.spare_files().items()}
    return found


def _faces(files: _Files) -> str:
    """Write the style rules of the fonts, under addresses that only `_fetcher` knows."""
    return "".join(
        f'@font-face{{font-family:"{family}";font-weight:{letters.WEIGHTS[style]};'
        f'src:url("{_FONTS}{at}")}}'
        for at, (family, style) in enumerate(files)
    )


def _fetcher(files: _Files) -> Any:  # noqa: ANN401 - WeasyPrint is there or is not
    """Make what WeasyPrint asks for files: fonts and pictures inside the page, and nothing else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    contents = list(files.values())

    def fetch(self: Any, url: str, headers: dict[str, str] | None = None) -> object:  # noqa: ANN401
        if url.startswith(_FONTS):
            content = contents[int(url.removeprefix(_FONTS))]
            return URLFetcherResponse(url, content, {"Content-Type": "font/ttf"})
        return URLFetcher.fetch(self, url, headers)

    # Nothing from elsewhere, and nothing from this machine.
    inside = type("Inside", (URLFetcher,), {"fetch": fetch})
    return inside(allowed_protocols={"data"}, allow_redirects=False)


def _stated_in_head(day: dt.date | None) -> str:
    if day is None:
        return ""
    return "".join(
        f'<meta name="dcterms.{name}" content="{day.isoformat()}">'
        for name in ("created", "modified")
    )


# --------------------------------------------------------------- Typst


def _by_typst(document: Document, office: Office, day: dt.date | None) -> bytes:
    template = (resources.files("geosector.report") / "templates" / "report.typ").read_bytes()
    data = json.dumps(_data(document, office, day), ensure_ascii=False)
    moment = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) if day else None
    return typeset(template, _font_folder(), data, int(moment.timestamp()) if moment else 0)


@cache
def _font_folder() -> str:
    """Lay the fonts into a folder that lives as long as the process: Typst reads files."""
    folder = tempfile.TemporaryDirectory(prefix="geosector-fonts-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    for family, styles in (("main", letters.font_files()), ("spare", letters.spare_files())):
        for style, content in styles.items():
            storage.write_bytes(Path(folder.name) / f"{family}-{style}.ttf", content)
    return folder.name


def _data(document: Document, office: Office, day: dt.date | None) -> dict[str, Any]:
    """Give the report as what the template reads."""
    own, said = language(document.lang), office.in_language(document.lang)
    return {
        "lang": own.code,
        "direction": own.direction,
        "digits": list(own.digits),
        "fonts": [letters.FAMILY, letters.SPARE],
        "date": [day.year, day.month, day.day] if day else None,
        "colours": {
            name: getattr(office.colours, name)
            for name in ("accent", "ink", "soft", "tint", "line")
        },
        "short": SHORT,
        "narrow": NARROW,
        "logo": _logo_data(office),
        "office": balanced(fonts.drawable(said.name)),
        "foot": balanced(fonts.drawable(said.foot)),
        "title": plain(document.title),
        "subtitle": balanced(document.subtitle),
        "stamp": balanced(document.stamp),
        "contents": text("Contents", lang=own.code),
        "parts": [
            {
                "level": part.level,
                "title": balanced(part.title),
                "blocks": [_block_data(block) for block in part.blocks],
            }
            for part in flat(document.sections)
        ],
    }


def _logo_data(office: Office) -> dict[str, Any] | None:
    if office.logo is None:
        return None
    kind, _, content = office.logo.address.partition(";base64,")
    return {
        "format": "svg" if kind.endswith("svg+xml") else "png",
        "bytes": list(base64.b64decode(content)),
    }


def _block_data(block: Block) -> dict[str, Any]:
    found = {"kind": type(block).__name__.lower(), **_plain_data(block)}
    if isinstance(block, Figure):
        found["alt"] = plain(block.alt)
        found["svg"] = write_drawing(parse_drawing(block.svg)) if block.svg else ""
    return found


def _plain_data(value: Any) -> Any:  # noqa: ANN401 - whatever a block holds
    if isinstance(value, str):
        return balanced(value)
    if hasattr(value, "_asdict"):
        fields = value._asdict().items()
        return {name: _plain_data(part) for name, part in fields if name not in _KEPT}
    if isinstance(value, tuple):
        return [_plain_data(part) for part in value]
    return value
