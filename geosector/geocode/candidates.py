"""Which places a name may mean, and what speaks for and against each: numbers, no decision yet.

Candidates come from two indexes of runs of letters, over names as written and over their
consonants, in which scripts agree. Each spelling of each candidate is then compared with the name
in several forms. ``EVIDENCE`` lists what a spelling is judged by, ``STANDING`` what a place is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from geosector.geocode.gazetteer import (
    Gazetteer,
    Grams,
    Hint,
    gram_rows,
    hash_of,
    hash_of_spelling,
    runs_of,
)
from geosector.geocode.likeness import common, encode, lengths, masks
from geosector.geocode.names import Parts, has_ayn, is_arabic, name_parts, normalise
from geosector.geocode.sounds import coarse

# Strings looked at in each index, and places kept: the likeliest; where a hint says in which unit,
# fewer of all and the likeliest of that unit.
STRINGS = 60
KEPT, KEPT_HINTED, KEPT_INSIDE = 30, 10, 28
# More letters that differ than this say no more.
_MANY_EDITS = 6

EVIDENCE = (
    "same_script", "written", "written_equal", "sounds_strict", "sounds", "sounds_cubed",
    "sounds_equal", "core", "core_cubed", "core_equal", "skeleton", "skeleton_equal", "within",
    "length", "letter_for_letter", "primary", "with_articles", "ayn", "written_edits",
    "sounds_edits", "core_edits", "skeleton_edits",
    "other_script", "x_skeleton_strict", "x_skeleton", "x_skeleton_cubed", "x_skeleton_equal",
    "x_long", "x_long_of_theirs", "x_long_equal", "x_core", "x_length", "x_skeleton_edits",
    "x_long_edits",
    "kind_same", "kind_lacking", "kind_other", "qualifier_same", "qualifier_lacking",
    "qualifier_other", "number_other", "first_letter", "learned", "learned_equal",
)  # fmt: skip
STANDING = (
    "people", "spellings", "town", "city", "inside", "outside", "inside_district",
    "other_district", "rare_written", "rare_skeleton", "other_core", "other_lacking",
    "equal_share", "mean_likeness",
)  # fmt: skip


class Candidates(NamedTuple):
    """Places that names may mean. Candidates of one name stand together, in no order yet.

    ``starts``: first candidate of each name, and the end. ``places``: positions in the gazetteer.
    ``standing``: candidates × ``STANDING``. ``evidence``: spellings × ``EVIDENCE``, those of
    one candidate together from ``spelling_starts``.
    """

    starts: NDArray[np.intp]
    places: NDArray[np.intp]
    standing: NDArray[np.float32]
    evidence: NDArray[np.float32]
    spelling_starts: NDArray[np.intp]


def find_candidates(
    names: Sequence[str], index: Gazetteer, hints: Sequence[Hint | None]
) -> Candidates:
    """Find and compare the places that names may mean.

    Parameters
    ----------
    names : sequence of str
        A few hundred at once, as written.
    index : Gazetteer
    hints : sequence of Hint or None
        One for each name.

    Returns
    -------
    Candidates
    """
    parts = [name_parts(name) for name in names]
    rows, places, likeness = _found(parts, index, hints)
    order, starts = _grouped(rows, len(names))
    rows, places, likeness = rows[order], places[order], likeness[order]
    counts = np.diff(index.spellings.starts)[places]
    spelling_starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
    spellings = np.repeat(index.spellings.starts[places] - spelling_starts[:-1], counts)
    spellings = (spellings + np.arange(len(spellings))).astype(np.intp)
    evidence = _evidence(names, parts, np.repeat(rows, counts), spellings, index)
    spoken = {
        "rare_written": likeness[:, 0],
        "rare_skeleton": likeness[:, 1],
        **_together(evidence, spelling_starts),
    }
    standing = _standing(rows, places, spoken, index, hints)
    return Candidates(starts, places, standing, evidence, spelling_starts)


# --------------------------------------------------------------- finding


def _found(
    parts: Sequence[Parts], index: Gazetteer, hints: Sequence[Hint | None]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Give (name, place) pairs with the likeness in both indexes, the likeliest of each name."""
    count = len(index.places)
    found = [
        _alike([part.written for part in parts], index.written, count),
        _alike([coarse(part.skeleton) for part in parts], index.skeletons, count),
    ]
    pairs = _sorted_once(np.concatenate([one for one, _ in found]))
    likeness = np.zeros((len(pairs), len(found)), np.float32)
    for column, (own, values) in enumerate(found):
        np.maximum.at(likeness[:, column], np.searchsorted(pairs, own), values)
    rows, places = np.divmod(pairs, max(count, 1))
    # A name written alike is worth more than one of the same consonants, which many names share.
    worth = likeness[:, 0] + 0.7 * likeness[:, 1]
    inside = _agreements(rows, places, index, hints)[0] > 0
    order = np.lexsort((-worth, rows))
    rank = _rank_in_groups(rows[order])
    rank_inside = _rank_in_groups(rows[order], inside[order])
    told = np.array([hint is not None for hint in hints], bool)[rows[order]]
    most = np.where(told, KEPT_HINTED, KEPT)
    kept = order[(rank < most) | (inside[order] & (rank_inside < KEPT_INSIDE))]
    return rows[kept].astype(np.intp), places[kept].astype(np.intp), likeness[kept]


