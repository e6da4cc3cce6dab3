"""Every table once: its columns, their words in four languages, who may see them.

The facts are in ``tables.toml`` beside this file; this module reads them and answers questions:
which column does this header mean, which value does this word mean, which columns are about
persons, and what does a listed problem look like.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Literal, NamedTuple, get_args

import pandas as pd

from geosector.errors import InputError
from geosector.language import text

Audience = Literal["internal", "partner", "public"]
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
ColumnType = Literal["text", "integer", "number", "date", "choice", "list", "json", "flag"]

PROBLEM_COLUMNS = ("file", "row", "column", "given", "expected", "action")
# Short and without blanks: nothing that a name, an address or a number fits.
_OFFICE = re.compile(r"[A-Za-z]{2,12}(?:[-_.][A-Za-z0-9]{1,8}){0,3}")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    ``values`` maps each allowed value of a choice to the words met for it. ``seen_by`` is the
    widest audience that may see the column as it is. ``label`` and ``choices`` are what a form for
    phones calls the column and offers for it, by language; other words than these are kept as they
    are where the column is text. ``public_values`` are the values of a choice that the public may
    count by name; rows of all others are counted together. A number above ``usual_maximum`` is
    kept and listed.
    """

    name: str
    type: ColumnType
    meaning: str
    unit: str | None
    required: bool
    minimum: float | None
    maximum: float | None
    seen_by: Audience
    synonyms: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    label: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]
    public_values: tuple[str, ...] = ()
    usual_maximum: float | None = None


@dataclass(frozen=True)
class Table:
    """One table: its columns in order, the geometry it takes, and what a row cannot do without.

    A row needs every required column, and one of ``needs_one_of`` where that is not empty.
    """

    name: str
    meaning: str
    geometry: Literal["any", "point", "line", "polygon"]
    needs_one_of: tuple[str, ...]
    columns: Mapping[str, Column]


def require_table(value: Any, what: str) -> Any:  # noqa: ANN401 - that is what is asked
    """Refuse what is no table at all, with a sentence instead of an error from inside.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        What it is called in the message.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        The same.

    Raises
    ------
    InputError
        Where it is neither.

    Examples
    --------
    >>> len(require_table(pd.DataFrame(), "incidents"))
    0
    >>> require_table(None, "incidents")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: incidents is a NoneType; give a DataFrame.
    """
    if not isinstance(value, pd.DataFrame):
        raise InputError(
            text("{what} is a {kind}; give a DataFrame.", what=what, kind=type(value).__name__)
        )
    return value


class Problem(NamedTuple):
    """One thing that was wrong with one value: what was given, what was expected, what was done.

    ``row`` is the row's number in the file as a person counts it there (the first data row of a
    sheet with one header line is 2), or ``None`` where the problem is the whole file's.
    """

    file: str
    row: int | None
    column: str | None
    given: str
    expected: str
    action: str


def table(name: str) -> Table:
    """Give the definition of a table.

    Parameters
    ----------
    name : str
        ``incidents``, ``facilities``, ``roads``, …

    Returns
    -------
    Table

    Raises
    ------
    InputError
        For a name that is no table.

    Examples
    --------
    >>> table("facilities").columns["kind"].values["shelter"][0]
    'shelter'
    >>> table("people")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: 'people' is not a table. Use one of: incidents, facilities, ...
    """
    known = _tables()
    if name not in list(known):
        raise InputError(
            text("'{name}' is not a table. Use one of: {known}.", name=name, known=", ".join(known))
        )
    return known[name]


def table_names() -> tuple[str, ...]:
    """Give the names of all tables.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> table_names()[:2]
    ('incidents', 'facilities')
    """
    return tuple(_tables())


@cache
def _facts() -> dict[str, Any]:
    source = resources.files("geosector") / "tables.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def _tables() -> dict[str, Table]:
    return {
        name: _read_table(name, facts) for name, facts in _facts().items() if name != "personal"
    }


def _read_table(name: str, facts: dict[str, Any]) -> Table:
    columns = {key: _read_column(key, column) for key, column in facts["columns"].items()}
    for column in _casualty_columns(facts.get("people")):
        columns[column.name] = column
    return Table(
        name=name,
        meaning=facts["meaning"],
        geometry=facts["geometry"],
        needs_one_of=tuple(facts["needs_one_of"]),
        columns=columns,
    )


