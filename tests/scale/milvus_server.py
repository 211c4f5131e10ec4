"""A real Milvus server (PyPI package `milvus`) in a network of its own, reached through one loopback port.

The server listens on all interfaces, whatever its configuration says. So it runs in a network namespace
that has nothing but a loopback, and a thread that entered this namespace passes bytes between the two.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

from milvus import MilvusServerConfig, _initialize_data_files

_CLONE_NEWNET = 0x40000000
_ROLES = ("rootCoord", "proxy", "queryCoord", "queryNode", "indexNode", "dataCoord", "dataNode")
_STOP_S = 15
_UNPACKED = Path(__file__).parents[2] / "var" / "milvus-server"
"""Its programs, unpacked once."""


class MilvusServer:
    """Start it with `start`, once or again after `stop`: what was written stays in the folder.

    Args:
        folder: Of its data.

    Attributes:
        url: Where it is reached from here.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._process: subprocess.Popen[bytes] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._relay: threading.Thread | None = None
        config = MilvusServerConfig(data_dir=str(folder))
        for role in _ROLES:
            config.set(f"{role}.ip", "127.0.0.1")  # else it looks for a network to be reached by
        # what is not indexed yet is compared exactly
        config.set("queryNode.segcore.interimIndex.enableIndex", "false")
        config.resolve()
        _initialize_data_files(str(_UNPACKED))
        self._port = int(config.get("proxy_port"))

    def start(self, *, timeout_s: float = 120.0) -> None:
        """Start it and wait until it answers.

        Raises:
            TimeoutError: it does not.
        """
        env = {
            **os.environ,
            "DEPLOY_MODE": "STANDALONE",
            "METRICS_PORT": "9091",
            "MILVUS_RUN_DIR": str(self._folder / "run"),
            "LD_LIBRARY_PATH": str(_UNPACKED / "bin"),
            "GOMAXPROCS": "2",
        }
        command = f"ip link set lo up && exec {_UNPACKED / 'bin' / 'milvus'} run standalone"
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sh", "-c", command],
                env=env,
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + timeout_s
        while not self._answers():
            if time.monotonic() > until or self._process.poll() is not None:
                said = (self._folder / "server.log").read_text("utf-8", "replace")[-2_000:]
                self.stop()
                raise TimeoutError(f"Milvus did not start: {said}")
            time.sleep(0.5)

    def stop(self) -> None:
        """End it as a power cut would."""
        if self._loop is not None and self._relay is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._relay.join(_STOP_S)
            self._loop = self._relay = None
        if self._process is not None:
            self._process.kill()
            self._process.wait(_STOP_S)
            self._process = None

    def close(self) -> None:
        """End it for good."""
        self.stop()
        self._listening.close()

    def _answers(self) -> bool:
        from pymilvus import MilvusClient
        from pymilvus.exceptions import MilvusException

        assert self._process is not None
        if self._relay is None:
            if _network("self") == _network(self._process.pid):
                return False  # not in its namespace yet
            self._relay = threading.Thread(target=self._pass_bytes, name="relay", daemon=True)
            self._relay.start()
        try:
            client = MilvusClient(self.url, timeout=3)
            client.list_collections()
            client.close()
        except (MilvusException, OSError):
            return False
        return True

    def _pass_bytes(self) -> None:
        assert self._process is not None
        libc = ctypes.CDLL(None, use_errno=True)
        with _network_file(self._process.pid).open("rb") as namespace:
            if libc.setns(namespace.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "cannot enter the server's network")
        self._loop = asyncio.new_event_loop()
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._listening.dup()))
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
            return
        with suppress(asyncio.CancelledError):
            await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))


def _network_file(pid: int | str) -> Path:
    return Path(f"/proc/{pid}/ns/net")


def _network(pid: int | str) -> str:
    return os.readlink(_network_file(pid))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
