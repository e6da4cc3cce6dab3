"""All that is given of a city → blocks with people and neighbours, ready for dividing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, NamedTuple, get_args

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.partition.blocks import Fabric
from geosector.partition.cells import cell_table
from geosector.partition.diagnose import diagnose, wish_error
from geosector.partition.graph import BlockGraph, Parts, Room, make_graph
from geosector.partition.plots import Plots
from geosector.partition.population import By, People, Spread, place_people
from geosector.partition.reach import Contiguity, Passages, Reach, find_passages, reach_of
from geosector.partition.split import Built, CutBlock, crowd_of, cut_to_fit, tell_cuts
from geosector.partition.terrain import (
    Mosaic,
    Terrain,
    check_terrain,
    cut_further,
    divide_further,
    lay_mosaic,
)
from geosector.tables import Problem

Split = Literal["refuse", "cut"]


class Given(NamedTuple):
    """What is given of a city, as `geosector.partition_city` takes it."""

    boundary: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    population: gpd.GeoDataFrame | None = None
    spread: Spread = Spread()
    terrain: Terrain = Terrain()
    parts: Parts = "join"
    split: Split = "refuse"


class City(NamedTuple):
    """A city made ready for dividing. ``cut``: the blocks that were cut, and into how many."""

    mosaic: Mosaic
    passages: Passages
    people: People
    graph: BlockGraph
    diagnosis: dict[str, Any]
    cut: list[CutBlock]

    @property
    def fabric(self) -> Fabric:
        """Its blocks and the borders between them."""
        return self.mosaic.fabric

    @property
    def kind(self) -> NDArray[np.object_]:
        """What each block is: a block between streets, a plot of a building, or water."""
        kind = np.where(self.mosaic.plot, "plot", "block").astype(object)
        kind[self.passages.water] = "water"
        return kind

    @property
    def problems(self) -> list[Problem]:
        """What of the input could not be used as it was."""
        return [
            *self.mosaic.streets.problems,
            *self.fabric.problems,
            *self.people.problems,
            *tell_cuts(self.cut)[1],
        ]

    def cells(self, count: int) -> gpd.GeoDataFrame:
        """List what main roads enclose."""
        people = self.people.by_block
        most = self.diagnosis["most_people_per_sector"]
        return cell_table(self.fabric, self.graph, people, float(people.sum()) / count, most)


def gather(
    boundary: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    *,
    population: gpd.GeoDataFrame | None,
    spread: By,
    buildings: gpd.GeoDataFrame | None,
    plots: Plots,
    barriers: gpd.GeoDataFrame | None,
    main_roads: gpd.GeoDataFrame | None,
    main_names: Sequence[str],
    contiguity: Contiguity | Reach,
    parts: Parts,
    split: Split,
) -> Given:
    """Put together what is given of a city, from the options of `geosector.partition_city`.

    Defaults are the business of those who ask the user.
    """
    reach = reach_of(contiguity)
    return Given(
        boundary,
        roads,
        population,
        Spread(spread, buildings, roads),
        Terrain(barriers, main_roads, tuple(main_names), buildings, plots, reach),
        parts,
        split,
    )


def prepare(given: Given, count: int, tolerance: float) -> City:
    """Make blocks, bring people to them, find who borders whom, and what limits the city.

    Where the wish cannot be met, blocks are divided between their buildings, if there are any, and
    cut, if that is asked for.

    Parameters
    ----------
    given : Given
    count : int
        Sectors wanted.
    tolerance : float

    Returns
    -------
    City

    Examples
    --------
    >>> from shapely.geometry import box
    >>> square = gpd.GeoDataFrame(geometry=[box(30, 33, 30.002, 33.001)], crs="EPSG:4326")
    >>> none = gpd.GeoDataFrame(geometry=[], crs="EPSG:4326")
    >>> prepare(Given(square, none), 2, 0.1).diagnosis["feasible"]
    False
    >>> prepare(Given(square, none, split="cut"), 2, 0.1).diagnosis["feasible"]
    True
    >>> prepare(Given(square, none, split="saw"), 2, 0.1)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: split is 'saw'. Use 'refuse' or 'cut'.
    """
    if given.split not in get_args(Split):
        raise InputError(text("split is '{given}'. Use 'refuse' or 'cut'.", given=given.split))
    check_terrain(given.terrain)
    mosaic = lay_mosaic(given.boundary, given.roads, given.terrain)
    city = _diagnosed(_settled(given, mosaic, count, tolerance), count, tolerance)
    if given.terrain.buildings is not None and given.terrain.plots == "auto":
        mosaic = _divided(given, city, count, tolerance)
        if mosaic is not city.mosaic:
            city = _diagnosed(_settled(given, mosaic, count, tolerance), count, tolerance)
    if given.split == "cut":
        return _cut(given, city, count, tolerance)
    return city


def _settled(given: Given, mosaic: Mosaic, count: int, tolerance: float) -> City:
    """Bring people to the blocks, and see who borders whom."""
    fabric = mosaic.fabric
    passages = find_passages(fabric, mosaic.streets, given.terrain.reach)
    people = place_people(fabric, given.population, given.spread)
    if people.source == "by_area":  # nobody lives on water
        people = people._replace(by_block=np.where(passages.water, 0, people.by_block))
    mean = float(people.by_block.sum()) / count
    room = Room(people.by_block, mean, tolerance)
    graph = make_graph(fabric, given.parts, room, passages)
    return City(mosaic, passages, people, graph, {}, [])


def _diagnosed(city: City, count: int, tolerance: float, *, cut: bool = False) -> City:
    people = city.people.by_block
    found = diagnose(city.fabric, city.graph, people, count, tolerance, cut=cut)
    return city._replace(diagnosis=found)


def _divided(given: Given, city: City, count: int, tolerance: float) -> Mosaic:
    """Divide blocks between their buildings where the wish cannot be met."""
    if wish_error(city.diagnosis, count, tolerance) is None:
        return city.mosaic
    # A block that holds more people than the tolerance leaves can make the wish fail.
    people = city.people.by_block
    large = people > tolerance * people.sum() / count
    return divide_further(given.boundary, city.mosaic, given.terrain, large & ~city.passages.water)


def _cut(given: Given, city: City, count: int, tolerance: float) -> City:
    """Cut what holds more people than a sector may."""
    latest = [city]

    def build(cuts: NDArray[np.object_]) -> Built:
        mosaic = cut_further(given.boundary, city.mosaic, cuts)
        latest[:] = [_settled(given, mosaic, count, tolerance)]
        return Built(mosaic.fabric, latest[0].people.by_block, latest[0].graph)

    _, cut = cut_to_fit(build, partial(crowd_of, given.population), count, tolerance)
    return _diagnosed(latest[0], count, tolerance, cut=True)._replace(cut=cut)


def tell_found(city: City) -> dict[str, Any]:
    """Tell what the input was found to be: ``people``, ``ground``, ``diagnosis``; for JSON."""
    inside = int(city.people.by_block.sum())
    kind = city.kind
    return {
        "people": {
            "source": city.people.source,
            "weight": city.people.weight,
            "unit": city.people.unit,
            "inside": inside,
            "outside": city.people.outside,
            "total": inside + city.people.outside,
            "fallbacks": dict(city.people.fallbacks),
        },
        "ground": {
            **tell_ground(city.fabric, city.graph),
            **city.fabric.facts,
            "blocks_cut": tell_cuts(city.cut)[0],
            "plots": int((kind == "plot").sum()),
            "water": int((kind == "water").sum()),
            "crossings": city.passages.crossings,
            "bridges": city.passages.bridges.tolist(),
            "impassable_borders": len(city.passages.blocked),
        },
        "diagnosis": city.diagnosis,
    }


def tell_ground(fabric: Fabric, graph: BlockGraph) -> dict[str, Any]:
    """Tell of how many parts and blocks a city is, what links them, and in which system."""
    return {
        "boundary_parts": len(fabric.parts),
        "blocks": graph.size,
        "metric_crs": fabric.crs.to_string(),
        "links": [
            {"blocks": [link.left, link.right], "gap_m": round(link.gap_m, 1)}
            for link in graph.links
        ],
    }
