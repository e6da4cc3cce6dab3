"""What every test may lean on: real data where they are, short property runs, fresh loops."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.loops import forget_stale_loops

PARTITION = Path(__file__).resolve().parents[1] / "geosector" / "partition"
SITING = PARTITION.parent / "measure" / "siting"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

settings.register_profile(
    "gate",
    max_examples=40,
    deadline=None,  # laws are about what is true, never about how fast
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("gate")


def pytest_configure() -> None:
    """Compile loops anew where a function that they call has changed."""
    for folder in (PARTITION, SITING):
        forget_stale_loops(folder)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real inputs, or skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the real inputs (../shared/data) are not on this machine")
    return SHARED


@pytest.fixture(autouse=True)
def _own_memory(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what is made once out of the folders of whoever runs the tests."""
    monkeypatch.setenv("GEOSECTOR_CACHE", str(tmp_path_factory.getbasetemp() / "memory"))


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep messages in English whatever the language of the machine."""
    monkeypatch.delenv("GEOSECTOR_LANG", raising=False)
