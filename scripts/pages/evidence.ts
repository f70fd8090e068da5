/**
 * What shows that a blueprint uses a concept, in the marks of `marks.ts`, where the places of the concept do not tell by
 * themselves: a prop, or what every instance does by default. One of them is enough.
 */
export const EVIDENCE: { readonly [concept: string]: readonly string[] } = {
  'DNS names and records': ['AWS::Route53::RecordSet'],
  'Heartbeats and health checks': ['AWS::ElasticLoadBalancingV2::TargetGroup.HealthCheckPath'],
  'CDN lifetimes, Cache-Control, ETag': ['AWS::CloudFront::CachePolicy'],
  'Private content, signed URLs': ['AWS::CloudFront::KeyGroup'],
  'API responses and dynamic content through a CDN': ['AWS::CloudFront::Distribution.DistributionConfig.CacheBehaviors'],
  'Web application firewall, blocked addresses': ['AWS::WAFv2::WebACL'],
  'HTTP compression': ['AWS::CloudFront::Distribution.DistributionConfig.DefaultCacheBehavior.Compress=true'],
  'HTTP/2, HTTP/3': ['AWS::CloudFront::Distribution.DistributionConfig.HttpVersion=http2and3'],
  // What AWS puts in front of an API takes HTTPS only.
  'TLS termination': ['ApiGateway', 'RestApiGateway', 'WebSocketGateway', 'Cdn', 'AWS::ElasticLoadBalancingV2::Listener.Certificates'],
  'Authentication, rate limits and logs at the door': [
    'AWS::ApiGatewayV2::Stage.DefaultRouteSettings.ThrottlingRateLimit', 'AWS::ApiGatewayV2::Authorizer',
  ],
  'Validation of requests': ['AWS::ApiGateway::RequestValidator'],
  'gRPC': ['AWS::ElasticLoadBalancingV2::TargetGroup.ProtocolVersion=GRPC'],
  'Event-driven APIs, no code between': ['AWS::ApiGatewayV2::Integration.IntegrationSubtype'],
  'CSRF, XSS, security headers': ['AWS::CloudFront::ResponseHeadersPolicy.ResponseHeadersPolicyConfig.SecurityHeadersConfig'],

  'Round robin, least connections, least response time': ['AWS::ElasticLoadBalancingV2::TargetGroup'],
  'Sticky sessions': ['AWS::ElasticLoadBalancingV2::TargetGroup.TargetGroupAttributes.Key=stickiness.type'],
  'No single point of failure': ['Network', 'AWS::RDS::DBInstance.PromotionTier=1'],
  'Sign-in at the load balancer': ['AWS::ElasticLoadBalancingV2::ListenerRule.Actions.AuthenticateOidcConfig'],
  'Horizontal scaling': ['AWS::ApplicationAutoScaling::ScalingPolicy'],
  'Vertical scaling': ['AWS::ECS::TaskDefinition.Cpu', 'AWS::Lambda::Function.MemorySize=1769'],
  'Service discovery': ['AWS::ECS::Service.ServiceRegistries'],
  'NAT': ['AWS::EC2::NatGateway'],
  'Firewall: one port, both ways': ['AWS::EC2::SecurityGroupIngress'],
  'IPv6': ['AWS::EC2::VPCCidrBlock'],
  'Private access to services': ['AWS::EC2::VPCEndpoint'],
  'Connection pooling': ['AWS::RDS::DBProxy'],
  'Capacity planning, back-of-the-envelope numbers': ['Sizing'],
  'Functional and non-functional requirements': ['Sizing'],

  'Schemas that change': ['runtime/relational-database.migrate'],
  'Indexes': ['AWS::DynamoDB::GlobalTable.GlobalSecondaryIndexes'],
  // Of DynamoDB: in the code of a blueprint, or in the module that belongs to a construct.
  'Transactions, ACID': ['runtime/relational-database.withTransaction', '@aws-sdk/lib-dynamodb.TransactWriteCommand', 'WindowedAggregate', 'EventStore'],
  'Replication, reads from replicas': ['AWS::RDS::DBInstance.PromotionTier=1'],
  'Replication lag, read your writes': ['runtime/relational-database.ReadYourWrites'],
  'Failover, promotion': ['AWS::RDS::DBInstance.PromotionTier=1'],
  'Slow queries': ['AWS::RDS::DBClusterParameterGroup.Parameters.log_min_duration_statement'],
  'Snapshots, point-in-time recovery': [
    'AWS::DynamoDB::GlobalTable.Replicas.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled=true',
    'AWS::RDS::DBCluster.BackupRetentionPeriod', 'AWS::ElastiCache::ServerlessCache.SnapshotRetentionLimit',
  ],

  'Presigned upload, with a status': ['PresignedUpload', '@aws-sdk/s3-request-presigner.getSignedUrl'],
  'Presigned download through the CDN': ['@aws-sdk/cloudfront-signer.getSignedUrl'],
  'Upload in parts, resumed': ['PresignedUpload'],
  'Upload from a browser, CORS': ['AWS::S3::Bucket.CorsConfiguration'],
  'Encryption at rest and in transit': [
    'AWS::S3::Bucket.BucketEncryption', 'AWS::SQS::Queue.SqsManagedSseEnabled=true', 'AWS::RDS::DBCluster.StorageEncrypted=true',
  ],
  'Access control': ['FunctionService.use', 'ContainerService.use'],
  'Copies in another region': ['AWS::S3::Bucket.ReplicationConfiguration'],
  'Hot, cold, archive': ['AWS::S3::Bucket.LifecycleConfiguration.Rules.Transitions'],

  'Buffer for bursts': ['AWS::Lambda::EventSourceMapping.ScalingConfig.MaximumConcurrency'],
  'Order': ['AWS::SQS::Queue.FifoQueue=true'],
  'Priorities, delays': ['PriorityWorkQueue', 'AWS::SQS::Queue.DelaySeconds'],
  'Retries with exponential backoff and jitter': ['WorkQueue', 'runtime/retry'],
  'Dead letters, redrive': ['AWS::SQS::Queue.RedrivePolicy', 'AWS::Lambda::EventSourceMapping.DestinationConfig.OnFailure'],
  'Acknowledgement, partial batches': ['AWS::Lambda::EventSourceMapping.FunctionResponseTypes=ReportBatchItemFailures'],
  // Whoever consumes has to say that its worker is idempotent.
  'At least once, exactly once in effect': ['Idempotency', 'WorkQueue.consumedBy', 'EventStream.consumedBy', 'KeyValueStore.consumedBy'],
  'Partitions': ['EventStream'],
  'Kafka': ['AWS::MSK::ServerlessCluster'],

  'Rate limiting': ['RateLimiter', 'AWS::ApiGatewayV2::Stage.DefaultRouteSettings.ThrottlingRateLimit'],
  // Each of them writes under a condition.
  'Compare and set, optimistic concurrency': [
    'DistributedLock', 'EventStore', 'Idempotency', 'JobStatus', 'LeaderElection', 'PresignedUpload', 'WindowedAggregate',
  ],
  'Several locks at once, no deadlock': ['DistributedLock'],
  // In several zones, as AWS keeps them.
  'Redundancy, fault tolerance': ['KeyValueStore', 'ObjectStore', 'WorkQueue', 'EventStream', 'RelationalDatabase', 'ContainerService'],
  'Graceful degradation, load shedding': ['AdmissionControl', 'CacheStrategy', 'CircuitBreaker'],

  'Memcached': ['AWS::ElastiCache::CacheCluster.Engine=memcached'],
  'Eviction': ['Cache'],
  'Lifetime, with jitter': ['CacheStrategy'],
  'Cache-aside, read-through, write-through, write-around, write-behind': ['CacheStrategy'],
  'Stampede': ['CacheStrategy'],
  'Stale data': ['CacheStrategy.invalidateOn'],
  'A cache node fails': ['Cache'],
  'Full text in PostgreSQL': ['SearchIndex'],

  'Metrics': ['AWS::CloudWatch::Alarm.MetricName'],
  'Logs, with a retention': ['AWS::Logs::LogGroup.RetentionInDays'],
  'Traces': ['AWS::Lambda::Function.TracingConfig.Mode=Active'],
  'Alerts': ['AWS::CloudWatch::Alarm'],
  'Canary, blue/green, rollback on alarm': ['AWS::ECS::Service.DeploymentConfiguration.Alarms.Rollback=true'],

  'OAuth, OIDC, JWT': ['AWS::ApiGatewayV2::Authorizer.JwtConfiguration'],
  'Authorization, scopes': ['AWS::ApiGatewayV2::Route.AuthorizationScopes'],
  'Least privilege': ['FunctionService.use', 'ContainerService.use'],
  'Secrets, rotation': ['AWS::SecretsManager::Secret'],
  'Keys of your own': ['AWS::KMS::Key'],
  'Bots and abuse at the edge': ['AWS::WAFv2::WebACL'],
};
