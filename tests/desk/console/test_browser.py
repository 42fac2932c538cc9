"""In a real browser: a collector's minutes at the desk, every page at both sizes, no serious finding of axe."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from shouyue.desk.console import frame
from shouyue.desk.emergency import reads
from shouyue.desk.people.reads import Role
from tests.desk.console.chromium import PHONE, WIDE, browser
from tests.desk.console.scene import POLITE, RUDE, set_up, stopped
from tests.office import MORNING, NIGHT

ROLES = {  # one of each who works here; borrowers and guarantors have their own page, below
    Role.COLLECTOR: "lina", Role.SUPERVISOR: "wangmin", Role.COMPLIANCE: "sunli", Role.LEGAL: "chen", Role.TRAINER: "zhou",
    Role.AUDITOR: "wu", Role.ADMINISTRATOR: "admin", Role.AGENCY: "tiaojie",
}  # fmt: skip
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory) -> Iterator[object]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        if opened is None:
            pytest.skip("no Chromium here; `make browser` installs one")
        yield opened


@pytest.fixture
def scene(transactional_db, monkeypatch):
    monkeypatch.setattr(frame.Moment, "clock", staticmethod(lambda: MORNING))
    return set_up()


@pytest.fixture
def enter(chromium, live_server, scene):
    """Open a page as somebody who came through the demonstration's door; what the browser complains of fails the test."""
    contexts, complaints = [], []

    def opened(who: str, size: tuple[int, int] = WIDE, language: str = "zh-hans"):
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, base_url=live_server.url
        )
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type == "error" and "422" not in said.text else None
            ),
        )
        page.goto("/")
        page.click(f"button[value={who}]")
        page.wait_for_url(lambda url: "accounts" not in url and not url.endswith(":8000/"))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def pages(scene):
    """Every page, by whom it is looked at; of each role the one on which its day begins."""
    emergency = reads.of(scene.office.debtor(4)) or stopped(scene)
    return [
        *((who, reverse("home")) for who in ROLES.values()),
        ("lina", reverse("debtor", args=[scene.matter.pk])),
        ("lina", reverse("dossier", args=[scene.matter.pk])),
        ("lina", reverse("inbox")),
        ("lina", reverse("thread", args=[scene.thread.pk])),
        ("lina", reverse("thread", args=[scene.texting.pk])),
        ("lina", reverse("evidence", args=[scene.thread.pk])),
        ("lina", reverse("friend_requests")),
        ("lina", reverse("friend_request", args=[scene.stranger.pk])),
        ("lina", reverse("report_friend_request")),
        ("wangmin", reverse("friend_request", args=[scene.waiting.pk])),
        ("lina", reverse("debtor", args=[scene.helped.matter_id])),
        ("wangmin", reverse("approvals")),
        ("wangmin", reverse("review_before")),
        ("wangmin", reverse("review_figures")),
        ("sunli", reverse("review_after")),
        ("sunli", reverse("wordings")),
        ("sunli", reverse("approval", args=[scene.worded.pk])),
        ("sunli", reverse("review_one", args=[scene.reviewed.pk])),
        ("lina", reverse("my_findings")),
        ("lina", reverse("thread", args=[scene.provoking.pk])),
        ("lina", reverse("case_conduct", args=[scene.provoking.matter_id])),
        ("wangmin", reverse("conduct")),
        ("wangmin", reverse("approval", args=[scene.asked.pk])),
        ("wangmin", f"{reverse('friend_requests')}?show=incidents"),
        ("wangmin", reverse("unmatched")),
        ("wangmin", reverse("rights")),
        ("wangmin", reverse("right", args=[scene.helped.pk])),
        ("wangmin", reverse("strategies")),
        ("wangmin", reverse("imports")),
        ("wangmin", reverse("emergencies")),
        ("wangmin", reverse("emergency", args=[emergency.pk])),
        ("wangmin", reverse("told")),
        ("wangmin", reverse("board")),
        ("wangmin", reverse("figure", args=["blocked"])),
        ("wangmin", reverse("figure", args=["recovery"]) + "?since=2026-01-01"),
        ("wangmin", reverse("design")),
        ("wangmin", reverse("mfa_index")),
        ("lina", reverse("training")),
        ("lina", reverse("course", args=["basics"])),
        ("sunli", reverse("agencies")),
        ("sunli", reverse("agency", args=[scene.agency.pk])),
        ("wangmin", reverse("agency", args=[scene.agency.pk])),
        ("sunli", reverse("erasures")),
        ("sunli", reverse("erasure", args=[scene.helped.party_id])),
        ("chen", reverse("company", args=[scene.company["matter"], scene.company["party"]])),
        ("lina", reverse("company", args=[scene.company["matter"], scene.company["party"]])),
        ("lina", reverse("debtor", args=[scene.company["matter"]])),
        ("chen", f"{reverse('suits')}?show=ended"),
        ("chen", reverse("suit", args=[scene.suit.pk])),
        ("chen", reverse("suit", args=[scene.mediated.pk])),
        ("chen", reverse("debtor", args=[scene.suit.matter_id])),
    ]


