from django.apps import AppConfig


class RegistrarConfig(AppConfig):
    name = "sala.identity.registrar"
    label = "registrar"
