"""The best plan of a small town, proven by HiGHS: what the solver is held to.

The partition as a mixed-integer programme: ``x[block, sector]`` says where a block is, ``y[pair]``
that a border runs between two neighbours, and the metres × cost of the borders are least, with the
people of every sector within bounds. Three kinds of inequality make it small enough to close:

- Sectors have no names of their own. Blocks in the order of their people: the first is in sector 0,
  and a block opens sector s only where an earlier one has opened s − 1.
- Around every block the rings of its neighbours, for as long as those inside are too few for a
  sector: the block's sector must go on into the next ring.
- Whatever is still found in two pieces is cut off lazily, and the programme is solved again: a piece
  too small for a sector goes on into its neighbours; two blocks in pieces that are large enough are
  in one sector only if it passes through what separates them.

Nothing here knows what the solver found: the proof stands alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

# HiGHS scales badly with large numbers: people in sectors, costs in kilometres.
KM = 1000.0
ROUNDING = 1e-9
MOST_ROUNDS = 60
ENDS = 3  # blocks of either piece that a separating cut is written for


class Proof(NamedTuple):
    """The cheapest plan, what it costs in weighted metres, and a bound below which none can cost."""

    labels: np.ndarray
    cost: float
    bound: float
    rounds: int


class Town(NamedTuple):
    """What the programme needs: pairs of neighbours, which of them are passable, and people."""

    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    reached: np.ndarray  # square, True where one can go from one block to the other
    people: np.ndarray  # in mean sectors
    count: int
    least: float
    most: float


class Rows:
    """Rows of a sparse system, gathered."""

    def __init__(self):
        self.row, self.column, self.value, self.low, self.high = [], [], [], [], []
        self.size = 0

    def add(self, columns, values, low, high):
        """Add rows of the same shape: ``columns`` (rows, terms), ``values`` (terms,)."""
        columns = np.atleast_2d(columns)
        self.row.append(np.repeat(np.arange(len(columns)) + self.size, columns.shape[1]))
        self.column.append(columns.ravel())
        self.value.append(np.broadcast_to(values, columns.shape).ravel())
        self.low.append(np.full(len(columns), low, float))
        self.high.append(np.full(len(columns), high, float))
        self.size += len(columns)

    def constraint(self, variables):
        table = coo_array(
            (
                np.concatenate(self.value).astype(float),
                (np.concatenate(self.row), np.concatenate(self.column)),
            ),
            shape=(self.size, variables),
        )
        return LinearConstraint(table.tocsr(), np.concatenate(self.low), np.concatenate(self.high))


class NoPlanError(Exception):
    """HiGHS proved that there is no plan, or did not finish."""


def best_plan(graph, weights, people, count, tolerance):
    """Prove the cheapest plan.

    Parameters
    ----------
    graph : BlockGraph
        Where it has ``passable``, sectors are connected over passable pairs only.
    weights : array of float, shape (len(graph.indices),)
        From `edge_costs`.
    people : array of int, shape (graph.size,)
    count : int
    tolerance : float
    """
    town = _town(graph, weights, people, count, tolerance)
    size, pairs = len(town.people), len(town.left)
    x = np.arange(size * count).reshape(size, count)
    y = size * count + np.arange(pairs)
    rows, low, high = _programme(town, x, y)
    price = np.zeros(y[-1] + 1)
    price[y] = town.weight / KM
    whole = np.zeros(y[-1] + 1)
    whole[: size * count] = 1
    _rings(town, x, rows)
    known: set[bytes] = set()
    for turn in range(1, MOST_ROUNDS + 1):
        found = milp(
            price,
            integrality=whole,
            bounds=Bounds(low, high),
            constraints=rows.constraint(len(price)),
            options={"mip_rel_gap": 1e-7},
        )
        if found.status != 0:
            raise NoPlanError(found.message)
        labels = found.x[: size * count].reshape(size, count).argmax(axis=1)
        if not _cut_pieces(town, labels, x, rows, known):
            cost = float(town.weight[labels[town.left] != labels[town.right]].sum())
            return Proof(labels.astype(np.int32), cost, found.mip_dual_bound * KM, turn)
    raise NoPlanError(f"still in pieces after {MOST_ROUNDS} rounds")


def _town(graph, weights, people, count, tolerance):
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    once = one < graph.indices
    reached = np.zeros((graph.size, graph.size), bool)
    reached[one[graph.passable], graph.indices[graph.passable]] = True
    return Town(
        one[once],
        graph.indices[once].astype(np.int64),
        weights[once],
        reached,
        np.asarray(people, float) * count / np.sum(people),
        count,
        1 - tolerance - ROUNDING,
        1 + tolerance + ROUNDING,
    )


def _programme(town, x, y):
    """Write what holds whatever is connected."""
    rows, low, high = Rows(), np.zeros(y[-1] + 1), np.ones(y[-1] + 1)
    rows.add(x, np.ones(town.count), 1, 1)
    for sector in range(town.count):
        rows.add(x[:, sector][None], town.people, town.least, town.most)
        ends = np.stack([y, x[town.left, sector], x[town.right, sector]], axis=1)
        rows.add(ends, [1, -1, 1], 0, np.inf)
        rows.add(ends, [1, 1, -1], 0, np.inf)
    too_many = town.people[town.left] + town.people[town.right] > town.most
    low[y[too_many]] = 1
    order = np.argsort(-town.people, kind="stable")
    for place in range(len(order)):
        high[x[order[place], place + 1 :]] = 0
        for sector in range(1, min(place + 1, town.count)):
            before = x[order[sector - 1 : place], sector - 1]
            row = np.append(x[order[place], sector], before)
            rows.add(row, np.append(1, -np.ones(len(before))), -np.inf, 0)
    return rows, low, high


def _rings(town, x, rows):
    """Write that a block's sector goes on into the next ring while those inside are too few."""
    for block in range(len(town.people)):
        inside = np.zeros(len(town.people), bool)
        inside[block] = True
        while town.people[inside].sum() < town.least and not inside.all():
            _go_on(town, inside, np.array([block]), x, rows)
            inside = inside | town.reached[inside].any(axis=0)