def test_each_role_is_looked_at_by_one_who_has_it(scene):
    assert {role: scene.office.staff[who].role for role, who in ROLES.items()} == {
        role: role for role in ROLES
    }
    assert set(ROLES) == set(Role) - {Role.SYSTEM}  # the desk itself looks at nothing


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])
def test_every_page_fits_and_axe_finds_nothing_serious(size, scene, enter):
    found = []
    for language in ("zh-hans", "en"):
        for who in dict.fromkeys(whose for whose, _ in pages(scene)):
            page = enter(who, size, language)
            for url in [url for whose, url in pages(scene) if whose == who]:
                answer = page.goto(url)
                assert answer.status == 200, url
                assert page.evaluate("document.documentElement.scrollWidth") <= size[0], (
                    f"{url} is wider than the screen"
                )
                for wrong in Axe().run(page).response["violations"]:
                    if wrong["impact"] in {"serious", "critical"}:
                        found.append((url, wrong["id"], wrong["nodes"][0]["html"][:120]))
                if language == "zh-hans" and url != reverse("design"):
                    text = page.inner_text("main")
                    assert not re.search(r"\b(the|of|and|your|is)\b", re.sub(r"“[^”]*”", "", text)), (
                        f"English on {url}: {text}"
                    )
    assert not found


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])
def test_ones_own_page_fits_and_axe_finds_nothing_serious(size, scene, chromium, live_server):
    found = []
    for language in ("zh-hans", "en"):
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, base_url=live_server.url
        )
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        page = context.new_page()
        page.goto(f"/p/own/{scene.own_page}")
        party = scene.helped.party

        def look(at: str, page=page) -> None:
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0], (
                f"{at} is wider than the screen"
            )
            for wrong in Axe().run(page).response["violations"]:
                if wrong["impact"] in {"serious", "critical"}:
                    found.append((at, wrong["id"], wrong["nodes"][0]["html"][:120]))

        look("before proof")
        page.fill("#name", party.name)
        page.fill("#id_tail", party.id_no[-6:])
        page.click(".go")
        look("the page")
        for kind in ("dispute", "hardship", "plan", "complaint", "preference", "withdrawal", "deletion"):
            page.goto(reverse("portal:ask", args=[kind]))
            look(kind)
        context.close()
    assert not found


def test_the_sign_in_page_has_no_serious_finding(chromium, live_server, scene):
    for size in (WIDE, PHONE):
        page = chromium.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
        page.goto(live_server.url)
        assert [
            v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in {"serious", "critical"}
        ] == []
        page.context.close()


def test_forbidden_words_are_underlined_while_one_types_and_the_button_says_no(scene, enter):
    page = enter("lina")
    page.goto(reverse("thread", args=[scene.texting.pk]))
    page.fill("#text", RUDE)
    page.wait_for_selector("#advice .verdict.tone-stop")
    assert page.text_content("#marks mark")
    assert "现在不能发送" in page.inner_text("#advice .send")
    page.fill("#text", "您好")
    expect(page.locator("#marks mark")).to_have_count(0)


