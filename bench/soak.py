"""`python -m bench.soak [ROUNDS]`: kill the ledger while it seals, integrates and publishes, and look at what is left.

A child seals, integrates and publishes as fast as it can and says so after each commit; after a few milliseconds it is killed
(-9). Then: every entry it was answered for is in the log, no size has two roots, and nothing published was ever taken back.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from datetime import UTC, datetime

from bench.evidence import empty_desk


def child(out: int, seed: int) -> None:
    from django.db import transaction

    from shouyue.desk.ledger import actions

    draw = random.Random(seed)
    while True:
        at = datetime.now(UTC)
        count = draw.choice((1, 1, 1, 5, 40))
        facts = [actions.Fact("audit", f"s{draw.randrange(5)}", None, {"act": "x"}) for _ in range(count)]
        if draw.random() < 0.3:
            hashes = [place.hash for place in actions.seal_at_once(facts, by="soak", at=at)]
        else:
            with transaction.atomic():
                hashes = [one.hash for one in actions.seal_many(facts, by="soak", at=at)]
        os.write(out, "".join(one.hex() + "\n" for one in hashes).encode())
        if draw.random() < 0.5:
            actions.integrate(by="soak", at=at, most=draw.choice((3, 4096)))
        if draw.random() < 0.4:
            actions.publish(by="soak", at=at)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    draw = random.Random(time.time_ns())
    with empty_desk():
        from django.conf import settings
        from django.db import connection

        from shouyue.desk.ledger import reads
        from shouyue.desk.ledger.files import LogFiles
        from shouyue.desk.ledger.models import Leaf
        from shouyue.evidence.checkpoint import Checkpoint, Note
        from shouyue.evidence.tree import tree_root

        answered: set[str] = set()
        roots: dict[int, bytes] = {}
        newest = 0
        began = time.monotonic()
        for number in range(1, rounds + 1):
            connection.close()
            here, there = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(here)
                try:
                    child(there, number)
                finally:
                    os._exit(9)
            os.close(there)
            time.sleep(draw.uniform(0.005, 0.25))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            with os.fdopen(here) as said:
                answered |= {row.strip() for row in said.read().split("\n")[:-1]}
            reads.check_edge()
            note = LogFiles(settings.LOG_FILES).read("checkpoint")
            if note:
                head = Checkpoint.parse(Note.parse(note).text)
                assert head.size >= newest, f"published {newest}, then {head.size}"
                assert roots.setdefault(head.size, head.root) == head.root, f"two roots for {head.size}"
                newest = head.size
            if number % 100 == 0 or number == rounds:
                kept = {bytes(one).hex() for one in Leaf.objects.values_list("hash", flat=True)}
                assert answered <= kept, f"{len(answered - kept)} answered entries are lost"
                check = reads.verify_log()
                assert check.ok, check.problems
                read = reads.tiles()
                assert all(tree_root(size, read) == root for size, root in roots.items()), (
                    "a published root was replaced"
                )
                print(
                    f"{number} kills in {time.monotonic() - began:.0f} s: {len(answered)} answered, {len(kept)} in the log, "
                    f"{len(roots)} published sizes seen, none lost, no fork",
                    flush=True,
                )


if __name__ == "__main__":
    main()
