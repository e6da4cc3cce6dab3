"""How alike two strings of sounds are, for many pairs at once.

The measure is the longest common subsequence, counted with one machine word per pair (Hyyrö 2004,
"Bit-parallel LCS-length computation revisited"), so that a pair of names costs some twenty steps
of numpy on whole columns. Sounds may be equal, or merely agree (`sounds.AGREEING`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from geosector.geocode.sounds import AGREEING, ALPHABET

# Longer names are compared by their first letters.
LONGEST = 40
# Normalised Arabic and Latin letters and digits too, for names compared as written.
_WRITTEN = "ابتثجحخدذرزسشصضطظعغفقكلمنهويپچژگ"
CODES = {letter: code for code, letter in enumerate(ALPHABET + "x" + _WRITTEN, start=1)}
_UNKNOWN = len(CODES) + 1
ROOM = _UNKNOWN + 1


def encode(strings: Sequence[str]) -> NDArray[np.uint8]:
    """Write strings as rows of numbers.

    Parameters
    ----------
    strings : sequence of str

    Returns
    -------
    array of uint8, shape (strings, LONGEST)
        0 behind the end.

    Examples
    --------
    >>> encode(["ba", ""])[:, :3].tolist()
    [[2, 1, 0], [0, 0, 0]]
    """
    coded = np.zeros((len(strings), LONGEST), np.uint8)
    for row, string in enumerate(strings):
        cut = string[:LONGEST]
        coded[row, : len(cut)] = [CODES.get(letter, _UNKNOWN) for letter in cut]
    return coded


def lengths(coded: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Count the letters of encoded strings.

    Parameters
    ----------
    coded : array of uint8, shape (strings, LONGEST)

    Returns
    -------
    array of int16, shape (strings,)

    Examples
    --------
    >>> lengths(encode(["abc", ""])).tolist()
    [3, 0]
    """
    return np.asarray(np.count_nonzero(coded, axis=1), np.int16)


@cache
def _agreements() -> tuple[tuple[int, tuple[int, ...]], ...]:
    return tuple(
        (CODES[letter], tuple(CODES[other] for other in sorted(others - {letter})))
        for letter, others in AGREEING.items()
        if len(others) > 1
    )


def masks(coded: NDArray[np.uint8], *, agreeing: bool) -> NDArray[np.uint64]:
    """Say for each string and letter where in the string the letter stands.

    Parameters
    ----------
    coded : array of uint8, shape (strings, LONGEST)
    agreeing : bool
        Whether letters whose sounds agree count as the letter.

    Returns
    -------
    array of uint64, shape (strings, letters)
        Bit i is the i-th letter of the string.
    """
    found = np.zeros((len(coded), ROOM), np.uint64)
    rows = np.arange(len(coded))
    for place in range(LONGEST):
        found[rows, coded[:, place]] |= np.uint64(1 << place)
    found[:, 0] = 0
    if not agreeing:
        return found
    loose = found.copy()
    for letter, others in _agreements():
        for other in others:
            loose[:, letter] |= found[:, other]
    return loose


def common(
    asked: Sequence[NDArray[np.uint64]],
    rows: NDArray[np.intp],
    coded: NDArray[np.uint8],
    sizes: NDArray[np.int16],
) -> list[NDArray[np.int16]]:
    """Measure the longest common subsequences of pairs of strings.

    Parameters
    ----------
    asked : sequence of array of uint64, shape (strings, letters)
        `masks` of the first strings; each is compared.
    rows : array of int, shape (pairs,)
        The first string of each pair.
    coded : array of uint8, shape (pairs, LONGEST)
        The second string of each pair.
    sizes : array of int16, shape (pairs,)
        The lengths of the second strings.

    Returns
    -------
    list of array of int16, shape (pairs,)
        One for each of ``asked``.

    Examples
    --------
    >>> asked, second = masks(encode(["sarmin"]), agreeing=False), encode(["srmyn", "halab"])
    >>> common([asked], np.array([0, 0]), second, lengths(second))[0].tolist()
    [4, 1]
    """
    # The longest first: what is at its end is left out of the steps that follow.
    order = np.argsort(-sizes, kind="stable")
    reaching = len(sizes) - np.cumsum(np.bincount(sizes, minlength=1))
    columns = np.ascontiguousarray(coded[order, : len(reaching) - 1].T)
    base = rows[order] * ROOM
    flat = [one.ravel() for one in asked]
    left = [np.full(len(rows), ~np.uint64(0)) for _ in asked]
    for letters, count in zip(columns, reaching.tolist(), strict=False):
        at = base[:count] + letters[:count]
        for mask, whole in zip(flat, left, strict=True):
            own = whole[:count]
            met = mask[at]
            met &= own
            kept = own - met
            own += met
            own |= kept
    shared = np.empty((len(asked), len(rows)), np.int16)
    for one, whole in zip(shared, left, strict=True):
        one[order] = np.bitwise_count(~whole)
    return list(shared)
