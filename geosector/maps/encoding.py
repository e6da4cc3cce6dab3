"""Data put into a page so that it is small, and so that no browser or template takes it for code.

Numbers travel as bytes: whole numbers as differences from the one before, each in as few bytes
as it needs (zigzag, LEB128), deflated and written in base64. The browser's own
``DecompressionStream`` unpacks them; ``script/packed.js`` reads them back.
"""

from __future__ import annotations

import base64
import json
import re
import zlib

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

# A "{" in front of these opens a Jinja tag; "<" opens HTML; U+2028 and U+2029 end a line in old
# JavaScript; a lone surrogate has no UTF-8. All are legal JSON as \u escapes.
_UNSAFE = re.compile(r"[<>&\u2028\u2029\ud800-\udfff]|\{(?=[{%#])")


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


def pack_bytes(raw: bytes) -> str:
    """Deflate bytes and write them in base64.

    Examples
    --------
    >>> len(pack_bytes(bytes(10_000)))
    36
    """
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)  # raw: the browser's "deflate-raw"
    return base64.b64encode(deflate.compress(raw) + deflate.flush()).decode("ascii")


def unpack_bytes(packed: str) -> bytes:
    """Undo `pack_bytes`.

    Examples
    --------
    >>> unpack_bytes(pack_bytes(b"map"))
    b'map'
    """
    return zlib.decompress(base64.b64decode(packed), -15)


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
    zigzag = ((values << 1) ^ (values >> 63)).astype(np.uint64)
    length = np.ones(len(zigzag), np.int64)
    for more in range(1, 10):
        length += zigzag >= np.uint64(1) << np.uint64(7 * more)
    start = np.cumsum(length) - length
    out = np.zeros(int(length.sum()), np.uint8)
    for place in range(int(length.max(initial=0))):
        here = length > place
        bits = (zigzag[here] >> np.uint64(7 * place)) & np.uint64(127)
        follows = (length[here] > place + 1).astype(np.uint64) << np.uint64(7)
        out[start[here] + place] = (bits | follows).astype(np.uint8)
    return out.tobytes()


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
        Base64.

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
