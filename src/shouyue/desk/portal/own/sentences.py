"""What the slices say in English and the owner of a page may read: marked for the portal's catalogue."""

from django.utils.translation import gettext_noop as _

SENTENCES = (
    _("too many tries; please call the number in the message you got"),
    _("say in a few words what it is about, so that somebody can answer it"),
    _("name the person who speaks for you and how they are reached"),
    _("say which consent you take back"),
    _("say on which channel you may be reached at night, and from when until when"),
    _("this person owes nothing on this loan; nothing is to be planned"),
    _("say in at least 4 characters why instalments are asked for"),
    _("the amount is not known today, and no plan is made without one; load the balance first"),
    _("a proposal on this matter waits for its decision already; withdraw it first"),
)
