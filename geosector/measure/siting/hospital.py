"""A score of places for a field hospital: each factor as it is, scaled, weighed, and the sum.

What speaks for a place and what against it cannot be told by a number alone. The score puts places
in an order to be looked at; every factor stands beside it, and a factor that nobody knows is named
and not guessed. A high score is no promise of any kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.access.cuts import find_parts, people_at_nodes
from geosector.measure.access.doubled import worst_losses
from geosector.measure.access.facilities import FARTHEST_M, Stops, find_stops, link, open_facilities
from geosector.measure.access.network import Network, stretch_lines
from geosector.measure.access.travel import Travel
from geosector.measure.coded import require
from geosector.measure.siting import candidates as sifted
from geosector.measure.siting.minutes import minutes_between
from geosector.measure.siting.places import find_homes
from geosector.tables import problems_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

RADIUS_M = 1000.0  # attacks are counted within
ROADS_M = 250.0  # streets that lead across this circle lead in
WITHIN_MINUTES = 30.0


class Factor(NamedTuple):
    """How a raw value counts: 0 at ``worst``, 1 at ``best``, straight between, times ``weight``.

    Where ``worst`` is above ``best``, less is better.
    """

    worst: float
    best: float
    weight: float


# The weights say: as few attacks as can be and as many people as can be count most; then that the
# loss of one street does not end it. Others may weigh otherwise: they are a parameter.
FACTORS: Mapping[str, Factor] = MappingProxyType(
    {
        "attacks_per_km2": Factor(5.0, 0.0, 2.0),
        "nearest_attack_m": Factor(0.0, 2000.0, 1.0),
        "mean_minutes": Factor(60.0, 10.0, 1.0),
        "people_share": Factor(0.0, 0.5, 2.0),
        "newly_reached_share": Factor(0.0, 0.25, 1.0),
        "lost_share": Factor(0.5, 0.0, 1.0),
        "roads_in": Factor(1.0, 4.0, 1.0),
        "barrier_m": Factor(0.0, 2000.0, 1.0),
    }
)


class Rated(NamedTuple):
    """The factors of every candidate, and the rows of people and hospitals that were left out."""

    table: gpd.GeoDataFrame
    problems: pd.DataFrame


def hospital_factors(
    candidates: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    network: Network,
    travel: Travel,
    *,
    attacks: gpd.GeoDataFrame | None = None,
    barriers: gpd.GeoDataFrame | None = None,
    existing: gpd.GeoDataFrame | None = None,
    minutes: float = WITHIN_MINUTES,
    radius_m: float = RADIUS_M,
    farthest_m: float = FARTHEST_M,
) -> Rated:
    """Measure what counts for a field hospital at each candidate.

    Parameters
    ----------
    candidates : geopandas.GeoDataFrame
        Points or areas.
    demand : geopandas.GeoDataFrame
        ``population``, and points or areas.
    network, travel : Network, Travel
        The streets, usually by car, with what is closed.
    attacks : geopandas.GeoDataFrame, optional
        Places of attacks of the time that counts. An empty table says that there were none.
    barriers : geopandas.GeoDataFrame, optional
        A front line, a border.
    existing : geopandas.GeoDataFrame, optional
        Hospitals that are there; only those that are ``open`` count.
    minutes : float
        Within reach.
    radius_m : float
        Within how many metres attacks are counted.
    farthest_m : float
        From people or a candidate to its street.

    Returns
    -------
    Rated
        ``table``: the candidates, same rows and index, with

        - ``attacks_per_km2``: attacks within ``radius_m`` / (π radius²)
        - ``nearest_attack_m``: to the nearest attack in a straight line; infinite without any
        - ``mean_minutes``: the mean way of the people who get there; missing where nobody does
        - ``people_share``: people within ``minutes`` / all people
        - ``newly_reached_share``: those of them whom no existing hospital reaches in that time
        - ``lost_share``: people whom the loss of the worst single stretch of street parts from it /
          all people of its part of the network; missing where it meets no street
        - ``roads_in``: streets that can be passed and cross the circle of 250 m around it
        - ``barrier_m``: to the nearest barrier in a straight line; infinite without any

        A factor whose table was not given is missing for all.

    Raises
    ------
    InputError
        Where nobody lives in ``demand``, or ``minutes`` or ``radius_m`` is not above 0.

    Notes
    -----
    The worst single stretch is found among the bridges of the network (R. E. Tarjan, SIAM J.
    Comput. 1, 1972): only their loss parts anybody from anywhere.

    Examples
    --------
    A street of 720 m (ten minutes on foot), 30 people at one end, 10 at the other, one attack:

    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> street = shapely.LineString([(5e5, 4e6), (500720, 4e6)])
    >>> roads = gpd.GeoDataFrame(geometry=[street], crs=32637)
    >>> network = build_network(roads).network
    >>> travel = travel_times(network, roads)
    >>> place = lambda *xs: gpd.points_from_xy(xs, [4e6] * len(xs), crs=32637)
    >>> homes = gpd.GeoDataFrame({"population": [30, 10]}, geometry=place(5e5, 500720))
    >>> yards = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=place(500072, 503000))
    >>> seen = gpd.GeoDataFrame(geometry=place(500572), crs=32637)
    >>> found = hospital_factors(yards, homes, network, travel, attacks=seen, minutes=5).table
    >>> found[["nearest_attack_m", "mean_minutes", "people_share"]].round(2).values.tolist()
    [[500.2, 3.0, 0.75], [2428.97, nan, 0.0]]
    >>> found["attacks_per_km2"].round(3).tolist(), found["barrier_m"].isna().all().item()
    ([0.318, 0.0], True)
    >>> hospital_factors(yards[:0], homes, network, travel).table.empty
    True
    >>> hospital_factors(yards, homes, network, travel, minutes=0)
    Traceback (most recent call last):
    geosector.errors.InputError: minutes is 0; give a number above 0.
    """
    for name, given in (("minutes", minutes), ("radius_m", radius_m)):
        if not (np.isfinite(given) and given > 0):
            raise InputError(
                text("{name} is {given}; give a number above 0.", name=name, given=f"{given:g}")
            )
    homes, problems = find_homes(demand, network)
    people, points = homes.people, sifted.places_of(candidates, network)
    begun = find_stops(network, travel, homes.table, farthest_m=farthest_m)
    at = find_stops(network, travel, candidates, farthest_m=farthest_m)
    links = link(network, travel, at)
    taken = minutes_between(links, begun, links.nodes, travel.pace)
    there, within = np.isfinite(taken), taken <= minutes
    reached = people @ there
    with np.errstate(invalid="ignore"):
        mean = people @ np.where(there, taken, 0.0) / reached
    facts: dict[str, Floats] = dict.fromkeys(FACTORS, np.full(len(candidates), np.nan))
    facts["mean_minutes"], facts["people_share"] = mean, people @ within / people.sum()
    if attacks is not None:
        shapes = sifted.shapes_of(attacks, network)
        near = _count_within(points, shapes, radius_m)
        facts["attacks_per_km2"] = near / (np.pi * radius_m**2 / 1e6)
        facts["nearest_attack_m"] = sifted.metres_to(points, shapes)
    if barriers is not None:
        facts["barrier_m"] = sifted.metres_to(points, sifted.shapes_of(barriers, network))
    if existing is not None:
        usable, found = open_facilities(existing)
        theirs = link(network, travel, find_stops(network, travel, usable, farthest_m=farthest_m))
        ways = minutes_between(theirs, begun, theirs.nodes, travel.pace)
        new = within & ~np.asarray((ways <= minutes).any(axis=1))[:, None]
        facts["newly_reached_share"] = people @ new / people.sum()
    else:
        found = problems_table([])
    facts["lost_share"] = _lost_share(network, travel, people_at_nodes(network, begun, people), at)
    facts["roads_in"] = _roads_in(points, network, travel)
    nowhere = pd.isna(points)
    clean = {name: np.where(nowhere, np.nan, values) for name, values in facts.items()}
    table = candidates.drop(columns=[name for name in clean if name in candidates.columns])
    return Rated(table.assign(**clean), pd.concat([problems_table(problems), found]))


def _count_within(points: sifted.Shapes, shapes: sifted.Shapes, metres: float) -> Floats:
    """Count the shapes within some metres of each point."""
    if not len(shapes) or not len(points):
        return np.zeros(len(points))
    point, _ = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=metres)
    return np.bincount(point, minlength=len(points)).astype(np.float64)


def _roads_in(points: sifted.Shapes, network: Network, travel: Travel) -> Floats:
    """Count the stretches that can be passed and cross the circle around each point."""
    counts = np.zeros(len(points))
    passable = np.flatnonzero(np.isfinite(travel.onward) | np.isfinite(travel.back))
    there = np.flatnonzero(~pd.isna(points))
    if len(passable) and len(there):
        circles = shapely.boundary(shapely.buffer(points[there], ROADS_M))
        tree = shapely.STRtree(stretch_lines(network, passable))
        point, _ = tree.query(circles, predicate="intersects")
        counts[there] = np.bincount(point, minlength=len(there))
    return counts


def _lost_share(network: Network, travel: Travel, lives: Floats, at: Stops) -> Floats:
    """Give the share of the people of its part whom the worst single loss parts from each place.

    A place lies on a stretch, which may be lost on either side of it.
    """
    shares = np.full(len(at.stretch), np.nan)
    met = np.flatnonzero(at.stretch >= 0)
    ends = np.concatenate([network.start[at.stretch[met]], network.end[at.stretch[met]]])
    lost = worst_losses(network, travel, lives, ends).reshape(2, -1).max(axis=0)
    part = find_parts(network, travel)
    whole = np.bincount(part, weights=lives, minlength=1)[part[ends[: len(met)]]]
    shares[met] = np.divide(lost, whole, out=np.zeros(len(met)), where=whole > 0)
    return shares


def hospital_score(factors: pd.DataFrame, weights: Mapping[str, Factor] = FACTORS) -> pd.DataFrame:
    """Scale the factors of candidates, weigh them and sum them up.

    Parameters
    ----------
    factors : pandas.DataFrame
        From `hospital_factors`, or your own: a number for each factor, missing where nobody knows.
    weights : mapping of str to Factor
        Which factors count, and how. Default: `FACTORS`.

    Returns
    -------
    pandas.DataFrame
        The same rows on the same index, with ``<factor>_scaled`` (0 to 1) and ``<factor>_weight``
        (its share of all weights) of each, and

        - ``score``: Σ weight × scaled, 0 to 1; missing where a factor is
        - ``score_least``, ``score_most``: the same, with 0 and with 1 for what is missing
        - ``missing``: the factors that nobody knows, separated by semicolons

    Raises
    ------
    MissingColumnError
        Where a factor has no column.
    InputError
        Where a weight is negative or all are 0, worst is best, or a column holds no numbers.

    Notes
    -----
    scaled = (value − worst) / (best − worst), cut at 0 and 1: a weighted sum of factors on fixed
    scales (C. L. Hwang and K. Yoon, Multiple Attribute Decision Making, 1981, simple additive
    weighting), so that another candidate changes no score.

    Examples
    --------
    >>> table = pd.DataFrame({"people_share": [0.5, 0.25, np.nan], "roads_in": [1, 4, 4]})
    >>> two = {"people_share": Factor(0, 0.5, 3), "roads_in": Factor(1, 4, 1)}
    >>> scored = hospital_score(table, two)
    >>> scored["score"].tolist(), scored["missing"].tolist()
    ([0.75, 0.625, nan], ['', '', 'people_share'])
    >>> scored[["score_least", "score_most"]].values[2].tolist()
    [0.25, 1.0]
    >>> hospital_score(table[:0], two).empty
    True
    >>> hospital_score(table, {"roads_in": Factor(1, 4, 0)})
    Traceback (most recent call last):
    geosector.errors.InputError: No factor has a weight. Give at least one of them one above 0.
    """
    _require_factors(factors, weights)
    total = sum(factor.weight for factor in weights.values())
    scored = factors.copy()
    least, most = np.zeros(len(factors)), np.zeros(len(factors))
    missing: list[list[str]] = [[] for _ in range(len(factors))]
    for name, (worst, best, weight) in weights.items():
        values = pd.to_numeric(factors[name]).to_numpy(float, na_value=np.nan)
        scaled = np.clip((values - worst) / (best - worst), 0.0, 1.0)
        share = weight / total
        scored[f"{name}_scaled"], scored[f"{name}_weight"] = scaled, share
        least += share * np.nan_to_num(scaled, nan=0.0)
        most += share * np.nan_to_num(scaled, nan=1.0)
        for at in np.flatnonzero(np.isnan(scaled)).tolist():
            missing[at].append(name)
    lacking = pd.Series([";".join(names) for names in missing], factors.index, dtype=object)
    scored["score"] = np.where(lacking == "", least, np.nan)
    return scored.assign(score_least=least, score_most=most, missing=lacking)


def _require_factors(factors: pd.DataFrame, weights: Mapping[str, Factor]) -> None:
    """Refuse scales and weights that mean nothing, and factors without a column of numbers."""
    require(factors, *weights, name="factors")
    for name, (worst, best, weight) in weights.items():
        if not (np.isfinite([worst, best, weight]).all() and weight >= 0 and worst != best):
            raise InputError(
                text(
                    "The factor {name} is 0 at {worst} and 1 at {best} with the weight {weight}; "
                    "expected two different numbers and a weight from 0.",
                    name=name,
                    worst=f"{worst:g}",
                    best=f"{best:g}",
                    weight=f"{weight:g}",
                )
            )
        given = pd.to_numeric(factors[name], errors="coerce").notna()
        wrong = factors[name][~given & factors[name].notna()]
        if len(wrong):
            raise InputError(
                text(
                    "The factor {name} holds '{given}'; give numbers, or leave empty what nobody "
                    "knows.",
                    name=name,
                    given=wrong.iloc[0],
                )
            )
    if not any(factor.weight > 0 for factor in weights.values()):
        raise InputError(text("No factor has a weight. Give at least one of them one above 0."))
