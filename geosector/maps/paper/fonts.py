"""The fonts of a page, from installed packages and never from the system.

matplotlib reads fonts from files and knows no variable ones, so Noto Sans Arabic is cut to a
regular and a bold font, which lie in a folder of their own as long as the process runs. Its
letters are Arabic, Kurdish and Latin; what it lacks comes from the DejaVu Sans that matplotlib
itself carries. Both have names of our own: a system font of the same name may differ.
"""

from __future__ import annotations

import atexit
import io
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from geosector import storage
from geosector.maps import assets

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

MAIN, SPARE = "Geosector Main", "Geosector Spare"
WEIGHTS = {"Regular": 400, "Bold": 700}
# What stands for a character that neither font can draw.
UNKNOWN = "\u25a1"


@cache
def families() -> tuple[str, str]:
    """Make the fonts known to matplotlib.

    Returns
    -------
    tuple of str
        Names of families, the first for what it can draw, the second for the rest.

    Raises
    ------
    AssetError
        Where Noto Sans Arabic is not installed.

    Examples
    --------
    >>> families()
    ('Geosector Main', 'Geosector Spare')
    """
    from matplotlib import font_manager

    folder = tempfile.TemporaryDirectory(prefix="geosector-fonts-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    for style in WEIGHTS:
        for family, font in ((MAIN, noto_font(style)), (SPARE, dejavu_font(style))):
            path = Path(folder.name) / f"{family}-{style}.ttf".replace(" ", "")
            storage.write_bytes(path, renamed(font, family, style))
            font_manager.fontManager.addfont(str(path))
    return MAIN, SPARE


def drawable(words: str) -> str:
    """Exchange what no font here can draw for a hollow square.

    Examples
    --------
    >>> drawable("شارع Ş km²"), drawable("街")
    ('شارع Ş km²', '□')
    """
    known = _drawn()
    return "".join(sign if sign in known else UNKNOWN for sign in words)


@cache
def _drawn() -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(assets.font_file(), lazy=True) as noto, dejavu_font("Regular") as dejavu:
        codes = {*noto.getBestCmap(), *dejavu.getBestCmap()}
    # The isolates are obeyed, not drawn; signs of control have no look, whatever a font says.
    return frozenset(chr(code) for code in codes if code >= ord(" ")) | frozenset(
        "\u2066\u2067\u2068\u2069"
    )


def noto_font(style: str) -> TTFont:
    """Cut Noto Sans Arabic to one weight: ``Regular`` or ``Bold``."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    # recalcTimestamp: the date stays the designer's, so that the same page has the same font
    font = TTFont(assets.font_file(), recalcTimestamp=False)
    place = {"wdth": 100, "wght": WEIGHTS[style]}
    instancer.instantiateVariableFont(font, place, inplace=True)
    font["OS/2"].usWeightClass = WEIGHTS[style]
    return font


def dejavu_font(style: str) -> TTFont:
    """Open the DejaVu Sans of matplotlib in one weight: ``Regular`` or ``Bold``."""
    from fontTools.ttLib import TTFont
    from matplotlib import get_data_path

    name = "DejaVuSans.ttf" if style == "Regular" else "DejaVuSans-Bold.ttf"
    return TTFont(Path(get_data_path()) / "fonts" / "ttf" / name, recalcTimestamp=False)


def renamed(font: TTFont, family: str, style: str) -> bytes:
    """Give a font a family name of our own."""
    named = {
        1: family, 2: style, 4: f"{family} {style}", 6: f"{family}-{style}".replace(" ", ""),
        16: family, 17: style,
    }  # fmt: skip
    for record in font["name"].names:
        record.string = named.get(record.nameID, record.toUnicode())
    packed = io.BytesIO()
    font.save(packed)
    return packed.getvalue()
