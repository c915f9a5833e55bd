"""The shipped network on disk, in a folder of its own (nlu.folder). Takes and gives networks; trains nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from nlu.certainty import Certainty
from nlu.folder import Card, read_folder, write_folder
from nlu.network import Network
from nlu.trunk import TrunkShape
from nlu.wordpiece import Vocabulary

STEM = "understanding"
REMEDY = "install tripletalk again, or train it with `tripletalk train`"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A network ready to read, with what stamps its outputs."""

    network: Network
    vocabulary: Vocabulary
    trunk_id: str
    extractor: str  # name and version, written beside every fact
    certainty: Certainty = field(default_factory=Certainty)


def save(folder: Path, network: Network, vocabulary: Vocabulary, card: Card) -> str:
    """Write a network, its vocabulary and its card; return the trunk's id."""
    return write_folder(folder, STEM, network.state_dict(), vocabulary, card)


def load(folder: Path, *, device: str = "cpu") -> Loaded:
    """Return the network of a folder. Raises WeightsError when a file is missing or broken."""
    stored = read_folder(folder, STEM, remedy=REMEDY)
    network = Network(TrunkShape(vocabulary=len(stored.vocabulary)))
    network.load_state_dict(stored.tensors)
    name = f"{stored.card['name']} {stored.card['version']}"
    certainty = Certainty(tuple(stored.card["certainty"])) if "certainty" in stored.card else Certainty()
    return Loaded(network.eval().to(device), stored.vocabulary, str(stored.card["trunk_id"]), name, certainty)


def is_saved(folder: Path) -> bool:
    """Whether a folder holds a network of this kind."""
    return (folder / f"{STEM}.json").is_file()
