from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "sala.identity.portal"
    label = "portal"
