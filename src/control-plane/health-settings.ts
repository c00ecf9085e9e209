// `spec.healthCheck` of an App ID → settings.
import type { AppHealthSettings } from '../core/app-health.ts'
import type { JsonObject } from '../core/json.ts'
import { textAt, valueAt } from '../core/pointer.ts'

export function healthSettings(manifest: JsonObject): AppHealthSettings {
  const path = textAt(manifest, '/spec/healthCheck/path')
  const probe = '/spec/healthCheck/probe'
  return {
    enabled: valueAt(manifest, `${probe}/enabled`) === true,
    ...(path === undefined ? {} : { path }),
    ...numberAt(manifest, `${probe}/intervalInSec`, 'intervalSeconds'),
    ...numberAt(manifest, `${probe}/timeoutInMs`, 'timeoutMs'),
    ...numberAt(manifest, `${probe}/failureThreshold`, 'threshold'),
  }
}

function numberAt(
  manifest: JsonObject,
  pointer: string,
  name: 'intervalSeconds' | 'timeoutMs' | 'threshold',
): AppHealthSettings {
  const value = valueAt(manifest, pointer)
  return typeof value === 'number' ? { [name]: value } : {}
}
