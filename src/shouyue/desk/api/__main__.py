"""Print the OpenAPI description: `python -m shouyue.desk.api > docs/reference/openapi.json`."""

from __future__ import annotations

import json
import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shouyue.desk.settings")
    django.setup()
    from shouyue.desk.api.v1 import api

    print(
        json.dumps(
            api.get_openapi_schema(path_prefix="/api/v1/"), indent=1, ensure_ascii=False, sort_keys=True
        )
    )
