"""Reports of a month or a year, and sheets of sectors, on paper and screen, in each language."""

from geosector.report.findings import find
from geosector.report.office import PLAIN, read_office
from geosector.report.pdf import ENGINES, runs
from geosector.report.remarks import remark
from geosector.report.sheets import write_sector_sheets
from geosector.report.write import FORMATS, write_report

__all__ = [
    "ENGINES",
    "FORMATS",
    "PLAIN",
    "find",
    "read_office",
    "remark",
    "runs",
    "write_report",
    "write_sector_sheets",
]
