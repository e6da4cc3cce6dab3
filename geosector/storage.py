"""Writing files: the only place where a file is opened for writing.

Every file is written under another name in the same folder, forced to the disk, and then given its
true name in one step. Whoever looks, at any moment, sees the old file or the new one, whole; a full
disk, a crash or a lost power supply leaves the old one.

The same content gives the same bytes: no clock goes into a file. Where a format insists on a date
it is ``SOURCE_DATE_EPOCH``, else 1980-01-01.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import io
import json
import os
import platform
import re
import secrets
import shutil
import sqlite3
import stat
import time
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geosector import tables
from geosector.crs import require_crs, to_wgs84
from geosector.errors import GeosectorError, InputError, StorageError, UnreadableFileError
from geosector.language import current, language, text

AnyPath: TypeAlias = str | os.PathLike[str]
Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"

# --------------------------------------------------------------- one file, whole or not at all

_POSIX = os.name == "posix"
# A temporary file of another machine on a shared disk says nothing about whether its writer lives.
# A day, because clocks and time zones of machines and memory sticks disagree by hours.
STALE_SECONDS = 86_400
_DIGEST = 32  # bytes of a SHA-256


@contextmanager
def atomic_path(path: AnyPath, *, mode: int | None = None) -> Iterator[Path]:
    """Write a file so that its true name always holds a whole file: the old one or the new one.

    Parameters
    ----------
    path : str or path
        The true name. Its folder must exist (see `make_folder`). Where it is a symbolic link, the
        file that it points to is replaced and the link stays. Something other than a file
        (a folder, a device) is refused.
    mode : int, optional
        Permissions of the file, ``0o600`` for a key; it has them before anything is written.
        Default: those of the file that is replaced, or what the system gives to any new file.

    Yields
    ------
    pathlib.Path
        A new name in the same folder with the same suffix, to be written by any means. When the
        block ends well, that file is forced to the disk and takes the true name. When it does
        not, it is removed with what stands beside it (``-journal``, ``-wal``).

    Raises
    ------
    StorageError
        Where writing failed. The file that stood there before is whole.

    Notes
    -----
    A killed writer leaves its temporary file. The next writer of the same name removes it: at
    once where the writer was a process of this machine that no longer runs, else after a day.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with atomic_path(Path(folder.name) / "sum.txt") as temporary:
    ...     _ = temporary.write_text("12", encoding="utf-8")
    >>> [file.name for file in Path(folder.name).iterdir()]
    ['sum.txt']
    >>> with atomic_path(Path(folder.name) / "reports" / "sum.txt") as temporary:
    ...     pass
    Traceback (most recent call last):
    ...
    geosector.errors.StorageError: The folder ...reports does not exist. Make it, or ...
    >>> folder.cleanup()
    """
    target = Path(os.path.realpath(path))
    kept = _permissions_to_keep(path, target)
    permissions = kept if mode is None else mode
    _remove_stale(target)
    temporary = target.with_name(
        f"{_label(target)}{_machine()}-{os.getpid()}-{secrets.token_hex(4)}.tmp{target.suffix}"
    )
    try:
        if mode is not None:
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        yield temporary
        if permissions is not None:
            temporary.chmod(permissions)
        _force_to_disk(temporary)
        temporary.replace(target)
    except GeosectorError:
        raise
    except OSError as error:
        raise _failure(path, error) from error
    finally:
        _remove_all(temporary.parent, temporary.name.removesuffix(temporary.suffix))
    with suppress(OSError):  # the new file is whole already; some network disks refuse this
        _force_folder_to_disk(target.parent)


def require_writable(path: AnyPath, formats: Collection[str]) -> None:
    """Refuse a target before hours of work are spent on what could not be written there.

    Parameters
    ----------
    path : str or path
        The file that will be written.
    formats : collection of str
        The endings that it may have, such as ``.gpkg``.

    Raises
    ------
    InputError
        Where it has another ending.
    StorageError
        Where its folder does not exist or is write-protected, or something stands there that is
        not replaced.

    Examples
    --------
    >>> require_writable("layout.shp", [".gpkg"])
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: layout.shp: '.shp' is not a format that geosector writes. ...
    """
    _require_format(path, formats)
    target = Path(os.path.realpath(path))
    _permissions_to_keep(path, target)
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise _failure(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def _failure(path: AnyPath, error: Exception) -> StorageError:
    reason = error.strerror if isinstance(error, OSError) else None
    return StorageError(
        text(
            "{path} could not be written: {reason}. What stood there before is unchanged.",
            path=os.fspath(path),
            reason=reason or str(error) or type(error).__name__,
        )
    )


def _permissions_to_keep(path: AnyPath, target: Path) -> int | None:
    """Look before writing: refuse what must not be replaced, and note the old permissions."""
    if not target.parent.is_dir():
        raise StorageError(
            text(
                "The folder {folder} does not exist. Make it, or write elsewhere.",
                folder=target.parent,
            )
        )
    try:
        old = target.stat()
    except OSError:
        return None  # nothing there yet, or nothing that can be looked at: the attempt will tell
    if not stat.S_ISREG(old.st_mode):
        raise StorageError(
            text("{path} is not a file and is not replaced. Write elsewhere.", path=os.fspath(path))
        )
    if not os.access(target, os.W_OK):
        raise StorageError(
            text(
                "{path} is write-protected and is not replaced. "
                "Remove the protection, or write elsewhere.",
                path=os.fspath(path),
            )
        )
    return stat.S_IMODE(old.st_mode)


def _label(target: Path) -> str:
    """Begin the names of all temporary files of one target; never too long for a disk."""
    digest = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:8]
    begin = re.sub(r"[\x00-\x1f]", "_", target.name[:30])  # GDAL opens no name with control signs
    return f".{begin}.{digest}-"


def _machine() -> str:
    return f"{zlib.crc32(platform.node().encode()):08x}"


def _remove_stale(target: Path) -> None:
    ours = re.compile(re.escape(_label(target)) + r"([0-9a-f]{8})-(\d{1,9})-[0-9a-f]{8}\.tmp")
    with suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            found = ours.match(entry.name)
            if found is None:
                continue
            machine, process = found.groups()
            is_dead = machine == _machine() and not _runs(int(process))
            with suppress(OSError):
                if is_dead or time.time() - entry.stat().st_mtime > STALE_SECONDS:
                    Path(entry.path).unlink()


def _runs(process: int) -> bool:
    if not _POSIX:  # there, asking in this way would end the process: the file's age decides
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it runs, and belongs to somebody else
        return True
    return True


def _remove_all(folder: Path, beginning: str) -> None:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(beginning):
                with suppress(OSError):
                    Path(entry.path).unlink()


def _force_to_disk(file: Path) -> None:
    with file.open("rb+") as opened:  # for writing: Windows forces nothing that was opened to read
        os.fsync(opened.fileno())


def _force_folder_to_disk(folder: Path) -> None:
    if not _POSIX:  # Windows knows no such thing
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


# --------------------------------------------------------------- one file, changed in place

BUSY_SECONDS = 30.0
_COPIES = 5  # attempts to copy a file in which nobody writes meanwhile
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
        _permissions_to_keep(path, target)  # refuses, with the sentence for it
    try:
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:  # another program was faster
        return
    except OSError as error:
        raise _failure(path, error) from error


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
    ) -> None:
        self._path = path
        self._prepare = prepare
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
        if self._handles and not self._connection.in_transaction:
            with database_errors(self._path):
                self._lock()
                is_same = self._is_same()
            if not is_same:
                self.close()
                self._open(create=False)
        return self._connection

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
        for handle in self._handles.values():  # after it: closing them gives up its locks
            os.close(handle)
        self._handles = {}

    def _open(self, *, create: bool) -> None:
        self._connection = open_database(self._path, create=create)
        try:
            if self._prepare is not None:
                self._prepare(self._connection)
            with database_errors(self._path):
                # The first look makes the log and its index.
                self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                target = os.path.realpath(self._path)
                if _POSIX and all(map(os.path.exists, (f"{target}-wal", f"{target}-shm"))):
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

    def _is_same(self) -> bool:
        return all(
            os.path.exists(name) and os.path.samestat(os.stat(name), os.fstat(handle))  # noqa: PTH110, PTH116 - on every question
            for name, handle in self._handles.items()
        )


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
        Where the copy cannot be written, or another program kept changing the original.

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
    with database_errors(path), source.open("rb") as opened:
        made = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "wb") as written:
            shutil.copyfileobj(opened, written, 1 << 20)


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
        raise _failure(path, error) from error
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


def make_folder(path: AnyPath) -> Path:
    """Make a folder, and those above it, where they do not exist yet.

    Writers of files do not do this: a slip in a path would be hidden by a new folder.

    Parameters
    ----------
    path : str or path
        The folder.

    Returns
    -------
    pathlib.Path
        The same.

    Raises
    ------
    StorageError
        Where it cannot be made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     make_folder(Path(folder) / "maps" / "april").is_dir()
    True
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            text(
                "The folder {folder} could not be made: {reason}.",
                folder=folder,
                reason=error.strerror or str(error),
            )
        ) from error
    return folder


