"""`shouyue worker`: the process that does what must follow."""

from __future__ import annotations

import logging
import os
import signal
import threading
from datetime import timedelta

import click


@click.command()
@click.option(
    "--dead-after", default=60.0, show_default=True, help="Seconds of silence after which a worker is dead."
)
@click.option("--at-once", default=0, help="Batches worked on at the same time; 0 chooses for the database.")
@click.option("--quiet", is_flag=True, help="Say nothing but warnings.")
def worker(dead_after: float, at_once: int, quiet: bool) -> None:
    """Do what must follow: messages to understand and to send, deadlines, the log's checkpoints.

    Start as many as you like, on one machine or many, against one database. SIGTERM or Ctrl-C stops cleanly: what is in
    hand is finished, the rest waits for another worker.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shouyue.desk.settings")
    import django

    django.setup()
    if not quiet:
        logging.getLogger("shouyue.worker").setLevel(logging.INFO)
    from shouyue.desk.messages.channels import connect_all
    from shouyue.desk.worker.engine import Worker, warm

    connect_all()
    hands = Worker(
        dead_after=timedelta(seconds=dead_after), beat_every=min(5.0, dead_after / 4), at_once=at_once
    )
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: hands.stop())
    threading.Thread(target=warm, name="warm", daemon=True).start()
    hands.run()
