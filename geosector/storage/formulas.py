"""Text is text: what a spreadsheet would calculate is guarded, and given back as it was."""

from __future__ import annotations

import re

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
    return f"'{written}" if would_calculate(written) else written


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
    return written[1:] if written.startswith("'") and would_calculate(written[1:]) else written


def would_calculate(written: str) -> bool:
    """Say whether a spreadsheet would take a text for a formula."""
    return bool(_CALCULATES.match(written)) and not _HARMLESS.fullmatch(written.lstrip("'"))
