"""How the words of a command line become values, with every message in the current language.

argparse splits the words; checking them is ours, because its own messages are English.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TextIO

from geosector.errors import InputError
from geosector.language import END_ISOLATE, ISOLATE, current, language, text


class Option(NamedTuple):
    """One option of a command: its flag, what it means, how its text becomes a value.

    ``many``: it may be repeated. ``takes``: how many words one use of it takes, where that is not
    one; ``+`` is one or more; 0 is a switch, on where it stands there. ``shown``: what help calls
    such a word.
    """

    flag: str
    meaning: str
    convert: Callable[[str, str], Any]
    default: Any = None
    required: bool = False
    many: bool = False
    takes: int | str | None = None
    shown: str | None = None

    @property
    def name(self) -> str:
        """Name of the value among the arguments: ``--key-file`` is ``key_file``."""
        return self.flag.lstrip("-").replace("-", "_")


class Command(NamedTuple):
    """One command: its name, what it does, its options, and the function that does it.

    ``formats``: endings that its ``--out`` may have, where that is one file.
    """

    name: str
    meaning: str
    options: tuple[Option, ...]
    run: Callable[[argparse.Namespace], int]
    formats: tuple[str, ...] = ()

    def audience(self, args: argparse.Namespace) -> str:
        """Say for whom the files are: where the command need not ask, for the office."""
        asks = any(option.flag == "--audience" and option.required for option in self.options)
        return str(args.audience) if asks else "internal"


# --------------------------------------------------------------- what is said


def say(words: object, stream: TextIO | None = None) -> None:
    """Print a line to standard output, or to another stream.

    Where nobody listens any more (``| head``) or the disk is full, the work goes on in silence.
    """
    out = sys.stdout if stream is None else stream
    if out is None:  # a program without a console has no streams
        return
    try:
        out.write(f"{words}\n")
        out.flush()
    except OSError:
        if out is sys.stderr:
            sys.stderr = io.StringIO()
        else:
            sys.stdout = io.StringIO()


def one_line(sentence: object) -> str:
    """Take line ends and the control signs of terminals out of a sentence."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", str(sentence))


