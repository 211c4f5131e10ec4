"""Those who are told: a web server and a mail server on this machine, which write down what they get."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP


def until(condition: Callable[[], Any], *, within_s: float = 120.0) -> Any:
    """Wait for something to be so; what it was."""
    end = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)
    return found


@dataclass
class Got:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class WebReceiver:
    """A web server.

    Attributes:
        got: What came, in order.
        answers: Status and headers of the next answers; 204 when they are used up.
        hold: While it is clear, nobody is answered.
    """

    got: list[Got] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        receiver = self
        self.hold.set()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers = receiver.answers.pop(0) if receiver.answers else (204, {})
                receiver.got.append(Got(self.path, {name.lower(): one for name, one in self.headers.items()}, body))
                receiver.hold.wait(60)
                self.send_response(status)
                for name, value in ({"Content-Length": "0"} | headers).items():
                    self.send_header(name, value)
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_given: Any) -> None:
                """Nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_given: Any) -> None:
                """A sender that was killed is no error here."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server.server_address[1]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    def close(self) -> None:
        """Stop."""
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


class _Handler:
    def __init__(self, owner: MailReceiver) -> None:
        self.owner = owner

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        answer = self.owner.to_recipient
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        self.owner.got.append(
            (envelope.mail_from, tuple(envelope.rcpt_tos), message_from_bytes(envelope.content, policy=default))
        )
        if self.owner.breaks_off:
            server.transport.abort()
        return self.owner.to_data


@dataclass
class MailReceiver:
    """A mail server.

    Attributes:
        got: Sender, recipients and message of each mail.
        to_recipient: Its answer to a recipient.
        to_data: Its answer to a text.
        breaks_off: Whether it hangs up after it got a text.
    """

    got: list[tuple[str, tuple[str, ...], Message]] = field(default_factory=list)
    to_recipient: str = "250 OK"
    to_data: str = "250 OK"
    breaks_off: bool = False

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        making = self._loop.create_server(
            lambda: SMTP(_Handler(self), hostname="mail.example", enable_SMTPUTF8=False, loop=self._loop),
            "127.0.0.1",
            0,
        )
        self._server = self._loop.run_until_complete(making)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """As the operator sets it."""
        port = self._server.sockets[0].getsockname()[1]
        return f"mailto://127.0.0.1:{port}?from=noreply@khukha.example&name=คู่ค้า"

    def close(self) -> None:
        """Stop."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        await self._server.wait_closed()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for one in left:
            one.cancel()
        await asyncio.gather(*left, return_exceptions=True)
