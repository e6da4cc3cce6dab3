"""What an office changes in its reports: one TOML file, and templates beside it.

::

    top_places = 5
    templates = "templates"            # a folder that holds page.html.j2

    [name]                             # of the office, in every language that it reports in
    en = "Civil defence of a synthetic town"
    ar = "الدفاع المدني في بلدة مخترعة"

    [logo]
    file = "logo.svg"                  # PNG or SVG, beside this file

    [colours]
    accent = "#0b5d4e"                 # titles, heads of tables
    ink = "#1d1d1b"                    # text
    soft = "#5a5650"                   # stamps and notes

    [sections]
    order = ["fires", "attacks"]       # these first; the others follow as they were
    leave_out = ["recommendations"]

    [titles.fires]
    en = "Fires and their causes"

    [texts.fires]                      # a paragraph at the head of the section
    en = "Call 113."

    [foot]                             # at the end of the report
    en = "Questions: the office of information."

Whatever is wrong in it is said before anything is drawn: the file, the key, what was given and
what is expected.
"""

from __future__ import annotations

import base64
import io
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from geosector.errors import InputError, UnreadableFileError
from geosector.language import LANGUAGES, text
from geosector.report.blocks import Document, Paragraph, Section
from geosector.report.drawings import parse_drawing, write_drawing
from geosector.storage import AnyPath

TEMPLATE = "page.html.j2"
# All that a template may call: none of them writes text as markup.
FILTERS = frozenset(
    {"said", "plain", "anchor", "beside", "drawing", "first", "last", "length", "join"}
)
CONTRAST = 4.5  # of text of any size: WCAG 2.2, success criterion 1.4.3 (level AA)
LARGEST_LOGO = 1_000_000  # bytes
MOST_PLACES = 100
TINT, LINE = 0.06, 0.25  # how much of the accent is in the ground of a row, and in its line

Words: TypeAlias = Mapping[str, str]
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Logo(NamedTuple):
    """A picture inside the page, as a data address."""

    address: str


class Colours(NamedTuple):
    """Colours of a report as #rrggbb; each is read easily on white and on the tint."""

    accent: str = "#14505c"
    ink: str = "#1d1d1b"
    soft: str = "#565249"

    @property
    def tint(self) -> str:
        """The ground of every second row: white with a little of the accent."""
        return mixed(self.accent, TINT)

    @property
    def line(self) -> str:
        """The lines of tables."""
        return mixed(self.accent, LINE)


class Said(NamedTuple):
    """What an office says in one language."""

    name: str
    foot: str
    titles: Mapping[str, str]
    texts: Mapping[str, str]


class Office(NamedTuple):
    """What an office changes in its reports; made by `read_office`."""

    file: str = ""
    name: Words = _NOTHING
    foot: Words = _NOTHING
    logo: Logo | None = None
    colours: Colours = Colours()
    order: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    titles: Mapping[str, Words] = _NOTHING
    texts: Mapping[str, Words] = _NOTHING
    top_places: int = 10
    templates: tuple[tuple[str, str], ...] = ()

    def in_language(self, lang: str) -> Said:
        """Give what the office says in a language.

        Raises
        ------
        InputError
            Where it says something in other languages only.

        Examples
        --------
        >>> Office(foot={"en": "Call 113."}).in_language("en").foot
        'Call 113.'
        >>> Office("office.toml", foot={"en": "Call 113."}).in_language("ar")
        Traceback (most recent call last):
        ...
        geosector.errors.InputError: office.toml: 'foot' is not said in 'ar', in which a report is
        asked for. Add 'ar' to it.
        """
        sections = [
            (f"{key}.{at}", words)
            for key, table in (("titles", self.titles), ("texts", self.texts))
            for at, words in table.items()
        ]
        for key, words in [("name", self.name), ("foot", self.foot), *sections]:
            if words and lang not in words:
                raise InputError(
                    text(
                        "{file}: '{key}' is not said in '{code}', in which a report is asked for. "
                        "Add '{code}' to it.",
                        file=self.file,
                        key=key,
                        code=lang,
                    )
                )
        return Said(
            self.name.get(lang, ""),
            self.foot.get(lang, ""),
            {at: words[lang] for at, words in self.titles.items()},
            {at: words[lang] for at, words in self.texts.items()},
        )


