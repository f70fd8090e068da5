"""Every repair, by service. Within a service they are applied in the order of its list; two that wrap the same part need it."""

from ministack.services.cloudformation import provisioners

from ..repair import part
from . import (
    apigateway,
    autoscaling,
    awslambda,
    cloudfront,
    cloudfront_cache,
    cloudfront_signatures,
    cloudfront_vpc_origin,
    cognito,
    dynamodb,
    elasticache,
    elb,
    event_source_mappings,
    firehose,
    iam,
    rds,
    scheduler,
    secretsmanager,
    sqs,
)

SERVICES = (dynamodb, apigateway, awslambda, iam, sqs, event_source_mappings, scheduler, secretsmanager, elb, autoscaling,
            elasticache, rds, firehose, cognito, cloudfront, cloudfront_cache, cloudfront_signatures,
            cloudfront_vpc_origin)


def apply_repairs():
    handlers = part(provisioners, '_RESOURCE_HANDLERS')
    for service in SERVICES:
        for repair in service.REPAIRS:
            repair(handlers)
