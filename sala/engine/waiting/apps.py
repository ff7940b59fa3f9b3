from django.apps import AppConfig


class WaitingConfig(AppConfig):
    name = "sala.engine.waiting"
    label = "waiting"
