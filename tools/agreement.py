"""Write docs/number-agreement.md: the counted nouns of reports with the numbers that matter."""

from __future__ import annotations

import sys
from pathlib import Path

from geosector.report.words import NOUNS, how_many

NUMBERS = (0, 1, 2, 3, 10, 11, 99, 100, 102, 111, 121)
LANGS = {"ar": "Arabic", "kmr": "Kurmanji", "ckb": "Sorani", "en": "English"}
PAGE = Path(__file__).resolve().parents[1] / "docs" / "number-agreement.md"
HEAD = """# Nouns and numbers

Every counted noun of the reports with the numbers at which a language changes its form, for a
native reader to check. The Arabic was written from its grammar (six forms: 0, 1, 2, 3–10, 11–99,
100 and more). **The Kurdish texts await a native reader**, and so do the Arabic ones. Made by
`make agreement`; say what is wrong in an issue, or mend the catalogue of the language in
`geosector/locales/`.
"""


def page() -> str:
    """Give the page."""
    parts = [HEAD]
    for lang, name in LANGS.items():
        parts.append(f"\n## {name}\n")
        parts.append("| " + " | ".join(["", *map(str, NUMBERS)]) + " |")
        parts.append("|---" * (len(NUMBERS) + 1) + "|")
        parts += [
            f"| {noun} | " + " | ".join(_bare(how_many(noun, n, lang)) for n in NUMBERS) + " |"
            for noun in NOUNS
        ]
    return "\n".join(parts) + "\n"


def _bare(words: str) -> str:
    return words.replace("\u2068", "").replace("\u2069", "")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}\n")
