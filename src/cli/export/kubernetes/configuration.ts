// Configurations as daprd takes them: handlers by their type there, access control complete, sections that its CRD accepts.
import { isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import { listAt, textAt } from '../../../core/pointer.ts'
import type { PortableResource } from '../../../control-plane/resources.ts'
import { kubernetesAccessControl } from './access-control.ts'
import { kubernetesType } from './component.ts'
import type { Notes } from './notes.ts'
import { withoutInlineSecrets } from './references.ts'

export interface Surroundings {
  readonly namespace: string
  readonly project: string
  /** Names of the Components of the project. */
  readonly components: ReadonlySet<string>
  readonly hasEndpoints: boolean
}

export function kubernetesConfiguration(
  resource: PortableResource,
  notes: Notes,
  surroundings: Surroundings,
): JsonObject {
  const manifest = withoutInlineSecrets(resource, notes)
  const spec = isJsonObject(manifest['spec']) ? manifest['spec'] : {}
  const sections = Object.entries(spec).flatMap(([name, section]): [string, Json][] => {
    const converted = convertSection(name, section, { notes, surroundings })
    return converted === undefined ? [] : [[name, converted]]
  })
  const guards = listAt(manifest, '/spec/appHttpPipeline/handlers')
  if (guards.length > 0 && surroundings.hasEndpoints) {
    notes.warn(
      'Dapr runs appHttpPipeline for calls to HTTPEndpoints too; here it is for calls to the app.',
    )
  }
  return { ...manifest, spec: Object.fromEntries(sections) }
}

interface SectionScene {
  readonly notes: Notes
  readonly surroundings: Surroundings
}

function convertSection(
  name: string,
  section: Json,
  { notes, surroundings }: SectionScene,
): Json | undefined {
  if (name === 'httpPipeline' || name === 'appHttpPipeline') {
    const handlers = listAt(section, '/handlers')
    return { handlers: handlers.map((handler) => convertHandler(handler, { notes, surroundings })) }
  }
  if (!isJsonObject(section)) return section
  if (name === 'accessControl') return kubernetesAccessControl(section, notes, surroundings)
  if (name === 'metric' || name === 'metrics') return { enabled: true, ...section }
  const complete = name === 'tracing' ? completeTracing(section, notes) : section
  return isComplete(name, complete, notes) ? complete : undefined
}

/** Members without which Dapr's CRDs refuse a section. */
const required: Readonly<Record<string, readonly string[]>> = {
  tracing: ['samplingRate'],
  'tracing.otel': ['endpointAddress', 'isSecure', 'protocol'],
  'tracing.zipkin': ['endpointAddress'],
  nameResolution: ['component', 'configuration', 'version'],
  mtls: ['controlPlaneTrustDomain', 'enabled', 'sentryAddress'],
  secrets: ['scopes'],
}

function isComplete(name: string, section: JsonObject, notes: Notes): boolean {
  const missing = (required[name] ?? []).filter((member) => section[member] === undefined)
  if (missing.length === 0) return true
  notes.warn(`${name} is left out: Dapr on Kubernetes needs ${missing.join(' and ')} in it.`)
  return false
}

function completeTracing(section: JsonObject, notes: Notes): JsonObject {
  const members = Object.entries(section).flatMap(([name, value]): [string, Json][] => {
    // A number here, text in the CRD.
    if (name === 'samplingRate' && typeof value === 'number') return [[name, String(value)]]
    if (!isJsonObject(value)) return [[name, value]]
    const complete = name === 'otel' ? { isSecure: true, ...value } : value
    return isComplete(`tracing.${name}`, complete, notes) ? [[name, complete]] : []
  })
  return Object.fromEntries(members)
}

/** The CRD has no `version`: there is only v1 then. */
function convertHandler(handler: Json, { notes, surroundings }: SectionScene): Json {
  if (!isJsonObject(handler)) return handler
  const { version: _, ...rest } = handler
  const name = textAt(handler, '/name') ?? ''
  if (!surroundings.components.has(name)) {
    notes.warn(`Handler "${name}" names no Component: Dapr skips it and lets requests through.`)
  }
  if (!['', 'v0', 'v1'].includes(textAt(handler, '/version') ?? '')) {
    notes.warn(`Handler "${name}" loses its version: Dapr on Kubernetes knows v1 only.`)
  }
  return { ...rest, type: kubernetesType(textAt(handler, '/type') ?? '') }
}
