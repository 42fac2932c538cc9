"""HOW DO MATTERS STAND? From a collector's own record of events to the facts that the rules of the `us` pack ask for.

The record is plain data in the words of `docs/reference/us-record.md`: parties, debts, contact points, and a timeline of what was
said, sent, placed and received. Nothing here decides; it says what is so at one moment, for one debt and one contemplated
act. The numbers it needs (how many days a consent lasts) are the pack's parameters.
"""
