// Configurations: pipelines, and the sections that are stored and not run here.
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { Reference } from '../../core/resource.ts'
import { isApiName, sidecarApis } from '../../core/sidecar-apis.ts'
import { quote } from '../problem.ts'
import { at, listAt, objectAt, textAt } from '../access.ts'
import { checkHandlerType } from '../component-type.ts'
import { credentialPointers } from '../credentials.ts'
import type { Report } from '../finding.ts'
import type { Kind } from './kind.ts'

const pipelines = ['httpPipeline', 'appHttpPipeline'] as const

const notRun = [
  'tracing',
  'metric',
  'metrics',
  'logging',
  'features',
  'nameResolution',
  'components',
  'mtls',
  'wasm',
  'workflow',
]

export const configuration: Kind = {
  kind: 'Configuration',
  apiVersions: ['dapr.io/v1alpha1'],
  schema: 'Configuration',
  naming: 'subdomain',

  normalize(value) {
    const { spec = {} } = value
    if (!isJsonObject(spec)) return { ...value, spec }
    // Dapr takes a list without items for no list, and an action in any case.
    const sections = Object.entries(spec)
      .filter(([name, section]) => name !== 'features' || section !== null)
      .map(([name, section]): [string, Json] => [
        name,
        name === 'accessControl' ? withPlainActions(section) : section,
      ])
    return { ...value, spec: Object.fromEntries(sections) }
  },

  check(manifest, report) {
    for (const { pointer, handler } of handlersOf(manifest)) checkHandler(handler, pointer, report)
    checkApis(manifest, report)
    if (at(manifest, 'spec', 'secrets') !== undefined) {
      report({
        severity: 'warning',
        rule: 'not-run',
        pointer: '/spec/secrets',
        at: 'key',
        message:
          'secrets is about the Secrets API, which is not served here: nobody gets a secret by it.',
      })
    }
    for (const section of notRun) {
      if (at(manifest, 'spec', section) === undefined) continue
      report({
        severity: 'warning',
        rule: 'not-run',
        pointer: `/spec/${section}`,
        at: 'key',
        message: `${section} is stored but not run here.`,
      })
    }
  },

  references: (manifest) =>
    handlersOf(manifest).flatMap(({ pointer, pipeline, handler }): Reference[] => {
      const name = textAt(handler, 'name')
      const type = textAt(handler, 'type')
      if (name === undefined || type === undefined) return []
      const version = textAt(handler, 'version') ?? ''
      return [
        {
          pointer: `${pointer}/name`,
          to: 'handler',
          pipeline,
          name,
          type,
          // Dapr: "", v0 and v1 are the same.
          version: version === '' || version === 'v0' ? 'v1' : version,
        },
      ]
    }),

  sensitive: (manifest) => credentialPointers(manifest['spec'] ?? null, '/spec'),
}

function handlersOf(manifest: JsonObject) {
  return pipelines.flatMap((pipeline) =>
    listAt(manifest, 'spec', pipeline, 'handlers').map((handler, index) => ({
      pipeline,
      handler,
      pointer: `/spec/${pipeline}/handlers/${index}`,
    })),
  )
}

function checkApis(manifest: JsonObject, report: Report): void {
  for (const list of ['allowed', 'denied']) {
    for (const [index, rule] of listAt(manifest, 'spec', 'api', list).entries()) {
      const name = textAt(rule, 'name')
      const pointer = `/spec/api/${list}/${index}`
      if (name !== undefined && !isApiName(name)) {
        report({
          rule: 'value',
          pointer: `${pointer}/name`,
          message: `${quote(name)} is no API of a sidecar.`,
          hint: `Use ${sidecarApis.join(', ')}, or another of Dapr's.`,
        })
      }
      if (textAt(rule, 'protocol') !== 'grpc') continue
      report({
        severity: 'warning',
        rule: 'not-run',
        pointer: `${pointer}/protocol`,
        message: 'gRPC is not served here: the rule is about nothing.',
      })
    }
  }
}

function checkHandler(handler: Json, pointer: string, report: Report): void {
  const type = textAt(handler, 'type')
  if (type !== undefined && type !== '') checkHandlerType(type, `${pointer}/type`, report)
  if (objectAt(handler, 'selector') === undefined) return
  report({
    severity: 'warning',
    rule: 'selector',
    pointer: `${pointer}/selector`,
    at: 'key',
    message: 'selector has no effect, as in Dapr: the handler runs for every request.',
    hint: 'Remove it.',
  })
}

/** `Allow` and `DENY` in lower case, wherever an action stands. */
function withPlainActions(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withPlainActions)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const isAction = key === 'action' || key === 'defaultAction'
      return [
        key,
        isAction && typeof member === 'string' ? member.toLowerCase() : withPlainActions(member),
      ]
    }),
  )
}
