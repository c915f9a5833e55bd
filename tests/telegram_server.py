"""A small Telegram Bot API server on loopback: takes what a test's people say, gives what the bot sent.

It speaks enough of the API for long polling with offsets, messages, documents, typing and outages, over real HTTP.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote

TOKEN = "123456:loopback"
BOT = {"id": 123456, "is_bot": True, "first_name": "Tripletalk", "username": "tripletalk_test_bot"}


@dataclass(frozen=True, slots=True)
class Sent:
    """One thing the bot sent."""

    method: str
    chat: int
    text: str = ""
    file_name: str = ""
    data: bytes = b""


class _Server(ThreadingHTTPServer):
    """An HTTP server that doesn't mind when a client that stops drops its connection."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # pyright: ignore[reportArgumentType]


@dataclass
class TelegramServer:
    """Use as a context manager; `base_url` goes into the bot's settings."""

    updates: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    sent: list[Sent] = field(default_factory=list[Sent])
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    calls: list[str] = field(default_factory=list[str])
    outages: dict[str, list[int]] = field(default_factory=dict[str, list[int]])  # method -> statuses still to give
    changed: threading.Condition = field(default_factory=threading.Condition)
    stopping: bool = False
    _next: int = 1

    def __enter__(self) -> TelegramServer:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                owner.serve(self)

            def do_GET(self) -> None:
                owner.serve(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._http = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        with self.changed:
            self.stopping = True
            self.changed.notify_all()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def say(self, user: int, text: str, *, chat: int | None = None, language: str = "en") -> None:
        """A person writes a text; `chat` below zero is a group."""
        self._deliver(user, {"text": text}, chat, language)

    def send_file(self, user: int, name: str, data: bytes, *, caption: str = "") -> None:
        """A person sends a document."""
        with self.changed:
            identity = f"file{len(self.files)}"
            self.files[identity] = data
        about = {"file_id": identity, "file_unique_id": identity, "file_name": name, "file_size": len(data)}
        content: dict[str, object] = {"document": about}
        self._deliver(user, content | ({"caption": caption} if caption else {}), None, "en")

    def fail(self, method: str, *statuses: int) -> None:
        """The next calls of a method get these HTTP statuses."""
        with self.changed:
            self.outages[method] = list(statuses)

    def messages(self, chat: int) -> list[str]:
        """Return the texts that a chat got."""
        with self.changed:
            return [sent.text for sent in self.sent if sent.chat == chat and sent.method == "sendMessage"]

    def wait(self, ready: Callable[[], bool], *, timeout_s: float = 20.0) -> None:
        """Wait until something holds. Raises TimeoutError."""
        with self.changed:
            if not self.changed.wait_for(ready, timeout_s):
                raise TimeoutError(f"calls so far: {self.calls[-20:]}")

    def wait_for_messages(self, chat: int, count: int, *, timeout_s: float = 20.0) -> list[str]:
        """Return a chat's texts once there are `count` of them."""
        self.wait(lambda: len(self.messages(chat)) >= count, timeout_s=timeout_s)
        return self.messages(chat)

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one HTTP request."""
        length = int(request.headers.get("Content-Length") or 0)
        body = request.rfile.read(length)
        path = unquote(request.path.partition("?")[0])
        if path.startswith(f"/file/bot{TOKEN}/"):
            _write(request, 200, self.files[path.rsplit("/", 1)[1]], "application/octet-stream")
            return
        if not path.startswith(f"/bot{TOKEN}/"):
            _reply(request, 401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
            return
        method = path.rsplit("/", 1)[1]
        with self.changed:
            self.calls.append(method)
            status = self.outages[method].pop(0) if self.outages.get(method) else 200
            self.changed.notify_all()
        if status != 200:
            failure: dict[str, object] = {"ok": False, "error_code": status, "description": "outage"}
            _reply(request, status, failure | ({"parameters": {"retry_after": 1}} if status == 429 else {}))
            return
        fields, file = _fields(request.headers.get("Content-Type", ""), body)
        _reply(request, 200, {"ok": True, "result": self._result(method, fields, file)})

    def _result(self, method: str, fields: Mapping[str, str], file: tuple[str, bytes] | None) -> object:
        match method:
            case "getMe":
                return BOT
            case "getUpdates":
                return self._poll(int(fields.get("offset", 0)), float(fields.get("timeout", 0)))
            case "getFile":
                identity = fields["file_id"]
                about = {"file_id": identity, "file_unique_id": identity, "file_size": len(self.files[identity])}
                return about | {"file_path": f"documents/{identity}"}
            case "sendMessage" | "sendDocument" | "sendChatAction":
                name, data = file or ("", b"")
                chat = int(fields["chat_id"])
                with self.changed:
                    self.sent.append(Sent(method, chat, fields.get("text", ""), name, data))
                    self.changed.notify_all()
                if method == "sendChatAction":
                    return True
                return _message(0, chat, BOT, {"text": fields.get("text", "")})
            case _:
                return True

    def _poll(self, offset: int, timeout_s: float) -> list[dict[str, object]]:
        def waiting() -> list[dict[str, object]]:
            return [update for update in self.updates if int(str(update["update_id"])) >= offset]

        with self.changed:
            self.updates = waiting()
            self.changed.wait_for(lambda: self.stopping or bool(waiting()), timeout_s)
            return waiting()

    def _deliver(self, user: int, content: dict[str, object], chat: int | None, language: str) -> None:
        sender = {"id": user, "is_bot": False, "first_name": "Test", "language_code": language}
        with self.changed:
            number = self._next
            self._next += 1
            message = _message(number, user if chat is None else chat, sender, content)
            self.updates.append({"update_id": number, "message": message})
            self.changed.notify_all()


def _message(number: int, chat: int, sender: Mapping[str, object], content: dict[str, object]) -> dict[str, object]:
    text = str(content.get("text", ""))
    command = {"entities": [{"type": "bot_command", "offset": 0, "length": len(text.partition(" ")[0])}]}
    return {
        "message_id": number,
        "date": int(time.time()),
        "chat": {"id": chat, "type": "private" if chat > 0 else "group", "title": "g", "first_name": "Test"},
        "from": dict(sender),
        **content,
        **(command if text.startswith("/") else {}),
    }


def _fields(content_type: str, body: bytes) -> tuple[dict[str, str], tuple[str, bytes] | None]:
    """Return a request's form fields and its file."""
    if not content_type.startswith("multipart/"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True)), None
    parsed = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields: dict[str, str] = {}
    file: tuple[str, bytes] | None = None
    for part in parsed.iter_parts():
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        if part.get_filename():
            file = (str(part.get_filename()), data)
        else:
            fields[str(part.get_param("name", header="content-disposition"))] = data.decode()
    return fields, file


def _reply(request: BaseHTTPRequestHandler, status: int, value: dict[str, object]) -> None:
    _write(request, status, json.dumps(value).encode(), "application/json")


def _write(request: BaseHTTPRequestHandler, status: int, body: bytes, content_type: str) -> None:
    try:
        request.send_response(status)
        request.send_header("Content-Type", content_type)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
    except (BrokenPipeError, ConnectionResetError):
        pass
