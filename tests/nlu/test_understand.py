"""Understanding is a pure function of text and context: exact offsets, no effect of batching, any input."""

from datetime import UTC, datetime

import numpy as np
import pytest
import torch

from nlu import checkpoint
from nlu.ellipsis import completed, restored
from nlu.network import Network
from nlu.normalise import Normaliser
from nlu.parse import Act, Context, Kind, Mention, Parse, QueryForm, Relation, Span, Tag
from nlu.trunk import TrunkShape
from nlu.understand import Understander
from nlu.wordpiece import CLS, MASK, PAD, SEP, UNK, Vocabulary

WORDS = "nora lives in bergen 她 的 哥 在 青 岛 是 护 士 and her husband"
NOW = Context("owner", datetime(2026, 3, 11, tzinfo=UTC))
TEXT = "Nora lives in Bergen. 她的哥哥在青岛，是护士。 And her husband?"


@pytest.fixture(scope="module")
def understander() -> Understander:
    torch.manual_seed(3)
    vocabulary = Vocabulary([PAD, UNK, CLS, SEP, MASK, *WORDS.split()])
    network = Network(TrunkShape(len(vocabulary), hidden=48, layers=2, heads=4, inner=96, positions=256), lstm=24)
    return Understander(checkpoint.Loaded(network.eval(), vocabulary, "test", "test 0"), Normaliser.load(), least=0.0)


def test_spans_cut_the_exact_text(understander: Understander) -> None:
    parses = understander.read(TEXT, NOW)
    assert [p.span.of(TEXT) for p in parses] == [p.text for p in parses]
    for parse in parses:
        assert all(m.span.of(parse.text) == m.text for m in parse.mentions if m.span.start < m.span.end)
        assert all(0 <= r.subject < len(parse.mentions) > r.object >= 0 for r in parse.relations)


def test_language_is_told_a_sentence(understander: Understander) -> None:
    assert [p.language for p in understander.read(TEXT, NOW)] == ["en", "zh", "en"]


def test_batching_changes_nothing(understander: Understander) -> None:
    alone = [understander.read(text, NOW)[0] for text in ("Nora lives in Bergen.", "And her husband?")]
    together = [p[0] for p in understander.read_many(["Nora lives in Bergen.", "And her husband?"], NOW)]
    assert [(p.act, [m.span for m in p.mentions]) for p in alone] == [
        (p.act, [m.span for m in p.mentions]) for p in together
    ]
    assert np.allclose(alone[0].vector, together[0].vector, atol=1e-4)


def test_vectors_are_those_of_encode(understander: Understander) -> None:
    parse = understander.read("Nora lives in Bergen.", NOW)[0]
    vector = understander.encode(["Nora lives in Bergen."])[0]
    assert np.allclose(parse.vector, vector, atol=1e-4)
    assert np.isclose(np.linalg.norm(vector), 1.0, atol=1e-3)


@pytest.mark.parametrize("text", ["", " \n ", "\x00\u202e", "🙂🙂", "a" * 30_000, "，。！", "<b>{{{</b>"])
def test_any_text_is_read(understander: Understander, text: str) -> None:
    for parse in understander.read(text, NOW):
        assert parse.span.of(text) == parse.text


def test_a_question_asks_for_its_wh_phrase() -> None:
    normaliser = Normaliser.load()
    mentions = [_mention("Who", Tag.WH, Kind.VARIABLE), _mention("Nora", Tag.PERSON, Kind.NAME)]
    query = normaliser.query("Who is Nora?", mentions, [Relation(1, "same", 0, 0.9)], "en")
    assert (query.form, query.target) == (QueryForm.WHO, 0)
    assert normaliser.query("Is Nora here?", mentions[1:], [], "en").form is QueryForm.YES_NO
    assert normaliser.query("为什么要用吊车？", [], [], "zh").form is QueryForm.PASSAGE


def test_a_subject_left_out_is_the_speaker() -> None:
    plan = Mention(Span(2, 6), "去爬山吧", Tag.ACTIVITY, Kind.NOUN, 0.9)
    bare = _parse("打算去爬山吧", (plan,), ())
    assert completed(bare) == "我打算去爬山吧"
    me = Mention(Span(0, 1), "我", Tag.SELF, Kind.SELF, 0.9)
    moved = Mention(Span(3, 7), "去爬山吧", Tag.ACTIVITY, Kind.NOUN, 0.9)
    whole = restored(_parse("我打算去爬山吧", (me, moved), (Relation(0, "tt:plansTo", 1, 0.9),)), bare)
    assert whole.mentions[1].span.of(bare.text) == "去爬山吧"
    assert whole.mentions[0].span == Span(0, 0)
    assert whole.relations[0].property == "tt:plansTo"


def _mention(text: str, tag: Tag, kind: Kind) -> Mention:
    return Mention(Span(0, len(text)), text, tag, kind, 0.9)


def _parse(text: str, mentions: tuple[Mention, ...], relations: tuple[Relation, ...]) -> Parse:
    return Parse(text, Span(0, len(text)), "zh", Act.TELL, 0.9, (), mentions, relations, 0.0)


def test_a_further_relation_is_scored_and_leaves_the_others_as_they_were() -> None:
    torch.manual_seed(3)
    vocabulary = Vocabulary([PAD, UNK, CLS, SEP, MASK, *WORDS.split()])
    network = Network(TrunkShape(len(vocabulary), hidden=48, layers=2, heads=4, inner=96, positions=256), lstm=24)
    loaded = checkpoint.Loaded(network.eval(), vocabulary, "test", "test 0")
    reader = Understander(loaded, Normaliser.load(), least=0.0)
    before = len(network.pairs.labels.bias)
    reader.describe({"tt:mends": ("mends: what somebody mends", "修理"), "P551": ("residence: where somebody lives",)})
    assert len(network.pairs.labels.bias) == before + 1
    with torch.no_grad():
        network.pairs.labels.bias[-1] = 1e3
    found = {r.property for parse in reader.read(TEXT, NOW) for r in parse.relations}
    assert found == {"tt:mends"}
