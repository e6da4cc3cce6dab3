"""GeoNames: the country dumps, and the tables of codes and of further names beside them.

https://download.geonames.org/export/dump/readme.txt: tabs, no quotes, no header.
"""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from geosector.errors import UnreadableFileError
from geosector.language import text
from geosector.sources.files import BROKEN_ARCHIVE, measured_entries
from geosector.sources.gazetteers.rows import by_script, level_by_people, states_level
from geosector.sources.spreadsheet import row_left_out
from geosector.sources.values import is_missing
from geosector.tables import Problem, fold_label

GEONAMES = (
    "geonameid", "name", "asciiname", "alternatenames", "latitude", "longitude",
    "feature class", "fcode", "country code", "cc2", "admin1 code", "admin2 code", "admin3 code",
    "admin4 code", "population", "elevation", "dem", "timezone", "modification date",
)  # fmt: skip
MARKS = frozenset({"geonameid", "asciiname", "fcode"})
_PLACES = frozenset({"P", "A"})
_CLASSES = frozenset("AHLPRSTUV")
# Names that are no names: the page of an encyclopaedia, codes of airports and of post offices.
_NO_NAMES = frozenset(
    {"link", "post", "iata", "icao", "faac", "tcid", "unlc", "phon", "piny", "abbr", "uicn", "wkdt"}
)
_ALTERNATE_COLUMNS = 4
_CODE_TABLES = (("admin1 code", "admin1codesascii.txt"), ("admin2 code", "admin2codes.txt"))
# What was and is no more: abandoned, destroyed and historical places stay findable as villages.
_LEVELS = {"PPLCH": "village", "PPLQ": "village", "PPLW": "village", "PPLH": "village"}


def looks_like_geonames(lines: list[str]) -> bool:
    r"""Say whether lines are a GeoNames dump: its shape tells, since it has no header.

    Parameters
    ----------
    lines : list of str

    Returns
    -------
    bool

    Examples
    --------
    >>> looks_like_geonames(["171\tSarmin" + 4 * "\t" + "\tP\tPPL" + 11 * "\t"])
    True
    >>> looks_like_geonames(["id\tname"]), looks_like_geonames([])
    (False, False)
    """
    first = lines[0].removeprefix("\ufeff").split("\t") if lines else []
    return len(first) == len(GEONAMES) and first[0].isdigit() and first[6] in _CLASSES


