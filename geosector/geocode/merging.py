"""Several gazetteers become one: the rows of one place together, homonyms apart, sources kept.

Rows are one place under one id or p-code, or under a name in common nearby (``merging.toml`` has
the distances, measured). Rows of one table stay apart, as its makers had the whole list before
them. Every row goes into exactly one place, and the order of the tables does not change which.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, cast

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geosector.crs import WGS84, distances_m
from geosector.geocode.data import read_data
from geosector.geocode.names import name_keys, normalise
from geosector.tables import require_table
from geosector.tables import table as table_of

_TEXTS = (
    "id", "name", "name_ar", "names", "level", "admin1", "admin1_pcode", "admin2", "admin2_pcode",
    "admin3", "admin3_pcode", "parent", "parent_id", "pcode", "same_as", "source", "point_source",
    "admin1_source", "names_learned",
)  # fmt: skip
_NUMBERS = ("lat", "lon", "population", "radius_m", "precision_m")
# Registers whose items repeat a place too often for two of them to prove two places.
_LOOSE_REGISTERS = frozenset({"wd"})
_ARTICLE = "ال"
# The columns that decide what is merged, and how.
COMPARED = (*_TEXTS, *_NUMBERS)
MEMBER_COLUMNS = ("table", "row", "row_id", "place_id", "reason", "distance_m")


class _Pair(NamedTuple):
    """Two rows that may be one place: by a code (0) or by a name (1), how far apart."""

    by: int
    metres: float
    keys: tuple[str, str]
    one: int
    other: int


class _Rows(NamedTuple):
    """All rows under one another, with what is compared of them.

    ``cells``: the columns of the gazetteer, text empty where missing. ``keys``: content of each
    row, for an order that does not depend on that of the tables. ``limits``: km.
    """

    cells: pd.DataFrame
    tables: NDArray[np.int64]
    keys: list[str]
    own: list[str]
    codes: list[frozenset[str]]
    classes: list[str]
    limits: NDArray[np.float64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    governorates: list[str]
    sides: list[frozenset[tuple[int, int]]]


def merge_gazetteers(tables: Sequence[pd.DataFrame]) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Make one gazetteer of several.

    Parameters
    ----------
    tables : sequence of DataFrame
        As `read_gazetteer` gives them. The id of a place is that of the first table that has it.

    Returns
    -------
    tuple = (places, members)
        ``places``: a gazetteer, EPSG:4326. Names, level and governorate are those of the source
        that comes first in ``merging.toml``, then of the table given first; ``names`` unites the
        spellings; ``same_as`` the ids;
        ``source`` names every source, ``point_source`` the one of the point: the first of
        ``merging.toml`` among the points known to 60 m, else the most precise. A governorate that
        no source gives is that of most places around (``admin1_source`` is then ``nearest``), and a
        neighbourhood without city has the nearest as ``parent``.
        ``members``: one row for each row given: ``table`` (from 0), ``row`` (its label), ``row_id,
        place_id, reason`` (``alone, code, name``), ``distance_m`` to the point of the place.

    Raises
    ------
    InputError
        Where something given is no table.

    Examples
    --------
    >>> one = pd.DataFrame({"id": ["gn:1", "gn:2"], "name": ["Al Bab", "Al Bab"],
    ...                     "lat": [36.37, 33.1], "lon": [37.52, 36.2]})
    >>> two = pd.DataFrame({"id": ["C9"], "pcode": ["C9"], "name": ["El-Bab"],
    ...                     "name_ar": ["الباب"], "lat": [36.3701], "lon": [37.5157]})
    >>> places, members = merge_gazetteers([one, two])
    >>> places[["id", "name", "names", "same_as"]].fillna("").to_numpy().tolist()
    [['gn:1', 'Al Bab', 'El-Bab', 'pcode:C9'], ['gn:2', 'Al Bab', '', '']]
    >>> members[["table", "row_id", "place_id", "reason"]].to_numpy().tolist()[2]
    [1, 'C9', 'gn:1', 'name']
    >>> merge_gazetteers([])[0].empty
    True
    >>> merge_gazetteers(["SY.txt"])
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: gazetteer is a str; give a DataFrame.
    """
    for one in tables:
        require_table(one, "gazetteer")
    rows = _compared(_stacked(tables))
    pairs = sorted([*_pairs_by_code(rows), *_pairs_by_name(rows)])
    groups, reasons = _grouped(rows, pairs)
    places = _with_parents(_with_governorates(_united(rows, groups)))
    order = [column for column in table_of("gazetteer").columns if column in places.columns]
    further = [column for column in places.columns if column not in order]
    points = gpd.points_from_xy(places["lon"], places["lat"])
    points[places["lat"].isna().to_numpy(dtype=bool)] = None
    made = gpd.GeoDataFrame(places[[*order, *further]], geometry=points, crs=WGS84)
    return made, _members(rows, groups, reasons, made)


