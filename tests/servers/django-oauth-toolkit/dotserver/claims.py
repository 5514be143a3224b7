"""What the ID token and userinfo say of a person."""

from __future__ import annotations

from oauth2_provider.oauth2_validators import OAuth2Validator


class Validator(OAuth2Validator):
    """The package's own rules, with name and e-mail where those scopes were granted."""

    oidc_claim_scope = {"sub": "openid", "preferred_username": "profile", "name": "profile", "email": "email"}  # noqa: RUF012 - as in the package

    def get_additional_claims(self):
        """Claim name -> function of the request."""
        return {
            "preferred_username": lambda request: request.user.get_username(),
            "name": lambda request: request.user.get_full_name(),
            "email": lambda request: request.user.email,
        }
