"""Calls boto3's Secrets Manager client: a JSON line in, a JSON line out, until the input ends."""

import base64
import functools
import json
import sys

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError


@functools.lru_cache(maxsize=None)
def client_for(region, access_key_id):
    return boto3.client(
        "secretsmanager",
        endpoint_url=sys.argv[1],
        region_name=region,
        aws_access_key_id=access_key_id,
        aws_secret_access_key="none",
    )


def call(asked):
    client = client_for(asked["region"], asked["accessKeyId"])
    given = asked["input"]
    if "SecretBinary" in given:
        given["SecretBinary"] = base64.b64decode(given["SecretBinary"])
    name = xform_name(asked["operation"])
    if asked.get("pageSize"):
        pages = client.get_paginator(name).paginate(
            **given, PaginationConfig={"PageSize": asked["pageSize"]}
        )
        return pages.build_full_result()
    output = getattr(client, name)(**given)
    del output["ResponseMetadata"]
    return output


def plain(value):
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.isoformat()


for line in sys.stdin:
    try:
        answer = {"output": call(json.loads(line))}
    except ClientError as error:
        answer = {
            "error": {
                "code": error.response["Error"]["Code"],
                "operation": error.operation_name,
                "message": error.response["Error"]["Message"],
            }
        }
    print(json.dumps(answer, default=plain), flush=True)
