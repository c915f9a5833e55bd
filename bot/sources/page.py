"""Web pages: HTML in, a title and the text out. It knows no files; quotations are left out where a caller wants that."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from bot.document import paragraphs


def read_page(page: str) -> tuple[str, str]:
    """Return a page's title and its main text: by trafilatura where it is installed, else by stripping the tags."""
    title, text = strip_tags(page)
    try:
        import trafilatura
    except ImportError:
        return title, text
    main = trafilatura.extract(page, include_comments=False) if len(text) > 2000 else None
    return title, paragraphs(main.replace("\n", "\n\n")) if main and len(main) > len(text) // 4 else text


def strip_tags(page: str, *, quotations: bool = True) -> tuple[str, str]:
    """Return a page's title and its text, with its quotations (<blockquote>) or without.

    >>> strip_tags("<p>Yes.</p><blockquote>Are you well?</blockquote>", quotations=False)
    ('', 'Yes.')
    """
    parser = _Text(_SKIPPED if quotations else _SKIPPED | {"blockquote"})
    parser.feed(page)
    parser.close()
    title = " ".join("".join(parser.title).split())
    return title, paragraphs(re.sub(r" *\n *", "\n", "".join(parser.pieces)))


_SKIPPED = frozenset({"script", "style", "noscript", "template", "nav", "svg", "head"})


class _Text(HTMLParser):
    """Collects a page's title and its text; block elements end paragraphs, scripts and menus are left out."""

    _BLOCKS = frozenset(
        {"p", "div", "section", "article", "header", "footer", "main", "h1", "h2", "h3", "h4", "h5", "h6"}
        | {"li", "ul", "ol", "table", "tr", "blockquote", "pre", "br", "hr", "dd", "dt"}
    )

    def __init__(self, skipped: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.title: list[str] = []
        self._left_out = skipped
        self._skipped: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title":
            self._in_title = True
        elif tag in self._left_out:
            self._skipped.append(tag)
        elif tag == "body":
            self._skipped.clear()
        elif tag in self._BLOCKS:
            self.pieces.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag in self._skipped:
            del self._skipped[self._skipped.index(tag) :]
        elif tag in self._BLOCKS:
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._skipped:
            self.pieces.append(re.sub(r"\s+", " ", data))
