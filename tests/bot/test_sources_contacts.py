"""Contacts: cards in sentences that a reader understands, in the language of the name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.document import Document, DocumentError
from bot.documents import parse


def _read(*lines: str, version: str = "3.0") -> list[Document]:
    text = "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])
    return list(parse("a.vcf", text.encode(), max_megabytes=1))


def _sentences(*lines: str, version: str = "3.0") -> list[str]:
    (document,) = _read(*lines, version=version)
    return document.text.split("\n")


def test_a_card_becomes_english_sentences() -> None:
    said = _sentences(
        "FN:Hilde Moe",
        "N:Moe;Hilde;;;",
        "ORG:Harbour Hospital;Surgery",
        "TITLE:nurse",
        "TEL;TYPE=CELL,VOICE:+47 555 01",
        "TEL;TYPE=WORK:+47 555 02",
        "EMAIL;TYPE=INTERNET:hilde@example.org",
        "ADR;TYPE=HOME:;;Quay Street 3;Bergen;;5003;Norway",
        "NICKNAME:Hilly",
        "BDAY:1990-03-03",
    )
    assert said == [
        "Hilde Moe works at Harbour Hospital.",
        "Hilde Moe's job is nurse.",
        "Hilde Moe's mobile phone number is +47 555 01.",
        "Hilde Moe's work phone number is +47 555 02.",
        "Hilde Moe's email address is hilde@example.org.",
        "Hilde Moe lives at Quay Street 3, 5003 Bergen, Norway.",
        "Hilde Moe is also called Hilly.",
        "Hilde Moe was born on 3 March 1990.",
    ]


def test_a_chinese_card_becomes_chinese_sentences() -> None:
    said = _sentences(
        "N:沈;若溪;;;",
        "ORG:海港医院",
        "TEL:13800000000",
        "ADR;TYPE=home:;;西湖路3号;杭州市;浙江省;310000;中国",
        "BDAY:19900303",
        "RELATED;TYPE=spouse;VALUE=text:王建国",
        version="4.0",
    )
    assert said == [
        "沈若溪在海港医院工作。",
        "沈若溪的电话号码是13800000000。",
        "沈若溪住在中国浙江省杭州市西湖路3号。",
        "沈若溪出生于1990年3月3日。",
        "沈若溪的配偶是王建国。",
    ]


def test_an_old_card_in_quoted_printable_is_read_and_its_photo_left_out() -> None:
    said = _sentences(
        "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=B2=88=E8=8B=A5=E6=BA=AA",
        "TEL;CELL:138",
        "PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ",
        " broken",
        "",
        "NOTE;ENCODING=QUOTED-PRINTABLE:likes=20tea",
        version="2.1",
    )
    assert said == ["沈若溪的手机电话号码是138。", "", "likes tea"]


def test_apples_labels_name_relations_and_a_year_that_is_not_known_is_not_told() -> None:
    said = _sentences(
        "FN:Bo Lind", "item1.X-ABRELATEDNAMES;type=pref:Hilde Moe", "item1.X-ABLabel:_$!<Spouse>!$_", "BDAY:1604-03-03"
    )
    assert said == ["Bo Lind's birthday is on 3 March.", "Bo Lind's spouse is Hilde Moe."]
    assert _sentences("FN:Bo Lind", "BDAY:--0303", version="4.0") == ["Bo Lind's birthday is on 3 March."]
    assert _sentences("FN:Bo Lind", "BDAY:1990-02-31") == ["Bo Lind's date of birth is 1990-02-31."]


def test_a_firm_works_nowhere_and_a_card_that_says_nothing_is_left_out() -> None:
    assert _sentences("ORG:Harbour Hospital", "TEL:555") == ["Harbour Hospital's phone number is 555."]
    with pytest.raises(DocumentError, match="no text"):
        _read("FN:Bo Lind")


def test_a_broken_card_is_told_at_the_end_and_the_others_are_read() -> None:
    text = "BEGIN:VCARD\nFN\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nFN:Bo\nTEL:555\nEND:VCARD\n"
    documents = parse("a.vcf", text.encode(), max_megabytes=1)
    assert next(documents) == Document("Bo", "Bo's phone number is 555.")
    with pytest.raises(DocumentError, match="1 of 2 cards can't be read, the first: line 1: broken card"):
        next(documents)


@pytest.mark.parametrize(
    "text", ["words", "BEGIN:VCARD\nFN:a", "BEGIN:VCARD\nBEGIN:X\nEND:VCARD", "BEGIN:VCARD\nFN;X\nEND:VCARD"]
)
def test_what_is_no_card_is_an_error(text: str) -> None:
    with pytest.raises(DocumentError, match="card"):
        list(parse("a.vcf", text.encode(), max_megabytes=1))


_WORDS = ["FN", "N", "ORG", "TEL", "ADR", "BDAY", "NOTE", "RELATED", "PHOTO", "X-ABLabel", ";TYPE=", ";ENCODING=b", ":"]


@given(
    st.lists(
        st.sampled_from([*_WORDS, ";", ",", "\n", "\\", "=E6", "a", "沈", "\x00", "\x1b", "{of}", "\n "]), max_size=40
    )
)
def test_any_card_is_a_document_or_an_error(words: list[str]) -> None:
    text = "BEGIN:VCARD\nVERSION:3.0\nFN:Bo {value}\nTEL:5\n" + "".join(words) + "\nEND:VCARD\n"
    try:
        documents = list(parse("a.vcf", text.encode(), max_megabytes=1))
    except DocumentError:
        return
    assert not any(ord(c) < 32 and c != "\n" for d in documents for c in d.title + d.text)
