"""How round sectors are, from what is known of their blocks.

The form of a plan is the mean of 4π·area/perimeter² over its sectors (Polsby and Popper, The third
criterion, Yale Law & Policy Review 9, 1991). A sector's perimeter is what its blocks have on the
edge of the city, and the borders to other sectors.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geosector.partition import kernels
from geosector.partition.graph import BlockGraph

Short = NDArray[np.int32]
Numbers = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]
Polygons = NDArray[np.object_]

# Perimeters below this are none: ground of no size has no form.
NO_METRES = 1e-6


class Outline(NamedTuple):
    """What the form of a plan is reckoned from.

    ``area``, ``edge``: by node, m² and the metres on no neighbour. ``owner``, ``metres``: by way
    of the graph, the node it leaves and the metres of shared border.
    """

    area: Floats
    edge: Floats
    owner: Numbers
    metres: Floats


class Form(NamedTuple):
    """Size of each block: ``area``, m², and ``perimeter``, m."""

    area: Floats
    perimeter: Floats


def measure_form(blocks: Polygons) -> Form:
    """Measure blocks.

    Parameters
    ----------
    blocks : array of shapely geometries, shape (n,)
        In metres.

    Examples
    --------
    >>> measure_form(np.array([shapely.box(0, 0, 100, 50)])).perimeter.tolist()
    [300.0]
    """
    return Form(shapely.area(blocks), shapely.length(blocks))


def outline(blocks: BlockGraph, form: Form, group: Short) -> Outline:
    """Measure the groups of blocks that the solver takes as nodes.

    Parameters
    ----------
    blocks : BlockGraph
    form : Form
        Of the blocks.
    group : array of int32, shape (blocks.size,)
        Node of each block.

    Examples
    --------
    Three blocks of 100 m side in a row, the first two of which are one node: it borders the third
    on 100 m, and 500 m of it border nothing.

    >>> row = BlockGraph(
    ...     np.array([0, 1, 3, 4], np.int32), np.array([1, 0, 2, 1], np.int32),
    ...     np.full((4, 1), 100.0), ("minor",), (), np.ones(4, bool))
    >>> square, around = np.full(3, 1e4), np.full(3, 400.0)
    >>> row = outline(row, Form(square, around), np.array([0, 0, 1], np.int32))
    >>> row.edge.tolist(), row.metres.tolist()
    ([500.0, 300.0], [100.0, 100.0])
    """
    metres = blocks.metres.sum(axis=1)
    owner = np.repeat(np.arange(blocks.size), np.diff(blocks.indptr))
    edge = np.maximum(form.perimeter - np.bincount(owner, metres, blocks.size), 0.0)
    whole = Outline(form.area, edge, owner, metres)
    return gathered(whole, blocks.indptr, blocks.indices, group)


def gathered(shape: Outline, indptr: Numbers, indices: Numbers, group: Short) -> Outline:
    """Give the outline of groups of nodes, its ways in the order of `kernels.contract`."""
    size = int(group.max()) + 1
    passable, nobody = np.ones(len(indices), np.bool_), np.zeros(len(group))
    nodes = kernels.contract(
        kernels.as_graph(indptr, indices, shape.metres, passable, nobody), group, size
    )
    return Outline(
        np.bincount(group, shape.area, size).astype(np.float64),
        np.bincount(group, shape.edge, size).astype(np.float64),
        nodes.owner,
        nodes.weights,
    )


def compactness(shape: Outline, indices: Numbers, labels: Short, count: int) -> float:
    """Give the mean Polsby–Popper of a plan.

    Parameters
    ----------
    shape : Outline
    indices : array of int
        Node to which each way of the graph leads.
    labels : array of int32
        Sector of each node.
    count : int
        Sectors.

    Returns
    -------
    float
        Mean of 4π·area/perimeter²; a metre of border takes 8π·area/perimeter³ / count of it on each
        of its sides.

    Examples
    --------
    A square of 100 m has 4π·10,000/400² = 0.785.

    >>> two = Outline(np.full(2, 1e4), np.full(2, 300.0), np.array([0, 1]), np.full(2, 100.0))
    >>> round(compactness(two, np.array([1, 0], np.int32), np.array([0, 1], np.int32), 2), 3)
    0.785
    """
    away = labels[shape.owner] != labels[indices]
    area = np.bincount(labels, shape.area, count)
    around = np.bincount(labels, shape.edge, count)
    around += np.bincount(labels[shape.owner[away]], shape.metres[away], count)
    around = np.maximum(around, NO_METRES)
    return float((4 * np.pi * area / around**2).mean())