def _rules() -> dict[str, Any]:
    return read_data("merging.toml")


# ---------------------------------------------------------------- rows, made comparable


def _stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put all rows under one another; text is empty and numbers are NaN where they are missing."""
    stacked = []
    for number, table in enumerate(tables):
        whole = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
        if "geometry" in table.columns:
            points = table.geometry.representative_point()
            for axis, values in (("lat", points.y), ("lon", points.x)):
                given = whole[axis] if axis in whole.columns else pd.Series(np.nan, whole.index)
                whole[axis] = pd.to_numeric(given, errors="coerce").fillna(values)
        for column in _TEXTS:
            cells = whole[column] if column in whole.columns else [None] * len(whole)
            whole[column] = pd.Series([_text(one) for one in cells], whole.index, dtype=object)
        for column in _NUMBERS:
            cells = whole[column] if column in whole.columns else pd.Series(np.nan, whole.index)
            whole[column] = pd.to_numeric(cells, errors="coerce").astype(float)
        whole["_table"], whole["_label"] = number, list(whole.index)
        stacked.append(whole)
    if not stacked:
        return pd.DataFrame(columns=[*_TEXTS, *_NUMBERS, "_table", "_label"])
    filled = [one for one in stacked if len(one)] or stacked[:1]
    return pd.concat(filled, ignore_index=True)


def _text(cell: object) -> str:
    return "" if cell is None or cell is pd.NA or cell != cell else str(cell).strip()  # noqa: PLR0124 - NaN


def _compared(cells: pd.DataFrame) -> _Rows:
    rules = _rules()
    class_of = {level: name for name, levels in rules["classes"].items() for level in levels}
    levels = _levels(cells)
    columns = ("id", "name", "name_ar", "names", "pcode", "lat", "lon", "level", "source")
    own = [
        _own_code(number, code, source or f"table {table}")
        for number, code, source, table in zip(
            cells["id"], cells["pcode"], cells["source"], cells["_table"], strict=True
        )
    ]
    return _Rows(
        cells=cells,
        tables=cells["_table"].to_numpy(dtype=np.int64),
        keys=["\x1f".join(map(str, row)) for row in cells[list(columns)].itertuples(index=False)],
        own=own,
        codes=[
            frozenset({one, f"pcode:{pcode.upper()}" if pcode else "", *others.split("|")} - {""})
            for one, pcode, others in zip(own, cells["pcode"], cells["same_as"], strict=True)
        ],
        classes=[class_of[level] for level in levels],
        limits=np.array([rules["within_km"][level] for level in levels], float),
        lat=cells["lat"].to_numpy(dtype=float),
        lon=cells["lon"].to_numpy(dtype=float),
        governorates=_governorates(cells),
        sides=[_sides(*names) for names in zip(cells["name"], cells["name_ar"], strict=True)],
    )  # fmt: skip


def _levels(cells: pd.DataFrame) -> list[str]:
    """Give each row a level; where the source says none, by its people."""
    known = _rules()["within_km"]
    counted = sorted(_rules()["people"].items(), key=lambda one: -one[1])
    return [
        level
        if level in known
        else next((name for name, least in counted if people >= least), "village")
        for level, people in zip(cells["level"], cells["population"], strict=True)
    ]


def _own_code(number: str, pcode: str, source: str) -> str:
    """Say the id so that it means one place everywhere: a bare number does so in its file alone."""
    if not number or number == pcode:
        return ""
    return number if ":" in number else f"{source}#{number}"


def _register(code: str) -> str:
    """Say in which register a code is one: two different codes of one register are two places."""
    if "#" in code:
        return code.rpartition("#")[0]
    prefix, _, number = code.partition(":")
    # Nodes, ways and relations are counted each for themselves.
    return f"osm:{number[:1]}" if prefix == "osm" else prefix


def _governorates(cells: pd.DataFrame) -> list[str]:
    """Give each row the code of its governorate, by its name where some table tells both."""
    meant: dict[str, set[str]] = defaultdict(set)
    units = cells["level"] == "admin1"
    told = cells[(cells["admin1_pcode"] != "") | units]
    for name, code, pcode, unit, *names in zip(
        told["admin1"], told["admin1_pcode"], told["pcode"], units[told.index],
        told["name"], told["name_ar"], told["names"], strict=True,
    ):  # fmt: skip
        found = code or pcode
        if found:
            for spelling in (name, *(names if unit else ())):
                for part in filter(None, spelling.split("|")):
                    meant[normalise(part)].add(found)
    sure = {name: next(iter(codes)) for name, codes in meant.items() if len(codes) == 1}
    by_name = {name: sure.get(normalise(name), "") for name in set(cells["admin1"]) if name}
    return [
        code or by_name.get(name, "")
        for code, name in zip(cells["admin1_pcode"], cells["admin1"], strict=True)
    ]


@cache
def _side_words() -> dict[str, tuple[int, int]]:
    return {
        normalise(word): (axis, side)
        for axis, opposites in enumerate(_rules()["opposites"])
        for side, words in enumerate(opposites["words"])
        for word in words
    }


def _sides(*names: str) -> frozenset[tuple[int, int]]:
    """Say which of two opposites (upper, lower …) a name takes."""
    known = _side_words()
    found = set()
    for name in names:
        for word in normalise(name).split():
            side = known.get(word) or known.get(word.removeprefix(_ARTICLE))
            if side is not None:
                found.add(side)
    return frozenset(found)


def _opposed(one: frozenset[tuple[int, int]], other: frozenset[tuple[int, int]]) -> bool:
    mine, theirs = dict(one), dict(other)
    return any(theirs[axis] != side for axis, side in mine.items() if axis in theirs)


# ---------------------------------------------------------------- which rows may be one place


def _pairs_by_code(rows: _Rows) -> list[_Pair]:
    """Pair rows under one code, each with the nearest of every other table."""
    holders: dict[str, list[int]] = defaultdict(list)
    for row, codes in enumerate(rows.codes):
        for code in codes:
            holders[code].append(row)
    ones, others = [], []
    for held in holders.values():
        for place, one in enumerate(held):
            for other in held[place + 1 :]:
                ones.append(one)
                others.append(other)
    times = float(_rules()["same_code"]["times"])
    pairs = _near(rows, np.array(ones, int), np.array(others, int), times, by=0)
    return [
        pair
        for pair in pairs
        # In one table a repeated id is as often a slip: there the names must agree as well.
        if rows.tables[pair.one] != rows.tables[pair.other]
        or (rows.own[pair.one] == rows.own[pair.other] and _share_a_name(rows, pair))
    ]


def _share_a_name(rows: _Rows, pair: _Pair) -> bool:
    one, other = (
        {
            key
            for column in ("name", "name_ar")
            for key in _name_keys(str(rows.cells[column].iloc[row]))
        }
        for row in (pair.one, pair.other)
    )
    return bool(one & other)


def _pairs_by_name(rows: _Rows) -> list[_Pair]:
    """Pair rows where the name of one is a spelling of the other, in any other table."""
    if len(set(rows.tables.tolist())) <= 1:
        return []
    numbers: dict[str, int] = {}
    known: dict[str, tuple[int, ...]] = {}

    def numbered(name: str) -> tuple[int, ...]:
        if name not in known:
            keys = _name_keys(name)
            known[name] = tuple(numbers.setdefault(key, len(numbers)) for key in keys)
        return known[name]

    heads: list[tuple[int, int]] = []
    spellings: list[tuple[int, int]] = []
    for row, (name, arabic, others) in enumerate(
        zip(rows.cells["name"], rows.cells["name_ar"], rows.cells["names"], strict=True)
    ):
        own = {key for one in (name, arabic) if one for key in numbered(one)}
        further = {key for one in others.split("|") if one for key in numbered(one)}
        heads += [(key, row) for key in own]
        spellings += [(key, row) for key in own | further]
    ones, others_ = _joined(heads, spellings, rows)
    pairs = _near(rows, ones, others_, 1.0, by=1)
    return [pair for pair in pairs if not _opposed(rows.sides[pair.one], rows.sides[pair.other])]


@cache
def _name_keys_of(name: str) -> frozenset[str]:
    keys = name_keys(name)
    return frozenset(keys[rule] for rule in ("generic", "sound") if keys.get(rule))


def _name_keys(name: str) -> frozenset[str]:
    return _name_keys_of(name) if name else frozenset()


def _joined(
    heads: list[tuple[int, int]], spellings: list[tuple[int, int]], rows: _Rows
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give each pair of rows of different tables that meet under one key, once."""
    left = np.array(heads, np.int64).reshape(-1, 2)
    right = np.array(spellings, np.int64).reshape(-1, 2)
    right = right[np.argsort(right[:, 0], kind="stable")]
    first = np.searchsorted(right[:, 0], left[:, 0], "left")
    counts = np.searchsorted(right[:, 0], left[:, 0], "right") - first
    one = np.repeat(left[:, 1], counts)
    starts = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    other = right[starts + np.arange(len(one)), 1]
    # A rough box in degrees spares most of the distances.
    reach = (
        rows.limits.max(initial=0.0) / 100 / np.cos(np.radians(np.abs(rows.lat[one]).clip(0, 80)))
    )
    near = (np.abs(rows.lat[one] - rows.lat[other]) < reach) & (
        np.abs(rows.lon[one] - rows.lon[other]) < reach
    )
    near &= rows.tables[one] != rows.tables[other]
    low, high = np.minimum(one[near], other[near]), np.maximum(one[near], other[near])
    both = np.unique(low * len(rows.keys) + high)
    return both // max(len(rows.keys), 1), both % max(len(rows.keys), 1)


