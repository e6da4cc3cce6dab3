"""Data put into a page so that it is small, and so that no browser or template takes it for code.

Numbers travel as bytes: whole numbers as differences from the one before, each in as few bytes
as it needs (zigzag, LEB128), deflated and written to the base 85. The browser's own
``DecompressionStream`` unpacks them; ``script/packed.js`` reads them back.
"""

from __future__ import annotations

import json
import re
import zlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geosector.maps import kernels

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A "{" in front of these opens a Jinja tag; "<" opens HTML; U+2028 and U+2029 end a line in old
# JavaScript; a lone surrogate has no UTF-8. All are legal JSON as \u escapes.
_UNSAFE = re.compile(r"[<>&\u2028\u2029\ud800-\udfff]|\{(?=[{%#])")

# Neither quotes nor what HTML, templates or JSON escape; the last one is the highest digit.
LEAST_APART = 200  # letters of a packed text that is set apart

_DIGITS = np.frombuffer(
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+,-./:;=?@[]^_|~",
    np.uint8,
)
_VALUES = np.zeros(128, np.int64)
_VALUES[_DIGITS] = np.arange(85)
_POWERS = 85 ** np.arange(4, -1, -1)


def json_text(value: object) -> str:
    r"""Write a value as JSON that is inert inside a page.

    Parameters
    ----------
    value : object
        Dicts, lists, strings, numbers, booleans, None. NaN is refused.

    Returns
    -------
    str
        JSON in which no character can end the script element that holds it or open a template
        tag. It parses back to the same value.

    Raises
    ------
    ValueError
        For NaN and infinity, which JSON lacks: say None where a number is missing.

    Examples
    --------
    >>> json_text({"name": "</script>{{7*7}}"})
    '{"name":"\\u003c/script\\u003e\\u007b{7*7}}"}'
    >>> json_text({})
    '{}'
    >>> json_text(float("nan"))
    Traceback (most recent call last):
    ...
    ValueError: Out of range float values are not JSON compliant...
    """
    written = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", written)


class Packed(str):
    """Bytes written as text: ASCII that needs no escape."""

    __slots__ = ()


