"""What can be proven about a wish before anything is solved.

Each test here proves that no plan exists, from something that every plan must do; none proves that
one exists. So what they find is certain, and what they do not find is left to the solver. With N
sectors of a mean m, every sector holds a whole number of people within the window
[m·(1 − tolerance), m·(1 + tolerance)], written [low, high] below. Proven are:

- ``too_few_blocks``, ``too_few_with_people``: fewer (groups of) blocks than sectors.
- ``group_over_quota``: blocks that every plan keeps together hold more than ``high``.
- ``steps``: all blocks hold multiples of a number of people, and no N multiples in the window add
  up to all people. The number is 1 at least: people are whole.
- ``packing``: too many large blocks, of which no two fit into a sector (Martello and Toth, Lower
  bounds and reduction procedures for the bin packing problem, Discrete Applied Mathematics 28,
  1990, bound L2).
- ``covering``: a sector needs no more of a block than ``low``; Σ min(people, low) < N·low.
- ``lonely``: a block too small for a sector, none of whose neighbours fits into one with it.
- ``gate``: a block that alone joins pieces of the city takes what their whole sectors leave over;
  these rests do not fit into its sector.
- ``sums``: no choice of blocks has a sum within the window, or none that has the block named.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geosector.partition.graph import BlockGraph, bound_groups, passable_graph

Ints = NDArray[np.int64]

# What the solver accepts as lying on the tolerance, and a little more, so that proofs stay proofs.
_ROUNDING = 2e-9
# Sums of blocks are enumerated only where blocks × people per sector stay below this.
_MOST_SUMS = 5e7
# Halvings of the interval in which the least tolerance is looked for.
_HALVINGS = 30


class Obstacle(NamedTuple):
    """Why no plan exists: which test says so (see the head), and at which block, -1 for none."""

    kind: str
    block: int = -1


class Pieces(NamedTuple):
    """What the city falls into where one block is taken away, a row for each piece.

    ``block``: the block taken away; only such blocks as leave two pieces or more. ``people``: of
    the piece.
    """

    block: Ints
    people: Ints


class Task(NamedTuple):
    """A city as the proofs see it. ``graph``: its passable pairs alone."""

    graph: BlockGraph
    people: Ints
    sectors: int
    pieces: Pieces

    @property
    def mean(self) -> float:
        """People per sector."""
        return float(self.people.sum()) / self.sectors


class _Case(NamedTuple):
    """A city at one tolerance. ``group`` of each block, ``crowd``: people by group."""

    task: Task
    low: int
    high: int
    group: NDArray[np.int32]
    crowd: Ints

    def named(self, kind: str, group: int) -> Obstacle:
        """Name a group by its fullest block."""
        inside = np.where(self.group == group, self.task.people, -1)
        return Obstacle(kind, int(np.argmax(inside)))


def make_task(graph: BlockGraph, people: Ints, count: int) -> Task:
    """Prepare a city for proofs: what is the same at every tolerance is found once."""
    people = np.asarray(people, np.int64)
    graph = passable_graph(graph)
    return Task(graph, people, count, cut_pieces(graph, people))


def window(task: Task, tolerance: float) -> tuple[int, int]:
    """Give the least and the greatest number of people that a sector may hold."""
    low = math.ceil(task.mean * (1 - tolerance - _ROUNDING))
    return max(low, 0), math.floor(task.mean * (1 + tolerance + _ROUNDING))


def find_obstacle(task: Task, tolerance: float) -> Obstacle | None:
    """Prove that no plan exists within a tolerance, or give None where nothing is proven.

    Parameters
    ----------
    task : Task
        From `make_task`.
    tolerance : float

    Returns
    -------
    Obstacle or None
        None does not say that a plan exists.
    """
    if task.sectors == 1:
        return None
    if task.graph.size < task.sectors:
        return Obstacle("too_few_blocks")
    low, high = window(task, tolerance)
    # Bound at a tolerance a little larger, so that no group rests on the rounding of the window.
    group = bound_groups(task.graph, task.people, task.sectors, tolerance + 2 * _ROUNDING)
    crowd = np.bincount(group, task.people).astype(np.int64)
    case = _Case(task, low, high, group, crowd)
    return next((found for test in _TESTS if (found := test(case)) is not None), None)


def least_tolerance(task: Task) -> tuple[float, Obstacle | None]:
    """Give a tolerance that every plan needs, and what proves it.

    Every plan deviates by at least that much; whether one deviates by no more is not said. The
    interval is halved between a tolerance at which no plan exists and one at which none of the
    tests finds anything. What remains is raised to the next deviation that whole people allow.

    Parameters
    ----------
    task : Task

    Returns
    -------
    tuple = (tolerance, obstacle)
        The tolerance is infinite where there are fewer blocks than sectors. The obstacle is None
        where the tolerance is 0.
    """
    found = find_obstacle(task, 0.0)
    if found is None:
        return 0.0, None
    if found.kind == "too_few_blocks":
        return math.inf, found
    # A block on its own: needed also where the tolerance is 1 or more.
    fullest = int(np.argmax(task.people))
    alone = int(task.people[fullest]) / task.mean - 1
    proven, open_at = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (proven + open_at) / 2
        tried = find_obstacle(task, middle)
        if tried is None:
            open_at = middle
        else:
            proven, found = middle, tried
    low, high = window(task, proven)
    whole = min((high + 1) / task.mean - 1, 1 - (low - 1) / task.mean if low else math.inf)
    if alone >= whole:
        return alone, Obstacle("group_over_quota", fullest)
    return whole, found


def cut_pieces(graph: BlockGraph, people: Ints) -> Pieces:
    """Find the blocks without which the city falls into pieces, and the people of each piece.

    Parameters
    ----------
    graph : BlockGraph
        Connected, every pair passable.
    people : array of int, shape (graph.size,)

    Returns
    -------
    Pieces
    """
    order, parent, low, place = _depth_first(graph)
    below = people.tolist()
    total = sum(below)
    pieces: dict[int, list[int]] = {}
    for node in reversed(order):
        above = parent[node]
        if above < 0:
            continue
        below[above] += below[node]
        low[above] = min(low[above], low[node])
        if low[node] >= place[above]:
            pieces.setdefault(above, []).append(below[node])
    for node, cut in pieces.items():
        if parent[node] >= 0:
            cut.append(total - int(people[node]) - sum(cut))
    rows = [(node, crowd) for node, cut in sorted(pieces.items()) if len(cut) > 1 for crowd in cut]
    table = np.array(rows, np.int64).reshape(-1, 2)
    return Pieces(table[:, 0], table[:, 1])


def _depth_first(graph: BlockGraph) -> tuple[list[int], list[int], list[int], list[int]]:
    """Walk the graph: the order; by block its parent, the earliest place it borders, its own."""
    start, near = graph.indptr.tolist(), graph.indices.tolist()
    following = start[:-1].copy()
    parent, place = [-1] * graph.size, [-1] * graph.size
    low = [0] * graph.size
    order, stack = [0], [0]
    place[0] = 0
    while stack:
        node = stack[-1]
        if following[node] == start[node + 1]:
            stack.pop()
            continue
        other = near[following[node]]
        following[node] += 1
        if place[other] < 0:
            place[other] = low[other] = len(order)
            parent[other] = node
            order.append(other)
            stack.append(other)
        elif other != parent[node]:
            low[node] = min(low[node], place[other])
    return order, parent, low, place


# --------------------------------------------------------------- the tests


def _over_quota(case: _Case) -> Obstacle | None:
    fullest = int(np.argmax(case.crowd))
    return case.named("group_over_quota", fullest) if case.crowd[fullest] > case.high else None


def _too_few_with_people(case: _Case) -> Obstacle | None:
    enough = case.low == 0 or int((case.crowd > 0).sum()) >= case.task.sectors
    return None if enough else Obstacle("too_few_with_people")


def _steps(case: _Case) -> Obstacle | None:
    step = int(np.gcd.reduce(case.crowd))
    least, most = -(-case.low // step), case.high // step
    steps, count = int(case.crowd.sum()) // step, case.task.sectors
    fits = least <= most and count * least <= steps <= count * most
    return None if fits else Obstacle("steps")


def _packing(case: _Case) -> Obstacle | None:
    """For each share alpha: blocks above high − alpha fit with none of alpha or more (L2)."""
    crowd, high = np.sort(case.crowd), case.high
    upto = np.concatenate([[0], np.cumsum(crowd)])
    half = int(np.searchsorted(crowd, high / 2, side="right"))
    alpha = np.unique(crowd[:half])
    first = np.searchsorted(crowd, alpha)
    # Blocks of more than high − alpha; those between half and that; the room these leave.
    alone = np.maximum(np.searchsorted(crowd, high - alpha, side="right"), half)
    room = (alone - half) * high - (upto[alone] - upto[half])
    rest = upto[half] - upto[first]
    needed = len(crowd) - half + np.maximum(-(-(rest - room) // high), 0)
    least = max(len(crowd) - half, int(needed.max(initial=0)))
    return Obstacle("packing") if least > case.task.sectors else None


def _covering(case: _Case) -> Obstacle | None:
    usable = int(np.minimum(case.crowd, case.low).sum())
    return Obstacle("covering") if usable < case.task.sectors * case.low else None


def _lonely(case: _Case) -> Obstacle | None:
    graph = case.task.graph
    one = case.group[np.repeat(np.arange(graph.size), np.diff(graph.indptr))]
    two = case.group[graph.indices]
    fits = (one != two) & (case.crowd[one] + case.crowd[two] <= case.high)
    company = np.bincount(one[fits], minlength=len(case.crowd)) > 0
    lonely = np.flatnonzero((case.crowd < case.low) & ~company)
    return case.named("lonely", int(lonely[0])) if len(lonely) else None


def _gate(case: _Case) -> Obstacle | None:
    """Leave over p − k·high of a piece of p people and k whole sectors, where k ≤ p / low."""
    if case.low == 0 or len(case.task.pieces.block) == 0:
        return None
    blocks, people = case.task.pieces
    gates, place = np.unique(blocks, return_inverse=True)
    most = people // case.low
    rest = np.maximum(people - most * case.high, 0)
    own = case.task.people[gates]
    crowded = own + np.bincount(place, rest) > case.high
    others = case.task.sectors - 1
    whole = np.bincount(place, most)
    blocked = crowded | (whole < others)
    # Where several pieces hold sectors and more than there are, some must hold fewer.
    several = np.bincount(place, most > 0) > 1
    for gate in np.flatnonzero(~blocked & several & (whole > others)):
        here = people[place == gate]
        blocked[gate] = own[gate] + _least_rest(here, others, case) > case.high
    found = np.flatnonzero(blocked)
    return Obstacle("gate", int(gates[found[0]])) if len(found) else None


def _least_rest(people: Ints, others: int, case: _Case) -> int:
    """Give the least people left over by pieces that hold so many whole sectors together.

    What a piece leaves over is convex in its number of sectors, so that taking away, again and
    again, the sector that costs least gives the least sum.
    """
    held = people // case.low
    while held.sum() > others:
        now = np.maximum(people - held * case.high, 0)
        fewer = np.maximum(people - (held - 1) * case.high, 0)
        dearer = np.where(held > 0, fewer - now, np.iinfo(np.int64).max)
        held[np.argmin(dearer)] -= 1
    return int(np.maximum(people - held * case.high, 0).sum())


def _sums(case: _Case) -> Obstacle | None:
    """Enumerate the sums of blocks as the bits of a whole number."""
    if case.low == 0 or len(case.crowd) * float(case.high) > _MOST_SUMS:
        return None
    everything = (1 << (case.high + 1)) - 1
    sums = 1
    for crowd in case.crowd[case.crowd > 0].tolist():
        sums |= (sums << crowd) & everything
    if not sums >> case.low:
        return Obstacle("sums")
    for group in np.argsort(-case.crowd, kind="stable"):
        own = int(case.crowd[group])
        # The rest of this group's sector, of all blocks: that allows more than there is.
        rest = (sums & (everything >> own)) >> max(case.low - own, 0)
        if not rest:
            return case.named("sums", int(group))
    return None


_TESTS: tuple[Callable[[_Case], Obstacle | None], ...] = (
    _over_quota,
    _too_few_with_people,
    _steps,
    _packing,
    _covering,
    _lonely,
    _gate,
    _sums,
)
