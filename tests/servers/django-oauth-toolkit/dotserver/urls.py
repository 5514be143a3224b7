"""The package's endpoints under /o/, Django's sign-in page, and what the server counted."""

from __future__ import annotations

from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from oauth2_provider import urls as oauth_urls

from dotserver.counts import fold
from dotserver.ledger import entries, families_ended


@login_required
def done(request: HttpRequest) -> JsonResponse:
    """Where a sign-in without an authorization request ends."""
    return JsonResponse({"user": request.user.get_username()})


def counts(request: HttpRequest) -> JsonResponse:
    """What both processes saw since the start."""
    return JsonResponse(fold(entries()) | {"families_ended": families_ended()})


urlpatterns = [
    path("o/", include(oauth_urls)),
    path("accounts/login/", auth_views.LoginView.as_view(), name="login"),
    path("accounts/logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("accounts/done/", done),
    path("_counts", counts),
]
