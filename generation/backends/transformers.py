"""A causal language model in this process, by hub id or folder, through the transformers library; streams.

Takes a model's name and a device, gives text; knows no evidence. torch and transformers are imported when it loads.
"""

from __future__ import annotations

import importlib
import queue
import threading
from collections.abc import Iterator
from typing import Any, cast

from generation.backends import Settings
from generation.evidence import BackendError


class LocalModel:
    """A causal model with its tokenizer; one reply at a time."""

    def __init__(self, settings: Settings, tokenizer: Any, model: Any) -> None:
        self.name = settings.model
        self._settings = settings
        self._tokenizer = tokenizer
        self._model = model
        self._turn = threading.Lock()

    def stream(self, system: str, prompt: str, *, max_tokens: int) -> Iterator[str]:
        """Yield the reply piece by piece; leaving the iterator early stops the model.

        Raises:
            BackendError: out of memory or another failure in the middle.
        """
        transformers = _library()
        with self._turn:
            inputs = self._encoded(system, prompt, max_tokens)
            streamer = transformers.TextIteratorStreamer(
                self._tokenizer, skip_prompt=True, skip_special_tokens=True, timeout=self._settings.timeout_s
            )
            stop = threading.Event()
            failure: list[BaseException] = []
            worker = threading.Thread(
                target=self._generate, args=(inputs, streamer, max_tokens, stop, failure), daemon=True
            )
            worker.start()
            try:
                for piece in _until_silent(streamer, self._settings.timeout_s):
                    if piece:
                        yield piece
            finally:
                stop.set()
                worker.join()
            if failure:
                raise BackendError(
                    f"{self.name!r} failed in the middle: {type(failure[0]).__name__}", wait_s=None
                ) from failure[0]

    def _encoded(self, system: str, prompt: str, max_tokens: int) -> Any:
        """Return the model's input ids and mask, shapes [1, T]; a prompt that is too long loses its middle."""
        import torch

        tokenizer = self._tokenizer
        if getattr(tokenizer, "chat_template", None):
            turns = [{"role": "system", "content": system}, {"role": "user", "content": prompt}]
            try:
                text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
            except Exception:  # templates raise their own errors; some know no system turn
                merged = [{"role": "user", "content": f"{system}\n\n{prompt}"}]
                text = tokenizer.apply_chat_template(merged, tokenize=False, add_generation_prompt=True)
            ids = cast("list[int]", tokenizer(text, add_special_tokens=False)["input_ids"])
        else:
            ids = cast("list[int]", tokenizer(f"{system}\n\n{prompt}")["input_ids"])
        room = int(getattr(self._model.config, "max_position_embeddings", 0) or 1 << 20) - max_tokens
        if len(ids) > max(2, room):
            half = max(1, room // 2)
            ids = ids[:half] + ids[-half:]
        row = torch.tensor([ids], device=self._model.device)
        return {"input_ids": row, "attention_mask": torch.ones_like(row)}

    def _generate(
        self, inputs: Any, streamer: Any, max_tokens: int, stop: threading.Event, failure: list[BaseException]
    ) -> None:
        import torch

        def stopped(input_ids: Any, scores: Any, **kwargs: Any) -> Any:
            return torch.full((input_ids.shape[0],), stop.is_set(), dtype=torch.bool, device=input_ids.device)

        sampling = self._settings.temperature > 0
        try:
            with torch.inference_mode():
                self._model.generate(
                    **inputs,
                    streamer=streamer,
                    max_new_tokens=max_tokens,
                    do_sample=sampling,
                    stopping_criteria=[stopped],
                    pad_token_id=self._tokenizer.pad_token_id or self._tokenizer.eos_token_id or 0,
                    **({"temperature": self._settings.temperature} if sampling else {}),
                )
        except Exception as error:  # the edge of this thread: the reader raises it
            failure.append(error)
            streamer.end()


def load(settings: Settings) -> LocalModel:
    """Return a causal model, in bfloat16 on a GPU.

    Raises:
        BackendError: transformers isn't installed, or the model isn't there and can't be fetched.
    """
    try:
        import torch

        transformers = _library()
    except ImportError as error:
        raise BackendError("the transformers backend needs torch and transformers: install them") from error
    device = settings.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device.startswith("cuda") else torch.float32
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(settings.model)
        model = transformers.AutoModelForCausalLM.from_pretrained(settings.model, dtype=dtype)
    except (OSError, ValueError, KeyError) as error:
        raise BackendError(
            f"can't load the language model {settings.model!r}: it is neither a folder with a causal model nor to be "
            "had from the hub (no network?); give the path of a downloaded model"
        ) from error
    try:
        model = model.to(device).eval()
    except RuntimeError as error:
        raise BackendError(f"can't move {settings.model!r} to {device!r}: {type(error).__name__}") from error
    return LocalModel(settings, tokenizer, model)


def _library() -> Any:
    """Return the transformers library, by its full name: a file of the same name stands beside this one."""
    return importlib.import_module("transformers")


def _until_silent(streamer: Any, timeout_s: float) -> Iterator[str]:
    pieces = iter(streamer)
    while True:
        try:
            piece = cast(str, next(pieces))
        except StopIteration:
            return
        except queue.Empty as error:
            raise BackendError(f"the language model was silent for {timeout_s:g} s", wait_s=timeout_s) from error
        yield piece
