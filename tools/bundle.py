"""Wheels for a USB stick: ``bundle.py all DIR``, ``bundle.py here DIR``, ``bundle.py prove DIR``.

``all`` gathers the locked wheels for Linux and Windows, CPython 3.11 to 3.13; ``here`` only those
for this machine and this Python; ``prove`` installs from the folder into a new empty environment
with no network, no git, no make and no compiler in reach, and runs the demo there.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from packaging.markers import Marker, default_environment

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "run.txt"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]

# Pure Python, published as source only: built here once into a wheel that fits everywhere.
SOURCE_ONLY = {"openlocationcode"}

# The plain names of the Linux generations that wheels are tagged with, newest first.
LINUX = (
    "manylinux_2_28_x86_64",
    "manylinux_2_27_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2014_x86_64",
    "manylinux_2_12_x86_64",
    "manylinux2010_x86_64",
)

README = """\
geosector on a USB stick: Linux or Windows (64 bit), Python 3.11, 3.12 or 3.13, no network.

Open a terminal in this folder, then:

  Linux      python3 -m venv geosector-venv
             geosector-venv/bin/pip install --no-index --find-links . geosector
             geosector-venv/bin/geosector demo

  Windows    py -m venv geosector-venv
             geosector-venv\\Scripts\\pip install --no-index --find-links . geosector
             geosector-venv\\Scripts\\geosector demo

The demo works on a small invented town and says where its results lie.

------------------------------------------------------------------------------------------

geosector على ذاكرة USB: لينكس أو ويندوز (64 بت)، بايثون 3.11 أو 3.12 أو 3.13، بلا شبكة.

افتحوا الطرفية في هذا المجلد، ثم اكتبوا أوامر نظامكم كما هي أعلاه:
الأمر الأول يهيّئ بيئة بايثون، والثاني يثبّت geosector من هذا المجلد وحده،
والثالث يشغّل المثال على بلدة صغيرة مخترعة ويذكر أين وضع النتائج.
"""


class Target(NamedTuple):
    """One system and one Python that wheels are gathered for."""

    python: str
    platforms: tuple[str, ...]
    markers: dict[str, str]


def all_targets() -> list[Target]:
    """Linux and Windows, CPython 3.11 to 3.13."""
    linux = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    windows = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"}
    cpython = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    return [
        Target(
            python,
            platforms,
            {**cpython, **system, "python_version": python, "python_full_version": f"{python}.99"},
        )
        for python in ("3.11", "3.12", "3.13")
        for platforms, system in ((LINUX, linux), (("win_amd64",), windows))
    ]


def locked_for(markers: dict[str, str]) -> list[str]:
    """Give the requirements of the lock, hashes included, that a system with such markers needs.

    pip judges markers by the Python it runs on, not by the one it downloads for, so we do it.
    """
    needed = []
    for line in LOCK.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        requirement, *hashes = line.split(" --hash=")
        name, _, marker = requirement.partition(";")
        if not marker.strip() or Marker(marker).evaluate(markers):
            needed.append(" --hash=".join([name.strip(), *(each.strip() for each in hashes)]))
    return needed


def is_source_only(requirement: str) -> bool:
    """Tell whether a locked requirement has no wheel on the index."""
    return requirement.partition("==")[0] in SOURCE_ONLY


def run(command: list[str]) -> None:
    """Run a command in the project root; a failure ends everything."""
    subprocess.run(command, check=True, cwd=ROOT)


def download(requirements: list[str], folder: Path, target: Target | None) -> None:
    """Bring the wheels of locked requirements into the folder, for a target or for this machine."""
    choice = ["--only-binary=:all:"]
    if target is not None:
        choice += ["--implementation", "cp", "--python-version", target.python]
        choice += [word for name in target.platforms for word in ("--platform", name)]
    with tempfile.TemporaryDirectory() as scratch:
        wanted = Path(scratch) / "wanted.txt"
        wanted.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        words = ["--quiet", "--no-deps", "--require-hashes", "--requirement", str(wanted)]
        run([*PIP, "download", *words, *choice, "--dest", str(folder)])


def build_wheels(requirements: list[str], folder: Path) -> None:
    """Build what has no wheel, and geosector itself, with the build tools of the lock."""
    plain = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    with tempfile.TemporaryDirectory() as scratch:
        wanted = Path(scratch) / "wanted.txt"
        wanted.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        run([*PIP, "wheel", *plain, "--require-hashes", "--requirement", str(wanted)])
    run([*PIP, "wheel", *plain, str(ROOT)])
    for name in ("geosector", *SOURCE_ONLY):
        if not list(folder.glob(f"{name}-*-none-any.whl")):
            sys.exit(f"The wheel of {name} does not fit every system: it is not pure Python.")


def gather(folder: Path, targets: list[Target | None]) -> None:
    """Fill the folder from nothing, and print how many wheels it holds and how large they are."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sources: dict[str, None] = {}
    for target in targets:
        markers = dict(default_environment()) if target is None else target.markers
        needed = locked_for(markers)
        download([each for each in needed if not is_source_only(each)], folder, target)
        sources.update(dict.fromkeys(each for each in needed if is_source_only(each)))
    build_wheels(list(sources), folder)
    # The signature and the line ends let the oldest Windows editor show both languages.
    (folder / "README.txt").write_text(README, encoding="utf-8-sig", newline="\r\n")
    wheels = list(folder.glob("*.whl"))
    size = sum(wheel.stat().st_size for wheel in wheels) / 1e6
    print(f"{folder}: {len(wheels)} wheels, {size:.0f} MB, and README.txt", flush=True)