def _read_column(name: str, facts: dict[str, Any]) -> Column:
    return Column(
        name=name,
        type=facts["type"],
        meaning=facts["meaning"],
        unit=facts.get("unit"),
        required=facts.get("required", False),
        minimum=facts.get("minimum"),
        maximum=facts.get("maximum"),
        seen_by=facts.get("seen_by", "internal"),
        synonyms=tuple(facts.get("synonyms", ())),
        values={value: tuple(words) for value, words in facts.get("values", {}).items()},
        label=facts.get("label", {}),
        choices=facts.get("choices", {}),
        public_values=tuple(facts.get("public_values", ())),
        usual_maximum=facts.get("usual_maximum"),
    )


FATES = ("killed", "injured")
CASUALTY_GROUPS = ("man", "woman", "boy", "girl", "child", "unspecified")


def _casualty_columns(people: dict[str, Any] | None) -> Iterable[Column]:
    """Make killed_man … injured_unspecified, each with _min and _max, with words for each pair."""
    if people is None:
        return
    words, labels = people["synonyms"], people["labels"]
    for fate in people["fates"]:
        for group in people["groups"]:
            pairs = [f"{one} {two}" for one in words[fate] for two in words[group]]
            pairs += [f"{two} {one}" for one in words[fate] for two in words[group]]
            if group == "unspecified":  # a bare "killed" counts people of whom nothing more is said
                pairs += words[fate]
            for suffix, bound in (("", ""), ("_min", "at least, "), ("_max", "at most, ")):
                yield Column(
                    name=f"{fate}_{group}{suffix}",
                    type="integer",
                    meaning=f"{bound}{fate}, {group}".capitalize() + ".",
                    unit="people",
                    required=False,
                    minimum=0,
                    maximum=None,
                    seen_by="public",
                    synonyms=tuple(f"{pair} {suffix[1:]}".strip() for pair in pairs),
                    values={},
                    label={
                        code: f"{labels[fate][code]}: {labels[group][code]}"
                        + (f", {labels[suffix[1:]][code]}" if suffix else "")
                        for code in labels[fate]
                    },
                    choices={},
                    usual_maximum=people["usual_maximum"],
                )


# --------------------------------------------------------------- words compared

_ARABIC_FOLDS = str.maketrans(
    {
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا",
        "ى": "ي", "ی": "ي", "ې": "ي", "ئ": "ي",
        "ة": "ه", "ۀ": "ه", "ە": "ه",
        "ک": "ك", "ؤ": "و", "ı": "i",
        "ـ": None,
    }
)  # fmt: skip
_SEPARATORS = re.compile(r"[\W_]+")


def fold_label(label: object) -> str:
    """Make a header or a coded word comparable.

    Case, accents, Arabic letter variants, diacritics, tatweel, invisible marks, digits' script,
    spaces, underscores and punctuation do not matter.

    Parameters
    ----------
    label : object
        Usually a str; anything else is written out first.

    Returns
    -------
    str
        Words separated by single spaces; empty for a missing label.

    Examples
    --------
    >>> fold_label("Date_of-Incident ")
    'date of incident'
    >>> fold_label("المُحافظـة") == fold_label("المحافظه")
    True
    >>> fold_label(None)
    ''
    """
    if _missing(label):
        return ""
    written = str(label)
    if written.isascii():
        return _SEPARATORS.sub(" ", written.casefold()).strip()
    # Hamza and madda are folded before the accents are stripped: decomposition would hide them.
    letters = unicodedata.normalize("NFKC", written).translate(_ARABIC_FOLDS)
    letters = unicodedata.normalize("NFKD", letters.casefold())
    return _SEPARATORS.sub(" ", letters.translate(_KEPT)).strip()


class _Kept(dict[int, str | None]):
    """What is kept of each letter: no marks, digits as 0–9; found out where it is first met."""

    def __missing__(self, code: int) -> str | None:
        letter = chr(code)
        category = unicodedata.category(letter)
        kept = None if category in {"Mn", "Cf"} else letter
        self[code] = str(unicodedata.digit(letter)) if category == "Nd" else kept
        return self[code]


_KEPT = _Kept()


