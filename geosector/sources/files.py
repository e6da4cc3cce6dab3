"""What kind of file is it? Answered from its content, before anything opens it.

A name may lie, and the libraries below us open far more kinds than are safe: virtual datasets
that point elsewhere, XML that expands without end, archives of any size. So only what is
recognised here goes on, archives are measured before anything is unpacked, nothing is ever
extracted to disk, and XML may not bring definitions of its own.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import stat
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from geosector.errors import UnreadableFileError
from geosector.language import text
from geosector.sources.headers import is_repeat
from geosector.sources.limits import require_bytes
from geosector.tables import Problem

MAX_FILE_BYTES = 2 * 1024**3
MAX_ENTRIES = 2_000
MAX_UNPACKED_BYTES = 2 * 1024**3
# Deflate cannot pass 1,032 to 1; honest spreadsheets and maps stay below 100 to 1.
MAX_RATIO = 250
RATIO_COUNTS_FROM = 10 * 1024**2

HEAD = 64 * 1024
MAX_CONTROL_SHARE, MAX_CONTROL_SHARE_IN_UTF8 = 0.05, 0.3
_HOLE = re.compile(rb"\x00{16,}")
_CONTROLS = bytes(sign for sign in range(32) if sign not in b"\t\n\f\r")

# Kinds that readers of this folder open.
TEXT, XLSX, JSON, GEOJSON, KML, GPX = "text", "xlsx", "json", "geojson", "kml", "gpx"
GPKG, SHP, FGB, PARQUET, ARROW, PBF = "gpkg", "shp", "fgb", "parquet", "arrow", "pbf"
MAPINFO, DXF, GDB, TIFF = "mapinfo", "dxf", "gdb", "tiff"
# Vector kinds of a single file, and names by which GDAL would take one for a table.
_ONE_FILE = frozenset({GEOJSON, KML, GPX, GPKG, FGB})
_SUFFIXES_OF_TABLES = frozenset(
    {".csv", ".tsv", ".tab", ".txt", ".psv", ".xlsx", ".xlsm", ".xls", ".ods", ".dbf", ".shp"}
)
VECTOR_KINDS = frozenset({GEOJSON, KML, GPX, GPKG, SHP, FGB, MAPINFO, DXF, GDB})

# What an archive may hold for us, the most telling first.
_WANTED = (
    ".shp", ".gpkg", ".fgb", ".parquet", ".geojson", ".geojsonl", ".json", ".kml", ".gpx",
    ".xlsx", ".csv", ".tsv", ".txt", ".pbf", ".tif", ".tiff",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A file whose kind is known: on disk, or the bytes of one entry of an archive."""

    path: Path
    kind: str
    data: bytes | None = None
    entry: str | None = None
    problems: tuple[Problem, ...] = field(default=())
    # Files of the same archive whose rows belong to rows of this one: repeats of a field form.
    repeats: tuple[Source, ...] = field(default=())
    # The one sheet of a workbook that is meant; None where the rows have to tell it.
    sheet: str | None = None

    @property
    def name(self) -> str:
        """What problems call it: the file's name, with the entry or the sheet that is meant."""
        return "/".join(part for part in (self.path.name, self.entry, self.sheet) if part)

    def bytes(self) -> bytes:
        """Give the whole content."""
        return self.path.read_bytes() if self.data is None else self.data


