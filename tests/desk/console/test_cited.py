"""Citations in the language of the page: the instrument's own title on Chinese pages, an English one on English pages."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from shouyue.desk.console.tags import cited
from shouyue.desk.rulebook.reads import loaded
from shouyue.policy.pack import pack_names

CHINESE = re.compile(r"[一-鿿]")


@pytest.mark.parametrize("pack", pack_names())
def test_no_rule_is_cited_in_chinese_on_an_english_page(pack):
    known = loaded(pack, "{}")
    said = [rule.citation for rule in known.rules]
    said += [due.citation for due in (known.procedures.dues if known.procedures else ())]
    assert said
    with override("en"):
        left = {cited(one) for one in said if CHINESE.search(cited(one))}
    assert not left
    with override("zh-hans"):
        assert [cited(one) for one in said] == said