PLAIN = Office()


# --------------------------------------------------------------- reading


def read_office(path: AnyPath, sections: Collection[str] | None = None) -> Office:
    r"""Read what an office changes in its reports.

    Parameters
    ----------
    path : str or path
        A TOML file, as at the head of this module.
    sections : collection of str, optional
        The ids of sections that a report may have; any other one in the file is an error.

    Returns
    -------
    Office

    Raises
    ------
    UnreadableFileError
        Where the file, its logo or its templates cannot be read.
    InputError
        Where something in it is not as expected: the sentence names the file and the key, what was
        given and what is expected.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = Path(folder.name) / "office.toml"
    >>> _ = file.write_text('top_places = 5', encoding="utf-8")
    >>> read_office(file).top_places
    5
    >>> _ = file.write_text("", encoding="utf-8")
    >>> read_office(file) == Office(str(file))
    True
    >>> _ = file.write_text('[colours]\naccent = "#ffff00"', encoding="utf-8")
    >>> read_office(file)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: ...office.toml: 'colours.accent' is '#ffff00'. Expected is a colour
    as #rrggbb that stands out from white 4.5 to 1; this one does 1.1 to 1.
    >>> folder.cleanup()
    """
    file = Path(path)
    given = _Given(str(file), _toml(file), "")
    known = {
        "name",
        "foot",
        "logo",
        "colours",
        "sections",
        "titles",
        "texts",
        "top_places",
        "templates",
    }
    given.only(known)
    places = given.table("sections")
    places.only({"order", "leave_out"})
    return Office(
        file=str(file),
        name=given.words("name"),
        foot=given.words("foot"),
        logo=_logo(given.table("logo"), file.parent),
        colours=_colours(given.table("colours")),
        order=places.ids("order", sections),
        leave_out=places.ids("leave_out", sections),
        titles=given.sections("titles", sections),
        texts=given.sections("texts", sections),
        top_places=given.whole("top_places", PLAIN.top_places, MOST_PLACES),
        templates=_templates(given, file.parent),
    )


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from error
    except ValueError as error:  # not UTF-8, or not TOML: the line is in what it says
        raise _unreadable(file, str(error)) from error


def _unreadable(file: Path, reason: str) -> UnreadableFileError:
    return UnreadableFileError(
        text(
            "{file} cannot be read: {reason}. Correct it, or name another.",
            file=file,
            reason=reason,
        )
    )


class _Given(NamedTuple):
    """A table of the file, which knows where it stands when something in it is wrong."""

    file: str
    values: Mapping[str, Any]
    at: str

    def wrong(self, key: str, given: object, expected: str) -> InputError:
        return InputError(
            text(
                "{file}: '{key}' is {given}. Expected is {expected}.",
                file=self.file,
                key=self.at + key,
                given=repr(given) if isinstance(given, str) else given,
                expected=expected,
            )
        )

    def only(self, known: Collection[str]) -> None:
        for key in self.values:
            if key not in known:
                expected = ", ".join(sorted(known))
                raise InputError(
                    text(
                        "{file}: '{key}' is not known here. Expected is one of: {expected}.",
                        file=self.file,
                        key=self.at + key,
                        expected=expected,
                    )
                )

    def table(self, key: str) -> _Given:
        found = self.values.get(key, {})
        if not isinstance(found, dict):
            raise self.wrong(key, found, text("a table: [{key}]", key=self.at + key))
        return _Given(self.file, found, f"{self.at}{key}.")

    def words(self, key: str) -> dict[str, str]:
        found = self.table(key)
        found.only(LANGUAGES)
        return {lang: found.line(lang) for lang in found.values}

    def line(self, key: str) -> str:
        found = self.values[key]
        if not isinstance(found, str) or not found.strip():
            raise self.wrong(key, found, text("text between quotation marks"))
        return found

    def sections(self, key: str, known: Collection[str] | None) -> dict[str, Words]:
        found = self.table(key)
        if known is not None:
            found.only(known)
        return {at: found.words(at) for at in found.values}

    def ids(self, key: str, known: Collection[str] | None) -> tuple[str, ...]:
        found = self.values.get(key, [])
        expected = text("a list of ids of sections, none of them twice")
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise self.wrong(key, found, expected)
        if len(set(found)) < len(found):
            raise self.wrong(key, ", ".join(found), expected)
        strange = [one for one in found if known is not None and one not in known]
        if strange:
            among = text("one of: {known}", known=", ".join(sorted(known or ())))
            raise self.wrong(key, strange[0], among)
        return tuple(found)

    def whole(self, key: str, usual: int, most: int) -> int:
        found = self.values.get(key, usual)
        if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= most:
            raise self.wrong(key, found, text("a whole number from 1 to {most}", most=most))
        return found


