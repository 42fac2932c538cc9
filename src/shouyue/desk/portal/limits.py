"""How often one address may ask. The count is shared by all processes through the cache."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache

TRIES, WITHIN = 30, 600  # writing requests from one address in so many seconds; four times as many may read


def too_many(request: Any) -> bool:
    """Count this request; whether its address has asked too often."""
    key = f"portal:{request.META.get('REMOTE_ADDR', '')}:{int(request.at.timestamp()) // WITHIN}"
    cache.add(key, 0, WITHIN)
    return bool(cache.incr(key) > TRIES * (1 if request.method == "POST" else 4))
