"""What does it say? Every message read before it leaves and as it arrives: identifiers, wording, conduct.

from shouyue.screening import screen
screen("明天带人去你单位", direction="outbound").labels
"""

from shouyue.screening.finding import Finding, Kind, Parties, Screening
from shouyue.screening.lexicon import Lexicon
from shouyue.screening.privacy import mask
from shouyue.screening.reading import screen, screen_many

__all__ = ["Finding", "Kind", "Lexicon", "Parties", "Screening", "mask", "screen", "screen_many"]
