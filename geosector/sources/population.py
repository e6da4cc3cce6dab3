"""Figures that stand for more than one row: the same people counted twice.

Published tables repeat the figure of a district in each of its parts, or give one figure to two
districts. Adding such rows up counts people twice, so they are listed. Nothing is changed: which
row the people belong to is not in the table.
"""

from __future__ import annotations

from collections import Counter

import pandas as pd

from geosector.language import text
from geosector.sources.check import row_number
from geosector.tables import Problem, fold_label

# A word in more than this share of the names says what the rows are, not which ("service area").
COMMON_WORD_SHARE = 1 / 3
SHORTEST_TELLING_WORD = 3


def shared_figures(rows: pd.DataFrame, *, file: str) -> list[Problem]:
    """List the rows whose figure appears to be another row's too.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``name`` and ``population``; further columns do not matter.
    file : str
        For the problems.

    Returns
    -------
    list of Problem
        One for each row after the first that has the same figure under the same name, or under a
        name that shares a telling word.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {"name": ["Ansari East", "Ansari West", "Midan"], "population": [455.0, 455.0, 455.0]},
    ...     index=[1, 2, 3],
    ... )
    >>> [(problem.row, problem.expected) for problem in shared_figures(rows, file="zones.csv")]
    [(2, 'a figure of its own: row 1 (Ansari East) appears to share it')]
    >>> shared_figures(rows.iloc[:0], file="zones.csv")
    []
    """
    if "name" not in rows.columns:
        return []
    people = rows[rows["name"].notna() & (rows["population"] > 0)]
    names = [fold_label(name) for name in people["name"].tolist()]
    common = _common_words(names)
    first: dict[tuple[float, str], int] = {}
    problems = []
    for place, (name, figure) in enumerate(zip(names, people["population"].tolist(), strict=True)):
        # A whole name is looked up like a word: no single word contains a blank before it.
        keys = [(figure, f" {name}"), *((figure, word) for word in _telling(name, common))]
        other = next((first[key] for key in keys if key in first), None)
        if other is not None:
            problems.append(_problem(file, people, place, other, same=names[other] == name))
        for key in keys:
            first.setdefault(key, place)
    return problems


def _common_words(names: list[str]) -> frozenset[str]:
    """Find the words that say what all the rows are."""
    different = set(names)
    count = Counter(word for name in different for word in set(name.split()))
    most = max(2, COMMON_WORD_SHARE * len(different))
    return frozenset(word for word, times in count.items() if times > most)


def _telling(name: str, common: frozenset[str]) -> list[str]:
    """Give the words that tell one row from the others; numbers and articles do not."""
    return [
        word
        for word in name.split()
        if word not in common and len(word) >= SHORTEST_TELLING_WORD and not word.isdigit()
    ]


def _problem(file: str, people: pd.DataFrame, place: int, other: int, *, same: bool) -> Problem:
    name = people["name"].iloc[other]
    there = row_number(people.index, other)
    if same:
        expected = text(
            "a figure of its own: row {row} ({name}) has the same name and the same figure",
            row=there,
            name=name,
        )
    else:
        expected = text(
            "a figure of its own: row {row} ({name}) appears to share it", row=there, name=name
        )
    given = f"{people['population'].iloc[place]:.0f} ({people['name'].iloc[place]})"
    done = text("Kept as it is: adding both up may count people twice.")
    return Problem(file, row_number(people.index, place), "population", given, expected, done)