def without_network() -> list[str]:
    """Give the words that start a command with no network, where the system permits it."""
    starter = shutil.which("unshare")
    for words in ([starter, "-n"], [starter, "-r", "-n"]) if starter else ():
        if not subprocess.run([*words, "true"], check=False, capture_output=True).returncode:
            return words
    print("NOTE: the network could not be cut here (unshare -n is not permitted).", flush=True)
    return []


def prove(folder: Path) -> None:
    """Install from the folder as a stranger would, far from everything, and run the demo."""
    cut = without_network()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        run([sys.executable, "-m", "venv", str(scratch / "venv")])
        commands = scratch / "venv" / "bin"
        # Nothing but the environment is in reach, in the plainest locale, and Python is kept from
        # quietly taking UTF-8 instead: so it is on many a Windows.
        bare = {"PATH": str(commands), "HOME": name, "PIP_CONFIG_FILE": os.devnull, "LC_ALL": "C"}
        bare |= {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        install = ["install", "--quiet", "--no-index", "--find-links", str(folder), "geosector"]
        pip = [str(commands / "python"), "-m", "pip", "--disable-pip-version-check"]
        for command in ([*pip, *install], [str(commands / "geosector"), "demo", "--out", "demo"]):
            subprocess.run([*cut, *command], check=True, cwd=scratch, env=bare)
        results = [file for file in (scratch / "demo").rglob("*") if file.is_file()]
        if not results:
            sys.exit("The demo from the bundle wrote nothing.")
        print(
            f"proved: installed from {folder.name} with no index, demo wrote {len(results)} files, "
            f"network {'cut' if cut else 'NOT cut'}",
            flush=True,
        )


def main(words: list[str]) -> None:
    """Do what the words ask for."""
    match words:
        case ["all", name]:
            gather((ROOT / name).resolve(), list(all_targets()))
        case ["here", name]:
            gather((ROOT / name).resolve(), [None])
        case ["prove", name]:
            prove((ROOT / name).resolve())
        case _:
            sys.exit("Say what to do and where: bundle.py all|here|prove DIR.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as problem:
        sys.exit(f"Failed, as said above (exit {problem.returncode}): {' '.join(problem.cmd)}")
