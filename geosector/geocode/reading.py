"""What a written coordinate may mean, and the characters it is written in made plain."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

METRES_PER_DEGREE = 111_320.0
LEAST_RADIUS_M = 1.0


class Reading(NamedTuple):
    """One way to read a written coordinate: degrees in EPSG:4326.

    The place is within ``radius_m`` of the point, as far as the digits given tell.
    """

    lat: float
    lon: float
    radius_m: float
    kind: str
    flags: tuple[str, ...] = ()


class Refusal(NamedTuple):
    """A coordinate, or what looks like one, that must not be used; the reason is a flag's code."""

    kind: str
    reason: str


# Several readings, the most usual first, where the order of the numbers is open.
Readings = tuple[Reading, ...] | Refusal

_MARKS = str.maketrans(
    {
        "º": "°", "˚": "°", "∘": "°", "⁰": "°", "゜": "°",
        "′": "'", "’": "'", "‘": "'", "ʹ": "'", "´": "'", "`": "'", "ʼ": "'", "＇": "'", "‛": "'",
        "″": '"', "”": '"', "“": '"', "ʺ": '"', "„": '"', "‟": '"', "˝": '"', "＂": '"', "〃": '"',
        "٫": ".", "،": ",", "؛": ";", "，": ",", "；": ";", "：": ":",
        "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-", "－": "-",
    }
)  # fmt: skip
_DOUBLED = re.compile("''")
_SPACES = re.compile(r"\s+")
_BRACKETS = {"(": ")", "[": "]", "<": ">", "«": "»", '"': '"', "'": "'"}
_BRACED = re.compile(r"\{([^{}:\"]*)\}")  # no object of JSON
# Pages and files of the web write signs in words.
_ENTITIES = {
    "&deg;": "°", "&#176;": "°", "&prime;": "'", "&Prime;": '"', "&#39;": "'", "&apos;": "'",
    "&quot;": '"', "&nbsp;": " ", "&amp;": "&",
}  # fmt: skip
_ENTITY = re.compile("|".join(map(re.escape, _ENTITIES)))
_UNSEEN = {"Cf", "Mn"}  # direction marks and vowel marks


def plain_characters(written: str) -> str:
    """Make the characters of a written coordinate plain, without touching its words.

    Degree, minute and second marks, dashes, commas and decimal separators of every script become
    the ASCII ones; digits become 0–9; direction and vowel marks go; spaces become single;
    brackets around the whole are taken off.

    Parameters
    ----------
    written : str

    Returns
    -------
    str

    Examples
    --------
    >>> plain_characters("[٣٥٫٩٣°، ۳۶٫۶۳°]")
    '35.93°, 36.63°'
    """
    # The marks first: compatibility forms would turn º into the letter o.
    named = _ENTITY.sub(lambda found: _ENTITIES[found[0]], written)
    letters = unicodedata.normalize("NFKC", named.translate(_MARKS)).translate(_MARKS)
    kept = "".join(
        str(unicodedata.digit(letter)) if unicodedata.category(letter) == "Nd" else letter
        for letter in letters
        if unicodedata.category(letter) not in _UNSEEN
    )
    plain = _SPACES.sub(" ", _DOUBLED.sub('"', kept)).strip(" ,;.")
    braced = _BRACED.fullmatch(plain)
    if braced is not None:
        plain = braced[1].strip(" ,;.")
    while len(plain) > 1 and _BRACKETS.get(plain[0]) == plain[-1] and plain[0] not in plain[1:-1]:
        plain = plain[1:-1].strip(" ,;.")
    return plain


def radius_of_digits(*numbers: str, unit_m: float = METRES_PER_DEGREE) -> float:
    """Tell how far off a number may be from its last digit.

    Parameters
    ----------
    *numbers : str
        As written, with ``.`` before the decimals. The coarser one counts.
    unit_m : float
        Metres that a 1 in the unit's place stands for. Default: a degree.

    Returns
    -------
    float
        Metres; 10⁻ⁿ units for n decimals, and at least 1 m.

    Examples
    --------
    >>> radius_of_digits("36.2834", "36.85")
    1113.2
    """
    decimals = min(len(number.partition(".")[2]) for number in numbers)
    return max(LEAST_RADIUS_M, round(unit_m * 10.0**-decimals, 2))
