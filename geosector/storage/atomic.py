"""One file, whole or not at all: under its true name is the old one or the new one."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import secrets
import stat
import time
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from geosector.errors import GeosectorError, InputError, StorageError
from geosector.language import text

AnyPath: TypeAlias = str | os.PathLike[str]

POSIX = os.name == "posix"
# A temporary file of another machine on a shared disk says nothing about whether its writer lives.
# A day, because clocks and time zones of machines and memory sticks disagree by hours.
STALE_SECONDS = 86_400


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
    kept = permissions_to_keep(path, target)
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
        raise failure(path, error) from error
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
    require_format(path, formats)
    target = Path(os.path.realpath(path))
    permissions_to_keep(path, target)
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise failure(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def require_format(path: AnyPath, known: Collection[str]) -> str:
    """Give the ending of a path in small letters; refuse one that is not among the known."""
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


def failure(path: AnyPath, error: Exception) -> StorageError:
    """Tell why a file could not be written, and that the old one stands."""
    reason = error.strerror if isinstance(error, OSError) else None
    return StorageError(
        text(
            "{path} could not be written: {reason}. What stood there before is unchanged.",
            path=os.fspath(path),
            reason=reason or str(error) or type(error).__name__,
        )
    )


def permissions_to_keep(path: AnyPath, target: Path) -> int | None:
    """Look before writing: refuse what must not be replaced, and note the old permissions."""
    try:
        is_folder = target.parent.is_dir()
    except OSError as error:  # one of the folders above may not be looked into
        raise failure(path, error) from error
    if not is_folder:
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
    if not POSIX:  # there, asking in this way would end the process: the file's age decides
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
    if not POSIX:  # Windows knows no such thing
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


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
