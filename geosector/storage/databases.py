"""One file, changed in place: an SQLite database that several programs use at once."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from geosector.errors import GeosectorError, StorageError, UnreadableFileError
from geosector.language import text
from geosector.storage.atomic import POSIX, AnyPath, failure, permissions_to_keep

BUSY_SECONDS = 30.0
_COPIES = 5  # attempts to copy a file in which nobody writes meanwhile
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_HEADER = 100  # bytes at the head of an SQLite file
_DAMAGED = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def open_database(path: AnyPath, *, create: bool = False) -> sqlite3.Connection:
    """Open an SQLite file that is changed in place, by several programs at once.

    It is in WAL mode, every change is forced to the disk before it counts as made, what is
    deleted is overwritten, and nothing goes into a temporary file. A new file is readable by its
    owner only. Where the file or its folder is write-protected, it is opened for reading.

    Parameters
    ----------
    path : str or path
        Where it is a symbolic link, the file that it points to.
    create : bool
        Make the file where there is none.

    Returns
    -------
    sqlite3.Connection
        In autocommit mode: `transaction` begins and ends what belongs together. For one thread.

    Raises
    ------
    UnreadableFileError
        Where there is no file and none is to be made, or it is torn or no database.
    StorageError
        Where it cannot be made, or other programs kept it busy for `BUSY_SECONDS`.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> database = open_database(Path(folder.name) / "new.gpkg", create=True)
    >>> database.execute("PRAGMA journal_mode").fetchone()
    ('wal',)
    >>> database.close()
    >>> open_database(Path(folder.name) / "other.gpkg")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: ...other.gpkg is not there. Give a file that exists.
    >>> folder.cleanup()
    """
    target = Path(os.path.realpath(path))
    if create:
        _make_empty(path, target)
    elif not target.is_file():
        raise UnreadableFileError(
            text("{path} is not there. Give a file that exists.", path=os.fspath(path))
        )
    with database_errors(path):
        _refuse_torn(path, target)
        database = sqlite3.connect(
            f"{target.as_uri()}?{_access(path, target)}",
            uri=True,
            isolation_level=None,
            timeout=BUSY_SECONDS,
        )
        try:
            for setting in ("temp_store=MEMORY", "synchronous=FULL", "secure_delete=ON"):
                database.execute(f"PRAGMA {setting}")
            _log_ahead(database)
        except sqlite3.Error:
            database.close()
            raise
    return database


def _make_empty(path: AnyPath, target: Path) -> None:
    """Make an empty file that only its owner reads; SQLite gives its log the same permissions."""
    if target.exists():
        return
    if not target.parent.is_dir():
        permissions_to_keep(path, target)  # refuses, with the sentence for it
    try:
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:  # another program was faster
        return
    except OSError as error:
        raise failure(path, error) from error


def _access(path: AnyPath, target: Path) -> str:
    """Say how a file may be opened: a log that cannot be read along must not be overlooked."""
    if os.access(target, os.W_OK) and os.access(target.parent, os.W_OK | os.X_OK):
        return "mode=rw"
    log = target.with_name(target.name + "-wal")
    if not log.exists() or not log.stat().st_size:
        return "mode=ro&immutable=1"
    if (
        os.access(target.parent, os.W_OK | os.X_OK)
        or target.with_name(target.name + "-shm").exists()
    ):
        return "mode=ro"
    raise UnreadableFileError(
        text(
            "{path} is write-protected, and its latest changes are still in {log}. Copy both "
            "files to a folder that can be written, and open the copy.",
            path=os.fspath(path),
            log=log.name,
        )
    )


def _refuse_torn(path: AnyPath, target: Path) -> None:
    """Refuse a file that is shorter than its head says, where no log could hold the rest."""
    log = target.with_name(target.name + "-wal")
    with target.open("rb") as opened:
        head = opened.read(_HEADER)
    size = target.stat().st_size
    if not size or (log.exists() and log.stat().st_size):
        return
    page = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    if len(head) < _HEADER or size < pages * (65536 if page == 1 else page):
        raise _damaged(path)


def _log_ahead(database: sqlite3.Connection) -> None:
    """Switch to WAL mode; SQLite does not wait by itself while another program does the same."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            # Where the file is write-protected, SQLite says so or leaves the mode as it is.
            database.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            code = error.sqlite_errorcode & 0xFF
            if code == sqlite3.SQLITE_READONLY:
                return
            if code not in _BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


# Where SQLite keeps its locks on POSIX systems: of a reader, in the file itself ("SHARED"), and of
# everybody who uses the log, in its index ("DMS").
_READERS = (510, 0x40000002)
_USERS = (1, 128)


