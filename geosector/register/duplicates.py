"""Reports that may be of the same event: proposed with reasons, never merged without a decision.

How alike two reports are is a sum of evidence for and against, in the manner of record linkage
(Fellegi and Sunter 1969, A theory for record linkage): each feature adds the logarithm of how much
likelier it is for one event than for two. The weights are set by hand: there is no labelled data of
events in Syria to learn from. The score is the probability that the sum stands for.

=================  =============================================================================
place              distance beyond both radii; or the same locality, where a point is missing
time               days or hours between them, by how precisely each is dated
kind               the same, or another one
words              of the narrative, rare ones weighing more, Arabic spellings made comparable
casualties         killed and injured: ranges that meet, or do not
weapon, cause …    the same, or another one
=================  =============================================================================

Nobody compares all with all: candidates are the nearest in place and time, and those that share a
rare word, a locality or a day. So 100,000 reports take seconds.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector.crs import distances_m, require_crs, to_wgs84
from geosector.errors import InputError
from geosector.language import plural, text
from geosector.register.settling import CASUALTIES
from geosector.tables import content_ids, fold_label, require_table, table

PAIR_COLUMNS = ("id_a", "id_b", "score", "reasons")
THRESHOLD = 0.5
_PRIOR = -5.0  # two reports that were chosen as candidates are of two events, as a rule
_NEIGHBOURS = 24  # nearest in place and time that are compared with each report
_REACH_M, _REACH_DAYS = 2_000.0, 2.0  # what counts as equally far when neighbours are chosen
_RARE_WORDS = 5  # of each report
_SMALL, _WINDOW = 40, 12  # of a larger group, only neighbours in time are compared
_DAYS = {"month": 31.0, "year": 366.0}
_EARTH_M = 6_371_000.0
_CODED = ("weapon", "cause", "vehicle", "attributed_to", "place_type")
_SHORTEST = 3  # letters of a word that tells something
_FEW_WORDS = 3
_FAR_DAYS = 4.0
_ROUNDING = 0.001  # scores are told with four digits
# What each feature weighs at the most.
_BEST_KIND, _BEST_TEXT, _BEST_CODED, _BEST_COUNTS = 0.5, 3.5, 0.7, 1.5
_METRES_PER_KM = 1_000.0


def propose_duplicates(incidents: pd.DataFrame, *, threshold: float = THRESHOLD) -> pd.DataFrame:
    """Propose pairs of reports that may be of the same event.

    Parameters
    ----------
    incidents : pandas.DataFrame or geopandas.GeoDataFrame
        Checked incidents (`geosector.read_incidents`, `geosector.Register.table`), in any
        coordinate system; points may be missing. Their order does not matter.
    threshold : float
        Pairs that are less likely than this are left out: 0 … 1.

    Returns
    -------
    pandas.DataFrame
        ``id_a, id_b`` (``id_a`` first in the order of letters), ``score`` (0 … 1: how likely it is
        one event), ``reasons`` (a sentence in the current language), the likeliest pair first.
        Nothing is merged: `geosector.Register.merge_duplicates` does it, pair by pair.

    Raises
    ------
    InputError
        Where it is no table, an id comes twice, or the threshold is none.
    MissingCRSError
        Where points have no coordinate system.

    Notes
    -----
    score = 1 / (1 + exp(−sum of weights)). On seeded synthetic reports, of which a fifth tell an
    event again with another spelling, place, day or count, the threshold of 0.5 is where precision
    and recall are about the same: ``benchmarks/duplicates.py`` prints both for each threshold. A
    report with a month or a year only is compared with fewer others, and seldom proposed.

    Examples
    --------
    >>> reports = gpd.GeoDataFrame(
    ...     {"id": ["s1", "s2", "s3", "s4"], "kind": ["attack", "attack", "fire", None],
    ...      "date": ["2024-03-01", "2024-03-01", "2024-03-09", None],
    ...      "narrative": ["قصف سوق الخضار المُختلَق", "قصف مدفعي على سوق الخضار المختلق",
    ...                    "synthetic fire", None]},
    ...     geometry=gpd.points_from_xy([37.100, 37.101, 37.101, None], [36.1, 36.1, 36.1, None]),
    ...     crs="EPSG:4326")
    >>> found = propose_duplicates(reports)
    >>> found[["id_a", "id_b"]].to_numpy().tolist()
    [['s1', 's2']]
    >>> propose_duplicates(reports.iloc[:0]).empty
    True
    >>> propose_duplicates(reports, threshold=2)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The threshold is 2. Give a number from 0 to 1.
    """
    if not 0 <= threshold <= 1:
        raise InputError(
            text("The threshold is {value}. Give a number from 0 to 1.", value=threshold)
        )
    reports = _reports(require_table(incidents, "incidents"))
    with np.errstate(divide="ignore"):
        least = float(np.log(threshold) - np.log1p(-threshold))
    pairs = _candidates(reports, least - _ROUNDING)
    evidence = _evidence(reports, pairs)
    total = _PRIOR + sum(evidence.values())
    scores = (1 / (1 + np.exp(-np.asarray(total, float)))).round(4)
    chosen = np.flatnonzero(scores >= threshold)
    chosen = chosen[np.lexsort((pairs[chosen, 1], pairs[chosen, 0], -scores[chosen]))]
    told = [
        (
            reports.ids[pairs[at, 0]], reports.ids[pairs[at, 1]], float(scores[at]),
            _reasons(reports, pairs[at], {name: part[at] for name, part in evidence.items()}),
        )
        for at in chosen
    ]  # fmt: skip
    return pd.DataFrame(told, columns=list(PAIR_COLUMNS)).astype({"score": "float64"})


# --------------------------------------------------------------- what is compared


class _Reports(NamedTuple):
    """Reports in the order of their ids, column by column; n rows."""

    ids: NDArray[Any]  # (n,) of str
    places: NDArray[np.float64]  # (n, 2), degrees; NaN where missing
    radii: NDArray[np.float64]  # (n,), metres
    days: NDArray[np.float64]  # (n, 2), days since 1970: first and last that it may have been
    has_time: NDArray[np.bool_]  # (n,): dated to the minute
    kinds: NDArray[Any]
    localities: NDArray[Any]  # folded; empty where missing
    words: list[frozenset[str]]
    coded: dict[str, NDArray[Any]]
    killed: dict[str, NDArray[np.float64]]  # killed, injured → (n, 2), least and most; NaN


def _reports(rows: pd.DataFrame) -> _Reports:
    places = np.full((len(rows), 2), np.nan)
    if isinstance(rows, gpd.GeoDataFrame) and rows.active_geometry_name is not None and len(rows):
        shapes = to_wgs84(require_crs(rows, "incidents")).geometry
        # Of an empty shape, and of a point without numbers, the bounds are no numbers.
        there = np.isfinite(shapely.bounds(shapes.to_numpy())).all(axis=1)
        points = shapely.point_on_surface(shapes.to_numpy()[there])
        places[there] = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    plain = pd.DataFrame(rows.drop(columns=_shape_columns(rows)))
    ids = _ids(plain)
    order = np.argsort(ids)
    plain, places = plain.iloc[order], places[order]
    days, has_time = _days(plain)
    return _Reports(
        ids[order],
        places,
        np.nan_to_num(_numbers(plain, "radius_m")),
        days,
        has_time,
        _folded(plain, "kind"),
        _folded(plain, "locality"),
        [frozenset(_words(cell)) for cell in _cells(plain, "narrative")],
        {column: _folded(plain, column) for column in _CODED},
        {begin: _casualties(plain, begin) for begin in CASUALTIES},
    )


def _shape_columns(rows: pd.DataFrame) -> list[str]:
    return [column for column in rows.columns if rows[column].dtype == "geometry"]


def _ids(plain: pd.DataFrame) -> NDArray[Any]:
    given = plain["id"].astype(object) if "id" in plain.columns else content_ids(plain)
    ids = np.array([str(one) for one in given], dtype=object)
    twice = [one for one, count in Counter(ids.tolist()).items() if count > 1]
    if twice:
        raise InputError(text("The id '{id}' comes twice. Give each row its own.", id=min(twice)))
    return ids


def _cells(plain: pd.DataFrame, column: str) -> list[object]:
    return plain[column].tolist() if column in plain.columns else [None] * len(plain)


def _numbers(plain: pd.DataFrame, column: str) -> NDArray[np.float64]:
    numbers = pd.to_numeric(pd.Series(_cells(plain, column), dtype="object"), errors="coerce")
    return np.asarray(numbers.to_numpy(float, na_value=np.nan), float)


def _folded(plain: pd.DataFrame, column: str) -> NDArray[Any]:
    cells = [None if cell is pd.NA else cell for cell in _cells(plain, column)]
    folded = {cell: fold_label(cell) for cell in {str(cell) for cell in cells if cell is not None}}
    return np.array(
        ["" if cell is None or cell != cell else folded[str(cell)] for cell in cells],  # noqa: PLR0124
        dtype=object,
    )


def _words(cell: object) -> list[str]:
    """Split a narrative into words that can be compared; Arabic ones without their article."""
    return [
        bare
        for word in fold_label(cell).split()
        if len(bare := _bare(word)) >= _SHORTEST or bare.isdigit()
    ]


def _bare(word: str) -> str:
    for begin in ("وال", "بال", "لل", "ال"):
        if word.startswith(begin) and len(word) >= len(begin) + _SHORTEST:
            return word.removeprefix(begin)
    return word


def _days(plain: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give the first and the last day on which each event may have been."""
    begin = pd.to_datetime(pd.Series(_cells(plain, "date"), dtype="object"), errors="coerce")
    first = (begin - pd.Timestamp(0)) / pd.Timedelta(days=1)
    precision = [str(cell) for cell in _cells(plain, "date_precision")]
    has_time = np.array([one == "minute" for one in precision], dtype=bool)
    start = np.where(has_time, first, np.floor(first)).astype(float)
    length = np.array([_DAYS.get(one, 1.0) - 1.0 for one in precision], dtype=float)
    return np.column_stack([start, start + length]), has_time


