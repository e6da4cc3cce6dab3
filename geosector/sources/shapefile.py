"""What a shapefile loses without a word: places that its index does not find, ends of headers.

GDAL gives no geometry, and no word, for a shape whose record is not where the index has it. A row
that never had a place looks the same, and is told from it here. Headers are cut at ten bytes by
whatever writes them, in Arabic within the fifth or sixth letter.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable

import geopandas as gpd

from geosector.language import text
from geosector.sources.feeds import is_feed
from geosector.sources.files import Source
from geosector.sources.values import read_as
from geosector.tables import Problem, columns_cut_off, looks_personal, match_columns

_HEAD, _ENTRY, _RECORD = 100, 8, 12
_NULL_SHAPE = 0
_LONGEST_HEADER = 10
_HEAD_OF_ROWS, _DELETED = 32, b"*"


def part_of(source: Source, ending: str) -> bytes:
    """Give one file of a shapefile, whatever the case of its name.

    Parameters
    ----------
    source : Source
        Of kind ``shp``, on disk or in an archive.
    ending : str
        ``shx``, ``dbf``, ``prj``.

    Returns
    -------
    bytes
        Nothing where there is no such file.
    """
    if source.entry is None:
        wanted = f"{source.path.stem}.{ending}".casefold()
        beside = (one for one in source.path.parent.iterdir() if one.name.casefold() == wanted)
        found = next(beside, None)
        return b"" if found is None else found.read_bytes()
    wanted = f"{source.entry[: -len('.shp')]}.{ending}".casefold()
    with zipfile.ZipFile(source.path) as archive:
        name = next((one for one in archive.namelist() if one.casefold() == wanted), None)
        return b"" if name is None else archive.read(name)


def places_beyond_reach(source: Source) -> set[int]:
    """Find the places of an index whose record is broken off, or is no empty shape.

    Parameters
    ----------
    source : Source
        Of kind ``shp``.

    Returns
    -------
    set of int
        Places from 0: of those that have no geometry, these have lost it.
    """
    index, shapes = part_of(source, "shx")[_HEAD:], part_of(source, "shp")
    found = set()
    for place in range(len(index) // _ENTRY):
        start = 2 * struct.unpack_from(">i", index, _ENTRY * place)[0]
        record = shapes[start : start + _RECORD] if start >= _HEAD else b""
        if len(record) < _RECORD or struct.unpack_from("<i", record, 8)[0] != _NULL_SHAPE:
            found.add(place)
    return found


def rows_deleted(source: Source) -> int:
    """Count the rows that stand in the table, marked as deleted: GDAL passes over them.

    Parameters
    ----------
    source : Source
        Of kind ``shp``.

    Returns
    -------
    int
    """
    attributes = part_of(source, "dbf")
    if len(attributes) < _HEAD_OF_ROWS:
        return 0
    count, begin, width = struct.unpack_from("<IHH", attributes, 4)
    return attributes[begin::width][:count].count(_DELETED) if width else 0


def headers_decoded(headers: Iterable[object]) -> list[str]:
    r"""Decode headers that were read byte by byte: as UTF-8, else as Windows-1256.

    Parameters
    ----------
    headers : iterable
        One letter for each byte.

    Returns
    -------
    list of str
        Without half a letter where they were cut; those that became the same with a number.

    Examples
    --------
    >>> headers_decoded(["id", "\xd9\x82\xd8\xaa\xd9\x84\xd9\x89", "\xe3\xdf\xc7\xe4"])
    ['id', 'قتلى', 'مكان']
    >>> headers_decoded(["x" * 9 + "\xd9", "x" * 9 + "\xd8"]), headers_decoded([])
    (['xxxxxxxxx', 'xxxxxxxxx_2'], [])
    """
    decoded: dict[str, None] = {}
    for header in headers:
        base = _decoded(str(header))
        name, repeat = base, 2
        while name in decoded:
            name, repeat = f"{base}_{repeat}", repeat + 1
        decoded[name] = None
    return list(decoded)


def _decoded(header: str) -> str:
    if header.isascii():
        return header
    data = header.encode("iso-8859-1")
    for end in (len(data), _LONGEST_HEADER - 1):
        try:
            return data[:end].decode("utf-8")
        except UnicodeDecodeError:
            if len(data) != _LONGEST_HEADER:
                break
    return data.decode("cp1256", "replace")


def with_whole_headers(
    features: gpd.GeoDataFrame, name: str, file: str
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Give headers that were cut the name of the one column that begins so, and list them.

    Parameters
    ----------
    features : GeoDataFrame
        Headers and cells as they stand in the file.
    name : str
        The table that it should be.
    file : str
        For the problems.

    Returns
    -------
    tuple = (features, problems)
        A header that may mean several columns, or one that is there already, stays as it is.

    Examples
    --------
    >>> rows = gpd.GeoDataFrame({"killed_uns": [2], "injured": [1], "injured_un": [1]})
    >>> rows, problems = with_whole_headers(rows, "incidents", "damage.shp")
    >>> rows.columns.tolist(), [problem.action for problem in problems]
    (['killed_unspecified', 'injured', 'injured_un'], ['Read as killed_unspecified.', 'Kept as it is.'])
    >>> with_whole_headers(rows[["injured"]], "incidents", "damage.shp")[1]
    []
    """  # noqa: E501 - one line of what is returned
    headers = [str(header) for header in features.columns]
    if name == "gazetteer" or is_feed(headers):  # these have headers of their own
        return features, []
    meant = match_columns(name, headers)
    taken = {*headers, *meant.values()}
    names: dict[str, str] = {}
    problems = []
    for header in headers:
        if header in meant or looks_personal(header) or not _may_be_cut(header):
            continue
        columns = sorted(columns_cut_off(name, header))
        if not columns:
            continue
        is_clear = len(columns) == 1 and columns[0] not in taken
        if is_clear:
            names[header] = columns[0]
            taken.add(columns[0])
        expected = text("the whole header of {columns}; shapefiles cut it at ten bytes",
                        columns=", ".join(columns))  # fmt: skip
        action = read_as(columns[0]) if is_clear else text("Kept as it is.")
        problems.append(Problem(file, None, names.get(header, header), header, expected, action))
    return features.rename(columns=names), problems


def _may_be_cut(header: str) -> bool:
    """Say whether a header is as long as one can be: by its letters, or in UTF-8 by its bytes."""
    size = len(header.encode())
    half = size == _LONGEST_HEADER - 1 and not header.isascii()
    return half or _LONGEST_HEADER in {size, len(header)}
