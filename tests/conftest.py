"""What holds for all tests."""

from __future__ import annotations

import gc
import os

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Let each process that a test starts find its modules compiled.

    Where Python is told to leave nothing beside the sources, that is in a folder of pytest's cache.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", "") and config.pluginmanager.hasplugin("cacheprovider"):
        os.environ["PYTHONPYCACHEPREFIX"] = str(config.cache.mkdir("bytecode"))  # type: ignore[union-attr]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a sample stands for, unless all of it is wanted."""
    if os.environ.get("SCANPROOF_WHOLE", "") in ("", "0"):
        left_out = [item for item in items if item.get_closest_marker("whole")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("whole")]


def pytest_collection_finish() -> None:
    """Twelve thousand tests are no garbage: who looks at them each time stops targets and us for seconds."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def on_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Embedded targets run on a thread: hundreds of processes that begin with imports would be half of the time."""
    from scansim.reference import process
    from tests.support import reference_thread

    gc.freeze()
    monkeypatch.setattr(process, "start", reference_thread.start)
