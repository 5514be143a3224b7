"""django-oauth-toolkit as an authorization server for load tests."""
