"""What other people's graphs say to a question: an imported graph of a space, or a file, asked in plain words.

Takes a question, gives its answer with the path and the SPARQL that lead there; knows nothing of the memory's own facts
and passages. The shipped reader of paths always takes the likeliest relation, so that its answers stand apart from what
the user said, with their path.
"""

from __future__ import annotations

from pathlib import Path

from bot.assemble.asking import is_shipped, open_search
from bot.system import GraphReply, UsageError
from kg.asking.sources import GraphError
from kg.imported import ImportedGraphs


def ask_graph(directory: Path, graph: str, question: str, model: Path | None) -> GraphReply:
    """Return what a graph says to a question. Raises UsageError when there is no such graph or no model."""
    imported = ImportedGraphs(directory)
    known = imported.get(graph)
    path = imported.data(known) if known is not None else Path(graph)
    if known is None and not path.is_file():
        raise UsageError(f"there is no graph {graph!r}; `tripletalk graphs` lists those that were imported")
    if model is None and not is_shipped():
        raise UsageError("no model of questions is shipped; give one made by `tripletalk train questions` as --model")
    try:
        found = open_search(path, model).answer(question)
    except GraphError as error:
        raise UsageError(str(error)) from error
    return GraphReply(found.names, found.truth, found.path, found.sparql, found.score)