def match_columns(name: str, headers: Sequence[str]) -> dict[str, str]:
    """Say which column of a table each header means.

    A header that is a column's own name wins over one that is a synonym, and both over one in
    other dress: with an article, a unit, the form of a date, "number of" before it. Of two synonyms
    of one column the first header wins. Headers that mean nothing here are left out.

    Parameters
    ----------
    name : str
        The table.
    headers : sequence of str
        As they stand in the file.

    Returns
    -------
    dict
        Header → column name; no column twice.

    Examples
    --------
    >>> match_columns("incidents", ["التاريخ", "التجمع السكاني", "قتلى نساء", "colour"])
    {'التاريخ': 'date', 'التجمع السكاني': 'locality', 'قتلى نساء': 'killed_woman'}
    >>> match_columns("incidents", ["Date (dd/mm/yyyy)", "عدد القتلى"])
    {'Date (dd/mm/yyyy)': 'date', 'عدد القتلى': 'killed_unspecified'}
    >>> match_columns("incidents", [])
    {}
    """
    own = {fold_label(column): column for column in table(name).columns}
    words = _header_words(name)
    meaning: dict[str, str] = {}
    # A column that says "killed, unspecified" is that, whatever stands before it.
    explicit = sorted(headers, key=lambda header: counts_all(header) is not None)
    for vocabulary in (own, words):
        for header in explicit:
            column = vocabulary.get(fold_label(header))
            if column is not None and header not in meaning and column not in meaning.values():
                meaning[header] = column
    for header in headers:
        column = None if header in meaning else _column_in_other_dress(name, header)
        if column is not None and column not in meaning.values():
            meaning[header] = column
    return {header: meaning[header] for header in headers if header in meaning}


def columns_cut_off(name: str, header: str) -> frozenset[str]:
    """Say which columns a header may mean whose end was cut off within a word.

    Parameters
    ----------
    name : str
        The table.
    header : str
        What was left of it.

    Returns
    -------
    frozenset of str
        The bounds of a count are left out beside the count itself.

    Examples
    --------
    >>> columns_cut_off("incidents", "killed_uns"), columns_cut_off("incidents", "colour_of_")
    (frozenset({'killed_unspecified'}), frozenset())
    """
    beginning = fold_label(header)
    own = {fold_label(column): column for column in table(name).columns}
    found = {
        column
        for word, column in {**_header_words(name), **own}.items()
        if beginning and word.startswith(beginning) and word[len(beginning) :][:1].strip()
    }
    bounds = {f"{column}{end}" for column in found for end in ("_min", "_max")}
    return frozenset(found - bounds)


def counts_all(header: str) -> str | None:
    """Say whether a header counts all killed or all injured, whoever they are.

    Parameters
    ----------
    header : str

    Returns
    -------
    {"killed", "injured"} or None
        None for a header that says who they are, were it only "unspecified".

    Examples
    --------
    >>> counts_all("عدد القتلى"), counts_all("Total injured"), counts_all("injured men")
    ('killed', 'injured', None)
    >>> counts_all("") is None
    True
    """
    return _fates_by_words().get(_bare(fold_label(header), _dress("incidents")[-1]))


@cache
def _fates_by_words() -> dict[tuple[str, ...], str]:
    words = _facts()["incidents"]["people"]["synonyms"]
    left_out = _dress("incidents")[-1]
    return {_bare(fold_label(word), left_out): fate for fate in FATES for word in words[fate]}


# Words of a header that do not tell one column of a table from another: articles and questions,
# "number of", units and the forms of dates; then those for people; then for what the table is of.
_DRESS = (
    "the", "of", "a", "is", "was", "what", "how", "many", "please", "enter", "number", "no", "nr",
    "count", "total", "dd", "mm", "yyyy", "yy", "jj", "aaaa", "gg", "aa", "wgs84", "wgs",
    "dec", "decimal", "degree", "degrees", "deg", "optional", "required", "nombre", "de", "des",
    "du", "la", "le", "les",
    "عدد", "أعداد", "إجمالي", "مجموع", "كم", "ما", "هو", "هي", "يوم", "شهر", "سنة", "اختياري",
    "hejmara", "hejmarê", "ژمارەی", "sayısı", "toplam", "تعداد",
)  # fmt: skip
_DRESS_OF_COUNTS = (
    "people",
    "person",
    "persons",
    "individuals",
    "أشخاص",
    "شخص",
    "kişi",
    "personnes",
)
_DRESS_OF_EVENTS = (
    "incident", "incidents", "event", "accident", "occurrence", "occurred", "happened", "l",
    "حادث", "حادثة", "الواقعة", "واقعة", "وقوع", "حدوث", "bûyerê", "ڕووداو", "olay",
)  # fmt: skip
_LONGEST_HEADER = 200
_IN_BRACKETS = re.compile(r"\([^()]*\)")


