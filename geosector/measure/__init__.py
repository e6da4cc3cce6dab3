"""Measures of what happened: counts, rates, density; small functions from table to table."""
