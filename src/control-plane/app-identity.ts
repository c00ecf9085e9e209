// The AppIdentity document behind an App ID, made and changed from settings instead of a manifest.
import { createHash } from 'node:crypto'
import { McpAuthError } from '../core/errors.ts'
import { headerNameProblem, headerValueProblem } from '../core/header-rules.ts'
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { textAt } from '../core/pointer.ts'
import type { RuleProblem } from '../core/rule-problem.ts'
import { serviceUrlProblem } from '../core/trusted-url.ts'
import type { Resource } from '../core/resource.ts'
import type { Secret } from '../core/secret.ts'

/** Settings of an App ID. Absent leaves as is; an empty text removes. */
export interface AppIdSettings {
  /** Name of the Configuration to attach. */
  readonly appConfig?: string
  /** `spec.appEndpoint.url`: absolute http(s) URL of the application. */
  readonly endpointUrl?: string
  /** Sent to the application, so that it can refuse calls that came past the sidecar. */
  readonly endpointToken?: Secret
  readonly endpointTokenHeader?: string
  /** Seconds. */
  readonly endpointTimeoutSeconds?: number
  readonly protocol?: string
  readonly healthCheckEnabled?: boolean
  readonly healthCheckPath?: string
  /** Seconds. */
  readonly healthCheckInterval?: number
  /** Milliseconds. */
  readonly healthCheckTimeout?: number
  /** Consecutive failures. */
  readonly healthCheckThreshold?: number
}

/** The manifest of a new App ID. */
export function bareAppIdentity(name: string): JsonObject {
  return {
    apiVersion: 'cra.diagrid.io/v1beta1',
    kind: 'AppIdentity',
    metadata: { name },
    spec: {},
  }
}

/** `manifest` with `settings` in it. Throws USAGE for a setting that cannot be. */
export function withSettings(manifest: JsonObject, settings: AppIdSettings): JsonObject {
  checkSettings(settings)
  let result = manifest
  for (const [path, value] of assignments(settings)) {
    if (value !== undefined) result = assigned(result, path, value === '' ? undefined : value)
  }
  return result
}

/** The resource of an AppIdentity manifest that no file holds. */
export function appIdentityResource(name: string, manifest: JsonObject): Resource {
  const appConfig = textAt(manifest, '/spec/appConfig')
  const token = textAt(manifest, '/spec/appEndpoint/token')
  return {
    apiVersion: textAt(manifest, '/apiVersion') ?? '',
    kind: 'AppIdentity',
    name,
    manifest,
    digest: createHash('sha256').update(canonicalJson(manifest)).digest('hex'),
    sensitive: token === undefined ? [] : ['/spec/appEndpoint/token'],
    references:
      appConfig === undefined
        ? []
        : [{ to: 'configuration', name: appConfig, pointer: '/spec/appConfig' }],
    origin: { file: `mcpauth appid ${name}`, start: { line: 1, column: 1 }, positions: {} },
  }
}

type Assignment = readonly [path: readonly string[], value: Json | undefined]

function assignments(settings: AppIdSettings): Assignment[] {
  return [
    [['spec', 'appConfig'], settings.appConfig],
    [['spec', 'appEndpoint', 'url'], settings.endpointUrl],
    [['spec', 'appEndpoint', 'token'], settings.endpointToken?.reveal()],
    [['spec', 'appEndpoint', 'tokenHeader'], settings.endpointTokenHeader],
    [['spec', 'appEndpoint', 'clientTimeoutSeconds'], settings.endpointTimeoutSeconds],
    [['spec', 'protocol'], settings.protocol],
    [['spec', 'healthCheck', 'path'], settings.healthCheckPath],
    [['spec', 'healthCheck', 'probe', 'enabled'], settings.healthCheckEnabled],
    [['spec', 'healthCheck', 'probe', 'intervalInSec'], settings.healthCheckInterval],
    [['spec', 'healthCheck', 'probe', 'timeoutInMs'], settings.healthCheckTimeout],
    [['spec', 'healthCheck', 'probe', 'failureThreshold'], settings.healthCheckThreshold],
  ]
}

/** Objects that lose their last member go too, so that detaching gives back the manifest from before. */
function assigned(
  object: JsonObject,
  path: readonly string[],
  value: Json | undefined,
): JsonObject {
  const [name, ...rest] = path
  if (name === undefined) return object
  const { [name]: current, ...others } = object
  if (rest.length === 0) return value === undefined ? others : { ...object, [name]: value }
  const inner = assigned(isJsonObject(current) ? current : {}, rest, value)
  if (Object.keys(inner).length === 0 && name !== 'spec') return others
  return { ...object, [name]: inner }
}

function checkSettings(settings: AppIdSettings): void {
  const { endpointUrl, protocol, endpointTokenHeader, healthCheckPath } = settings
  const { endpointToken } = settings
  refuse('The app endpoint', endpointUrl, serviceUrlProblem)
  refuse('The token header', endpointTokenHeader, headerNameProblem)
  refuse('The app token', endpointToken?.reveal(), headerValueProblem)
  if (protocol !== undefined && protocol !== 'http') {
    throw usage(`The app protocol "${protocol}" is not served.`, 'Use http.')
  }
  if (healthCheckPath !== undefined && !/^(?:\/[!-~]*)?$/.test(healthCheckPath)) {
    throw usage('The health check path is not a path.', 'Start it with "/".')
  }
  checkNumbers(settings)
}

function checkNumbers(settings: AppIdSettings): void {
  const numbers = {
    'app channel timeout': settings.endpointTimeoutSeconds,
    'health check interval': settings.healthCheckInterval,
    'health check timeout': settings.healthCheckTimeout,
    'health check threshold': settings.healthCheckThreshold,
  }
  for (const [label, value] of Object.entries(numbers)) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue
    throw usage(`The ${label} is not a whole number above 0.`, 'Give a whole number above 0.')
  }
}

/** Throws USAGE for what a manifest could not say either; an empty text removes the setting. */
function refuse(
  label: string,
  text: string | undefined,
  rule: (text: string) => RuleProblem | undefined,
): void {
  const problem = text === undefined || text === '' ? undefined : rule(text)
  if (problem !== undefined) throw usage(`${label} ${problem.problem}.`, problem.hint)
}

function usage(message: string, hint: string): McpAuthError {
  return new McpAuthError('USAGE', message, { hint })
}
