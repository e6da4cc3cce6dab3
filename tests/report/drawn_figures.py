"""What the tests of figures share: reading numbers and bars out of what was drawn."""

from __future__ import annotations

import re
import unicodedata

from defusedxml import ElementTree

from geosector.language import LANGUAGES, language
from geosector.measure.coded import UNSPECIFIED
from geosector.measure.counts import counted

SVG = "{http://www.w3.org/2000/svg}"
LANGS = tuple(LANGUAGES)
CAUSES = counted(["a", "b", "c", UNSPECIFIED], [62, 35, 13, 11])
PART, REST = "#0072b2", "#e4e1da"


def numbers_in(words: str, lang: str) -> list[str]:
    """Give the numbers in a text, in Western digits and without marks of groups."""
    facts = language(lang)
    folded = "".join(
        str(unicodedata.digit(sign)) if unicodedata.digit(sign, None) is not None else sign
        for sign in words
    )
    mark = re.escape(facts.group_mark)
    return [re.sub(mark, "", one) for one in re.findall(rf"\d+(?:{mark}\d{{3}})*", folded)]


def boxes(svg: str, colour: str) -> list[tuple[float, float, float, float]]:
    """Give left, top, right and bottom of the rectangles of a colour, in points."""
    found = []
    for path in ElementTree.fromstring(svg).iter(f"{SVG}path"):
        if path.get("fill") == colour:
            places = [float(one) for one in re.findall(r"-?[\d.]+", path.get("d", ""))]
            across, down = places[::2], places[1::2]
            found.append((min(across), min(down), max(across), max(down)))
    return found


def widths(svg: str, colour: str) -> list[float]:
    return [right - left for left, _, right, _ in boxes(svg, colour)]
