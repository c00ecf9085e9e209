// Component types that Dapr knows and that are not run here: stored, so that the same manifests deploy to Dapr.

/** Category → names; a name with versions other than v1 lists them after a colon. */
const names: Readonly<Record<string, string>> = {
  bindings: `
    alicloud.dingtalk.webhook alicloud.dubbo alicloud.oss alicloud.sls alicloud.tablestore apns aws.dynamodb
    aws.kinesis aws.s3 aws.ses aws.sns aws.sqs azure.blobstorage azure.cosmosdb
    azure.cosmosdb.gremlinapi azure.eventgrid azure.eventhubs azure.openai
    azure.servicebus.queues azure.servicebusqueues azure.signalr azure.storagequeues
    cloudflare.queues commercetools cron dingtalk.webhook dubbo gcp.bucket gcp.pubsub graphql http huawei.obs
    influx kafka kitex kubemq kubernetes localstorage mqtt mqtt3 mysql postgres postgresql
    postmark rabbitmq redis rethinkdb.statechange rocketmq sftp smtp twilio.sendgrid
    twilio.sms wasm zeebe.command zeebe.jobworker`,
  configuration: `
    azure.appconfig kubernetes postgres postgresql redis`,
  conversation: `
    anthropic aws.bedrock deepseek echo googleai huggingface mistral ollama openai`,
  crypto: `
    azure.keyvault dapr.jwks dapr.kubernetes.secrets dapr.localstorage`,
  lock: `
    redis`,
  middleware: `
    http.sentinel http.wasm`,
  nameresolution: `
    aws.cloudmap consul hashicorp.consul kubernetes mdns nameformat sqlite`,
  pubsub: `
    aws.snssqs azure.eventhubs azure.servicebus azure.servicebus.queues
    azure.servicebus.topics azure.servicebusqueues gcp.pubsub in-memory jetstream kafka kubemq mqtt mqtt3 pulsar
    rabbitmq redis rocketmq snssqs solace.amqp`,
  secretstores: `
    alicloud.parameterstore aws.parameterstore aws.secretmanager azure.keyvault
    gcp.secretmanager hashicorp.vault huaweicloud.csms kubernetes tencentcloud.ssm`,
  state: `
    aerospike alicloud.tablestore aws.dynamodb azure.blobstorage:v1,v2 azure.cosmosdb
    azure.tablestorage cassandra cloudflare.workerskv cockroachdb:v1,v2 coherence consul couchbase
    etcd:v1,v2
    gcp.firestore hashicorp.consul hazelcast in-memory jetstream memcached mongodb mysql
    oci.objectstorage oracledatabase postgres:v1,v2 postgresql:v1,v2 ravendb redis rethinkdb sqlite sqlite3
    sqlserver:v1,v2 yugabyte:v1,v2 yugabytedb:v1,v2 zookeeper`,
}

/** Component type → versions. */
export const knownComponentTypes: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(names).flatMap(([category, list]) =>
    list
      .trim()
      .split(/\s+/)
      .map((entry) => {
        const [name = '', versions = 'v1'] = entry.split(':')
        return [`${category}.${name}`, versions.split(',')] as const
      }),
  ),
)
