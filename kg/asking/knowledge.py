"""A graph as arrays: who stands in which relation to whom, read in both directions, and by what names things go.

Takes triples of numbers with their names, gives node sets after a step and the relations that a set has. A relation is a number:
`r` below the number of properties reads forward, `r + properties` backward ("~p"). It knows no language, no model and no file format.
Letters: N nodes, P properties, E triples.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
BACKWARD = "~"


@dataclass(frozen=True, slots=True)
class Texts:
    """Many strings in one buffer, so that a million of them cost their letters and eight bytes each."""

    letters: NDArray[np.uint8]
    ends: NDArray[np.int64]  # [n + 1], the first is 0

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        ends = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(one) for one in encoded], out=ends[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), ends)

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, place: int) -> str:
        return self.letters[self.ends[place] : self.ends[place + 1]].tobytes().decode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The arrays. `starts` cuts `relations` and `targets` by subject; both directions of a triple stand in them."""

    names: Texts  # a node's name, as people would say it
    terms: Texts  # what the file calls it: an IRI, a literal in N-Triples notation, or the name again
    labels: Texts  # a property's name
    properties: Texts  # what the file calls the property
    starts: NDArray[np.int64]  # [N + 1]
    relations: Ints  # [2 E], ascending within a node
    targets: Ints  # [2 E]
    other_names: Texts  # further names of nodes
    other_nodes: Ints  # whose they are, ascending
    base: str = ""  # what an IRI is made of before the name, where the file has no IRIs

    @classmethod
    def of(
        cls,
        triples: Ints,
        names: Sequence[str],
        labels: Sequence[str],
        *,
        terms: Sequence[str] | None = None,
        properties: Sequence[str] | None = None,
        others: Sequence[tuple[int, str]] = (),
        base: str = "",
    ) -> Knowledge:
        """Return the arrays of triples [E, 3] of subject, property, object numbers."""
        s, p, o = triples.reshape(-1, 3).T.astype(np.int64)
        count = len(labels)
        source, relation, target = np.concatenate([s, o]), np.concatenate([p, p + count]), np.concatenate([o, s])
        rows = np.stack([source, relation, target])[:, np.lexsort((target, relation, source))]
        rows = rows[:, np.append(True, (rows[:, 1:] != rows[:, :-1]).any(0))] if rows.shape[1] else rows
        starts = np.searchsorted(rows[0], np.arange(len(names) + 1)).astype(np.int64)
        texts, places = Texts.of(names), Texts.of(labels)
        others = sorted(others)
        return cls(
            texts,
            texts if terms is None else Texts.of(terms),
            places,
            places if properties is None else Texts.of(properties),
            starts,
            rows[1].astype(np.int32),
            rows[2].astype(np.int32),
            Texts.of(name for _, name in others),
            np.array([node for node, _ in others], np.int32),
            base,
        )

    def names_of(self, node: int) -> tuple[str, ...]:
        """Return all names of a node."""
        low, high = np.searchsorted(self.other_nodes, (node, node + 1))
        return (self.names[node], *(self.other_names[n] for n in range(int(low), int(high))))

    @property
    def size(self) -> int:
        """Return the number of relations in both directions."""
        return 2 * len(self.labels)

    def degree(self, nodes: Ints) -> int:
        """Return in how many triples nodes stand."""
        return int((self.starts[nodes + 1] - self.starts[nodes]).sum())

    def around(self, nodes: Ints) -> NDArray[np.bool_]:
        """Return which relations lead somewhere from a set of nodes [2 P]."""
        found = np.zeros(self.size, np.bool_)
        found[self.relations[self._places(nodes)]] = True
        return found

    def step(self, nodes: Ints, relation: int) -> Ints:
        """Return where a relation leads from a set of nodes: ascending, each once."""
        places = self._places(nodes)
        return np.unique(self.targets[places[self.relations[places] == relation]])

    def follow(self, node: int, path: Sequence[int], *, returns: bool = True) -> Ints:
        """Return where a path leads from one node; unless it `returns`, steps back to that node are left out."""
        nodes = np.array([node], np.int32)
        for relation in path:
            nodes = self.step(nodes, relation)
            nodes = nodes if returns else nodes[nodes != node]
        return nodes

    def relation_of(self, name: str) -> int | None:
        """Return the number of a relation as files name it: by label or term, "~" before it where it is read backward."""
        back = name.startswith(BACKWARD)
        bare = name[1:] if back else name
        for place in range(len(self.labels)):
            if bare in (self.properties[place], self.labels[place]):
                return place + back * len(self.labels)
        return None

    def inverse(self, relation: int) -> int:
        """Return the same relation read the other way."""
        count = len(self.labels)
        return relation - count if relation >= count else relation + count

    def relation_name(self, relation: int) -> str:
        """Return a relation's label, with "~" before it when it is read backward."""
        count = len(self.labels)
        return BACKWARD + self.labels[relation - count] if relation >= count else self.labels[relation]

    def save(self, folder: Path) -> None:
        """Write the arrays as .npy files."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "base.txt").write_text(self.base, encoding="utf-8")
        for name, array in self._arrays():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Knowledge:
        """Return what `save` wrote; the arrays stay on disk until they are read."""
        read = {path.stem: np.load(path, mmap_mode="r", allow_pickle=False) for path in folder.glob("*.npy")}
        names, terms, labels, properties, others = (Texts(read[f"{n}_letters"], read[f"{n}_ends"]) for n in _TEXTS)
        base = (folder / "base.txt").read_text(encoding="utf-8")
        edges = read["starts"], read["relations"], read["targets"]
        return cls(names, terms, labels, properties, *edges, others, read["other_nodes"], base)

    def _arrays(self) -> Iterable[tuple[str, NDArray[np.generic]]]:
        for name, texts in zip(
            _TEXTS, (self.names, self.terms, self.labels, self.properties, self.other_names), strict=True
        ):
            yield f"{name}_letters", texts.letters
            yield f"{name}_ends", texts.ends
        yield from (("starts", self.starts), ("relations", self.relations), ("targets", self.targets))
        yield "other_nodes", self.other_nodes

    def _places(self, nodes: Ints) -> NDArray[np.int64]:
        """Return the rows of `relations` and `targets` that belong to nodes."""
        if len(nodes) == 1:
            return np.arange(int(self.starts[nodes[0]]), int(self.starts[nodes[0] + 1]))
        starts = self.starts[nodes]
        sizes = self.starts[nodes + 1] - starts
        ends = np.cumsum(sizes)
        return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + sizes, sizes)


_TEXTS = ("names", "terms", "labels", "properties", "other_names")
