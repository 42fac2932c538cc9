"""A table says each thing once: of two lines for one key the first would be lost without a word."""

from __future__ import annotations

import ast
from collections import Counter

from tests.promises.house import SOURCE, tree


def test_no_table_in_the_source_has_a_key_twice():
    twice = [
        f"{path.relative_to(SOURCE)}:{node.lineno}: {key}"
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Dict)
        for key, n in Counter(ast.unparse(key) for key in node.keys if key is not None).items()
        if n > 1
    ]
    assert twice == []
