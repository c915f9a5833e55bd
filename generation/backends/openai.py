"""A language model behind an OpenAI-compatible HTTP server, streamed as server-sent events.

Takes a base URL, a model's name and a key, gives text; knows no evidence. Works with any server that speaks
POST /chat/completions with "stream": true.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import cast

import httpx

from generation.backends import Settings
from generation.evidence import BackendError

DEFAULT_WAIT_S = 5.0


class ChatServer:
    """A model on a server. One connection pool, closed with the program."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.model
        self._settings = settings
        headers = {"Authorization": f"Bearer {settings.key}"} if settings.key else {}
        self._client = httpx.Client(timeout=settings.timeout_s, headers=headers)
        self._url = settings.url.rstrip("/") + "/chat/completions"

    def stream(self, system: str, prompt: str, *, max_tokens: int) -> Iterator[str]:
        """Yield the reply piece by piece.

        Raises:
            BackendError: no connection, silence beyond the time limit, an error status, or a broken stream.
        """
        body = {
            "model": self.name,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": prompt}],
            "max_tokens": max_tokens,
            "temperature": self._settings.temperature,
            "stream": True,
        }
        try:
            with self._client.stream("POST", self._url, json=body) as response:
                if response.status_code != 200:
                    response.read()
                    raise _refusal(response)
                yield from _pieces(response)
        except httpx.InvalidURL as error:
            raise BackendError(f"{self._url!r} is no URL of a server") from error
        except httpx.TimeoutException as error:
            raise BackendError(
                f"{self._url} was silent for {self._settings.timeout_s:g} s", wait_s=DEFAULT_WAIT_S
            ) from error
        except httpx.HTTPError as error:
            raise BackendError(f"can't reach {self._url}: {type(error).__name__}", wait_s=DEFAULT_WAIT_S) from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def load(settings: Settings) -> ChatServer:
    """Return the model of a server. Raises BackendError when no usable URL is set."""
    if not settings.url.startswith(("http://", "https://")):
        raise BackendError(f"the openai backend needs the URL of a server, found {settings.url!r}")
    return ChatServer(settings)


def _pieces(response: httpx.Response) -> Iterator[str]:
    """Yield the text of each event until [DONE]. A server that doesn't stream sends one whole object instead."""
    done = False
    streamed = response.headers.get("content-type", "").startswith("text/event-stream")
    if not streamed:
        response.read()
        yield from _text(response.text, "message")
        return
    for line in response.iter_lines():
        if not line.startswith("data:"):
            continue  # comments that keep the connection alive, event names
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            done = True
            break
        yield from _text(data, "delta")
    if not done:
        raise BackendError("the server broke off in the middle of its reply", wait_s=DEFAULT_WAIT_S)


def _text(data: str, part: str) -> Iterator[str]:
    try:
        row = cast("dict[str, object]", json.loads(data))
        if "error" in row:
            raise BackendError("the server reported an error in the middle of its reply", wait_s=DEFAULT_WAIT_S)
        choices = cast("list[dict[str, dict[str, object]]]", row.get("choices") or [])
        content = choices[0].get(part, {}).get("content") if choices else None
    except (ValueError, AttributeError, LookupError, TypeError) as error:
        raise BackendError("the server sent what is no chat completion") from error
    if isinstance(content, str) and content:
        yield content


def _refusal(response: httpx.Response) -> BackendError:
    status = response.status_code
    again = status in (408, 409, 425, 429) or status >= 500
    wait_s = _retry_after_s(response.headers.get("retry-after", "")) if again else None
    hint = {401: ": check the key", 403: ": check the key", 404: ": check the URL and the model's name"}.get(status, "")
    return BackendError(f"{response.request.url} answered {status}{hint}", wait_s=wait_s)


def _retry_after_s(value: str) -> float:
    """Return the seconds of a Retry-After header, a number or a date. Source: RFC 9110, section 10.2.3."""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return DEFAULT_WAIT_S
