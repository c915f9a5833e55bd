"""Verbs that look: facts, why, parse, doctor. They change nothing; all but parse and doctor load no model."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import date

from bot.config import Settings
from bot.listing import (
    clean,
    derivation_lines,
    explanation_lines,
    fact_line,
    fact_row,
    inferred_line,
    inferred_row,
    is_inference,
    triple_of,
)
from bot.system import Derivation, Explanation, Space, System, UsageError
from nlu.parse import Parse

NewVerb = Callable[[str, str], argparse.ArgumentParser]


def add_verbs(new: NewVerb) -> None:
    """Add the verbs of this file to the command line."""
    facts = new("facts", "what holds now, or did")
    facts.add_argument("about", nargs="*", metavar="ABOUT", help="a name; without one, everything")
    facts.add_argument("--json", action="store_true", help='a JSON array of {"s","p","o"}')
    facts.add_argument("--at", type=_day, metavar="DATE", help="what held on a day, YYYY-MM-DD")
    facts.add_argument("--history", action="store_true", help="also what no longer holds or was corrected")
    facts.add_argument("--inferred", action="store_true", help="what follows from them today, and by which rule")
    facts.set_defaults(run=_facts)
    why = new("why", "the exact words that a fact rests on")
    why.add_argument(
        "about", nargs="*", metavar="ABOUT", help="a fact's number, an id (i:…), or a name; else the last answer"
    )
    why.add_argument("--json", action="store_true", help="print as JSON")
    why.set_defaults(run=_why)
    parse = new("parse", "how a text is understood")
    parse.add_argument("text", nargs="*", help="a text; without one, standard input line by line")
    parse.add_argument("--jsonl", action="store_true", help="one JSON array of parses a line")
    parse.set_defaults(run=_parse)
    doctor = new("doctor", "check that everything is in order")
    doctor.add_argument("--quick", action="store_true", help="leave the models out")
    doctor.add_argument("--json", action="store_true", help="print as JSON")
    doctor.set_defaults(run=_doctor)


def _facts(args: argparse.Namespace, settings: Settings, system: System) -> int:
    if args.inferred and (args.at or args.history):
        raise UsageError("--inferred says what follows today; leave out --at and --history")
    with closing(system.open_space(settings, args.user)) as space:
        if args.inferred:
            _print_inferred(" ".join(args.about), space, as_json=args.json)
            return 0
        facts = space.facts(" ".join(args.about), at=args.at or "", history=args.history)
        if args.json:
            print(json.dumps([fact_row(fact, history=args.history) for fact in facts], ensure_ascii=False))
        else:
            for fact in facts:
                print(fact_line(fact, space.property_label))
    return 0


def _why(args: argparse.Namespace, settings: Settings, system: System) -> int:
    with closing(system.open_space(settings, args.user)) as space:
        about = " ".join(args.about)
        if is_inference(about):
            derivations = space.derive(about)
            if args.json:
                print(json.dumps([_derivation_row(each) for each in derivations], ensure_ascii=False))
            else:
                print("\n".join(derivation_lines(derivations, space.property_label)))
            return 0
        found = space.why(about)
        if args.json:
            print(json.dumps([_row(explanation) for explanation in found], ensure_ascii=False))
        else:
            for line in explanation_lines(found, space.property_label):
                print(line)
    return 0


def _parse(args: argparse.Namespace, settings: Settings, system: System) -> int:
    understand = system.open_understanding(settings, args.user)
    lines = [" ".join(args.text)] if args.text else (b.decode("utf-8-sig", "replace") for b in sys.stdin.buffer)
    for line in lines:
        text = line.rstrip("\r\n").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        parses = understand(text) if text.strip() else ()
        if args.jsonl:
            print(json.dumps([_parse_row(parse) for parse in parses], ensure_ascii=False), flush=True)
        else:
            for parse in parses:
                _print_parse(parse)
    return 0


def _doctor(args: argparse.Namespace, settings: Settings, system: System) -> int:
    in_order = True
    for check in system.examine(settings, args.user, quick=args.quick):
        in_order = in_order and check.ok
        if args.json:
            print(json.dumps(asdict(check), ensure_ascii=False), flush=True)
        else:
            print(f"{'ok  ' if check.ok else 'FAIL'} {check.name}: {check.said}", flush=True)
    return 0 if in_order else 1


def _print_inferred(about: str, space: Space, *, as_json: bool) -> None:
    found = space.inferred(about)
    if as_json:
        print(json.dumps([inferred_row(each) for each in found], ensure_ascii=False))
    else:
        for each in found:
            print(inferred_line(each, space.property_label))


def _derivation_row(derivation: Derivation) -> dict[str, object]:
    return {**inferred_row(derivation.inferred), "facts": [_row(explanation) for explanation in derivation.facts]}


def _row(explanation: Explanation) -> dict[str, object]:
    triple = triple_of(explanation.fact)
    return {
        "s": triple.s,
        "p": triple.p,
        "o": triple.o,
        "id": explanation.fact.id,
        "citations": [asdict(citation) for citation in explanation.citations],
    }


def _parse_row(parse: Parse) -> dict[str, object]:
    """Return a parse as a JSON object; the vector is left out."""
    return {key: value for key, value in asdict(parse).items() if key != "vector"}


def _print_parse(parse: Parse) -> None:
    print(f"{clean(parse.text)}\n  {parse.act.value} ({parse.act_confidence:.2f}), {parse.language}")
    for mention in parse.mentions:
        print(f"  {mention.tag.value:<7} {clean(mention.text)} ({mention.confidence:.2f})")
    for relation in parse.relations:
        ends = clean(parse.mentions[relation.subject].text), clean(parse.mentions[relation.object].text)
        print(f"  {ends[0]} –{relation.property}→ {ends[1]} {relation.factuality.value} ({relation.confidence:.2f})")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2024-05-31") from None
