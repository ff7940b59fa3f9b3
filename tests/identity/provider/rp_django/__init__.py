"""A whole Django project that signs people in with mozilla-django-oidc, as its documentation says: what an agency's
programmer would write. Its settings come from the environment."""
