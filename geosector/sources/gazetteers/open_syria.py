"""The JSON of Open-Syria and of its kin: names by language, parents and registers by id.

``https://github.com/Open-Syria/data-geography``: lists of objects with ``name: {en, ar}``,
``aliases``, ``centroid``, ``area``, ``externalIds`` and the ids of the units above, such as
``districtId``. Which unit is of which level follows from the words of the table, in any country.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geosector.sources.gazetteers.rows import by_script, level_by_people, states_level, unite
from geosector.sources.values import is_missing, written_as

_PARENT = re.compile(r"(\w+)Id")
_LEVELS = ("admin1", "admin2", "admin3")
# The registers of externalIds that other gazetteers know by these prefixes.
_REGISTERS = {"wikidata": "wd", "geonames": "gn", "whosonfirst": "wof", "osm": "osm"}
_PCODES = frozenset({"ochapcode", "pcode"})


def is_open_syria(headers: list[str]) -> bool:
    """Say whether columns come from such objects.

    Parameters
    ----------
    headers : list of str
        Nested facts with a full stop, as `read_records` gives them.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_open_syria(["id", "name.en", "externalIds.ochaPcode"]), is_open_syria(["id", "name"])
    (True, False)
    """
    named = any(header.startswith("name.") for header in headers)
    return named and any(header.startswith("externalIds.") for header in headers)


def from_open_syria(cells: pd.DataFrame, path: Path | None) -> pd.DataFrame:
    """Bring such objects under our names.

    Parameters
    ----------
    cells : pandas.DataFrame
        As `read_records` gives them.
    path : Path or None
        The file. The units above are named by the files beside it that list them
        (``governorates.json`` for ``governorateId``).

    Returns
    -------
    pandas.DataFrame
        Same rows. A unit's level is one below its deepest parent; what lies below the deepest
        unit is a village, town or city by its ``type`` or its people. ``radius_m`` is √(area / π).
    """
    parents = _parents(cells)
    listed = {level: _listed(path, word) for level, (_, word) in parents.items()}
    languages = [header for header in cells.columns if str(header).startswith("name.")]
    rows = []
    for row in cells.to_dict("records"):
        names = by_script(
            [row.get("name.en")],
            [row.get("name.ar")],
            [*(row[h] for h in languages), row.get("aliases")],
        )
        made: dict[str, Any] = {"id": row.get("id"), **names, "level": _level(row, parents)}
        made |= {"pcode": None, "same_as": None, **_registers(row)}
        for level, (header, _) in parents.items():
            name, pcode = listed[level].get(str(row[header]), (None, None))
            made |= {level: name, f"{level}_pcode": pcode}
        if made["level"] in _LEVELS:
            made |= {made["level"]: names["name"], f"{made['level']}_pcode": made["pcode"]}
        made["population"] = row.get("population.value", row.get("population"))
        made["radius_m"] = _radius(row)
        rows.append(made)
    made_rows = pd.DataFrame(rows, index=cells.index, dtype=object)
    for axis, header in (("lat", "centroid.latitude"), ("lon", "centroid.longitude")):
        found = next((h for h in (header, f"coordinates.{header[9:]}", axis) if h in cells), None)
        if found is not None:
            made_rows[axis] = cells[found]
    used = {"aliases", "population.value", "area.value", *languages, *made_rows.columns}
    used |= {h for h in cells if str(h).startswith(("centroid.", "coordinates.", "externalIds."))}
    return pd.concat([made_rows, cells[[h for h in cells if h not in used]]], axis=1)


def _parents(cells: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Find the columns that hold ids of units above: level → (header, word)."""
    found = {}
    for header in cells.columns:
        word = _PARENT.fullmatch(str(header))
        level = states_level(word[1]) if word else None
        if word and level in _LEVELS:
            found[level] = (str(header), word[1])
    return {str(level): found[level] for level in sorted(found)}


def _listed(path: Path | None, word: str) -> dict[str, tuple[str | None, str | None]]:
    """Read the file beside that lists units of a word: id → (name, p-code)."""
    if path is None:
        return {}
    for name in (f"{word}s.json", f"{word}.json"):
        file = path.parent / name
        if not file.is_file():
            continue
        try:
            entries = json.loads(file.read_text(encoding="utf-8-sig"))
        except (ValueError, RecursionError, OSError):  # it is not this file that was asked for
            continue
        return {
            str(entry["id"]): (_english(entry.get("name")), _code(entry.get("externalIds")))
            for entry in entries
            if isinstance(entry, dict) and "id" in entry
        }
    return {}


def _english(name: object) -> str | None:
    if isinstance(name, dict):
        name = name.get("en") or next(iter(name.values()), None)
    return name if isinstance(name, str) else None


def _code(registers: object) -> str | None:
    if not isinstance(registers, dict):
        return None
    return next((str(code) for key, code in registers.items() if key.casefold() in _PCODES), None)


def _level(row: dict[str, Any], parents: dict[str, tuple[str, str]]) -> str | None:
    there = [level for level, (header, _) in parents.items() if not is_missing(row[header])]
    if not there:
        # Without a parent it is of the first level, or an object that has no parents at all.
        stated = states_level(row.get("type", row.get("level")))
        return stated or (
            "admin1" if not parents and _registers(row).get("pcode") is None else None
        )
    deepest = _LEVELS.index(there[-1])
    if deepest + 1 < len(_LEVELS):
        return _LEVELS[deepest + 1]
    stated = states_level(row.get("type", row.get("kind")))
    return stated or level_by_people(row.get("population.value"))


def _registers(row: dict[str, Any]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    others = []
    for header, cell in row.items():
        prefix, _, register = str(header).partition(".")
        if prefix != "externalIds" or is_missing(cell):
            continue
        if register.casefold() in _PCODES:
            found["pcode"] = written_as(cell)
        elif register in _REGISTERS:
            others += [f"{_REGISTERS[register]}:{one}" for one in written_as(cell).split("|")]
    return {**found, "same_as": unite(*others)}


def _radius(row: dict[str, Any]) -> float | None:
    area: Any = row.get("area.value")
    if is_missing(area) or row.get("area.unit", "km2") not in {"km2", "km²"}:
        return None
    return float(np.round(1000 * np.sqrt(float(area) / np.pi)))
