"""What a channel holds for us is fetched, told or not; a channel that is silent keeps no other from being asked."""

import pytest

from shouyue.connectors.channel import ConnectorDown, Page
from shouyue.desk.messages import channels
from shouyue.desk.messages.models import RawEvent
from shouyue.desk.outbox import reads
from shouyue.desk.worker.run import UnableToFinish, tick

pytestmark = pytest.mark.django_db(transaction=True)


class Shelf:
    """A channel that holds payloads, two to a page."""

    def __init__(self, *payloads, down=False):
        self.payloads, self.down = payloads, down

    def pull(self, cursor, token=""):
        if self.down:
            raise ConnectorDown("no answer")
        here = int(cursor or 0)
        return Page(
            payloads=self.payloads[here : here + 2], cursor=str(here + 2), more=here + 2 < len(self.payloads)
        )

    def parse(self, payload):
        return ()


@pytest.fixture
def shelves(office):
    channels.connect("archive", pulls=Shelf(down=True))
    channels.connect("kf", pulls=Shelf(b"one", b"two", b"three"))
    yield
    channels.disconnect_all()


def test_the_schedule_fetches_everything_once_and_says_who_was_silent(office, shelves):
    for _ in range(2):
        with pytest.raises(UnableToFinish, match="archive: no answer"):
            tick(at=office.at, only=["look"])
    assert RawEvent.objects.count() == 3
    assert "archive: no answer" in reads.strikes()["look"][2]
    assert {row.what for row in reads.pending()} == {"event_received"}
