from django.apps import AppConfig


class MyDataConfig(AppConfig):
    name = "sala.identity.mydata"
    label = "mydata"

    def ready(self) -> None:
        from sala.identity.mydata import own, own_faces

        own.contribute()
        own_faces.contribute()
