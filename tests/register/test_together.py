"""Six programs at once, killed at random moments: nothing lost, nothing doubled."""

from __future__ import annotations

import multiprocessing
import os
import random
import time

import pytest

from geosector import Register
from tests.register.conftest import synthetic_shelters

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX systems")

PROGRAMS = 6
HOME = multiprocessing.get_context("forkserver") if os.name == "posix" else None


def acknowledged(log):
    return len(log.read_text().splitlines()) if log.exists() else 0


def program(path, log, name, count):
    """Make ``count`` changes, each written to the log when the register has said that it is made.

    Odd ones add a row, even ones set the capacity of the first row to their number. Killed and
    started again, it goes on with the change of which it does not know whether it was made.
    """
    rows = synthetic_shelters(1)
    with Register(path, office=f"OPS-{name}") as register, log.open("a") as told:
        for number in range(acknowledged(log) + 1, count + 1):
            if number % 2:
                register.add("facilities", rows.assign(id=f"{name}-{number}"))
            else:
                register.change("facilities", f"{name}-1", {"capacity": 1000.0 + number})
            told.write(f"{number}\n")
            told.flush()


def run_all(path, count, kills):
    HOME.set_forkserver_preload([__name__])
    chance = random.Random(0)  # noqa: S311 - moments of a test
    logs = [path.with_name(f"log-{name}") for name in range(PROGRAMS)]

    def started(name):
        made = HOME.Process(target=program, args=(path, logs[name], name, count))
        made.start()
        return made

    running = [started(name) for name in range(PROGRAMS)]
    killed = 0
    while any(one.exitcode is None for one in running):
        time.sleep(chance.uniform(0, 0.1))
        name = chance.randrange(PROGRAMS)
        if killed < kills and running[name].exitcode is None and acknowledged(logs[name]):
            running[name].kill()
            running[name].join()
            killed += 1
        if running[name].exitcode not in {None, 0}:
            running[name] = started(name)
    for name, one in enumerate(running):
        while one.exitcode != 0:
            assert one.exitcode is None or one.exitcode < 0
            one = started(name)  # noqa: PLW2901 - killed at the end
            one.join()
    return logs, killed


def nothing_lost_and_nothing_doubled(path, count, kills):
    logs, killed = run_all(path, count, kills)
    assert killed == kills
    assert [acknowledged(log) for log in logs] == [count] * PROGRAMS
    with Register(path) as register:
        assert register.verify().empty  # the chain, the rows, and SQLite's own integrity check
        assert register.head().sequence == PROGRAMS * count
        rows = register.table("facilities")
        expected = {
            f"{name}-{number}" for name in range(PROGRAMS) for number in range(1, count + 1, 2)
        }
        assert sorted(rows["id"]) == sorted(expected)
        for name in range(PROGRAMS):
            told = register.history("facilities", f"{name}-1").query("action == 'change'")
            assert told["after"].tolist() == [1000.0 + even for even in range(2, count + 1, 2)]


def test_six_programs_lose_nothing_and_double_nothing(path):
    nothing_lost_and_nothing_doubled(path, count=40, kills=8)


@pytest.mark.long
def test_six_programs_with_500_changes_each_lose_nothing_and_double_nothing(path):
    nothing_lost_and_nothing_doubled(path, count=500, kills=100)
