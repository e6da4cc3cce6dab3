"""Many places and what is known of each, in as few bytes as they need.

A million places as text take 24 MB; here about 1.4. A set has no order, so the places are brought
into the one that costs least: tile by tile (256 × 256 units), row by row within a tile, each as the
step from the one before. In a tile of n places steps are about 65,536 / n; as many of their low
bits as are nearly noise are written as they are (R. F. Rice, *Some practical universal noiseless
coding techniques*, 1979), the rest is a byte that deflate's Huffman codes fit well. What is known
of the places follows in the same order, one plane of bytes for each column: one kind after another
compresses far better than row after row. ``points.js`` reads all of it back.
"""

from __future__ import annotations

import zlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geosector.maps.encoding import pack_bytes, read_varints, unpack_bytes, varints

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TILE_BITS = 8  # a tile is 2⁸ × 2⁸ units
MOST_LOW_BITS = 11  # of the steps in a tile with one place; one less for each doubling
FAR = 255  # a step whose high part is at least this goes on among the far ones
# Level 9 makes the planes of a million incidents 1 % smaller than level 6 and takes thrice as long.
LEVEL = 6
STRATEGIES = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY)
SAMPLE = 1 << 15


class Packed(NamedTuple):
    """Places ready for JSON, and ``order``: which row of the input each place of them is."""

    places: dict[str, Any]
    order: Ints


