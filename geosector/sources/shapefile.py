"""What the parts of a shapefile say of each other: an index that points into nothing loses places.

GDAL gives no geometry, and no word, for a shape whose record is not where the index has it. A row
that never had a place looks the same, and is told from it here.
"""

from __future__ import annotations

import struct
import zipfile

from geosector.sources.files import Source

_HEAD, _ENTRY, _RECORD = 100, 8, 12
_NULL_SHAPE = 0


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
