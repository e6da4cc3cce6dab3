"""The report as one page of HTML: no script, no network, the same bytes each time.

The page is made from the blocks of `geosector.report.blocks` by a Jinja2 template that escapes
whatever it writes; an office may override blocks of the template (`geosector.report.office`).
Printed from a browser it is a document with running headers; `geosector.report.pdf` makes the PDF
from the same page.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from geosector.errors import GeosectorError
from geosector.language import END_ISOLATE, ISOLATE, Language, language, text, unmarked
from geosector.maps import assets
from geosector.report import blocks
from geosector.report.blocks import Block, Document, Figure, Section, Table
from geosector.report.drawings import inline, parse_drawing, write_drawing
from geosector.report.office import PLAIN, TEMPLATE, Office, broken

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment
    from markupsafe import Markup

# Nothing may be fetched and nothing run; what the page shows is in it.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
DEEPEST = 4  # of the headings below the title
SHORT = 12  # rows of a table that is not divided between two pages
NARROW = 9  # rows of a table of two or three columns that has another beside it
_KINDS = (
    blocks.Paragraph, blocks.Tiles, blocks.Table, blocks.Figure, blocks.Notes, blocks.Link,
)  # fmt: skip
# What a browser or XML does not take: signs of control, and halves of characters.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# What a template of an office may do wrong beside its grammar, such as {{ 1 / 0 }}.
_WRONG_VALUES = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


class Part(NamedTuple):
    """A section at its depth: 1 for a chapter, 2 for a part of it."""

    anchor: str
    level: int
    title: str
    blocks: tuple[Block, ...]


def render_page(document: Document, office: Office = PLAIN) -> str:
    r"""Write a report as one page of HTML.

    Parameters
    ----------
    document : Document
        The report in one language, as it shall be seen: `geosector.report.office.arrange` puts it
        into the order of an office.
    office : Office
        Logo, colours, foot and templates.

    Returns
    -------
    str
        A page that opens with no network, runs no script and holds its font. The same report gives
        the same text.

    Raises
    ------
    InputError
        Where a figure is no SVG, or a template of the office cannot be filled in.
    AssetError
        Where the font is not installed.

    Examples
    --------
    >>> report = Document("ar", "تقرير", "", "داخلي", ())
    >>> page = render_page(report)
    >>> page[:49]
    '<!DOCTYPE html>\n<html lang="ar" dir="rtl">\n<head>'
    >>> "<script" in page, "http:" in page
    (False, False)
    >>> render_page(Document("en", "1 < 2 {{ 3 }}", "", "", ())).count("1 &lt; 2 {{ 3 }}")
    2
    """
    face = assets.font_face(words_of(document, office)) + _read("style", "screen.css")
    family = f'"{assets.FONT_FAMILY}", system-ui, "Segoe UI", Roboto, sans-serif'
    return _fill(document, office, style=style(document, office, face, family), paper=False)


def render_for_paper(document: Document, office: Office, face: str, family: str) -> str:
    """Write the page for an engine that makes a PDF of it.

    It differs from `render_page` in what only a screen has: a link to a file beside the report is
    its name. What reads from left to right stays between U+2068 and U+2069, which such engines
    obey, and ``<bdi>``, which they do not, is not written.

    Parameters
    ----------
    document, office
        As in `render_page`.
    face : str
        The style rules that give the page its fonts.
    family : str
        Their names, as CSS lists them.

    Returns
    -------
    str
    """
    return _fill(document, office, style=style(document, office, face, family), paper=True)


def words_of(document: Document, office: Office) -> str:
    r"""Give all text of a report, for choosing the letters of its font.

    Examples
    --------
    >>> words_of(Document("en", "Title", "", "Stamp", ()), PLAIN)
    'Title\nStamp\nContents'
    """
    said = office.in_language(document.lang)
    contents = text("Contents", lang=document.lang)
    templates = (source for _, source in office.templates)
    own = (*_strings(document[1:]), contents, said.name, said.foot, *templates)
    return "\n".join(filter(None, own))


def _strings(block: object) -> Iterator[str]:
    """Give every text in a block but its drawing."""
    if isinstance(block, str):
        yield block
    elif isinstance(block, Figure):
        yield from (block.caption, block.missing)
    elif isinstance(block, tuple):
        for part in block:
            yield from _strings(part)


def _fill(document: Document, office: Office, *, style: str, paper: bool) -> str:
    """Fill in the template of the office, or our own."""
    from jinja2 import TemplateError
    from markupsafe import Markup

    own = language(document.lang)
    said = office.in_language(own.code)
    try:
        environment = _environment(office.templates, paper=paper)
        template = environment.get_template(TEMPLATE)
        written: str = template.render(
            document=document,
            parts=_named_once(flat(document.sections)),
            language=own,
            policy=POLICY,
            plain_title=plain(document.title),
            style=Markup(style),  # noqa: S704 - our own, and colours that were checked
            logo=office.logo.address if office.logo else "",
            office_name=said.name,
            foot=said.foot,
            contents_title=text("Contents", lang=own.code),
            paper=paper,
            short=SHORT,
            narrow=NARROW,
        )
    except GeosectorError:
        raise
    except (TemplateError, *_WRONG_VALUES) as error:
        raise broken(error) from error
    return written


def flat(sections: tuple[Section, ...], level: int = 1) -> Iterator[Part]:
    """Give every section at its depth, in the order of reading.

    Parameters
    ----------
    sections : tuple of Section
    level : int
        Of these sections.

    Yields
    ------
    Part

    Examples
    --------
    >>> [part.level for part in flat((Section("a", "A", (), (Section("b", "B", ()),)),))]
    [1, 2]
    """
    for section in sections:
        level_of = min(level, DEEPEST)
        yield Part(anchor(section.id, "section"), level_of, section.title, section.blocks)
        yield from flat(section.subsections, level + 1)


def _named_once(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Name a table once in a page: where it stands again, in the appendix, it has no name."""
    named: set[str] = set()
    made = []
    for part in parts:
        shown: list[Block] = []
        for block in part.blocks:
            if isinstance(block, Table) and block.id in named:
                shown.append(block._replace(id=""))
                continue
            if isinstance(block, Table):
                named.add(block.id)
            shown.append(block)
        made.append(part._replace(blocks=tuple(shown)))
    return tuple(made)