def _go_on(town, inside, blocks, x, rows):
    """Write that the sector of these blocks inside is also among the neighbours outside."""
    around = np.flatnonzero(town.reached[inside].any(axis=0) & ~inside)
    for sector in range(town.count):
        others = np.repeat(x[around, sector][None], len(blocks), axis=0)
        columns = np.concatenate([x[blocks, sector][:, None], others], axis=1)
        rows.add(columns, np.append(1, -np.ones(len(around))), -np.inf, 0)


def _cut_pieces(town, labels, x, rows, known):
    """Cut off what is in pieces; say whether there was any."""
    same = town.reached & (labels[:, None] == labels)
    piece = connected_components(coo_array(same), directed=False)[1]
    broken = False
    for sector in range(town.count):
        pieces = [piece == number for number in np.unique(piece[labels == sector])]
        broken |= len(pieces) > 1
        for inside in pieces if len(pieces) > 1 else []:
            if town.people[inside].sum() < town.least:
                if inside.tobytes() not in known:
                    known.add(inside.tobytes())
                    _go_on(town, inside, np.flatnonzero(inside), x, rows)
                continue
            for other in pieces:
                if other is not inside:
                    _pass_through(town, inside, other, x, rows)
    return broken


def _pass_through(town, inside, other, x, rows):
    """Write that a sector with blocks of both pieces passes through what separates them."""
    through = _separator(town.reached, inside, other)
    for one in _fullest(town, inside):
        for two in _fullest(town, other):
            for sector in range(town.count):
                row = np.concatenate([[x[one, sector], x[two, sector]], x[through, sector]])
                values = np.append([1, 1], -np.ones(len(through)))
                rows.add(row, values, -np.inf, 1)


def _fullest(town, piece):
    blocks = np.flatnonzero(piece)
    return blocks[np.argsort(-town.people[blocks], kind="stable")[:ENDS]]


def _separator(reached, inside, other):
    """Find the neighbours of one piece through which the other is reached."""
    around = reached[inside].any(axis=0) & ~inside
    seen, new = other.copy(), other
    hit = np.zeros(len(reached), bool)
    while new.any():
        next_ring = reached[new].any(axis=0)
        hit |= next_ring & around
        new = next_ring & ~seen & ~around & ~inside
        seen = seen | new
    return np.flatnonzero(hit)
