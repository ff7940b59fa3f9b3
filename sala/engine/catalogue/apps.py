from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "sala.engine.catalogue"
    label = "catalogue"