def _casualties(plain: pd.DataFrame, begin: str) -> NDArray[np.float64]:
    """Sum the ranges of everybody killed or injured; NaN where a report says nothing."""
    who = [
        column for column in table("incidents").columns
        if column.startswith(f"{begin}_") and not column.endswith(("_min", "_max"))
        and any(one in plain.columns for one in (column, f"{column}_min", f"{column}_max"))
    ]  # fmt: skip
    totals = np.full((len(plain), 2), np.nan)
    for column in who:
        bare, low, high = (_numbers(plain, f"{column}{end}") for end in ("", "_min", "_max"))
        low = np.where(np.isnan(low), bare, low)
        high = np.where(np.isnan(high), np.where(np.isnan(bare), low, bare), high)
        both = np.column_stack([np.where(np.isnan(low), 0 * high, low), high])
        totals = np.where(np.isnan(totals), both, totals + np.nan_to_num(both))
    return totals


# --------------------------------------------------------------- who is compared with whom


def _candidates(reports: _Reports, least: float) -> NDArray[np.int64]:
    """Choose pairs whose evidence may come to ``least``: (m, 2), the smaller number first."""
    found = [_near(reports), *(_alike(reports, keys) for keys in _keys(reports))]
    every = np.concatenate(found)
    low, high = every.min(axis=1), every.max(axis=1)
    low, high = low[low < high], high[low < high]
    # One number for each pair: that is sorted many times faster than rows of two.
    numbered = np.unique(low * len(reports.ids) + high)
    pairs = np.column_stack(np.divmod(numbered, max(len(reports.ids), 1)))
    pairs = pairs[~(_days_between(reports, pairs) > _FAR_DAYS)]
    # What is too far apart in place or time is not saved by all that could speak for it besides.
    columns = [cells for cells in reports.coded.values() if (cells != "").any()]
    told = [ranges for ranges in reports.killed.values() if not np.isnan(ranges).all()]
    most = _BEST_KIND + _BEST_TEXT + _BEST_CODED * len(columns) + _BEST_COUNTS * len(told)
    place_and_time = _of_place(reports, pairs) + _of_time(reports, pairs)
    return np.asarray(pairs[_PRIOR + place_and_time + most >= least], np.int64)


