"""Language model backends for real: a server on loopback, and a tiny random model made on the spot."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import pytest

from generation.backends import Settings, load, names
from generation.evidence import BackendError, Evidence
from generation.retrieve import Found
from generation.unknown import Features
from generation.write import Material, write


class Server(ThreadingHTTPServer):
    """Answers each request as the test set it up, and keeps what it was sent."""

    daemon_threads = True
    status = 200
    kind = "text/event-stream"
    body: tuple[bytes, ...] = ()
    retry_after = ""
    delay_s = 0.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1/"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = cast(Server, self.server)
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.requests.append((self.path, self.headers.get("Authorization", ""), sent))
        time.sleep(server.delay_s)
        self.send_response(server.status)
        self.send_header("Content-Type", server.kind)
        if server.retry_after:
            self.send_header("Retry-After", server.retry_after)
        self.end_headers()
        for piece in server.body:
            self.wfile.write(piece)
            self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def event(text: str | None) -> bytes:
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}}]}, ensure_ascii=False)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def reply(url: str, timeout_s: float = 5.0) -> list[str]:
    model = load("openai", Settings("tiny", url=url, key="secret", timeout_s=timeout_s))
    return list(model.stream("Be brief.", "Who?", max_tokens=9))


def test_backends_are_found_by_file_name() -> None:
    assert names() == ("openai", "transformers")
    with pytest.raises(ValueError, match="choose one of openai, transformers"):
        load("../evidence", Settings("x"))


def test_a_server_s_reply_streams(server: Server) -> None:
    server.body = (b": keep-alive\n\n", event(None), event("No"), event("ra 住 🙂"), b'data: {"choices": []}\n\n', DONE)
    assert reply(server.url) == ["No", "ra 住 🙂"]
    path, key, sent = server.requests[0]
    assert (path, key) == ("/v1/chat/completions", "Bearer secret")
    assert sent["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}]
    assert (sent["model"], sent["max_tokens"], sent["stream"]) == ("tiny", 9, True)


def test_a_server_that_doesn_t_stream_is_understood(server: Server) -> None:
    server.kind = "application/json"
    server.body = (json.dumps({"choices": [{"message": {"content": "Nora."}}]}).encode(),)
    assert reply(server.url) == ["Nora."]


@pytest.mark.parametrize(
    ("status", "retry_after", "wait_s"),
    [(429, "7", 7.0), (503, "", 5.0), (500, "soon", 5.0), (401, "7", None), (404, "", None)],
)
def test_a_refusal_says_whether_to_try_again(
    server: Server, status: int, retry_after: str, wait_s: float | None
) -> None:
    server.status, server.retry_after, server.body = status, retry_after, (b"secret details",)
    with pytest.raises(BackendError, match=str(status)) as caught:
        reply(server.url)
    assert caught.value.wait_s == wait_s
    assert "secret" not in str(caught.value)


def test_a_retry_date_is_understood(server: Server) -> None:
    server.status = 429
    server.retry_after = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 30))
    with pytest.raises(BackendError) as caught:
        reply(server.url)
    assert caught.value.wait_s == pytest.approx(30, abs=3)


@pytest.mark.parametrize(
    "body",
    [
        (event("No"),),  # broken off
        (b"data: {not json\n\n", DONE),
        (b"data: [1]\n\n", DONE),
        (b'data: {"error": {"message": "overloaded"}}\n\n', DONE),
    ],
)
def test_a_broken_stream_is_an_error_not_an_answer(server: Server, body: tuple[bytes, ...]) -> None:
    server.body = body
    with pytest.raises(BackendError):
        reply(server.url)


def test_silence_and_absence_are_errors_with_a_wait(server: Server) -> None:
    server.delay_s = 0.6
    with pytest.raises(BackendError, match="silent") as caught:
        reply(server.url, timeout_s=0.1)
    assert caught.value.wait_s
    with pytest.raises(BackendError, match="can't reach") as caught:
        reply("http://127.0.0.1:1/v1")
    assert caught.value.wait_s
    with pytest.raises(BackendError, match="needs the URL"):
        load("openai", Settings("tiny"))


def test_a_server_stands_behind_the_grounding_check(server: Server) -> None:
    server.body = (event("Nora lives in Bergen [1]. She is a sp"), event("y from Oslo [1]."), DONE)
    fact = Evidence(1, "Nora lives in Bergen.", 1.0, 1, 0, 21, fact=1)
    passage = Found(fact, 0.9, Features(1, 1, 1, 1, 1, 1, 1, 1))
    model = load("openai", Settings("tiny", url=server.url))
    draft = write(Material("Where does Nora live?", "en", "Bergen. [1]", (fact,), (passage,)), model)
    assert draft.text == "Nora lives in Bergen [1]."


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a random Llama of a few thousand weights with a tokenizer of single bytes."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: n for n, piece in enumerate(["<s>", "</s>", *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    directory = tmp_path_factory.mktemp("tiny")
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    fast.save_pretrained(directory)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=256, bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(directory)
    return directory


def test_a_local_model_streams_the_same_words_each_time(tiny_model: Path) -> None:
    model = load("transformers", Settings(str(tiny_model), device="cpu"))
    once, again = (list(model.stream("Be brief.", "Who? 谁？", max_tokens=12)) for _ in range(2))
    assert once == again
    assert "".join(once)
    assert "Who?" not in "".join(once)


def test_a_chat_template_is_used(tiny_model: Path, tmp_path: Path) -> None:
    import transformers

    tokenizer = cast(Any, transformers.AutoTokenizer).from_pretrained(tiny_model)
    tokenizer.chat_template = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system turn') }}{% endif %}"
        "{{ m.content }}{% endfor %}"
    )
    tokenizer.save_pretrained(tmp_path)
    cast(Any, transformers.AutoModelForCausalLM).from_pretrained(tiny_model).save_pretrained(tmp_path)
    model = load("transformers", Settings(str(tmp_path), device="cpu"))
    assert "".join(model.stream("Be brief.", "Who?", max_tokens=8))


def test_a_long_prompt_is_cut_to_the_model_s_length(tiny_model: Path) -> None:
    model = load("transformers", Settings(str(tiny_model), device="cpu"))
    assert "".join(model.stream("s" * 500, "p" * 500, max_tokens=8))


def test_leaving_early_stops_the_model(tiny_model: Path) -> None:
    model = load("transformers", Settings(str(tiny_model), device="cpu"))
    before = threading.active_count()
    pieces = cast(Any, model.stream("s", "p", max_tokens=200))
    next(pieces)
    pieces.close()
    assert threading.active_count() <= before  # others may have ended meanwhile


def test_a_local_model_stands_behind_the_grounding_check(tiny_model: Path) -> None:
    fact = Evidence(1, "Nora lives in Bergen.", 1.0, 1, 0, 21, fact=1)
    model = load("transformers", Settings(str(tiny_model), device="cpu"))
    draft = write(Material("Where does Nora live?", "en", "Bergen. [1]", (fact,)), model, max_tokens=12)
    assert draft.text == "Bergen. [1]"


@pytest.mark.filterwarnings("ignore")
def test_a_model_that_isn_t_there_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for name in (str(tmp_path), "nobody/no-such-model"):
        with pytest.raises(BackendError, match="give the path") as caught:
            load("transformers", Settings(name, device="cpu"))
        assert caught.value.wait_s is None
