from django.apps import AppConfig


class HallConfig(AppConfig):
    name = "sala.engine.hall"
    label = "hall"
