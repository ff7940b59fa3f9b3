"""How passwords are hashed."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's first choice of parameters: 19 MiB, 2 passes, 1 lane; about 35 ms of one core.

    Django's own (100 MiB, 8 lanes) takes 210 ms: ten people signing in at once would hold both cores
    for a second and take a gigabyte. Hashes made with other parameters are renewed at the next sign-in.
    """

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1
