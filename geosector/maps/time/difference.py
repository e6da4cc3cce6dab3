"""Two periods and their difference: where there was more, and where less."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geosector.errors import InputError
from geosector.language import text
from geosector.maps import colours, heat, theme, windows, words
from geosector.maps.saying import Words, counted, number, said
from geosector.maps.time import periods
from geosector.maps.time.periods import Period
from geosector.measure import density

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HALF = 127  # steps on either side of no change
# Sums in another order differ by less; what is smaller than this share of the density is no change.
NO_CHANGE = 1e-9
LARGEST_SIDE = 1000  # pixels along the longer side
DAYS = 30  # what periods of different lengths are reckoned to


def require_incidents(incidents: gpd.GeoDataFrame, pair: tuple[Period, Period]) -> None:
    """Refuse a period without any incident: nothing tells that the table reaches so far.

    Parameters
    ----------
    incidents : geopandas.GeoDataFrame
        All that the audience may see, of every kind, with a place or without.
    pair : tuple of Period

    Raises
    ------
    InputError
        Where one of them has none.
    """
    ends = periods.possible_days(incidents)
    for period in pair:
        if not period.holds(*ends).any():
            raise InputError(
                text(
                    "No incident is dated from {first} to {last}, so nothing can be compared. "
                    "Give two periods that the table covers.",
                    first=period.first,
                    last=period.last,
                )
            )


def layers(
    parts: list[heat.Parted],
    pair: tuple[Period, Period],
    surveyed: BaseGeometry | None = None,
) -> list[dict[str, Any]]:
    """Make the difference of two periods: a layer for each kind met in at least one of them.

    Parameters
    ----------
    parts : list of Parted
        Incidents with a place, by kind.
    pair : tuple of Period
        From `geosector.maps.time.periods.read_pair`.
    surveyed : shapely geometry, optional
        In metres, in the system of the incidents: outside, no change is shown.

    Returns
    -------
    list of dict
        For the scene. Two over one another cannot be read: only the first is on.
    """
    made: list[dict[str, Any]] = []
    for part in parts:
        ends = periods.possible_days(part.precise.table)
        inside = [period.holds(*ends) for period in pair]
        if any(own.any() for own in inside):
            made.append(_layer(part, pair, inside, surveyed, shown=not made))
    return made


def densities(
    cloud: heat.Cloud, pair: tuple[Period, Period], inside: list[Flags], bandwidth_m: float
) -> tuple[density.Grid, density.Grid]:
    """Estimate the density of the first period and that of the second, on the same nodes.

    Where the periods differ in length, both are reckoned to 30 days.

    Parameters
    ----------
    cloud : Cloud
    pair : tuple of Period
    inside : list of two arrays of bool, shape (n,)
        Which incidents lie in the first and in the second.
    bandwidth_m : float

    Returns
    -------
    tuple of Grid
    """
    own = inside[0] | inside[1]
    x, y = (axis[own] for axis in cloud.metres())
    counts = cloud.table["count"].to_numpy(float)[own]
    # Incidents of the other period count nothing, and hold both grids to the same nodes.
    before, after = (
        density.estimate(x, y, bandwidth_m, weights=counts * _per_days(pair, at) * inside[at][own])
        for at in (0, 1)
    )
    return before, after


def subtract(before: Floats, after: Floats) -> Floats:
    """Give the change of a density; 0 where the two are equal but for the rounding of sums.

    Examples
    --------
    >>> subtract(np.array([4.0, 0.0]), np.array([4.0 + 1e-15, 2.0])).tolist()
    [0.0, 2.0]
    """
    change = after - before
    change[np.abs(change) < NO_CHANGE * max(before.max(), after.max())] = 0
    return change


def _per_days(pair: tuple[Period, Period], at: int) -> float:
    return 1.0 if pair[0].days == pair[1].days else DAYS / pair[at].days


def _layer(
    part: heat.Parted,
    pair: tuple[Period, Period],
    inside: list[Flags],
    surveyed: BaseGeometry | None,
    *,
    shown: bool,
) -> dict[str, Any]:
    cloud = part.precise
    before, after = densities(cloud, pair, inside, part.bandwidth.metres)
    change = subtract(before.density, after.density)
    peak = float(np.abs(change).max())
    drawn = np.abs(change) if peak else np.maximum(before.density, after.density)
    reference = float(drawn.max())
    seen = drawn >= reference / (2 * HALF)
    window = windows.lay_out(
        windows.around(after, seen), cloud.metric, after.cell_m, largest=LARGEST_SIDE
    )
    values = subtract(*(density.sample(grid, window.x, window.y) for grid in (before, after)))
    steps = np.rint(np.clip(values / reference, -1, 1) * HALF + HALF).astype(np.uint8)
    if surveyed is not None:
        steps[~window.inside(surveyed)] = HALF
    return {
        "kind": "difference",
        "id": f"difference-{cloud.kind}",
        "name": said("{density}: change", density=words.density_name(cloud.kind)),
        "shown": shown,
        "steps": windows.pack(steps[None]),
        "height": steps.shape[0],
        "width": steps.shape[1],
        "bounds": window.corners(),
        "colours": colours.pack(colours.diverging(theme.CHANGE)),
        "ticks": ticks(peak),
        "notes": [*_notes(part, pair, inside), *windows.masked(surveyed)],
    }


def ticks(peak: float) -> list[tuple[float, Words]]:
    """Choose round values for a legend from −peak through 0 to peak.

    Parameters
    ----------
    peak : float
        0 where nothing has changed.

    Returns
    -------
    list of tuple
        Place along the ramp, 0 to 1, and the value as words.

    Examples
    --------
    >>> [(round(place, 2), value["number"]) for place, value in ticks(4.2)]
    [(0.02, '-4'), (0.5, '0'), (0.98, '4')]
    >>> [(place, value["number"]) for place, value in ticks(0.0)]
    [(0.5, '0')]
    """
    if not peak:
        return [(0.5, number(0))]
    above = heat.ticks(peak)[1:]
    kept = above[1::2] or above
    signed = [
        (0.5 + sign * share / 2, number(sign * float(value["number"]), _decimals(value)))
        for sign in (-1, 1)
        for share, value in kept
        if isinstance(value, dict)
    ]
    return sorted([*signed, (0.5, number(0))], key=lambda tick: tick[0])


def _decimals(value: dict[str, Any]) -> int:
    return len(str(value["number"]).partition(".")[2])


def _notes(part: heat.Parted, pair: tuple[Period, Period], inside: list[Flags]) -> list[Words]:
    equal = pair[0].days == pair[1].days
    notes: list[Words] = [
        said("Change in incidents per km²")
        if equal
        else said("Change in incidents per km² per {n} days", n=number(DAYS))
    ]
    counts = part.precise.table["count"].to_numpy(float)
    for period, own in zip(pair, inside, strict=True):
        incidents = counted("{n} incident", "{n} incidents", round(counts[own].sum()))
        notes.append(said("{period}: {incidents}", period=period.in_words(), incidents=incidents))
    notes.append(words.bandwidth(*part.bandwidth))
    ends = periods.possible_days(part.vague.table)
    vague = part.vague.table["count"][pair[0].holds(*ends) | pair[1].holds(*ends)].sum()
    if vague:
        notes.append(said("Place too vague for this density: {n}", n=number(vague)))
    return notes