def _near(
    rows: _Rows, ones: NDArray[np.int64], others: NDArray[np.int64], times: float, *, by: int
) -> list[_Pair]:
    """Keep the pairs of one class that lie near enough, in governorates that do not differ."""
    if not len(ones):
        return []
    metres = distances_m(rows.lon[ones], rows.lat[ones], rows.lon[others], rows.lat[others])
    limit = 1000 * times * np.minimum(rows.limits[ones], rows.limits[others])
    border = 1000 * float(_rules()["borders"]["within_km"])
    found = []
    for place in np.flatnonzero(metres <= limit).tolist():  # never so for a missing point
        one, other, far = int(ones[place]), int(others[place]), float(metres[place])
        here, there = rows.governorates[one], rows.governorates[other]
        apart = here and there and here != there and far > border
        if rows.classes[one] == rows.classes[other] and not (apart and by == 1):
            keys = sorted((rows.keys[one], rows.keys[other]))
            found.append(_Pair(by, round(far, 1), (keys[0], keys[1]), one, other))
    return found


# ---------------------------------------------------------------- which rows are one place


def _grouped(rows: _Rows, pairs: Sequence[_Pair]) -> tuple[NDArray[np.int64], list[str]]:
    """Join rows pair by pair, codes before names and the nearest first, where nothing forbids it.

    Returns
    -------
    tuple = (groups, reasons)
        The first row of each row's place, and by what it came to it.
    """
    group = list(range(len(rows.keys)))
    members: dict[int, list[int]] = {row: [row] for row in group}
    reasons = ["alone"] * len(group)
    for pair in pairs:
        one, other = group[pair.one], group[pair.other]
        if one == other or not _may_join(rows, members[one], members[other], by=pair.by):
            continue
        keep, leave = min(one, other), max(one, other)
        for row in members[keep] + members[leave]:
            if reasons[row] == "alone":
                reasons[row] = "name" if pair.by else "code"
        for row in members.pop(leave):
            group[row] = keep
            members[keep].append(row)
    return np.array(group, np.int64), reasons


