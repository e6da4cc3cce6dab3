"""OCHA's common operational datasets: administrative units (COD-AB) and populated places.

Their columns are spelled differently from country to country and year to year (``ADM2_EN``,
``admin2Name_en``, ``adm2_name1``, ``admin2Pcode``): each says a level from 0 to 4 and a fact.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd

from geosector.language import text
from geosector.sources.check import row_number
from geosector.sources.gazetteers.rows import by_script, level_by_people, states_level
from geosector.sources.values import is_missing, written_as
from geosector.tables import Problem, fold_label

_HEADER = re.compile(r"adm(?:in)?_?([0-4])_?(.*)")
_CODE = frozenset({"pcode", "pcod", "code", "pc"})
_NO_NAME = ("date", "valid", "type", "id", "gid", "capital", "uid", "src", "source")
_PLACE_NAME = re.compile(
    r"(?:feature|place|ppl|settlement|locality|village|community|loc)?(?:name|refname|altname\d?)"
    r"(?:[a-z]{2,3})?\d?"
)
_PLACE_CODE = re.compile(r"(?:feature|place|ppl|settlement|locality|village|community)?pcode")
_PLACE_KIND = re.compile(
    r"(?:feature|place|ppl|location|settlement|locality)(?:type|class|kind)|type|fclass|class"
)
_AXES = (
    ("lat", ("latitude", "lat", "center lat")),
    ("lon", ("longitude", "long", "lon", "center lon")),
)
_DEEPEST_UNIT, _COMMUNITY = 3, 4


def is_cod(headers: list[str]) -> bool:
    """Say whether columns are those of a common operational dataset.

    Parameters
    ----------
    headers : list of str

    Returns
    -------
    bool
        True where a column holds the code of a unit by its level, and another its name.

    Examples
    --------
    >>> is_cod(["ADM1_EN", "ADM1_PCODE"]), is_cod(["admin2Name_en", "admin2Pcode", "date"])
    (True, True)
    >>> is_cod(["name", "admin1", "admin1_pcode"]), is_cod([])
    (False, False)
    """
    facts = [fact for header in headers if (fact := _fact(header)) is not None]
    coded = {level for level, kind in facts if kind == "pcode"}
    named = {level for level, kind in facts if kind != "pcode"}
    # Our own table has admin1 and admin1_pcode too, and beside them a name and a level.
    own = {"name", "level"} <= set(headers) or "admin1" in headers
    return bool(coded & named) and not own


def _fact(header: object) -> tuple[int, str] | None:
    """Say of which level a column tells, and what: its code, a name, another name."""
    found = _HEADER.fullmatch(str(header).strip().casefold())
    if found is None:
        return None
    rest = re.sub(r"[_\W]", "", found[2])
    if rest in _CODE:
        return int(found[1]), "pcode"
    if rest.startswith(_NO_NAME):
        return None
    other = "alt" in rest or "ref" in rest
    return int(found[1]), "other" if other else f"name {rest.replace('name', '')}"


def from_cod(cells: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Bring units or populated places of a common operational dataset under our names.

    Parameters
    ----------
    cells : pandas.DataFrame
        As found: one layer, with the columns of one level or several.
    file : str
        For the problems.

    Returns
    -------
    tuple = (cells, problems)
        The deepest level with a code is the row's own; those above are its parents. Places that
        are points of level 4, or that have a name of their own, are villages where no column
        says more. The country itself (level 0) is left out: it says nothing in its own gazetteer.
    """
    units = _columns_by_level(cells)
    own = _own_columns(cells)
    levels = _deepest(cells, units)
    country = levels == 0 if not own["name"] else np.zeros(len(cells), bool)
    made = []
    for place, row in enumerate(cells.to_dict("records")):
        made.append(_row(row, int(levels[place]), units, own))
    rows = pd.DataFrame(made, index=cells.index, dtype=object)
    for column, header in own["axes"].items():
        rows[column] = cells[header]
    taken = {header for found in units.values() for headers in found.values() for header in headers}
    taken |= {*own["name"], *own["pcode"], *own["kind"], *own["axes"].values()}
    taken |= set(rows.columns)
    rest = [header for header in cells.columns if header not in taken]
    rows = pd.concat([rows, cells[rest]], axis=1)
    if isinstance(cells, gpd.GeoDataFrame):
        rows = gpd.GeoDataFrame(rows, geometry=cells.geometry.name, crs=cells.crs)
    problems = _foreign_codes(cells, units, file)
    if country.any():
        given = text("{count} countries (level 0)", count=int(country.sum()))
        problems.append(
            Problem(
                file, None, "level", given, "admin1, admin2, admin3", text("They were left out.")
            )
        )
    return rows[~country], problems


def _foreign_codes(
    cells: pd.DataFrame, units: dict[int, dict[str, list[str]]], file: str
) -> list[Problem]:
    """List the units whose code does not begin with that of the unit above, as p-codes do.

    One of the two is a slip, and only the writer knows which: both are kept.
    """
    headers = [facts["pcode"][0] for facts in units.values() if facts.get("pcode")]
    problems = []
    for above, header in pairwise(headers):
        for place, (parent, code) in enumerate(zip(cells[above], cells[header], strict=True)):
            if is_missing(parent) or is_missing(code):
                continue
            if not written_as(code).strip().startswith(written_as(parent).strip()):
                problems.append(
                    Problem(
                        file, row_number(cells.index, place), header, written_as(code),
                        text("a p-code that begins with that of the unit above, {code}",
                             code=written_as(parent)),
                        text("Kept as it is."),
                    )
                )  # fmt: skip
    return problems


