from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "sala.engine.desk"
    label = "desk"
