from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "sala.identity.people"
    label = "people"
