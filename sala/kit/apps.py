from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "sala.kit"
    label = "kit"
