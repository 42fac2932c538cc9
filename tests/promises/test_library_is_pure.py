"""House rules that imports cannot state."""

import subprocess
import sys

LIBRARY = ["terms", "clocks", "screening", "policy", "packs", "evidence", "casework"]


def test_the_library_imports_without_django_or_network():
    """Each library package imports in a process in which Django, httpx and psycopg do not exist."""
    block = "import sys\nfor name in ('django','httpx','psycopg','sqlite3'): sys.modules[name]=None\n"
    code = block + "\n".join(f"import shouyue.{name}" for name in LIBRARY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