# --------------------------------------------------------------- colours


def _colours(given: _Given) -> Colours:
    given.only(Colours._fields)
    for name in given.values:
        _require_contrast(given, name)
    return Colours(**{name: given.values[name].lower() for name in given.values})


def _require_contrast(given: _Given, name: str) -> None:
    colour = given.values[name]
    if not isinstance(colour, str) or not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        raise given.wrong(name, colour, text("a colour as #rrggbb"))
    accent = given.values.get("accent", PLAIN.colours.accent)
    # An accent that is no colour has its own sentence, sooner or later.
    is_colour = isinstance(accent, str) and re.fullmatch("#[0-9a-fA-F]{6}", accent)
    tint = mixed(accent, TINT) if is_colour else "#ffffff"
    reached = min(contrast(colour, "#ffffff"), contrast(colour, tint))
    if reached < CONTRAST:
        raise given.wrong(
            name,
            colour,
            text(
                "a colour as #rrggbb that stands out from white {least} to 1; this one does "
                "{reached} to 1",
                least=CONTRAST,
                reached=f"{reached:.1f}",
            ),
        )


def contrast(one: str, other: str) -> float:
    """Give how much two colours stand out from each other, 1 to 21.

    The ratio of their relative luminances, each with 0.05 added (WCAG 2.2, *contrast ratio*).

    Examples
    --------
    >>> contrast("#000000", "#ffffff"), round(contrast("#777777", "#ffffff"), 2)
    (21.0, 4.48)
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in bytes.fromhex(colour[1:])]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mixed(colour: str, share: float) -> str:
    """Give a colour thinned with white.

    Examples
    --------
    >>> mixed("#000000", 0.0), mixed("#004080", 0.5)
    ('#ffffff', '#80a0c0')
    """
    parts = (255 - share * (255 - part) for part in bytes.fromhex(colour[1:]))
    return "#" + "".join(f"{int(part + 0.5):02x}" for part in parts)


# --------------------------------------------------------------- logo


def _logo(given: _Given, folder: Path) -> Logo | None:
    given.only({"file"})
    if not given.values:
        return None
    if "file" not in given.values:
        raise given.wrong("file", "", text("the name of a PNG or SVG file"))
    file = folder / given.line("file")
    try:
        content = file.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(file, getattr(error, "strerror", None) or str(error)) from error
    if len(content) > LARGEST_LOGO:
        expected = text("a picture of at most {most} bytes", most=LARGEST_LOGO)
        raise given.wrong("file", given.values["file"], expected)
    return Logo(_png(content) or _svg(content, given))


def _png(content: bytes) -> str:
    """Write a PNG anew, without what it may tell of who made it; nothing where it is none."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            picture.load()
            whole = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError, SyntaxError):
        return ""
    packed = io.BytesIO()
    whole.save(packed, "PNG")
    return _address("image/png", packed.getvalue())


