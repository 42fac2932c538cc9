"""The borrower's door. The word of a link is exchanged for a session at once, so that it stays out of later addresses."""

from __future__ import annotations

from django.urls import path

from shouyue.desk.portal.borrower import views
from shouyue.desk.portal.listed.views import listed
from shouyue.desk.portal.own import views as own

app_name = "portal"
urlpatterns = [
    path("", views.page, name="page"),
    path("identity", views.identity, name="identity"),
    path("progress", views.progress, name="progress"),
    path("debt", views.debt, name="debt"),
    path("agencies", listed, name="listed"),
    path("own", own.own, name="own"),
    path("own/who", own.prove, name="prove"),
    path("own/held", own.held, name="held"),
    path("own/ask/<slug:kind>", own.ask, name="ask"),
    path("own/conduct/<uuid:event>", own.contest, name="contest"),
    path("own/withdraw/<uuid:right>", own.withdraw, name="withdraw"),
    path("own/<str:word>", own.enter, name="enter_own"),
    path("<str:word>", views.enter, name="enter"),
]
