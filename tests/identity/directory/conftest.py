from __future__ import annotations

from uuid import UUID

import pytest

from sala.identity.accounts.models import Account


@pytest.fixture
def account_id(db: None) -> UUID:
    account = Account.objects.create(email="a@example.org", given_name="A", surname="B", phone="+66810000000")
    return account.id
