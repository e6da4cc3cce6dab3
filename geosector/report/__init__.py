"""Tables and maps on paper, in each language: one page for each sector."""

from geosector.report.sheets import write_sector_sheets

__all__ = ["write_sector_sheets"]
