"""The models that come with Shouyue: whole, bounded, explained, and the same when trained again."""

import json
import re
from collections import Counter, defaultdict
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.screening import screen, train
from shouyue.screening.fold import fold
from shouyue.screening.model import DATA, PART, Damaged, judge, load, model, parts
from tests.shared import shared


@pytest.mark.parametrize("name", ["outbound", "inbound", "offence"])
def test_whole_and_small(name):
    raw = (DATA / f"{name}.model").read_bytes()
    assert len(raw) < 3_000_000
    assert load(raw).version == model(name).version


@pytest.mark.parametrize(
    "harm",
    [
        lambda raw: raw[:-1],
        lambda raw: raw.replace(b'"labels"', b'"tables"', 1),
        lambda raw: b"{}\n",
        lambda raw: b"",
    ],
)
def test_a_damaged_file_is_refused(harm):
    with pytest.raises(Damaged):
        load(harm((DATA / "outbound.model").read_bytes()))


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=200) | st.text(alphabet="你再不还钱🐶🚗abfyuan，。“” \u200b", max_size=200),
    st.booleans(),
)
def test_any_text_gives_findings_inside_it(text, outbound):
    for found in judge(fold(text), outbound=outbound):
        assert 0 <= found.start <= found.end <= len(text)
        assert 0.5 <= found.certainty <= 1
        assert all(weight > 0 for _, weight in found.grounds)


def spelled_out(known, text, context=()):
    """The scores of one text as the head of model.py says them, weight by weight."""
    seen = known.weigh(fold(text), context)
    share = known.scale / max(len(seen.runs), 1) ** 0.5
    return [
        bias
        + share * sum(known.weights[row][label].item() for row in seen.runs)
        + sum(value * known.weights[row][label].item() for row, value in seen.values.items())
        for label, bias in enumerate(known.head["bias"])
    ]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *"你家还钱打死我贷不，。\n🐶",
                "再不还钱就",
                "谢谢您的理解与配合，",
                "fayuan",
                "13800138000",
                "“",
            ]
        ),
        max_size=25,
    ).map("".join),
    st.sampled_from(["outbound", "inbound", "offence"]),
    st.booleans(),
)
def test_whole_and_parts_are_scored_at_once_as_they_would_be_one_by_one(text, name, earlier):
    known = model(name)
    context = ({"from": "", "text": "明天再不还就去你家"},) if earlier else ()
    seen = known.weigh(fold(text), context)
    whole, *others = (
        spelled_out(known, text, context),
        *map(partial(spelled_out, known), parts(seen.read.text) if known.signs else ()),
    )
    expected = [
        max(each) for each in zip(whole, *([score - PART for score in one] for one in others), strict=True)
    ]
    assert known.scores(seen) == pytest.approx(expected, abs=1e-4)


def test_a_long_text_is_bounded():
    assert judge(fold("再不还钱就打断你的腿。" * 100_000), outbound=True)


def test_grounds_are_words_of_the_message():
    found = next(
        one for one in judge(fold("再不还钱，明天去你单位拉横幅"), outbound=True) if one.label == "shaming"
    )
    assert found.grounds
    assert all(word in "再不还钱，明天去你单位拉横幅" for word, _ in found.grounds)
    assert found.say == ""  # speech.judge adds it


@pytest.mark.parametrize(
    "text",
    [
        "我不想活了",
        "我想死",
        "遗书都写好了",
        "xiang si",
        "站在天台上，跳下去就解脱了",
        "I want to end it all, kill myself",
    ],
)
def test_distress_is_never_missed(text):
    assert "vulnerable" in screen(text, direction="inbound").labels


@pytest.mark.parametrize("text", ["不要再给我打电话了", "退订", "Stop calling me", "以后别再联系我"])
def test_stop_is_never_missed(text):
    assert "stop_contact" in screen(text, direction="inbound").labels


@pytest.mark.parametrize(
    "text", ["我们不会联系您的家人", "您好，请问您什么时候方便还款？", "好的，收到，谢谢您"]
)
def test_harmless_words_are_not_blocked(text):
    found = screen(text, direction="outbound").findings
    assert not [one for one in found if one.label and one.certainty >= 0.9]


def two_by_two(text):
    plain = re.sub(r"\W", "", text.lower())
    return {plain[i : i + 2] for i in range(len(plain) - 1)}


class Known:
    """Texts that others must not be nearly: nearly is to share 45 % of all pairs of characters."""

    def __init__(self, texts):
        self.texts = [(text, two_by_two(text)) for text in texts]
        self.standing = defaultdict(list)  # pair → the texts in which it stands
        for n, (_, pairs) in enumerate(self.texts):
            for pair in pairs:
                self.standing[pair].append(n)

    def nearly(self, text):
        ours = two_by_two(text)
        shared = Counter(n for pair in ours for n in self.standing.get(pair, ()))
        return [
            self.texts[n][0]
            for n, size in shared.items()
            if len(ours) >= 4 and size > 0.45 * (len(ours) + len(self.texts[n][1]) - size)
        ]


def test_nearly_the_same_is_seen():
    known = Known(["明天再不还钱就去你单位拉横幅", "好的"])
    assert known.nearly("明天再不还，就去你单位拉横幅") and known.nearly("明天不还钱就去单位拉横幅！")
    assert not known.nearly("明天上午十点到网点签字") and not known.nearly("好的")


def test_our_own_messages_are_well_formed():
    for outbound in (True, False):
        assert len({one.hand for one in train.invented(outbound=outbound)}) > 4
        assert len(train.invented(outbound=outbound)) > 500


def test_none_of_our_own_messages_is_nearly_one_of_the_development_split():
    """Ours are always in training: a copy would make cross-validated figures better than they are."""
    path = shared("data/collection_chat/dev.jsonl")
    for outbound in (True, False):
        theirs = Known([one.text for one in train.labelled(path, outbound=outbound)])
        assert not [one.text for one in train.invented(outbound=outbound) if theirs.nearly(one.text)]


@pytest.mark.parametrize("name", ["distress", "distress-near", "other-author", "other-hands"])
def test_no_message_of_ours_is_nearly_one_that_is_only_measured_with(name):
    path = Path(__file__).parents[2] / f"bench/{name}.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for outbound in (True, False):
        direction = "out" if outbound else "in"
        measured = Known([row["text"] for row in rows if row["direction"] == direction])
        assert not [one.text for one in train.invented(outbound=outbound) if measured.nearly(one.text)]


def test_training_again_gives_the_same_file():
    path = shared("data/collection_chat/dev.jsonl")
    examples, own = train.labelled(path, outbound=False)[:200], train.invented(outbound=False)[:100]
    first, again = (train.conduct(examples, own, outbound=False).raw for _ in range(2))
    assert first == again


def test_the_shipped_files_are_those_of_the_shipped_data():
    path = shared("data/collection_chat/dev.jsonl")
    for outbound in (True, False):
        every = [*train.labelled(path, outbound=outbound), *train.invented(outbound=outbound)]
        head = json.loads((DATA / f"{'out' if outbound else 'in'}bound.model").read_bytes().split(b"\n")[0])
        assert head["trained_on"]["data"] == train.digest_of(every), "run shouyue train-screening"
