from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The one Django app. Its slices are folders; `models.py` gathers their tables into one line of migrations."""

    name = "shouyue.desk"
    label = "desk"
    verbose_name = "Shouyue"
    default_auto_field = "django.db.models.BigAutoField"
