from django.apps import AppConfig


class DraftsConfig(AppConfig):
    name = "sala.engine.drafts"
    label = "drafts"

    def ready(self) -> None:
        from sala.engine.drafts import own_data

        own_data.contribute()