@cache
def _environment(templates: tuple[tuple[str, str], ...], *, paper: bool) -> Environment:
    """Make what fills templates in: they reach nothing but what they are given."""
    from jinja2 import ChoiceLoader, DictLoader, PrefixLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    ours = DictLoader({TEMPLATE: _read("templates", TEMPLATE)})
    loaders: list[BaseLoader] = [PrefixLoader({"geosector": ours}), ours]
    if templates:
        loaders.insert(0, DictLoader(dict(templates)))
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader(loaders), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=StrictUndefined,
    )  # fmt: skip
    environment.filters = {
        **{name: environment.filters[name] for name in ("first", "last", "length", "join")},
        "said": isolated if paper else directed,
        "plain": plain,
        "anchor": anchor,
        "beside": beside,
        "drawing": _picture if paper else _drawing,
    }
    environment.globals.clear()
    for kind in _KINDS:
        environment.tests[kind.__name__.lower()] = _is_a(kind)
    return environment


def _is_a(kind: type) -> Callable[[object], bool]:
    return lambda block: isinstance(block, kind)


def _drawing(figure: Figure) -> Markup:
    from markupsafe import Markup

    name = anchor(figure.id, "figure")
    return Markup(inline(figure.svg, plain(figure.alt), f"{name}-"))  # noqa: S704 - shapes alone


def _picture(figure: Figure) -> Markup:
    """Write a figure as a picture of its own: WeasyPrint would look for styles in every stroke."""
    from markupsafe import Markup, escape

    content = base64.b64encode(write_drawing(parse_drawing(figure.svg)).encode()).decode("ascii")
    written = f'<img src="data:image/svg+xml;base64,{content}" alt="{escape(plain(figure.alt))}">'
    return Markup(written)  # noqa: S704 - base64, and words that are escaped


# --------------------------------------------------------------- text as HTML


def directed(words: str) -> Markup:
    """Write text as HTML: what stands between U+2068 and U+2069 keeps its own direction.

    Parameters
    ----------
    words : str
        Any text; nothing in it is markup.

    Returns
    -------
    markupsafe.Markup
        Every isolate is closed where the text ends, and an end without a beginning is left out.

    Examples
    --------
    >>> str(directed("<b> \u2068SY-01\u2069"))
    '&lt;b&gt; <bdi>SY-01</bdi>'
    >>> str(directed("\u2069a\u2068b"))
    'a<bdi>b</bdi>'
    """
    from markupsafe import Markup, escape

    written, depth = [], 0
    for piece in re.split(f"([{ISOLATE}{END_ISOLATE}])", writable(words)):
        if piece == ISOLATE:
            depth += 1
            written.append("<bdi>")
        elif piece == END_ISOLATE:
            written.append("</bdi>" if depth else "")
            depth = max(depth - 1, 0)
        else:
            written.append(str(escape(piece)))
    return Markup("".join(written) + "</bdi>" * depth)  # noqa: S704 - each piece is escaped


def isolated(words: str) -> Markup:
    """Write text as HTML and keep the isolates, each closed.

    Examples
    --------
    >>> str(isolated("<b> \u2068SY-01")) == "&lt;b&gt; \u2068SY-01\u2069"
    True
    """
    from markupsafe import escape

    return escape(balanced(writable(words)))


