"""A Firefox without a network, driven through Marionette, which every Firefox speaks by itself.

Playwright drives only a Firefox of its own, and geckodriver is in no package of Debian or PyPI.
The protocol is short: each message is ``length:[kind, number, name or error, content]``.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("firefox-esr", "firefox")
START_S = 60.0
# No network (every request goes to a port that nobody serves), no first-run pages, no reports.
PREFERENCES = {
    "marionette.port": 0,
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
}


class FirefoxError(Exception):
    """What Firefox answered instead of a result."""


class Firefox:
    """A session: go to a file, run a script in it, take its picture."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=START_S)
        self._number = 0
        self._read()  # its greeting
        self.ask("WebDriver:NewSession", capabilities={"alwaysMatch": {}})

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._socket.recv(1)
        content = b""
        while len(content) < int(length[:-1]):
            content += self._socket.recv(int(length[:-1]) - len(content))
        return json.loads(content)

    def ask(self, command: str, **content: Any) -> Any:
        """Send a command and give its answer."""
        self._number += 1
        written = json.dumps([0, self._number, command, content]).encode()
        self._socket.sendall(f"{len(written)}:".encode() + written)
        _, _, error, answer = self._read()
        if error is not None:
            raise FirefoxError(f"{command}: {error['message']}")
        return answer.get("value", answer) if isinstance(answer, dict) else answer

    def open(self, address: str) -> None:
        """Go to an address and wait until the page is loaded."""
        self.ask("WebDriver:Navigate", url=address)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a function body in the page; a promise is waited for."""
        waited = (
            "const done = arguments[arguments.length - 1];"
            f"(async function () {{ {script} }}).apply(null, [...arguments].slice(0, -1))"
            ".then(value => done({value}), error => done({error: String(error)}));"
        )
        answer = self.ask(
            "WebDriver:ExecuteAsyncScript",
            script=waited,
            args=list(arguments),
            scriptTimeout=60_000,
        )
        if "error" in answer:
            raise FirefoxError(answer["error"])
        return answer.get("value")

    def complaints(self) -> list[str]:
        """Give the errors that the pages wrote to the console, their own files only."""
        self.ask("Marionette:SetContext", value="chrome")
        try:
            said = self.run(
                "return Services.console.getMessageArray()"
                ".filter(said => said.sourceName && said.sourceName.startsWith('file:'))"
                ".filter(said => !(said.flags & 1)).map(said => said.errorMessage);"
            )
        finally:
            self.ask("Marionette:SetContext", value="content")
        return list(said)

    def screenshot(self, file: Path) -> None:
        """Write a picture of the page."""
        file.write_bytes(base64.b64decode(self.ask("WebDriver:TakeScreenshot", full=False)))

    def close(self) -> None:
        """End the session and the browser."""
        self.ask("Marionette:Quit", flags=["eForceQuit"])
        self._socket.close()


def found() -> str | None:
    """Give the path of Firefox, or nothing."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def firefox(path: str, profile: Path) -> Iterator[Firefox]:
    """Start Firefox with a profile of its own, and end it."""
    lines = (
        f"user_pref({json.dumps(name)}, {json.dumps(value)});"
        for name, value in PREFERENCES.items()
    )
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    switches = ["--headless", "--no-remote", "--marionette", "--remote-allow-system-access"]
    started = subprocess.Popen(
        [path, *switches, "--profile", str(profile), "--width", "1280", "--height", "800"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(profile), "MOZ_CRASHREPORTER_DISABLE": "1"},
    )
    try:
        session = Firefox(_port(profile, started))
        yield session
        session.close()
    finally:
        started.kill()
        started.wait()


def _port(profile: Path, started: subprocess.Popen[bytes]) -> int:
    """Wait until Firefox has written which port it chose."""
    written = profile / "MarionetteActivePort"
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if written.is_file() and written.read_text():
            return int(written.read_text())
        if started.poll() is not None:
            raise FirefoxError(f"Firefox ended at once with {started.returncode}")
        time.sleep(0.1)
    raise FirefoxError(f"Firefox did not start within {START_S:.0f} s")
