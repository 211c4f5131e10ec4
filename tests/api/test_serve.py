from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
import uvicorn

from api.cli import service
from api.web import patience


def test_a_service_told_to_end_ends_its_jobs_too(tmp_path, monkeypatch):
    """Uvicorn raises the signal again once it has shut down, which would end the process where it stands."""
    started = []

    def start(_command):
        started.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]))
        return started[-1]

    def run(*_given, **_options):
        until = time.monotonic() + 60
        while not started and time.monotonic() < until:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)

    monkeypatch.setenv("MATCHER_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(service, "subprocess", type("Fake", (), {"Popen": staticmethod(start)}))
    monkeypatch.setattr(uvicorn, "run", run)
    monkeypatch.setattr(patience, "raise_limits", lambda: None)
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit):
            service.serve()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert started[0].wait(10) == -signal.SIGTERM
