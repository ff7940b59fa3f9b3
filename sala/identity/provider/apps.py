from django.apps import AppConfig


class ProviderConfig(AppConfig):
    name = "sala.identity.provider"
    label = "provider"
