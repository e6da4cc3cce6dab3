"""For whom a product is: the audience, its stamp, the day, the key, and what must be given."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from contextlib import suppress
from pathlib import Path

import geopandas as gpd

from geosector import storage
from geosector.errors import AudienceError, InputError, UnreadableFileError
from geosector.language import text
from geosector.tables import AUDIENCES, Audience

# Cells of these sides lie in one another: of two tables in two sizes that do not, the difference is
# the count of a piece as small as you like.
CELLS_M = (1000, 2000, 4000, 8000, 16_000, 32_000, 64_000)
MOST_DAYS = 36_500  # a hundred years
SHORTEST_KEY, LONGEST_KEY = 16, 1024
LEAST_DIFFERENT = 8  # bytes; of 16 drawn at random, fewer differ once in 10^9 keys
NEW_KEY = 32


def stamp(audience: Audience, lang: str | None = None) -> str:
    """Say for whom an output is; every output carries this sentence.

    Parameters
    ----------
    audience : {"internal", "partner", "public"}
    lang : str, optional
        Code of the language. Default: the current one.

    Returns
    -------
    str

    Raises
    ------
    AudienceError
        For any other audience.

    Examples
    --------
    >>> stamp("internal", "en")
    'Internal: do not pass on'
    """
    return {
        "internal": text("Internal: do not pass on", lang),
        "partner": text("For partners under agreement", lang),
        "public": text("Public", lang),
    }[audience_of(audience)]


def read_key(path: str | os.PathLike[str]) -> bytes:
    """Read the masking key of an office, or make one where there is none.

    Parameters
    ----------
    path : str or path
        The file. A new one has 32 random bytes and may be read by its owner only.

    Returns
    -------
    bytes
        Never printed, never part of a product.

    Raises
    ------
    UnreadableFileError
        Where the file cannot be read.
    InputError
        Where it is shorter than 16 bytes or longer than 1,024, or has fewer than 8 different ones
        (noughts after a power cut).
    StorageError
        Where a new one cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = read_key(Path(folder) / "office.key")
    ...     first == read_key(Path(folder) / "office.key"), len(first)
    (True, 32)
    """
    file = Path(path)
    try:
        key = file.read_bytes()
    except FileNotFoundError:
        key = secrets.token_bytes(NEW_KEY)
        storage.write_bytes(file, key, mode=0o600)
    except OSError as error:
        raise UnreadableFileError(
            text(
                "The masking key {file} could not be read: {reason}.",
                file=file,
                reason=error.strerror or error,
            )
        ) from error
    _require_length(key)
    if len(key) > LONGEST_KEY or len(set(key)) < LEAST_DIFFERENT:
        raise InputError(
            text(
                "{file} holds no masking key: its bytes repeat, or it is another file. Name your "
                "office's key, or a file that does not exist yet, and a key is made there.",
                file=file,
            )
        )
    return key


# --------------------------------------------------------------- what must be given


def audience_of(audience: object) -> Audience:
    """Take one of the three audiences for what it is; refuse everything else."""
    for known in AUDIENCES:
        if isinstance(audience, str) and audience == known:
            return known
    raise AudienceError(
        text("Say for whom this is: the audience is one of {known}.", known=", ".join(AUDIENCES))
    )


def require_coarse(delay_days: object, cell_m: object) -> None:
    """Refuse a delay or a cell that would undo what they are for."""
    if not isinstance(delay_days, int | float) or not 0 <= delay_days <= MOST_DAYS:
        raise InputError(
            text(
                "{name} is {given}. Give a number from {least} to {most}.",
                name="delay_days",
                given=delay_days,
                least="0",
                most=f"{MOST_DAYS}",
            )
        )
    if not isinstance(cell_m, int | float) or cell_m not in CELLS_M:
        raise InputError(
            text(
                "cell_m is {given}. Give one of {known}: of cells that do not lie in one another, "
                "two tables tell more than either.",
                given=cell_m,
                known=", ".join(str(side) for side in CELLS_M),
            )
        )


def require_key(key: bytes | None, audience: Audience, name: str) -> None:
    """Refuse a release that needs a masking key and has none."""
    if key is not None:
        _require_length(key)
    elif audience == "public" or name == "incidents":
        raise AudienceError(
            text(
                "A release of {name} for the audience {audience} needs a masking key. Name its "
                "file with --key-file; it is made where it is missing.",
                name=name,
                audience=audience,
            )
        )


def _require_length(key: object) -> None:
    if not isinstance(key, bytes):
        raise InputError(text("The masking key is a {kind}; give bytes.", kind=type(key).__name__))
    if len(key) < SHORTEST_KEY:
        raise InputError(
            text(
                "The masking key has {n} bytes and needs at least {least}. Name a file that does "
                "not exist yet, and a key is made there.",
                n=len(key),
                least=SHORTEST_KEY,
            )
        )


def needed_sectors(sectors: gpd.GeoDataFrame | None, name: str) -> gpd.GeoDataFrame:
    """Refuse a table that is shown by sector only where there are no sectors."""
    if sectors is None:
        raise AudienceError(
            text(
                "Outside your office the table {name} is shown by sector only. Give the sectors "
                "with --sectors.",
                name=name,
            )
        )
    return sectors


def release_day(date: dt.date | str | None) -> dt.date | None:
    """Read the day of a product.

    Parameters
    ----------
    date : datetime.date or str, optional
        ``2024-04-30``. Default: the environment's ``SOURCE_DATE_EPOCH``, never the clock.

    Returns
    -------
    datetime.date or None
        None where neither says it.

    Raises
    ------
    InputError
        Where it is no date.

    Examples
    --------
    >>> release_day("2024-04-30")
    datetime.date(2024, 4, 30)
    >>> release_day("30/4")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: '30/4' is not a date; write it as 2024-04-30.
    """
    if date is None:
        moment = storage.stated_moment()
        return None if moment is None else moment.date()
    with suppress(ValueError):
        if isinstance(date, dt.datetime) and date == date:  # noqa: PLR0124 - NaT is a datetime, too
            return date.date()
        if isinstance(date, dt.date) and not isinstance(date, dt.datetime):
            return date
        if isinstance(date, str):
            return dt.date.fromisoformat(date)
    raise InputError(text("'{given}' is not a date; write it as 2024-04-30.", given=date))


def needed_day(day: dt.date | None) -> dt.date:
    """Refuse incidents for the public where the day of the release is not known."""
    if day is None:
        raise AudienceError(
            text(
                "The public sees incidents after a delay, so the day of the release must be "
                "known. Give it with --date, for example --date 2024-04-30."
            )
        )
    return day


def not_public(name: str) -> AudienceError:
    """Say that a table never leaves for the public; the caller raises it."""
    return AudienceError(
        text("The table {name} is not for the public. Release counts instead.", name=name)
    )
