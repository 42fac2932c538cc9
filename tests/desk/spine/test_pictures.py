"""What a picture says is read in the background and screened; it protects and accuses nobody; a bomb is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from shouyue.cli.demo.cards import screenshot
from shouyue.connectors import channel as ch
from shouyue.connectors.recognition import Line, bubbles
from shouyue.desk.conduct import reads as conduct
from shouyue.desk.emergency.reads import running
from shouyue.desk.messages import media, pictures
from shouyue.desk.messages.models import Contact
from shouyue.desk.outbox.models import OutboxRow
from shouyue.desk.parties.reads import stops
from shouyue.terms import Channel
from tests.connectors.test_recognition import png
from tests.desk.console.conftest import clock, sign_in  # noqa: F401
from tests.desk.spine.test_capture import archive, arrive, kinds, said, thread  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


def sends(office, archive, body, id="p1", **more):  # noqa: F811
    archive.files[id] = body
    arrive(archive, office.at, said(office.at, id, "", ch.Media("image", id), **more))
    return Contact.objects.order_by("-number").first()


def test_the_words_of_a_picture_are_read_screened_and_sealed_as_derived(office, archive, thread):  # noqa: F811
    row = sends(office, archive, screenshot("我不想活了，活着没意思", "别再给我打电话了"))
    (one,) = row.files
    assert "不想活" in one["heard"]["words"] and {"vulnerable", "stop_contact"} <= set(one["labels"])
    assert kinds(thread)[-2:] == ["document/media", "document/picture_read"]
    assert {"vulnerable", "stop_contact"} <= set(row.labels)
    assert {"vulnerable", "opt_out"} <= {stop.kind for stop in stops(office.debtor(), office.at)}


def test_a_threat_in_a_picture_may_be_ours_and_accuses_nobody(office, archive, thread):  # noqa: F811
    row = sends(office, archive, screenshot("再不还钱就弄死你", "砸了你家"))
    assert "threat" in row.files[0]["labels"] and "threat" not in row.labels
    assert not running() and conduct.timeline(party=office.debtor().pk) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [(png(60_000, 60_000), "pixels"), (b"<svg/>", "not a JPEG"), (screenshot("好")[:200], "damaged")],
    ids=["bomb", "no picture", "cut off"],
)
def test_what_cannot_be_read_is_refused_and_a_person_is_told(body, why, office, archive, thread):  # noqa: F811
    row = sends(office, archive, body)
    (one,) = row.files
    assert why in one["unread"] and one["heard"] is None
    assert kinds(thread)[-1] == "document/picture_refused"


def test_reading_again_changes_nothing(office, archive, thread):  # noqa: F811
    row = sends(office, archive, screenshot("本月25号还3000元"))
    before = (kinds(thread), row.heard)
    pictures.read(contact=row.pk, place=0, bubbles=["别的"], by="again", at=office.at + timedelta(hours=1))
    assert (kinds(thread), Contact.objects.get(pk=row.pk).heard) == before


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "图中文字"), ("en", "Words in the picture")])
def test_the_page_shows_progress_then_words(language, words, office, archive, thread, sign_in):  # noqa: F811
    archive.files["late"] = screenshot("请问怎么还款")
    arrive(archive, office.at, said(office.at, "late", "", ch.Media("image", "late")))
    row = Contact.objects.order_by("-number").first()
    client = sign_in(office.lina, language)
    page = client.get(reverse("thread", args=[thread.pk])).content.decode()
    assert words in page and "请问怎么还款" in page
    row.media[0].pop("read_at")
    row.heard = None
    row.save()
    page = client.get(reverse("thread", args=[thread.pk])).content.decode()
    assert ("正在读取图中文字" if language == "zh-hans" else "are being read") in page


def test_a_number_broken_over_the_lines_of_a_bubble_is_one_number():
    lines = [
        Line("我的号码1380", 1.0, 60, 60, 92),
        Line("0000001", 1.0, 60, 98, 130),
        Line("好的", 1.0, 400, 200, 232),
    ]
    assert bubbles(lines) == ["我的号码13800000001", "好的"]


def test_the_name_of_a_file_that_a_member_sent_is_screened_too(office, archive, thread):  # noqa: F811
    one = said(
        office.at,
        "f",
        "请看附件",
        ch.Media("file", "v1", name="李四13900001111.xlsx"),
        sender="lina",
        to=("wmZhangWei",),
        ours=True,
    )
    arrive(archive, office.at, one)
    assert Contact.objects.order_by("-number").first().labels == ["personal_data"]


def sends_file(office, archive, name, *, text="", **more):  # noqa: F811
    arrive(
        archive, office.at, said(office.at, f"f{name}{text}", text, ch.Media("file", "v1", name=name), **more)
    )
    return Contact.objects.order_by("-number").first()


def test_the_name_of_their_file_protects_them(office, archive, thread):  # noqa: F811
    row = sends_file(office, archive, "不想活了.docx")
    assert "vulnerable" in row.labels and "vulnerable" in row.files[0]["named"]
    assert "vulnerable" in {stop.kind for stop in stops(office.debtor(), office.at)}


def test_the_name_of_their_file_may_quote_us_and_accuses_nobody(office, archive, thread):  # noqa: F811
    row = sends_file(office, archive, "你们说再不还钱就弄死你.mp3")
    assert "threat" in row.files[0]["named"] and "threat" not in row.labels
    assert not running() and conduct.timeline(party=office.debtor().pk) == []


@pytest.mark.parametrize("name", ["IMG_20260302_110203.jpg", "mmexport1583000000000.jpg", "合同.pdf", ""])
def test_an_ordinary_name_says_nothing(name, office, archive, thread):  # noqa: F811
    row = sends_file(office, archive, name, text="您好，已发")
    assert row.files[0].get("named", []) == [] and not row.files[0].get("named_findings")


def test_a_number_in_the_name_of_their_file_is_found_and_kept_covered(office, archive, thread):  # noqa: F811
    row = sends_file(office, archive, "李四13900001111.xlsx")
    (found,) = [one for one in row.files[0]["named_findings"] if one.get("kind") == "mobile"]
    assert found["canonical_masked"] == "139****1111"


def test_a_number_begun_in_words_and_ended_in_a_name_is_one_number(office, archive, thread):  # noqa: F811
    row = sends_file(office, archive, "0001111.txt", text="他号码1390")
    assert "mobile" in {one.get("kind") for one in row.files[0]["named_findings"]}
    arrive(archive, office.at, said(office.at, "a", "", ch.Media("file", "v1", name="1390000.txt")))
    arrive(archive, office.at, said(office.at, "b", "还有2222"))
    last = Contact.objects.order_by("-number").first()
    assert "mobile" in {one.get("kind") for one in last.findings}


def test_a_member_who_threatens_in_the_name_of_a_file_is_noticed(office, archive, thread):  # noqa: F811
    row = sends_file(
        office, archive, "再不还就打断你的腿.txt", sender="lina", to=("wmZhangWei",), ours=True
    )  # fmt: skip
    assert "threat" in row.labels
    assert OutboxRow.objects.filter(what="member_typed", payload__contact=str(row.pk)).exists()


def test_what_they_change_a_message_to_may_ask_for_help(office, archive, thread):  # noqa: F811
    arrive(archive, office.at, said(office.at, "m", "好的"))
    later = ch.MessageEdited(
        external_id="e", channel=Channel.WECOM, account="lina", at=office.at, raw=b"", sender="wmZhangWei",
        original="m", text="我真的不想活了",
    )  # fmt: skip
    arrive(archive, office.at, later)
    row = Contact.objects.order_by("-number").first()
    assert row.labels == ["vulnerable"] and row.later_text == "我真的不想活了"
    assert "vulnerable" in {stop.kind for stop in stops(office.debtor(), office.at)}


def test_a_transcript_is_screened_too(office, archive, thread):  # noqa: F811
    arrive(archive, office.at, said(office.at, "v", "", ch.Media("voice", "v1")))
    row = Contact.objects.order_by("-number").first()
    media.transcribe(contact=row.pk, place=0, words="别再给我打电话了", by=office.lina, at=office.at)
    row.refresh_from_db()
    assert "stop_contact" in row.labels and "stop_contact" in row.files[0]["labels"]


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "文件名中"), ("en", "In its name")])
def test_the_page_shows_what_a_name_says(language, words, office, archive, thread, sign_in):  # noqa: F811
    sends_file(office, archive, "别再给我打电话.txt")
    page = sign_in(office.lina, language).get(reverse("thread", args=[thread.pk])).content.decode()
    assert words in page
