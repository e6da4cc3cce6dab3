"""The order of the candidates, and how far the first of them is to be trusted.

Both are sums of weights that can be read in ``weights.json``; ``benchmarks/train_geocode.py``
learned them. A candidate's worth is what its best spelling and its standing add up to; its share
is the softmax of the worths of one name. Trust is the logistic of a sum over ``SIGNS``: it was
fitted, apart for names with and without a hint, so that it is the probability that the first
candidate is the place meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geosector.geocode.candidates import EVIDENCE, STANDING, Candidates
from geosector.geocode.data import read_data
from geosector.geocode.gazetteer import KM_PER_DEGREE, SAME_PLACE_KM, Gazetteer
from geosector.geocode.names import is_arabic, name_parts

_SHORT_LETTERS = 4
# What a name has in common with a spelling of it: in the same script its sounds, else its core.
_ALIKE = 0.8
_FAR = 20.0
# The worth of a candidate that a list is ranked without.
NOT_THERE = -1e3

_OF_BEST = (
    "written", "written_equal", "sounds", "sounds_cubed", "sounds_equal", "core_equal",
    "skeleton_equal", "letter_for_letter", "primary", "with_articles", "ayn", "sounds_edits",
    "skeleton_edits", "x_skeleton_edits", "x_long_edits", "other_script", "x_skeleton",
    "x_skeleton_cubed", "x_skeleton_equal", "x_long", "x_long_equal", "kind_same",
    "kind_lacking", "kind_other", "qualifier_lacking", "qualifier_other", "number_other",
    "learned_equal",
)  # fmt: skip
_STANDING_OF_BEST = (
    "people", "spellings", "town", "city", "outside", "rare_written", "rare_skeleton",
)  # fmt: skip
SIGNS = (
    "always", "share", "share_equal", "worth", "lead", "lead_1", "lead_3", "lead_6", "lead_equal",
    "rivals_1", "rivals_3", "rivals_6", "equals", "unlike", "listed",
    "length", "short", "arabic", "words",
    *_OF_BEST, *_STANDING_OF_BEST,
)  # fmt: skip


class Ranked(NamedTuple):
    """The candidates of names in order.

    ``order``: positions of candidates, those of each name together (``Candidates.starts``), the
    likeliest first. ``worth, share, equal``: of each candidate, by position. ``spelled``: its best
    spelling. ``signs``: names × ``SIGNS``; rows of names without a candidate are 0.
    """

    order: NDArray[np.intp]
    worth: NDArray[np.float64]
    share: NDArray[np.float64]
    equal: NDArray[np.bool_]
    spelled: NDArray[np.intp]
    signs: NDArray[np.float64]


def weights() -> dict[str, Any]:
    """Read what was learned.

    Returns
    -------
    dict
        ``weights.json`` as it is.
    """
    return read_data("weights.json")


def vector(named: Mapping[str, float], names: Sequence[str]) -> NDArray[np.float64]:
    """Put named weights in an order.

    Parameters
    ----------
    named : mapping
        Name → weight; a missing one is 0.
    names : sequence of str

    Returns
    -------
    array of float64, shape (names,)

    Examples
    --------
    >>> vector({"a": 1.5}, ["b", "a"]).tolist()
    [0.0, 1.5]
    """
    return np.array([float(named.get(name, 0.0)) for name in names])


def worths(
    found: Candidates, evidence: NDArray[np.float64], standing: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Give the worth of every candidate, and the spelling that gives it.

    Parameters
    ----------
    found : Candidates
    evidence : array of float, shape (EVIDENCE,)
    standing : array of float, shape (STANDING,)
        Weights.

    Returns
    -------
    worth : array of float64, shape (candidates,)
    spelled : array of int, shape (candidates,)
    """
    if len(found.places) == 0:
        return np.zeros(0), np.zeros(0, np.intp)
    spoken = _sums(found.evidence, evidence.astype(np.float32))
    starts = found.spelling_starts[:-1]
    highest = np.maximum.reduceat(spoken, starts)
    counts = np.diff(found.spelling_starts)
    at = np.flatnonzero(spoken == np.repeat(highest, counts))
    owner = np.repeat(np.arange(len(starts)), counts)[at]
    spelled = at[np.searchsorted(owner, np.arange(len(starts)))]
    return highest + _sums(found.standing, standing), spelled


