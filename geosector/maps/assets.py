"""Scripts, styles and the font of a page, read from installed packages: no copy is kept here.

Leaflet comes from ``django-js-lib-leaflet`` (found, never imported: it wants Django), the plugins
that folium itself carries from folium, Noto Sans Arabic from ``justmytype-intl-rtl``. Everything
is put into the page; what is not installed is an error that names it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import re
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

from geosector.errors import AssetError
from geosector.language import text
from geosector.storage import remembered

LEAFLET = "js_lib_leaflet/static/js_lib_leaflet"

# Which installed file stands for an address that folium's classes ask for: (pattern, package
# that ships it, file). The patterns are whole addresses, so that nothing else slips through.
_FOLIUM = r"https://cdn\.jsdelivr\.net/gh/python-visualization/folium(@\w+)?/folium/templates"
_INSTALLED = (
    (
        r"https://[\w./-]+/leaflet[@/][\w.-]+(/dist)?/leaflet(\.min)?\.(?P<kind>js|css)",
        "django-js-lib-leaflet",
        LEAFLET + "/leaflet.{kind}",
    ),
    (_FOLIUM + r"/(?P<file>[\w.]+\.(js|css))", "folium", "folium/templates/{file}"),
)

# Our own, in the order in which they are joined.
SCRIPTS = (
    "words", "elements", "packed", "ground", "cards", "tiles", "basemap", "choropleth", "colours",
    "density", "frames", "labels", "shapes", "points", "filters", "table", "controls", "print",
    "start",
)  # fmt: skip
STYLES = ("page", "controls", "shapes", "choropleth", "cards", "time", "beside", "print")

FONT_PACKAGE = "justmytype-intl-rtl"
FONT_FILE = "justmytype_intl_rtl/fonts/ofl/notosansarabic/NotoSansArabic[wdth,wght].ttf"
FONT_FAMILY = (
    "Geosector Noto Arabic"  # a name of our own: a system font of the same name may differ
)

# Always in the font, so that a few more words in the data seldom change it: ASCII, the letters of
# Kurmanji, the alphabets and digits of Arabic and Sorani, marks of text and number.
ALWAYS = frozenset(
    {chr(code) for code in range(0x20, 0x7F)}
    | set("çÇêÊîÎşŞûÛ«»–—…’“”·×−±°")
    | {
        chr(code)
        for code in (*range(0x0621, 0x063B), *range(0x0641, 0x0656), *range(0x0660, 0x066D))
    }
    | set("،؛؟ٱپچڕژڤکگڵھۀەۆیێ٪٫٬")
    | set("ـ\u061c\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069")
)


def _installed(package: str, path: str) -> Path:
    """Find a file of an installed package without importing the package."""
    module, _, inside = path.partition("/")
    spec = find_spec(module)
    folder = spec.submodule_search_locations if spec is not None else None
    if folder:
        file = Path(next(iter(folder))) / inside
        if file.is_file():
            return file
    raise AssetError(
        text(
            "The map needs {file} from the package {package}, which is not installed. "
            "Install it with: {command}",
            file=Path(path).name,
            package=package,
            command=f"pip install {package}",
        )
    )


def read_link(url: str) -> str:
    """Give the content of a script or style that a folium class asks for by its address.

    Parameters
    ----------
    url : str
        The address, usually of a content delivery network. It is never fetched.

    Returns
    -------
    str
        The content of the installed file that stands for it.

    Raises
    ------
    AssetError
        Where no installed file is known to stand for it.

    Examples
    --------
    >>> read_link("https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js")[:12]
    '/* @preserve'
    >>> read_link("https://example.org/plugin.js")
    Traceback (most recent call last):
    ...
    geosector.errors.AssetError: The map would fetch https://example.org/plugin.js from ...
    """
    for pattern, package, path in _INSTALLED:
        found = re.fullmatch(pattern, url)
        if found:
            file = _installed(package, path.format(**found.groupdict()))
            return _embed_images(_read(file), file.parent)
    raise AssetError(
        text(
            "The map would fetch {url} from the network, and no installed package is known to "
            "hold it. Leave out the layer that asks for it.",
            url=url,
        )
    )


def read_scripts() -> str:
    """Give geosector's own scripts as one, in the order in which they build on one another."""
    return "".join(_lean(_own("script", f"{name}.js"), "//") for name in SCRIPTS)


def read_guard() -> str:
    """Give the script that must stand before those of others: what it takes out of their HTML."""
    return _lean(_own("script", "html.js"), "//")


