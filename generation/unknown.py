"""Whether a passage answers a question: a logistic classifier over retrieval features, in plain NumPy.

Takes the features of a ranked passage, gives a probability that is calibrated on the pairs it was fitted to; knows no
index, no encoder and no graph. Without fitted weights for the encoder in use a hand-set default stands in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from generation.bm25 import fold, terms
from generation.phrasing import language_of

WEIGHTS = Path(__file__).parent / "weights" / "unknown.json"


class Expected(StrEnum):
    """Which type of answer a question asks for."""

    ANY = "any"
    MONEY = "money"
    NUMBER = "number"
    TIME = "time"
    DATE = "date"
    REASON = "reason"
    NAME = "name"
    PERSON = "person"
    PLACE = "place"


# Which tags of a passage's mentions (values of nlu.parse.Tag) are an answer of the type.
_TAGS = {
    Expected.NAME: frozenset({"PER", "ORG", "LOC", "WORK", "PROD", "EVT"}),
    Expected.PERSON: frozenset({"PER", "ROLE", "SELF", "ORG"}),
    Expected.PLACE: frozenset({"LOC", "ORG"}),
    Expected.DATE: frozenset({"DATE"}),
    Expected.NUMBER: frozenset({"QTY"}),
}
_NAMED = frozenset({Expected.NAME, Expected.PERSON, Expected.PLACE})


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of one passage as the answer to one question; all in [0, 1] but `dense` and `margin`."""

    dense: float  # cosine of question and passage
    margin: float  # its fused score less that of the best other passage
    coverage: float  # share of the question's content words in it, by idf
    bm25: float  # its BM25 score as a share of what the question could score
    names: float  # share of the question's linked entities that it names
    has_names: float  # 1 if the question has linked entities, else 0
    typed: float  # 1: an answer of the expected type stands in it, 0: none does, 0.5: no type expected
    same_language: float  # 1 if question and passage are in one language
    news: float = 1.0  # how much the passage says that the question doesn't, 1 from four content words on

    def row(self) -> npt.NDArray[np.float64]:
        """Return the classifier's input, shape [F]."""
        same, other = self.same_language, 1.0 - self.same_language
        return np.array(
            [
                1.0,
                self.dense * same,
                self.dense * other,
                other,
                self.margin,
                self.coverage * same,
                self.coverage * self.coverage * same,
                self.bm25 * same,
                self.coverage * self.dense * same,
                self.names * self.has_names,
                (1.0 - self.names) * self.has_names,
                self.typed - 0.5,
                1.0 - self.news,
            ]
        )


@dataclass(frozen=True, slots=True)
class Weights:
    """The coefficients of the classifier, and the encoder they were fitted with ("" = set by hand)."""

    values: tuple[float, ...]
    encoder: str = ""
    threshold: float = 0.5  # least probability at which a passage is quoted


#                  bias  dense other-l. other margin cover cover² bm25 c*d  names ¬names typed old
DEFAULT = Weights((-4.6, 2.6, 7.0, 1.2, 1.0, 2.2, 1.2, 0.6, 1.6, 0.6, -1.2, 2.2, -3.0))

# Log-odds that a caller adds when it knows more of the question than its words.
OPEN = 1.0  # why, how, what happened: only wording answers it
STRUCTURED = -1.0  # it was understood as a query and the graph holds no answer: so a passage rarely does

STRANGER = -1.5  # the passage names none of those whom the question is about; the reading sets can't teach it


def answerable(features: Features, weights: Weights = DEFAULT, prior: float = 0.0) -> float:
    """Return the probability in [0, 1] that the passage answers the question; `prior` is added in log-odds."""
    return float(_sigmoid(features.row() @ np.array(weights.values) + prior))


def shifted(probability: float, log_odds: float) -> float:
    """Return a probability with log-odds added.

    >>> round(shifted(0.5, 2.0), 2), round(shifted(shifted(0.3, -1.0), 1.0), 2)
    (0.88, 0.3)
    """
    p = min(max(probability, 1e-9), 1.0 - 1e-9)
    return float(_sigmoid(np.float64(np.log(p / (1.0 - p)) + log_odds)))