def _may_join(rows: _Rows, ones: Sequence[int], others: Sequence[int], *, by: int) -> bool:
    """Say whether nothing that two groups hold speaks against their being one place."""
    times = 1.0 if by else float(_rules()["same_code"]["times"])
    for one in ones:
        for other in others:
            if rows.tables[one] == rows.tables[other] and (
                not rows.own[one] or rows.own[one] != rows.own[other]
            ):
                return False
            if _contradict(rows.codes[one], rows.codes[other]):
                return False
            if _rough_km(rows, one, other) > times * min(rows.limits[one], rows.limits[other]):
                return False
    return True


def _contradict(ones: frozenset[str], others: frozenset[str]) -> bool:
    """Say whether two rows have different codes of one register, and none in common there."""
    if not ones or not others:
        return False
    mine, theirs = _by_register(ones), _by_register(others)
    return any(
        register in theirs and not codes & theirs[register]
        for register, codes in mine.items()
        if register not in _LOOSE_REGISTERS
    )


def _by_register(codes: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for code in codes:
        found[_register(code)].add(code)
    return found


def _rough_km(rows: _Rows, one: int, other: int) -> float:
    """Measure on the sphere: within groups of a few rows, whose pairs were measured exactly."""
    lat, other_lat = math.radians(rows.lat[one]), math.radians(rows.lat[other])
    half = math.sin((lat - other_lat) / 2) ** 2
    turn = math.radians(rows.lon[one] - rows.lon[other])
    half += math.cos(lat) * math.cos(other_lat) * math.sin(turn / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(half))) * 0.995


