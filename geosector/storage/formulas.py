"""Text is text: what a spreadsheet would calculate is guarded, and given back as it was."""

from __future__ import annotations

import re

# What nobody sees: blanks, controls and marks of direction and joining (Unicode Cc, Cf, Zs, Zl, Zp,
# but for the few of Cf that are drawn), letters that are only room, marks that only vary others.
_UNSEEN = (
    r"[\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    r"\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff9-\ufffb\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff]"
)
# What makes a spreadsheet calculate: these signs first of what is seen, also in their wide forms. A
# tab or a line end at the start can hide them.
_CALCULATES = re.compile(rf"'*(?:[\t\r\n]|{_UNSEEN}*[=+\-@＝＋－＠])")
_NUMBER = r"[+-]?[\d٠-٩۰-۹][\d٠-٩۰-۹.,٫٬]*(?:[eE][+-]?\d+)?[%٪]?"
# Numbers, lists of numbers, telephone numbers and bare signs only look like it.
_HARMLESS = re.compile(
    rf"{_UNSEEN}*(?:{_NUMBER}(?:[,;\s]+{_NUMBER})*|\+\d[\d ().-]{{5,}}|[+-]+){_UNSEEN}*"
)


def guard_formula(written: str) -> str:
    """Keep a text from being calculated when a spreadsheet opens it from a CSV file.

    A leading apostrophe is put before texts that begin with ``= + - @`` (also in their wide
    forms, also after blanks and marks that nobody sees) or with a tab or a line end, unless the
    whole text is a number, a list of numbers, a telephone number or bare signs: ``-5``,
    ``+963944123456`` and ``-`` stay as they are. A text of this kind that begins with apostrophes
    already gets one more, so that `unguard_formula` always gives back what was.

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