def set_apart(value: Any) -> tuple[Any, list[str]]:  # noqa: ANN401 - a tree of JSON
    """Part a tree of dicts and lists from the long packed texts in it.

    A browser then reads only what it draws, and neither side looks for escapes in megabytes that
    have none.

    Returns
    -------
    value
        The same; for a packed text stands ``{"packed": n}``.
    list of str
        The packed texts, the n-th of them in place n.

    Examples
    --------
    >>> tree, packed = set_apart({"steps": pack_bytes(bytes(range(256)) * 8), "few": "text"})
    >>> tree, len(packed)
    ({'steps': {'packed': 0}, 'few': 'text'}, 1)
    >>> set_apart([])
    ([], [])
    """
    apart: list[str] = []

    def parted(value: Any) -> Any:  # noqa: ANN401 - a tree of JSON
        if isinstance(value, dict):
            return {name: parted(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [parted(one) for one in value]
        if isinstance(value, Packed) and len(value) >= LEAST_APART:
            apart.append(value)
            return {"packed": len(apart) - 1}
        return value

    return parted(value), apart


def pack_bytes(raw: bytes, level: int = 9, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> Packed:
    """Deflate bytes and write them as text (`write_bytes`).

    Parameters
    ----------
    raw : bytes
    level, strategy : int
        Of zlib.

    Returns
    -------
    str

    Examples
    --------
    >>> len(pack_bytes(bytes(10_000)))
    34
    """
    # Raw: the browser's "deflate-raw".
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15, strategy=strategy)
    return Packed(write_bytes(deflate.compress(raw) + deflate.flush()))


def unpack_bytes(packed: str) -> bytes:
    """Undo `pack_bytes`.

    Examples
    --------
    >>> unpack_bytes(pack_bytes(b"map"))
    b'map'
    """
    return zlib.decompress(read_bytes(packed), -15)


def write_bytes(raw: bytes) -> str:
    """Write bytes as text: each four as five digits to the base 85, 6 % less than base64.

    The digits need no escape in JSON, in HTML or in an attribute. Of the last one to three bytes
    only as many digits are written as they need, one more than bytes.

    Examples
    --------
    >>> write_bytes(b"map!"), write_bytes(b"m")
    ('ZDDXB', 'Z2')
    >>> read_bytes(write_bytes(b"map")), write_bytes(b"")
    (b'map', '')
    """
    words = np.frombuffer(raw + bytes(-len(raw) % 4), ">u4").astype(np.uint32)
    digits = kernels.digits_of_words(words, _DIGITS).tobytes().decode("ascii")
    return digits[: len(digits) - -len(raw) % 4]


def read_bytes(written: str) -> bytes:
    """Undo `write_bytes`.

    Examples
    --------
    >>> read_bytes("ZDDXB")
    b'map!'
    """
    missing = -len(written) % 5
    digits = _VALUES[np.frombuffer(written.encode("ascii") + b"~" * missing, np.uint8)]
    words = digits.reshape(-1, 5) @ _POWERS
    raw = words.astype(np.uint32).astype(">u4").tobytes()
    return raw[: len(raw) - missing]


def varints(values: Ints) -> bytes:
    """Write whole numbers of either sign in as few bytes as each needs.

    Zigzag (0, −1, 1, −2 … become 0, 1, 2, 3 …), then seven bits a byte, lowest first, the eighth
    bit saying that more follow (LEB128).

    Parameters
    ----------
    values : array of int64, shape (n,)

    Returns
    -------
    bytes

    Examples
    --------
    >>> varints(np.array([0, -1, 1, 300])).hex()
    '000102d804'
    >>> varints(np.array([], dtype=np.int64))
    b''
    """
    return kernels.varint_bytes(np.ascontiguousarray(values, np.int64)).tobytes()


def read_varints(raw: bytes) -> Ints:
    """Undo `varints`.

    Examples
    --------
    >>> read_varints(varints(np.array([5, -70000, 0]))).tolist()
    [5, -70000, 0]
    """
    octets = np.frombuffer(raw, np.uint8).astype(np.uint64)
    last = octets < 128  # noqa: PLR2004 - the eighth bit is not set
    starts = np.flatnonzero(np.concatenate([[True], last[:-1]])[: len(last)])
    number: Ints = np.cumsum(last) - last
    place = np.arange(len(octets)) - starts[number]
    shifted = (octets & np.uint64(127)) << (place.astype(np.uint64) * np.uint64(7))
    zigzag = np.zeros(len(starts), np.uint64)
    np.bitwise_or.at(zigzag, number, shifted)
    return (zigzag >> np.uint64(1)).astype(np.int64) ^ -(zigzag & np.uint64(1)).astype(np.int64)


def pack_shapes(whole: Ints, sizes: Ints, labels: Ints, *, rings: bool) -> Packed:
    """Pack a great many small lines or outlines, smaller than `pack_lines` would.

    First the number of shapes; then of each its label, as the difference from the one before; of
    each how many points it has; of each how far east its first point lies, as the difference from
    that of the shape before, and how far north; then the steps from the first points to the second
    ones of all shapes, from the second ones to the third ones, and so on: numbers that are alike
    stand together, and deflate smaller. A step of an outline is written as its sum with the step
    before last, from the third on (on opposite sides of a house they cancel out), a step of a
    line as its difference from the step before (a street goes on as it went).

    Parameters
    ----------
    whole : array of int64, shape (points, 2)
        East and north in units, shape after shape. An outline comes without the last point that
        is the first again.
    sizes, labels : array of int64, shape (shapes,)
        Points of each shape, one or more; what it is.
    rings : bool
        Whether they are outlines.

    Returns
    -------
    str
        Base64.

    Examples
    --------
    >>> house = np.array([[50, 70], [60, 70], [60, 75], [50, 75]])
    >>> packed = pack_shapes(house, np.array([4]), np.array([2]), rings=True)
    >>> read_varints(unpack_bytes(packed)).tolist()
    [1, 2, 4, 50, 70, 10, 0, 0, 5, 0, 0]
    >>> none = np.array([], np.int64)
    >>> read_varints(unpack_bytes(pack_shapes(house[:0], none, none, rings=False))).tolist()
    [0]
    """
    whole, sizes = (np.ascontiguousarray(given, np.int64) for given in (whole, sizes))
    starts = np.cumsum(sizes) - sizes
    first = whole[starts] - np.concatenate([[[0, 0]], whole[starts][:-1]])[: len(starts)]
    changes = np.diff(labels, prepend=0)
    told = kernels.steps_by_place(whole, sizes, rings)
    values = np.concatenate([[len(sizes)], changes, sizes, *first.T, told])
    raw = varints(values.astype(np.int64))
    # Which is smaller depends on how alike the shapes are; deflate's best level is slow here.
    return min((pack_bytes(raw, 6), pack_bytes(raw, 9, zlib.Z_HUFFMAN_ONLY)), key=len)


def read_shapes(packed: str, *, rings: bool) -> tuple[Ints, Ints, Ints]:
    """Undo `pack_shapes`.

    Returns
    -------
    tuple = (points in units, shape (points, 2); points of each shape; label of each shape)

    Examples
    --------
    >>> house = np.array([[50, 70], [60, 70], [60, 75], [50, 75]])
    >>> packed = pack_shapes(house, np.array([4]), np.array([2]), rings=True)
    >>> points, sizes, labels = read_shapes(packed, rings=True)
    >>> points.tolist() == house.tolist(), sizes.tolist(), labels.tolist()
    (True, [4], [2])
    """
    values = read_varints(unpack_bytes(packed))
    count = int(values[0])
    changes, sizes, east, north = values[1 : 1 + 4 * count].reshape(4, count)
    told = values[1 + 4 * count :].reshape(-1, 2)
    starts = np.cumsum(sizes) - sizes
    points = np.zeros((int(sizes.sum()), 2), np.int64)
    steps = np.zeros_like(points)
    points[starts] = np.cumsum(np.column_stack([east, north]), axis=0)
    for place in range(1, int(sizes.max(initial=0))):
        here = starts[sizes > place] + place
        steps[here], told = told[: len(here)], told[len(here) :]
        if rings and place > 2:  # noqa: PLR2004 - the first with a step before last
            steps[here] -= steps[here - 2]
        elif not rings and place > 1:
            steps[here] += steps[here - 1]
        points[here] = points[here - 1] + steps[here]
    return points, sizes, np.cumsum(changes)


def pack_lines(coordinates: NDArray[np.float64], sizes: Ints, labels: Ints, unit: float) -> str:
    """Pack polylines, each with a number that says what it is.

    For each line: its label as the difference from the one before, its number of points, then
    each point as the difference from the point before, through all lines.

    Parameters
    ----------
    coordinates : array, shape (points, 2)
        Longitude and latitude in degrees, line after line.
    sizes : array of int64, shape (lines,)
        Points of each line.
    labels : array of int64, shape (lines,)
        What each line is.
    unit : float
        Degrees to which coordinates are rounded; 1e-5 is about a metre.

    Returns
    -------
    str
        As `pack_bytes`.

    Examples
    --------
    >>> ends = np.array([[37.0, 36.0], [37.00002, 36.0]])
    >>> packed = pack_lines(ends, np.array([2]), np.array([3]), 1e-5)
    >>> read_varints(unpack_bytes(packed)).tolist()
    [3, 2, 3700000, 3600000, 2, 0]
    """
    whole = np.rint(coordinates / unit).astype(np.int64)
    steps: Ints = whole - np.concatenate([[[0, 0]], whole[:-1]])[: len(whole)]
    starts = 2 * (np.cumsum(sizes) - sizes)
    heads = np.column_stack([labels - np.concatenate([[0], labels[:-1]])[: len(labels)], sizes])
    values = np.insert(steps.ravel(), np.repeat(starts, 2), heads.ravel())
    return pack_bytes(varints(values))


class Lines(NamedTuple):
    """Polylines, one after the other.

    ``coordinates`` are longitudes and latitudes, shape (points, 2); ``sizes`` says how many of
    them each line has, ``labels`` what each line is.
    """

    coordinates: Floats
    sizes: Ints
    labels: Ints


def unpack_lines(packed: str, unit: float) -> Lines:
    """Undo `pack_lines`.

    Parameters
    ----------
    packed : str
    unit : float
        Degrees, as given to `pack_lines`.

    Returns
    -------
    Lines
        The coordinates as they were rounded.

    Examples
    --------
    >>> ends = np.array([[37.0, 36.0], [37.00002, 36.0]])
    >>> lines = unpack_lines(pack_lines(ends, np.array([2]), np.array([3]), 1e-5), 1e-5)
    >>> lines.coordinates.round(5).tolist(), lines.sizes.tolist(), lines.labels.tolist()
    ([[37.0, 36.0], [37.00002, 36.0]], [2], [3])
    >>> none = np.empty(0, np.int64)
    >>> unpack_lines(pack_lines(np.empty((0, 2)), none, none, 1e-5), 1e-5).sizes.tolist()
    []
    """
    values = read_varints(unpack_bytes(packed))
    heads = []
    at = 0
    while at < len(values):
        heads.append(at)
        at += 2 + 2 * int(values[at + 1])
    starts = np.array(heads, np.int64)
    points = np.ones(len(values), bool)
    points[starts] = points[starts + 1] = False
    whole = np.cumsum(values[points].reshape(-1, 2), axis=0).astype(np.float64)
    return Lines(whole * float(unit), values[starts + 1], np.cumsum(values[starts]))
