"""Facilities and incidents that change over time, kept safely in one GeoPackage.

In the order of reading:

===========  ==================================================================
`cells`      what the file keeps of a value
`styles`     how QGIS draws the layers
`schema`     the tables of the file, and the versions of the schema
`chain`      how changes are signed, so that values can be purged
`log`        whether the log beside a file is its own
`ledger`     making a change, undoing it, replaying changes
`audit`      verifying all of it; accepting what other programs changed
`purging`    removing values for good
`kinship`    what two registers know of each other
`settling`   what stands where two accounts of a row differ
`merging`    joining the registers of two offices
`beside`     verifying what came with other registers
`duplicates` reports that may be of the same event
`apart`      reports that are of two events, and stay so
`deciding`   duplicates on a sheet, marked by a planner
`near`       the live index: the nearest open shelters, now
`book`       `Register`, which planners use
===========  ==================================================================
"""

from geosector.register.book import Head, Near, Register
from geosector.register.deciding import Decided, write_duplicates_sheet
from geosector.register.duplicates import propose_duplicates
from geosector.register.merging import Merger, merge_registers
from geosector.register.schema import TABLES, is_register

__all__ = [
    "TABLES",
    "Decided",
    "Head",
    "Merger",
    "Near",
    "Register",
    "is_register",
    "merge_registers",
    "propose_duplicates",
    "write_duplicates_sheet",
]