def _alike(
    keys: Sequence[str], grams: Grams, count: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Give name × count + place and the likeness of the most alike strings to each name."""
    likeness = sparse.csr_matrix(
        gram_rows(runs_of(keys), grams.columns, grams.rarity) @ grams.cells
    )
    strings, rows = [], []
    for row in range(len(keys)):
        low, high = likeness.indptr[row], likeness.indptr[row + 1]
        values = likeness.data[low:high]
        top = np.arange(low, high)
        if len(values) > STRINGS:
            top = low + np.argpartition(values, len(values) - STRINGS)[-STRINGS:]
        strings.append(top)
        rows.append(np.full(len(top), row))
    cells = np.concatenate([*strings, np.zeros(0, np.intp)]).astype(np.intp)
    owner = np.concatenate([*rows, np.zeros(0, np.intp)]).astype(np.int64)
    string, values = likeness.indices[cells], likeness.data[cells]
    bearers = np.diff(grams.starts)[string]
    first = np.cumsum(bearers) - bearers
    places = grams.places[
        np.repeat(grams.starts[string] - first, bearers) + np.arange(bearers.sum())
    ]
    return np.repeat(owner, bearers) * count + places, np.repeat(values, bearers).astype(np.float32)


def _sorted_once(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sort and leave out repetitions; `np.unique` would go over a table of hashes first."""
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def _rank_in_groups(
    groups: NDArray[np.int64], counted: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Rank the members of each run of equal values from 0, or only the counted before each."""
    ones = np.ones(len(groups), np.int64) if counted is None else counted.astype(np.int64)
    before = np.cumsum(ones) - ones
    first = np.concatenate([[True], groups[1:] != groups[:-1]]) if len(groups) else ones > 0
    return np.asarray(before - before[first][np.cumsum(first) - 1])


def _grouped(rows: NDArray[np.intp], count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    order = np.argsort(rows, kind="stable")
    return order, np.searchsorted(rows[order], np.arange(count + 1)).astype(np.intp)


# --------------------------------------------------------------- places


def _agreements(
    rows: NDArray[np.int64],
    places: NDArray[np.int64],
    index: Gazetteer,
    hints: Sequence[Hint | None],
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Say whether each place lies in the hinted governorate, and in the district: 1, −1, or 0."""
    numbers = index.unit_numbers
    unknown = -1
    first = np.array(
        [0 if one is None else numbers.get(one.admin1, unknown) for one in hints], np.int64
    )
    second = np.array(
        [0 if one is None else numbers.get(one.admin2, unknown) for one in hints], np.int64
    )
    return (
        _same(first[rows], index.admin1[places]),
        _same(second[rows], index.admin2[places]),
    )


def _same(wanted: NDArray[np.int64], own: NDArray[np.int32]) -> NDArray[np.int8]:
    told = (wanted != 0) & (own != 0)
    return np.where(told, np.where(wanted == own, 1, -1), 0).astype(np.int8)


def _standing(
    rows: NDArray[np.intp],
    places: NDArray[np.intp],
    spoken: Mapping[str, NDArray[np.float32]],
    index: Gazetteer,
    hints: Sequence[Hint | None],
) -> NDArray[np.float32]:
    governorate, district = _agreements(rows, places, index, hints)
    people = np.array([index.places[one].population for one in places.tolist()], float)
    level = np.array([index.places[one].level for one in places.tolist()], str)
    columns = {
        "people": np.log10(1.0 + np.maximum(people, 0.0)),
        "spellings": np.log(np.diff(index.spellings.starts)[places] + 0.0),
        "town": level == "town",
        "city": level == "city",
        "inside": governorate > 0,
        "outside": governorate < 0,
        "inside_district": district > 0,
        "other_district": district < 0,
        **spoken,
    }
    return _table(columns, STANDING)


def _together(
    evidence: NDArray[np.float32], spelling_starts: NDArray[np.intp]
) -> dict[str, NDArray[np.float32]]:
    """Say how far the spellings of each place agree on a name, beside the one most like it.

    Two villages that are one word in Latin letters often are two in Arabic ones.
    """

    def column(name: str) -> NDArray[np.float32]:
        return evidence[:, EVIDENCE.index(name)]

    starts, counts = spelling_starts[:-1], np.diff(spelling_starts).astype(np.float32)
    same = column("same_script") > 0
    inside = np.add.reduceat(same.astype(np.float32), starts)
    mixed = (inside > 0) & (inside < counts)
    equal = np.maximum(column("sounds_equal"), column("x_long_equal"))
    alike = column("sounds") + column("x_core")
    return {
        "other_core": np.where(mixed, np.maximum.reduceat(column("x_core"), starts), 0.0),
        "other_lacking": (~mixed).astype(np.float32),
        "equal_share": np.add.reduceat(equal, starts) / counts,
        "mean_likeness": np.add.reduceat(alike, starts) / counts,
    }


# --------------------------------------------------------------- spellings


def _table(columns: Mapping[str, NDArray[Any]], names: Sequence[str]) -> NDArray[np.float32]:
    table = np.empty((len(columns[names[0]]), len(names)), np.float32)
    for number, name in enumerate(names):
        table[:, number] = columns[name]
    return table


# What is compared in each form: a name, and whether sounds that agree count as equal.
_COMPARED = {
    "written": {"written": False},
    "sounds": {"strict": False, "sounds": True},
    "core": {"core": True},
    "skeleton": {"skeleton": True, "skeleton_strict": False},
    "long": {"long": True},
}
_FORM = {name: form for form, names in _COMPARED.items() for name in names}


class _Pairs(NamedTuple):
    """Pairs of a name and a spelling: letters of both by form, letters in common by comparison."""

    size: dict[str, NDArray[np.int16]]
    their_size: dict[str, NDArray[np.int16]]
    shared: dict[str, NDArray[np.int16]]

    def ratio(self, name: str) -> NDArray[np.float64]:
        total = self.size[_FORM[name]] + self.their_size[_FORM[name]]
        return np.asarray(np.where(total > 0, 2.0 * self.shared[name] / np.maximum(total, 1), 0.0))

    def edits(self, name: str) -> NDArray[np.float64]:
        form = _FORM[name]
        unlike = self.size[form] + self.their_size[form] - 2 * self.shared[name]
        return np.asarray(np.minimum(unlike, _MANY_EDITS) / _MANY_EDITS)

    def equal(self, name: str) -> NDArray[np.bool_]:
        form = _FORM[name]
        size, shared = self.size[form], self.shared[name]
        return np.asarray((shared == size) & (size == self.their_size[form]) & (size > 0))


def _evidence(
    names: Sequence[str],
    parts: Sequence[Parts],
    rows: NDArray[np.intp],
    spellings: NDArray[np.intp],
    index: Gazetteer,
) -> NDArray[np.float32]:
    """Compare each name with each spelling of its candidates."""
    own = index.spellings
    asked = {form: encode([getattr(part, form) for part in parts]) for form in own.forms}
    their_size = {form: sizes[spellings] for form, sizes in own.sizes.items()}
    shared: dict[str, NDArray[np.int16]] = {}
    for form, compared in _COMPARED.items():
        letters = [masks(asked[form], agreeing=agreeing) for agreeing in compared.values()]
        found = common(letters, rows, own.forms[form][spellings], their_size[form])
        shared.update(zip(compared, found, strict=True))
    size = {form: lengths(coded)[rows] for form, coded in asked.items()}
    pairs = _Pairs(size, their_size, shared)
    arabic = np.array([is_arabic(name) for name in names], bool)[rows]
    same = arabic == own.arabic[spellings]
    within = {**_within_script(pairs), **_to_the_letter(names, rows, spellings, index)}
    columns = {
        **{name: np.where(same, column, 0.0) for name, column in within.items()},
        **{
            name: np.where(same, 0.0, column)
            for name, column in _across_scripts(pairs, arabic).items()
        },
        **_stated(parts, rows, spellings, index),
        "first_letter": asked["skeleton"][rows, 0] == own.forms["skeleton"][spellings, 0],
        "learned": own.learned[spellings],
        "learned_equal": own.learned[spellings] & pairs.equal("written"),
    }
    return _table(columns, EVIDENCE)


def _within_script(pairs: _Pairs) -> dict[str, NDArray[np.generic]]:
    """Say what speaks for a spelling in the script of the name."""
    shorter = np.minimum(pairs.size["sounds"], pairs.their_size["sounds"])
    return {
        "same_script": np.ones(len(shorter)),
        "written": pairs.ratio("written"),
        "written_equal": pairs.equal("written"),
        "sounds_strict": pairs.ratio("strict"),
        "sounds": pairs.ratio("sounds"),
        "sounds_cubed": pairs.ratio("sounds") ** 4,
        "sounds_equal": pairs.equal("sounds"),
        "core": pairs.ratio("core"),
        "core_cubed": pairs.ratio("core") ** 4,
        "core_equal": pairs.equal("core"),
        "skeleton": pairs.ratio("skeleton"),
        "skeleton_equal": pairs.equal("skeleton"),
        "within": pairs.shared["sounds"] / np.maximum(shorter, 1),
        "length": np.abs(pairs.size["sounds"] - pairs.their_size["sounds"]) / 4.0,
        "written_edits": pairs.edits("written"),
        "sounds_edits": pairs.edits("sounds"),
        "core_edits": pairs.edits("core"),
        "skeleton_edits": pairs.edits("skeleton"),
    }


def _to_the_letter(
    names: Sequence[str], rows: NDArray[np.intp], spellings: NDArray[np.intp], index: Gazetteer
) -> dict[str, NDArray[np.generic]]:
    """Say what speaks for a spelling that folding leaves out: accents, articles, ayn."""
    own = index.spellings
    raw = np.array([hash_of_spelling(name) for name in names], np.uint64)
    whole = np.array([hash_of(normalise(name)) for name in names], np.uint64)
    ayn = np.array([has_ayn(name) for name in names], bool)
    return {
        "letter_for_letter": raw[rows] == own.raw[spellings],
        "with_articles": whole[rows] == own.whole[spellings],
        "ayn": ayn[rows] == own.ayn[spellings],
        "primary": own.primary[spellings],
    }


def _across_scripts(pairs: _Pairs, arabic: NDArray[np.bool_]) -> dict[str, NDArray[np.generic]]:
    """Say what speaks for a spelling in another script: short vowels are in one of them only."""
    written = np.where(arabic, pairs.size["long"], pairs.their_size["long"])
    other = np.where(arabic, pairs.their_size["long"], pairs.size["long"])
    apart = np.abs(pairs.size["skeleton"] - pairs.their_size["skeleton"])
    return {
        "other_script": np.ones(len(arabic)),
        "x_skeleton_strict": pairs.ratio("skeleton_strict"),
        "x_skeleton": pairs.ratio("skeleton"),
        "x_skeleton_cubed": pairs.ratio("skeleton") ** 4,
        "x_skeleton_equal": pairs.equal("skeleton"),
        "x_long": pairs.shared["long"] / np.maximum(written, 1),
        "x_long_of_theirs": pairs.shared["long"] / np.maximum(other, 1),
        "x_long_equal": pairs.equal("long"),
        "x_core": pairs.ratio("core"),
        "x_skeleton_edits": pairs.edits("skeleton"),
        "x_long_edits": pairs.edits("long"),
        "x_length": apart / 4.0,
    }


def _stated(
    parts: Sequence[Parts], rows: NDArray[np.intp], spellings: NDArray[np.intp], index: Gazetteer
) -> dict[str, NDArray[np.float64]]:
    """Compare what names say besides their sound: kinds of place, north or south, numbers."""
    own = index.spellings
    found: dict[str, NDArray[np.float64]] = {}
    for what, asked, theirs in (
        ("kind", [part.kinds for part in parts], own.kinds),
        ("qualifier", [part.qualifiers for part in parts], own.qualifiers),
    ):
        one, other = np.array(asked, np.uint64)[rows], theirs[spellings]
        only, lacking = np.bitwise_count(one & ~other), np.bitwise_count(other & ~one)
        found[f"{what}_same"] = np.bitwise_count(one & other).astype(float)
        found[f"{what}_other"] = np.minimum(only, lacking).astype(float)
        found[f"{what}_lacking"] = np.maximum(only, lacking) - np.minimum(only, lacking) + 0.0
    digits = np.array([hash_of(part.numbers) if part.numbers else 0 for part in parts], np.uint64)
    found["number_other"] = (digits[rows] != own.numbers[spellings]) + 0.0
    return found
