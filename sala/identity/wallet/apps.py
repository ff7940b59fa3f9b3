from django.apps import AppConfig


class WalletConfig(AppConfig):
    name = "sala.identity.wallet"
    label = "wallet"
