"""No link that a person is shown leads to nothing, and every button's form has somebody who answers it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import resolve

from shouyue.desk.console import frame
from shouyue.desk.people.models import Role
from shouyue.desk.people.reads import MAY, all_staff
from tests.desk.console.scene import set_up
from tests.office import MORNING

pytestmark = pytest.mark.django_db
MOST_PAGES = 120


class Ways(HTMLParser):
    """Where a page leads: links to follow, and forms that only have to be somebody's."""

    def __init__(self, at: str, text: str) -> None:
        super().__init__()
        self.at, self.links, self.forms = at, [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "a" and (given.get("href") or "#")[0] in "/?":
            self.links.append(urljoin(self.at, given["href"]))
        posted = given.get("hx-post") or (tag == "form" and given.get("action"))
        if posted and posted[0] == "/":
            self.forms.append(posted)


def kind_of(url: str) -> str:
    """Pages that differ in which row they show count as one."""
    parts = urlsplit(url)
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "…", parts.path)
    return path + "?" + ",".join(sorted(re.findall(r"(?:^|&)(\w+)=", parts.query)))


@pytest.fixture
def scene(db, monkeypatch):
    monkeypatch.setattr(frame.Moment, "clock", staticmethod(lambda: MORNING))
    return set_up()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM])
def test_every_link_that_is_shown_leads_somewhere(role, scene, sign_in):
    staff = next(one for one in all_staff() if one.role == role and one.is_active)
    client = sign_in(staff)
    seen, dead = set(), []
    waiting = [("/", "the first page")]
    while waiting and len(seen) < MOST_PAGES:
        url, shown_on = waiting.pop(0)
        if kind_of(url) in seen:
            continue
        seen.add(kind_of(url))
        answer = client.get(url)
        if 300 <= answer.status_code < 400:
            waiting.insert(0, (urljoin(url, answer["Location"]), shown_on))
        elif answer.status_code != 200:
            dead.append((answer.status_code, url, shown_on))
        elif answer["Content-Type"].startswith("text/html"):
            ways = Ways(url, answer.content.decode())
            waiting += [(link, url) for link in ways.links]
            for form in ways.forms:
                resolve(urlsplit(form).path)
    assert not dead
    assert len(seen) > 5


def test_no_two_places_of_one_role_share_a_key():
    for role in Role:
        keys = [place.key for place in frame.PLACES if role in MAY[place.act]]
        assert len(keys) == len(set(keys)), role