# ---------------------------------------------------------------- one row for each place


def _united(rows: _Rows, groups: NDArray[np.int64]) -> pd.DataFrame:
    """Unite the rows of each place; places stand in the order of their first rows."""
    rules = _rules()
    cells = rows.cells.drop(columns=["_label"])
    kinds = _ranks(cells["source"], rules["kinds"]["order"])
    point_from = cells["point_source"].where(cells["point_source"] != "", cells["source"])
    order = rules["points"]["order"]
    points = _ranks(point_from, order)
    # A list with p-codes is OCHA's, whatever file it came in: who asks by p-code means that point.
    points = points.where(
        (cells["pcode"] == "") | (points != order.index("table")), order.index("cod")
    )
    coarse = cells["precision_m"].fillna(np.inf)
    coarse = coarse.where(coarse >= float(rules["points"]["coarse_m"]), 0.0)
    cells = cells.assign(
        point_source=point_from,
        _group=groups,
        _kind=kinds,
        _coarse=coarse,
        _point=points,
    )
    columns = [c for c in cells.columns if not c.startswith("_")]
    empty = cells.assign(**{c: cells[c].where(cells[c] != "", None) for c in _TEXTS})
    # Nobody lives there, or nobody counted: a number of another source says more.
    empty["population"] = empty["population"].where(empty["population"] > 0)
    # Among sources of one rank the table given first comes first: the rows stand in that order.
    ranked = empty.sort_values("_kind", kind="stable")
    united = ranked.groupby("_group", sort=True)[columns].first()
    united["population"] = united["population"].fillna(cells.groupby("_group")["population"].max())
    by_file = empty.groupby("_group", sort=True)["id"].first()
    united["id"] = by_file.fillna(united["pcode"])
    placed = empty.assign(_nowhere=empty["lat"].isna()).sort_values(
        ["_nowhere", "_coarse", "_point"], kind="stable"
    )
    where = placed.drop_duplicates("_group").set_index("_group").sort_index()
    for column in ("lat", "lon", "precision_m", "point_source"):
        united[column] = where[column]
    united = united.astype(dict.fromkeys(_TEXTS, object)).reset_index(drop=False)
    united["id"] = _unique(united["id"], united["source"])
    united = _with_united_lists(united, rows, groups, kinds).drop(columns="_group")
    return _with_parents_united(united, rows, groups)