def _columns_by_level(cells: pd.DataFrame) -> dict[int, dict[str, list[str]]]:
    """Group the columns: level → fact → headers, English and Arabic names first."""
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    spoken = _languages(cells)
    for header in cells.columns:
        fact = _fact(header)
        if fact is not None:
            found[fact[0]][spoken.get(fact[1], fact[1])].append(str(header))
    return {level: dict(facts) for level, facts in sorted(found.items())}


def _languages(cells: pd.DataFrame) -> dict[str, str]:
    """Say in which language adm1_name, adm1_name1 … are, where lang, lang1 … tell it.

    ``name `` → ``name en``; only where every row that says so says the same.
    """
    spoken = {}
    for header in cells.columns:
        found = re.fullmatch(r"lang(\d?)", str(header).strip().casefold())
        said = set() if found is None else {*cells[header].dropna().astype(str).str.casefold()}
        if found is not None and len(said) == 1:
            spoken[f"name {found[1]}"] = f"name {said.pop().strip()}"
    return spoken


def _own_columns(cells: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Find what a table of populated places says of the place itself, and where it lies."""
    own: dict[str, dict[str, str]] = {"name": {}, "pcode": {}, "kind": {}, "axes": {}}
    geometry = cells.geometry.name if isinstance(cells, gpd.GeoDataFrame) else None
    for header in cells.columns:
        if header == geometry or _fact(header) is not None:
            continue
        folded = fold_label(header)
        joined = folded.replace(" ", "")
        for kind, pattern in (("pcode", _PLACE_CODE), ("name", _PLACE_NAME), ("kind", _PLACE_KIND)):
            if pattern.fullmatch(joined):
                own[kind][str(header)] = joined
                break
        for axis, words in _AXES:
            plain = re.sub(r" ?(?:dd|deg|wgs84| x| y)$", "", folded)
            if geometry is None and plain in words:
                own["axes"].setdefault(axis, str(header))
    return own


def _deepest(cells: pd.DataFrame, units: dict[int, dict[str, list[str]]]) -> np.ndarray:
    levels = np.full(len(cells), -1)
    for level, facts in units.items():
        for headers in facts.values():
            for header in headers:
                levels[~cells[header].map(is_missing).to_numpy(dtype=bool)] = level
    return levels


def _names(row: dict[str, object], facts: dict[str, list[str]]) -> dict[str, str | None]:
    """Unite the names of one unit: English first, then the others in the order of the file."""
    written = {
        fact: [written_as(row[header]) for header in headers if not is_missing(row[header])]
        for fact, headers in facts.items()
        if fact != "pcode"
    }
    others = [name for fact, names in written.items() if fact != "other" for name in names]
    return by_script(
        written.get("name en", []), written.get("name ar", []), [*others, *written.get("other", [])]
    )


def _row(
    row: dict[str, object],
    level: int,
    units: dict[int, dict[str, list[str]]],
    own: dict[str, dict[str, str]],
) -> dict[str, object]:
    """Make one place of one row."""
    named = {at: _names(row, facts) for at, facts in units.items()}
    codes = {
        at: next(
            (written_as(row[h]) for h in facts.get("pcode", []) if not is_missing(row[h])), None
        )
        for at, facts in units.items()
    }
    made: dict[str, object] = {}
    for at in range(1, _DEEPEST_UNIT + 1):
        unit = named.get(at, {})
        made[f"admin{at}"] = unit.get("name") or unit.get("name_ar")
        made[f"admin{at}_pcode"] = codes.get(at)
    said = {
        header: written_as(row[header]) for header in own["name"] if not is_missing(row[header])
    }
    own_code = next(
        (written_as(row[header]) for header in own["pcode"] if not is_missing(row[header])), None
    )
    kind = next(
        (found for header in own["kind"] if (found := states_level(row[header])) is not None), None
    )
    if said:
        folded = own["name"]
        english = [name for header, name in said.items() if folded[header].endswith("en")]
        arabic = [name for header, name in said.items() if folded[header].endswith("ar")]
        unit = named.get(_COMMUNITY, {}) if level == _COMMUNITY else {}
        made |= by_script(english, arabic, [*said.values(), *unit.values()])
        made["level"] = kind or level_by_people(row.get("population"))
        own_code = own_code or (codes.get(level) if level == _COMMUNITY else None)
    else:
        made |= named.get(level, {"name": None, "name_ar": None, "names": None})
        unit_level = f"admin{level}" if 0 < level <= _DEEPEST_UNIT else None
        made["level"] = kind if level == _COMMUNITY and kind else unit_level
        if level == _COMMUNITY and not kind:
            made["level"] = level_by_people(row.get("population"))
        own_code = codes.get(level)
    return {"id": own_code, "pcode": own_code, **made}
