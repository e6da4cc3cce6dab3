"""A drawing of matplotlib made fit to stand in a page beside others: small, inert, named apart.

matplotlib names the parts of every drawing alike, writes each text beside its outlines as a comment
and gives a style that would reach the whole page. Here only outlines are left; names that something
refers to are numbered behind a prefix of the figure's own, the others are taken away.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import lru_cache
from typing import NamedTuple

from geosector.maps.paper.sheet import Page, plain_style

MM_PER_INCH, POINTS_PER_INCH = 25.4, 72
# matplotlib draws letters at 100 points, in 64ths of them; a quarter of one is fine enough.
_LETTER = re.compile(r'<path id="([^"]*)" d="([^"]*)" transform="scale\(0\.015625\)"\s*/>')
_LETTER_UNITS = 16
_NOTHING = re.compile(r'<path id="([^"]*)" transform="scale\(0\.015625\)"\s*/>')
_SET = re.compile(r'<use xlink:href="([^"]*)"(?: transform="translate\(([^ )]*) ([^)]*)\)")?\s*/>')
# Of each command of an outline its number of places.
_PLACES = {"M": 1, "L": 1, "Q": 2, "C": 3}
# What no XML may hold, not even escaped (XML 1.0, 2.2).
_IN_NO_FILE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DROPPED = re.compile(r"<!--.*?-->|<metadata>.*?</metadata>|<style[^>]*>.*?</style>", re.DOTALL)
_EMPTY = re.compile(r"<defs\s*(?:/>|>\s*</defs>)")
_GROUP = re.compile(r"(<g(?: [^>]*)?>|</g>)")
# Marks of one look, one after another.
_MARKS = re.compile(
    r'<use href="([^"]*)" x="[^"]*" y="[^"]*"( [^/>]*)/>'
    r'(?:\s*<use href="\1" x="[^"]*" y="[^"]*"\2/>)+'
)
_TRANSLATE = re.compile(r"translate\(([^)]*)\)|(?<= )([xy]=\"[^\"]*)")
_ROOT = re.compile(r"<svg\b[^>]*>")
_STYLE = re.compile(r' style="([^"]*)"')
_ID = re.compile(r' id="([^"]*)"')
_USED = re.compile(r'href="#([^"]*)"|url\(#([^)"]*)\)')
_PATH = re.compile(r' d="([^"]*)"')
_FRACTION = re.compile(r"-?\d+\.\d+")
_SPACE = re.compile(r"\s+")
_BETWEEN = re.compile(r">\s+<")


class Drawn(NamedTuple):
    """A figure.

    ``svg`` is one element, to stand in a page or alone; ``alt`` says in words what it shows;
    ``lines`` is all that is written in it, where only outlines of letters are left.
    """

    svg: str
    alt: str
    lines: tuple[str, ...]


def finished(page: Page, name: str, alt: str) -> Drawn:
    """Give a page as a figure.

    Parameters
    ----------
    page : Page
        In the size of the figure.
    name : str
        The id of the figure, other than that of any other in the document.
    alt : str
        What it shows, in words.

    Returns
    -------
    Drawn
        The same bytes for the same page.

    Examples
    --------
    >>> page = Page("en", 60, 20)
    >>> page.write(5, 10, "<b>")
    >>> made = finished(page, "fire.by_cause", 'Fires: "5"')
    >>> made.lines, made.svg.count("<b>"), 'aria-label="Fires: &quot;5&quot;"' in made.svg
    (('<b>',), 0, True)
    """
    with plain_style():
        drawn = page.save("svg", None, {}).decode("utf-8")
    body = _DROPPED.sub("", drawn[drawn.index("<svg") :])
    body = _SPACE.sub(" ", _STYLE.sub(lambda found: _attributes(found[1]), body))
    for blank in _NOTHING.findall(body):
        body = re.sub(rf'<use xlink:href="#{re.escape(blank)}"[^>]*>', "", body)
    body = _NOTHING.sub("", body)
    body = _LETTER.sub(lambda found: _letter(found[1], found[2]), body)
    body = _SET.sub(_set, body).replace("xlink:href=", "href=")
    body = _TRANSLATE.sub(lambda found: _FRACTION.sub(_rounded, found[0]), body)
    body = _MARKS.sub(lambda found: f"<g{found[2]}>{found[0].replace(found[2], '')}</g>", body)
    body = _PATH.sub(lambda found: f' d="{_FRACTION.sub(_rounded, found[1]).strip()}"', body)
    # The same names twice on a page with other outlines behind them would draw wrong letters and
    # digits: so the prefix depends on all that is drawn, too.
    body = _numbered(body, _prefix(f"{name}\n{body}"))
    body = _BETWEEN.sub("><", _ungrouped(body))
    told = html.escape(_IN_NO_FILE.sub("", alt), quote=True)
    svg = _ROOT.sub(lambda _: _root(page, told), body, count=1)
    return Drawn(svg.strip(), alt, page.lines())


def _root(page: Page, told: str) -> str:
    """Open the drawing: its size, what it shows, and how lines end unless they say otherwise."""
    wide, high = (
        round(side / MM_PER_INCH * POINTS_PER_INCH, 2) for side in (page.width, page.height)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'width="{page.width:g}mm" height="{page.height:g}mm" viewBox="0 0 {wide:g} {high:g}" '
        f'role="img" aria-label="{told}" stroke-linejoin="round" stroke-linecap="butt">'
    )


def _attributes(style: str) -> str:
    """Write a style as attributes: a page may forbid styles that stand in elements."""
    pairs = [part.partition(":") for part in style.split(";") if part.strip()]
    return "".join(f' {name.strip()}="{value.strip()}"' for name, _, value in pairs)


@lru_cache(maxsize=4096)
def _letter(name: str, outline: str) -> str:
    """Write the outline of a letter in steps from place to place, which are short numbers."""
    words = iter(outline.split())
    steps: list[str] = []
    pen = first = (0, 0)
    for command in words:
        if command in "zZ":
            steps.append("z")
            pen = first
            continue
        places = [
            (round(float(next(words)) / _LETTER_UNITS), round(float(next(words)) / _LETTER_UNITS))
            for _ in range(_PLACES[command])
        ]
        steps.append(command.lower() + " ".join(f"{x - pen[0]} {y - pen[1]}" for x, y in places))
        pen = places[-1]
        first = pen if command == "M" else first
    drawn = "".join(steps).replace(" -", "-")
    return f'<path id="{name}" d="{drawn}" transform="scale({_LETTER_UNITS / 64:g})"/>'


def _set(found: re.Match[str]) -> str:
    """Set a letter at its place in the line, to a hundredth of its size."""
    at = "".join(
        f' {axis}="{float(place):z.0f}"'
        for axis, place in zip("xy", found.groups()[1:], strict=True)
        if place is not None and f"{float(place):z.0f}" != "0"
    )
    return f'<use href="{found[1]}"{at}/>'


def _prefix(content: str) -> str:
    """Make a short prefix: a letter, and 30 bits of a digest."""
    digest = hashlib.sha256(content.encode("utf-8", "replace")).digest()
    return "f" + base64.b32encode(digest)[:6].decode("ascii").lower()


def _rounded(found: re.Match[str]) -> str:
    """Round to a hundredth of a point, which nobody can see."""
    return f"{float(found[0]):z.2f}".rstrip("0").rstrip(".")


def _numbered(body: str, prefix: str) -> str:
    """Give the names that are referred to a number behind the prefix; take the others away."""
    used = {one or other for one, other in _USED.findall(body)}
    known = dict.fromkeys(name for name in _ID.findall(body) if name in used)
    names = {name: f"{prefix}{at:x}" for at, name in enumerate(known)}
    body = _ID.sub(lambda found: f' id="{names[found[1]]}"' if found[1] in names else "", body)
    return _USED.sub(
        lambda found: f'href="#{names[found[1]]}"' if found[1] else f"url(#{names[found[2]]})",
        body,
    )


def _ungrouped(body: str) -> str:
    """Take away groups that say nothing of what they hold."""
    kept: list[bool] = []
    pieces = []
    for piece in _GROUP.split(_EMPTY.sub("", body)):
        if piece.startswith("<g"):
            kept.append(piece != "<g>")
            pieces.append(piece if kept[-1] else "")
        elif piece == "</g>":
            pieces.append(piece if kept.pop() else "")
        else:
            pieces.append(piece)
    return "".join(pieces)