@cache
def _dress(name: str) -> tuple[frozenset[str], ...]:
    """Give the words to leave out, fewer and then more of them."""
    parts = [_DRESS, _DRESS_OF_COUNTS, *([_DRESS_OF_EVENTS] if name == "incidents" else [])]
    folded: list[frozenset[str]] = [frozenset()]
    for part in parts:
        folded.append(folded[-1] | {_without_article(fold_label(word)) for word in part})
    return tuple(folded)


def _without_article(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) > 4 else word  # noqa: PLR2004


def _bare(folded: str, left_out: frozenset[str]) -> tuple[str, ...]:
    words = folded.split()
    if "ال" in folded:
        words = [_without_article(word) for word in words]
    return tuple(sorted([word for word in words if word not in left_out]))


@lru_cache(maxsize=1 << 15)  # of a sheet as wide as Excel has them each header is asked for often
def _column_in_other_dress(name: str, header: str) -> str | None:
    """Say which column a header means once its dress is left out; None where two are possible."""
    if len(header) > _LONGEST_HEADER or "/" in _IN_BRACKETS.sub("", header):  # behind groups
        return None
    folded = fold_label(header)
    for step, left_out in enumerate(_dress(name)):
        bare = _bare(folded, left_out)
        columns = _bare_words_of_columns(name, step).get(bare, frozenset()) if bare else frozenset()
        if len(columns) == 1 and not looks_personal(header):
            return next(iter(columns))
    return None


@cache
def _bare_words_of_columns(name: str, step: int) -> dict[tuple[str, ...], frozenset[str]]:
    if step == 0:
        own = {fold_label(column): column for column in table(name).columns}
        words = {**_header_words(name), **own}
        known = ((_bare(folded, frozenset()), frozenset({column}))
                 for folded, column in words.items())  # fmt: skip
    else:  # each step leaves out what the one before does, and more
        known = (
            (bare, columns) for bare, columns in _bare_words_of_columns(name, step - 1).items()
        )
    left_out = _dress(name)[step]
    found: dict[tuple[str, ...], frozenset[str]] = {}
    for words_of_one, columns in known:
        bare = words_of_one
        if not left_out.isdisjoint(bare):
            bare = tuple(word for word in bare if word not in left_out)
        found[bare] = found.get(bare, frozenset()) | columns
    return found


_PLACE = {"lat", "lon"}
# What the measures of planning give: their columns say too little of which of them a file holds.
RESULTS = (
    "reach", "access", "service_areas", "cut_off", "critical", "routes", "sheltering", "shelters",
    "left_over", "sites", "served", "candidates", "stock_gaps", "transfers", "posts", "catalogue",
    "hot_spots", "trends", "exposure", "black_spots", "who_does_what", "overlaps", "activity_gaps",
    "coverage", "equity", "need_scores", "allocation", "projects", "expiring", "returned",
    "not_reached",
)  # fmt: skip
_NEVER_GUESSED = {
    "gazetteer", "points", "barriers", "water", "aliases", "closures", "committees",
    *RESULTS,
}  # fmt: skip


def recognise(headers: Sequence[str]) -> str:
    """Say which table a file holds, from its headers.

    Parameters
    ----------
    headers : sequence of str
        As they stand in the file.

    Returns
    -------
    str
        The table most of whose columns are there; of several, the one that has all it requires.

    Raises
    ------
    InputError
        Where no table fits better than every other: what leaves the office is not guessed. Nor
        are barriers, closures, water, a gazetteer, committees and bare points, since a list of
        shelters has the same columns, nor products that share theirs with what they were made from.

    Examples
    --------
    >>> recognise(["id", "kind", "date", "locality", "killed_woman"])
    'incidents'
    >>> recognise(["colour"])
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: It is not clear which table this is. Say it with --as, one of: ...
    """
    # Any table may have lat and lon: they do not tell which it is.
    there = {name: {*match_columns(name, headers).values()} - _PLACE for name in _tables()}
    best = max(map(len, there.values()))
    names = [n for n, found in there.items() if len(found) == best and n not in _NEVER_GUESSED]
    if len(names) > 1:
        whole = [name for name in names if _required(name) <= there[name]]
        names = whole or names
    if best == 0 or len(names) != 1:
        raise InputError(
            text(
                "It is not clear which table this is. Say it with --as, one of: {known}.",
                known=", ".join(_tables()),
            )
        )
    return names[0]


