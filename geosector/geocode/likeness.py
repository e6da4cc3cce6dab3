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
_CODES = {letter: code for code, letter in enumerate(ALPHABET + "x" + _WRITTEN, start=1)}
_UNKNOWN = len(_CODES) + 1
_ROOM = _UNKNOWN + 1


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
        coded[row, : len(cut)] = [_CODES.get(letter, _UNKNOWN) for letter in cut]
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
        (_CODES[letter], tuple(_CODES[other] for other in sorted(others - {letter})))
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
    found = np.zeros((len(coded), _ROOM), np.uint64)
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
    asked: NDArray[np.uint64], rows: NDArray[np.intp], coded: NDArray[np.uint8]
) -> NDArray[np.int16]:
    """Measure the longest common subsequences of pairs of strings.

    Parameters
    ----------
    asked : array of uint64, shape (strings, letters)
        `masks` of the first strings.
    rows : array of int, shape (pairs,)
        The first string of each pair.
    coded : array of uint8, shape (pairs, LONGEST)
        The second string of each pair.

    Returns
    -------
    array of int16, shape (pairs,)

    Examples
    --------
    >>> asked = masks(encode(["sarmin"]), agreeing=False)
    >>> common(asked, np.array([0, 0]), encode(["srmyn", "halab"])).tolist()
    [4, 1]
    """
    width = int(np.max(np.count_nonzero(coded, axis=1), initial=0))
    columns = np.ascontiguousarray(coded[:, :width].T).astype(np.intp)
    flat = asked.ravel()
    base = rows * asked.shape[1]
    left = np.full(len(coded), ~np.uint64(0))
    for letters in columns:
        met = left & flat[base + letters]
        left = (left + met) | (left - met)
    return np.bitwise_count(~left).astype(np.int16)
