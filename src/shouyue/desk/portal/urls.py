"""The borrower's door. The word of a link is exchanged for a session at once, so that it stays out of later addresses."""

from __future__ import annotations

from django.urls import path

from shouyue.desk.portal.borrower import views

app_name = "portal"
urlpatterns = [
    path("", views.page, name="page"),
    path("identity", views.identity, name="identity"),
    path("progress", views.progress, name="progress"),
    path("debt", views.debt, name="debt"),
    path("<str:word>", views.enter, name="enter"),
]
