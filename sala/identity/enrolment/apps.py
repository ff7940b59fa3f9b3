from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "sala.identity.enrolment"
    label = "enrolment"

    def ready(self) -> None:
        from sala.identity.enrolment import own

        own.contribute()