def open_source(path: str | os.PathLike[str]) -> Source:
    """Say what a file is and where its content lies, or refuse it.

    Parameters
    ----------
    path : str or path
        A file; a folder only where it is an Esri geodatabase (``.gdb``).

    Returns
    -------
    Source

    Raises
    ------
    UnreadableFileError
        Where there is no such file, it is empty, of a kind that is not read, or not safe to open.

    Examples
    --------
    >>> open_source("no_such_file.csv")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.csv: there is no such file. Check its name.
    """
    place = Path(os.fsdecode(path))
    try:
        if place.is_dir():
            return _open_folder(place)
        facts = place.stat()
        _require_ordinary(facts, place.name)
        size = facts.st_size
        with place.open("rb") as file:
            head = file.read(HEAD)
            head += _directory_of_compound(head, file)
    except FileNotFoundError:
        raise UnreadableFileError(
            text("{file}: there is no such file. Check its name.", file=place.name)
        ) from None
    except UnreadableFileError:
        raise
    except (OSError, ValueError) as error:
        detail = error.strerror if isinstance(error, OSError) else error
        raise UnreadableFileError(
            text("{file}: it cannot be opened ({detail}).", file=place.name, detail=detail)
        ) from error
    # Of a raster only the part around the boundary is read, however large the file is.
    if size > MAX_FILE_BYTES and not is_tiff(head):
        raise UnreadableFileError(
            text("{file}: it is larger than {limit} GiB. Cut out the part you need.",
                 file=place.name, limit=MAX_FILE_BYTES // 1024**3)
        )  # fmt: skip
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _open_archive(place)
    if head.startswith(_GZIP):
        return _open_gzip(place, size)
    return _plain_source(place, identify(head, place.name), head, size)


def _plain_source(place: Path, kind: str, head: bytes, size: int) -> Source:
    """Take a file that is no archive, if it is not too large, nor brings definitions of its own."""
    if kind != TIFF:
        require_bytes(kind, size, place.name)
    if kind in {KML, GPX}:
        require_plain_xml(place.read_bytes(), place.name)
    if kind in {GEOJSON, JSON} and _is_utf16(head):
        return Source(place, kind, _in_utf8(place.read_bytes()))
    if place.suffix.casefold() in _SUFFIXES_OF_TABLES and kind in _ONE_FILE:
        return Source(place, kind, place.read_bytes())  # GDAL would go by the name, and it lies
    return Source(place, kind)


def _require_ordinary(facts: os.stat_result, name: str) -> None:
    """Refuse pipes and devices: they may never end."""
    if not stat.S_ISREG(facts.st_mode):
        raise UnreadableFileError(
            text("{file}: this is no ordinary file. Copy it into a folder first.", file=name)
        )


def _in_utf8(data: bytes) -> bytes:
    """Write JSON in the one encoding that its readers take."""
    order = "utf-16" if data.startswith(_UTF16_MARKS) else utf16_order(data[:HEAD]) or "utf-8"
    return data.decode(order, "replace").encode()


def _directory_of_compound(head: bytes, file: BinaryIO) -> bytes:
    """Give the names of the streams of an old Office file: they tell what it is."""
    if not head.startswith(_COMPOUND):
        return b""
    file.seek((int.from_bytes(head[48:52], "little") + 1) * 512)
    return file.read(4096)


def _open_folder(place: Path) -> Source:
    if place.suffix.casefold() == ".gdb":
        return Source(place, GDB)
    raise UnreadableFileError(text("{file}: this is a folder. Name a file.", file=place.name))


# ---------------------------------------------------------------- content

_MAGIC = (
    (b"SQLite format 3\x00", GPKG),
    (b"PAR1", PARQUET),
    (b"ARROW1", ARROW),
    (b"fgb\x03", FGB),
    (b"\x00\x00\x27\x0a", SHP),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),  # files of more than 4 GB
    (b"MM\x00+", TIFF),
)
_GZIP = b"\x1f\x8b"
_TAR_AT = 257  # bytes from the start: after the name of the first file
# What people send by mistake, with what they should send.
_OTHERS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (_GZIP, "gzip"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"$FL2", "SPSS"),
    (b"$FL3", "SPSS"),
    (b"VARIABLE LABELS", "SPSS"),
    (b"{\\rtf", "RTF"),
)
# Old Office files: which streams tell what it is.
_COMPOUND = b"\xd0\xcf\x11\xe0"
_STREAMS = (("WordDocument", "DOC (Word 97–2003)"), ("PowerPoint Document", "PPT"))
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def is_tiff(head: bytes) -> bool:
    r"""Say whether a file with these first bytes is a TIFF.

    Parameters
    ----------
    head : bytes

    Returns
    -------
    bool

    Examples
    --------
    >>> is_tiff(b"II*\x00\x08\x00"), is_tiff(b"id;kind\n")
    (True, False)
    """
    return any(head.startswith(magic) for magic, kind in _MAGIC if kind == TIFF)


