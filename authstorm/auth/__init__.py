"""How to get tokens: OAuth 2.0 and OpenID Connect over any session, with no Locust inside."""
