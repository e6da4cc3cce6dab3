"""The data files of this room, read once each: words, rules, figures, weights."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def read_data(name: str) -> dict[str, Any]:
    """Read a data file that lies beside this module.

    Parameters
    ----------
    name : str
        ``.toml`` or ``.json``.

    Returns
    -------
    dict
        The file as it is; the same object each time, not to be changed.

    Examples
    --------
    >>> sorted(read_data("scores.toml"))
    ['radius_m', 'stated']
    """
    written = (resources.files("geosector") / "geocode" / name).read_text(encoding="utf-8")
    return dict(json.loads(written) if name.endswith(".json") else tomllib.loads(written))
