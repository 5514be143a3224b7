"""From a target to what makes a visitor's client for it: every request prepared, once a run."""

from __future__ import annotations

from collections.abc import Mapping

from authstorm.auth.client_auth import ClientAuth
from authstorm.auth.endpoints import Endpoints
from authstorm.auth.exchange import AuthClient
from authstorm.auth.oauth import OAuthExchanges
from authstorm.auth.oauth_client import OAuthClient
from authstorm.auth.provider import Provider, prepare
from authstorm.auth.session import Session
from authstorm.drive.stagecraft import NewClient
from authstorm.errors import ConfigError, Problem
from authstorm.plan.secrets import Secret
from authstorm.plan.target import Client, Target


def client_makers(target: Target, endpoints: Endpoints, secrets: Mapping[str, Secret]) -> tuple[NewClient, NewClient]:
    """What makes people's clients, and what makes those of services; ConfigError for what cannot be prepared."""
    try:
        people = _provider(target, target.client, endpoints, secrets)
        services = _provider(target, target.service or target.client, endpoints, secrets)
    except ValueError as error:
        raise ConfigError([Problem(f"target {target.name}", None, "extra", str(error))]) from error
    return _maker(target, people), _maker(target, services)


def _maker(target: Target, provider: Provider) -> NewClient:
    by, url = target.validation.by, target.absolute(target.validation.url)

    def new_client(session: Session) -> AuthClient:
        return OAuthClient(OAuthExchanges(session, provider), by, url)

    return new_client


def _provider(target: Target, client: Client, endpoints: Endpoints, secrets: Mapping[str, Secret]) -> Provider:
    return prepare(
        endpoints,
        _auth(client, secrets),
        scope=target.scope if client.scope is None else client.scope,
        extra=target.extra,
        introspection_auth=_auth(target.introspector or target.client, secrets),
    )


def _auth(client: Client, secrets: Mapping[str, Secret]) -> ClientAuth:
    if client.secret is None or client.auth == "none":
        return ClientAuth.none(client.id)
    secret = secrets[client.secret.env].reveal()
    return ClientAuth.post(client.id, secret) if client.auth == "post" else ClientAuth.basic(client.id, secret)
