"""A bar for long work: on a terminal and in Jupyter, nothing in a pipe."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tqdm


def progress(total: int, label: str) -> tqdm.tqdm:
    """Start a progress bar.

    Parameters
    ----------
    total : int
        Steps until done.
    label : str
        What is being done, in the current language.

    Returns
    -------
    tqdm.tqdm
        A context manager with ``update(n)`` and ``set_postfix_str(text)``; silent unless standard
        error is a terminal or the code runs in a notebook.

    Examples
    --------
    >>> with progress(3, "counting") as bar:
    ...     _ = bar.update(3)
    """
    in_notebook = "ipykernel" in sys.modules
    if in_notebook and find_spec("ipywidgets") is not None:
        from tqdm.notebook import tqdm as bar
    else:  # without widgets a notebook shows the bar as text
        from tqdm import tqdm as bar
    # Programs without a console (pythonw on Windows) have no standard error at all.
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    return bar(total=total, desc=label, disable=not (in_notebook or on_terminal))
