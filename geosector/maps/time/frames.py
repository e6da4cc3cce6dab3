"""Time as a row of pictures: one density for each day, week, month or year, all on one scale."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geosector.errors import InputError
from geosector.language import text
from geosector.maps import colours, heat, theme, windows, words
from geosector.maps.saying import Words, counted, day, number, said
from geosector.maps.time import periods
from geosector.maps.time.periods import Period
from geosector.measure import density

Ints = NDArray[np.int64]

STEPS = 255  # what a byte holds beside nothing
# What all the pictures of a layer hold together: the roughest densities take 0.26 bytes a pixel,
# so a slider stays below 0.45 MB. And what one holds at most along its longer side.
MOST_PIXELS = 1_700_000
LARGEST_FRAME = 300
# Between two pixels of a third of the bandwidth the reader is within 1.4 % of the peak.
PIXELS_PER_BANDWIDTH = 3.0
# Farther from an incident than this many bandwidths its density rounds to nothing: √(2 ln 510).
SEEN = 3.53


def layers(
    parts: list[heat.Parted], step: str | None, surveyed: BaseGeometry | None = None
) -> list[dict[str, Any]]:
    """Make the sliders over time: a layer for each kind that has a density.

    Parameters
    ----------
    parts : list of Parted
        Incidents with a place, by kind.
    step : {"day", "week", "month", "year"} or None
        Default: chosen by the dates, `geosector.maps.time.periods.choose_step`.
    surveyed : shapely geometry, optional
        In metres, in the system of the incidents: outside, no density is shown.

    Returns
    -------
    list of dict
        For the scene; they share their periods. Empty where all dates lie in one period.

    Raises
    ------
    InputError
        For an unknown step, or one that is given and too short for the dates.
    """
    wished = periods.checked_step(step)
    drawn = [part for part in parts if len(part.precise.table)]
    dates = [
        [periods.possible_days(cloud.table) for cloud in (part.precise, part.vague)]
        for part in drawn
    ]
    every = [periods.distinct(*ends)[:2] for both in dates for ends in both]
    if not every:
        return []
    first, last = (np.concatenate(end) for end in zip(*every, strict=True))
    step = wished or periods.choose_step(first, last)
    units = [[periods.within(*ends, step) for ends in both] for both in dates]
    known = np.concatenate([at for both in units for at in both])
    if wished is not None and not (known >= 0).any():
        raise InputError(
            text(
                "The step is '{step}', and no incident has a date known so well. Give a longer "
                "step, or leave it out.",
                step=step,
            )
        )
    spans = periods.run(known, step)
    if len(spans) < 2:  # noqa: PLR2004 - one period is no time to slide over
        return []
    start = known[known >= 0].min()
    made = []
    for part, both in zip(drawn, units, strict=True):
        precise, vague = (np.where(at >= 0, at - start, -1) for at in both)
        if (precise >= 0).any():
            picture = _pictures(part, precise, len(spans), surveyed)
            layer = _layer(part, (precise, vague), spans, step, picture)
            layer["notes"] += windows.masked(surveyed)
            made.append(layer)
    return made


def densities(
    cloud: heat.Cloud, place: Ints, frames: int, bandwidth_m: float
) -> Iterator[density.Grid]:
    """Estimate the density of the incidents of each frame, one after another.

    Each has nodes of its own, around its incidents; `Window` asks all of them for the same pixels.

    Parameters
    ----------
    cloud : Cloud
    place : array of int64, shape (n,)
        In which frame each incident lies; −1 for none.
    frames : int
        How many there are.
    bandwidth_m : float
        The same for all.

    Yields
    ------
    Grid
        Their integrals add up to the number of incidents that lie in a frame.
    """
    x, y = cloud.metres()
    counts = cloud.table["count"].to_numpy(float)
    order = np.argsort(place.astype(np.int16), kind="stable")  # at most 400 frames
    starts = np.searchsorted(place[order], np.arange(frames + 1))
    for start, end in pairwise(starts):
        own = order[start:end]
        yield density.estimate(x[own], y[own], bandwidth_m, weights=counts[own], side=1)


class _Pictures(NamedTuple):
    """All frames on the same pixels, in steps of their common peak."""

    steps: NDArray[np.uint8]
    window: windows.Window
    peak: float


def _pictures(
    part: heat.Parted, place: Ints, frames: int, surveyed: BaseGeometry | None
) -> _Pictures:
    x, y = (axis[place >= 0] for axis in part.precise.metres())
    reach = SEEN * part.bandwidth.metres
    window = windows.lay_out(
        (x.min() - reach, y.min() - reach, x.max() + reach, y.max() + reach),
        part.precise.metric,
        part.bandwidth.metres / PIXELS_PER_BANDWIDTH,
        largest=LARGEST_FRAME,
        most=MOST_PIXELS // frames,
    )
    values = np.empty((frames, *window.x.shape), np.float32)
    peak = 0.0
    for frame, grid in enumerate(densities(part.precise, place, frames, part.bandwidth.metres)):
        values[frame] = density.sample(grid, window.x, window.y)
        peak = max(peak, float(grid.density.max()))
    steps = np.rint(np.clip(values / peak, 0, 1) * STEPS).astype(np.uint8)
    if surveyed is not None:
        steps[:, ~window.inside(surveyed)] = 0
    return _Pictures(steps, window, peak)


def _layer(
    part: heat.Parted,
    places: tuple[Ints, Ints],
    spans: list[Period],
    step: str,
    picture: _Pictures,
) -> dict[str, Any]:
    cloud, (precise, vague) = part.precise, places
    steps, window, peak = picture
    entered = _counts(part.precise, precise, len(spans))
    told = entered + _counts(part.vague, vague, len(spans))
    dated = int(told.sum())
    everything = int(part.precise.table["count"].sum() + part.vague.table["count"].sum())
    return {
        "kind": "frames",
        "id": f"frames-{cloud.kind}",
        "of": f"density-{cloud.kind}",
        "name": _name(cloud.kind, step),
        "shown": False,
        "steps": windows.pack(steps),
        "height": steps.shape[1],
        "width": steps.shape[2],
        "bounds": window.corners(),
        "colours": colours.pack(colours.rising(theme.RAMPS[cloud.kind])),
        "ticks": heat.ticks(peak),
        "notes": [
            said("Incidents per km² in each period, one scale for all of them"),
            counted("{n} incident", "{n} incidents", int(entered.sum())),
            said("Period: {first} – {last}", first=day(spans[0].first), last=day(spans[-1].last)),
            *_notes(part, window.pixel_m, step),
            *_left_out(dated - int(entered.sum()), everything - dated),
        ],
        "words": words.time_control(),
        "label": words.density_name(cloud.kind),
        "all": counted("{n} incident", "{n} incidents", everything),
        "ends": [_end(span, step) for span in (spans[0], spans[-1])],
        "frames": [
            {
                "name": span.in_words(),
                "days": [span.first.isoformat(), span.last.isoformat()],
                "told": _told(int(count), int(inside)),
                "count": int(count),
                "entered": int(inside),
            }
            for span, count, inside in zip(spans, told, entered, strict=True)
        ],
    }


def _told(count: int, inside: int) -> Words:
    """Say how many incidents a period has, and how many of them its density shows."""
    incidents = counted("{n} incident", "{n} incidents", count)
    if count == inside:
        return incidents
    return said("{incidents}, {n} of them in the density", incidents=incidents, n=number(inside))


def _counts(cloud: heat.Cloud, place: Ints, frames: int) -> Ints:
    known = place >= 0
    counts = cloud.table["count"].to_numpy(float)
    return np.rint(np.bincount(place[known], counts[known], frames)).astype(np.int64)


def _name(kind: str, step: str) -> Words:
    name = words.density_name(kind)
    return {
        "day": said("{density}, by day", density=name),
        "week": said("{density}, by week", density=name),
        "month": said("{density}, by month", density=name),
        "year": said("{density}, by year", density=name),
    }[step]


def _end(span: Period, step: str) -> Words:
    return day(span.first, step if step in {"month", "year"} else "day")


def _notes(part: heat.Parted, pixel_m: float, step: str) -> list[Words]:
    notes: list[Words] = [
        words.bandwidth(*part.bandwidth),
        said("Pixel: {length}", length=words.metres(pixel_m)),
    ]
    if step != "day":
        notes.append(said("The first and the last period may be incomplete."))
    return notes


def _left_out(vague: int, undated: int) -> list[Words]:
    """Say what is in the bars and in no density, and what is in neither."""
    notes: list[Words] = []
    if vague:
        notes.append(said("Place too vague for this density: {n}", n=number(vague)))
    if undated:
        notes.append(said("Date too vague for these periods: {n}", n=number(undated)))
    return notes
