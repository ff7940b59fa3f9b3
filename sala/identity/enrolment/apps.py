from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "sala.identity.enrolment"
    label = "enrolment"