def _sums(signs: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
    """Add up weighted signs, row by row.

    Not by ``@``: for rows so short its library would keep all cores busy waiting for each other,
    and could add up in another order on another machine.
    """
    summed: NDArray[Any] = np.einsum("ij,j->i", signs, weights)
    return summed


def rank_candidates(
    names: Sequence[str],
    found: Candidates,
    index: Gazetteer,
    worth: NDArray[np.float64],
    spelled: NDArray[np.intp],
) -> Ranked:
    """Put the candidates of each name in order, and gather the signs of trust.

    Parameters
    ----------
    names : sequence of str
    found : Candidates
    index : Gazetteer
    worth : array of float, shape (candidates,)
        `NOT_THERE` for candidates that shall not count.
    spelled : array of int, shape (candidates,)

    Returns
    -------
    Ranked
    """
    counts = np.diff(found.starts)
    owner = np.repeat(np.arange(len(names)), counts)
    order = np.lexsort((found.places, -worth, owner))
    best_spelling = found.evidence[spelled]
    equal = np.zeros(len(worth), bool)
    for name in ("written_equal", "sounds_equal", "x_long_equal"):
        equal |= best_spelling[:, EVIDENCE.index(name)] > 0
    equal &= worth > NOT_THERE
    share = np.zeros(len(worth))
    signs = np.zeros((len(names), len(SIGNS)))
    asked = np.flatnonzero(counts)
    if len(asked):
        starts = found.starts[asked]
        first = order[starts]
        raised = np.exp(worth - np.repeat(worth[first], counts[asked]))
        share = raised / np.repeat(np.add.reduceat(raised, starts), counts[asked])
        far = _apart(found, index, np.repeat(first, counts[asked]))
        lists = _Lists(first, starts, counts[asked], worth, equal, far)
        words = [names[one] for one in asked.tolist()]
        signs[asked] = _signs(words, found, lists, share[first], best_spelling[first])
    return Ranked(order, worth, share, equal, spelled, signs)


def _apart(found: Candidates, index: Gazetteer, firsts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Say which candidates are another place than the first of their name."""
    lat, lon = index.lat[found.places], index.lon[found.places]
    at_lat, at_lon = lat[firsts], lon[firsts]
    east = (lon - at_lon) * np.cos(np.radians(at_lat))
    return np.asarray(KM_PER_DEGREE * np.hypot(lat - at_lat, east) > SAME_PLACE_KM)


class _Lists(NamedTuple):
    """The lists of names that have one: their firsts, where they begin, how long they are.

    Of each candidate: ``worth``, ``equal``, and ``far``: another place than the first.
    """

    first: NDArray[np.intp]
    starts: NDArray[np.intp]
    counts: NDArray[np.intp]
    worth: NDArray[np.float64]
    equal: NDArray[np.bool_]
    far: NDArray[np.bool_]


def _signs(
    names: Sequence[str],
    found: Candidates,
    lists: _Lists,
    share: NDArray[np.float64],
    spellings: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Gather what tells whether the first candidate is the place meant."""
    first, starts, counts, worth, equal, far = lists
    best = worth[first]
    behind = np.repeat(best, counts) - worth
    lead = np.minimum(np.minimum.reduceat(np.where(far, behind, _FAR), starts), _FAR)
    parts = [name_parts(name) for name in names]
    letters = np.array([len(part.sounds) for part in parts], float)
    alike = spellings[:, EVIDENCE.index("sounds")] + spellings[:, EVIDENCE.index("x_core")]
    sure = np.clip(share, 1e-4, 0.9999)
    odds = np.log(sure / (1 - sure))
    same = equal[first].astype(float)

    def rivals(within: float) -> NDArray[np.float64]:
        return np.log1p(np.add.reduceat((far & (behind < within)) + 0.0, starts))

    columns = {
        "always": np.ones(len(names)),
        "share": odds / 3.0,
        "share_equal": odds * same / 3.0,
        "worth": best / 10.0,
        "lead": lead / 5.0,
        "lead_1": np.minimum(lead, 1.0),
        "lead_3": np.minimum(lead, 3.0) / 3.0,
        "lead_6": np.minimum(lead, 6.0) / 6.0,
        "lead_equal": np.minimum(lead, 6.0) * same / 6.0,
        "rivals_1": rivals(1.0),
        "rivals_3": rivals(3.0),
        "rivals_6": rivals(6.0),
        "equals": np.log1p(np.add.reduceat((far & equal) + 0.0, starts)),
        "unlike": np.maximum(_ALIKE - alike, 0.0) * 5.0,
        "listed": np.log(counts) / 3.0,
        "length": np.minimum(letters, 15.0) / 5.0,
        "short": letters <= _SHORT_LETTERS,
        "arabic": np.array([is_arabic(name) for name in names], bool),
        "words": np.array([part.words for part in parts], float) / 2.0,
        **{name: spellings[:, EVIDENCE.index(name)] for name in _OF_BEST},
        **{name: found.standing[first, STANDING.index(name)] for name in _STANDING_OF_BEST},
    }
    return np.column_stack([columns[name] for name in SIGNS]).astype(float)


def trust(signs: NDArray[np.float64], weights_of_signs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the probability that the first candidate is the place meant.

    Parameters
    ----------
    signs : array of float, shape (names, SIGNS)
    weights_of_signs : array of float, shape (SIGNS,)

    Returns
    -------
    array of float64, shape (names,)
        1 / (1 + exp(−signs · weights)); 0 for a name without candidates.

    Examples
    --------
    >>> trust(np.eye(1, len(SIGNS)), np.zeros(len(SIGNS))).tolist()
    [0.5]
    """
    told = np.clip(_sums(signs, weights_of_signs), -30.0, 30.0)
    return np.asarray(np.where(signs[:, 0] > 0, 1.0 / (1.0 + np.exp(-told)), 0.0))
