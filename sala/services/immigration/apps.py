from django.apps import AppConfig


class ImmigrationConfig(AppConfig):
    name = "sala.services.immigration"
    label = "immigration"
