"""Both languages are complete; every state has a look; slices' sentences are recognised."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils import translation

import shouyue
from shouyue.desk.console import states
from shouyue.desk.console.sentences import GAP, SENTENCES, in_page_language
from shouyue.desk.console.tags import leaf_word
from shouyue.desk.people.reads import MAY
from shouyue.evidence.leaf import SUBJECTS
from shouyue.terms import Channel, PartyRole, Purpose

CONSOLE = Path(shouyue.__file__).parent / "desk/console"


def test_every_english_sentence_has_its_chinese():
    with (CONSOLE / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file)
    empty = [
        m.id for m in catalogue if m.id and not (m.string if isinstance(m.string, str) else all(m.string))
    ]
    assert not empty
    wrong = [
        m.id
        for m in catalogue
        if m.id
        and isinstance(m.string, str)
        and set(GAP.findall(str(m.id))) != set(GAP.findall(m.string))
        and m.string
        and "friend request: from" not in m.id
    ]
    assert not wrong


@pytest.mark.parametrize("process", ["friend_request", "approval", "contact", "matter"])
def test_every_state_has_a_word_an_icon_and_a_tone(process):
    for language in ("zh-hans", "en"):
        with translation.override(language):
            for state in states.states_of(process):
                look = states.look(process, state)
                assert look.word
                assert look.icon
                assert look.tone in {"ok", "warn", "stop", "info", "quiet"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("the person who asked cannot decide; a second person must", "申请人不得自行审批，须由他人决定。"),
        ("this was already decided: granted", "此事已有结果：已批准"),
        (
            "only 李娜 writes in this thread; ask them, or have it handed over",
            "本会话只能由 李娜 发送，请联系其本人或办理移交。",
        ),
        ("something nobody foresaw", "something nobody foresaw"),
    ],
)
def test_slices_sentences_are_said_in_the_language_of_the_page(said, told):
    with translation.override("zh-hans"):
        assert in_page_language(said) == told
    with translation.override("en"):
        assert in_page_language(said) == said


def test_each_sentence_is_recognised_with_its_gaps_filled():
    for sentence in SENTENCES:
        filled = GAP.sub(lambda gap: f"<{gap[1]}>", sentence)
        with translation.override("zh-hans"):
            told = in_page_language(filled)
        assert told != filled, sentence


def test_every_channel_role_and_purpose_has_a_chinese_word():
    from shouyue.desk.console import tags

    with translation.override("zh-hans"):
        for channel in Channel:
            assert tags.channel(channel) != str(channel)
        for role in PartyRole:
            assert not tags.party_role(role).isascii()
        for purpose in Purpose:
            assert not tags.purpose(purpose).isascii()


def test_every_place_names_an_act_that_somebody_may_do():
    from shouyue.desk.console.frame import PLACES

    assert all(MAY[place.act] for place in PLACES)


def test_whatever_an_entry_of_the_log_is_about_has_a_word_in_both_languages():
    for about in SUBJECTS:
        with translation.override("en"):
            english = leaf_word(f"{about}/act")
        with translation.override("zh-hans"):
            assert leaf_word(about) != english, about
