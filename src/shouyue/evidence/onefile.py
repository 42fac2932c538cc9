"""The verifier as one readable Python file, made of the very modules that the desk uses."""

from __future__ import annotations

import ast
from importlib.resources import files

MODULES = (
    *("tree", "leaf", "sm2", "checkpoint", "proof", "thread", "timestamp", "ots"),
    *("trust", "container", "scan", "verify", "standalone"),
)

HEAD = '''#!/usr/bin/env python3
"""Check a Shouyue evidence package offline: python3 shouyue_verify.py PACKAGE.zip

核验守约证据包，无需联网。Needs Python 3.11 and the package `cryptography`; trusts nothing else.
Licence: Apache-2.0. Made from the modules named below, in this order, unchanged but for their imports of each other.
"""

from __future__ import annotations
'''

TAIL = """

if __name__ == "__main__":
    from datetime import datetime as _clock

    sys.exit(run(sys.argv[1:], _clock.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")))
"""


def python_verifier() -> bytes:
    """The file's bytes; the same for the same version of Shouyue."""
    rows: list[str] = [HEAD]
    for name in MODULES:
        source = (files("shouyue.evidence") / f"{name}.py").read_text("utf-8")
        kept = source.split("\n")
        for node in ast.parse(source).body:
            ours = isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                ("shouyue", "__future__")
            )
            if ours:
                for line in range(node.lineno - 1, node.end_lineno or node.lineno):
                    kept[line] = ""
        rows.append(f"\n# ── {name} " + "─" * (100 - len(name)) + "\n\n" + "\n".join(kept).strip("\n") + "\n")
    return ("".join(rows) + TAIL).encode()


def html_verifier() -> bytes:
    """One page that checks a package dropped on it, offline."""
    return (files("shouyue.evidence") / "verify.html").read_bytes()
