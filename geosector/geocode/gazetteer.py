"""An index over tables of places: by name under every rule, by p-code, by likeness.

Several tables are merged first; every place remembers the gazetteers that hold it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geosector.geocode.likeness import encode, lengths
from geosector.geocode.merging import merge_gazetteers
from geosector.geocode.names import (
    Parts,
    has_ayn,
    is_arabic,
    name_keys,
    name_parts,
    normalise,
    words,
)
from geosector.geocode.sounds import coarse

Area = tuple[float, float, float, float]

COLUMNS = (
    "id", "name", "name_ar", "names", "lat", "lon", "level", "admin1", "admin1_pcode", "admin2",
    "pcode", "population", "names_learned", "radius_m",
    "source",
)  # fmt: skip
_TEXTS = tuple(set(COLUMNS) - {"lat", "lon", "population", "radius_m"})
CITY_PEOPLE, TOWN_PEOPLE = 100_000, 10_000
# Two entries nearer than this are one place, entered twice or measured differently.
SAME_PLACE_KM = 3.0
KM_PER_DEGREE = 111.2
_GRAMS = (2, 3)
# Units are recognised by their consonants from this many on.
_LEAST_CONSONANTS = 3
FORMS = ("written", "sounds", "core", "skeleton", "long")


class Place(NamedTuple):
    """One place: what a match says about it.

    ``source`` names the gazetteers that hold it. ``radius_m``: how far from the point it reaches,
    where its table says; else 0.
    """

    id: str
    name: str
    lat: float
    lon: float
    level: str
    admin1: str
    admin1_pcode: str
    admin2: str
    population: float
    source: str
    radius_m: float = 0.0


class Hint(NamedTuple):
    """A governorate or a district that a place should lie in; keys as in `normalise`."""

    admin1: str
    admin2: str


@dataclass(frozen=True)
class NameTable:
    """Which places bear a key under a rule: ``hashes`` sorted, places of the n-th from ``starts``.

    Hashes, because 150,000 keys as text would take more room than everything else together.
    """

    hashes: NDArray[np.uint64]
    starts: NDArray[np.int32]
    places: NDArray[np.int32]

    def get(self, rule: str, key: str) -> tuple[int, ...]:
        """Give the places of a key, in their order in the gazetteer."""
        wanted = hash_of(f"{rule} {key}")
        # Of the same kind as the list: else all of it would be converted at every look.
        row = int(np.searchsorted(self.hashes, np.uint64(wanted)))
        if row == len(self.hashes) or self.hashes[row] != wanted:
            return ()
        return tuple(self.places[self.starts[row] : self.starts[row + 1]].tolist())


@dataclass(frozen=True)
class Grams:
    """Strings as rows of weighted runs of letters, and the places that each string names.

    ``cells``: runs × strings, weighted by rarity, each column of length 1. ``columns``: run → row
    of ``cells``. ``rarity``: weight of each run. ``starts, places``: the places of each string.
    """

    cells: sparse.csr_matrix
    columns: Mapping[str, int]
    rarity: NDArray[np.float32]
    starts: NDArray[np.int32]
    places: NDArray[np.int32]


@dataclass(frozen=True)
class Spellings:
    """Every spelling of every place, those of one place together.

    ``starts``: first spelling of each place, and the end. ``forms``: written, sounds, core,
    skeleton, long → encoded strings (see `likeness.encode`). ``raw``: hash of the spelling as
    it is; ``whole``: of the normalised spelling, with its articles; ``ayn``: whether a sign for
    ayn or hamza is in it. ``kinds, qualifiers, numbers``: as in `names.Parts`.
    """

    starts: NDArray[np.int32]
    forms: Mapping[str, NDArray[np.uint8]]
    arabic: NDArray[np.bool_]
    primary: NDArray[np.bool_]
    learned: NDArray[np.bool_]
    raw: NDArray[np.uint64]
    whole: NDArray[np.uint64]
    ayn: NDArray[np.bool_]
    kinds: NDArray[np.uint64]
    qualifiers: NDArray[np.uint64]
    numbers: NDArray[np.uint64]

    @cached_property
    def sizes(self) -> Mapping[str, NDArray[np.int16]]:
        """Letters of each spelling in each form."""
        return {form: lengths(coded) for form, coded in self.forms.items()}


@dataclass(frozen=True)
class Gazetteer:
    """Places and the ways to find them. Positions in ``places`` are what the indexes hold.

    ``names``: places by key under each rule of `names.name_keys`. ``pcodes``: folded p-code →
    places. ``units``: names and p-codes of governorates and districts. ``spellings``: for
    comparing. ``written`` and ``skeletons``: for finding what to compare with.
    """

    places: tuple[Place, ...]
    names: NameTable
    pcodes: Mapping[str, tuple[int, ...]]
    units: Mapping[str, Hint]
    spellings: Spellings
    written: Grams
    skeletons: Grams
    admin1: NDArray[np.int32]
    admin2: NDArray[np.int32]
    unit_numbers: Mapping[str, int]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]

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
        found = {rule: self.names.get(_index_rule(rule), key) for rule, key in keys.items()}
        return {rule: places for rule, places in found.items() if places}

    def hint(self, name: object) -> Hint | None:
        """Say which governorate or district a hint means.

        Parameters
        ----------
        name : object
            A name in any spelling or a p-code of any level; also a sub-district that is itself
            a place of the gazetteer.

        Returns
        -------
        Hint or None
            ``None`` where it is unknown.
        """
        return self.unit(name) or self.units.get(_heard(name)) or self._hint_of_area(name)

    def unit(self, name: object) -> Hint | None:
        """Say which governorate or district bears a name or p-code.

        Parameters
        ----------
        name : object
            As for `hint`; names that only sound alike do not count, since a town may be meant.

        Returns
        -------
        Hint or None
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

    def _hint_of_area(self, name: object) -> Hint | None:
        """Say where the sub-district or other unit of a name lies that is itself in the index."""
        named = chain.from_iterable(self.named(str(name)).values())
        found = [self.places[one] for one in named if self.places[one].level.startswith("admin")]
        where = {Hint(place.admin1, place.admin2) for place in found if place.admin1}
        return where.pop() if len(where) == 1 else None

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


