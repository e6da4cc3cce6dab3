"""A drawing inside a page: only shapes, under names of its own, and it says what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, register_namespace, tostring

from geosector.errors import InputError
from geosector.language import text

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"

# What draws and nothing else: no script, no page inside the page, nothing from elsewhere.
_SHAPES = frozenset(
    SVG + name
    for name in (
        "svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line",
        "polyline", "polygon", "clipPath", "mask", "pattern", "linearGradient", "radialGradient",
        "stop", "image", "text", "tspan",
    )
)  # fmt: skip
_PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=\s]*")
_NAMED = re.compile(r"url\(\s*['\"]?#([^'\")]+)['\"]?\s*\)")


def parse_drawing(written: str | bytes) -> Element:
    """Read an SVG and keep of it what draws.

    Parameters
    ----------
    written : str or bytes
        The SVG.

    Returns
    -------
    xml.etree.ElementTree.Element
        Without scripts, handlers of events, links to elsewhere and styles of a whole page.

    Raises
    ------
    InputError
        Where it is no SVG, or has entities.

    Examples
    --------
    >>> own = 'xmlns="http://www.w3.org/2000/svg"'
    >>> drawing = f'<svg {own} onload="x()"><script/><path d="M0 0"/></svg>'
    >>> [part.tag.rpartition("}")[2] for part in parse_drawing(drawing).iter()]
    ['svg', 'path']
    >>> parse_drawing(drawing).attrib
    {}
    >>> parse_drawing("<p>")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The drawing cannot be read as SVG. Write it as plain SVG.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    wrong = text("The drawing cannot be read as SVG. Write it as plain SVG.")
    try:
        # A declared encoding is refused in a text that is decoded already.
        root: Element = fromstring(written.encode() if isinstance(written, str) else written)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise InputError(wrong) from error
    if root.tag != SVG + "svg":
        raise InputError(wrong)
    if any("stroke-linejoin: round" in (one.text or "") for one in root.iter(SVG + "style")):
        root.set("stroke-linejoin", "round")  # matplotlib says this for all its lines at once
    _keep_shapes(root)
    return root


def _keep_shapes(root: Element) -> None:
    for parent in root.iter():
        for child in list(parent):
            if child.tag not in _SHAPES:
                parent.remove(child)
        for name, value in list(parent.attrib.items()):
            kept = _kept(name, value)
            del parent.attrib[name]
            if kept is not None:
                parent.set(*kept)


def _kept(name: str, value: str) -> tuple[str, str] | None:
    """Keep an attribute that can neither act nor fetch; an address only inside the drawing."""
    if name in {"href", XLINK + "href"}:
        inside = value.startswith("#") or _PICTURE.fullmatch(value)
        return ("href", value) if inside else None
    foreign = "url(" in _NAMED.sub("", value) or "\\" in value or "@import" in value
    if name.startswith(("on", "{")) or name in {"class", "role", "tabindex", "lang"} or foreign:
        return None
    return name, value


def own_names(root: Element, prefix: str) -> None:
    """Put a prefix before every name in a drawing, so that two drawings share no name.

    Parameters
    ----------
    root : xml.etree.ElementTree.Element
        The drawing; it is changed.
    prefix : str
        Letters, digits, hyphens.

    Examples
    --------
    >>> own = 'xmlns="http://www.w3.org/2000/svg"'
    >>> drawing = parse_drawing(f'<svg {own}><g id="a"/><use href="#a"/></svg>')
    >>> own_names(drawing, "f1-")
    >>> drawing[0].get("id"), drawing[1].get("href")
    ('f1-a', '#f1-a')
    """
    used = {name for part in root.iter() for name in _names_used(part)}
    for part in root.iter():
        for name, value in part.attrib.items():
            if name == "id":
                part.set(name, prefix + value)
            elif name == "href" and value.startswith("#"):
                part.set(name, f"#{prefix}{value[1:]}")
            elif "url(" in value:
                part.set(name, _NAMED.sub(rf"url(#{prefix}\1)", value))
        if part.get("id", "")[len(prefix) :] not in used:
            part.attrib.pop("id", None)  # nothing refers to it


def _names_used(part: Element) -> Iterator[str]:
    for name, value in part.attrib.items():
        if name == "href" and value.startswith("#"):
            yield value[1:]
        elif "url(" in value:
            yield from _NAMED.findall(value)


def write_drawing(root: Element) -> str:
    """Write a drawing as it stands inside HTML.

    Examples
    --------
    >>> own = 'xmlns="http://www.w3.org/2000/svg"'
    >>> write_drawing(parse_drawing(f'<svg {own}><path d="M0 0"/></svg>'))
    '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0" /></svg>'
    """
    register_namespace("", SVG.strip("{}"))
    return tostring(root, encoding="unicode")


def inline(svg: str, alt: str, prefix: str) -> str:
    """Write a figure into a page: as its own picture, with its words for those who do not see it.

    Parameters
    ----------
    svg : str
        As drawn.
    alt : str
        What it shows, in words.
    prefix : str
        Before every name in it; another one for each figure of a page.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    InputError
        Where it is no SVG.

    Examples
    --------
    >>> inline('<svg xmlns="http://www.w3.org/2000/svg" width="9pt"/>', "Nothing <b>", "f-")
    '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" role="img"
      aria-label="Nothing &lt;b&gt;"><title>Nothing &lt;b&gt;</title></svg>'
    """
    root = parse_drawing(svg)
    own_names(root, prefix)
    root.set("role", "img")
    root.set("aria-label", alt)
    told = Element(SVG + "title")
    told.text = alt
    root.insert(0, told)
    return write_drawing(root)
