"""CPU seconds and peak address space of reading a large table of incidents, clean and dirty.

    python benchmarks/reading.py [number of rows]

The rows are invented. Each file is read in a process of its own within 3 GiB of address space.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROWS = 2_000_000
ADDRESS_SPACE = 3 * 1024**3
ARABIC = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")


def main() -> None:
    """Write each file, read it, and print a line for it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print("| file | rows | good | problems | CPU s | peak MiB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("clean", "dirty"):
            path = Path(folder, f"{kind}.csv")
            with path.open("w", encoding="utf-8") as file:
                file.writelines(synthetic_lines(count, dirty=kind == "dirty"))
            command = [sys.executable, __file__, str(count), str(path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            print(f"| {kind} | {count:,} | {done.stdout.strip()} |", flush=True)


def synthetic_lines(count: int, *, dirty: bool) -> Iterator[str]:
    """Invent incidents; dirty ones mix digits, forms of dates and decimal marks."""
    chance = random.Random(5)  # noqa: S311 - no secret
    yield "id;date;kind;locality;lat;lon;killed_man;note\n"
    for row in range(count):
        day, month = chance.randint(1, 28), chance.randint(1, 12)
        date = f"2024-{month:02d}-{day:02d}"
        lat, lon = (f"{low + 2 * chance.random():.5f}" for low in (35, 36))
        killed = str(chance.randint(0, 4))
        if dirty:
            date = chance.choice([date, f"{day}/{month}/2024", f"{day} نيسان 2024", "30/02/2024"])
            lat = chance.choice([lat.replace(".", ","), lat.translate(ARABIC)])
            killed = chance.choice([killed, killed.translate(ARABIC), "10-15", "several"])
        yield f"R{row};{date};fire;synthetic {row % 6000};{lat};{lon};{killed};note {row % 1000}\n"


def read(path: str) -> None:
    """Read one file in this process, and print what it took."""
    from geosector.sources import read_table

    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    start = time.process_time()
    rows, problems = read_table(path, "incidents")
    seconds = time.process_time() - start
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.partition("VmPeak:")[2].split()[0]) // 1024
    print(f"{len(rows):,} | {len(problems):,} | {seconds:.1f} | {peak:,}")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        read(sys.argv[2])
    else:
        main()
