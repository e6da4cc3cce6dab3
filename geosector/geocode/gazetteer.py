"""An index over tables of places: by name under every rule, by p-code, by likeness.

Several tables make one index. A place that a later table repeats (the same ``id``) adds its
spellings and fills what was missing; every place remembers which table it came from.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, pairwise
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geosector.geocode.names import RULES, name_keys, normalise, words

Area = tuple[float, float, float, float]
SameName = Mapping[str, tuple[int, ...]]

COLUMNS = (
    "id", "name", "name_ar", "names", "lat", "lon", "level", "admin1", "admin1_pcode", "admin2",
    "pcode", "population",
)  # fmt: skip
_TEXTS = tuple(set(COLUMNS) - {"lat", "lon", "population"})
CITY_PEOPLE, TOWN_PEOPLE = 100_000, 10_000
_GRAMS = (2, 3)
# Names at once while likeness is computed: at most 256 × 25,000 spellings, some 30 MB.
_BATCH = 256


class Place(NamedTuple):
    """One place: what a match says about it. ``source`` counts the tables given, from 0."""

    id: str
    name: str
    lat: float
    lon: float
    level: str
    admin1: str
    admin1_pcode: str
    admin2: str
    population: float
    source: int


class Hint(NamedTuple):
    """A governorate or a district that a place should lie in; keys as in `normalise`."""

    admin1: str
    admin2: str


class Similar(NamedTuple):
    """A place with a spelling like the one asked for; ``likeness`` is 1.0 for the same key."""

    place: int
    likeness: float


@dataclass(frozen=True)
class Gazetteer:
    """Places and the ways to find them. Positions in ``places`` are what the indexes hold.

    ``same_name``: rule → key → places. ``pcodes``: folded p-code → places. ``spellings``: the
    places of each row of ``grams``. ``grams``: spellings × n-grams, weighted by rarity, rows of
    length 1. ``columns``: n-gram → column of ``grams``. ``rarity``: weight of each column.
    """

    places: tuple[Place, ...]
    same_name: Mapping[str, SameName]
    pcodes: Mapping[str, tuple[int, ...]]
    units: Mapping[str, Hint]
    spellings: tuple[tuple[int, ...], ...]
    grams: sparse.csr_matrix
    columns: Mapping[str, int]
    rarity: NDArray[np.float64]

    def bounds(self, positions: Iterable[int] | None = None) -> Area | None:
        """Give the box around places.

        Parameters
        ----------
        positions : iterable of int, optional
            Default: all places.

        Returns
        -------
        tuple = (west, south, east, north) or None
            Degrees; ``None`` for no place.
        """
        chosen = self.places if positions is None else [self.places[one] for one in positions]
        if not chosen:
            return None
        lons, lats = [place.lon for place in chosen], [place.lat for place in chosen]
        return (min(lons), min(lats), max(lons), max(lats))

    def named(self, name: str) -> dict[str, tuple[int, ...]]:
        """Give the places that bear a name, under each rule that finds any, strictest first.

        Parameters
        ----------
        name : str
            In any spelling.

        Returns
        -------
        dict
            Rule → positions of places.
        """
        keys = name_keys(name)
        found = {rule: self.same_name[_index_rule(rule)].get(key, ()) for rule, key in keys.items()}
        return {rule: places for rule, places in found.items() if places}

    def hint(self, name: object) -> Hint | None:
        """Say which governorate or district a hint means.

        Parameters
        ----------
        name : object
            A name in any spelling or a p-code of any level.

        Returns
        -------
        Hint or None
            ``None`` where it is unknown.
        """
        written = normalise(name)
        for key in (written, *name_keys(name).values()):
            if key in self.units:
                return self.units[key]
        if any(letter.isdigit() for letter in written):  # SY0203 lies in SY02
            for length in range(len(written) - 1, 2, -1):
                if written[:length] in self.units:
                    return self.units[written[:length]]
        return None

    def hint_of_town(self, name: str) -> Hint | None:
        """Say in which governorate the town of a name lies, where only one such town is known.

        Parameters
        ----------
        name : str
            In any spelling, also in a script in which the units have no names.

        Returns
        -------
        Hint or None
        """
        named = next(iter(self.named(name).values()), ())
        found = [self.places[one] for one in named]
        towns = {place.admin1 for place in found if place.population >= TOWN_PEOPLE}
        return Hint(towns.pop(), "") if len(towns) == 1 and "" not in towns else None

    def similar(self, names: Sequence[str], count: int) -> list[tuple[Similar, ...]]:
        """Give the places with the most similar spellings.

        The likeness of two spellings is the cosine of their 2- and 3-letter runs, each weighted
        by how rare it is among all spellings.

        Parameters
        ----------
        names : sequence of str
            In any spelling.
        count : int
            How many places for each.

        Returns
        -------
        list of tuple of Similar
            For each name, best first; fewer where fewer share any run of letters.
        """
        found: list[tuple[Similar, ...]] = []
        for start in range(0, len(names), _BATCH):
            keys = [_likeness_key(name) for name in names[start : start + _BATCH]]
            wanted = _gram_matrix(keys, self.columns, self.rarity)
            likeness = sparse.csr_matrix(wanted @ self.grams.T)
            for low, high in pairwise(likeness.indptr.tolist()):
                rows, values = likeness.indices[low:high], likeness.data[low:high]
                found.append(self._best(rows, values, count))
        return found

    def _best(
        self, rows: NDArray[np.int32], values: NDArray[np.float64], count: int
    ) -> tuple[Similar, ...]:
        # A place may have several spellings: look further than the count.
        width = min(2 * count, len(rows))
        if width == 0:
            return ()
        top = np.argpartition(-values, width - 1)[:width]
        order = top[np.lexsort((rows[top], -values[top]))]
        best: dict[int, float] = {}
        for row, value in zip(rows[order].tolist(), values[order].tolist(), strict=True):
            for place in self.spellings[row]:
                best.setdefault(place, min(1.0, value))
        return tuple(Similar(place, value) for place, value in list(best.items())[:count])


def _index_rule(rule: str) -> str:
    # A name less a word for another kind of place is looked up among the plain names.
    return "sound" if rule == "other_kind" else rule


def index_gazetteer(tables: Sequence[pd.DataFrame]) -> Gazetteer:
    """Make an index over one or several tables of places.

    Parameters
    ----------
    tables : sequence of DataFrame
        With the columns of the gazetteer table (``id, name, name_ar, names, lat, lon, level,
        admin1, admin1_pcode, admin2, pcode, population``; all but a name and a position may be
        missing), or with point geometries in EPSG:4326 instead of ``lat, lon``. Rows without
        a position or without any name or p-code are left out.

    Returns
    -------
    Gazetteer

    Examples
    --------
    >>> towns = pd.DataFrame({"id": ["1"], "name": ["Al Bab"], "name_ar": ["الباب"],
    ...                       "lat": [36.37], "lon": [37.52]})
    >>> index = index_gazetteer([towns])
    >>> index.named("مدينة الباب")
    {'generic': (0,), 'sound': (0,)}
    >>> index_gazetteer([]).bounds() is None
    True
    """
    rows = _merged(tables)
    places = tuple(_place(row) for row in rows)
    spelled = [_spellings(row) for row in rows]
    same_name: dict[str, dict[str, list[int]]] = {rule: defaultdict(list) for rule in RULES}
    likeness: dict[str, list[int]] = defaultdict(list)
    for position, names in enumerate(spelled):
        for name in names:
            keys = name_keys(name)
            for rule, key in keys.items():
                _append(same_name[rule][key], position)
            if keys:
                _append(likeness[keys["sound"]], position)
    columns, rarity = _gram_weights(likeness)
    pcodes: dict[str, list[int]] = defaultdict(list)
    for position, row in enumerate(rows):
        if row["pcode"]:
            pcodes[normalise(row["pcode"]).replace(" ", "")].append(position)
    return Gazetteer(
        places=places,
        same_name={rule: _frozen(keys) for rule, keys in same_name.items()},
        pcodes=_frozen(pcodes),
        units=_units(places),
        spellings=tuple(tuple(found) for found in likeness.values()),
        grams=_gram_matrix(list(likeness), columns, rarity),
        columns=columns,
        rarity=rarity,
    )


def _append(positions: list[int], position: int) -> None:
    if not positions or positions[-1] != position:
        positions.append(position)


def _frozen(found: Mapping[str, list[int]]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(positions) for key, positions in found.items()}


# --------------------------------------------------------------- rows to places


def _merged(tables: Sequence[pd.DataFrame]) -> list[dict[str, object]]:
    """Read every row once; a row whose id an earlier table holds completes that row."""
    rows: dict[tuple[object, ...], dict[str, object]] = {}
    for source, table in enumerate(tables):
        for number, row in enumerate(_rows(table)):
            own = row["id"] or row["pcode"]
            key = (own,) if own else (source, number)
            earlier = rows.get(key)
            if earlier is None:
                rows[key] = {**row, "id": own, "source": source}
            else:
                _complete(earlier, row)
    return list(rows.values())


def _complete(earlier: dict[str, object], later: dict[str, object]) -> None:
    spellings = [str(one) for one in (earlier["names"], *_spellings(later)) if one]
    for column, value in later.items():
        if not earlier[column]:
            earlier[column] = value
    earlier["names"] = "|".join(spellings)


def _rows(table: pd.DataFrame) -> Iterator[dict[str, object]]:
    whole = pd.DataFrame(index=table.index)
    for column in COLUMNS:
        values = table[column] if column in table.columns else pd.Series(index=table.index)
        if column in _TEXTS:
            whole[column] = [_text(value) for value in values]
        else:
            whole[column] = pd.to_numeric(values, errors="coerce").astype(float)
    if "geometry" in table.columns:
        points = table.geometry.representative_point()
        whole["lat"] = whole["lat"].fillna(points.y)
        whole["lon"] = whole["lon"].fillna(points.x)
    whole["population"] = whole["population"].fillna(0.0)
    named = whole[["name", "name_ar", "names", "pcode"]].ne("").any(axis=1)
    there = whole["lat"].between(-90, 90) & whole["lon"].between(-180, 180)
    yield from (
        {str(column): value for column, value in row.items()}
        for row in whole[named & there].to_dict("records")
    )


def _text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "|".join(str(one) for one in value)
    return "" if value is None or value is pd.NA or value != value else str(value).strip()  # noqa: PLR0124 - NaN


def _spellings(row: Mapping[str, object]) -> list[str]:
    further = str(row["names"]).split("|")
    return [name for name in (str(row["name"]), str(row["name_ar"]), *further) if name.strip()]


def _place(row: Mapping[str, object]) -> Place:
    population = float(cast("float", row["population"]))
    return Place(
        id=str(row["id"]),
        name=" / ".join(str(name) for name in (row["name"], row["name_ar"]) if name)
        or _spellings(row)[0]
        if _spellings(row)
        else str(row["pcode"]),
        lat=float(cast("float", row["lat"])),
        lon=float(cast("float", row["lon"])),
        level=_level(str(row["level"]), population),
        admin1=normalise(row["admin1"]),
        admin1_pcode=normalise(row["admin1_pcode"]),
        admin2=normalise(row["admin2"]),
        population=population,
        source=cast("int", row["source"]),
    )


@cache
def _level_words() -> dict[str, str]:
    return {normalise(word): level for level, kinds in words()["levels"].items() for word in kinds}


def _level(kind: str, population: float) -> str:
    level = _level_words().get(normalise(kind), "village")
    if level in {"village", "town"} and population >= CITY_PEOPLE:
        return "city"
    return "town" if level == "village" and population >= TOWN_PEOPLE else level


def _units(places: Sequence[Place]) -> dict[str, Hint]:
    """Name the governorates and districts that the places lie in, by name and p-code."""
    units: dict[str, Hint] = {}
    for place in places:
        if place.admin2:
            units.setdefault(place.admin2, Hint(place.admin1, place.admin2))
    for place in places:
        if place.admin1:
            governorate = Hint(place.admin1, "")
            units[place.admin1] = governorate
            if place.admin1_pcode:
                units[place.admin1_pcode] = governorate
    for known in words()["governorates"]["words"]:
        keys = [normalise(word) for word in known]
        here = next((units[key] for key in keys if key in units and not units[key].admin2), None)
        if here is not None:
            units.update(dict.fromkeys(keys, here))
    loose: dict[str, Hint] = {}
    for key, unit in units.items():
        for other in name_keys(key).values():
            loose.setdefault(other, unit)
    return {**loose, **units}


# --------------------------------------------------------------- likeness


def _likeness_key(name: str) -> str:
    return name_keys(name).get("sound", "")


def _runs(key: str) -> list[str]:
    padded = f" {key} "
    return [
        padded[start : start + length]
        for length in _GRAMS
        for start in range(len(padded) - length + 1)
        if key
    ]


def _gram_weights(keys: Iterable[str]) -> tuple[dict[str, int], NDArray[np.float64]]:
    seen = Counter(chain.from_iterable(map(_runs, keys)))
    often = np.fromiter(seen.values(), float, len(seen))
    return {run: column for column, run in enumerate(seen)}, np.log1p(often.sum() / often)


def _gram_matrix(
    keys: Sequence[str], columns: Mapping[str, int], rarity: NDArray[np.float64]
) -> sparse.csr_matrix:
    runs = [_runs(key) for key in keys]
    known = [[columns[run] for run in one if run in columns] for one in runs]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in known], dtype=int)])
    cells = np.fromiter(chain.from_iterable(known), int, int(starts[-1]))
    weights = sparse.csr_matrix(
        (rarity[cells] if len(cells) else cells.astype(float), cells, starts),
        shape=(len(keys), len(columns)),
    )
    weights.sum_duplicates()
    # Runs unknown to the gazetteer still lengthen the asked name, as the rarest known ones do.
    rarest = float(rarity.max()) if rarity.size else 1.0
    unknown = np.array([len(one) - len(own) for one, own in zip(runs, known, strict=True)], float)
    squares = np.asarray(weights.multiply(weights).sum(axis=1)).ravel() + unknown * rarest**2
    scale = sparse.diags_array(1.0 / np.sqrt(np.where(squares > 0, squares, 1.0)))
    return sparse.csr_matrix(scale @ weights)
