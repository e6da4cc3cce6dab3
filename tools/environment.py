"""Make ``.venv/`` in the project root whole: ``environment.py run`` or ``environment.py dev``.

``run`` holds what a planner needs, ``dev`` also what the gate needs. Every package comes from the
locks in ``requirements/`` with its hash; geosector itself is installed in place, so that a change
in the source needs no second installation. Only the standard library is used here.

A stamp is written after each finished step and names what the step was made from. No stamp, or
another one, means that the environment is half made or out of date: it is made again.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCKS = ROOT / "requirements"


def digest_of(*files: Path) -> str:
    """Name the content of files, this Python and this place (an environment cannot be moved)."""
    total = hashlib.sha256(f"{sys.version}\n{ROOT}\n".encode())
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


def is_done(step: str, digest: str) -> bool:
    """Tell whether a step was finished, from the same content."""
    stamp = FOLDER / f"geosector-{step}.stamp"
    return PYTHON.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == digest


def mark_done(step: str, digest: str) -> None:
    """Write the stamp of a finished step."""
    (FOLDER / f"geosector-{step}.stamp").write_text(digest, encoding="ascii")


def pip(*words: str) -> None:
    """Run pip of the environment; what it says is shown when a person watches."""
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", *words]
    subprocess.run([*command, *quiet], check=True, cwd=ROOT)


def install_locked(*names: str) -> None:
    """Install locks, each complete and with hashes, so that pip has nothing to decide.

    No build isolation: the one package without a wheel (openlocationcode) is built with the
    setuptools of the lock ``build``, not with one that pip would fetch unpinned.
    """
    for name in names:
        lock = ("--requirement", str(LOCKS / f"{name}.txt"))
        pip("install", "--require-hashes", "--no-deps", "--no-build-isolation", *lock)


def make_whole(level: str) -> None:
    """Bring the environment to a level, doing only what is not done yet."""
    run = digest_of(LOCKS / "build.txt", LOCKS / "run.txt")
    dev = digest_of(LOCKS / "build.txt", LOCKS / "dev.txt", LOCKS / "testdata.txt")
    project = digest_of(ROOT / "pyproject.toml")
    if not is_done("run", run):
        print(f"making {FOLDER} with Python {sys.version.split()[0]}", flush=True)
        shutil.rmtree(FOLDER, ignore_errors=True)
        venv.create(FOLDER, with_pip=True)
        install_locked("build", "run")
        pip("check")
        mark_done("run", run)
    if level == "dev" and not is_done("dev", dev):
        print(f"adding the tools of the gate to {FOLDER}", flush=True)
        if (FOLDER / "geosector-dev.stamp").exists():
            # The lock "testdata" comes without what its package asks for, and `pip check` would
            # meet it from an earlier time.
            pip("uninstall", "--yes", "--requirement", str(LOCKS / "testdata.txt"))
        install_locked("dev")
        pip("check")
        install_locked("testdata")
        mark_done("dev", dev)
    if not is_done("project", project):
        pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        mark_done("project", project)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in {"run", "dev"}:  # noqa: PLR2004
        sys.exit("Say which environment is meant: environment.py run, or environment.py dev.")
    started = time.monotonic()
    try:
        make_whole(sys.argv[1])
    except subprocess.CalledProcessError as problem:
        sys.exit(f"Could not install: pip said why above (exit {problem.returncode}). Try again.")
    except KeyboardInterrupt:
        sys.exit(130)
    if time.monotonic() - started > 1:
        print(f".venv/ is ready after {time.monotonic() - started:.0f} s", flush=True)
