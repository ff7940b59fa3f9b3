from django.apps import AppConfig


class HallConfig(AppConfig):
    name = "sala.engine.hall"
    label = "hall"

    def ready(self) -> None:
        from sala.engine.hall import own_data

        own_data.contribute()
