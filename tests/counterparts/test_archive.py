"""The archive: what members and customers said, opened with our keys; nothing dropped, whatever cannot be opened."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from shouyue.connectors import channel as ch
from shouyue.connectors.archive_library import library_of
from shouyue.connectors.rehearsal.library import RehearsedLibrary
from shouyue.connectors.wecom import archive as reading
from shouyue.connectors.wecom.archive import Archive, LibraryDied, LibraryRefused
from shouyue.connectors.wecom.native import NativeLibrary


@pytest.fixture
def who(wecom):
    return wecom.corp.accept(wecom.corp.add("cooperative", member="lina").id)


@pytest.fixture
def archive(wecom):
    def opened() -> Archive:
        settings = wecom.settings
        return settings.archive(library_of(settings))

    return opened


def everything(archive, cursor=""):
    page = archive.pull(cursor)
    return [event for payload in page.payloads for event in archive.parse(payload)]


def test_a_conversation_is_read_from_both_sides(wecom, archive, who, desk):
    wecom.corp.type("lina", "cooperative", "您好")
    wecom.corp.say("cooperative", "我周五还", member="lina")
    assert wecom.corp.stage.settle()
    assert [event.what for event in desk.of(ch.PullDue)] == ["archive"]
    ours, theirs = everything(archive())
    assert (ours.ours, ours.sender, ours.to, ours.text) == (True, "lina", (who,), "您好")
    assert (theirs.ours, theirs.sender, theirs.account) == (False, who, "lina")
    assert [ours.sequence, theirs.sequence] == [1, 2]


def test_the_archive_goes_on_from_its_cursor(wecom, archive, who):
    opened = archive()
    for n in range(5):
        wecom.corp.type("lina", "cooperative", str(n))
    first = opened.pull("", limit=2)
    assert (len(first.payloads), first.more) == (2, True)
    rest = opened.pull(first.cursor)
    assert (len(rest.payloads), rest.more, rest.cursor) == (3, False, "5")
    assert opened.pull(rest.cursor).payloads == ()


def test_a_new_key_does_not_lose_what_the_old_one_sealed(wecom, archive, who):
    wecom.corp.type("lina", "cooperative", "老钥匙")
    wecom.corp.new_archive_key()
    wecom.corp.type("lina", "cooperative", "新钥匙")
    assert [event.text for event in everything(archive())] == ["老钥匙", "新钥匙"]


def test_without_the_right_key_the_sealed_message_is_kept_and_flagged(wecom, archive, who):
    opened = archive()
    wecom.corp.new_archive_key()
    wecom.corp.type("lina", "cooperative", "谁也打不开")
    page = opened.pull("")
    (event,) = opened.parse(page.payloads[0])
    assert isinstance(event, ch.NotUnderstood)
    assert "no private key of version 2" in event.what
    assert json.loads(page.payloads[0])["encrypt_chat_msg"]
    assert page.cursor == "1"


def test_a_broken_message_does_not_stop_those_behind_it(wecom, archive, who):
    wecom.corp.mischief.broken_archive = 1
    wecom.corp.type("lina", "cooperative", "坏了")
    wecom.corp.type("lina", "cooperative", "好的")
    bad, good = everything(archive())
    assert isinstance(bad, ch.NotUnderstood)
    assert good.text == "好的"


def test_after_five_days_it_is_gone(wecom, archive, who):
    wecom.corp.type("lina", "cooperative", "六天前")
    opened = archive()
    wecom.corp.shift += timedelta(days=6)
    assert opened.pull("").payloads == ()


def test_what_was_taken_back_points_to_what_it_was(wecom, archive, who):
    said = wecom.corp.say("cooperative", "气话", member="lina")
    wecom.corp.recall("cooperative", said, member="lina")
    original, recalled = everything(archive())
    assert isinstance(recalled, ch.MessageRecalled)
    assert recalled.original == original.external_id


def test_consent_and_its_refusal_are_read(wecom, archive, who):
    wecom.corp.consent("cooperative", member="lina", agreed=True)
    wecom.corp.consent("cooperative", member="lina", agreed=False)
    said = everything(archive())
    assert [(event.agreed, event.external_userid, event.userid) for event in said] == [
        (True, who, "lina"),
        (False, who, "lina"),
    ]


def test_a_photograph_is_fetched_in_slices(wecom, archive, who):
    opened = archive()
    wecom.corp.say("cooperative", "image", member="lina")
    (event,) = everything(opened)
    (photo,) = event.media
    wecom.corp.files[photo.reference] = bytes(range(256)) * 5000  # 1.28 MB: three slices
    assert opened.fetch(photo) == bytes(range(256)) * 5000
    with pytest.raises(ch.MediaGone, match="larger"):
        opened.fetch(photo, largest=600_000)


def test_a_red_packet_is_seen(wecom, archive, who):
    wecom.corp.say("cooperative", "redpacket", member="lina")
    (event,) = everything(archive())
    assert (event.kind, event.text) == ("external_redpacket", "恭喜发财")


def plain(**message):
    base = {
        "action": "send",
        "from": "lina",
        "tolist": ["wm" + "a" * 30],
        "roomid": "",
        "msgtime": 1700000000123,
    }
    return json.dumps({"seq": 1, "msgid": "m1", "publickey_ver": 1, "plain": base | message}).encode()


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"msgtype": "link", "link": {"title": "标题", "description": "说明", "link_url": "http://a"}}, "标题 说明 http://a"),
        ({"msgtype": "file", "file": {"filename": "合同.pdf", "sdkfileid": "f"}}, "合同.pdf"),
        ({"msgtype": "docmsg", "doc": {"title": "表", "link_url": "u"}}, "表 u"),
        ({"msgtype": "markdown", "info": {"content": "# 好"}}, "# 好"),
        (
            {"msgtype": "mixed", "mixed": {"item": [{"type": "text", "content": '{"content":"一"}'}, {"type": "image", "content": "{}"}]}},
            "一",
        ),
        (
            {"msgtype": "chatrecord", "chatrecord": {"title": "记录", "item": [{"type": "ChatRecordText", "content": '{"content":"二"}'}]}},
            "记录\n二",
        ),
    ],
)  # fmt: skip
def test_words_are_found_in_every_kind_of_message(message, text):
    (event,) = reading.parse(plain(**message))
    assert event.text == text
    assert event.at.microsecond == 123000


@pytest.mark.parametrize(
    "payload",
    [
        plain(msgtype="hologram", hologram={}),
        plain(msgtype="text"),
        plain(action="dance"),
        plain(msgtype="mixed", mixed={"item": [{"type": "text", "content": "{"}]}),
        b"{}",
        b"nonsense",
        b"[1]",
    ],
)
def test_what_is_not_understood_is_kept_raw(payload):
    (event,) = reading.parse(payload)
    assert event.raw == payload
    assert isinstance(event, ch.NotUnderstood) or event.text == ""


def test_a_rehearsed_library_reads_from_this_machine_only():
    with pytest.raises(ValueError, match="not this machine"):
        RehearsedLibrary("http://archive.example.com")


# ── the adapter of the native library, over a small library with the same interface ─────────────────────────────
@pytest.fixture(scope="module")
def native(tmp_path_factory):
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler here to build the stand-in library with")
    built = tmp_path_factory.mktemp("sdk") / "libsdk.so"
    source = Path(__file__).with_name("sdk.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", built, source], check=True)
    return built


@pytest.fixture
def library(native):
    opened = NativeLibrary(native, corpid="ww", secret="right")
    yield opened
    opened.close()


def test_a_dead_child_is_one_bad_message_and_the_next_one_works(library):
    assert library.decrypt(b"key", "a message of length") == b"a message of length"
    first = library._child.pid
    with pytest.raises(LibraryDied):
        library.decrypt(b"key", "short")
    assert library.decrypt(b"key", "another long message") == b"another long message"
    assert library._child.pid != first


def test_the_librarys_own_errors_keep_their_codes(library):
    with pytest.raises(LibraryRefused) as refused:
        library.decrypt(b"wrong", "a message of length")
    assert refused.value.code == 10008
    with pytest.raises(LibraryRefused) as refused:
        library.media("gone", "")
    assert refused.value.code == 10009


def test_a_transient_code_is_tried_again(library):
    assert Archive(library, {}).pull("7") == ch.Page((), "7", False)


def test_what_stays_transient_is_said_with_its_code_in_the_end():
    class Tired:
        def chat_data(self, seq, limit):
            raise LibraryRefused("GetChatData", 10001)

    with pytest.raises(LibraryRefused) as refused:
        Archive(Tired(), {}).pull("")
    assert refused.value.code == 10001


def test_a_file_comes_in_slices(library):
    assert Archive(library, {}).fetch(ch.Media("image", "id")) == b"first-second"


def test_a_wrong_secret_is_said_at_the_first_question(native):
    library = NativeLibrary(native, corpid="ww", secret="wrong")
    with pytest.raises(LibraryRefused) as refused:
        library.chat_data(0, 10)
    assert refused.value.code == 10000


def test_a_library_that_is_not_there_dies_at_once(tmp_path):
    library = NativeLibrary(tmp_path / "none.so", corpid="ww", secret="right")
    with pytest.raises(LibraryDied):
        library.chat_data(0, 10)
