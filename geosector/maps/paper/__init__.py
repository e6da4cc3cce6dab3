"""The static twin of a map: the same layers on one sheet, as PNG, PDF or SVG."""