def _unique(ids: pd.Series, sources: pd.Series) -> pd.Series:
    """Say of which source an id is, where the bare id of an earlier place is the same."""
    taken: set[str] = set()
    made: list[str | None] = []
    for number, source in zip(ids, sources, strict=True):
        found = number
        if number in taken and ":" not in number:
            found = f"{str(source).partition('|')[0]}#{number}"
        copy = 1
        while found is not None and found in taken:
            copy += 1
            found = f"{number}-{copy}"
        taken.add(found)
        made.append(found)
    return pd.Series(made, ids.index, dtype=object)


def _with_parents_united(
    united: pd.DataFrame, rows: _Rows, groups: NDArray[np.int64]
) -> pd.DataFrame:
    """Let the id of a parent be that of the place which the parent has become."""
    given = rows.cells["parent_id"]
    if not (given != "").any():
        return united
    number = {group: place for place, group in enumerate(np.unique(groups).tolist())}
    become: dict[tuple[object, str], str] = {}
    ids = united["id"].tolist()
    for row, (group, own) in enumerate(zip(groups.tolist(), rows.cells["id"], strict=True)):
        for key in ((int(rows.tables[row]), own), (None, own)):
            become.setdefault(key, ids[number[group]])
    named: dict[int, str] = {}
    for row, parent in enumerate(given.tolist()):
        if parent:
            own_table = become.get((int(rows.tables[row]), parent))
            named.setdefault(
                number[int(groups[row])], own_table or become.get((None, parent), parent)
            )
    parents = [named.get(place, old) for place, old in enumerate(united["parent_id"].tolist())]
    return united.assign(parent_id=pd.Series(parents, united.index, dtype=object))


def _ranks(sources: pd.Series, order: Sequence[str]) -> pd.Series:
    place = {kind: rank for rank, kind in enumerate(order)}
    plain = place["table"]
    ranks = {
        source: min(place.get(one.partition(":")[0], plain) for one in str(source).split("|"))
        for source in set(sources)
    }
    return sources.map(ranks)


def _with_united_lists(
    united: pd.DataFrame, rows: _Rows, groups: NDArray[np.int64], kinds: pd.Series
) -> pd.DataFrame:
    """Unite spellings, ids and sources of the places that have several rows."""
    members: dict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups.tolist()):
        members[group].append(row)
    lists = {c: united[c].tolist() for c in ("names", "same_as", "source", "names_learned")}
    texts = {
        c: rows.cells[c].tolist() for c in ("name", "name_ar", "names", "source", "names_learned")
    }
    ranks = kinds.tolist()
    heads = united[["id", "name", "name_ar"]].to_numpy()
    for place, group in enumerate(united["_group"].tolist()):
        if len(members[group]) == 1:
            continue
        own, *named = heads[place]
        order = sorted(members[group], key=lambda row: (ranks[row], row))
        spelled = [texts[c][row] for row in order for c in ("name", "name_ar", "names")]
        lists["names"][place] = _listed(spelled, but=named)
        codes = sorted({code for row in order for code in rows.codes[row]})
        lists["same_as"][place] = _listed(codes, but={own})
        for column in ("source", "names_learned"):
            lists[column][place] = _listed(texts[column][row] for row in order)
    return united.assign(
        **{c: pd.Series(values, united.index, dtype=object) for c, values in lists.items()}
    )


def _listed(cells: Iterable[str], but: Iterable[object] = ()) -> str | None:
    found = dict.fromkeys(part.strip() for cell in cells for part in cell.split("|"))
    for one in ("", *but):
        found.pop(cast("str", one), None)
    return "|".join(found) or None


def _members(
    rows: _Rows, groups: NDArray[np.int64], reasons: Sequence[str], places: pd.DataFrame
) -> pd.DataFrame:
    """Say of every row given which place it went to, by what, and how far it lies from it."""
    number = {group: place for place, group in enumerate(np.unique(groups).tolist())}
    of = np.array([number[group] for group in groups.tolist()], int)
    lat, lon = (places[axis].to_numpy(dtype=float)[of] for axis in ("lat", "lon"))
    there = ~np.isnan(rows.lat) & ~np.isnan(lat)
    metres = np.full(len(of), np.nan)
    metres[there] = distances_m(rows.lon[there], rows.lat[there], lon[there], lat[there])
    return pd.DataFrame(
        {
            "table": rows.tables,
            "row": rows.cells["_label"].to_numpy(),
            "row_id": rows.cells["id"].where(rows.cells["id"] != "", None),
            "place_id": places["id"].to_numpy()[of],
            "reason": list(reasons),
            "distance_m": np.round(metres, 1),
        },
        columns=list(MEMBER_COLUMNS),
    )


