"""Names that organisations write in several ways, made one: spelling first, then a list of yours.

Case, accents, spaces, dots, hyphens and the forms of Arabic letters do not tell one name from
another. An abbreviation or a name in another language does, until you say that both are one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.coded import is_unspecified
from geosector.measure.coordination.cells import is_missing
from geosector.tables import fold_label

Ints = NDArray[np.int64]
Same = Mapping[str, Sequence[str]]

_BLANK = re.compile(r"(?<!\d) | (?!\d)")  # camp 1-12 and camp 11-2 are two

_UNKNOWN = frozenset(
    map(
        fold_label,
        ("unknown", "not known", "غير معروف", "مجهول", "nenas", "nayê zanîn", "نەزانراو"),
    )
)


class Known(NamedTuple):
    """What you know of names: which are one, and where places are.

    ``organisations`` and ``activities`` map a name to its other spellings, abbreviations and
    names in other languages: ``{"WFP": ["World Food Programme", "برنامج الأغذية العالمي"]}``.
    ``places`` is a table with ``id`` and any of ``name``, ``name_ar``, ``name_kmr``, ``name_ckb``,
    ``names`` (several, with ``|`` between them), such as a gazetteer.
    """

    organisations: Same | None = None
    activities: Same | None = None
    places: pd.DataFrame | None = None


class Names(NamedTuple):
    """Names of a column made one: ``number``, shape (rows,), is the place in ``names``.

    -1 where no name is stated. ``names`` are in order; ``place_of`` gives the place of each key.
    """

    number: Ints
    names: list[str]
    place_of: dict[str, int]


def spelling_key(name: object) -> str:
    """Give what two spellings of one name share.

    Parameters
    ----------
    name : object

    Returns
    -------
    str
        Small letters and digits without spaces, but between numbers; empty where nothing is
        stated, or only that it is not known.

    Examples
    --------
    >>> spelling_key("W.F.P."), spelling_key("wfp"), spelling_key("unknown")
    ('wfp', 'wfp', '')
    >>> spelling_key("منظمة الإغاثة") == spelling_key("منظمه  الاغاثه")
    True
    """
    folded = "" if is_unspecified(name) else fold_label(name)
    return "" if folded in _UNKNOWN else _BLANK.sub("", folded)


def one_spelling(given: Iterable[object], same: Same | None = None) -> Names:
    """Make the spellings of a name one.

    Parameters
    ----------
    given : iterable
        A name for each row.
    same : mapping of str to sequence of str, optional
        Other spellings of a name, which is then called as you call it.

    Returns
    -------
    Names
        Each called by its commonest spelling; of two as common, by the first in order.

    Raises
    ------
    InputError
        Where one spelling is said to be two names.

    Examples
    --------
    >>> written = ["W.F.P.", "wfp", "World food programme", None, "IRC"]
    >>> names = one_spelling(written, {"WFP": ["World Food Programme"]})
    >>> names.number.tolist(), names.names
    ([1, 1, 1, -1, 0], ['IRC', 'WFP'])
    >>> one_spelling([]).names
    []
    >>> one_spelling(written, {"WFP": ["food"], "FAO": ["Food"]})
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The spelling 'Food' is said to be both WFP and FAO. ...
    """
    canonical = keys_of(same)
    cells = [None if is_missing(one) else str(one) for one in given]
    times = Counter(cell for cell in cells if cell is not None)
    key_of = {cell: canonical.get(key, key) for cell in times if (key := spelling_key(cell))}
    called: dict[str, str] = {spelling_key(name): name.strip() for name in same or {}}
    for cell in sorted(key_of, key=lambda one: (-times[one], one)):
        called.setdefault(key_of[cell], cell.strip())
    keys = sorted(set(key_of.values()), key=lambda key: (called[key], key))
    place = {key: at for at, key in enumerate(keys)}
    number_of = {cell: place[key] for cell, key in key_of.items()}
    number = np.array([-1 if cell is None else number_of.get(cell, -1) for cell in cells], np.int64)
    return Names(number, [called[key] for key in keys], place)


def keys_of(same: Same | None) -> dict[str, str]:
    """Map the key of every spelling that you listed to the key of its name.

    Raises
    ------
    InputError
        Where one spelling is said to be two names, or the spellings are one text.

    Examples
    --------
    >>> keys_of({"WFP": ["World Food Programme"]})
    {'wfp': 'wfp', 'worldfoodprogramme': 'wfp'}
    >>> keys_of(None)
    {}
    >>> keys_of({"WFP": "World Food Programme"})
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The spellings of WFP are one text; give a list of texts.
    """
    found: dict[str, str] = {}
    called: dict[str, str] = {}
    for name, others in (same or {}).items():
        if isinstance(others, str):
            raise InputError(
                text("The spellings of {name} are one text; give a list of texts.", name=name)
            )
        own = spelling_key(name)
        for spelling in (name, *others):
            key = spelling_key(spelling)
            if found.setdefault(key, own) != own:
                raise InputError(
                    text(
                        "The spelling '{spelling}' is said to be both {one} and {other}. Keep it "
                        "with one of them.",
                        spelling=spelling,
                        one=called[found[key]],
                        other=name,
                    )
                )
            called.setdefault(own, name)
    found.pop("", None)
    return found