def _index_rule(rule: str) -> str:
    # A name less a word for another kind of place is looked up among the plain names.
    return "sound" if rule == "other_kind" else rule


def index_gazetteer(tables: Sequence[pd.DataFrame]) -> Gazetteer:
    """Make an index over one or several tables of places.

    Parameters
    ----------
    tables : sequence of DataFrame
        Several are merged first, see `merge_gazetteers`. With the columns of the gazetteer table
        (``id, name, name_ar, names, lat, lon, level, admin1, admin1_pcode, admin2, pcode,
        population``; all but a name and a position may be missing), or with point geometries in
        EPSG:4326 instead of ``lat, lon``. Rows without a position or without any name or p-code
        are left out.

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
    rows = _rows_of(tables)
    places = tuple(_place(row) for row in rows)
    spelled = [_spellings(row) for row in rows]
    keys = [
        (hash_of(f"{rule} {key}"), position)
        for position, names in enumerate(spelled)
        for name in names
        for rule, key in name_keys(name).items()
    ]
    pcodes: dict[str, list[int]] = defaultdict(list)
    for position, row in enumerate(rows):
        if row["pcode"]:
            pcodes[normalise(row["pcode"]).replace(" ", "")].append(position)
    parts = [[name_parts(name) for name in names] for names in spelled]
    numbers = {name: number for number, name in enumerate(_unit_names(places))}
    return Gazetteer(
        places=places,
        names=_name_table(keys),
        pcodes=_frozen(pcodes),
        units=_units(places),
        spellings=_compared(rows, spelled, parts),
        written=_grams([[part.written for part in one] for one in parts]),
        skeletons=_grams([[coarse(part.skeleton) for part in one] for one in parts]),
        admin1=np.array([numbers[place.admin1] for place in places], np.int32),
        admin2=np.array([numbers[place.admin2] for place in places], np.int32),
        unit_numbers=numbers,
        lat=np.array([place.lat for place in places], float),
        lon=np.array([place.lon for place in places], float),
    )


def list_places(tables: Sequence[pd.DataFrame]) -> tuple[tuple[Place, ...], list[list[str]]]:
    """List the places of tables and their spellings, without the work of an index.

    Parameters
    ----------
    tables : sequence of DataFrame
        As for `index_gazetteer`.

    Returns
    -------
    tuple = (places, spellings)
        As ``places`` of the index; for each place every spelling that it bears.

    Examples
    --------
    >>> towns = pd.DataFrame({"name": ["Al Bab"], "names": ["Bab"], "lat": [36.37], "lon": [37.52]})
    >>> places, spellings = list_places([towns])
    >>> places[0].name, spellings
    ('Al Bab', [['Al Bab', 'Bab']])
    >>> list_places([])
    ((), [])
    """
    rows = _rows_of(tables)
    return tuple(_place(row) for row in rows), [_spellings(row) for row in rows]


def _rows_of(tables: Sequence[pd.DataFrame]) -> list[dict[str, object]]:
    whole = merge_gazetteers(tables)[0] if len(tables) > 1 else next(iter(tables), None)
    return [] if whole is None else _merged(whole)


def _unit_names(places: Sequence[Place]) -> list[str]:
    """List the names of units, the missing one first."""
    named = chain.from_iterable((place.admin1, place.admin2) for place in places)
    return list(dict.fromkeys(["", *named]))


def hash_of(written: str) -> int:
    """Give a number below 2**64 that stands for a text, the same on every machine.

    Parameters
    ----------
    written : str

    Returns
    -------
    int

    Examples
    --------
    >>> hash_of("a") == hash_of("a") != hash_of("b")
    True
    """
    digest = hashlib.blake2b(written.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def hash_of_spelling(name: str) -> int:
    """Give the hash of a spelling, accents, articles and all, but for case and outer spaces.

    Parameters
    ----------
    name : str

    Returns
    -------
    int
        Less than 2**64.

    Examples
    --------
    >>> hash_of_spelling("Saraqib ") == hash_of_spelling("saraqib") != hash_of_spelling("Sarāqib")
    True
    """
    return hash_of(unicodedata.normalize("NFC", " ".join(name.casefold().split())))


def _name_table(keys: Sequence[tuple[int, int]]) -> NameTable:
    """Order the hashes of keys, each with the positions of all that bear it."""
    told = np.array([one for one, _ in keys], np.uint64)
    positions = np.array([position for _, position in keys], np.int32)
    order = np.lexsort((positions, told))
    told, positions = told[order], positions[order]
    is_new = np.ones(len(told), bool)
    is_new[1:] = (told[1:] != told[:-1]) | (positions[1:] != positions[:-1])
    hashes, first = np.unique(told[is_new], return_index=True)
    starts = np.append(first, is_new.sum()).astype(np.int32)
    return NameTable(hashes, starts, positions[is_new])


def _ragged(listed: Sequence[Sequence[int]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    starts = np.cumsum([0, *map(len, listed)]).astype(np.int32)
    return starts, np.fromiter(chain.from_iterable(listed), np.int32, int(starts[-1]))


def _compared(
    rows: Sequence[Mapping[str, object]],
    spelled: Sequence[Sequence[str]],
    parts: Sequence[Sequence[Parts]],
) -> Spellings:
    flat = list(chain.from_iterable(parts))
    names = list(chain.from_iterable(spelled))
    own = [(row, name) for row, one in zip(rows, spelled, strict=True) for name in one]
    learned = [name in str(row["names_learned"]).split("|") for row, name in own]
    return Spellings(
        starts=np.cumsum([0, *map(len, spelled)]).astype(np.int32),
        forms={form: encode([getattr(part, form) for part in flat]) for form in FORMS},
        arabic=np.array([is_arabic(name) for name in names], bool),
        primary=np.array([name in {row["name"], row["name_ar"]} for row, name in own], bool),
        learned=np.array(learned, bool),
        raw=np.array([hash_of_spelling(name) for name in names], np.uint64),
        whole=np.array([hash_of(normalise(name)) for name in names], np.uint64),
        ayn=np.array([has_ayn(name) for name in names], bool),
        kinds=np.array([part.kinds for part in flat], np.uint64),
        qualifiers=np.array([part.qualifiers for part in flat], np.uint64),
        numbers=np.array(
            [hash_of(part.numbers) if part.numbers else 0 for part in flat], np.uint64
        ),
    )


def _append(positions: list[int], position: int) -> None:
    if not positions or positions[-1] != position:
        positions.append(position)


def _frozen(found: Mapping[str, list[int]]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(positions) for key, positions in found.items()}


# --------------------------------------------------------------- rows to places


def _merged(table: pd.DataFrame) -> list[dict[str, object]]:
    """Read every row once; a row whose id an earlier row has completes that row."""
    rows: dict[tuple[object, ...], dict[str, object]] = {}
    for number, row in enumerate(_rows(table)):
        own = row["id"] or row["pcode"]
        key = (own,) if own else (number,)
        earlier = rows.get(key)
        if earlier is None:
            rows[key] = {**row, "id": own}
        else:
            _complete(earlier, row)
    return list(rows.values())


def _complete(earlier: dict[str, object], later: dict[str, object]) -> None:
    spellings = [str(one) for one in (earlier["names"], *_spellings(later)) if one]
    learned = [str(one["names_learned"]) for one in (earlier, later) if one["names_learned"]]
    earlier["names_learned"] = "|".join(learned)
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
    whole = whole.fillna({"population": 0.0, "radius_m": 0.0})
    named = whole[["name", "name_ar", "names", "names_learned", "pcode"]].ne("").any(axis=1)
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
    further = f"{row['names']}|{row['names_learned']}".split("|")
    given = (str(row["name"]), str(row["name_ar"]), *further)
    return list(dict.fromkeys(name for name in given if name.strip()))


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
        source=str(row["source"]),
        radius_m=float(cast("float", row["radius_m"])),
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
    return {**_spelled_loosely(units), **units}


def _spelled_loosely(units: Mapping[str, Hint]) -> dict[str, Hint]:
    """Give further keys of units: without articles and the like, and by their consonants."""
    loose: dict[str, Hint] = {}
    heard: dict[str, set[Hint]] = defaultdict(set)
    for key, unit in units.items():
        heard[_heard(key)].add(unit)
        for other in name_keys(key).values():
            loose.setdefault(other, unit)
    # A skeleton that two units share says nothing.
    sure = {key: unit for key, (unit, *others) in heard.items() if key and not others}
    return {**sure, **loose}


def _heard(name: object) -> str:
    """Give the key of a unit by its consonants; empty where there are too few to tell by."""
    consonants = coarse(name_parts(name).skeleton)
    return f"~{consonants}" if len(consonants) >= _LEAST_CONSONANTS else ""


# --------------------------------------------------------------- runs of letters


def _runs(key: str) -> list[str]:
    padded = f"<{key}>"
    return [
        padded[start : start + length]
        for length in _GRAMS
        for start in range(len(padded) - length + 1)
        if key
    ]


def _grams(spelled: Sequence[Sequence[str]]) -> Grams:
    bearers: dict[str, list[int]] = defaultdict(list)
    for position, keys in enumerate(spelled):
        for key in keys:
            if key:
                _append(bearers[key], position)
    runs = [_runs(key) for key in bearers]
    seen = Counter(chain.from_iterable(set(one) for one in runs))
    columns = {run: column for column, run in enumerate(sorted(seen))}
    often = np.array([seen[run] for run in columns], float)
    rarity = np.log1p(len(runs) / often) if runs else often
    weights = gram_rows(runs, columns, rarity.astype(np.float32))
    return Grams(
        sparse.csr_matrix(weights.T),
        columns,
        rarity.astype(np.float32),
        *_ragged(list(bearers.values())),
    )


def gram_rows(
    runs: Sequence[Sequence[str]], columns: Mapping[str, int], rarity: NDArray[np.float32]
) -> sparse.csr_matrix:
    """Write strings as rows over the runs of letters of a gazetteer, each of length 1.

    Parameters
    ----------
    runs : sequence of sequence of str
        The runs of each string; those that the gazetteer does not know lengthen it.
    columns : mapping
        Run → column.
    rarity : array of float32, shape (columns,)

    Returns
    -------
    csr_matrix, shape (strings, columns)
    """
    known = [[columns[run] for run in one if run in columns] for one in runs]
    starts, cells = _ragged(known)
    weights = sparse.csr_matrix(
        (rarity[cells] if len(cells) else np.zeros(0, np.float32), cells, starts),
        shape=(len(runs), len(columns)),
    )
    weights.sum_duplicates()
    # Runs unknown to the gazetteer still lengthen the asked name, as the rarest known ones do.
    rarest = float(rarity.max()) if rarity.size else 1.0
    unknown = np.array([len(one) - len(own) for one, own in zip(runs, known, strict=True)], float)
    squares = np.asarray(weights.multiply(weights).sum(axis=1)).ravel() + unknown * rarest**2
    scale = (1.0 / np.sqrt(np.where(squares > 0, squares, 1.0))).astype(np.float32)
    weights.data *= np.repeat(scale, np.diff(weights.indptr))
    return weights


def runs_of(keys: Sequence[str]) -> list[list[str]]:
    """Cut strings into their runs of two and three letters, ends marked.

    Parameters
    ----------
    keys : sequence of str

    Returns
    -------
    list of list of str

    Examples
    --------
    >>> runs_of(["ab", ""])
    [['<a', 'ab', 'b>', '<ab', 'ab>'], []]
    """
    return [_runs(key) for key in keys]
