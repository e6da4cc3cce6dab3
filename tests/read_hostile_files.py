"""Read files that are named on standard input, one line of JSON for each; see hostile_files.py."""

from __future__ import annotations

import json
import math
import resource
import signal
import socket
import sys
import time
import warnings
from typing import Any, NoReturn

ADDRESS_SPACE = 3 * 1024**3
SECONDS = 20


class _TooLongError(BaseException):
    """The time for one file is over."""


def _no_network(*_: object, **__: object) -> NoReturn:
    message = "a reader opened a socket"
    raise AssertionError(message)


def _plain(cell: Any) -> Any:
    if cell is None or str(cell) in {"<NA>", "NaT", "nan"}:
        return None
    if hasattr(cell, "isoformat"):
        return cell.isoformat().removesuffix("T00:00:00")
    if isinstance(cell, int | str):
        return cell
    number = round(float(cell), 9)
    return int(number) if math.isfinite(number) and number == int(number) else number


def read(file: dict[str, Any]) -> dict[str, Any]:
    """Read one file, and say what came of it."""
    from geosector.errors import GeosectorError
    from geosector.sources import read_population, read_table

    started = time.process_time()
    try:
        if file["table"] == "population":
            rows, problems = read_population(file["path"], crs=file["crs"])
        else:
            rows, problems = read_table(file["path"], file["table"], crs=file["crs"])
    except _TooLongError:
        return {"error": f"longer than {SECONDS} s"}
    except GeosectorError as error:
        return {"error": type(error).__name__, "message": str(error), "ours": True,
                "seconds": round(time.process_time() - started, 2)}  # fmt: skip
    except BaseException as error:  # noqa: BLE001 - that is what is looked for
        return {"error": type(error).__name__, "message": str(error)}
    return {
        "rows": len(rows),
        "seconds": round(time.process_time() - started, 2),
        "listed": [
            {"place": f"{'-' if _plain(row) is None else row}:{_plain(column) or ''}",
             "given": str(given)[:80], "action": str(action)[:80]}
            for row, column, given, action in zip(
                problems["row"], problems["column"], problems["given"], problems["action"],
                strict=True,
            )
        ][:50],
        "values": {
            column: [_plain(cell) for cell in rows[column].tolist()] if column in rows else None
            for column in file["values"]
        },
    }  # fmt: skip


def main() -> None:
    """Read every file within its limits."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    socket.socket.connect = _no_network  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = _no_network

    def ring(*_: object) -> NoReturn:
        raise _TooLongError

    signal.signal(signal.SIGALRM, ring)
    signal.signal(signal.SIGPROF, ring)
    # GDAL's warnings are caught where they belong; one that gets out is a fault.
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", ResourceWarning)
    for file in json.load(sys.stdin):
        # The machine is shared: its own time counts, and the clock only where it waits for ever.
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        signal.setitimer(signal.ITIMER_REAL, 6 * SECONDS)
        result = read(file)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
