"""How a name sounds, in one alphabet for Arabic, Sorani, Persian and Latin letters.

Every transliteration is read by its letters alone, since nobody says which convention a report
follows: Turkish and Kurdish *c* is ج, German *sch*, Polish *sz*, French *ch* and English *sh* are
all ش, while German and Polish *ch* is خ. A letter that two conventions read differently becomes a
sound of its own that agrees with both (`AGREEING`). Three strings come out of a name: its sounds;
its *skeleton*, the consonants alone, in which scripts agree; and the *long* skeleton, which keeps
the long vowels that Arabic writes.
"""

from __future__ import annotations

import re
from functools import lru_cache

# One letter per sound. Capitals: S sh, C ch (read as sh, kh or č), X kh, G gh, T th, D dh, E ay,
# O aw; c is Turkish and Kurdish c (j) or ç.
ALPHABET = "abcdefghijklmnopqrstuvwyzXSCGTDEO0123456789"

# Sounds that one letter may stand for, or that neighbouring conventions exchange. Symmetric.
_GROUPS = (
    "aeE", "eiEy", "iyEj", "ouOw", "aO", "oO", "wv", "wu", "vbf", "pb", "TtsC", "Dzd", "Tt",
    "td", "zs", "sS", "SC", "Cc", "cj", "ck", "jg", "jz", "jy", "Xh", "XC", "Xk", "Gg", "GX",
    "qk", "qg", "kg", "Gq", "jC", "yi", "kC",
)  # fmt: skip
AGREEING: dict[str, frozenset[str]] = {
    letter: frozenset(letter).union(*(group for group in _GROUPS if letter in group))
    for letter in ALPHABET
}

_ARABIC = str.maketrans(
    {
        "ا": "a", "ب": "b", "پ": "p", "ت": "t", "ث": "T", "ج": "j", "چ": "C", "ح": "h", "خ": "X",
        "د": "d", "ذ": "D", "ر": "r", "ز": "z", "ژ": "j", "س": "s", "ش": "S", "ص": "s", "ض": "d",
        "ط": "t", "ظ": "D", "ع": None, "غ": "G", "ف": "f", "ق": "q", "ك": "k", "گ": "g", "ل": "l",
        "م": "m", "ن": "n", "ه": "h", "و": "w", "ي": "y", "ٹ": "t", "ڈ": "d", "ڑ": "r", "ں": "n",
    }
)  # fmt: skip
# Letters that Sorani writes its vowels with; Arabic has the same shapes for consonants.
_SORANI = str.maketrans({"ە": "e", "ێ": "e", "ۆ": "o", "ڵ": "ل", "ڕ": "ر"})
_SORANI_CARRIER = re.compile(r"(?<!\w)ئ(?=[ەاوێۆیيىو])")
_SORANI_ARTICLE = re.compile(r"(?<!\w)ئەل(?=\w{2})")
_SORANI_LONG_U = re.compile("وو")
# Longest first: what stands for one sound in some convention.
_DIGRAPHS = {
    "dsch": "j", "tsch": "C", "sch": "S", "tch": "C", "tsh": "C", "sz": "S", "sh": "S",
    "ch": "C", "cz": "C", "dzh": "j", "dj": "j", "dz": "j", "kh": "X", "gh": "G", "th": "T",
    "dh": "D", "ph": "f", "zh": "j", "ck": "k", "x": "X", "ou": "u", "oo": "u", "aa": "a",
    "ee": "i", "iyy": "y", "iy": "y", "ij": "y", "eui": "oy", "eu": "o", "ay": "E", "ai": "E",
    "ei": "E", "ey": "E", "ae": "a", "aj(?=[^aeiou]|$)": "E", "ej(?=[^aeiou]|$)": "E",
    "aw(?=[^aeiouy]|$)": "O", "au": "O", "ow(?=[^aeiouy]|$)": "O", "ie(?=$)": "ya",
    "ia(?=$)": "ya", "gu(?=[ei])": "g", "que": "k", "qu": "k", "^rh": "G", "rh(?=l)": "G",
}  # fmt: skip
_LATIN = re.compile("|".join(_DIGRAPHS))
_PLAIN = {re.sub(r"\(.*|\^", "", key): value for key, value in _DIGRAPHS.items()}
_FINAL = re.compile(r"(?:[ae]h|(?<=.)[aei]t|[ae]|(?<=[a-zA-Z])h)$")
_FINAL_ARABIC = re.compile(r"(?<=.)(?:h|a)$")
_INITIAL_U = re.compile(r"^u(?=[aeiEO])")
_REPEATED = re.compile(r"(.)\1+")
_REPEATED_VOWEL = re.compile(r"([iu])\1+")
_NO_SOUND = re.compile(f"[^{ALPHABET}]")
_VOWELS = re.compile("[aeiouEOwy]")
_COARSE = str.maketrans("SCTDqGXpcv", "sstzkghbjw")
_SHORT = str.maketrans({"a": None, "o": "u", "O": "u", "w": "u", "e": "i", "E": "i", "y": "i"})