def identify(head: bytes, name: str) -> str:
    r"""Say what kind of file begins with these bytes.

    Parameters
    ----------
    head : bytes
        The first 64 kB.
    name : str
        The file's name, for the message and for kinds without a mark of their own.

    Returns
    -------
    str
        One of the kinds above.

    Raises
    ------
    UnreadableFileError
        For anything else; the message says what it seems to be.

    Examples
    --------
    >>> identify(b"id;kind\n1;fire\n", "incidents.dat")
    'text'
    >>> identify(b"", "incidents.csv")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: incidents.csv: the file is empty.
    >>> identify(b"%PDF-1.7", "incidents.csv")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: incidents.csv: this seems to be a PDF file, which is not
    read. Save it as CSV, XLSX, GeoJSON or GeoPackage.
    """
    if not head.removeprefix(b"\xef\xbb\xbf").strip(b"\x00 \t\r\n"):
        raise UnreadableFileError(text("{file}: the file is empty.", file=name))
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if b"OSMHeader" in head[:64]:
        return PBF
    if head[_TAR_AT:].startswith(b"ustar"):
        raise _not_read(name, "TAR")
    for magic, kind in _OTHERS:
        if head.startswith(magic):
            raise _not_read(name, kind)
    if head.startswith(_COMPOUND):
        raise _compound(head, name)
    return _identify_text(head, name)


def _compound(head: bytes, name: str) -> UnreadableFileError:
    """Say what an old Office file is; one with a password looks like one."""
    if "EncryptedPackage".encode("utf-16-le") in head:
        return _locked(name)
    for stream, kind in _STREAMS:
        if stream.encode("utf-16-le") in head:
            return _not_read(name, kind)
    return _not_read(name, "XLS (Excel 97–2003)")


def _locked(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        text("{file}: it is locked with a password. Save it without one.", file=name)
    )


def _identify_text(head: bytes, name: str) -> str:
    start = _decoded_head(head)
    if start.startswith("<"):
        return _identify_xml(start, name)
    if start.startswith(("{", "[")):
        return _identify_json(start, name)
    suffix = Path(name).suffix.casefold()
    if (suffix, start[:6].casefold()) in {(".tab", "!table"), (".mif", "versio")}:
        return MAPINFO
    if suffix == ".dxf" and re.match(r"\s*(0|999)\s", start):
        return DXF
    if _looks_binary(head):
        raise _not_read(name, text("binary"))
    return TEXT


