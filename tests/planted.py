"""Synthetic 4W tables with overlaps and gaps planted in them, and what only looks like one."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

START = np.datetime64("2024-01-01")
STOPPED = ("cancelled", "suspended")
DRESSES = ("ids", "names", "arabic", "both", "half")


class Planted(NamedTuple):
    """A table, the pairs of ids that overlap, what is needed, and the needs that nobody meets."""

    activities: pd.DataFrame
    overlaps: set[frozenset[str]]
    needs: pd.DataFrame
    gaps: set[tuple[str, str]]


@cache  # tests ask for the same tables
def planted(seed: int, rows: int = 20_000, each: int = 50, dress: str = "ids") -> Planted:
    """Make a table of so many rows, of which ``each`` overlap with another; ``each`` needs unmet.

    Every place and activity belongs to one organisation, whose periods follow each other: nothing
    overlaps but what is planted. Near misses are planted as well.
    """
    rng = np.random.default_rng(seed)
    places, kinds = 200, 40
    pairs = rng.permutation(places * kinds)
    base = rows - each - 5 * each
    owned = pairs[: base // 3]  # three periods for each place and activity
    organisation_of = rng.integers(0, 60, places * kinds)
    listed = []
    for at in range(base):
        pair = int(owned[at % len(owned)])
        month = at // len(owned)  # 0, 1, 2 …: one after the other
        first = 60 * month + int(rng.integers(0, 5))
        status = rng.choice(["planned", "ongoing", "completed", None])
        listed.append(
            [organisation_of[pair], pair, first, first + int(rng.integers(20, 50)), status]
        )
    chosen = rng.choice(base, 6 * each, replace=False)
    overlaps = set()
    for number, at in enumerate(chosen):
        organisation, pair, first, last, _ = listed[at]
        other = (organisation + 1) % 60
        row = [other, pair, first + 3, last + 2, "ongoing"]
        which = number // each
        if which == 0:  # another organisation, on common days
            overlaps.add(frozenset((f"a{at}", f"a{len(listed)}")))
        elif which == 1:  # the day after
            row[2:4] = [last + 1, last + 5]
        elif which == 2:
            row[0] = organisation
        elif which == 3:
            row[4] = STOPPED[number % 2]
        elif which == 4:
            row[1] = pair + places * kinds
        else:  # pasted twice
            row = list(listed[at])
        listed.append(row)
    needs, gaps = _needs(rng, listed, pairs, len(owned), each)
    order = rng.permutation(len(listed))
    table = pd.DataFrame([_written(rng, dress, kinds, places, *row) for row in listed])
    table.insert(0, "id", [f"a{at}" for at in range(len(listed))])
    table = table.iloc[order].reset_index(drop=True)
    return Planted(table, overlaps, _named(needs, kinds, places, dress), {
        _need_of(pair, kinds, places, dress) for pair in gaps
    })  # fmt: skip


def _needs(rng, listed, pairs, owned, each):
    """Need something of everything that is done, and of what nobody does, in three ways."""
    met = rng.choice(pairs[:owned], 3 * each, replace=False).tolist()
    free = pairs[owned : owned + each].tolist()
    for number, pair in enumerate(free):
        if number % 3 == 1:  # only given up
            listed.append([7, pair, 10, 40, STOPPED[number % 2]])
        elif number % 3 == 2:
            listed.append([7, pair, -400, -380, "completed"])
    return [*met, *free], free


def _place(at: int, places: int, dress: str) -> tuple[str, str]:
    """Give the id and the name of a place; beyond the last, others with the same names."""
    word = f"قرية {at % places}" if dress == "arabic" else f"Kafr Synthetic {at % places}"
    return f"P{at:04d}", word


def _need_of(pair: int, kinds: int, places: int, dress: str) -> tuple[str, str]:
    own, name = _place(pair // kinds, places, dress)
    return (name if dress in {"names", "arabic"} else own, f"activity {pair % kinds}")


def _named(needs: list[int], kinds: int, places: int, dress: str) -> pd.DataFrame:
    rows = [(*_need_of(pair, kinds, places, dress), 100) for pair in needs]
    return pd.DataFrame(rows, columns=["area_id", "activity", "people"])


def _written(  # noqa: PLR0917 - a row, and how it is written
    rng, dress, kinds, places, organisation, pair, first, last, status
):
    """Write a row as people do: spellings differ."""
    own, name = _place(pair // kinds, places, dress)
    org = [f"Relief Office {organisation}", f"RELIEF-OFFICE  {organisation}",
           f"relief office {organisation}"][rng.integers(3)]  # fmt: skip
    activity = [f"activity {pair % kinds}", f"Activity_{pair % kinds}"][rng.integers(2)]
    if dress == "arabic":
        org = [f"مكتب الإغاثة {organisation}", f"مكتب الاغاثه {organisation}"][rng.integers(2)]
        name = [name, name.replace("قرية", "قريه")][rng.integers(2)]
    by_name = dress in {"names", "arabic"} or (dress == "half" and rng.integers(2) == 1)
    other = pair >= kinds * places  # the other place of this name
    row = {
        "organisation": org, "activity": activity, "locality": name.upper() if other else name,
        "locality_id": None if by_name and not other else own,
        "date_from": str(START + first), "date_to": str(START + last), "status": status,
        "reached": int(rng.integers(1, 200)),
    }  # fmt: skip
    if dress in {"names", "arabic", "half"} and other:
        row["locality"] = f"Other {name}"
    return row