def write_bytes(path: AnyPath, data: bytes, *, mode: int | None = None) -> None:
    """Write bytes to a file.

    Parameters
    ----------
    path : str or path
        Replaced where it exists.
    data : bytes
        The whole content.
    mode : int, optional
        Permissions, as in `atomic_path`.

    Raises
    ------
    StorageError
        Where writing failed. The file that stood there before is whole.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_bytes(Path(folder) / "masking.key", bytes(32), mode=0o600)
    ...     (Path(folder) / "masking.key").stat().st_size
    32
    """
    with atomic_path(path, mode=mode) as temporary:
        temporary.write_bytes(data)


def remembered(name: str, make: Callable[[], bytes]) -> bytes:
    """Give bytes that are costly to make and always the same: made once, kept for the user.

    They are kept in ``geosector`` in the user's folder for such files (``GEOSECTOR_CACHE`` says
    where else; empty: nowhere). Nothing that comes from the user's data belongs there. A file
    that is damaged, or a folder that cannot be written, costs only the time to make them again.

    Parameters
    ----------
    name : str
        Of the file. It must say everything that the bytes depend on, such as a digest of it.
    make : callable
        Makes the bytes.

    Returns
    -------
    bytes

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> os.environ["GEOSECTOR_CACHE"] = folder.name
    >>> remembered("font-1", lambda: b"made"), remembered("font-1", lambda: b"made again")
    (b'made', b'made')
    >>> folder.cleanup()
    >>> del os.environ["GEOSECTOR_CACHE"]
    """
    folder = _memory()
    if folder is None:
        return make()
    file = folder / name
    with suppress(OSError):
        kept = file.read_bytes()
        if kept[:_DIGEST] == hashlib.sha256(kept[_DIGEST:]).digest():
            return kept[_DIGEST:]
    made = make()
    with suppress(OSError, StorageError):
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(file, hashlib.sha256(made).digest() + made)
    return made