def balanced(words: str) -> str:
    """Close every isolate of a text and leave out an end without a beginning.

    Examples
    --------
    >>> balanced("\u2069a\u2068b") == "a\u2068b\u2069"
    True
    """
    depth, written = 0, []
    for piece in re.split(f"([{ISOLATE}{END_ISOLATE}])", words):
        if piece == END_ISOLATE and not depth:
            continue
        depth += {ISOLATE: 1, END_ISOLATE: -1}.get(piece, 0)
        written.append(piece)
    return "".join(written) + END_ISOLATE * depth


def plain(words: str) -> str:
    r"""Give text without marks of direction, for a place that holds plain text only.

    Examples
    --------
    >>> plain("\u2068A3\u2069\x00")
    'A3�'
    """
    return unmarked(writable(words))


def writable(words: str) -> str:
    r"""Exchange what no page can hold (signs of control, halves of characters) for U+FFFD.

    Examples
    --------
    >>> writable("a\x00\tb")
    'a�\tb'
    """
    return _UNWRITABLE.sub("\ufffd", words)


def anchor(name: str, kind: str) -> str:
    """Name a place in the page by an id of the report.

    Examples
    --------
    >>> anchor("fire.by_cause", "table"), anchor("a b", "section")
    ('table-fire.by_cause', 'section-a~20~b')
    """
    safe = re.sub(r"[^A-Za-z0-9._-]", lambda sign: f"~{ord(sign[0]):x}~", name)
    return f"{kind}-{safe}"


def beside(target: str) -> str:
    """Give the address of a file beside the report, or of a place in it: never one elsewhere.

    Examples
    --------
    >>> beside("map.ar.html"), beside("javascript:x()"), beside("#table-a")
    ('./map.ar.html', './javascript%3Ax%28%29', '#table-a')
    """
    path, mark, place = writable(target).partition("#")
    return ("./" + quote(path.lstrip("/")) if path else "") + mark + quote(place)


# --------------------------------------------------------------- how it looks


def style(document: Document, office: Office, face: str, family: str) -> str:
    """Write the style sheet of a report: fonts, colours, and what every printed page carries.

    Parameters
    ----------
    document, office
        As in `render_page`.
    face : str
        Style rules of the fonts.
    family : str
        Their names, as CSS lists them.

    Returns
    -------
    str
        CSS.
    """
    own, colours = language(document.lang), office.colours
    variables = (
        f":root{{--accent:{colours.accent};--ink:{colours.ink};--soft:{colours.soft};"
        f"--tint:{colours.tint};--line:{colours.line};--font:{family}}}\n"
    )
    sheets = (_read("style", f"{name}.css") for name in ("report", "print"))
    return "".join((face, "\n", variables, *sheets, _page_rules(document, own, office, family)))


def _page_rules(document: Document, own: Language, office: Office, family: str) -> str:
    """Write what stands on every printed page: stamp above, title and number below."""
    counter = "arabic-indic" if own.digits[1] == "١" else "decimal"
    start, end = ("left", "right") if own.direction == "ltr" else ("right", "left")
    look = (
        f"font-family:{family};font-size:8pt;color:{office.colours.soft};direction:{own.direction}"
    )
    numbered = f'counter(page, {counter}) " / " counter(pages, {counter})'
    boxes = (
        (f"top-{start}", quoted(document.stamp), f"text-align:{start};width:100%"),
        (f"bottom-{start}", quoted(document.title), f"text-align:{start};width:85%"),
        (f"bottom-{end}", numbered, f"text-align:{end};width:15%"),
    )
    written = "".join(
        f"@{place}{{content:{content};{look};{more}}}" for place, content, more in boxes
    )
    leader = f"content:target-counter(attr(href), page, {counter});position:absolute;top:0;{end}:0"
    return (
        f"@page{{size:A4;margin:22mm 18mm 20mm;{written}}}\n"
        f"@media print{{.contents a::after{{{leader}}}}}\n"
    )


def quoted(words: str) -> str:
    r"""Write text as a string of CSS, whatever it holds.

    Examples
    --------
    >>> quoted('a"</style>')
    '"a\\22 \\3c \\2f style\\3e "'
    """
    line = " ".join(balanced(writable(words)).split())
    return f'"{re.sub(r"[^A-Za-z0-9 .,]", lambda sign: _escaped(sign[0]), line)}"'


def _escaped(sign: str) -> str:
    return sign if sign.isalnum() and ord(sign) > 0x7F else f"\\{ord(sign):x} "  # noqa: PLR2004


@cache
def _read(folder: str, name: str) -> str:
    return (resources.files("geosector.report") / folder / name).read_text(encoding="utf-8")