class Database:
    """An SQLite file that stays open, also where other libraries open it in the same program.

    On POSIX systems a program loses all its locks on a file when any library in it closes that
    file. GDAL brings an SQLite of its own: when it has read a GeoPackage that is open here, it
    takes itself for the last user and deletes the log, and what would be written into that log
    afterwards were lost without a word. So each use first takes the locks again and looks whether
    the log is still the one that was opened; where it is not, the file is opened anew. The same
    keeps a forked program apart from its parent. Threads are not told apart: use one.

    Parameters
    ----------
    path : str or path
        As `open_database`.
    create : bool
        As `open_database`.
    prepare : callable, optional
        Called with each connection that is opened.
    look : callable, optional
        Called with the path before it is opened; refuses what must not be.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> held = Database(Path(folder.name) / "new.gpkg", create=True)
    >>> held.connection().execute("SELECT 1").fetchone()
    (1,)
    >>> held.close()
    >>> folder.cleanup()
    """

    def __init__(
        self,
        path: AnyPath,
        *,
        create: bool = False,
        prepare: Callable[[sqlite3.Connection], None] | None = None,
        look: Callable[[AnyPath], None] | None = None,
    ) -> None:
        self._path = path
        self._prepare = prepare
        self._look = look
        self._is_open = False
        self._handles: dict[str, int] = {}
        self._open(create=create)

    def connection(self) -> sqlite3.Connection:
        """Give the connection, for the next use only.

        Returns
        -------
        sqlite3.Connection

        Raises
        ------
        UnreadableFileError, StorageError
            As `open_database`.
        """
        if not self._is_open:  # it could not be opened anew
            self._open(create=False)
        elif self._handles and not self._connection.in_transaction:
            with database_errors(self._path):
                self._lock()
                is_same = self._is_same()
            if not is_same:
                self.close()
                self._open(create=False)
        return self._connection

    def close(self) -> None:
        """Let go of the file."""
        if self._is_open:
            self._take_along()
            self._connection.close()
        self._is_open = False
        for handle in self._handles.values():  # after it: closing them gives up its locks
            os.close(handle)
        self._handles = {}

    def _open(self, *, create: bool) -> None:
        if self._look is not None:
            self._look(self._path)
        self._connection = open_database(self._path, create=create)
        self._is_open = True
        try:
            if self._prepare is not None:
                self._prepare(self._connection)
            with database_errors(self._path):
                # The first look makes the log and its index.
                self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                target = os.path.realpath(self._path)
                if POSIX and all(map(os.path.exists, (f"{target}-wal", f"{target}-shm"))):
                    self._handles = {
                        name: os.open(name, os.O_RDONLY)
                        for name in (target, f"{target}-wal", f"{target}-shm")
                    }
                    self._lock()
        except (GeosectorError, OSError):
            self.close()
            raise

    def _lock(self) -> None:
        import fcntl  # POSIX only

        file, _, index = self._handles.values()
        fcntl.lockf(file, fcntl.LOCK_SH, *_READERS)
        fcntl.lockf(index, fcntl.LOCK_SH, *_USERS)

    def _take_along(self) -> None:
        """Bring the log into a file that was renamed: under its new name it has none."""
        if not self._handles or self._connection.in_transaction:
            return
        file, log, _ = self._handles.values()
        _, log_name, _ = self._handles
        with suppress(sqlite3.Error, OSError):  # it stays in the log, as it would have
            if (
                not self._is_same()
                and os.fstat(file).st_nlink > 0
                and os.path.samestat(os.stat(log_name), os.fstat(log))  # noqa: PTH116 - as above
            ):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _is_same(self) -> bool:
        return all(
            os.path.exists(name) and os.path.samestat(os.stat(name), os.fstat(handle))  # noqa: PTH110, PTH116 - on every question
            for name, handle in self._handles.items()
        )


@contextmanager
def without_and_with_log(
    path: AnyPath,
) -> Iterator[tuple[sqlite3.Connection, sqlite3.Connection] | None]:
    """Look at an SQLite file in two ways: as it stands alone, and with what is in its log.

    Neither view writes anything, nor brings the log into the file. The second one is the later.

    Parameters
    ----------
    path : str or path
        Where it is a symbolic link, the file that it points to.

    Yields
    ------
    tuple of sqlite3.Connection, or None
        None where there is no file, or nothing in a log.

    Examples
    --------
    >>> with without_and_with_log("none.gpkg") as views:
    ...     print(views)
    None
    """
    target = Path(os.path.realpath(path))
    log = target.with_name(target.name + "-wal")
    if not (target.is_file() and log.is_file() and log.stat().st_size):
        yield None
        return
    memory = target.with_name(target.name + "-shm")
    if not (os.access(target.parent, os.W_OK | os.X_OK) or memory.exists()):
        yield None  # no log can be read there without a file beside it: `_access` refuses it
        return
    with database_errors(path):
        modes = ("mode=ro&immutable=1", "mode=ro")
        one, other = (
            sqlite3.connect(f"{target.as_uri()}?{mode}", uri=True, timeout=BUSY_SECONDS)
            for mode in modes
        )
        with closing(one), closing(other):
            yield one, other


