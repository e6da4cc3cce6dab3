"""The chain: each change is signed together with the hash of the one before.

Signed are not the values but their salted digests, so that a purge can take values and salts away
and the chain still holds:

- salt of a cell = first 16 bytes of HMAC-SHA256(secret of the change, which cell)
- digest of a cell = HMAC-SHA256(salt, value as JSON)
- hash of a change = SHA-256(its facts and the digests of its cells as JSON, the hash before)

Without the salt a digest tells nothing, not even to somebody who tries every name and every place.
The secrets are random: two registers that were made in the same way differ in them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Any, NamedTuple

from geosector.errors import UnreadableFileError
from geosector.language import text
from geosector.register.cells import Cells, Value

FIRST = "0" * 64  # what the first change has for the hash before
ROW_ID = "row_id"
_SALT_BYTES = 16


class Change(NamedTuple):
    """One line of ``changes``; the columns are described in `geosector.register.schema`."""

    sequence: int
    batch: int
    office: str
    at: str
    table_name: str
    row: int | None
    row_id: str | None
    action: str
    about: int | None
    detail: dict[str, Any] | None
    before: Cells | None
    after: Cells | None
    secret: str | None
    remains: dict[str, dict[str, str]] | None
    previous: str
    hash: str


_JSON = ("detail", "before", "after", "remains")


def from_row(row: tuple[Any, ...]) -> Change:
    """Read a line of ``changes``.

    Raises
    ------
    UnreadableFileError
        Where somebody wrote into it what the register never does.
    """
    change = Change(*row)
    try:
        read: dict[str, Any] = {
            name: None if (written := getattr(change, name)) is None else json.loads(written)
            for name in _JSON
        }
    except (TypeError, ValueError):
        raise _damaged(change) from None
    if not all(isinstance(value, dict | None) for value in read.values()) or (
        read["remains"] is not None and not {"salts", "digests"} <= read["remains"].keys()
    ):
        raise _damaged(change)
    return change._replace(**read)


def _damaged(change: Change) -> UnreadableFileError:
    return UnreadableFileError(
        text(
            "Change {sequence} of the register is damaged. See what geosector check says, and take "
            "the last copy without such a change.",
            sequence=change.sequence,
        )
    )


def to_row(change: Change) -> tuple[Any, ...]:
    """Write a line of ``changes``."""
    written: dict[str, Any] = {
        name: None
        if (value := getattr(change, name)) is None
        else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        for name in _JSON
    }
    return tuple(change._replace(**written))


def new_secret() -> str:
    """Draw the secret of a change."""
    return secrets.token_hex(_SALT_BYTES)


def cells_of(change: Change) -> dict[str, Value]:
    """List the values that a change holds: ``before:column``, ``after:column`` and ``row_id``."""
    cells: dict[str, Value] = {} if change.row_id is None else {ROW_ID: change.row_id}
    for side, values in (("before", change.before), ("after", change.after)):
        cells |= {f"{side}:{column}": value for column, value in (values or {}).items()}
    return cells


def salts_of(change: Change) -> dict[str, str]:
    """Give the salt of each cell that a change still holds, in hexadecimal digits."""
    if change.secret is None:
        return {} if change.remains is None else change.remains["salts"]
    secret = bytes.fromhex(change.secret)
    return {
        cell: hmac.digest(secret, cell.encode(), "sha256")[:_SALT_BYTES].hex()
        for cell in cells_of(change)
    }


def digests_of(change: Change) -> dict[str, str]:
    """Give the digest of each cell that a change holds or held."""
    gone = {} if change.remains is None else change.remains["digests"]
    salts = salts_of(change)
    made = {
        cell: hmac.digest(
            bytes.fromhex(salts.get(cell, "")), json.dumps(value).encode(), "sha256"
        ).hex()
        for cell, value in cells_of(change).items()
    }
    return {**made, **gone}


def hash_of(change: Change) -> str:
    """Compute what the hash of a change must be."""
    facts = [
        change.sequence, change.batch, change.office, change.at, change.table_name, change.row,
        change.action, change.about, change.detail, change.before is None, change.after is None,
        digests_of(change), change.previous,
    ]  # fmt: skip
    written = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def fits(change: Change) -> bool:
    """Say whether a change is what its hash was made of."""
    try:
        return hash_of(change) == change.hash
    except (AttributeError, KeyError, TypeError, ValueError):  # JSON of another shape
        return False


def signed(change: Change) -> Change:
    """Give a change its hash."""
    return change._replace(hash=hash_of(change))


def without(change: Change, columns: set[str] | None, *, and_id: bool) -> Change:
    """Take values out of a change; their digests stay, so its hash is the same.

    Parameters
    ----------
    change : Change
        As it stands in the file.
    columns : set of str or None
        Which columns; None for all.
    and_id : bool
        The id of the row too.

    Returns
    -------
    Change
        The same one where it holds none of these values.
    """
    held = cells_of(change)
    gone = {
        cell
        for cell in held
        if (and_id if cell == ROW_ID else columns is None or cell.partition(":")[2] in columns)
    }
    if not gone:
        return change
    digests, salts = digests_of(change), salts_of(change)
    before, after = (
        None if values is None else {
            column: value for column, value in values.items() if f"{side}:{column}" not in gone
        }
        for side, values in (("before", change.before), ("after", change.after))
    )  # fmt: skip
    return change._replace(
        row_id=None if ROW_ID in gone else change.row_id,
        before=before,
        after=after,
        secret=None,
        remains={
            "salts": {cell: salt for cell, salt in salts.items() if cell not in gone},
            "digests": {
                cell: digests[cell] for cell in digests if cell not in held or cell in gone
            },
        },
    )
