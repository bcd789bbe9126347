"""The text of a mail's HTML, as people read it. Nothing is fetched, run or styled."""

from __future__ import annotations

import re
from html.parser import HTMLParser

SKIPPED = {"script", "style", "head", "title", "template", "svg", "noscript"}
BREAKS = {"p", "div", "br", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote"}
GAPS = {"td", "th"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.skipping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in SKIPPED:
            self.skipping.append(tag)
        elif tag in BREAKS:
            self.told.append("\n")
        elif tag in GAPS:
            self.told.append("   ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.skipping:
            while self.skipping[-1] != tag:  # whatever was left open within it ends with it
                del self.skipping[-1]
            del self.skipping[-1]
        elif tag in BREAKS:
            self.told.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.told.append(re.sub(r"\s+", " ", data))


def text_of(html: str) -> str:
    """Give the text of a page, a line for each block and table row."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = ("".join(reader.told)).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in lines)).strip()
