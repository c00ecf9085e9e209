// Resources as the manifest layer hands them over, and control planes on real files in a fresh folder.
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { canonicalJson, type JsonObject } from '../../src/core/json.ts'
import type { Reference, Resource } from '../../src/core/resource.ts'
import { textAt } from '../../src/core/pointer.ts'
import {
  openControlPlane,
  type ControlPlane,
  type ControlPlaneOptions,
} from '../../src/control-plane/control-plane.ts'

/** A folder that goes away with the test. */
export function temporaryHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcpauth-store-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return join(folder, 'home')
}

let seconds = 0
const clock = { now: () => 1_700_000_000_000 + 1000 * seconds++, monotonic: () => 0 }

export function open(home: string, options: Partial<ControlPlaneOptions> = {}): ControlPlane {
  const plane = openControlPlane({ home, clock, env: {}, ...options })
  onTestFinished(() => {
    plane.close()
  })
  return plane
}

export function canary(): string {
  return `canary-${randomBytes(12).toString('hex')}`
}

interface ComponentOptions {
  readonly type?: string
  readonly version?: string
  readonly metadata?: JsonObject[]
  readonly scopes?: string[]
  readonly secretStore?: string
  readonly sensitive?: string[]
}

export function component(name: string, options: ComponentOptions = {}): Resource {
  const { type = 'middleware.http.bearer', metadata = [], scopes = [], secretStore } = options
  const manifest: JsonObject = {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: { name },
    spec: { type, version: options.version ?? 'v1', metadata },
    ...(secretStore === undefined ? {} : { auth: { secretStore } }),
    ...(scopes.length === 0 ? {} : { scopes }),
  }
  return resource(manifest, {
    sensitive: options.sensitive ?? [],
    references: [
      ...secretReferences(metadata, '/spec/metadata', secretStore),
      ...scopeReferences(scopes),
      ...(secretStore === undefined
        ? []
        : [{ to: 'secret-store' as const, name: secretStore, pointer: '/auth/secretStore' }]),
    ],
  })
}

export function endpoint(
  name: string,
  headers: JsonObject[] = [],
  sensitive: string[] = [],
): Resource {
  const manifest: JsonObject = {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'HTTPEndpoint',
    metadata: { name },
    spec: { baseUrl: `https://${name}.example.com/`, headers },
  }
  return resource(manifest, { sensitive, references: secretReferences(headers, '/spec/headers') })
}

interface HandlerOptions {
  readonly type?: string
  readonly version?: string
}

type Pipeline = 'httpPipeline' | 'appHttpPipeline'

export function configuration(
  name: string,
  handlers: Readonly<Record<string, HandlerOptions>>,
  options: { readonly pipeline?: Pipeline; readonly spec?: JsonObject } = {},
): Resource {
  const pipeline = options.pipeline ?? 'appHttpPipeline'
  const list = Object.entries(handlers).map(([handler, { type, version }]) => ({
    name: handler,
    type: type ?? 'middleware.http.bearer',
    ...(version === undefined ? {} : { version }),
  }))
  const manifest: JsonObject = {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Configuration',
    metadata: { name },
    spec: { [pipeline]: { handlers: list }, ...options.spec },
  }
  const references: Reference[] = list.map((handler, index) => ({
    to: 'handler',
    pipeline,
    name: handler.name,
    type: handler.type,
    version: handler.version ?? 'v1',
    pointer: `/spec/${pipeline}/handlers/${index}/name`,
  }))
  return resource(manifest, { references })
}

export function appIdentity(name: string, spec: JsonObject = {}): Resource {
  const appConfig = spec['appConfig']
  const manifest: JsonObject = {
    apiVersion: 'cra.diagrid.io/v1beta1',
    kind: 'AppIdentity',
    metadata: { name },
    spec,
  }
  return resource(manifest, {
    references:
      typeof appConfig === 'string'
        ? [{ to: 'configuration', name: appConfig, pointer: '/spec/appConfig' }]
        : [],
  })
}

function resource(manifest: JsonObject, parts: Partial<Resource>): Resource {
  const name = textAt(manifest, '/metadata/name') ?? ''
  const kind = textAt(manifest, '/kind') ?? ''
  const pointers = (parts.references ?? []).map((reference) => reference.pointer)
  return {
    apiVersion: textAt(manifest, '/apiVersion') ?? '',
    kind,
    name,
    manifest,
    digest: createHash('sha256').update(canonicalJson(manifest)).digest('hex'),
    sensitive: [],
    references: [],
    origin: {
      file: `${kind}-${name}.yaml`,
      start: { line: 1, column: 1 },
      positions: Object.fromEntries(
        pointers.map((pointer, index) => [pointer, { line: 10 + index, column: 7 }]),
      ),
    },
    ...parts,
  }
}

function scopeReferences(scopes: readonly string[]): Reference[] {
  return scopes.map((name, index) => ({ to: 'app-id', name, pointer: `/scopes/${index}` }))
}

function secretReferences(items: JsonObject[], list: string, store?: string): Reference[] {
  return items.flatMap((item, index) => {
    const name = textAt(item, '/secretKeyRef/name')
    if (name === undefined) return []
    const key = textAt(item, '/secretKeyRef/key') ?? name
    return [{ to: 'secret' as const, store, name, key, pointer: `${list}/${index}/secretKeyRef` }]
  })
}