def geonames_places(lines: list[str], file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a GeoNames dump: no header, tabs, and no quotes.

    Parameters
    ----------
    lines : list of str
        The lines of the file.
    file : str
        For the problems.

    Returns
    -------
    tuple = (cells, problems)
        Populated places and administrative units; how many features of other kinds (streams,
        hills) were left out is listed in one problem for each class.
    """
    rows = {n: line.split("\t") for n, line in enumerate(lines, start=1) if line.strip()}
    whole = {number: row for number, row in rows.items() if len(row) == len(GEONAMES)}
    problems = [
        Problem(file, number, None, str(len(row)),
                text("{count} cells, as in the header", count=len(GEONAMES)), row_left_out())
        for number, row in rows.items()
        if number not in whole
    ]  # fmt: skip
    cells = pd.DataFrame(
        list(whole.values()), columns=list(GEONAMES), index=pd.Index(list(whole), dtype="int64"),
        dtype="object",
    )  # fmt: skip
    cells = cells.where(cells != "", None)
    kinds = cells["feature class"].fillna("")
    for kind, count in kinds[~kinds.isin(_PLACES)].value_counts(sort=False).sort_index().items():
        given = text("{count} features of class {kind}", count=count, kind=kind or "—")
        problems.append(
            Problem(file, None, "feature class", given, "P, A", text("They were left out."))
        )
    return cells[kinds.isin(_PLACES)].drop(columns=["feature class"]), problems


def from_geonames(cells: pd.DataFrame, path: Path | None) -> pd.DataFrame:
    """Bring rows of a GeoNames dump under our names.

    Parameters
    ----------
    cells : pandas.DataFrame
        Columns as in `GEONAMES`.
    path : Path or None
        The dump. Beside it, in the same folder, may lie ``admin1CodesASCII.txt`` and
        ``admin2Codes.txt`` (names of the units; else the dump's own units name them) and the
        table of further names (``alternateNamesV2.txt`` or a folder ``alternatenames`` with the
        country's file, zipped or not).

    Returns
    -------
    pandas.DataFrame
        Same rows: ``id`` (``gn:…``), ``name, name_ar, names, lat, lon, level, admin1, admin2,
        population, same_as``.
    """
    ids = [str(one) for one in cells["geonameid"]]
    further = _further_names(path, set(ids))
    names = []
    same_as = []
    for number, own, plain, others in zip(
        ids, cells["name"], cells["asciiname"], cells["alternatenames"], strict=True
    ):
        listed = [] if is_missing(others) else str(others).replace("|", " ").split(",")
        extra = further.get(number, [])
        latin = [name for language, name in extra if language == "en"]
        arabic = [name for language, name in extra if language == "ar"]
        rest = [name for language, name in extra if language not in _NO_NAMES]
        names.append(by_script([own, plain], arabic, [*latin, *listed, *rest]))
        found = [f"wd:{name}" for language, name in extra if language == "wkdt"]
        same_as.append("|".join(found) or None)
    made = pd.DataFrame(
        names, index=cells.index, columns=["name", "name_ar", "names"], dtype=object
    )
    made.insert(0, "id", [f"gn:{number}" for number in ids])
    made["lat"], made["lon"] = cells["latitude"], cells["longitude"]
    made["level"] = [
        _level(code, people)
        for code, people in zip(cells["fcode"], cells["population"], strict=True)
    ]
    made["population"], made["same_as"] = cells["population"], same_as
    units = _unit_names(cells, path)
    countries = cells["country code"] if "country code" in cells.columns else [None] * len(cells)
    codes = [
        [None] * len(cells) if column not in cells.columns else cells[column].tolist()
        for column, _ in _CODE_TABLES
    ]
    for level, column in enumerate(("admin1", "admin2"), start=1):
        made[column] = [
            units.get(".".join(str(one) for one in (country, *parts)))
            for country, *parts in zip(countries, *codes[:level], strict=True)
        ]
    return made


def _level(code: object, people: object) -> str | None:
    """Say what a code means; a "populated place" (PPL) says nothing of its size."""
    if code == "PPL":
        return level_by_people(people)
    return _LEVELS.get(str(code)) or states_level(code)


def _unit_names(cells: pd.DataFrame, path: Path | None) -> dict[str, str]:
    """Name units by their codes, ``SY.09`` and ``SY.09.1``: from the tables, else the dump."""
    found: dict[str, str] = {}
    for country, kind, first, second, name in zip(
        *(
            cells.get(column, pd.Series(None, cells.index, dtype=object))
            for column in ("country code", "fcode", "admin1 code", "admin2 code", "asciiname")
        ),
        strict=True,
    ):
        if not is_missing(name) and kind in {"ADM1", "ADM2"}:
            parts = (country, first) if kind == "ADM1" else (country, first, second)
            found.setdefault(".".join(str(part) for part in parts), str(name))
    tables = {file for _, file in _CODE_TABLES}
    for table in _beside(path, tables.__contains__):
        for row in _lines(table):
            if len(row) == _ALTERNATE_COLUMNS:
                found[row[0]] = row[2] or row[1]
    return found


def _further_names(path: Path | None, ids: set[str]) -> dict[str, list[tuple[str, str]]]:
    """Read the table of further names, if it is there: id → (language, name), preferred first."""
    files = _beside(path, lambda name: name.startswith("alternatenames"))
    if path is not None and (folder := path.parent / "alternatenames").is_dir():
        stem = path.stem.casefold()
        files += _beside(folder / path.name, lambda name: Path(name).stem == stem)
    found: dict[str, list[tuple[bool, str, str]]] = defaultdict(list)
    for file in files:
        for row in _lines(file):
            if len(row) >= _ALTERNATE_COLUMNS and row[1] in ids and row[3]:
                preferred = len(row) > _ALTERNATE_COLUMNS and row[4] == "1"
                found[row[1]].append((not preferred, row[2].casefold(), row[3].replace("|", " ")))
    return {
        number: [(language, name) for _, language, name in sorted(names, key=lambda one: one[0])]
        for number, names in found.items()
    }


def _beside(path: Path | None, fits: Callable[[str], bool]) -> list[Path]:
    if path is None or not path.parent.is_dir():
        return []
    return sorted(
        file
        for file in path.parent.iterdir()
        if not (file == path and file.parent.name.casefold() != "alternatenames")
        and file.suffix.casefold() in {".txt", ".zip"}
        and file.is_file()
        and fits(file.name.casefold())
    )


def _lines(file: Path) -> Iterator[list[str]]:
    """Give the cells of each line, of a text or of the one that a zip holds, one at a time."""
    try:
        if file.suffix.casefold() != ".zip":
            with file.open(encoding="utf-8-sig", errors="replace") as lines:
                for line in lines:
                    yield line.rstrip("\r\n").split("\t")
            return
        with zipfile.ZipFile(file) as archive:
            for entry in measured_entries(archive, file.name):
                if fold_label(entry.filename).startswith(("readme", "iso language")):
                    continue
                with archive.open(entry) as data:
                    for line in io.TextIOWrapper(data, "utf-8-sig", "replace"):
                        yield line.rstrip("\r\n").split("\t")
    except UnreadableFileError:
        raise
    except BROKEN_ARCHIVE as error:
        raise UnreadableFileError(
            text("{file}: the table beside the gazetteer cannot be read ({detail}). "
                 "Take it out of the folder, or get it once more.",
                 file=file.name, detail=str(error) or type(error).__name__)
        ) from error  # fmt: skip