def _near(reports: _Reports) -> NDArray[np.int64]:
    """Pair each report with the nearest in place and time."""
    from scipy.spatial import cKDTree

    exact = reports.days[:, 0] == reports.days[:, 1]
    rows = np.flatnonzero(exact & ~np.isnan(reports.places).any(axis=1))
    if len(rows) <= 1:
        return np.empty((0, 2), np.int64)
    lon, lat = np.radians(reports.places[rows]).T
    sphere = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    scaled = np.column_stack([sphere * (_EARTH_M / _REACH_M), reports.days[rows, 0] / _REACH_DAYS])
    count = min(_NEIGHBOURS + 1, len(rows))
    # What lies on one spot on one day is told apart by its number: the tree must not choose.
    scaled = np.column_stack([scaled, np.arange(len(rows)) * 1e-9])
    _, nearest = cKDTree(scaled).query(scaled, k=count, distance_upper_bound=8.0)
    left = np.repeat(np.arange(len(rows)), count)
    right = nearest.ravel()
    is_found = right < len(rows)
    return np.column_stack([rows[left[is_found]], rows[right[is_found]]])


def _keys(reports: _Reports) -> list[list[list[str]]]:
    """Give the keys under which reports are looked up: rare words; locality; day and kind."""
    often = Counter(word for words in reports.words for word in words)
    rare = [
        sorted(words, key=lambda word: (often[word], word))[:_RARE_WORDS] for words in reports.words
    ]
    shared = [[word for word in words if often[word] > 1] for words in rare]
    localities = [[name] if name else [] for name in reports.localities.tolist()]
    days = [
        [] if np.isnan(day) else [f"{int(day)} {kind}"]
        for day, kind in zip(reports.days[:, 0].tolist(), reports.kinds.tolist(), strict=True)
    ]
    return [shared, localities, days]