def _svg(content: bytes, given: _Given) -> str:
    try:
        drawn = write_drawing(parse_drawing(content))
    except InputError as error:
        expected = text("a PNG or SVG picture that is whole")
        raise given.wrong("file", given.values["file"], expected) from error
    return _address("image/svg+xml", drawn.encode())


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


# --------------------------------------------------------------- templates


def _templates(given: _Given, beside: Path) -> tuple[tuple[str, str], ...]:
    """Read the templates of an office and refuse what would write text as markup."""
    if "templates" not in given.values:
        return ()
    folder = beside / given.line("templates")
    files = sorted(folder.glob("*.j2"))
    if TEMPLATE not in [file.name for file in files]:
        expected = text("a folder that holds {name}", name=TEMPLATE)
        raise given.wrong("templates", given.values["templates"], expected)
    return tuple((file.name, _template(file)) for file in files)


def _template(file: Path) -> str:
    from jinja2 import Environment, TemplateSyntaxError, nodes

    try:
        source = file.read_text(encoding="utf-8-sig")
        tree = Environment(autoescape=True).parse(source)
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(file, str(error)) from error
    except TemplateSyntaxError as error:
        raise _unreadable(file, f"{error.lineno}: {error.message}") from error
    if tree.find(nodes.EvalContextModifier):
        reason = text("a template cannot turn the escaping of text off")
        raise _unreadable(file, reason)
    for used in tree.find_all(nodes.Filter):
        if used.name not in FILTERS:
            reason = text(
                "the filter '{name}' is not known; known are {known}",
                name=used.name,
                known=", ".join(sorted(FILTERS)),
            )
            raise _unreadable(file, f"{used.lineno}: {reason}")
    return source


def broken(error: Exception) -> InputError:
    """Say that a template cannot be filled in, and where."""
    name = getattr(error, "name", None) or TEMPLATE
    line = getattr(error, "lineno", None)
    return InputError(
        text(
            "The template {name} cannot be filled in: {reason}. Correct it, or leave it out.",
            name=f"{name}:{line}" if line else name,
            reason=str(error).partition("\n")[0] or type(error).__name__,
        )
    )


# --------------------------------------------------------------- putting in order


def arrange(document: Document, office: Office) -> Document:
    """Put a report into the order and the words of an office.

    Parameters
    ----------
    document : Document
        As it was made.
    office : Office
        Sections in ``order`` come first, the others follow as they were; those in ``leave_out`` are
        taken away, at any depth. Titles are exchanged, and a text is put at the head of its
        section. What names a section that this report does not have changes nothing.

    Returns
    -------
    Document
        No number in it is changed.

    Raises
    ------
    InputError
        Where the office says something, but not in the language of the report.

    Examples
    --------
    >>> report = Document("en", "", "", "", (Section("a", "A", ()), Section("b", "B", ())))
    >>> office = Office(order=("b",), titles={"a": {"en": "First"}}, texts={"b": {"en": "So."}})
    >>> [(part.title, part.blocks) for part in arrange(report, office).sections]
    [('B', (Paragraph(text='So.'),)), ('First', ())]
    >>> arrange(report, PLAIN) == report
    True
    """
    said = office.in_language(document.lang)
    return document._replace(sections=_arranged(document.sections, office, said))


def _arranged(sections: tuple[Section, ...], office: Office, said: Said) -> tuple[Section, ...]:
    kept = [one for one in sections if one.id not in office.leave_out]
    places = {name: at for at, name in enumerate(office.order)}
    kept.sort(key=lambda one: places.get(one.id, len(places)))  # the order of equals stays
    return tuple(
        Section(
            one.id,
            said.titles.get(one.id, one.title),
            (*((Paragraph(said.texts[one.id]),) if one.id in said.texts else ()), *one.blocks),
            _arranged(one.subsections, office, said),
        )
        for one in kept
    )
