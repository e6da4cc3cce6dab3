"""Search for texts that break a parser: ``python -m tests.fuzz.run [SECONDS] [TARGET …]``.

Coverage-guided by atheris (libFuzzer): what reaches new lines of geosector is kept and changed
further. Each target starts from its seeds and runs in a process of its own; whatever breaks it is
printed and saved in ``build/fuzz/``. Add it to ``seeds/<target>.txt``, where the gate looks at it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NAMES = ("coordinates", "dates", "numbers", "headers", "names", "form_points")
LONGEST = 200  # bytes of one text


def main(words: list[str]) -> int:
    """Run targets one after the other; the exit code is the number of those that broke."""
    seconds, names = (words[0], words[1:]) if words else ("60", [])
    broken = [name for name in names or NAMES if search(name, int(seconds)) != 0]
    sys.stdout.write(f"{len(broken)} broke: {', '.join(broken)}\n" if broken else "none broke\n")
    return len(broken)


def search(name: str, seconds: int) -> int:
    """Start one target in a process of its own and wait for it."""
    corpus = ROOT / "build" / "fuzz" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (corpus / f"seed-{number:03d}").write_text(seed, encoding="utf-8")
    command = [
        sys.executable, "-m", "tests.fuzz.run", "--one", name, str(corpus),
        f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=10", "-seed=1",
        "-rss_limit_mb=3072", "-print_final_stats=1", "-verbosity=0",
        f"-artifact_prefix={corpus.parent}/{name}-",
    ]  # fmt: skip
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def seeds(name: str) -> list[str]:
    r"""Read the texts that a target starts from; ``\n`` and ``\x00`` stand for themselves."""
    lines = (HERE / "seeds" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line.replace("\\n", "\n").replace("\\x00", "\x00") for line in lines if line]


def one(name: str, arguments: list[str]) -> None:
    """Fuzz in this process: libFuzzer takes it over."""
    import atheris

    with atheris.instrument_imports(include=["geosector"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    atheris.Setup(["fuzz", *arguments], lambda data: target(data.decode("utf-8", "replace")))
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], sys.argv[3:])
    sys.exit(main(sys.argv[1:]))
