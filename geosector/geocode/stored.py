"""The compiled index in one file, so that the next run begins at once.

The file's name is the hash of what went into it: the cells of the tables, and the code and words
that read them. Another table, or another version of geosector, is another file; an index is never
read for what it was not made from. It is an ``.npz`` without pickled objects, so that reading
one never runs code.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geosector import storage
from geosector.geocode.gazetteer import (
    COLUMNS,
    FORMS,
    Gazetteer,
    Grams,
    Hint,
    NameTable,
    Place,
    Spellings,
    index_gazetteer,
)
from geosector.geocode.merging import COMPARED

# What decides how a name is compiled: a change in any of these makes another index.
_SOURCES = (
    "gazetteer.py", "likeness.py", "merging.py", "merging.toml", "names.py", "sounds.py",
    "stored.py", "words.toml",
)  # fmt: skip
_END = "\x00"
_PLACE_TEXTS = ("id", "name", "level", "admin1", "admin1_pcode", "admin2", "source")
_PLACE_NUMBERS = ("lat", "lon", "population", "radius_m")
_SPELLING_ARRAYS = (
    "starts", "arabic", "primary", "learned", "raw", "whole", "ayn", "kinds", "qualifiers",
    "numbers",
)  # fmt: skip
Arrays = dict[str, NDArray[Any]]


def open_gazetteer(
    tables: Sequence[pd.DataFrame], cache_folder: str | os.PathLike[str] | None = None
) -> Gazetteer:
    """Give the index over tables of places, from its file where there is one.

    Parameters
    ----------
    tables : sequence of DataFrame
        As for `index_gazetteer`.
    cache_folder : path, optional
        Where compiled indexes are kept; made where it is missing. Default: nothing is read or
        written.

    Returns
    -------
    Gazetteer
        Equal to ``index_gazetteer(tables)``. A file that cannot be read is made anew.

    Raises
    ------
    StorageError
        Where the folder cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> towns = pd.DataFrame({"name": ["Al Bab"], "lat": [36.37], "lon": [37.52]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first, again = (open_gazetteer([towns], folder) for _ in range(2))
    ...     kept = [file.suffix for file in Path(folder).iterdir()]
    >>> kept, first.places == again.places, again.named("al-Bab")["article"]
    (['.npz'], True, (0,))
    """
    if cache_folder is None:
        return index_gazetteer(tables)
    folder = storage.make_folder(cache_folder)
    file = folder / f"gazetteer-{content_hash(tables)}.npz"
    stored = _read(file)
    if stored is not None:
        return stored
    index = index_gazetteer(tables)
    storage.write_bytes(file, to_bytes(index))
    return index


def content_hash(tables: Sequence[pd.DataFrame]) -> str:
    """Hash what an index is made from: the cells that count, and the code that reads them.

    Parameters
    ----------
    tables : sequence of DataFrame

    Returns
    -------
    str
        32 hexadecimal digits.

    Examples
    --------
    >>> one, other = (pd.DataFrame({"name": [name], "note": 1}) for name in ("A", "B"))
    >>> content_hash([one]) == content_hash([one.drop(columns="note")]) != content_hash([other])
    True
    """
    digest = hashlib.blake2b(_version(), digest_size=16)
    for table in tables:
        digest.update(f"{_END}{len(table)}".encode())
        for column in dict.fromkeys((*COLUMNS, *COMPARED)):
            if column in table.columns:
                cells = "\x1f".join(map(str, table[column].tolist()))
                digest.update(f"{_END}{column}{_END}{cells}".encode("utf-8", "surrogatepass"))
        if "geometry" in table.columns:
            points = table.geometry.representative_point()
            digest.update(np.column_stack([points.x, points.y]).tobytes())
    return digest.hexdigest()


@cache
def _version() -> bytes:
    digest = hashlib.blake2b(f"{np.__version__} {pd.__version__}".encode())
    for name in _SOURCES:
        digest.update((resources.files("geosector") / "geocode" / name).read_bytes())
    return digest.digest()


# --------------------------------------------------------------- writing


def to_bytes(index: Gazetteer) -> bytes:
    """Write an index as the bytes of an ``.npz`` file; the same index gives the same bytes.

    Parameters
    ----------
    index : Gazetteer

    Returns
    -------
    bytes
    """
    arrays: Arrays = {
        **{name: _pack([getattr(one, name) for one in index.places]) for name in _PLACE_TEXTS},
        **{name: _column(index.places, name, float) for name in _PLACE_NUMBERS},
        "names.hashes": index.names.hashes,
        "names.starts": index.names.starts,
        "names.places": index.names.places,
        "pcodes": _pack(index.pcodes),
        "pcodes.counts": np.array([len(one) for one in index.pcodes.values()], np.int64),
        "pcodes.places": np.array(list(chain.from_iterable(index.pcodes.values())), np.int64),
        "units": _pack(index.units),
        "units.admin1": _pack([one.admin1 for one in index.units.values()]),
        "units.admin2": _pack([one.admin2 for one in index.units.values()]),
        "admin1.numbers": index.admin1,
        "admin2.numbers": index.admin2,
        "unit_numbers": _pack(index.unit_numbers),
        **{f"spellings.{name}": getattr(index.spellings, name) for name in _SPELLING_ARRAYS},
        **{f"forms.{name}": coded for name, coded in index.spellings.forms.items()},
        **_gram_arrays("written", index.written),
        **_gram_arrays("skeletons", index.skeletons),
    }
    held = io.BytesIO()
    np.savez(held, allow_pickle=False, **arrays)
    return held.getvalue()


def _column(places: Sequence[Place], name: str, kind: type) -> NDArray[Any]:
    return np.array([getattr(one, name) for one in places], kind)


def _pack(texts: Sequence[str] | Mapping[str, object]) -> NDArray[np.uint8]:
    whole = "".join(f"{one.replace(_END, ' ')}{_END}" for one in texts)
    return np.frombuffer(whole.encode("utf-8", "surrogatepass"), np.uint8)


def _gram_arrays(prefix: str, grams: Grams) -> Arrays:
    return {
        f"{prefix}.data": grams.cells.data,
        f"{prefix}.indices": grams.cells.indices,
        f"{prefix}.indptr": grams.cells.indptr,
        f"{prefix}.columns": _pack(grams.columns),
        f"{prefix}.rarity": grams.rarity,
        f"{prefix}.starts": grams.starts,
        f"{prefix}.places": grams.places,
    }


# --------------------------------------------------------------- reading


def _read(file: Path) -> Gazetteer | None:
    """Read an index; ``None`` where there is none or the file is damaged."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return _from_arrays(dict(arrays))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _from_arrays(arrays: Arrays) -> Gazetteer:
    texts = [_unpack(arrays[name]) for name in _PLACE_TEXTS]
    numbers = [arrays[name].tolist() for name in _PLACE_NUMBERS]
    columns = dict(zip((*_PLACE_TEXTS, *_PLACE_NUMBERS), (*texts, *numbers), strict=True))
    rows = zip(*(columns[name] for name in Place._fields), strict=True)
    places = tuple(Place(*row) for row in rows)
    held = np.split(arrays["pcodes.places"], np.cumsum(arrays["pcodes.counts"])[:-1])
    units = (_unpack(arrays[name]) for name in ("units", "units.admin1", "units.admin2"))
    return Gazetteer(
        places=places,
        names=NameTable(*(arrays[f"names.{name}"] for name in ("hashes", "starts", "places"))),
        pcodes=dict(
            zip(_unpack(arrays["pcodes"]), (tuple(one.tolist()) for one in held), strict=False)
        ),
        units={key: Hint(first, second) for key, first, second in zip(*units, strict=True)},
        spellings=Spellings(
            forms={form: arrays[f"forms.{form}"] for form in FORMS},
            **{name: arrays[f"spellings.{name}"] for name in _SPELLING_ARRAYS},
        ),
        written=_grams_from("written", arrays),
        skeletons=_grams_from("skeletons", arrays),
        admin1=arrays["admin1.numbers"],
        admin2=arrays["admin2.numbers"],
        unit_numbers={name: number for number, name in enumerate(_unpack(arrays["unit_numbers"]))},
        lat=arrays["lat"],
        lon=arrays["lon"],
    )


def _unpack(packed: NDArray[Any]) -> list[str]:
    return packed.tobytes().decode("utf-8", "surrogatepass").split(_END)[:-1]


def _grams_from(prefix: str, arrays: Arrays) -> Grams:
    own = {name: arrays[f"{prefix}.{name}"] for name in ("data", "indices", "indptr")}
    starts = arrays[f"{prefix}.starts"]
    shape = (len(own["indptr"]) - 1, len(starts) - 1)
    cells = sparse.csr_matrix((own["data"], own["indices"], own["indptr"]), shape=shape)
    columns = {run: number for number, run in enumerate(_unpack(arrays[f"{prefix}.columns"]))}
    return Grams(
        cells, columns, arrays[f"{prefix}.rarity"], starts, arrays[f"{prefix}.places"]
    )  # fmt: skip
