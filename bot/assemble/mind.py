"""The stages of a turn, bound to one memory space: the only place where understanding, graph, index and writing meet.

Takes the shared models and an open space, implements `bot.turn.Mind`. Everything it decides by itself is which of them
to ask next.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import numpy as np

from bot.assemble import targets
from bot.assemble.judgement import (
    Pending,
    asked_for,
    contradicted,
    dater,
    is_bare,
    is_evidence,
    is_news,
    is_other,
    passage_evidence,
    state_of,
    triples,
    unbroken,
    where_from,
)  # fmt: skip
from bot.assemble.passages import Passages
from bot.assemble.space import OpenSpace
from bot.assemble.targets import Unclear, reached
from bot.listing import triple_of
from bot.message import Message, Reply
from bot.receipt import receipt_line
from bot.system import Say
from bot.wording import phrase
from generation import converse, reading, retrieve, unknown, write
from generation.evidence import Evidence, LanguageModel, Reader
from generation.sentences import split
from generation.verbalise import Patterns, verbalise, verbalise_all
from kg import cues, voice
from kg import forget as forgetting
from kg import paths as between
from kg.answer import Saying, called
from kg.answer import say as say_answer
from kg.attention import Attention
from kg.fact import Fact, Learned, Node, NodeKind, Waiting
from kg.followup import SettledLinker, resume, settle
from kg.link import Linker, Sentence
from kg.log import document_hash
from kg.question import AttentiveLinker
from kg.question import Linker as QuestionLinker
from kg.recall import recall
from kg.recalled import Recalled, Status
from kg.redact import BLOCK
from kg.remember import Rememberer, Told
from kg.revise import Reviser
from kg.roles import RoleLexicon
from kg.sparql import executor
from kg.summary import about
from nlu.clock import stated_today
from nlu.parse import Act, Context, Kind, Mention, Parse, Query, QueryForm, Tag
from nlu.reach import Scope, read_reach
from nlu.tokens import language_of
from nlu.understand import Understander
from nlu.words import stretches

log = logging.getLogger(__name__)
_BLEND = reading.Blend()
GREETINGS = (Act.GREET, Act.THANK, Act.BYE, Act.CHAT, Act.REQUEST)
SUMMARY_PASSAGES = 4
FARTHEST_DAYS = 200 * 366  # a calendar farther from the clock is a story's, not the speaker's


@dataclass(frozen=True, slots=True)
class Models:
    """What all spaces share."""

    understander: Understander
    roles: RoleLexicon
    patterns: Patterns
    unknown: unknown.Weights
    language_model: LanguageModel | None = None
    reader: Reader | None = None
    blend: reading.Blend = _BLEND
    evidence: int = 8
    max_tokens: int = 256


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply on its way out, with what it rests on."""

    text: str
    evidence: tuple[Evidence, ...] = ()
    facts: tuple[Fact, ...] = ()


