"""Templates of papers: a field that does not exist is refused with its place, and no amount is written without its day."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copytree

import pytest

from shouyue.casework.track import Track
from shouyue.policy.pack import load_pack
from shouyue.policy.papers import FIELDS, filled
from shouyue.policy.reading import PackError

CN = load_pack("cn")


def test_the_five_papers_are_there_with_their_law():
    assert set(CN.papers) == {
        "demand_letter", "statement_of_claim", "evidence_list", "enforcement_application", "guarantee_demand",
    }  # fmt: skip
    for paper in CN.papers.values():
        assert paper.citation and set(paper.tracks) <= set(Track)
        assert paper.blocks[0].kind == "title"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{{ overdue_since }}起未按期", "{{ overdue_sinse }}起未按期", "no field 'overdue_sinse'; did you mean overdue_since"),
        ("{{ debtor }}向原告", "{{ debtor.password }}向原告", "no field 'debtor.password'"),
        ("{{ debtor }}向原告", "{% for x in y %}向原告", "a brace is left over"),
        ("of: defendants", "of: neighbours", "no list 'neighbours'"),
        ("field: pages", "field: secrets", "no field 'secrets'"),
        ("to: guarantor", "to: employer", "'to' is one of"),
        ("- {head: 诉讼请求}", "- {heading: 诉讼请求}", "unknown key 'heading'"),
    ],
)  # fmt: skip
def test_a_template_with_what_does_not_exist_is_refused_with_file_and_line(tmp_path: Path, old, new, says):
    copytree(CN.folder, tmp_path / "cn")
    file = tmp_path / "cn" / "papers.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(PackError, match=r"papers\.yaml:\d+: ") as refused:
        load_pack(tmp_path / "cn")
    assert says in str(refused.value)


def test_no_words_of_a_template_name_a_sum_themselves():
    """Sums come from fields only, and a field of money carries its day (`sum_as_of`)."""
    for paper in CN.papers.values():
        for block in paper.blocks:
            assert not re.search(r"\d[\d,.]*\s*元", block.words)


def test_a_field_without_a_value_is_an_error_and_no_blank():
    with pytest.raises(KeyError):
        filled("{{ lender }}与{{ party }}", {"lender": "甲"})
    assert set(FIELDS.values()) == {"text", "date", "money"}
