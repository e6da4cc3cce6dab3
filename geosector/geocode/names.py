"""Spelling made comparable: one key for the many ways to write one name.

`normalise` undoes what is only a way of writing (marks, letter variants, digits' script, case,
accents). `name_keys` goes on from there, each rule leaving out a little more: articles, spaces,
words such as "city of". The rules are ordered from the strictest to the loosest, and what a match
under each is worth is measured (``scores.toml``), not assumed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any, NamedTuple

from geosector.geocode.data import read_data
from geosector.geocode.sounds import before_folding, long_skeleton, skeleton, sounds_of_word

# Folded before any decomposition: NFD would split أ into a bare alef and a mark, and a
# replacement of أ that came after it would find nothing.
_LETTERS = str.maketrans(
    {
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ء": None, "ٵ": "ا",
        "ى": "ي", "ی": "ي", "ې": "ي", "ئ": "ي", "ێ": "ي", "ے": "ي", "ۍ": "ي",
        "ؤ": "و", "ۆ": "و", "ۇ": "و", "ۈ": "و", "ۊ": "و",
        "ة": "ه", "ۀ": "ه", "ە": "ه", "ھ": "ه", "ہ": "ه", "ۃ": "ه",
        "ک": "ك", "ڪ": "ك", "ڕ": "ر", "ڵ": "ل", "ڤ": "ف",
        "ـ": None,
        "ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ə": "e",
        # ayn, hamza and every apostrophe that stands for them: written or left out at will
        "'": None, "`": None, "´": None, "’": None, "‘": None, "ʼ": None, "ʾ": None, "ʿ": None,
        "ʻ": None, "ʽ": None, "ˈ": None, "′": None, "‛": None, "ˊ": None, "ˋ": None, "＇": None,
    }
)  # fmt: skip


class _Kept(dict[int, "str | None"]):
    """What becomes of each character once letters are folded; filled as characters are met."""

    def __missing__(self, point: int) -> str | None:
        letter = chr(point)
        category = unicodedata.category(letter)
        if category == "Nd":
            kept: str | None = str(unicodedata.digit(letter))
        elif category in {"Mn", "Me", "Cf"}:
            kept = None
        else:
            kept = letter if letter.isalnum() else " "
        self[point] = kept
        return kept


_KEPT = _Kept()
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_AYN = re.compile(r"[عءئؤأ'`´’‘ʼʾʿʻʽˈ′‛ˊˋ＇]")
_LETTER_RUN = re.compile(r"(.)\1+")
# Vowels that transliterations of one Arabic vowel differ in. Consonants stay as they are.
_VOWELS = (
    (re.compile(r"ou|oo"), "u"),
    (re.compile(r"[ae][iy]"), "ai"),
    (re.compile(r"ee|i[jy]|(?<=[^aeiou])y(?![aeiou])"), "i"),
    (re.compile(r"aw|au|ow"), "au"),
    (re.compile(r"(?:[ae]h|[aei]t|[ae])$"), "a"),
)
_LEAST_STEM = 2

RULES = ("written", "article", "joined", "generic", "sound", "other_kind")


def words() -> dict[str, Any]:
    """Read the data file of words about places.

    Returns
    -------
    dict
        ``words.toml`` as it is.
    """
    return read_data("words.toml")


def normalise(name: object) -> str:
    """Make a name comparable: what is only a way of writing it is undone.

    In this order: compatibility forms (NFKC), letters of Arabic, Persian and Kurdish folded,
    case, accents and vowel marks and invisible marks taken off, digits of any script to 0–9,
    everything that is neither letter nor digit to one space. Doing it twice changes nothing.

    Parameters
    ----------
    name : object
        Usually a str; anything else is written out, a missing value gives an empty key.

    Returns
    -------
    str
        Words separated by single spaces.

    Examples
    --------
    >>> normalise("Dāret ʿEzza"), normalise("Al-Bāb")
    ('daret ezza', 'al bab')
    >>> normalise("أُمّ لَجّ") == normalise("ام لج")
    True
    >>> normalise("معرّة ٣"), normalise(None)
    ('معره 3', '')
    """
    if name is None or name != name:  # noqa: PLR0124 - a missing value differs from itself
        return ""
    return _normalised(str(name))


# An index asks for each of its names several times, and rows of one table for the same ones.
@lru_cache(maxsize=100_000)
def _normalised(name: str) -> str:
    letters = unicodedata.normalize("NFKC", name).casefold().translate(_LETTERS)
    apart = unicodedata.normalize("NFKD", letters)
    kept = apart.translate(_KEPT)
    if apart != letters:  # a letter of the table above may have been set free, by its case too
        kept = kept.casefold().translate(_LETTERS).translate(_KEPT)
    return " ".join(kept.split())


def name_keys(name: object) -> dict[str, str]:
    """Give the keys under which a name may be found, from the strictest rule to the loosest.

    ``written``: `normalise`; ``article``: and without articles on any word; ``joined``: and
    without spaces; ``generic``: and without a generic word or the country ("city of …", "…,
    Syria"); ``sound``: and, in Latin letters, with the vowels and doublings in which
    transliterations differ made one; ``other_kind``: without a word that makes another kind of
    place of the name ("camp of …").

    Parameters
    ----------
    name : object
        As for `normalise`.

    Returns
    -------
    dict
        Rule → key. Empty for an empty name; ``other_kind`` is there only where such a word is.

    Examples
    --------
    >>> keys = name_keys("مدينة الباب")
    >>> keys["written"], keys["generic"]
    ('مدينه الباب', 'باب')
    >>> name_keys("Ash Shajarah")["joined"], name_keys("Kafr Tinah")["sound"]
    ('shajarah', 'kafrtina')
    >>> name_keys("؟؟؟")
    {}
    """
    written = normalise(name)
    if not written:
        return {}
    generic = _without_generics(written)
    other = _ends("other_kinds").sub("", generic)
    article = _without_articles(written)
    bare = article if generic == written else _without_articles(generic)
    keys = {
        "written": written,
        "article": article,
        "joined": article.replace(" ", ""),
        "generic": bare.replace(" ", ""),
        "sound": sound(bare),
    }
    if other != generic:
        keys["other_kind"] = sound(_without_articles(other))
    return keys


def is_arabic(written: str) -> bool:
    """Say whether a name holds any Arabic letter.

    Parameters
    ----------
    written : str

    Returns
    -------
    bool

    Examples
    --------
    >>> is_arabic("سراقب"), is_arabic("Saraqib")
    (True, False)
    """
    return _ARABIC.search(written) is not None


def has_ayn(name: str) -> bool:
    """Say whether a name is written with ayn or hamza, as a letter or as an apostrophe.

    Parameters
    ----------
    name : str
        As written.

    Returns
    -------
    bool

    Examples
    --------
    >>> has_ayn("Saʿdah"), has_ayn("صعدة"), has_ayn("Sadah")
    (True, True, False)
    """
    return _AYN.search(name) is not None


def sound(written: str) -> str:
    """Make the vowels and doublings in which Latin transliterations differ one.

    Parameters
    ----------
    written : str
        Normalised. Arabic letters stay as they are.

    Returns
    -------
    str
        Without spaces.

    Examples
    --------
    >>> sound("tall rifaat") == sound("tal rifat")
    True
    >>> sound("khan shaykhun") == sound("khan sheikhoun")
    True
    """
    if is_arabic(written):
        return written.replace(" ", "")
    return "".join(_sound_of_word(word) for word in written.split())


@lru_cache(maxsize=100_000)
def _sound_of_word(word: str) -> str:
    for pattern, vowel in _VOWELS:
        word = pattern.sub(vowel, word)
    return _LETTER_RUN.sub(r"\1", word)


class Parts(NamedTuple):
    """One name taken apart for comparing.

    ``written``: without articles and spaces; ``sounds``: how that sounds; ``core``: the sounds
    without words for a kind of place (``kinds``) and without words that tell neighbours apart
    (``qualifiers``; both as bits, in the order of ``words.toml``); ``skeleton`` and ``long``: the
    consonants, and with the long vowels, of all of it; ``numbers``: its digits.
    """

    written: str
    sounds: str
    core: str
    skeleton: str
    long: str
    kinds: int
    qualifiers: int
    numbers: str
    words: int


_NO_PARTS = Parts("", "", "", "", "", 0, 0, "", 0)


def name_parts(name: object) -> Parts:
    """Take a name apart for comparing it across spellings and scripts.

    Parameters
    ----------
    name : object
        As for `normalise`.

    Returns
    -------
    Parts
        Empty for an empty name.

    Examples
    --------
    >>> one, other = name_parts("Khirbet el-Foqani"), name_parts("خربة الفوقاني")
    >>> one.skeleton == other.skeleton, one.kinds == other.kinds, one.qualifiers > 0
    (True, True, True)
    >>> name_parts("Kafr Zayt").core, name_parts("؟؟؟").sounds
    ('zEt', '')
    """
    if name is None or name != name:  # noqa: PLR0124 - a missing value differs from itself
        return _NO_PARTS
    return _parts(str(name))


# Finding and judging a name both take it apart.
@lru_cache(maxsize=1_000)
def _parts(name: str) -> Parts:
    written = normalise(before_folding(name))
    plain = _without_generics(written)
    stems = [stem for stem in map(_bare_stem, plain.split()) if stem] or plain.split()
    heard = [sounds_of_word(word) for word in stems]
    kept, kinds, qualifiers = [], 0, 0
    for word, sounds in zip(stems, heard, strict=True):
        kind, qualifier, rest = _word_group(word)
        kinds |= kind
        qualifiers |= qualifier
        if not kind and not qualifier:
            kept.append(sounds)
        elif rest:
            kept.append(sounds_of_word(rest))
    return Parts(
        written="".join(stems),
        sounds="".join(heard),
        core="".join(kept or heard),
        skeleton="".join(map(skeleton, heard)),
        long="".join(map(long_skeleton, heard)),
        kinds=kinds,
        qualifiers=qualifiers,
        numbers="".join(letter for letter in plain if letter.isdigit()),
        words=len(stems),
    )


@cache
def _groups() -> dict[str, tuple[int, int]]:
    """Give the bits of each word for a kind of place or a qualifier, by its bare form."""
    found: dict[str, tuple[int, int]] = {}
    for bit, listed in enumerate(words()["kinds"].values()):
        found.update({_bare_stem(normalise(word)): (1 << bit, 0) for word in listed})
    for bit, listed in enumerate(words()["qualifiers"].values()):
        found.update({_bare_stem(normalise(word)): (0, 1 << bit) for word in listed})
    return found


# A kind of place written as one word with the rest ("كفرنبل") is told by three letters and more.
_LEAST_KIND, _LEAST_REST = 3, 3


@lru_cache(maxsize=100_000)
def _word_group(word: str) -> tuple[int, int, str]:
    kind, qualifier = _groups().get(word, (0, 0))
    if kind or qualifier:
        return kind, qualifier, ""
    for cut in range(min(len(word) - _LEAST_REST, 6), _LEAST_KIND - 1, -1):
        if word[:cut] in _joined_kinds():
            return _groups()[word[:cut]][0], 0, word[cut:]
    return 0, 0, ""


@cache
def _joined_kinds() -> frozenset[str]:
    return frozenset(
        normalise(word) for kind in ("kafr", "khirbet") for word in words()["kinds"][kind]
    )


@cache
def _joined_latin() -> re.Pattern[str]:
    joined = "|".join(words()["articles"]["joined_latin"])
    return re.compile(rf"^(?:{joined})(?=[^aeiou]\w{{{_LEAST_STEM},}})")


@lru_cache(maxsize=100_000)
def _bare_stem(word: str) -> str:
    stem = _stem(word)
    return _joined_latin().sub("", stem) if stem.isascii() else stem


@cache
def _ends(group: str) -> re.Pattern[str]:
    """Match one phrase of a group at the front of a name, or one at its end."""
    phrases = words()[group]
    before, after = (
        "|".join(
            sorted({re.escape(normalise(phrase)) for phrase in side}, key=lambda p: (-len(p), p))
        )
        for side in (phrases["before"], phrases["after"])
    )
    return re.compile(rf"^(?:{before}) (?=.)|(?<=.) (?:{after})$")


# Keys and parts of a name both ask for it.
@lru_cache(maxsize=100_000)
def _without_generics(written: str) -> str:
    if " " not in written:  # a name of one word has none beside it
        return written
    return _ends("generics").sub("", _ends("country").sub("", written))


@cache
def _article_pattern() -> re.Pattern[str]:
    joined = "|".join(re.escape(normalise(word)) for word in words()["articles"]["joined"])
    return re.compile(rf"^(?:{joined})(?=\w{{{_LEAST_STEM},}})")


@cache
def _articles_apart() -> frozenset[str]:
    return frozenset(normalise(word) for word in words()["articles"]["apart"])


def _without_articles(written: str) -> str:
    return " ".join(filter(None, map(_stem, written.split()))) or written


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    return "" if word in _articles_apart() else _article_pattern().sub("", word)
