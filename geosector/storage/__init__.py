"""Writing files: the only place where a file is opened for writing.

Every file is written under another name in the same folder, forced to the disk, and then given its
true name in one step. Whoever looks, at any moment, sees the old file or the new one, whole; a full
disk, a crash or a lost power supply leaves the old one.

The same content gives the same bytes: no clock goes into a file. Where a format insists on a date
it is ``SOURCE_DATE_EPOCH``, else 1980-01-01.

::

    atomic      one file, whole or not at all
    clock       the moment that a file tells
    databases   one file that several programs change in place
    documents   text and JSON
    memory      what is costly to make, kept for the user
    formulas    text that a spreadsheet would calculate
    cells       any cell → a plain one; a table → columns of a sheet
    sheets      CSV, workbooks, JSON records
    stamps      for whom a file is, said inside it
    forms       tables for people to fill in
    words       what stands in coded columns, said in the current language
    qml         drawing rules as QGIS keeps them
    styles      how each layer of a GeoPackage looks in QGIS
    phones      what a phone says below the name of a place
    vectors     GeoPackage, GeoJSON, FlatGeobuf, KML, GPX, GeoParquet
    formats     a table in the format that its file's name asks for
"""

from geosector.storage.atomic import (
    STALE_SECONDS,
    AnyPath,
    atomic_path,
    make_folder,
    require_writable,
    write_bytes,
)
from geosector.storage.cells import Frame
from geosector.storage.clock import stated_moment
from geosector.storage.databases import (
    BUSY_SECONDS,
    Database,
    copy_database,
    database_errors,
    open_database,
    transaction,
    without_and_with_log,
)
from geosector.storage.documents import write_json, write_text
from geosector.storage.formats import LAYERED_FORMATS, TABLE_FORMATS, write_layers, write_table
from geosector.storage.forms import FORM_FORMATS, write_form
from geosector.storage.formulas import guard_formula, unguard_formula
from geosector.storage.memory import remembered
from geosector.storage.stamps import Stamp, current_stamp, stamping
from geosector.storage.styles import STYLES_LAYER, layer_style

__all__ = [
    "BUSY_SECONDS",
    "FORM_FORMATS",
    "LAYERED_FORMATS",
    "STALE_SECONDS",
    "STYLES_LAYER",
    "TABLE_FORMATS",
    "AnyPath",
    "Database",
    "Frame",
    "Stamp",
    "atomic_path",
    "copy_database",
    "current_stamp",
    "database_errors",
    "guard_formula",
    "layer_style",
    "make_folder",
    "open_database",
    "remembered",
    "require_writable",
    "stamping",
    "stated_moment",
    "transaction",
    "unguard_formula",
    "without_and_with_log",
    "write_bytes",
    "write_form",
    "write_json",
    "write_layers",
    "write_table",
    "write_text",
]
