"""What ministack takes but never acts on: told to the parent, so that nobody counts it as proven."""

from .repair import part

# Whole types (None), or single properties of a type that does work.
RECORDED_ONLY = {
    # Only Lambda and custom metrics are ever published, and alarms ignore their dimensions.
    'AWS::CloudWatch::Alarm': None,
    'AWS::CloudWatch::CompositeAlarm': None,
    'AWS::CloudWatch::Dashboard': None,
    # API Gateway, SNS and EventBridge invoke a function whether or not its policy lets them.
    'AWS::Lambda::Permission': None,
    'AWS::ApiGateway::RequestValidator': None,
    # Only its minimum is kept to.
    'AWS::ApplicationAutoScaling::ScalableTarget': None,
    'AWS::ApiGatewayV2::Stage': ('AccessLogSettings', 'DefaultRouteSettings', 'RouteSettings'),
    'AWS::DynamoDB::GlobalTable': ('ReadOnDemandThroughputSettings', 'WriteOnDemandThroughputSettings'),
    'AWS::Lambda::EventSourceMapping': (
        'MaximumBatchingWindowInSeconds', 'MaximumRecordAgeInSeconds', 'ParallelizationFactor', 'TumblingWindowInSeconds'),
    'AWS::Lambda::Function': ('MemorySize', 'TracingConfig'),
    'AWS::Kinesis::Stream': ('StreamEncryption',),
    'AWS::Logs::LogGroup': ('RetentionInDays',),
    'AWS::SQS::Queue': ('KmsMasterKeyId', 'SqsManagedSseEnabled'),
}

recorded_only = set()


class Attributes(dict):
    """Fn::GetAtt of a resource without a backend: any attribute has a stable value."""

    def __init__(self, physical_id):
        # Not empty, since an update drops empty attributes for a plain dict.
        super().__init__(Ref=physical_id)
        self.physical_id = physical_id

    def __contains__(self, name):
        return True

    def __missing__(self, name):
        return f'arn:aws:recorded:::{self.physical_id}' if name.endswith('Arn') else f'{self.physical_id}-{name}'

    def get(self, name, default=None):
        return self[name]


class Handlers(dict):
    """ministack's table of resource types; a type it does not know is recorded instead of failing the deploy."""

    def __contains__(self, resource_type):
        return super().__contains__(resource_type) or self.recordable(resource_type)

    def __getitem__(self, resource_type):
        return super().__getitem__(resource_type) if super().__contains__(resource_type) else self.record(resource_type)

    def get(self, resource_type, default=None):
        return self[resource_type] if resource_type in self else default

    @staticmethod
    def recordable(resource_type):
        return str(resource_type).startswith('AWS::') and not resource_type.startswith('AWS::CloudFormation::')

    @staticmethod
    def record(resource_type):
        def create(logical_id, _props, stack_name):
            recorded_only.add(resource_type)
            physical_id = f'{stack_name}-{logical_id}'
            return physical_id, Attributes(physical_id)

        def update(physical_id, _old, _new, _stack_name):
            return physical_id, Attributes(physical_id)
        return {'create': create, 'update': update, 'delete': lambda _physical_id, _props: None}


def noticing(resource_type, properties, create):
    def create_and_note(logical_id, props, *rest):
        if properties is None:
            recorded_only.add(resource_type)
        recorded_only.update(f'{resource_type}.{name}' for name in properties or () if name in props)
        return create(logical_id, props, *rest)
    return create_and_note


def note_what_is_recorded_only():
    from ministack.services.cloudformation import provisioners
    handlers = part(provisioners, '_RESOURCE_HANDLERS')
    for resource_type, properties in RECORDED_ONLY.items():
        handler = handlers.get(resource_type)
        if handler:
            handlers[resource_type] = {**handler, 'create': noticing(resource_type, properties, handler['create'])}
    provisioners._RESOURCE_HANDLERS = Handlers(handlers)