def test_an_approved_wording_goes_into_the_box_and_leaves(scene, enter):
    page = enter("lina")
    page.goto(reverse("thread", args=[scene.thread.pk]))
    before = page.locator("#conversation .ours").count()
    page.click("aside [data-use] >> nth=0")
    assert page.input_value("#text")
    page.wait_for_selector("#advice .verdict")
    page.click("[data-send]")
    expect(page.locator("#conversation .ours")).to_have_count(before + 1)
    assert page.input_value("#text") == ""


def test_at_night_the_button_schedules(scene, enter, monkeypatch):
    monkeypatch.setattr(frame.Moment, "clock", staticmethod(lambda: NIGHT))
    page = enter("lina")
    page.goto(reverse("thread", args=[scene.texting.pk]))
    page.fill("#text", POLITE)
    page.wait_for_selector("button[name=send_at]")
    assert page.inner_text("button[name=send_at]").split() == ["定时发送", "03-11", "08:00"]
    page.click("button[name=send_at]")
    page.wait_for_selector("#conversation >> text=待发出")


def test_a_masked_number_is_shown_after_a_reason(scene, enter):
    page = enter("lina")
    page.goto(reverse("debtor", args=[scene.matter.pk]))
    page.click(".eye >> nth=0")
    page.wait_for_selector(".unmask input[name=reason]")
    page.keyboard.type("核对来电号码")
    page.keyboard.press("Enter")
    page.wait_for_selector(".unmasked")
    assert page.inner_text(".unmasked") == "13800000001"


def test_the_desk_is_worked_by_keyboard(scene, enter):
    page = enter("lina")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("?")
    assert page.is_visible("#shortcuts")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type(scene.matter.number)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('debtor', args=[scene.matter.pk])}")
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_url(f"**{reverse('friend_requests')}")


def test_an_exam_is_sat_by_keyboard_and_read_back(scene, enter):
    page = enter("lina")
    page.goto(reverse("course", args=["visits"]))
    page.click("text=开始考试")
    page.wait_for_selector("form.paper")
    for question in page.locator("fieldset.question").all():
        question.locator("input").first.focus()
        page.keyboard.press("Space")
    assert not [v for v in Axe().run(page).response["violations"] if v["impact"] in {"serious", "critical"}]
    page.click("text=交卷")
    page.wait_for_selector(".strip")
    assert page.locator("fieldset.question.good, fieldset.question.bad").count() == 6
    assert not [v for v in Axe().run(page).response["violations"] if v["impact"] in {"serious", "critical"}]


def test_a_supervisor_decides_and_the_member_is_told(scene, enter):
    page = enter("wangmin", PHONE)
    page.goto(reverse("friend_request", args=[scene.waiting.pk]))
    page.click("#decide button[value=yes]")  # without a reason the browser itself stops
    assert page.is_visible("#decide")
    page.fill("#decide textarea", "证件与借款一致，同意")
    page.click("#decide button[value=yes]")
    page.wait_for_selector("text=证件与借款一致，同意")
    assert page.is_visible("text=已批准")


def test_a_legal_officer_takes_a_step_and_the_clocks_follow(scene, enter):
    page = enter("chen")
    first = page.locator(".urgent li >> nth=0")
    assert "上诉期届满" in first.inner_text() and "剩 4 天" in first.inner_text()
    first.locator("a").click()
    page.wait_for_selector(".steps .now >> text=判决/调解书")
    page.select_option("#step-to", "effective")
    page.click("form.step button")
    page.wait_for_selector("form.step .note >> text=登记“生效”须有生效日")
    page.select_option("#step-to", "effective")
    page.fill("#step-effective_on", "2026-03-10")
    page.click("form.step button")
    page.wait_for_selector(".steps .now >> text=生效")
    assert "申请执行期间届满" in page.inner_text("main") and "2028-03-10" in page.inner_text("main")


def test_a_paper_is_made_from_the_record_and_downloaded(scene, enter):
    page = enter("chen", PHONE)
    page.goto(reverse("suit", args=[scene.suit.pk]))
    page.click("summary >> text=生成文书")
    page.select_option("#paper-kind", "demand_letter")
    page.click("form[action$='/paper/'] button")
    with page.expect_download() as got:
        page.click("a >> text=PDF")
    assert got.value.suggested_filename.endswith("demand_letter.pdf")
