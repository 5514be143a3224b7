"""From a target to what makes a visitor's client for it: every request prepared, once a run."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle
from urllib.parse import urlsplit

from authstorm.auth.assertion import Assertions, read_signing_key
from authstorm.auth.authorization import prepare_authorization
from authstorm.auth.checked_client import CheckedClient
from authstorm.auth.client_auth import ClientAuth
from authstorm.auth.code_login import CodeClient, LoginPages
from authstorm.auth.endpoints import Endpoints
from authstorm.auth.exchange import AuthClient
from authstorm.auth.json_api import prepare_api
from authstorm.auth.json_client import JsonClient
from authstorm.auth.login_form import FormHints
from authstorm.auth.oauth import OAuthExchanges
from authstorm.auth.oauth_client import OAuthClient
from authstorm.auth.provider import Provider, prepare
from authstorm.auth.session import Session
from authstorm.auth.sightings import Sightings
from authstorm.drive.stagecraft import NewClient
from authstorm.drive.watched_clients import Watch, watch_of
from authstorm.errors import ConfigError, Problem
from authstorm.plan.client import Client
from authstorm.plan.json_api import JsonApi
from authstorm.plan.run_mark import RunMark
from authstorm.plan.secrets import Secret
from authstorm.plan.target import Target, may_load

log = logging.getLogger(__name__)

SIGNED_AHEAD = 16
"""Statements of a client that signs, ready before the first request."""


def client_makers(
    target: Target, endpoints: Endpoints, secrets: Mapping[str, Secret], run: RunMark | None = None
) -> tuple[NewClient, NewClient]:
    """What makes people's clients, and what makes those of services; ConfigError for what cannot be prepared.

    Each answer is held against what the target promises. Trace IDs begin with the mark of ``run``.
    """
    mark = run or RunMark()

    def watch(client: Client | None) -> Watch:
        return watch_of(target, endpoints, client, mark)

    if target.api is not None:
        of_api = _api_maker(target, target.api, secrets, watch(None))
        return of_api, of_api
    with _told_at(target, "extra"):
        people = _provider(target, target.client, endpoints, secrets)
        services = [_provider(target, client, endpoints, secrets) for client in target.service_clients]
    with _told_at(target, "login.parameters"):
        pages = _pages(target, endpoints) if target.login.by == "code" else None
    asking = [(service, watch(client)) for service, client in zip(services, target.service_clients, strict=True)]
    return _maker(target, [(people, watch(target.client))], pages), _maker(target, asking)


@contextmanager
def _told_at(target: Target, key: str) -> Iterator[None]:
    """ConfigError at a key of the target for what cannot be prepared."""
    try:
        yield
    except ValueError as error:
        raise ConfigError([Problem(f"target {target.name}", None, key, str(error))]) from error


def _api_maker(target: Target, api: JsonApi, secrets: Mapping[str, Secret], watch: Watch) -> NewClient:
    address = urlsplit(target.url)
    words = {word: secrets[name.key].reveal() for word, name in api.secrets.items()}
    words["origin"] = f"{address.scheme}://{address.netloc}"
    with _told_at(target, "api"):
        prepared = prepare_api(api, target.absolute, words)
    return lambda session: watch(lambda way: JsonClient(way, prepared), session)


def _maker(target: Target, providers: Sequence[tuple[Provider, Watch]], pages: LoginPages | None = None) -> NewClient:
    """What makes clients; each new visitor takes the next of several providers."""
    by, url = target.validation.by, target.absolute(target.validation.url)

    turns = cycle(providers)

    def new_client(session: Session) -> CheckedClient:
        provider, watch = next(turns)

        def make(way: Session) -> AuthClient:
            exchanges = OAuthExchanges(way, provider)
            return OAuthClient(exchanges, by, url) if pages is None else CodeClient(exchanges, pages, by, url)

        return watch(make, session)

    return new_client


def _provider(target: Target, client: Client, endpoints: Endpoints, secrets: Mapping[str, Secret]) -> Provider:
    return prepare(
        endpoints,
        _auth(target, client, endpoints, secrets),
        scope=target.scope_of(client),
        extra=target.extra,
        introspection_auth=_auth(target, target.introspector or target.client, endpoints, secrets),
        redirect_uri=target.login.redirect_uri,
    )


def _pages(target: Target, endpoints: Endpoints) -> LoginPages:
    login, client = target.login, target.client
    fields = login.form
    return LoginPages(
        prepare_authorization(
            endpoints.authorization, client.id, login.redirect_uri, target.scope_of(client), login.parameters
        ),
        lambda url: may_load(target, url),
        FormHints(fields.username, fields.password, fields.submit, login.consent),
        Sightings(lambda code, text: log.warning("a login at %s ended as %s: %s", target.name, code, text)),
    )


def _auth(target: Target, client: Client, endpoints: Endpoints, secrets: Mapping[str, Secret]) -> ClientAuth:
    if client.key is not None:
        place = next(key for key, secret in target.secrets() if secret is client.key)
        try:
            signing = read_signing_key(secrets[client.key.key].reveal(), client.algorithm, client.key_id)
        except ValueError as error:
            wrong = f"the key of client {client.id} {error}"
            raise ConfigError([Problem(f"target {target.name}", None, place, wrong)]) from error
        assertions = Assertions(signing, client.id, client.audience or endpoints.token)
        assertions.sign_ahead(SIGNED_AHEAD)
        return ClientAuth.private_key_jwt(client.id, assertions)
    if client.secret is None or client.auth == "none":
        return ClientAuth.none(client.id)
    secret = secrets[client.secret.key].reveal()
    return ClientAuth.post(client.id, secret) if client.auth == "post" else ClientAuth.basic(client.id, secret)
