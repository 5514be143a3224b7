"""Everything put together, in one place to read."""

from __future__ import annotations

import time

from authstorm.sandbox.accounts import Accounts
from authstorm.sandbox.application import Application, Handler, Routes
from authstorm.sandbox.authorization import Authorization
from authstorm.sandbox.client_assertion import SignedClients, read_client_key
from authstorm.sandbox.clients import SIGNED, registered
from authstorm.sandbox.control import Control
from authstorm.sandbox.counts import Counts
from authstorm.sandbox.discovery import metadata
from authstorm.sandbox.exchange import Answer, Call, json_answer
from authstorm.sandbox.faults.lockout_after import Lockout
from authstorm.sandbox.faults.planted import Planted
from authstorm.sandbox.grants import AuthorizationCode, ClientCredentials, Password, Pkce, RefreshToken
from authstorm.sandbox.identity import IdToken, People
from authstorm.sandbox.keys import SigningKey
from authstorm.sandbox.login import Login
from authstorm.sandbox.options import Options
from authstorm.sandbox.pages import Pages
from authstorm.sandbox.passwords import PasswordHash
from authstorm.sandbox.scim import Scim, scim_routes
from authstorm.sandbox.secrets_file import Secrets
from authstorm.sandbox.service_log import ServiceLog
from authstorm.sandbox.store import Store
from authstorm.sandbox.token_state import Introspection, Revocation
from authstorm.sandbox.tokens import TokenMaker


def build(options: Options, secrets: Secrets, issuer: str) -> Application:
    """Make the application of a server that is reached at ``issuer``."""
    key = SigningKey(options.alg)
    store, counts = Store(lambda: time.time() + options.clock_offset_s), Counts()
    accounts = Accounts(options.accounts, PasswordHash(secrets.password, options.hash_cost))
    clients = registered(secrets.client_secret, options.redirect_uris, signs=bool(secrets.client_key))
    authorization = Authorization(issuer, clients, accounts, store, counts)
    signed = SignedClients(issuer, read_client_key(secrets.client_key), store.clock)
    authorization.register_client_auth_method(SIGNED, signed)
    id_token = IdToken(issuer, key, options.access_ttl_s)
    authorization.register_grant(Password, [id_token])
    authorization.register_grant(RefreshToken, [id_token])
    authorization.register_grant(AuthorizationCode, [id_token, Pkce(required=True)])
    authorization.register_grant(ClientCredentials)
    lifetimes = (options.access_ttl_s, options.refresh_ttl_s)
    tokens = TokenMaker(issuer, None if options.opaque else key, *lifetimes, store.clock)
    authorization.register_token_generator("default", tokens)
    authorization.register_endpoint(Introspection)
    authorization.register_endpoint(Revocation)
    authorization.register_endpoint(People(store))
    control = Control(counts, store, ServiceLog() if options.log_times else None, options.with_parent)
    if options.lockout_after is not None:
        control.plant(Planted((Lockout(lockout_after=options.lockout_after),)))
    routes = _routes(authorization, key, Pages(issuer)) | scim_routes(Scim(issuer, accounts, store))
    return Application(routes, control)


def _routes(authorization: Authorization, key: SigningKey, pages: Pages) -> Routes:
    login = Login(authorization, pages)
    documents = _fixed(json_answer(200, metadata(authorization.issuer, key.alg), _public("application/json")))
    keys = _fixed(json_answer(200, key.public_jwks, _public("application/jwk-set+json")))
    userinfo = _at(authorization, "userinfo")
    return {
        "/": ("index", {"GET": _fixed(pages.index())}),
        "/.well-known/openid-configuration": ("discovery", {"GET": documents}),
        "/.well-known/oauth-authorization-server": ("discovery", {"GET": documents}),
        "/jwks": ("jwks", {"GET": keys}),
        "/authorize": ("authorize", {"GET": login.ask, "POST": login.sign_in}),
        "/token": ("token", {"POST": authorization.answer_token}),
        "/introspect": ("introspect", {"POST": _at(authorization, "introspection")}),
        "/revoke": ("revoke", {"POST": _at(authorization, "revocation")}),
        "/userinfo": ("userinfo", {"GET": userinfo, "POST": userinfo}),
    }


def _fixed(answer: Answer) -> Handler:
    async def handle(call: Call) -> Answer:  # noqa: ARG001 - the same for every call
        return answer

    return handle


def _at(authorization: Authorization, name: str) -> Handler:
    async def handle(call: Call) -> Answer:
        return authorization.answer_endpoint(name, call)

    return handle


def _public(media_type: str) -> list[tuple[str, str]]:
    return [("Content-Type", media_type), ("Cache-Control", "max-age=60")]
