import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shouyue.desk.settings")
application = get_wsgi_application()

from shouyue.desk.messages.channels import connect_all  # noqa: E402 — needs Django to be ready

connect_all()