def before_folding(name: str) -> str:
    """Keep what `names.normalise` would fold away: the vowels of Sorani.

    Parameters
    ----------
    name : str
        As written.

    Returns
    -------
    str
        With the vowels of Sorani in Latin letters.

    Examples
    --------
    >>> before_folding("دەرعا")
    'دeرعا'
    """
    if name.isascii():
        return name
    name = _SORANI_ARTICLE.sub("ال", name)
    carried = _SORANI_CARRIER.sub("ا" if "ئا" in name else "", name)
    return _SORANI_LONG_U.sub("و", carried).translate(_SORANI)


@lru_cache(maxsize=100_000)
def sounds_of_word(word: str) -> str:
    """Give the sounds of one normalised word.

    Parameters
    ----------
    word : str
        As `names.normalise` leaves it, Arabic or Latin letters.

    Returns
    -------
    str
        Letters of `ALPHABET`; empty where no letter has a sound.

    Examples
    --------
    >>> [sounds_of_word(word) for word in ("darkusz", "darkush", "darkoch", "دركوش")]
    ['darkuS', 'darkuS', 'darkoC', 'drkwS']
    """
    if word.isascii():
        read = _LATIN.sub(lambda found: _PLAIN[found.group()], word)
        read = _FINAL.sub("a", read)
    else:
        read = _FINAL_ARABIC.sub("a", word.translate(_ARABIC))
    return _REPEATED.sub(r"\1", _NO_SOUND.sub("", _INITIAL_U.sub("w", read)))


def skeleton(sounds: str) -> str:
    """Keep the consonants of a word, and a *w* or *y* that begins it.

    Parameters
    ----------
    sounds : str
        Of one word.

    Returns
    -------
    str

    Examples
    --------
    >>> skeleton("drkwS") == skeleton("darkuS")
    True
    """
    first = sounds[:1] if sounds[:1] in {"w", "y"} else ""
    return first + _VOWELS.sub("", sounds)


def coarse(consonants: str) -> str:
    """Fold consonants that conventions exchange; for finding candidates only, never for judging.

    Parameters
    ----------
    consonants : str
        From `skeleton`.

    Returns
    -------
    str

    Examples
    --------
    >>> coarse(skeleton("rakka")) == coarse(skeleton("rqa")) == "rk"
    True
    """
    return _REPEATED.sub(r"\1", consonants.translate(_COARSE))


def long_skeleton(sounds: str) -> str:
    """Keep the consonants and the vowels that Arabic writes as letters, u and i.

    Parameters
    ----------
    sounds : str
        Of one word.

    Returns
    -------
    str

    Examples
    --------
    >>> long_skeleton("srmyn"), long_skeleton("sarmin")
    ('srmin', 'srmin')
    """
    return _REPEATED_VOWEL.sub(r"\1", sounds.translate(_SHORT))