def _decoded_head(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace").lstrip()
    if (order := utf16_order(head)) is not None:
        return head[: len(head) // 2 * 2].decode(order, "replace").lstrip()
    # The sign before each line of a sequence of GeoJSON (RFC 8142) is no content.
    return head.decode("utf-8-sig", "replace").lstrip("\ufeff\x1e \t\r\n")


def _looks_binary(head: bytes) -> bool:
    """Say whether more bytes are control signs than a torn text file has at its end."""
    if _is_utf16(head):
        return False
    # A torn disk leaves long holes of NUL in a text.
    kept = _HOLE.sub(b"", head.rstrip(b"\x00"))
    share = 1 - len(kept.translate(None, _CONTROLS)) / len(kept)
    try:
        # The last sign may be cut in two.
        kept[: len(kept) - 4].decode("utf-8")
    except UnicodeDecodeError:
        return share > MAX_CONTROL_SHARE
    return share > MAX_CONTROL_SHARE_IN_UTF8


def _is_utf16(head: bytes) -> bool:
    """Line ends and separators have their NUL always on the same side."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return utf16_order(head) is not None


def utf16_order(head: bytes) -> str | None:
    """Say whether bytes without a mark are UTF-16, and in which order.

    Parameters
    ----------
    head : bytes

    Returns
    -------
    str or None
        ``utf-16-le``, ``utf-16-be`` or None.

    Examples
    --------
    >>> utf16_order("id,مكان".encode("utf-16-le")), utf16_order(b"id,place")
    ('utf-16-le', None)
    """
    even, odd = head[0::2].count(b"\x00"), head[1::2].count(b"\x00")
    if even + odd == 0:
        return None
    for order, mine, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if mine > 0 and others == 0:
            # The last sign may be cut in two; a wrong order gives no separators.
            decoded = head[: len(head) // 2 * 2].decode(order, "replace")
            if any(mark in decoded for mark in ",;\t|\n"):
                return order
    return None


_XML_MISC = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_XML_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")


def _identify_xml(start: str, name: str) -> str:
    if re.match(r"<!doctype\s+html", start, re.IGNORECASE):
        raise _not_read(name, "HTML")
    root = _xml_root(start)
    if root is None:
        raise _unsafe_xml(name)
    kind = {"kml": KML, "gpx": GPX}.get(root.casefold())
    if kind is None:
        raise _not_read(name, "HTML" if root.casefold() == "html" else f"XML <{root}>")
    return kind


def _xml_root(start: str) -> str | None:
    """Give the name of the first element; None where definitions (DOCTYPE) stand before it."""
    position = 0
    while misc := _XML_MISC.match(start, position):
        position = misc.end()
    root = _XML_ROOT.match(start, position)
    return root[1] if root else None


def require_plain_xml(data: bytes, name: str) -> None:
    """Refuse XML that brings definitions of its own: entities can expand without end.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        The file's name, for the message.

    Raises
    ------
    UnreadableFileError
        Where a document type is declared.

    Examples
    --------
    >>> require_plain_xml(b"<!DOCTYPE a [<!ENTITY b 'c'>]><kml/>", "track.kml")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: track.kml: this XML brings definitions of its own
    (DOCTYPE), which is not safe to open. Save it again from a mapping program.
    """
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    start = data.decode(encoding, "replace").lstrip("\ufeff")
    if _xml_root(start) is None or "<!ENTITY" in start:
        raise _unsafe_xml(name)


def _unsafe_xml(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        text(
            "{file}: this XML brings definitions of its own (DOCTYPE), which is not safe to open. "
            "Save it again from a mapping program.",
            file=name,
        )
    )


# What the servers of Kobo and ODK put around their list of reports.
# A list of features that has lost the collection around it.
_FEATURES = re.compile(r'\[\s*\{[^{}\[\]]*"type"\s*:\s*"Feature"')
_ANSWER = re.compile(r'\{\s*"(?:count|next|previous|results|value|@odata\.\w+)"\s*:')


def _identify_json(start: str, name: str) -> str:
    found = re.search(
        r'"type"\s*:\s*"(FeatureCollection|Feature|(?:Multi)?(?:Point|LineString|Polygon)'
        r'|GeometryCollection|Topology)"',
        start,
    )
    if _ANSWER.match(start):
        return JSON
    if found is not None and found[1] == "Topology":
        raise _not_read(name, "TopoJSON")
    if found is not None and (start.startswith("{") or '"features"' in start):
        return GEOJSON
    if _FEATURES.match(start):
        return GEOJSON
    if start.startswith("["):
        return JSON
    raise _not_read(name, "JSON")


def _not_read(name: str, kind: str) -> UnreadableFileError:
    return UnreadableFileError(
        text(
            "{file}: this seems to be a {kind} file, which is not read. "
            "Save it as CSV, XLSX, GeoJSON or GeoPackage.",
            file=name,
            kind=kind,
        )
    )


# ---------------------------------------------------------------- archives


# What zipfile lets through of a damaged archive.
BROKEN_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
    ValueError, IndexError,
)  # fmt: skip


class _Chosen(NamedTuple):
    entry: zipfile.ZipInfo
    problems: tuple[Problem, ...]
    others: tuple[zipfile.ZipInfo, ...] = ()
    repeats: tuple[zipfile.ZipInfo, ...] = ()


def _open_archive(path: Path) -> Source:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = measured_entries(archive, path.name)
            names = {entry.filename for entry in entries}
            if "xl/workbook.xml" in names:
                _require_plain_sheets(archive, entries, path.name)
                require_bytes(XLSX, sum(entry.file_size for entry in entries), path.name)
                return Source(path, XLSX)
            _require_no_other_office(archive, names, path.name)
            geodatabase = _geodatabase(entries)
            if geodatabase is not None:
                return Source(path, GDB, entry=geodatabase)
            chosen = _choose(entries, path.name)
            if chosen.entry.filename.casefold().endswith(".shp"):
                return Source(path, SHP, entry=chosen.entry.filename, problems=chosen.problems)
            chosen = _with_its_repeats(archive, chosen, path.name)
            data = archive.read(chosen.entry)  # zipfile takes no more than the entry's stated size
            repeats = tuple(
                Source(path, TEXT, archive.read(entry), entry.filename) for entry in chosen.repeats
            )
    except UnreadableFileError:
        raise
    except BROKEN_ARCHIVE as error:
        raise damaged(path.name, error) from error
    kind = _kind_inside(data, path.name, chosen.entry.filename)
    return Source(path, kind, data, chosen.entry.filename, chosen.problems, repeats)


def _geodatabase(entries: list[zipfile.ZipInfo]) -> str | None:
    """Find the folder of an Esri geodatabase in an archive: UNOSAT and OCHA send them so."""
    return next(
        (
            entry.filename[: entry.filename.casefold().index(".gdb/") + 4]
            for entry in entries
            if _safe(entry) and re.search(r"\.gdb/[^/]+\.gdbtable$", entry.filename, re.IGNORECASE)
        ),
        None,
    )


def _open_gzip(path: Path, packed: int) -> Source:
    """Unpack the one file of a gzip, as far as is safe: Kontur sends its people so."""
    most = min(max(RATIO_COUNTS_FROM, MAX_RATIO * packed), MAX_UNPACKED_BYTES)
    try:
        with gzip.open(path) as file:
            data = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(path.name, f"gzip: {error}") from error
    if len(data) > most:
        raise _unsafe(path.name, 1, len(data))
    entry = path.stem if path.suffix.casefold() == ".gz" else path.name
    return Source(path, _kind_inside(data, path.name, entry), data, entry)


def _unsafe(name: str, files: int, unpacked: int) -> UnreadableFileError:
    return UnreadableFileError(
        text(
            "{file}: this archive would unpack to {files} files and {megabytes} MB, which is "
            "not safe to open. Send the one file that is meant.",
            file=name,
            files=files,
            megabytes=unpacked // 1024**2,
        )
    )


def _require_no_other_office(archive: zipfile.ZipFile, names: set[str], name: str) -> None:
    """Refuse documents of other programs by their name: they are archives too."""
    if "word/document.xml" in names:
        raise _not_read(name, "DOCX (Word)")
    if "ppt/presentation.xml" in names:
        raise _not_read(name, "PPTX (PowerPoint)")
    if "mimetype" in names:
        with archive.open("mimetype") as file:
            kind = file.read(100).decode("ascii", "replace")
        if "opendocument" in kind:
            raise _not_read(name, f"OpenDocument ({kind.rpartition('.')[2].strip()})")


def _kind_inside(data: bytes, archive: str, entry: str) -> str:
    name = f"{archive}/{entry}"
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as inner:
            entries = measured_entries(inner, name)
            if "xl/workbook.xml" not in {found.filename for found in entries}:
                raise _not_read(name, text("an archive inside an archive"))
            _require_plain_sheets(inner, entries, name)
            require_bytes(XLSX, sum(entry.file_size for entry in entries), name)
        return XLSX
    kind = identify(data[:HEAD], name)
    require_bytes(kind, len(data), name)
    if kind in {KML, GPX}:
        require_plain_xml(data, name)
    return kind


def measured_entries(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """Measure an archive before anything in it is unpacked.

    Parameters
    ----------
    archive : zipfile.ZipFile
    name : str
        The file's name, for the message.

    Returns
    -------
    list of zipfile.ZipInfo
        Its files, in their order.

    Raises
    ------
    UnreadableFileError
        Where it holds too many files, or would unpack to too much.
    """
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    bomb = unpacked > RATIO_COUNTS_FROM and unpacked > MAX_RATIO * max(packed, 1)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES or bomb:
        raise _unsafe(name, len(entries), unpacked)
    return entries


def _choose(entries: list[zipfile.ZipInfo], name: str) -> _Chosen:
    """Choose the one entry to read; list what was passed over."""
    problems = [
        Problem(name, None, None, entry.filename, text("a plain name inside the archive"),
                text("This entry was not opened."))
        for entry in entries
        if not _safe(entry)
    ]  # fmt: skip
    safe = [entry for entry in entries if _safe(entry) and not _is_litter(entry.filename)]
    for suffix in _WANTED:
        found = [entry for entry in safe if entry.filename.casefold().endswith(suffix)]
        if found:
            # In a KMZ the document is the first; doc.kml by convention.
            found.sort(key=lambda entry: entry.filename.rpartition("/")[2].casefold() != "doc.kml")
            problems += [
                Problem(name, None, None, entry.filename, text("one table in the archive"),
                        text("Only {entry} was read.", entry=found[0].filename))
                for entry in found[1:]
            ]  # fmt: skip
            return _Chosen(found[0], tuple(problems), tuple(found[1:]))
    if entries and all(entry.flag_bits & 1 for entry in entries):
        raise _locked(name)
    is_spss = any(entry.filename.casefold().endswith((".sps", ".sav")) for entry in safe)
    raise _not_read(name, "SPSS" if is_spss else "ZIP")


def _with_its_repeats(archive: zipfile.ZipFile, chosen: _Chosen, name: str) -> _Chosen:
    """Tell the reports of an ODK export from their repeats, which lie in files of their own."""
    if not chosen.others or not chosen.entry.filename.casefold().endswith(".csv"):
        return chosen
    entries = [chosen.entry, *chosen.others]
    inner = [entry for entry in entries if _is_repeat_entry(archive, entry)]
    main = [entry for entry in entries if entry not in inner]
    # Beside the reports lies what the phone wrote down of each key that was pressed.
    main = [entry for entry in main if not _is_audit_entry(archive, entry)] or main
    if not main or (not inner and main == entries):
        return chosen
    names = {entry.filename for entry in entries}
    kept = [problem for problem in chosen.problems if problem.given not in names]
    kept += [
        Problem(name, None, None, entry.filename, text("one table in the archive"),
                text("Only {entry} was read.", entry=main[0].filename))
        for entry in main[1:]
    ]  # fmt: skip
    return _Chosen(main[0], tuple(kept), repeats=tuple(inner))


def _is_repeat_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    return is_repeat(_headers_of(archive, entry))


def _is_audit_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    return {"event", "node", "start", "end"} <= set(_headers_of(archive, entry))


def _headers_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> list[str]:
    with archive.open(entry) as file:
        line = file.readline(HEAD).decode("utf-8-sig", "replace")
    return [header.strip(' "\r\n') for header in re.split("[,;\t]", line)]


def shapefiles(source: Source) -> list[Source]:
    """List every shapefile of an archive that was opened for its first.

    Parameters
    ----------
    source : Source
        Of kind ``shp``, from an archive.

    Returns
    -------
    list of Source
        In the order of their names; the first has the problems of the archive, except that the
        others were not read.
    """
    with zipfile.ZipFile(source.path) as archive:
        entries = [e for e in measured_entries(archive, source.path.name) if _safe(e)]
    names = sorted(
        entry.filename
        for entry in entries
        if entry.filename.casefold().endswith(".shp") and not _is_litter(entry.filename)
    )
    kept = tuple(problem for problem in source.problems if problem.given not in names)
    return [
        Source(source.path, SHP, entry=name, problems=kept if number == 0 else ())
        for number, name in enumerate(names)
    ]


def _safe(entry: zipfile.ZipInfo) -> bool:
    parts = entry.filename.replace("\\", "/").split("/")
    link = stat.S_ISLNK(entry.external_attr >> 16)
    rooted = entry.filename.startswith(("/", "\\")) or ":" in parts[0]
    return not (link or rooted or ".." in parts or entry.flag_bits & 1)


def _is_litter(filename: str) -> bool:
    own = filename.rpartition("/")[2].casefold()
    return filename.startswith("__MACOSX/") or own.startswith(
        (".", "~$", "readme", "license", "licence")
    )


def _require_plain_sheets(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], name: str
) -> None:
    for entry in entries:
        if entry.filename.casefold().endswith((".xml", ".rels")):
            with archive.open(entry) as file:
                head = file.read(HEAD)
            start = _decoded_xml(head)
            if entry.file_size > _LONGEST_COMMENT and _has_long_comment(archive.read(entry)):
                raise _unsafe_xml(name)
            # Before the first element, or not at all.
            no_root = _xml_root(start) is None
            if no_root and ("<!DOCTYPE" in start or "<!ENTITY" in start or len(head) == HEAD):
                raise _unsafe_xml(name)


# The parser of XML goes over a comment again with each part of it that it is given.
_LONGEST_COMMENT = 1024**2


def _has_long_comment(data: bytes) -> bool:
    start = data.find(b"<!--")
    while start >= 0:
        end = data.find(b"-->", start)
        if end < 0 or end - start > _LONGEST_COMMENT:
            return True
        start = data.find(b"<!--", end)
    return False


def _decoded_xml(head: bytes) -> str:
    order = "utf-16" if head.startswith(_UTF16_MARKS) else utf16_order(head) or "utf-8-sig"
    return head[: len(head) // 2 * 2].decode(order, "replace").lstrip("\ufeff")


def damaged(name: str, detail: object) -> UnreadableFileError:
    """Say that a file is damaged; the caller raises it.

    Parameters
    ----------
    name : str
        The file's name.
    detail : object
        What the library below said.

    Returns
    -------
    UnreadableFileError
    """
    return UnreadableFileError(
        text(
            "{file}: the file is damaged or not what its name says ({detail}). "
            "Ask for it once more.",
            file=name,
            detail=next(iter(str(detail).splitlines()), type(detail).__name__),
        )
    )
