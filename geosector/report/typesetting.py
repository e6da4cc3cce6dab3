"""Typst, in a process of its own: what it keeps in memory for each document goes with it.

This file is run by its path, so that it loads Typst and nothing of geosector.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def typeset(template: bytes, folder: str, data: str, moment: int) -> bytes:
    """Make a PDF of a template and data, in a process of its own where one can be had.

    Parameters
    ----------
    template : bytes
        Of Typst.
    folder : str
        Of the fonts; no others are asked.
    data : str
        JSON, that the template reads as ``report``.
    moment : int
        Of its making, in seconds since 1970.

    Returns
    -------
    bytes
    """
    asked = {
        "template": template.decode("utf-8"), "folder": folder, "data": data, "moment": moment,
    }  # fmt: skip
    if not getattr(sys, "frozen", False):
        done = subprocess.run(  # noqa: S603 - our own interpreter and this file
            [sys.executable, __file__],
            input=json.dumps(asked).encode("utf-8"),
            capture_output=True,
            check=False,
        )
        if done.returncode == 0 and done.stdout.startswith(b"%PDF"):
            return done.stdout
    return _made(asked)  # and its error, where it has one


def _made(asked: dict[str, Any]) -> bytes:
    import typst

    make: Any = typst.Compiler  # its stated types name no input that fits
    compiler = make(
        asked["template"].encode("utf-8"),
        root=asked["folder"],
        font_paths=[asked["folder"]],
        ignore_system_fonts=True,
        sys_inputs={"report": asked["data"]},
    )
    written: bytes = compiler.compile(
        format="pdf", pdf_standards=["ua-1"], timestamp=asked["moment"]
    )
    return written


if __name__ == "__main__":
    sys.stdout.buffer.write(_made(json.load(sys.stdin.buffer)))