def read_styles() -> str:
    """Give geosector's own styles as one."""
    return "".join(_lean(_own("style", f"{name}.css"), "/*") for name in STYLES)


def _own(folder: str, name: str) -> str:
    return _read(Path(__file__).parent / folder / name)


def _lean(written: str, remark: str) -> str:
    """Leave out indentation and lines that are but a remark: a fifth of every page.

    No text of ours runs over several lines, so none is changed.
    """
    lines = (line.strip() for line in written.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith(remark))


def _read(file: Path) -> str:
    # A browser hashes a script after making each line end "\n"; so the hash is of this.
    content = file.read_text(encoding="utf-8").replace("\r\n", "\n")
    return re.sub(r"\n//# sourceMappingURL=\S*\s*$", "\n", content)


def _embed_images(style: str, folder: Path) -> str:
    def data(found: re.Match[str]) -> str:
        return f"url({data_uri(folder / found.group(1))})"

    return re.sub(r"url\((images/[\w.-]+\.png)\)", data, style)


def data_uri(image: Path) -> str:
    """Write a PNG file as a data address."""
    return "data:image/png;base64," + base64.b64encode(image.read_bytes()).decode("ascii")


def marker_images() -> dict[str, str]:
    """Give the images of Leaflet's ordinary marker, by the name of the option that takes each."""
    folder = _installed("django-js-lib-leaflet", LEAFLET + "/images/marker-icon.png").parent
    names = {
        "iconUrl": "marker-icon.png",
        "iconRetinaUrl": "marker-icon-2x.png",
        "shadowUrl": "marker-shadow.png",
    }
    return {option: data_uri(folder / name) for option, name in names.items()}


def font_file() -> Path:
    """Give the installed Noto Sans Arabic, a variable font that holds Latin letters, too.

    Raises
    ------
    AssetError
        Where it is not installed.
    """
    return _installed(FONT_PACKAGE, FONT_FILE)


def font_face(characters: str) -> str:
    """Write the style rule that gives a page its font, cut down to the characters it uses.

    Parameters
    ----------
    characters : str
        Every character that the page may show.

    Returns
    -------
    str
        One ``@font-face`` rule with the font inside, weights 400 to 700.

    Raises
    ------
    AssetError
        Where the font is not installed.
    """
    return _font_face((frozenset(characters) & _drawn()) | ALWAYS)


@cache
def _drawn() -> frozenset[str]:
    """Give the characters that the font can draw."""
    from fontTools.ttLib import TTFont

    with TTFont(_installed(FONT_PACKAGE, FONT_FILE), lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


@cache
def _font_face(characters: frozenset[str]) -> str:
    # What every page needs is made once; a font that tells of rare characters in the data is not
    # left lying on the machine.
    make = partial(_cut_font, characters)
    packed = make() if characters - ALWAYS else remembered(_font_name(), make)
    covered = _ranges(sorted(map(ord, characters & _drawn())))
    return (
        f'@font-face{{font-family:"{FONT_FAMILY}";font-weight:400 700;font-display:block;'
        f"unicode-range:{covered};src:url(data:font/woff2;base64,"
        f'{base64.b64encode(packed).decode("ascii")}) format("woff2")}}'
    )


def _font_name() -> str:
    """Name the font of `ALWAYS` by all that it depends on."""
    import fontTools

    depends = [
        font_file().read_bytes(),
        fontTools.version.encode(),
        "".join(sorted(ALWAYS)).encode(),
    ]
    return f"font-{hashlib.sha256(b'|'.join(depends)).hexdigest()[:32]}.woff2"


def _cut_font(characters: frozenset[str]) -> bytes:
    """Cut the font down to some characters and to the weights that pages use."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    logging.getLogger("fontTools").setLevel(logging.WARNING)
    # recalcTimestamp: the date in the font stays the designer's, so the same page has the same font
    font = TTFont(font_file(), recalcTimestamp=False)
    options = subset.Options(name_IDs=[0, 1, 2, 13, 14], hinting=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=sorted(map(ord, characters)))
    cutter.subset(font)
    instancer.instantiateVariableFont(font, {"wdth": 100, "wght": (400, 400, 700)}, inplace=True)
    font.flavor = "woff2"
    packed = io.BytesIO()
    font.save(packed, reorderTables=True)
    return packed.getvalue()


def _ranges(codes: list[int]) -> str:
    """Write code points as a CSS unicode-range.

    Examples
    --------
    >>> _ranges([32, 33, 34, 65])
    'U+20-22,U+41'
    """
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return ",".join(
        f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}" for first, last in runs
    )
