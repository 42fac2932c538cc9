"""What came is kept whole: files byte for byte, both forms of what was taken back, and a package of it all that a court checks."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shouyue.connectors import channel as ch
from shouyue.connectors.signing import UnableToSign
from shouyue.desk.ledger import reads as ledger
from shouyue.desk.ledger.export import UnableToExport
from shouyue.desk.matters.actions import stream_of
from shouyue.desk.messages import channels, inbound, media
from shouyue.desk.messages.evidence import hand_out
from shouyue.desk.messages.models import Contact
from shouyue.desk.parties import actions as parties
from shouyue.desk.vault import originals
from shouyue.desk.vault.actions import destroy_key
from shouyue.desk.worker.run import UnableToFinish, drain
from shouyue.evidence.container import unpack
from shouyue.evidence.verify import verify
from shouyue.terms import Channel
from tests.evidence.specimen import PICTURE
from tests.office import Wire

pytestmark = pytest.mark.django_db(transaction=True)

VOICE = b"#!AMR\n" + bytes(range(256)) * 9


class Archive(Wire):
    """A channel that names files, and gives them out: at once, later, or never."""

    files: dict[str, Any]

    def fetch(self, one: ch.Media) -> bytes:
        found = self.files[one.reference]
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def archive(office):
    wire = Archive(Channel.WECOM)
    wire.files = {
        "v1": VOICE,
        "p1": PICTURE,
        "later": ch.ConnectorDown("busy"),
        "never": ch.MediaGone("expired"),
    }
    channels.connect("wecom", sends=wire, door=wire, parse=wire.parse)
    parties.bind_account(
        party=office.debtor(), channel="wecom", external_id="wmZhangWei", method="friend_request_proof",
        confidence="0.95", by="test", at=office.at,
    )  # fmt: skip
    yield wire
    channels.disconnect_all()


@pytest.fixture
def thread(office, archive):
    from shouyue.desk.matters import actions as matters
    from shouyue.terms import Purpose

    return matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NEGOTIATION, channel=Channel.WECOM,
        account="lina", owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip


def arrive(archive: Archive, at: Any, event: ch.Event, *, act: bool = True) -> None:
    payload = f"{event!r}".encode()
    archive.events[payload] = (replace(event, raw=payload),)
    inbound.receive(connector="wecom", payload=payload, by="callback", at=at)
    if act:
        drain(at=at)


def said(at: Any, id: str, text: str = "", *media_: ch.Media, **more: Any) -> ch.MessageArrived:
    words = {"account": "lina", "sender": "wmZhangWei", "to": ("lina",), **more}
    return ch.MessageArrived(
        external_id=id, channel=Channel.WECOM, at=at, raw=b"", text=text, media=media_, **words
    )


def kinds(thread: Any) -> list[str]:
    panel = ledger.panel(stream_of(thread))
    return [row.kind for row in reversed(panel.rows)] if panel else []


def test_a_file_is_fetched_kept_byte_for_byte_and_sealed_in_its_thread(office, archive, thread):
    arrive(archive, office.at, said(office.at, "m1", "", ch.Media("voice", "v1", md5="wrong", seconds=7)))
    (one,) = Contact.objects.get(number=1).files
    assert one["sha256"] == hashlib.sha256(VOICE).hexdigest()
    assert originals.fetch(one["sha256"], subject=office.debtor().pk) == VOICE
    assert kinds(thread)[-1] == "document/media"
    media.fetch(contact=Contact.objects.get(number=1).pk, by="again", at=office.at)
    assert kinds(thread).count("document/media") == 1


def test_a_member_s_own_file_is_kept_too(office, archive, thread):
    one = said(office.at, "m2", "见图", ch.Media("image", "p1"), sender="lina", to=("wmZhangWei",), ours=True)
    arrive(archive, office.at, one)
    assert Contact.objects.get(number=1).files[0]["size"] == len(PICTURE)


def test_a_file_that_cannot_be_had_is_no_secret_and_one_that_cannot_be_had_yet_is_asked_for_again(
    office, archive, thread
):
    arrive(archive, office.at, said(office.at, "m3", "", ch.Media("image", "never")))
    assert kinds(thread)[-1] == "document/media_gone"
    assert Contact.objects.get(number=1).files[0]["gone"] == "expired"
    with pytest.raises(UnableToFinish):
        arrive(archive, office.at, said(office.at, "m4", "", ch.Media("voice", "later")))
    archive.files["later"] = VOICE
    drain(at=office.at + timedelta(hours=1))
    assert Contact.objects.get(number=2).files[0]["sha256"]


def test_a_recall_and_an_edit_keep_both_forms(office, archive, thread):
    arrive(archive, office.at, said(office.at, "m5", "我没钱，别找我"))
    arrive(archive, office.at, said(office.at, "m6", "先还五百"))
    arrive(
        archive,
        office.at,
        ch.MessageRecalled(
            external_id="r1", channel=Channel.WECOM, account="lina", at=office.at, raw=b"",
            sender="wmZhangWei", original="m5",
        ),
    )  # fmt: skip
    arrive(
        archive,
        office.at,
        ch.MessageEdited(
            external_id="e1", channel=Channel.WECOM, account="lina", at=office.at, raw=b"",
            sender="wmZhangWei", original="m6", text="先还三百",
        ),
    )  # fmt: skip
    first, second = Contact.objects.order_by("number")
    assert (first.text, first.recalled_at) == ("我没钱，别找我", office.at)
    assert (second.text, second.later_text) == ("先还五百", "先还三百")
    assert kinds(thread)[-2:] == ["recall/recalled", "recall/edited"]


def test_a_transcript_is_derived_and_the_recording_stays(office, archive, thread):
    arrive(archive, office.at, said(office.at, "m7", "", ch.Media("voice", "v1")))
    row = Contact.objects.get(number=1)
    with pytest.raises(media.UnableToTranscribe, match="write down"):
        media.transcribe(contact=row.pk, place=0, words=" ", by=office.lina, at=office.at)
    with pytest.raises(media.UnableToTranscribe, match="not kept"):
        media.transcribe(contact=row.pk, place=3, words="x", by=office.lina, at=office.at)
    media.transcribe(contact=row.pk, place=0, words="我下周一还", by=office.lina, at=office.at)
    assert Contact.objects.get(number=1).files[0]["heard"]["words"] == "我下周一还"
    assert kinds(thread)[-1] == "document/transcript"


def test_looking_at_an_original_is_sealed_with_digests_before_and_after(office, archive, thread):
    arrive(archive, office.at, said(office.at, "m8", "", ch.Media("image", "p1", name="证件.png")))
    row = Contact.objects.get(number=1)
    name, body = media.open_original(contact=row.pk, place=0, reason="核对", by=office.lina, at=office.at)
    assert (name, body) == ("证件.png", PICTURE)
    panel = ledger.panel(f"custody:{stream_of(thread)}")
    assert panel and panel.rows[0].kind == "access/original"


def test_what_nobody_recognised_brings_its_files_when_it_is_placed(office, archive, thread):
    arrive(archive, office.at, said(office.at, "m9", "是我", ch.Media("image", "p1"), sender="wmNobody"))
    row = Contact.objects.get(sender__isnull=False, thread=None)
    inbound.place(
        contact=row.pk, matter=office.matter(), party=office.debtor(), by=office.wangmin, at=office.at
    )
    assert kinds(thread)[-2:] == ["msg.in/placed", "document/media"]
    assert originals.fetch(hashlib.sha256(PICTURE).hexdigest(), subject=office.debtor().pk) == PICTURE


@pytest.fixture
def spoken(office, archive, thread):
    arrive(archive, office.at, said(office.at, "a", "你好", ch.Media("image", "p1", name="证件.png")))
    arrive(archive, office.at, said(office.at, "b", "", ch.Media("voice", "v1")))
    media.transcribe(
        contact=Contact.objects.get(number=2).pk, place=0, words="下周还", by=office.lina, at=office.at
    )
    return thread


def test_the_package_of_a_thread_holds_it_whole_and_passes(office, spoken):
    chen = (
        office.staff["chen"]
        if "chen" in office.staff
        else next(s for s in office.staff.values() if s.role == "legal")
    )
    with pytest.raises(UnableToExport, match="may not hand out"):
        hand_out(about=spoken, reason="立案举证", tool="test", by=office.lina, at=office.at)
    with pytest.raises(UnableToExport, match="few words"):
        hand_out(about=spoken, reason=" ", tool="test", by=chen, at=office.at)
    row, made = hand_out(about=spoken, reason="立案举证", tool="test", by=chen, at=office.at)
    files = unpack(made.package)
    report = verify(files, at="T")
    assert report.exit_code == 0, report.words("en")
    held = {data for name, data in files.items() if name.startswith("02-original/")}
    assert {PICTURE, VOICE, "你好".encode(), "下周还".encode()} <= held
    assert any(b"MessageArrived" in data for data in held)  # the raw bytes of the channel
    listed = json.loads(files["01-list.json"])
    assert {"purpose", "source", "pages", "sha256", "sm3", "copies"} <= listed["evidence"][0].keys()
    assert all(one["pages"] for one in listed["evidence"])
    titles = [one["name"] for one in listed["evidence"]]
    assert any("身份核验与账号绑定" in title for title in titles)
    assert all(
        files[name].startswith(b"%PDF") for name in ("00-read-me.pdf", "01-list.pdf", "03-view/book.pdf")
    )
    assert {"heartbeats", "operators", "alarms", "silences"} == json.loads(
        files["10-system/health.json"]
    ).keys()
    custody = json.loads(files["11-extraction/custody.json"])
    assert custody[stream_of(spoken)]["entries"] == len(kinds(spoken))
    # a second export shows the first one in its record of custody
    _, again = hand_out(about=spoken.matter, reason="补充举证", tool="test", by=chen, at=office.at)
    report = verify(unpack(again.package), at="T")
    assert report.exit_code == 0, report.words("zh")
    assert any(title.startswith("保管记录") for _, title, _ in report.threads)
    assert [one.pk for one in ledger.handed_out(stream_of(spoken))] == [row.pk]


def test_the_identity_stream_shows_bindings_and_withholds_the_rest(office, spoken):
    chen = next(s for s in office.staff.values() if s.role == "legal")
    _, made = hand_out(about=spoken, reason="立案举证", tool="test", by=chen, at=office.at)
    files = unpack(made.package)
    tag = ledger.tag_of(f"party:{office.debtor().pk}")
    shown = [json.loads(data) for name, data in files.items() if name.startswith(f"04-entries/{tag}/")]
    open_ = [one for one in shown if any("salt" in part for part in one["parts"])]
    assert 0 < len(open_) < len(shown)
    assert all(
        json.loads(one["entry"])["a"] in ("bind_account", "identity_proved", "given", "withdrawn")
        for one in open_
    )


def test_an_account_taken_from_the_person_is_in_the_package_with_its_reason(office, spoken):
    (account,) = office.debtor().accounts.all()
    parties.unbind_account(account=account.pk, why="核实为他人微信", by=office.wangmin, at=office.at)
    chen = next(s for s in office.staff.values() if s.role == "legal")
    _, made = hand_out(about=spoken, reason="立案举证", tool="test", by=chen, at=office.at)
    files = unpack(made.package)
    assert verify(files, at="T").exit_code == 0
    tag = ledger.tag_of(f"party:{office.debtor().pk}")
    entries = [data for name, data in files.items() if name.startswith(f"04-entries/{tag}/")]
    (unbound,) = [one for one in entries if json.loads(json.loads(one)["entry"])["a"] == "unbind_account"]
    assert "核实为他人微信" in json.dumps(json.loads(unbound), ensure_ascii=False)


def test_after_erasure_the_files_cannot_be_read_and_the_package_still_passes(office, spoken):
    chen = next(s for s in office.staff.values() if s.role == "legal")
    destroy_key(subject=office.debtor().pk, by="test", at=office.at)
    with pytest.raises(originals.NoSuchOriginal, match="destroyed"):
        originals.fetch(hashlib.sha256(PICTURE).hexdigest(), subject=office.debtor().pk)
    _, made = hand_out(about=spoken, reason="立案举证", tool="test", by=chen, at=office.at)
    files = unpack(made.package)
    assert verify(files, at="T").exit_code == 0
    assert PICTURE not in files.values()


def test_our_copy_of_a_package_is_destroyed_after_a_day(office, spoken):
    from shouyue.desk.ledger.actions import clear_packages, take_package

    chen = next(s for s in office.staff.values() if s.role == "legal")
    row, made = hand_out(about=spoken, reason="立案举证", tool="test", by=chen, at=office.at)
    assert take_package(package=row.pk, by=chen, at=office.at)[1] == made.package
    assert clear_packages(by="clock", at=office.at + timedelta(hours=23)) == 0
    assert clear_packages(by="clock", at=office.at + timedelta(hours=25)) == 1
    with pytest.raises(originals.NoSuchOriginal):
        take_package(package=row.pk, by=chen, at=office.at)


def test_with_a_certificate_every_paper_of_a_package_is_signed_and_stamped_and_it_still_passes(
    office, spoken, settings, tmp_path
):
    from io import BytesIO

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
    from pyhanko.pdf_utils.reader import PdfFileReader

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Seal")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(office.at - timedelta(days=1)).not_valid_after(
        office.at + timedelta(days=999)
    )
    file = tmp_path / "sign.p12"
    whole = pkcs12.serialize_key_and_certificates(
        b"seal", key, made.sign(key, hashes.SHA256()), None, BestAvailableEncryption(b"password")
    )
    file.write_bytes(whole)
    file.with_name("sign.p12.password").write_text("password")
    settings.PDF_KEY, settings.LOG_TIME_URLS = str(file), ["own:"]
    chen = next(s for s in office.staff.values() if s.role == "legal")
    _, exported = hand_out(about=spoken, reason="立案举证", tool="test", by=chen, at=office.at)
    files = unpack(exported.package)
    assert verify(files, at="T").exit_code == 0
    for paper in ("00-read-me.pdf", "01-list.pdf", "03-view/book.pdf"):
        (signature,) = PdfFileReader(BytesIO(files[paper])).embedded_signatures
        assert signature.signer_cert.subject.native["common_name"] == "Seal"
        told = {one["type"].native for one in signature.signer_info["unsigned_attrs"]}
        assert "signature_time_stamp_token" in told
    settings.PDF_KEY = str(tmp_path / "gone.p12")
    with pytest.raises(UnableToSign, match="is missing"):
        hand_out(about=spoken, reason="立案举证", tool="test", by=chen, at=office.at)