_TURNING = re.compile(r"[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


def isolated(words: object) -> str:
    """Keep words of another direction together on a terminal, whatever marks they bring.

    Sentences of right-to-left languages do so with every fact themselves.
    """
    plain = _TURNING.sub("", str(words))
    if plain.isascii() or language(current()).direction == "rtl":
        return plain
    return f"{ISOLATE}{plain}{END_ISOLATE}"


# --------------------------------------------------------------- from text to value


def as_text(_flag: str, given: str) -> str:
    """Take the words as they are."""
    return given


def as_path(flag: str, given: str) -> Path:
    """Read a path of this system."""
    if not given or "\0" in given:
        raise _not_a(flag, given, text("the name of a file"))
    return Path(given)


def as_whole(flag: str, given: str) -> int:
    """Read a whole number."""
    try:
        return int(given)
    except ValueError:
        raise _not_a(flag, given, text("a whole number")) from None


def as_number(flag: str, given: str) -> float:
    """Read a number."""
    try:
        return float(given)
    except ValueError:
        raise _not_a(flag, given, text("a number")) from None


def as_date(flag: str, given: str) -> dt.date:
    """Read a date, year first."""
    try:
        return dt.date.fromisoformat(given)
    except ValueError:
        raise _not_a(flag, given, text("a date such as 2024-04-30")) from None


def as_area(flag: str, given: str) -> str | tuple[float, ...]:
    """Read W,S,E,N as four numbers; anything without commas is the name of a place."""
    pieces = given.split(",")
    if len(pieces) != 4:  # noqa: PLR2004 - west, south, east, north
        return given
    return tuple(as_number(flag, piece) for piece in pieces)


def as_point(flag: str, given: str) -> tuple[float, float]:
    """Read LON,LAT as two numbers."""
    lon, comma, lat = given.partition(",")
    if not comma or "," in lat:
        raise _not_a(flag, given, text("a longitude and a latitude, such as 37.1,36.1"))
    return as_number(flag, lon), as_number(flag, lat)


def as_cost(flag: str, given: str) -> tuple[str, float]:
    """Read NAME=VALUE, such as tertiary=3."""
    name, sign, cost = given.rpartition("=")
    if not (sign and name.strip()):
        raise _not_a(flag, given, text("NAME=VALUE, such as tertiary=3"))
    return name.strip(), as_number(flag, cost)


def as_period(flag: str, given: str) -> str | tuple[str, str]:
    """Read FIRST..LAST as two days; anything without dots between is a month or a year."""
    first, dots, last = given.partition("..")
    if not dots:
        return given
    if not (first.strip() and last.strip()):
        raise _not_a(flag, given, text("a month (2024-03), or two days (2024-03-01..2024-03-15)"))
    return first.strip(), last.strip()


def some_of(*allowed: str) -> Callable[[str, str], list[str]]:
    """Take some of some words, between commas; no other."""

    def convert(flag: str, given: str) -> list[str]:
        return [one_of(*allowed)(flag, piece.strip()) for piece in given.split(",")]

    return convert


def as_switch(_flag: str, _given: str) -> bool:
    """Take an option that stands there for a yes."""
    return True


def as_numbers(flag: str, given: str) -> list[float]:
    """Read numbers between commas, such as 5,10,15."""
    return [as_number(flag, piece) for piece in given.split(",")]


def one_of(*allowed: str) -> Callable[[str, str], str]:
    """Take one of some words, and no other."""

    def convert(flag: str, given: str) -> str:
        if given not in allowed:
            raise _not_a(flag, given, ", ".join(allowed))
        return given

    return convert


def _not_a(flag: str, given: str, expected: str) -> InputError:
    return InputError(
        text(
            "{flag} expects {expected}; '{given}' was given.",
            flag=flag,
            expected=expected,
            given=given,
        )
    )


# --------------------------------------------------------------- from words to values


class _Formatter(argparse.HelpFormatter):
    """Help whose headings follow the current language."""

    def add_usage(
        self,
        usage: str | None,
        actions: Any,  # noqa: ANN401 - argparse's own private types
        groups: Any,  # noqa: ANN401
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, prefix or text("Usage: "))


class _Parser(argparse.ArgumentParser):
    """A parser that leaves checking to us, so that every message is in the current language."""

    def error(self, message: str) -> NoReturn:
        raise InputError(
            text(
                "The command line cannot be read ({detail}). See {command} --help.",
                detail=message,
                command=self.prog,
            )
        )


def _parser(command: Command) -> _Parser:
    parser = _Parser(
        prog=f"geosector {command.name}",
        description=command.meaning,
        formatter_class=_Formatter,
        add_help=False,
        allow_abbrev=False,
    )
    group = parser.add_argument_group(text("Options"))
    for option in command.options:
        meaning = option.meaning.replace("%", "%%")
        if option.required:
            meaning = text("{meaning} (required)", meaning=meaning)
        elif option.default is not None and not callable(option.default):
            meaning = text("{meaning} (default: {value})", meaning=meaning, value=option.default)
        if option.takes == 0:
            group.add_argument(option.flag, help=meaning, action="store_const", const="yes")
        elif option.flag.startswith("--"):
            action = "store"
            if option.many:
                action = "append" if option.takes is None else "extend"
            group.add_argument(
                option.flag, help=meaning, action=action, nargs=option.takes, metavar=option.shown
            )
        else:
            group.add_argument(option.flag, help=meaning, nargs="?", metavar=option.flag.upper())
    group.add_argument("-h", "--help", action="store_true", help=text("show this help"))
    return parser


def read_arguments(command: Command, words: Sequence[str]) -> argparse.Namespace | None:
    """Turn the words after a command into values; ``None`` where help was asked for."""
    parser = _parser(command)
    given, unknown = parser.parse_known_args(_with_negatives(words))
    if given.help:
        say(parser.format_help().rstrip("\n"))
        return None
    if unknown:
        raise InputError(
            text(
                "'{word}' is not an option of {command}. See {command} --help.",
                word=unknown[0],
                command=parser.prog,
            )
        )
    missing = [
        option.flag
        for option in command.options
        if option.required and getattr(given, option.name) is None
    ]
    if missing:
        raise InputError(
            text(
                "{command} cannot do without {flags}. See {command} --help.",
                command=parser.prog,
                flags=", ".join(missing),
            )
        )
    return argparse.Namespace(
        **{option.name: _value(option, getattr(given, option.name)) for option in command.options}
    )


def _with_negatives(words: Sequence[str]) -> list[str]:
    """Join an option to a value such as -9.5,36,-6,42, which argparse takes for an option."""
    joined: list[str] = []
    for word in words:
        if joined and re.fullmatch(r"--[\w-]+", joined[-1]) and re.match(r"-[\d.]", word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _value(option: Option, given: str | list[str] | None) -> Any:  # noqa: ANN401 - per option
    if given is None:
        if option.many:
            return []
        return option.default() if callable(option.default) else option.default
    if isinstance(given, list):
        return [option.convert(option.flag, one) for one in given]
    return option.convert(option.flag, given)