# ---------------------------------------------------------------- what the places around tell


def _with_governorates(places: pd.DataFrame) -> pd.DataFrame:
    """Fill a missing governorate from most of the nearest places that have one of their own."""
    rules = _rules()["nearest"]
    placed = places["lat"].notna() & places["lon"].notna()
    told = placed & places["admin1"].notna() & places["admin1_source"].isna()
    asking = np.flatnonzero(
        (placed & places["admin1"].isna() & places["admin1_pcode"].isna()).to_numpy()
    )
    voters = np.flatnonzero(told.to_numpy())
    if not len(asking) or not len(voters):
        return places
    # In the order of their ids, so that equal distances are decided by the places alone.
    voters = voters[np.argsort(places["id"].iloc[voters].astype(str).to_numpy(), kind="stable")]
    points = _on_the_ground(places)
    count = min(int(rules["count"]), len(voters))
    far, near = cKDTree(points[voters]).query(
        points[asking], k=list(range(1, count + 1)), distance_upper_bound=float(rules["within_km"])
    )
    columns = ("admin1", "admin1_pcode", "admin1_source")
    made: dict[str, list[Any]] = {c: places[c].tolist() for c in columns}
    names, codes = made["admin1"][:], made["admin1_pcode"][:]
    for place, row in enumerate(asking.tolist()):
        found = [
            int(voters[one])
            for one, km in zip(near[place], far[place], strict=True)
            if np.isfinite(km)
        ]
        if not found:
            continue
        votes = Counter(names[one] for one in found)
        winner = max(
            votes, key=lambda name: (votes[name], -[names[one] for one in found].index(name))
        )
        made["admin1"][row] = winner
        made["admin1_pcode"][row] = next(
            (codes[one] for one in found if names[one] == winner and codes[one]), None
        )
        made["admin1_source"][row] = "nearest"
    return places.assign(**{c: pd.Series(v, places.index, dtype=object) for c, v in made.items()})


def _with_parents(places: pd.DataFrame) -> pd.DataFrame:
    """Name the city that a neighbourhood is part of, where no source does."""
    rules = _rules()["nearest"]
    levels = pd.Series(_levels(places), places.index)
    reach = levels.map({"city": float(rules["city_km"]), "town": float(rules["town_km"])})
    placed = places["lat"].notna().to_numpy()
    towns = np.flatnonzero(reach.notna().to_numpy() & placed)
    asking = np.flatnonzero(
        ((places["level"] == "neighbourhood") & places["parent"].isna()).to_numpy() & placed
    )
    if not len(towns) or not len(asking):
        return places
    points = _on_the_ground(places)
    ids = places["id"].astype(str).tolist()
    around = cKDTree(points[towns]).query_ball_point(points[asking], float(rules["city_km"]))
    names, parents = places["parent"].tolist(), places["parent_id"].tolist()
    for row, found in zip(asking.tolist(), around, strict=True):
        shares = sorted(
            (
                float(np.linalg.norm(points[row] - points[town])) / float(reach.iloc[town]),
                ids[town],
                town,
            )
            for town in towns[found].tolist()
        )
        if shares and shares[0][0] <= 1:
            town = places.iloc[shares[0][2]]
            names[row] = town["name"] or town["name_ar"]
            parents[row] = town["id"]
    return places.assign(
        parent=pd.Series(names, places.index, dtype=object),
        parent_id=pd.Series(parents, places.index, dtype=object),
    )


def _on_the_ground(places: Mapping[str, pd.Series] | pd.DataFrame) -> NDArray[np.float64]:
    """Give points on the sphere, in km: straight distances between near ones are those on it."""
    lat, lon = (
        np.radians(np.nan_to_num(places[axis].to_numpy(dtype=float))) for axis in ("lat", "lon")
    )
    return 6371.0 * np.column_stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    )
