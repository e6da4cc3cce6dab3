"""What every test may lean on: the shared real data where they are, and short property runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

settings.register_profile(
    "gate",
    max_examples=40,
    deadline=None,  # laws are about what is true, never about how fast
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("gate")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real inputs, or skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the real inputs (../shared/data) are not on this machine")
    return SHARED


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep messages in English whatever the language of the machine."""
    monkeypatch.delenv("GEOSECTOR_LANG", raising=False)