def pack_places(x: Floats, y: Floats, unit: float) -> Packed:
    """Round places to a grid and pack them.

    Parameters
    ----------
    x, y : array, shape (n,)
        Of any flat system, y growing downwards if rows shall run from the top; at most 2³⁰ units
        from end to end.
    unit : float
        Side of the grid in the same system: places keep to half of it in x and in y.

    Returns
    -------
    Packed
        ``places`` holds ``count``, ``unit``, ``x`` and ``y`` of the first grid node, and four
        packed strings: ``tiles`` (varints: row and column of each tile as differences from the
        tile before, places in it less one), ``steps`` (the high part of each step, at most 255),
        ``far`` (varints: what is above 255) and ``bits`` (the low bits: first the lowest bit of
        all steps that have one, then the next).

    Examples
    --------
    >>> packed = pack_places(np.array([9.0, 1.2, 0.0]), np.array([2.0, 0.0, 0.0]), 1.0)
    >>> packed.order.tolist(), [axis.tolist() for axis in unpack_places(packed.places)]
    ([2, 1, 0], [[0.0, 1.0, 9.0], [0.0, 0.0, 2.0]])
    >>> pack_places(np.array([]), np.array([]), 1.0).places["count"]
    0
    """
    x0, y0 = float(x.min(initial=np.inf)), float(y.min(initial=np.inf))
    if not len(x):
        x0 = y0 = 0.0
    column, row = (
        np.rint((x - x0) / unit).astype(np.int64),
        np.rint((y - y0) / unit).astype(np.int64),
    )
    side = 1 << TILE_BITS
    wide = int(column.max(initial=0) >> TILE_BITS) + 1
    tile = (row >> TILE_BITS) * wide + (column >> TILE_BITS)
    inside = ((row & (side - 1)) << TILE_BITS) | (column & (side - 1))
    key, order = _sorted((tile << (2 * TILE_BITS)) | inside)
    tile, inside = key >> (2 * TILE_BITS), key & (side * side - 1)
    first = np.flatnonzero(np.diff(tile, prepend=-1))
    counts = np.diff(first, append=len(tile))
    steps = np.diff(inside, prepend=0)
    steps[first] = inside[first]
    low = np.repeat(_low_bits(counts), counts)
    high = steps >> low
    heads = np.column_stack(
        [
            np.diff(tile[first] // wide, prepend=0),
            np.diff(tile[first] % wide, prepend=0),
            counts - 1,
        ]
    )
    places = {
        "count": len(x),
        "unit": unit,
        "x": x0,
        "y": y0,
        "tiles": pack_bytes(varints(heads.ravel()), LEVEL),
        "steps": _pack_plane(np.minimum(high, FAR).astype(np.uint8).tobytes()),
        "far": pack_bytes(varints(high[high >= FAR] - FAR), LEVEL),
        "bits": _pack_bits(steps, low),
    }
    return Packed(places, order)


def _sorted(key: Ints) -> tuple[Ints, Ints]:
    """Sort keys, equal ones in the order given; also give the order."""
    length = len(key).bit_length()
    if int(key.max(initial=0)).bit_length() + length > 63:  # noqa: PLR2004 - bits of an int64
        order = np.argsort(key, kind="stable")
        return key[order], order
    # Plain sorting is four times as fast as argsort, so each key carries its row along.
    both = np.sort((key << length) | np.arange(len(key)))
    return both >> length, both & ((1 << length) - 1)


def _low_bits(counts: Ints) -> Ints:
    """Say how many low bits of the steps in a tile are written as they are."""
    doublings = np.ceil(np.log2(counts)).astype(np.int64)
    return np.asarray(np.maximum(MOST_LOW_BITS - doublings, 0))


def _pack_bits(values: Ints, low: Ints) -> str:
    """Pack the ``low`` lowest bits of values: the lowest of all that have one, then the next."""
    planes = [values[low > place] >> place & 1 for place in range(int(low.max(initial=0)))]
    bits = np.concatenate([np.zeros(0, np.int64), *planes]).astype(np.uint8)
    return pack_bytes(np.packbits(bits, bitorder="little").tobytes(), 1)


def _read_bits(packed: str, low: Ints) -> Ints:
    """Undo `_pack_bits`."""
    bits = np.unpackbits(np.frombuffer(unpack_bytes(packed), np.uint8), bitorder="little")
    values = np.zeros(len(low), np.int64)
    at = 0
    for place in range(int(low.max(initial=0))):
        has = np.flatnonzero(low > place)
        values[has] |= bits[at : at + len(has)].astype(np.int64) << place
        at += len(has)
    return values


def unpack_places(places: dict[str, Any]) -> tuple[Floats, Floats]:
    """Undo `pack_places`.

    Parameters
    ----------
    places : dict
        From `pack_places`.

    Returns
    -------
    tuple of array = (x, y), shape (n,) each
        On the grid, in the order of the packed places.
    """
    heads = read_varints(unpack_bytes(places["tiles"])).reshape(-1, 3)
    tile_row, tile_column = np.cumsum(heads[:, 0]), np.cumsum(heads[:, 1])
    counts = heads[:, 2] + 1
    low = np.repeat(_low_bits(counts), counts)
    high = np.frombuffer(unpack_bytes(places["steps"]), np.uint8).astype(np.int64)
    high[high == FAR] += read_varints(unpack_bytes(places["far"]))
    steps = (high << low) | _read_bits(places["bits"], low)
    walked = np.cumsum(steps)
    first = np.cumsum(counts) - counts
    inside = walked - np.repeat(walked[first] - steps[first], counts)
    row = np.repeat(tile_row << TILE_BITS, counts) + (inside >> TILE_BITS)
    column = np.repeat(tile_column << TILE_BITS, counts) + (inside & ((1 << TILE_BITS) - 1))
    return places["x"] + places["unit"] * column, places["y"] + places["unit"] * row


def pack_codes(codes: Ints, *, even: bool = False) -> dict[str, Any]:
    """Pack whole numbers from 0, one for each place.

    Parameters
    ----------
    codes : array of int64, shape (n,)
    even : bool
        Whether neighbouring numbers are about equally common, as days are: then low bits are
        noise, and only the highest eight are worth compressing.

    Returns
    -------
    dict
        ``low`` (how many low bits are written as they are), ``bits`` (these) and ``planes`` (the
        rest: its lowest byte, then the next). Where the rest is below 16, a byte holds ``group``
        of them as the digits, lowest first, of a number to the base ``base``.

    Examples
    --------
    >>> packed = pack_codes(np.array([3, 300, 0]))
    >>> packed["low"], packed["group"], len(packed["planes"]), unpack_codes(packed, 3).tolist()
    (0, 1, 2, [3, 300, 0])
    >>> packed = pack_codes(np.array([1, 3, 2, 0, 2]))
    >>> packed["base"], packed["group"], unpack_codes(packed, 5).tolist()
    (4, 4, [1, 3, 2, 0, 2])
    >>> unpack_codes(pack_codes(np.zeros(0, np.int64)), 0).tolist()
    []
    """
    length = int(codes.max(initial=0)).bit_length()
    low = max(length - 8, 0) if even else 0
    rest = codes >> low
    base = max(int(rest.max(initial=0)) + 1, 2)
    group = max(size for size in range(1, 9) if base**size <= 256 or size == 1)  # noqa: PLR2004
    if group > 1:
        digits = np.concatenate([rest, np.zeros(-len(rest) % group, np.int64)]).reshape(-1, group)
        rest = digits @ base ** np.arange(group)
    return {
        "low": low,
        "base": base,
        "group": group,
        "bits": _pack_bits(codes, np.full(len(codes), low)),
        "planes": [
            _pack_plane((rest >> (8 * place) & 255).astype(np.uint8).tobytes())
            for place in range(max((length - low + 7) // 8, 1))
        ],
    }


def _pack_plane(plane: bytes) -> str:
    """Pack a plane of bytes: Huffman codes alone where its beginning hardly repeats itself.

    There, looking for repetitions takes twenty times as long and makes the plane larger.
    """
    sample = plane[:SAMPLE]
    searched, coded = (len(pack_bytes(sample, LEVEL, way)) for way in STRATEGIES)
    return pack_bytes(plane, LEVEL, STRATEGIES[int(coded <= searched)])


def unpack_codes(packed: dict[str, Any], count: int) -> Ints:
    """Undo `pack_codes`; ``count`` is how many there are."""
    rest = np.asarray(
        sum(
            np.frombuffer(unpack_bytes(plane), np.uint8).astype(np.int64) << (8 * place)
            for place, plane in enumerate(packed["planes"])
        )
    )
    if packed["group"] > 1:
        digits = rest[:, None] // packed["base"] ** np.arange(packed["group"]) % packed["base"]
        rest = digits.ravel()[:count]
    low = _read_bits(packed["bits"], np.full(count, packed["low"]))
    return np.asarray(rest << packed["low"] | low)
