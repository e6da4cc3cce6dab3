"""Text and JSON: what a program writes for people and for other programs."""

from __future__ import annotations

import datetime as dt
import json
import os

import numpy as np

from geosector.errors import InputError
from geosector.language import text
from geosector.storage.atomic import AnyPath, write_bytes


def write_text(path: AnyPath, written: str) -> None:
    r"""Write text to a file, in UTF-8 on every system, line ends as they are in the text.

    Parameters
    ----------
    path : str or path
        Replaced where it exists.
    written : str
        The whole content.

    Raises
    ------
    StorageError
        Where writing failed. The file that stood there before is whole.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder) / "note.txt", "إدلب\n")
    ...     (Path(folder) / "note.txt").read_bytes().decode()
    'إدلب\n'
    """
    write_bytes(path, written.encode("utf-8", "replace"))


def write_json(path: AnyPath, value: object) -> None:
    r"""Write a value as JSON, readable by people: indented, letters as letters, keys in order.

    Parameters
    ----------
    path : str or path
        Replaced where it exists.
    value : object
        Of dicts, lists, texts, numbers, booleans and None; numpy numbers and dates are taken too.

    Raises
    ------
    InputError
        Where JSON has no word for something in it, such as NaN.
    StorageError
        Where writing failed. The file that stood there before is whole.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "summary.json"
    ...     write_json(file, {"المدينة": "إدلب", "sectors": np.int64(12)})
    ...     file.read_text(encoding="utf-8")
    '{\n  "المدينة": "إدلب",\n  "sectors": 12\n}\n'
    >>> write_json("summary.json", {"mean": float("nan")})
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: summary.json cannot hold this value: ...
    """
    try:
        written = json.dumps(
            value, ensure_ascii=False, allow_nan=False, indent=2, default=json_value
        )
    except (TypeError, ValueError) as error:
        raise InputError(
            text(
                "{path} cannot hold this value: {reason}.", path=os.fspath(path), reason=str(error)
            )
        ) from error
    write_text(path, written + "\n")


def json_value(value: object) -> object:
    """Give what JSON has no word for in words that it has: for `json.dumps`."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    raise TypeError(type(value).__name__)
