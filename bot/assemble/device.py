"""Which device the models run on: the one asked for, or for "auto" a GPU where there is one."""

from __future__ import annotations


def device_of(wanted: str) -> str:
    """Return "cpu" or "cuda" for the configuration's "auto", "cpu" or "cuda".

    >>> device_of("cpu")
    'cpu'
    """
    if wanted != "auto":
        return wanted
    import torch  # looking at facts must not wait for it

    return "cuda" if torch.cuda.is_available() else "cpu"