def _required(name: str) -> set[str]:
    return {column.name for column in table(name).columns.values() if column.required} - _PLACE


_NUMBER_OF = ("number", "number of", "no of", "عدد", "hejmara", "ژمارەی")


@cache
def _header_words(name: str) -> dict[str, str]:
    words: dict[str, str] = {}
    wanted = table(name)
    for column in wanted.columns.values():
        for synonym in (*column.synonyms, *column.label.values()):
            words.setdefault(fold_label(synonym), column.name)
    counts = [(word, counted) for word, counted in words.items()
              if wanted.columns[counted].unit == "people"]  # fmt: skip
    for word, counted in counts:  # "number killed (men)", "عدد القتلى"
        for before in _NUMBER_OF:
            words.setdefault(f"{fold_label(before)} {word}", counted)
    return words


def match_value(name: str, column: str, word: object) -> str | None:
    """Say which allowed value of a choice a word means.

    Parameters
    ----------
    name, column : str
        The table and its column: one of type ``choice``, or another that forms offer words for.
    word : object
        As it stands in the file.

    Returns
    -------
    str or None
        The value; ``None`` where the word is unknown or missing.

    Examples
    --------
    >>> match_value("incidents", "kind", "حريق")
    'fire'
    >>> match_value("incidents", "kind", "picnic") is None
    True
    """
    return _value_words(name, column).get(fold_label(word))


@cache
def _value_words(name: str, column: str) -> dict[str, str]:
    facts = table(name).columns[column]
    allowed, offered = facts.values, facts.choices  # noqa: PD011 - of Column, not of pandas
    words = {fold_label(value): value for value in (*allowed, *offered)}
    for value, synonyms in allowed.items():
        for synonym in synonyms:
            words.setdefault(fold_label(synonym), value)
    for value, labels in offered.items():
        for label in labels.values():
            words.setdefault(fold_label(label), value)
    return words


def looks_personal(header: object) -> bool:
    """Say whether a column looks as if it were about persons.

    Such columns are dropped at reading: geosector takes counts of people, never people.

    Parameters
    ----------
    header : object
        As it stands in the file.

    Returns
    -------
    bool

    Examples
    --------
    >>> looks_personal("contact_phone_no"), looks_personal("اسم المصاب"), looks_personal("name")
    (True, True, False)
    """
    folded = fold_label(header)
    facts = _personal_words()
    words = _bare_words(folded)
    if folded in facts["headers"] or words & facts["words"]:
        return True
    if words & facts["names"] and words & facts["persons"]:
        return True
    return any(f" {phrase} " in f" {folded} " for phrase in facts["phrases"])


def _bare_words(folded: str) -> frozenset[str]:
    """Give the words of a label, each also without the Arabic article and a number behind it."""
    bare = {word.rstrip("0123456789") for word in folded.split()}
    return frozenset(bare | {word.removeprefix("ال") for word in bare})


def is_office_code(code: object) -> bool:
    """Say whether a signature is the code of an office, by which decisions are signed.

    Parameters
    ----------
    code : object

    Returns
    -------
    bool
        ``False`` for whatever a name of a person, an address or a number fits: codes are short
        and without blanks.

    Examples
    --------
    >>> is_office_code("IDL-OPS"), is_office_code("Samar Haddad"), is_office_code(None)
    (True, False, False)
    """
    return isinstance(code, str) and _OFFICE.fullmatch(code) is not None


@cache
def _personal_words() -> dict[str, frozenset[str]]:
    return {
        part: frozenset(fold_label(word) for word in words)
        for part, words in _facts()["personal"].items()
    }


# A row that somebody wrote for all groups or items together is a total, not one more of them: taken
# for the greatest of the parts it would be withheld in place of one, and whoever knows it has all.
TOTALS = frozenset(
    {
        "total", "totals", "all", "overall", "sum", "grand total", "المجموع", "مجموع", "الإجمالي",
        "الاجمالي", "إجمالي", "اجمالي", "الكل", "giştî", "tevahî", "hemû", "کۆ", "کۆی گشتی", "گشتی",
        "هەموو",
    }
)  # fmt: skip


