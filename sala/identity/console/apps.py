from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "sala.identity.console"
    label = "console"