def copy_database(path: AnyPath, copy: Path) -> None:
    """Copy an SQLite file with what is still in its log, without touching it.

    Nothing is written beside the original, which may lie on a write-protected memory stick.

    Parameters
    ----------
    path : str or path
        The original.
    copy : pathlib.Path
        A new name, such as `atomic_path` gives.

    Raises
    ------
    UnreadableFileError
        Where it is not there or cannot be read.
    StorageError
        Where another program kept changing the original.
    OSError
        Where the copy cannot be written: `atomic_path` says so in a sentence.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> copy_database(Path(folder.name) / "none.gpkg", Path(folder.name) / "copy.gpkg")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: ...none.gpkg is not there. Give a file that exists.
    >>> folder.cleanup()
    """
    original = Path(os.path.realpath(path))
    if not original.is_file():
        raise UnreadableFileError(
            text("{path} is not there. Give a file that exists.", path=os.fspath(path))
        )
    pairs = [(original, copy)]
    pairs += [(original.with_name(f"{original.name}-wal"), copy.with_name(f"{copy.name}-wal"))]
    for _ in range(_COPIES):
        for source, target in pairs:
            target.unlink(missing_ok=True)
            if source.exists():
                _copy_private(path, source, target)
        # Both are read again: where nobody wrote in between, they belong together.
        if all(_same_bytes(path, *pair) for pair in pairs):
            return
        time.sleep(0.2)
    raise StorageError(
        text(
            "{path} is being changed by another program. Close it there, then try again.",
            path=os.fspath(path),
        )
    )


def _copy_private(path: AnyPath, source: Path, target: Path) -> None:
    with database_errors(path):
        opened = source.open("rb")
    # What fails of the copy is told by whoever asked for it: it is no fault of the original.
    with opened, os.fdopen(os.open(target, _NEW, 0o600), "wb") as written:
        while piece := _piece(path, opened):
            written.write(piece)


def _piece(path: AnyPath, opened: BinaryIO) -> bytes:
    with database_errors(path):
        return opened.read(1 << 20)


def _same_bytes(path: AnyPath, source: Path, target: Path) -> bool:
    if not (source.exists() and target.exists()):
        return source.exists() == target.exists()
    with database_errors(path), source.open("rb") as one, target.open("rb") as other:
        while (piece := one.read(1 << 20)) == other.read(1 << 20):
            if not piece:
                return True
    return False


@contextmanager
def transaction(database: sqlite3.Connection, path: AnyPath) -> Iterator[None]:
    """Make changes that belong together: all of them, forced to the disk, or none.

    Parameters
    ----------
    database : sqlite3.Connection
        From `open_database`.
    path : str or path
        What errors call it.

    Raises
    ------
    StorageError
        Where it could not be written, or other programs kept it busy. Nothing was changed.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = Path(folder.name) / "new.gpkg"
    >>> database = open_database(file, create=True)
    >>> with transaction(database, file):
    ...     _ = database.execute("CREATE TABLE shelters (id TEXT)")
    >>> database.close()
    >>> folder.cleanup()
    """
    with database_errors(path):
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
            database.execute("COMMIT")
        finally:
            if database.in_transaction:
                database.execute("ROLLBACK")


@contextmanager
def database_errors(path: AnyPath) -> Iterator[None]:
    """Say what SQLite says in one sentence, as a typed error.

    Parameters
    ----------
    path : str or path
        What errors call the file.

    Raises
    ------
    UnreadableFileError
        Where the file is damaged or no database.
    StorageError
        Where it is write-protected or busy, the disk is full, or reading and writing fail.

    Examples
    --------
    >>> with database_errors("register.gpkg"):
    ...     sqlite3.connect(":memory:").execute("SELECT * FROM facilities")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: register.gpkg is damaged or of another kind. ...
    """
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _DAMAGED:
            raise _damaged(path) from error
        if code in _BUSY:
            raise StorageError(
                text(
                    "{path} was kept busy by another program. Nothing was changed; try again.",
                    path=os.fspath(path),
                )
            ) from error
        raise failure(path, error) from error
    except UnicodeDecodeError as error:  # what SQLite says cites the damaged letters
        raise _damaged(path) from error
    except OSError as error:
        if isinstance(error, GeosectorError):
            raise
        raise UnreadableFileError(
            text(
                "{path} cannot be read: {reason}.",
                path=os.fspath(path),
                reason=error.strerror or type(error).__name__,
            )
        ) from error


def _damaged(path: AnyPath) -> UnreadableFileError:
    return UnreadableFileError(
        text(
            "{path} is damaged or of another kind. Take the last copy that can be read.",
            path=os.fspath(path),
        )
    )
