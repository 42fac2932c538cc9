"""After an HTMX swap the page equals a fresh page."""

from __future__ import annotations

import re
import uuid
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from tests.desk.console.conftest import POLITE

pytestmark = pytest.mark.django_db
VOID = {"input", "br", "hr", "img", "meta", "link", "circle", "path", "rect"}


class Outer(HTMLParser):
    """Cuts the element with one id out of a page, as `hx-select` does."""

    def __init__(self, id: str) -> None:
        super().__init__(convert_charrefs=False)
        self.id, self.depth, self.parts = id, 0, []

    def handle_starttag(self, tag, attrs):
        if self.depth or dict(attrs).get("id") == self.id:
            self.parts.append(self.get_starttag_text())
            self.depth += tag not in VOID

    def handle_startendtag(self, tag, attrs):
        if self.depth:
            self.parts.append(self.get_starttag_text())

    def handle_endtag(self, tag):
        if self.depth:
            self.parts.append(f"</{tag}>")
            self.depth -= 1

    def handle_data(self, data):
        if self.depth:
            self.parts.append(data)

    handle_entityref = handle_charref = lambda self, name: self.handle_data(f"&{name};")


def select(page: str, id: str) -> str:
    """The element, with what differs at each load (tokens, fresh ids) taken out."""
    cutter = Outer(id)
    cutter.feed(page)
    assert cutter.parts, f"no element with id {id}"
    text = "".join(cutter.parts)
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)
    return re.sub(r'(name="id" value=")[0-9a-f-]{36}', r"\1", text)


def test_after_sending_the_conversation_and_the_box_equal_a_fresh_page(office, thread, sign_in):
    client, url = sign_in(office.lina), reverse("thread", args=[thread.pk])
    assert 'hx-select="#talk"' in client.get(url).content.decode()
    answer = client.post(
        reverse("send", args=[thread.pk]),
        {"id": str(uuid.uuid4()), "text": POLITE},
        headers={"HX-Request": "true"},
        follow=True,
    )
    swapped = select(answer.content.decode(), "talk")
    assert POLITE in swapped
    assert swapped == select(client.get(url).content.decode(), "talk")


def test_the_conversation_that_asks_for_news_gets_what_a_fresh_page_shows(office, said, sign_in):
    client, url = sign_in(office.lina), reverse("thread", args=[said.thread_id])
    news = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert select(news, "conversation") == select(client.get(url).content.decode(), "conversation")


def test_advice_equals_what_the_page_shows_after_the_same_words_were_refused(office, thread, sign_in):
    client, words = sign_in(office.lina), "再不还钱我们就去你单位"
    advice = client.post(reverse("advise", args=[thread.pk]), {"text": words}).content.decode()
    page = client.post(
        reverse("send", args=[thread.pk]), {"id": str(uuid.uuid4()), "text": words}
    ).content.decode()
    assert select(advice, "marks").replace(' hx-swap-oob="true"', "") == select(page, "marks")
    without_marks = re.sub(r'<div class="marks".*?</div>\s*', "", select(advice, "advice"), flags=re.S)
    assert re.sub(r"\s+", " ", without_marks) == re.sub(r"\s+", " ", select(page, "advice"))


def test_unmasking_in_place_leaves_the_rest_of_the_page_as_it_was(office, sign_in):
    client = sign_in(office.lina)
    url = reverse("unmask", args=[office.debtor().pk, "id_no"])
    form = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "hx-post" in form
    assert "<html" not in form
    assert (
        "<html"
        not in client.post(url, {"reason": "核对身份"}, headers={"HX-Request": "true"}).content.decode()
    )