def is_total(word: object) -> bool:
    """Say whether a word stands for all groups, items or places together.

    Parameters
    ----------
    word : object
        As it stands in the file.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_total("Grand  total"), is_total("المجموع"), is_total("infants"), is_total(None)
    (True, True, False, False)
    """
    return fold_label(word) in _folded_totals()


@cache
def _folded_totals() -> frozenset[str]:
    return frozenset(fold_label(word) for word in TOTALS)


# --------------------------------------------------------------- problems and ids


def problems_table(problems: Iterable[Problem]) -> pd.DataFrame:
    """Make a table of problems.

    Parameters
    ----------
    problems : iterable of Problem

    Returns
    -------
    pandas.DataFrame
        Columns ``file, row, column, given, expected, action``; ``row`` is a nullable integer.
        Empty, with these columns, where nothing was wrong.

    Examples
    --------
    >>> problems_table([]).columns.tolist()
    ['file', 'row', 'column', 'given', 'expected', 'action']
    """
    listed = list(problems)
    made = {}
    for place, column in enumerate(PROBLEM_COLUMNS):
        facts = [problem[place] for problem in listed]
        if column == "row":
            made[column] = pd.Series(facts, dtype="Int64")
        else:
            known = {
                fact: whole_letters(fact) if isinstance(fact, str) else fact for fact in set(facts)
            }
            made[column] = pd.Series([known[fact] for fact in facts], dtype="string")
    return pd.DataFrame(made)


def whole_letters(written: str) -> str:
    r"""Write half a surrogate pair as U+FFFD: no file and no table of text holds it.

    JSON can spell one, and the name of a file that is not UTF-8 has some.

    Parameters
    ----------
    written : str

    Returns
    -------
    str

    Examples
    --------
    >>> whole_letters("a\ud800b") == "a\ufffdb", whole_letters("إدلب"), whole_letters("")
    (True, 'إدلب', '')
    """
    if written.isascii():
        return written
    return written.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def content_ids(rows: pd.DataFrame) -> pd.Series:
    """Make an id for each row from its content: the same row gives the same id.

    Missing cells do not count, nor whether a whole number came as 5 or as 5.0: a column that is
    empty, or that turned to decimals because another row lacks its number, changes no id. Rows
    that are equal in every cell are told apart by how many equals stand before them.

    Parameters
    ----------
    rows : pandas.DataFrame
        Any cells; they are compared as text, columns in order of their names.

    Returns
    -------
    pandas.Series of str
        Twelve hexadecimal digits of SHA-256 on the index of ``rows``, then ``-2``, ``-3`` … for
        repeated rows.

    Examples
    --------
    >>> content_ids(pd.DataFrame({"a": ["x", "y", "x"]})).tolist()
    ['789b09044cb4', 'e91965b7714e', '789b09044cb4-2']
    >>> content_ids(pd.DataFrame({"a": []})).tolist()
    []
    """
    ordered = rows[sorted(rows.columns, key=str)]
    columns = [_named_cells(str(name), ordered.iloc[:, i]) for i, name in enumerate(ordered)]
    written = ["\x1f".join(filter(None, row)) for row in zip(*columns, strict=True)]
    written = written or [""] * len(rows)  # without any column
    hashes = pd.Series(
        [
            hashlib.sha256(line.encode("utf-8", "surrogatepass")).hexdigest()[:12]
            for line in written
        ],
        index=rows.index,
        dtype="object",
    )
    repeat = hashes.groupby(hashes).cumcount() if len(hashes) else hashes
    return pd.Series(
        [
            name if count == 0 else f"{name}-{count + 1}"
            for name, count in zip(hashes, repeat, strict=True)
        ],
        index=rows.index,
        dtype="object",
        name="id",
    )


def _named_cells(name: str, cells: pd.Series) -> list[str | None]:
    """Write each cell with its column's name before it; None where there is nothing."""
    return [None if _missing(cell) else f"{name}={_written(cell)}" for cell in cells.tolist()]


def _written(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _missing(cell: object) -> bool:
    return cell is None or cell is pd.NA or cell is pd.NaT or cell != cell  # noqa: PLR0124