def _alike(reports: _Reports, keys: list[list[str]]) -> NDArray[np.int64]:
    """Pair reports under one key: all of a small group, neighbours in time of a large one."""
    groups: dict[str, list[int]] = {}
    for row, its in enumerate(keys):
        for key in its:
            groups.setdefault(key, []).append(row)
    pairs: list[NDArray[np.int64]] = [np.empty((0, 2), np.int64)]
    for rows in groups.values():
        if len(rows) <= _SMALL:
            pairs.append(np.array(list(combinations(rows, 2)), np.int64).reshape(-1, 2))
            continue
        ordered = np.array(rows)[np.argsort(reports.days[rows, 0], kind="stable")]
        pairs += [
            np.column_stack([ordered[:-step], ordered[step:]]) for step in range(1, _WINDOW + 1)
        ]
    return np.concatenate(pairs)


# --------------------------------------------------------------- evidence


def _evidence(reports: _Reports, pairs: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Weigh each feature of each pair: arrays of shape (m,)."""
    return {
        "place": _of_place(reports, pairs),
        "time": _of_time(reports, pairs),
        "kind": _of_words(reports.kinds, pairs, (_BEST_KIND, -2.5)),
        "text": _of_narratives(reports, pairs),
        **{
            column: _of_words(cells, pairs, (_BEST_CODED, -0.7))
            for column, cells in reports.coded.items()
        },
        **{begin: _of_counts(ranges, pairs) for begin, ranges in reports.killed.items()},
    }


def _gap_m(reports: _Reports, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Measure how far apart two places are beyond their radii; NaN where one is missing."""
    one, other = reports.places[pairs[:, 0]], reports.places[pairs[:, 1]]
    known = ~np.isnan(one + other).any(axis=1)
    apart = np.full(len(pairs), np.nan)
    apart[known] = distances_m(*one[known].T, *other[known].T)
    return np.asarray(np.maximum(apart - reports.radii[pairs].sum(axis=1), 0.0), float)


def _of_place(reports: _Reports, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    gap, radii = _gap_m(reports, pairs), reports.radii[pairs].sum(axis=1)
    one, other = reports.localities[pairs[:, 0]], reports.localities[pairs[:, 1]]
    named = (one != "") & (other != "")
    by_name = np.where(named, np.where(one == other, 1.5, -2.0), 0.0)
    # The same circle of 5 km says less than the same street corner.
    vague = np.minimum(np.log1p(radii / 500.0) * 0.7, 2.0)
    by_gap = 3.0 - 1.6 * np.log1p(np.nan_to_num(gap) / 150.0) - vague
    return np.where(
        np.isnan(gap), by_name, np.maximum(by_gap, -8.0) + 0.2 * np.where(named, by_name, 0.0)
    )


def _days_between(reports: _Reports, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Say how many days lie between two events at least; NaN where one has no date."""
    one, other = reports.days[pairs[:, 0]], reports.days[pairs[:, 1]]
    timed = np.atleast_1d(reports.has_time[pairs].all(axis=1))[:, np.newaxis]
    one, other = np.where(timed, one, np.floor(one)), np.where(timed, other, np.floor(other))
    gap = np.maximum(one[:, 0] - other[:, 1], other[:, 0] - one[:, 1])
    return np.where(np.isnan(gap), np.nan, np.maximum(gap, 0.0))


def _of_time(reports: _Reports, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    gap = _days_between(reports, pairs)
    timed = reports.has_time[pairs].all(axis=1)
    coarse = (reports.days[pairs][:, :, 1] > reports.days[pairs][:, :, 0]).any(axis=1)
    by_day = np.select([gap < 1, gap < 2, gap < 3], [2.0, 0.5, -1.5], -6.0)  # noqa: PLR2004 - days
    hours = gap * 24
    by_hour = np.select([hours <= 1, hours <= 4, hours <= 12], [3.0, 1.0, -1.0], -4.0)  # noqa: PLR2004 - hours
    found = np.where(timed, by_hour, by_day)
    return np.where(np.isnan(gap), 0.0, np.where(coarse, np.minimum(found, 0.3), found))


def _of_words(
    cells: NDArray[Any], pairs: NDArray[np.int64], weights: tuple[float, float]
) -> NDArray[np.float64]:
    one, other = cells[pairs[:, 0]], cells[pairs[:, 1]]
    known = (one != "") & (other != "")
    return np.where(known, np.where(one == other, *weights), 0.0)


def _of_narratives(reports: _Reports, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weigh the words that both narratives have, against those that one of them has."""
    often = Counter(word for words in reports.words for word in words)
    told = 1 + sum(1 for words in reports.words if words)
    weight = {word: float(np.log1p(told / count)) for word, count in often.items()}
    # Summed in the order of letters: the order of a set differs from run to run.
    sums = [sum(weight[word] for word in sorted(words)) for words in reports.words]
    found = np.zeros(len(pairs))
    for at, (one, other) in enumerate(pairs.tolist()):
        first, second = reports.words[one], reports.words[other]
        if min(len(first), len(second)) < _FEW_WORDS:
            continue
        both = sum(weight[word] for word in sorted(first & second))
        # Of the shorter one: a report may be retold at length.
        found[at] = _BEST_TEXT - 5.0 + 5.0 * both / min(sums[one], sums[other])
    return found


def _of_counts(ranges: NDArray[np.float64], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    one, other = ranges[pairs[:, 0]], ranges[pairs[:, 1]]
    known = ~np.isnan(one[:, 0] + other[:, 0])
    most = [np.where(np.isnan(side[:, 1]), np.inf, side[:, 1]) for side in (one, other)]
    meets = (one[:, 0] <= most[1]) & (other[:, 0] <= most[0])
    is_same = meets & (one[:, 0] == other[:, 0]) & (most[0] == most[1]) & (one[:, 0] > 0)
    # First reports of one event differ by some: only counts far apart speak against it.
    near = np.maximum(one[:, 0], other[:, 0]) <= 2 * np.minimum(*most) + 2
    return np.where(known, np.select([is_same, meets, near], [_BEST_COUNTS, 0.2, -0.3], -1.5), 0.0)


# --------------------------------------------------------------- told to a person


def _reasons(reports: _Reports, pair: NDArray[np.int64], evidence: dict[str, np.float64]) -> str:
    """Say in words what speaks for and against a pair."""
    one, other = pair.tolist()
    both = pair.reshape(1, 2)
    apart = float((_gap_m(reports, both))[0])
    days = float(_days_between(reports, both)[0])
    said = []
    if not np.isnan(apart):
        said.append(
            text("within the stated radius")
            if apart <= 0
            else text("{km} km apart", km=f"{apart / _METRES_PER_KM:.1f}")
        )
    if reports.localities[one] and reports.localities[one] == reports.localities[other]:
        said.append(text("the same locality"))
    if not np.isnan(days):
        said.append(
            text("the same day")
            if days < 1
            else plural("{n} day apart", "{n} days apart", int(days))
        )
    if evidence["kind"]:
        said.append(text("the same kind") if evidence["kind"] > 0 else text("another kind"))
    shared = reports.words[one] & reports.words[other]
    if shared:
        said.append(plural("{n} word in common", "{n} words in common", len(shared)))
    said += _reasons_of_counts(evidence)
    same = [column for column in _CODED if evidence[column] > 0]
    if same:
        said.append(text("the same {columns}", columns=", ".join(same)))
    return "; ".join(said)


def _reasons_of_counts(evidence: dict[str, np.float64]) -> list[str]:
    if any(evidence[begin] < 0 for begin in CASUALTIES):
        return [text("other counts of casualties")]
    if any(evidence[begin] > 1 for begin in CASUALTIES):
        return [text("the same counts of casualties")]
    return []