class SpaceMind:
    """One user's conversation."""

    def __init__(self, space: OpenSpace, user: str, models: Models) -> None:
        self.space, self.memory, self.user, self.models = space, space.memory, user, models
        self.passages = Passages(space.directory / "index", self.memory, models.understander)
        self.attention = Attention()
        self.linker = Linker(self.memory, models.roles, self.attention)
        self.rememberer = Rememberer(self.linker, Reviser(self.memory), gate=space.gate)
        self.begin()
        self._restore_attention()
        self._days_off = self._restored_days_off()
        self._last_admitted = ("", "")
        space.forgotten = self._follow_forgetting  # type: ignore[method-assign]
        space.regrouped = self.linker.refresh  # type: ignore[method-assign]
        self.repair()

    def begin(self) -> None:
        """Begin a conversation: nothing is in focus and nothing was asked."""
        self.attention.forget([entry.iri for entry in self.attention.focus()])
        self._last_question: Parse | None = None
        self._pending: Pending | None = None
        self._last_facts: tuple[Fact, ...] = ()
        self._disputed: tuple[int, ...] = ()  # facts of which we asked which is right
        self._decided: Fact | None = None  # what the reply to that says

    def dated(self, message: Message) -> Message:
        """Return a message at the time it was sent, by the calendar the speaker goes by when they said what day it is."""
        if message.title is None:
            today = stated_today(message.text, message.at, language_of(message.text))
            if today is not None and abs((today - message.at.date()).days) <= FARTHEST_DAYS:
                self._days_off = (today - message.at.date()).days
        return replace(message, at=message.at + timedelta(days=self._days_off))

    # Stages

    def decline(self, message: Message) -> Reply | None:
        """Return the reply to a document that was forgotten whole, None to everything else."""
        if message.title is None or not self.space.has_forgotten(message.text):
            return None
        return Reply(phrase("forgotten document", language_of(message.text)), act="read", id=message.id)

    def record(self, message: Message) -> int:
        """Log a message before anything else; a document that was read before is found again."""
        if message.title is not None:
            text = self.memory.without_forgotten(message.text)
            self._last_admitted = (message.text, text)
            known = self.memory.find_document(document_hash(text))
            if known is not None and known.title == message.title:
                return known.id
            return self.memory.record("read", message.user, text, message.at.isoformat(), message.title)
        return self.memory.record("say", message.user, message.text, message.at.isoformat())

    def understand(self, message: Message) -> Sequence[Parse]:
        text = self._admitted(message)
        known = frozenset[str]() if message.title is not None else self.linker.names_among(stretches(text))
        turns = tuple(e.text for e in self.memory.turns(4))
        context = Context(message.user, message.at, last_turns=turns, aliases=known)
        return [unbroken(parse) for parse in self.models.understander.read(text, context)]

    def _admitted(self, message: Message) -> str:
        """Return what of a message may be taken in: of a document, what was not forgotten before."""
        if message.title is None:
            return message.text
        given, admitted = self._last_admitted  # as it was recorded a moment ago
        self._last_admitted = ("", "")
        return admitted if given == message.text else self.memory.without_forgotten(message.text)

    def remember(self, message: Message, episode: int, parses: Sequence[Parse]) -> Learned:
        """Write what was stated, the passages and the focus as one unit, then let the derived files follow."""
        told = Told(self.user, message.at, episode, message.title, extractor=self.models.understander.extractor)
        with self.memory.transaction():
            disputed, self._disputed = self._disputed, ()
            learned = self._settle(disputed, parses, episode) or self.rememberer.remember(parses, told)[0]
            barred = voice.instructions(parses) if message.title is not None else frozenset[int]()
            doubted = contradicted(learned) if message.title is None else frozenset[tuple[int, int]]()
            kept = [
                p
                for n, p in enumerate(parses)
                if n not in barred and (p.span.start, p.span.end) not in doubted and BLOCK not in p.text
                if message.title is not None or is_evidence(p)
            ]
            passages = self.memory.add_passages(episode, [(p.span.start, p.span.end) for p in kept])
            self.memory.mark_processed(episode)
            self.memory.set_state(episode, json.dumps({"focus": self.attention.to_json(), "days_off": self._days_off}))
        self.space.view.catch_up()
        vectors = {(p.span.start, p.span.end): p.vector for p in kept}
        fresh = [p for p in passages if (p.start, p.end) in vectors]
        self.passages.add(fresh, np.array([vectors[p.start, p.end] for p in fresh], dtype=np.float32))
        return learned

    def answer(self, message: Message, episode: int, question: Parse) -> Reply:
        """Answer from the graph, else from the nearest passage that likely holds the answer, else admit ignorance."""
        if self._decided is not None:
            right = [self._say(self._decided, question.language, message)]
            return Reply(converse.corrected(right, question.language, seed=message.text), act=Act.CORRECT.value)
        settled = self._settled(message, question)
        asked = settled[0] if settled is not None else self._completed(question)
        found = self._recall(asked, message, settled[1:] if settled is not None else ())
        log.info("episode %d question %s, %d facts", episode, found.status, len(found.proofs))
        if found.status is Status.AMBIGUOUS:
            self._pending = Pending(asked, tuple(c.node for c in found.candidates))
            return Reply(self._worded(found, asked, message).text, act=Act.ASK.value)
        answered = (
            self._between(asked, message)
            or self._from_graph(found, asked, message)
            or self._from_passages(asked, message, found.status)
        )
        self._last_question = asked
        self._pending = self._pending.without(settled[1]) if self._pending is not None and settled is not None else None
        self._last_facts = answered.facts
        self._attend(asked, found)
        return self._reply(answered, question.act)

    def summarise(self, message: Message, episode: int, question: Parse) -> Reply:
        """Say what is known of whom the question names, from facts and from passages that name it."""
        node = self._about(question)
        if node is None:
            return self._reply(self._from_passages(question, message), Act.SUMMARY)
        facts = about(self.memory, node, message.at.date().isoformat())
        evidence = [self._fact_evidence(n, fact, question.language, message) for n, fact in enumerate(facts, 1)]
        names = self._names(node)
        quoted = [
            p
            for p in self.passages.naming(names)
            if not any(p.episode == e.episode and p.start <= e.start < p.end for e in evidence)
        ]
        limit = SUMMARY_PASSAGES if node.kind is not NodeKind.SELF else 0
        quotes = [passage_evidence(n, p) for n, p in enumerate(quoted[:limit], len(evidence) + 1)]
        parts = [f"{e.text} [{e.number}]" for e in evidence] + [f"“{e.text}” [{e.number}]" for e in quotes]
        if not parts:
            return self._reply(Answered(write.unknown(question.text, question.language)), Act.SUMMARY)
        self.attention.attend(self.memory, [(node.iri, 1.0)])
        text = ("" if question.language == "zh" else " ").join(parts)
        return self._reply(Answered(text, (*evidence, *quotes), tuple(facts)), Act.SUMMARY)

    def cite(self, message: Message, episode: int, question: Parse) -> Reply:
        """Say where the last answer came from, in the exact words."""
        for turn in reversed(self.memory.turns(12)):
            state = state_of(turn.state)
            spans = state.get("citations", [])
            if turn.kind == "reply" and isinstance(spans, list) and spans:
                citations = tuple(self.space.citation(n, *map(int, span)) for n, span in enumerate(spans[:3], 1))
                return Reply(where_from(citations, self.user, question.language), citations, act=Act.SOURCE.value)
        return Reply(write.unknown(question.text, question.language), act=Act.SOURCE.value)

    def forget(self, message: Message, episode: int, parses: Sequence[Parse], request: Parse) -> Reply:
        """Forget for good what a request names: a time, messages or a document, else facts, whom it names, or passages.

        The request goes too: it may quote what is to be forgotten.
        """
        with self.memory.transaction():
            self.memory.mark_processed(episode)
        try:
            target = self._target(request, message, episode)
        except Unclear as unclear:
            return Reply(phrase("several titles", request.language, titles=str(unclear)), act=Act.FORGET.value)
        if isinstance(target, str):
            return Reply(target, act=Act.FORGET.value)
        asked = [(parse.span.start, parse.span.end) for parse in parses if parse.act is Act.FORGET]
        gone = self.space.forget_target(target or forgetting.Target(), request=episode, asked=asked)
        self._last_facts, self._last_question, self._pending = (), None, None
        return Reply(receipt_line(gone, request.language), act=Act.FORGET.value)

    def acknowledge(self, message: Message, parses: Sequence[Parse], learned: Learned) -> Reply:
        """Reply to what was told, to a document, or to small talk."""
        language = parses[0].language if parses else "en"
        if message.title is not None:
            facts = len(learned.new) + len(learned.corroborated)
            return Reply(converse.finished_reading(message.title, len(parses), facts, language), act="read")
        if not parses:
            return Reply(converse.empty(language), act=Act.OTHER.value)
        feeling = max((p.sentiment for p in parses), key=abs, default=0.0)
        news = [fact for fact in (*learned.new, *learned.closed) if is_news(fact)]
        said = [self._say(fact, language, message) for fact in news[:3]]
        act = next((p.act for p in parses if p.act not in GREETINGS), parses[-1].act)
        if self._decided is not None:
            said = [self._say(self._decided, language, message)]
        if learned.waiting and not said and abs(feeling) < converse.FEELING:
            return Reply("", act=act.value)  # what waits is said at the end, and is all there is to say
        if act is Act.CORRECT or self._decided is not None:
            return Reply(converse.corrected(said, language, seed=message.text), act=act.value)
        if act in GREETINGS and not said and abs(feeling) < converse.FEELING:
            return Reply(converse.small_talk(act, language, seed=message.text), act=act.value)
        text = converse.acknowledge(said, feeling, language, seed=message.text, stood=bool(learned.corroborated))
        if learned.disputed:
            self._disputed = tuple(
                fact.id for fact in (*learned.new, *learned.disputed) if self._is_disputed(fact, learned)
            )
            others = [self._say(fact, language, message) for fact in learned.disputed]
            text = converse.ask_which(text, others, language)
        return Reply(text, act=act.value)

    def finish(self, message: Message, reply: Reply, learned: Learned, say: Say | None) -> Reply:
        """Add what was learned, log the reply with what it rests on, and speak it."""
        reply = replace(reply, text=self._with_waiting(reply.text, learned.waiting, message))
        done = replace(
            reply, id=message.id, learned=triples(learned.new), corroborated=triples(learned.corroborated),
            closed=triples(learned.closed), held_back=learned.held_back,
            waiting=tuple(triple_of(each.fact) for each in learned.waiting),
        )  # fmt: skip
        state = {"citations": [[c.episode, c.start, c.end] for c in reply.citations],
                 "facts": [fact.id for fact in self._last_facts], "focus": self.attention.to_json()}  # fmt: skip
        self.memory.record("reply", "tripletalk", reply.text, message.at.isoformat(), state=json.dumps(state))
        if say is not None:
            for sentence in split(reply.text):
                say(sentence)
        return done

    def _settle(self, disputed: Sequence[int], parses: Sequence[Parse], episode: int) -> Learned | None:
        """Take a reply to "which is right?" at its word, None if it is no such reply."""
        self._decided = None
        facts = self.memory.facts_with_ids(disputed) if disputed and len(parses) == 1 else ()
        if facts:
            self._decided, wrong = self.rememberer.settle(facts, parses, episode)
            if self._decided is not None:
                return Learned(corroborated=(self._decided,), closed=wrong)
        return None

    @staticmethod
    def _is_disputed(fact: Fact, learned: Learned) -> bool:
        return any((fact.subject, fact.property) == (other.subject, other.property) for other in learned.disputed)

    # Start-up

    def repair(self) -> None:
        """Finish what a crash left half done: messages not worked through, passages not in the index."""
        for episode in self.memory.unprocessed():
            message = Message(self.user, episode.text, datetime.fromisoformat(episode.at),
                              episode.title if episode.kind == "read" else None)  # fmt: skip
            parses = self.understand(message)
            if any(parse.act is Act.FORGET for parse in parses) and message.title is None:
                self.memory.mark_processed(episode.id)
            else:
                self.remember(message, episode.id, parses)
        self.passages.repair()

    # Asking the graph

    def _recall(self, parse: Parse, message: Message, chosen: tuple[Node, ...] = ()) -> Recalled:
        linker: QuestionLinker = AttentiveLinker(self.linker, self.memory.self_node())
        if chosen:
            linker = SettledLinker(linker, chosen)
        return recall(
            parse, self.memory, linker, self.space.ontology, roles=self.models.roles, at=message.at.date().isoformat(),
            execute=executor(self.space.view.select), previous=self._last_facts,
        )  # fmt: skip

    def _between(self, question: Parse, message: Message) -> Answered | None:
        """Answer how two things that a question names are connected, by the chain of facts between them."""
        if not cues.asks_connection(question.text, question.language):
            return None
        ends: list[Node] = []
        for n, mention in enumerate(question.mentions):
            linked = self._link(question, n) if mention.kind is not Kind.VARIABLE else None
            ends += [linked] if linked is not None else self.linker.bearers(mention.text)[:1]
        ends = list(dict.fromkeys(ends))
        if len(ends) != 2:
            return None
        chains = between.paths(self.memory, ends[0], ends[1], message.at.date().isoformat(), limit=1)
        facts = tuple(hop.fact for hop in chains[0].hops) if chains else ()
        evidence = [self._fact_evidence(n, fact, question.language, message) for n, fact in enumerate(facts, 1)]
        gap = "" if question.language == "zh" else " "
        return Answered(gap.join(f"{e.text} [{e.number}]" for e in evidence), tuple(evidence), facts) if facts else None

    def _from_graph(self, found: Recalled, question: Parse, message: Message) -> Answered | None:
        said = self._worded(found, question, message)
        if not said.text:
            return None
        evidence = self._facts_evidence(said.facts[:4], question.language, message)
        marks = "".join(f" [{e.number}]" for e in evidence)
        answered = Answered(said.text + marks, evidence, said.facts)
        if self.models.language_model is None:
            return answered
        material = write.Material(question.text, question.language, said.text + marks, evidence)
        return replace(
            answered, text=write.write(material, self.models.language_model, max_tokens=self.models.max_tokens).text
        )

    def _worded(self, found: Recalled, question: Parse, message: Message) -> Saying:
        language = question.language

        def sentences(facts: Sequence[Fact], language: str) -> str:
            today = message.at.date().isoformat()
            name = partial(called, language=language, graph=self.memory)
            return verbalise_all(facts, language, self.models.patterns, today, name=name)

        return say_answer(found, language, graph=self.memory, verbalise=sentences, date=dater(question))

    def _from_passages(
        self, question: Parse, message: Message, status: Status = Status.NOT_A_GRAPH_QUESTION
    ) -> Answered:
        ask = self._ask(question, status)
        found = self.passages.rank(ask, self.models.evidence, self.models.unknown)
        if self.models.reader is not None and self.models.language_model is None:
            return self._from_reading(question, ask, found)
        material = write.Material(
            question.text, question.language, passages=found, threshold=self.models.unknown.threshold
        )
        draft = write.write(material, self.models.language_model, max_tokens=self.models.max_tokens)
        return Answered(draft.text, write.numbered(tuple(f.evidence for f in found), draft.text))

    def _from_reading(self, question: Parse, ask: retrieve.Ask, found: Sequence[retrieve.Found]) -> Answered:
        """Answer with what the reader finds in the passages, if it is likely enough."""
        reader, blend = self.models.reader, self.models.blend
        said = self.passages.read(ask, found, reader, blend) if reader is not None else ()
        form = question.query.form if question.query is not None else QueryForm.WH
        closed = form is QueryForm.YES_NO
        if not said or said[0].probability < blend.threshold or not reading.decides(said[0], closed=closed):
            return Answered(write.unknown(question.text, question.language))
        text = reading.reply(
            said[0], question.text, question.language, 1,
            closed=closed, open_ended=form is QueryForm.PASSAGE,
        )  # fmt: skip
        return Answered(text, (reading.evidence_of(said[0], 1),))

    def _passages(self, question: Parse, status: Status = Status.NOT_A_GRAPH_QUESTION) -> tuple[retrieve.Found, ...]:
        return self.passages.rank(self._ask(question, status), self.models.evidence, self.models.unknown)

    def _ask(self, question: Parse, status: Status) -> retrieve.Ask:
        names = tuple(group for m in question.mentions if (group := self._names_of(m)))
        focus = tuple(self._names(self.memory.node(a.iri)) for a in self.attention.focus()[:4])
        only_wording = question.query is not None and question.query.form is QueryForm.PASSAGE
        prior = unknown.OPEN if only_wording else unknown.STRUCTURED if status is Status.UNKNOWN else 0.0
        bare = not question.relations and question.query is not None and question.query.form is QueryForm.YES_NO
        related = {n for r in question.relations for n in (r.subject, r.object)}
        about_self = any(m.tag is Tag.SELF for n, m in enumerate(question.mentions) if bare or n in related)
        return retrieve.Ask(
            question.text, np.array(question.vector, dtype=np.float32), question.language, names, focus, prior=prior,
            about_self=about_self,
        )  # fmt: skip

    def _completed(self, question: Parse) -> Parse:
        """Return a follow-up with what it leaves out taken from the question before."""
        if self._last_question is None or not (question.act is Act.FRAGMENT or is_bare(question)):
            return question
        return resume(self._last_question, question) or question

    def _settled(self, message: Message, reply: Parse) -> tuple[Parse, Node] | None:
        """Return the question we asked back about and whom this reply to it means, if it means one of them."""
        pending = self._pending
        if pending is None or reply.act is not Act.FRAGMENT:
            return None
        linker = AttentiveLinker(self.linker, self.memory.self_node())
        day = message.at.date().isoformat()
        node = settle(
            reply, pending.candidates, self.memory, linker, self.space.ontology, roles=self.models.roles, at=day
        )
        if node is None and is_other(reply):
            node = pending.left[0] if len(pending.left) == 1 else None
        elif node is None:
            node = self._described(reply, pending.candidates)
        return None if node is None else (pending.question, node)

    def _described(self, reply: Parse, candidates: tuple[Node, ...]) -> Node | None:
        """Return which of the candidates the nearest passage that names one of them speaks of."""
        vector = np.array(reply.vector, dtype=np.float32)
        for hit in self.passages.search(reply.text, vector, self.models.evidence):
            named = [node for node in candidates if retrieve.names_in(hit.passage.text, (self._names(node),))]
            if named:
                return named[0] if len(named) == 1 else None
        return None

    # Forgetting

    def _target(self, request: Parse, message: Message, episode: int) -> forgetting.Target | str | None:
        """Return what a request means, None if there is nothing of it, or what to ask back. Raises Unclear."""
        reach = read_reach(request.text, message.at, request.language)
        if reach is None or (reach.scope is Scope.DOCUMENTS and not reach.sure):
            target = self._named_target(request, message)
            if target is None and reach is not None:
                target = reached(self.memory, reach, before=episode)
            return target or self._told_of_names(request) or self._likely_target(request)
        if reach.scope is Scope.EVERYTHING:
            return phrase("forget everything", request.language)
        if reach.scope is Scope.THAT and self._last_facts and self._last_question is not None:
            return forgetting.Target(facts=tuple(fact.id for fact in self._last_facts))
        nodes = tuple(nodes[0].iri for nodes in self._meant(request) if len(nodes) == 1) if reach.about else ()
        return reached(self.memory, reach, before=episode, nodes=nodes)

    def _named_target(self, request: Parse, message: Message) -> forgetting.Target | str | None:
        """Return the facts that answer a request, else whom it names."""
        wh = next((n for n, m in enumerate(request.mentions) if m.kind is Kind.VARIABLE), None)
        form = QueryForm.YES_NO if wh is None else QueryForm.WH
        found = self._recall(replace(request, query=Query(form, wh)), message) if request.relations else None
        if found is not None and found.status is Status.AMBIGUOUS:
            return self._worded(found, request, message).text
        if found is not None and found.proofs:
            return forgetting.Target(facts=tuple(fact.id for fact in asked_for(found)))
        meant = self._meant(request)
        if any(len(nodes) > 1 for nodes in meant):
            return phrase("several bear it", request.language)
        return targets.about(nodes[0].iri for nodes in meant) if meant else None

    def _meant(self, request: Parse) -> list[Sequence[Node]]:
        """Return whom each name or role may mean, but the speaker; an exact name counts whatever it was taken for."""
        found: list[Sequence[Node]] = []
        for n, mention in enumerate(request.mentions):
            if mention.kind in (Kind.NAME, Kind.ROLE):
                linked = self._linked(request, n)
                nodes = linked or (self.memory.nodes_named(mention.text) if mention.kind is Kind.NAME else ())
                found.append([node for node in nodes if node.kind is not NodeKind.SELF])
        return [nodes for nodes in found if nodes]

    def _told_of_names(self, request: Parse) -> forgetting.Target | None:
        """Return the sentences about names of which no fact is known."""
        names = [m.text for m in request.mentions if m.kind is Kind.NAME]
        return targets.about((), names=names) if names and not request.relations else None

    def _likely_target(self, request: Parse) -> forgetting.Target | None:
        """Return the passages that a request likely means."""
        likely = self._passages(request, Status.NOT_A_GRAPH_QUESTION)
        best = max((f.evidence.score for f in likely), default=0.0)
        spans = tuple(
            (f.evidence.episode, f.evidence.start, f.evidence.end) for f in likely if f.evidence.score >= 0.85 * best
        )
        return forgetting.Target(spans=spans) if spans and best > 0.25 else None

    def _follow_forgetting(self, gone: forgetting.Receipt) -> int:
        self._disputed, self._decided = (), None
        vectors = self.passages.follow(gone)
        self.linker.refresh()
        self._drop_from_attention()
        return vectors

    # Small steps

    def _restore_attention(self) -> None:
        for turn in reversed(self.memory.turns(8)):
            focus = state_of(turn.state).get("focus")
            if isinstance(focus, str):
                self.attention.restore(focus)
                self._drop_from_attention()
                return

    def _drop_from_attention(self) -> None:
        """Take from the focus what is no node, or none of its own."""
        self.attention.forget(a.iri for a in self.attention.focus() if not self.memory.stands(a.iri))

    def _restored_days_off(self) -> int:
        """Return how far the speaker's calendar was from the clock when they last spoke."""
        said = next((turn for turn in reversed(self.memory.turns(8)) if turn.kind == "say"), None)
        days = state_of(said.state).get("days_off", 0) if said is not None else 0
        return days if isinstance(days, int) else 0

    def _attend(self, question: Parse, found: Recalled) -> None:
        mentioned = [(node.iri, 0.8) for n in range(len(question.mentions)) if (node := self._link(question, n)) is not None
                     and node.kind is not NodeKind.CLASS]  # fmt: skip
        answers = [(a.value.iri, 0.9) for a in found.answers if isinstance(a.value, Node)]
        self.attention.attend(self.memory, [*mentioned, *answers])

    def _link(self, parse: Parse, mention: int) -> Node | None:
        nodes = self._linked(parse, mention)
        return nodes[0] if len(nodes) == 1 else None

    def _linked(self, parse: Parse, mention: int) -> Sequence[Node]:
        return Sentence(self.linker, parse, self.memory.self_node(), create=False).link(mention).nodes

    def _about(self, question: Parse) -> Node | None:
        """Return what a summary is asked of: a name before a role, a role before the speaker."""
        order = {Kind.NAME: 0, Kind.ROLE: 1, Kind.PRONOUN: 2, Kind.NOUN: 3, Kind.SELF: 4}
        for n in sorted(range(len(question.mentions)), key=lambda n: order.get(question.mentions[n].kind, 9)):
            if question.mentions[n].kind in order and (node := self._link(question, n)) is not None:
                return node
        return None

    def _names(self, node: Node) -> tuple[str, ...]:
        return (node.label, *self.memory.labels(node.iri)) if node.kind is not NodeKind.SELF else ()

    def _names_of(self, mention: Mention) -> tuple[str, ...]:
        if mention.kind is not Kind.NAME:
            return ()
        known = self.linker.named(mention.text, mention.tag.value)
        return (mention.text, *(self._names(known[0].node) if known else ()))

    def _say(self, fact: Fact, language: str, message: Message) -> str:
        today = message.at.date().isoformat()
        name = partial(called, language=language, graph=self.memory)
        return verbalise(fact, language, self.models.patterns, today, name=name)

    def _with_waiting(self, text: str, waiting: Sequence[Waiting], message: Message) -> str:
        """Return a reply that also says what was not noted, and why."""
        if not waiting:
            return text
        language = language_of(message.text)
        if message.title is not None:
            held = converse.held_from_document(len(waiting), language)
        else:
            said = self._say(waiting[0].fact, language, message)
            held = converse.held(said, waiting[0].reason(language), len(waiting) - 1, language)
        return ("" if language == "zh" else " ").join(part for part in (text, held) if part)

    def _facts_evidence(self, facts: Sequence[Fact], language: str, message: Message) -> tuple[Evidence, ...]:
        """Return facts as numbered evidence; those that rest on the same words share a number."""
        shared: dict[tuple[int, int, int], Evidence] = {}
        for fact in facts:
            one = self._fact_evidence(len(shared) + 1, fact, language, message)
            known = shared.get((one.episode, one.start, one.end))
            shared[one.episode, one.start, one.end] = replace(known, text=f"{known.text} {one.text}") if known else one
        return tuple(shared.values())

    def _fact_evidence(self, number: int, fact: Fact, language: str, message: Message) -> Evidence:
        source = fact.sources[-1]
        return Evidence(number, self._say(fact, language, message), fact.confidence, source.episode, source.start, source.end,
                        source.title, fact.id)  # fmt: skip

    def _reply(self, answered: Answered, act: Act) -> Reply:
        citations = tuple(self.space.citation(e.number, e.episode, e.start, e.end) for e in answered.evidence)
        return Reply(answered.text, citations, act=act.value)