def fit(rows: Sequence[Features], labels: Sequence[bool], *, ridge: float = 1.0, encoder: str = "") -> Weights:
    """Return the coefficients of least penalised log loss, by Newton's method.

    Raises:
        ValueError: no rows, or only one of the two labels among them.
    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, section 4.4.1.
    """
    if len(rows) != len(labels) or len(set(labels)) < 2:
        raise ValueError(f"expected rows of both labels, found {len(rows)} rows and labels {set(labels)!r}")
    x = np.stack([row.row() for row in rows])  # [N, F]
    y = np.array(labels, dtype=np.float64)  # [N]
    penalty = np.eye(x.shape[1]) * ridge
    penalty[0, 0] = 1e-6
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = _sigmoid(x @ beta)
        gradient = x.T @ (y - p) - penalty @ beta
        hessian = (x * (p * (1.0 - p))[:, None]).T @ x + penalty
        step = np.linalg.solve(hessian, gradient)
        beta = beta + step
        if float(np.abs(step).max()) < 1e-8:
            break
    return Weights(tuple(float(b) for b in beta), encoder)


def load(encoder: str, path: Path = WEIGHTS) -> Weights:
    """Return the weights fitted with this encoder, the default when there are none.

    Raises:
        ValueError: the file is damaged.
    """
    if not path.exists():
        return DEFAULT
    try:
        row = cast("dict[str, object]", json.loads(path.read_text(encoding="utf-8")))
        found = Weights(
            tuple(float(v) for v in cast("list[float]", row["values"])),
            str(row["encoder"]),
            float(cast(float, row.get("threshold", 0.5))),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{str(path)!r} holds no weights: fit them again or delete it") from error
    if len(found.values) != len(DEFAULT.values):
        raise ValueError(f"{str(path)!r} holds {len(found.values)} weights, expected {len(DEFAULT.values)}")
    return found if found.encoder == encoder else DEFAULT


def save(weights: Weights, card: dict[str, object], path: Path = WEIGHTS) -> None:
    """Write weights and their card as one JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**asdict(weights), "card": card}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def expected(question: str, language: str) -> Expected:
    """Return the type of answer that a question asks for, by the language's cues; ANY when nothing tells.

    >>> expected("How much does the ferry cost?", "en").value, expected("钥匙在哪里？", "zh").value
    ('money', 'place')
    """
    folded = fold(question).strip()
    for name, pattern in language_of(language).expects.items():
        if pattern.search(folded):
            return Expected(name)
    return Expected.ANY


def present(
    answer: Expected, text: str, language: str, tags: Collection[str] | None = None, question: str = ""
) -> float:
    """Return 1 when an answer of the type stands in a text, 0 when none does, 0.5 when it can't be told.

    `tags` are those of the text's mentions, None when it wasn't tagged. Numbers and names that stand in the question
    already are no answer to it.
    """
    wanted = _TAGS.get(answer)
    if tags is not None and wanted is not None and wanted & set(tags):
        return 1.0
    pattern = language_of(language).present.get(answer.value)
    if pattern is not None:
        asked = set(re.findall(r"\d+", fold(question)))
        fresh = re.sub(r"\d+", lambda match: "" if match.group() in asked else match.group(), fold(text))
        return 1.0 if pattern.search(fresh) else 0.0
    if tags is None and answer in _NAMED and language != "zh":
        known = set(terms(question))
        rest = text.lstrip(" \"'“‘(")[1:]  # a capital at the very start says nothing
        names = [word for word in re.findall(r"\b[^\W\d_][\w'’-]*", rest) if word[0].isupper()]
        fresh_names = [word for word in names if set(terms(word)) - known]
        return 1.0 if fresh_names else 0.0 if answer is Expected.NAME else 0.4
    return 0.5 if tags is None or wanted is None else 0.0


def _sigmoid(x: npt.NDArray[np.float64] | np.float64) -> npt.NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -60.0, 60.0)))