def _memory() -> Path | None:
    """Find the folder in which `remembered` keeps files."""
    chosen = os.environ.get("GEOSECTOR_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home raises where there is none
    usual = {
        "Windows": os.environ.get("LOCALAPPDATA") or f"{home}/AppData/Local",
        "Darwin": f"{home}/Library/Caches",
    }
    on_others = os.environ.get("XDG_CACHE_HOME") or f"{home}/.cache"
    return Path(usual.get(platform.system(), on_others)) / "geosector"


def write_text(path: AnyPath, written: str) -> None:
    r"""Write text to a file, in UTF-8 on every system, line ends as they are in the text.

    Parameters
    ----------
    path : str or path
        Replaced where it exists.
    written : str
        The whole content.

    Raises
    ------
    StorageError
        Where writing failed. The file that stood there before is whole.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder) / "note.txt", "إدلب\n")
    ...     (Path(folder) / "note.txt").read_bytes().decode()
    'إدلب\n'
    """
    write_bytes(path, written.encode("utf-8", "replace"))


def write_json(path: AnyPath, value: object) -> None:
    r"""Write a value as JSON, readable by people: indented, letters as letters, keys in order.

    Parameters
    ----------
    path : str or path
        Replaced where it exists.
    value : object
        Of dicts, lists, texts, numbers, booleans and None; numpy numbers and dates are taken too.

    Raises
    ------
    InputError
        Where JSON has no word for something in it, such as NaN.
    StorageError
        Where writing failed. The file that stood there before is whole.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "summary.json"
    ...     write_json(file, {"المدينة": "إدلب", "sectors": np.int64(12)})
    ...     file.read_text(encoding="utf-8")
    '{\n  "المدينة": "إدلب",\n  "sectors": 12\n}\n'
    >>> write_json("summary.json", {"mean": float("nan")})
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: summary.json cannot hold this value: ...
    """
    try:
        written = json.dumps(
            value, ensure_ascii=False, allow_nan=False, indent=2, default=_json_value
        )
    except (TypeError, ValueError) as error:
        raise InputError(
            text(
                "{path} cannot hold this value: {reason}.", path=os.fspath(path), reason=str(error)
            )
        ) from error
    write_text(path, written + "\n")


def _json_value(value: object) -> object:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    raise TypeError(type(value).__name__)


# --------------------------------------------------------------- text is text

# What makes a spreadsheet calculate: these signs at the start, whatever blanks stand before them,
# also in their wide forms. A tab or a line end at the start can hide them.
_CALCULATES = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")
_NUMBER = r"[+-]?[\d٠-٩۰-۹][\d٠-٩۰-۹.,٫٬]*(?:[eE][+-]?\d+)?[%٪]?"
# Numbers, lists of numbers, telephone numbers and bare signs only look like it.
_HARMLESS = re.compile(rf"\s*(?:{_NUMBER}(?:[,;\s]+{_NUMBER})*|\+\d[\d ().-]{{5,}}|[+-]+)\s*")


def guard_formula(written: str) -> str:
    """Keep a text from being calculated when a spreadsheet opens it from a CSV file.

    A leading apostrophe is put before texts that begin with ``= + - @`` (also in their wide
    forms, also after blanks) or with a tab or a line end, unless the whole text is a number, a
    list of numbers, a telephone number or bare signs: ``-5``, ``+963944123456`` and ``-`` stay as
    they are. A text of this kind that begins with apostrophes already gets one more, so that
    `unguard_formula` always gives back what was.

    Parameters
    ----------
    written : str
        Any text.

    Returns
    -------
    str

    Examples
    --------
    >>> guard_formula("=cmd()"), guard_formula("-5"), guard_formula("+963 944 123 456")
    ("'=cmd()", '-5', '+963 944 123 456')
    >>> guard_formula("")
    ''
    """
    return f"'{written}" if _would_calculate(written) else written


def unguard_formula(written: str) -> str:
    """Undo `guard_formula`: give back the text that was guarded.

    Parameters
    ----------
    written : str
        A cell of a CSV file.

    Returns
    -------
    str

    Examples
    --------
    >>> unguard_formula("'=cmd()"), unguard_formula("'quoted'"), unguard_formula("")
    ('=cmd()', "'quoted'", '')
    """
    return written[1:] if written.startswith("'") and _would_calculate(written[1:]) else written


def _would_calculate(written: str) -> bool:
    return bool(_CALCULATES.match(written)) and not _HARMLESS.fullmatch(written.lstrip("'"))


# NUL ends a text in C, and half a surrogate pair is no letter: no file format holds them.
_UNWRITABLE = re.compile(r"[\0\ud800-\udfff]")
_MARKUP = re.compile(r"^<")
# What XML cannot hold besides.
_NOT_IN_XML = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _clean(written: str) -> str:
    return _UNWRITABLE.sub("\ufffd", written)


# --------------------------------------------------------------- plain cells

Cell: TypeAlias = bool | int | float | str | dt.date | dt.time | None


def _plain(cell: object) -> Cell:
    """Make one cell plain: lists and dicts become JSON, shapes WKT, anything else its text."""
    if isinstance(cell, str):
        return _clean(cell)
    if isinstance(cell, int):
        return cell
    if isinstance(cell, np.generic):
        cell = cell.item()
    if isinstance(cell, list | tuple | dict | set | frozenset | np.ndarray):
        plain = list(cell) if isinstance(cell, tuple) else cell
        return _clean(json.dumps(plain, ensure_ascii=False, default=_json_value))
    if isinstance(cell, shapely.Geometry):
        return str(shapely.to_wkt(cell, rounding_precision=-1))
    if cell is None or pd.isna(cell):
        return None
    return cell if isinstance(cell, float | dt.date | dt.time) else _clean(str(cell))


def _cells(column: pd.Series) -> list[Cell]:
    cells = [_plain(cell) for cell in column]
    # Days without a time of day are written as days.
    if any(isinstance(cell, dt.datetime) for cell in cells) and all(
        cell is None
        or (isinstance(cell, dt.datetime) and cell.tzinfo is None and cell.time() == dt.time(0))
        for cell in cells
    ):
        return [cell.date() if isinstance(cell, dt.datetime) else None for cell in cells]
    return cells


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


def _distinct(names: Iterable[object], fold: Callable[[str], str]) -> list[str]:
    """Make column names texts that differ; the second of a name is called ``name_2``."""
    seen: set[str] = set()
    made: list[str] = []
    for name in names:
        wanted = _clean(str(name)) or "column"
        made.append(_free_name(wanted, seen, fold))
        seen.add(fold(made[-1]))
    return made


def _free_name(wanted: str, taken: set[str], fold: Callable[[str], str] = str.casefold) -> str:
    name, count = wanted, 1
    while fold(name) in taken:
        count += 1
        name = f"{wanted}_{count}"
    return name


def _in_degrees(table: Frame, path: AnyPath) -> Frame:
    """Take a table out of the caller's hands: EPSG:4326, rows numbered anew, nothing attached."""
    if isinstance(table, gpd.GeoDataFrame):
        if table.active_geometry_name is None:
            table = pd.DataFrame(table)
        else:
            table = to_wgs84(require_crs(table, os.fspath(path)))
    fresh = table.reset_index(drop=True)
    fresh.attrs = {}  # Parquet would carry them along: what a file tells is in its cells
    return fresh


def _split(table: Frame) -> tuple[pd.DataFrame, gpd.GeoSeries | None]:
    if not isinstance(table, gpd.GeoDataFrame):
        return table, None
    return pd.DataFrame(table.drop(columns=table.geometry.name)), table.geometry


def _sheet_columns(table: Frame) -> dict[str, list[Cell]]:
    """Give a table as a sheet has it: points become lat and lon, other shapes WKT."""
    rows, shapes = _split(table)
    names = _distinct(rows.columns, str)
    columns = {name: _cells(rows.iloc[:, at]) for at, name in enumerate(names)}
    if shapes is None:
        return columns
    present = shapes[shapes.notna()]
    if (present.geom_type == "Point").all():
        has_place = (shapes.notna() & ~shapes.is_empty).to_numpy()
        added: dict[str, list[Cell]] = {
            axis: [float(at) if here else None for at, here in zip(places, has_place, strict=True)]
            for axis, places in (
                ("lat", shapely.get_y(shapes.to_numpy())),
                ("lon", shapely.get_x(shapes.to_numpy())),
            )
        }
    else:
        added = {"geometry": [_plain(shape) for shape in shapes]}
    # On a clash the table's own column is kept under another name, unless it says the same.
    clashing = {name: cells for name, cells in columns.items() if name in added}
    renamed = {
        name: _free_name(f"{name}_input", set(columns), str)
        for name, cells in clashing.items()
        if cells != added[name]
    }
    kept = {
        renamed.get(name, name): cells
        for name, cells in columns.items()
        if name not in clashing or name in renamed
    }
    return kept | added


# --------------------------------------------------------------- tables


def write_table(table: Frame, path: AnyPath, *, layer: str | None = None) -> None:
    """Write a table in the format that the file's extension names.

    Coordinates go out in EPSG:4326; the index is not written. Text is text in every format, as
    it stands in the cell, with these exceptions: what no file can hold (NUL, half surrogates)
    becomes U+FFFD, as do control characters in XLSX, KML and GPX; XLSX, KML and GPX keep every
    line end as a line feed. Lists and dicts become JSON. A missing cell is empty. Of columns
    that the format cannot tell apart, the second is called ``name_2``.

    ==========  ====================================================================
    .csv        UTF-8 with a byte order mark (Excel reads Arabic); points as ``lat`` and ``lon``
                (without height), other shapes as WKT; texts that a spreadsheet would calculate
                are guarded, headers too (`guard_formula`)
    .xlsx       likewise, but nothing needs guarding: text cells are marked as text. The sheet
                runs from right to left where the current language does.
    .gpkg       GeoPackage with a spatial index; lines and polygons as multi-part shapes
    .geojson    GeoJSON
    .json       GeoJSON; a table without shapes as a list of records
    .fgb        FlatGeobuf, rows in order, hence without its index
    .parquet    GeoParquet, or Parquet without shapes
    .kml .gpx   for phones. ``name`` becomes the place's name; no column becomes its description
                (``description_2``), which programs show as a web page. Column names keep
                letters and digits only, and in GPX a text that begins with
                ``<`` gets a blank before it.
    ==========  ====================================================================

    Parameters
    ----------
    table : pandas.DataFrame or geopandas.GeoDataFrame
        Any columns. Shapes need a coordinate system.
    path : str or path
        Replaced where it exists.
    layer : str, optional
        Name of the layer or sheet. Default: the file's name without its extension.

    Raises
    ------
    InputError
        Where the extension is not known, or the format cannot hold the table.
    MissingCRSError
        Where shapes have no coordinate system.
    StorageError
        Where writing failed. The file that stood there before is whole.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = Path(folder.name) / "shelters.csv"
    >>> write_table(pd.DataFrame({"name": ["=cmd()", None], "people": [40, -5]}), file)
    >>> print(file.read_text(encoding="utf-8-sig"))
    name,people
    '=cmd(),40
    ,-5
    <BLANKLINE>
    >>> write_table(pd.DataFrame({"name": []}), file)
    >>> print(file.read_text(encoding="utf-8-sig"))
    name
    <BLANKLINE>
    >>> folder.cleanup()
    >>> write_table(pd.DataFrame(), "shelters.doc")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: shelters.doc: '.doc' is not a format that geosector writes. ...
    """
    write = _WRITERS[_require_format(path, _WRITERS)]
    name = layer or Path(path).stem
    ready = _in_degrees(table, path)
    with atomic_path(path) as temporary:
        write({name: ready}, temporary, path)


def write_layers(layers: Mapping[str, Frame], path: AnyPath) -> None:
    """Write several tables into one file: layers of a GeoPackage or sheets of a workbook.

    Parameters
    ----------
    layers : mapping of str to pandas.DataFrame or geopandas.GeoDataFrame
        Written in order. A layer without rows keeps its columns and, where it is a table of
        geosector (``sectors``, ``borders`` …), its kind of geometry.
    path : str or path
        ``.gpkg`` or ``.xlsx``. Replaced where it exists, with everything in it.

    Raises
    ------
    InputError
        Where the extension is another one.
    MissingCRSError
        Where shapes have no coordinate system.
    StorageError
        Where writing failed. The file that stood there before is whole.

    Examples
    --------
    >>> import tempfile
    >>> from shapely.geometry import box
    >>> sectors = gpd.GeoDataFrame({"sector_id": [1]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:4326")
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = Path(folder.name) / "layout.gpkg"
    >>> write_layers({"sectors": sectors, "blocks": sectors.head(0)}, file)
    >>> pyogrio.list_layers(file).tolist()
    [['sectors', 'MultiPolygon'], ['blocks', 'MultiPolygon']]
    >>> folder.cleanup()
    >>> write_layers({"sectors": sectors}, "layout.geojson")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: layout.geojson: '.geojson' is not a format that ...
    """
    write = _WRITERS[_require_format(path, LAYERED_FORMATS)]
    ready = {name: _in_degrees(table, path) for name, table in layers.items()}
    with atomic_path(path) as temporary:
        write(ready, temporary, path)


FORM_FORMATS = (".xlsx", ".csv")


def write_form(
    table: pd.DataFrame, path: AnyPath, choices: Mapping[str, Sequence[str]], *, layer: str
) -> None:
    """Write a table for people to fill in and give back.

    Every cell is text, also the empty ones, so that a spreadsheet leaves ids and coordinates as
    they are typed. In XLSX the first row stays in sight, the columns are wide enough to read, and
    some are filled in from a list. The sheet runs from right to left where the current language
    does. CSV has none of this and the same cells.

    Parameters
    ----------
    table : pandas.DataFrame
        Missing cells are to be filled in.
    path : str or path
        ``.xlsx`` or ``.csv``. Replaced where it exists.
    choices : mapping of str to sequence of str
        Column → what may stand in it. No choice may hold a comma.
    layer : str
        Name of the sheet.

    Raises
    ------
    InputError
        Where the extension is another one, or the format cannot hold the table.
    StorageError
        Where writing failed. The file that stood there before is whole.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = Path(folder.name) / "form.xlsx"
    >>> write_form(pd.DataFrame({"id": ["007"], "answer": [None]}), file,
    ...            {"answer": ["yes", "no"]}, layer="Form")
    >>> pd.read_excel(file, dtype=str)["id"].tolist()
    ['007']
    >>> folder.cleanup()
    >>> write_form(pd.DataFrame({"id": []}), "form.doc", {}, layer="Form")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: form.doc: '.doc' is not a format that geosector writes. ...
    """
    suffix = _require_format(path, FORM_FORMATS)
    written = pd.DataFrame(table).astype(object).where(table.notna(), None).reset_index(drop=True)
    cells = written.map(lambda cell: None if cell is None else _written(_plain(cell)))
    with atomic_path(path) as temporary:
        if suffix == ".csv":
            _write_csv({layer: cells}, temporary, path)
        else:
            _write_form_book(cells, temporary, path, choices, layer)


def _write_form_book(
    cells: pd.DataFrame,
    temporary: Path,
    path: AnyPath,
    choices: Mapping[str, Sequence[str]],
    layer: str,
) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    columns = _sheet_columns(cells)
    _require_room(columns, path)
    moment = _moment()
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\']", "_", layer)[:28])
    sheet.sheet_view.rightToLeft = language(current()).direction == "rtl"
    sheet.freeze_panes = "A2"
    for at, (name, written) in enumerate(columns.items(), start=1):
        letter = get_column_letter(at)
        longest = max((len(str(cell)) for cell in (name, *written) if cell is not None), default=0)
        sheet.column_dimensions[letter].width = min(_WIDEST, max(_NARROWEST, longest + 2))
        if name in choices:
            listed = DataValidation(
                "list", formula1=f'"{",".join(choices[name])}"', allow_blank=True
            )
            listed.add(f"{letter}2:{letter}{max(2, len(cells) + 1)}")
            sheet.data_validations.append(listed)
    for row in (tuple(columns), *zip(*columns.values(), strict=True)):
        made = [
            WriteOnlyCell(sheet, None) if cell is None else _sheet_cell(sheet, cell) for cell in row
        ]
        for cell in made:
            cell.number_format = "@"
        sheet.append(made)
    _save_book(book, temporary, moment)


# (tables by layer name, where to write, what the user calls the file)
_Writer: TypeAlias = Callable[[Mapping[str, Frame], Path, AnyPath], None]


def _require_format(path: AnyPath, known: Collection[str]) -> str:
    suffix = Path(path).suffix
    if suffix.lower() not in known:
        raise InputError(
            text(
                "{path}: '{suffix}' is not a format that geosector writes. Use one of: {known}.",
                path=os.fspath(path),
                suffix=suffix,
                known=", ".join(known),
            )
        )
    return suffix.lower()


def _write_csv(layers: Mapping[str, Frame], temporary: Path, _path: AnyPath) -> None:
    (table,) = layers.values()
    columns = _sheet_columns(table)
    lines = [",".join(_csv_cell(name) for name in columns)]
    written = [[_csv_cell(cell) for cell in cells] for cells in columns.values()]
    # A line without a character would be skipped by readers: a row would be lost.
    lines += [",".join(row) or '""' for row in zip(*written, strict=True)]
    temporary.write_bytes(("\n".join(lines) + "\n").encode("utf-8-sig"))


# The semicolon and the tab separate cells too, on computers with other settings.
_NEEDS_QUOTES = re.compile(r'[",;\t\r\n]|^\s|\s$')


def _csv_cell(cell: Cell) -> str:
    written = guard_formula(cell) if isinstance(cell, str) else _written(cell)
    if _NEEDS_QUOTES.search(written):
        return '"' + written.replace('"', '""') + '"'
    return written


def _write_json(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    (table,) = layers.values()
    if isinstance(table, gpd.GeoDataFrame):
        _write_geojson(layers, temporary, path)
        return
    columns = _sheet_columns(table)
    finite = {
        name: [
            None if isinstance(cell, float) and not np.isfinite(cell) else cell for cell in cells
        ]
        for name, cells in columns.items()
    }
    rows = [dict(zip(finite, row, strict=True)) for row in zip(*finite.values(), strict=True)]
    written = json.dumps(rows, ensure_ascii=False, indent=1, default=_json_value)
    temporary.write_bytes((written + "\n").encode())


# --------------------------------------------------------------- workbooks

_SHEET_ROWS, _CELL_LETTERS = 1_048_576, 32_767  # what Excel opens
_NARROWEST, _WIDEST = 12, 44  # of a column in a form, in letters
_EXACT_DIGITS = 10**15  # larger whole numbers lose their last digits in a sheet: ids become text
_FIRST_SHEET_YEAR = 1901


def _write_xlsx(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    from openpyxl import Workbook

    names = _distinct((re.sub(r"[\[\]:*?/\\']", "_", name)[:28] for name in layers), str.casefold)
    sheets = [_sheet_columns(table) for table in layers.values()]
    for columns in sheets:
        _require_room(columns, path)
    moment = _moment()
    book = Workbook(write_only=True)
    for name, columns in zip(names, sheets, strict=True):
        sheet = book.create_sheet(name)
        sheet.sheet_view.rightToLeft = language(current()).direction == "rtl"
        sheet.freeze_panes = "A2"
        sheet.append([_sheet_cell(sheet, name) for name in columns])
        for row in zip(*columns.values(), strict=True):
            sheet.append([_sheet_cell(sheet, cell) for cell in row])
    _save_book(book, temporary, moment)


def _require_room(columns: Mapping[str, list[Cell]], path: AnyPath) -> None:
    """Refuse what a sheet would cut off."""
    is_long = any(len(cells) >= _SHEET_ROWS for cells in columns.values())
    is_wide = any(
        isinstance(cell, str) and len(cell) > _CELL_LETTERS
        for name, cells in columns.items()
        for cell in (name, *cells)
    )
    if is_long or is_wide:
        raise InputError(
            text(
                "{path} cannot hold this table: a sheet ends at {rows} rows and a cell at "
                "{letters} letters. Write .csv or .parquet.",
                path=os.fspath(path),
                rows=_SHEET_ROWS,
                letters=_CELL_LETTERS,
            )
        )


def _sheet_cell(sheet: Any, cell: Cell) -> Any:  # noqa: ANN401 - openpyxl is untyped
    from openpyxl.cell import WriteOnlyCell

    if isinstance(cell, dt.date) and (
        cell.year < _FIRST_SHEET_YEAR or (isinstance(cell, dt.datetime) and cell.tzinfo)
    ):
        cell = cell.isoformat()  # a sheet knows neither time zones nor the years before
    elif isinstance(cell, int | float) and not abs(cell) < _EXACT_DIGITS:
        cell = str(cell)
    if not isinstance(cell, str):
        return WriteOnlyCell(sheet, cell)
    written = _NOT_IN_XML.sub("\ufffd", cell).replace("\r\n", "\n").replace("\r", "\n")
    made = WriteOnlyCell(sheet, written)
    made.data_type = "s"  # whatever it looks like
    if _would_calculate(written):
        made.quotePrefix = True  # so that it stays text when somebody edits the cell
    return made


def _save_book(book: Any, temporary: Path, moment: dt.datetime) -> None:  # noqa: ANN401 - openpyxl
    """Save a workbook without the clock, which openpyxl writes into it in two places."""
    from openpyxl.xml.constants import ARC_CORE
    from openpyxl.xml.functions import tostring

    saved = io.BytesIO()
    book.save(saved)
    book.properties.created = book.properties.modified = moment.replace(tzinfo=None)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(temporary, "w") as made:
        for entry in source.namelist():
            content = source.read(entry)
            if entry == ARC_CORE:
                content = tostring(book.properties.to_tree())
            fixed = zipfile.ZipInfo(entry, moment.timetuple()[:6])
            fixed.compress_type, fixed.create_system = zipfile.ZIP_DEFLATED, 3
            fixed.external_attr = 0o644 << 16
            made.writestr(fixed, content)


def _moment() -> dt.datetime:
    """Give the date for formats that insist on one: ``SOURCE_DATE_EPOCH``, else 1980-01-01."""
    first = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
    return max(first, stated_moment() or first)


def stated_moment() -> dt.datetime | None:
    """Give the moment that the environment states for everything made here.

    Returns
    -------
    datetime.datetime or None
        ``SOURCE_DATE_EPOCH`` in UTC; None where it is not set.

    Raises
    ------
    InputError
        Where it is no number of seconds, or of a year that no calendar has.

    Examples
    --------
    >>> before = os.environ.pop("SOURCE_DATE_EPOCH", None)
    >>> stated_moment() is None
    True
    >>> if before is not None:
    ...     os.environ["SOURCE_DATE_EPOCH"] = before
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return None
    try:
        return dt.datetime.fromtimestamp(int(given), dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError(
            text(
                "SOURCE_DATE_EPOCH is '{given}'. Set it to seconds since 1970, or unset it.",
                given=given,
            )
        ) from None


# --------------------------------------------------------------- shapes

_GDAL_LOCK = Lock()  # its clock is one setting for the whole process


class _Shapes(NamedTuple):
    """What a format needs to be told."""

    driver: str
    is_xml: bool = False
    dataset: Mapping[str, str] = {}
    layer: Mapping[str, str] = {}


_GPKG = _Shapes("GPKG")
# AUTODETECT_JSON_STRINGS: a text that looks like JSON would stop being a text.
_GEOJSON = _Shapes("GeoJSON", layer={"AUTODETECT_JSON_STRINGS": "NO"})
# The index would sort the rows.
_FGB = _Shapes("FlatGeobuf", layer={"SPATIAL_INDEX": "NO"})
_KML = _Shapes("KML", is_xml=True)
_GPX = _Shapes("GPX", is_xml=True, dataset={"GPX_USE_EXTENSIONS": "YES"})


def _write_gpkg(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    for count, (name, table) in enumerate(layers.items()):
        taken = {str(column).casefold() for column in table.columns}
        names = {
            "FID": _free_name("fid", taken),
            "GEOMETRY_NAME": _free_name("geom", taken),
        }
        shapes = _GPKG._replace(layer=names if _has_shapes(table) else {"FID": names["FID"]})
        kind = _geometry_kind(table, name) if _has_shapes(table) else None
        _write_shapes(table, temporary, path, name, shapes, kind=kind, append=count > 0)


def _write_geojson(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    ((name, table),) = layers.items()
    _write_shapes(table, temporary, path, name, _GEOJSON, kind="Unknown")


def _write_fgb(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    ((name, table),) = layers.items()
    kind = _geometry_kind(_require_shapes(table, path), name)
    _write_shapes(table, temporary, path, name, _FGB, kind=kind)


def _write_kml(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    ((name, table),) = layers.items()
    _write_shapes(_require_shapes(table, path), temporary, path, name, _KML, kind="Unknown")


def _write_gpx(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    (table,) = layers.values()
    kinds = set(_require_shapes(table, path).geometry.geom_type)
    if kinds <= {"Point"}:
        _write_shapes(table, temporary, path, "waypoints", _GPX, kind="Point")
    elif kinds <= {"LineString", "MultiLineString"}:
        _write_shapes(table, temporary, path, "tracks", _GPX, kind="MultiLineString")
    else:
        raise InputError(
            text(
                "{path} cannot hold this table: GPX takes points or lines, and every row needs "
                "one. Write .gpkg.",
                path=os.fspath(path),
            )
        )


def _write_parquet(layers: Mapping[str, Frame], temporary: Path, _path: AnyPath) -> None:
    (table,) = layers.values()
    _typed_columns(table, str).to_parquet(temporary, index=False)


def _has_shapes(table: Frame) -> bool:
    return isinstance(table, gpd.GeoDataFrame)


def _require_shapes(table: Frame, path: AnyPath) -> gpd.GeoDataFrame:
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError(
            text(
                "{path} cannot hold this table: it has no coordinates. Write .csv.",
                path=os.fspath(path),
            )
        )
    return table


def _write_shapes(
    table: Frame,
    temporary: Path,
    path: AnyPath,
    name: str,
    shapes: _Shapes,
    *,
    kind: str | None,
    append: bool = False,
) -> None:
    if not len(table.columns):
        raise InputError(
            text("{path} cannot hold this table: it has no columns.", path=os.fspath(path))
        )
    ready = _typed_columns(table, str.casefold if shapes.driver == "GPKG" else str)
    if shapes.is_xml:
        ready = _fit_for_xml(ready, shapes.driver)
    # A GeoPackage is a database and checks what it writes. Other drivers of GDAL say nothing when
    # the disk is full: they write into memory, and the bytes are put on the disk here.
    memory = None if shapes.driver == "GPKG" else io.BytesIO()
    try:
        with _fixed_clock():
            pyogrio.write_dataframe(
                ready,
                temporary if memory is None else memory,
                layer=name,
                driver=shapes.driver,
                geometry_type=kind if _has_shapes(ready) else None,
                promote_to_multi=str(kind).startswith("Multi"),
                append=append,
                dataset_options=dict(shapes.dataset),
                layer_options=dict(shapes.layer),
            )
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.FieldError,
        pyogrio.errors.GeometryError,
    ) as error:
        raise _failure(path, error) from error
    if memory is not None:
        temporary.write_bytes(memory.getbuffer())


@contextmanager
def _fixed_clock() -> Iterator[None]:
    """Keep the time of writing out of a GeoPackage, and leave GDAL as it was."""
    option = "OGR_CURRENT_DATE"
    with _GDAL_LOCK:
        before = pyogrio.get_gdal_config_option(option)
        pyogrio.set_gdal_config_options({option: f"{_moment():%Y-%m-%dT%H:%M:%S}.000Z"})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({option: before})


def _geometry_kind(table: gpd.GeoDataFrame, layer: str) -> str:
    """Name the geometry of a layer: multi-part for lines and polygons, whatever today's rows."""
    present = table.geometry[table.geometry.notna()]
    kinds = {kind.removeprefix("Multi") for kind in present.geom_type}
    if not kinds and layer in tables.table_names():
        stated = tables.table(layer).geometry
        kinds = {"LineString" if stated == "line" else stated.capitalize()}
    if kinds == {"Point"} and not present.geom_type.str.startswith("Multi").any():
        kind = "Point"
    elif len(kinds) == 1 and kinds <= {"Point", "LineString", "Polygon"}:
        kind = f"Multi{kinds.pop()}"
    else:
        return "Unknown"
    return f"{kind} Z" if present.has_z.any() else kind


def _typed_columns(table: Frame, fold: Callable[[str], str]) -> Frame:
    """Give every column one type that a file format knows, and a name of its own."""
    rows, shapes = _split(table)
    taken = [] if shapes is None else ["geometry"]
    names = _distinct([*taken, *rows.columns], fold)[len(taken) :]
    columns = {name: _typed(rows.iloc[:, at]) for at, name in enumerate(names)}
    made = pd.DataFrame(columns, index=table.index)
    if shapes is None:
        return made
    return gpd.GeoDataFrame(made, geometry=shapes.rename("geometry"), crs=shapes.crs)


def _typed(column: pd.Series) -> pd.Series:
    simple = pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)
    if simple and not pd.api.types.is_complex_dtype(column):
        return column.astype("float32") if column.dtype == "float16" else column
    cells = [_plain(cell) for cell in column]
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {bool}:
        return pd.Series(cells, index=column.index, dtype="boolean")
    if kinds and kinds <= {int, float} and all(_fits(cell) for cell in cells):
        dtype = "Int64" if kinds == {int} else "float64"
        return pd.Series(cells, index=column.index, dtype=dtype)
    written = [None if cell is None else _written(cell) for cell in cells]
    return pd.Series(written, index=column.index, dtype="object")


def _fits(cell: Cell) -> bool:
    """Say whether a number keeps its digits: no format holds whole numbers of any length."""
    return not isinstance(cell, int) or abs(cell) < _EXACT_DIGITS


def _fit_for_xml(table: Frame, driver: str) -> Frame:
    """Take out what XML cannot hold; GDAL puts column names into it as they are."""
    for name in table.columns:
        if table[name].dtype == object:
            written = table[name].str.replace(_NOT_IN_XML, "\ufffd", regex=True)
            if driver == "GPX":  # GDAL would write well-formed markup as markup
                written = written.str.replace(_MARKUP, r" \g<0>", regex=True)
            table[name] = written
    names = [re.sub(r"\W+|^(?=\d)", "_", name) for name in table.columns]
    # A description would be shown as a web page: no column may have that name.
    return table.set_axis(_distinct(["description", *names], str.casefold)[1:], axis="columns")


_WRITERS: dict[str, _Writer] = {
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
    ".gpkg": _write_gpkg,
    ".geojson": _write_geojson,
    ".json": _write_json,
    ".fgb": _write_fgb,
    ".parquet": _write_parquet,
    ".kml": _write_kml,
    ".gpx": _write_gpx,
}
TABLE_FORMATS = tuple(_WRITERS)
LAYERED_FORMATS = (".gpkg", ".xlsx")
