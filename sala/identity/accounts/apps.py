from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "sala.identity.accounts"
    label = "accounts"
