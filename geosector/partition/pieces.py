"""What hangs together, directly or through others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]


def joined(size: int, one: Ints, two: Ints) -> Ints:
    """Give what is joined one number.

    Parameters
    ----------
    size : int
        How many things there are: 0 … size − 1.
    one, two : array of int, shape (n,)
        Pairs that are joined.

    Returns
    -------
    array of int, shape (size,)
        0 … k − 1, in order of their first thing.

    Examples
    --------
    >>> joined(4, np.array([0, 3]), np.array([3, 2])).tolist()
    [0, 1, 0, 0]
    >>> joined(2, np.array([], int), np.array([], int)).tolist()
    [0, 1]
    """
    link = coo_array((np.ones(len(one)), (one, two)), shape=(size, size))
    number: Ints = connected_components(link, directed=False)[1].astype(np.int64)
    return number
