"""Read N texts of a file of {"text", "title"?} rows: sentences a second, entities and facts by property, facts to judge.

python benchmarks/reading.py FILE.jsonl[.gz] [--documents 200] [--show 30]
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from results import record

from bot import assemble
from bot.config import load_settings
from bot.listing import fact_line
from bot.message import Message
from nlu.corpora import read_rows
from nlu.tokens import split_sentences


def main() -> None:
    """Read the documents and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--show", type=int, default=30)
    options = parser.parse_args()
    rows = list(islice(read_rows(options.file), options.documents))
    texts = [str(row["text"]) for row in rows]
    settings = load_settings(environment={})
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(settings, memory=replace(settings.memory, data_dir=Path(folder)))
        assistant = assemble.open_assistant(settings)
        space = assistant.space("reader")
        began = time.monotonic()
        for number, (row, text) in enumerate(zip(rows, texts, strict=True)):
            title = str(row.get("title") or f"Text {number + 1}")
            assistant.answer(Message("reader", text, datetime.now(UTC), title))
        seconds = time.monotonic() - began
        facts = space.facts(history=True)
        sentences = sum(len(split_sentences(text)) for text in texts)
        record("read_sentences_per_s", sentences / seconds, split=f"{len(texts)} texts of {options.file.parent.name}",
               seconds=seconds, sentences=sentences, facts=len(facts))  # fmt: skip
        print("facts by property:", Counter(fact.property for fact in facts).most_common())
        print("entities:", len({fact.subject.iri for fact in facts}))
        for fact in random.Random(0).sample(list(facts), min(options.show, len(facts))):
            source = fact.sources[-1]
            words = next(text for text in space.why(f"#{fact.id}"))
            print(
                fact_line(fact, space.property_label),
                "|",
                words.citations[0].text[:240].replace("\n", " "),
                f"({source.title})",
            )
        assistant.close()


if __name__ == "__main__":
    main()
