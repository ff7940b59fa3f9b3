from django.apps import AppConfig


class FacesConfig(AppConfig):
    name = "sala.identity.faces"
    label = "faces"
