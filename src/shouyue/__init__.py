"""Shouyue 守约: every contact allowed before it leaves, recorded as it happens, provable afterwards."""

__version__ = "0.1.0"
