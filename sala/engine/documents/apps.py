from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "sala.engine.documents"
    label = "documents"

    def ready(self) -> None:
        from sala.engine.documents import my_data
        from sala.identity.mydata import exporting

        exporting.register_printer(my_data.pdf)
