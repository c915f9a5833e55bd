"""Mails and mail boxes: who wrote when to whom, their own words, and nothing that they quote."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.document import Document, DocumentError
from bot.documents import count, load, parse
from bot.sources.correspondence import own_words
from bot.sources.mail import split_box


def _mail(text: str, *, sender: str = "Hilde Moe <hilde@example.org>", subject: str = "Re: The boat") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "Bo Lind <bo@example.org>", subject
    mail["Date"] = "Tue, 3 Mar 2026 10:15:00 +0100"
    mail.set_content(text)
    return mail


def _one(data: bytes) -> Document:
    (document,) = parse("a.eml", data, max_megabytes=1)
    return document


def test_a_mail_says_who_wrote_when_to_whom_and_is_signed() -> None:
    document = _one(_mail("I bought the boat.\n").as_bytes())
    assert document.title == "The boat"
    assert document.text == "Hilde Moe wrote on 3 March 2026 to Bo Lind:\n\nI bought the boat.\n\nHilde Moe"
    assert document.at is not None
    assert document.at.astimezone(UTC) == datetime(2026, 3, 3, 9, 15, tzinfo=UTC)


def test_a_chinese_mail_is_introduced_in_chinese() -> None:
    mail = _mail("我搬到杭州了。\n", sender="沈若溪 <shen@example.org>", subject="回复：搬家")
    document = _one(mail.as_bytes())
    assert document.title == "搬家"
    assert document.text == "沈若溪于2026年3月3日写信给Bo Lind：\n\n我搬到杭州了。\n\n沈若溪"


def test_the_plain_part_is_preferred_and_html_and_attachments_are_left_out() -> None:
    mail = _mail("I live in Bergen.\n")
    mail.add_alternative("<p>I live in <b>Oslo</b>.</p>", subtype="html")
    mail.add_attachment(b"I live in Paris.", maintype="text", subtype="plain", filename="a.txt")
    assert "Bergen" in _one(mail.as_bytes()).text
    assert not {"Oslo", "Paris"} & set(_one(mail.as_bytes()).text.replace(".", "").split())


def test_html_alone_is_stripped_with_its_quotations() -> None:
    mail = _mail("")
    mail.set_content("<p>I live in <b>Bergen</b>.</p><blockquote>I live in Oslo.</blockquote>", subtype="html")
    assert _one(mail.as_bytes()).text.split("\n\n")[1:-1] == ["I live in Bergen."]


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 2 Mar 2026 at 10:00, Bo Lind <bo@example.org> wrote:\n\n> Are you well?\n>> Who?",
        "On Mon, 2 Mar 2026 at 10:00, Bo Lind with a long name\n<bo@example.org> wrote:\n> Are you well?",
        "Bo Lind <bo@example.org> 于2026年3月2日周一 10:00写道：\n\n> 你好吗？",
        "在 2026年3月2日，Bo Lind 写道：\n> 你好吗？",
        "-----Original Message-----\nFrom: Bo\nAre you well?",
        "---------- Forwarded message ---------\nFrom: Bo\nAre you well?",
        "------------------ 原始邮件 ------------------\n发件人: Bo\n你好吗？",
        "From: Bo Lind\nSent: Monday, 2 March 2026 10:00\nTo: Hilde\nSubject: The boat\n\nAre you well?",
        "发件人：王建国\n发送时间：2026年3月2日\n收件人：沈若溪\n\n你好吗？",
        "________________________________\nFrom: Bo Lind\nAre you well?",
        "-- \nHilde Moe\nQuay Street 3",
        "Sent from my iPhone",
        "发自我的iPhone",
    ],
)
def test_quoted_replies_and_signatures_are_cut(quoted: str) -> None:
    assert own_words(f"Yes, at six.\n\n{quoted}\n") == "Yes, at six."


def test_replies_between_quoted_lines_stay_and_told_words_are_no_quotation() -> None:
    assert own_words("> Are you well?\nYes.\n> And Bo?\nNo.") == "Yes.\nNo."
    assert own_words("On Monday my aunt wrote:\nshe is well.") == "On Monday my aunt wrote:\nshe is well."


def test_lines_broken_for_the_screen_are_joined_and_lists_are_not() -> None:
    text = "I bought the old boat that we saw in the harbour of Bergen\nlast week.\nBring:\n- ropes\n- paint"
    assert own_words(text) == text.replace("Bergen\nlast", "Bergen last")
    broken = "我买下了上星期我们在海港里看到的那条旧船而且我打算在五月把它开到\n奥斯陆去。"
    assert own_words(broken) == broken.replace("\n", "")


def test_a_name_turned_around_is_turned_back_and_an_address_signs_nothing() -> None:
    assert _one(_mail("Hi.", sender='"Moe, Hilde" <h@example.org>').as_bytes()).text.endswith("\n\nHilde Moe")
    bare = _one(_mail("Hi.", sender="h@example.org").as_bytes()).text
    assert bare == "h@example.org wrote on 3 March 2026 to Bo Lind:\n\nHi."


def test_a_box_gives_its_mails_plain_or_packed(tmp_path: Path) -> None:
    mails = [_mail(f"I am number {n}.\n\nFrom here on all is well.", subject=f"S{n}") for n in range(3)]
    box = b"\n".join(b"From x\n" + m.as_bytes().replace(b"\nFrom here", b"\n>From here") for m in mails)
    for name, data in (("in.mbox", box), ("in.mbox.gz", gzip.compress(box))):
        path = tmp_path / name
        path.write_bytes(data)
        documents = list(load(path, max_megabytes=1))
        assert [d.title for d in documents] == ["S0", "S1", "S2"]
        assert all("\n\nFrom here on all is well." in d.text for d in documents)
        assert count(path, max_megabytes=1) == 3
    assert [d.title for d in parse("in.mbox", box, max_megabytes=1)] == ["S0", "S1", "S2"]


def test_a_mail_that_is_too_big_is_told_at_the_end_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "in.mbox"
    big = b"From x\nSubject: Big\n\n" + b"word\n" * 300_000
    path.write_bytes(big + b"\nFrom x\n" + _mail("I am small.").as_bytes())
    documents = load(path, max_megabytes=1)
    assert next(documents).title == "The boat"
    with pytest.raises(DocumentError, match="1 of 2 mails can't be read, the first: mail 1 is of more than 1 MB"):
        next(documents)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.eml", b"", "no header"),
        ("a.eml", b"just words", "no header"),
        ("a.eml", b"Subject: x\n\n", "no text"),
        ("a.eml", b"Content-Type: multipart/mixed; boundary=\n\nHi.", "no text"),
        ("a.eml", b"Content-Type: message/rfc822\n\n" * 3000, "broken mail|no text"),
        ("a.mbox", b"", "no mails in it"),
        ("a.mbox", b"no box\n", "no mails in it"),
        ("a.mbox", b"From x\nSubject: a\n\n", "no text"),
        ("a.mbox.gz", b"no gzip", "gzip"),
        ("a.mbox", b"x" * 1_000_001, "row of more than 1 MB"),
    ],
)
def test_broken_mails_are_errors_with_their_path(name: str, data: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DocumentError, match=why) as caught:
        list(load(path, max_megabytes=1))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "head",
    [
        b"From: =?nope?x?zz?= <\nDate: nonsense\nContent-Type: text/plain; charset=nope\n",
        b"From: " + b"(" * 5000 + b"\nContent-Type: text/plain\n",
        b"Date: Tue, 99 Foo 99999 99:99:99 +9999\nContent-Type: nonsense; boundary=\n",
        b"From: \xff\xfe <a@b>\nContent-Type: text/plain; charset=utf-8\n",
        b"Subject: a\x00b\x1b[31m\nTo: ,,,;:@\nContent-Transfer-Encoding: base64\n",
        b"Date: Fri, 31 Dec 9999 23:59:59 -2359\n",
    ],
)
def test_hostile_headers_are_read_past(head: bytes) -> None:
    (document,) = parse("a.eml", head + b"\nI live in Bergen.\n", max_megabytes=1)
    assert not any(ord(c) < 32 and c != "\n" for c in document.title + document.text)


def test_names_in_raw_bytes_are_read_and_a_header_without_end_is_an_error() -> None:
    head = "From: 沈若溪 <s@example.org>\nSubject: 搬家\n\n我搬到杭州了。\n"
    for encoding in ("utf-8", "gb18030"):
        assert _one(head.encode(encoding)).title == "搬家"
        assert _one(head.encode(encoding)).text.startswith("沈若溪写道：")
    with pytest.raises(DocumentError, match=r"a\.eml: broken mail .its header is of more than 100 kB.; save it again"):
        _one(b"To: " + b"a@b," * 50_000 + b"\n\nHi.")


@given(st.lists(st.text(alphabet="ab\n>From ", max_size=30), min_size=1, max_size=4))
def test_a_box_gives_back_the_mails_that_were_put_in(texts: list[str]) -> None:
    mails = [f"S: 1\n\n{text}\n\n".encode() for text in texts]
    quoted = [b"\n".join(b">" + x if x.lstrip(b">").startswith(b"From ") else x for x in m.split(b"\n")) for m in mails]
    lines = b"".join(b"From x\n" + mail for mail in quoted).splitlines(keepends=True)
    assert list(split_box(lines, most_bytes=999)) == mails


@given(st.text(max_size=200))
def test_own_words_are_settled_text(text: str) -> None:
    assert "\n\n\n" not in own_words(text)
