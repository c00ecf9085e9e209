// What is stored, as manifests and comments that Dapr on Kubernetes honours.
import { isJsonObject, type JsonObject } from '../../../core/json.ts'
import { resourceId } from '../../../core/resource.ts'
import type { PortableResource } from '../../../control-plane/resources.ts'
import type { ExportDocument } from '../documents.ts'
import { describePod } from './app-id.ts'
import { kubernetesComponent } from './component.ts'
import { kubernetesConfiguration, type Surroundings } from './configuration.ts'
import { kubernetesEndpoint } from './http-endpoint.ts'
import { kubernetesMcpServer } from './mcp-server.ts'
import { Notes, SecretList } from './notes.ts'
import { withoutInlineSecrets, type Scene } from './references.ts'

export interface KubernetesExport {
  /** Secrets and App IDs are comments only. */
  readonly documents: readonly ExportDocument[]
  /** `component/oauth2: …`: what is lost or has to be done by hand. */
  readonly warnings: readonly string[]
}

export interface KubernetesScene {
  readonly namespace: string
  readonly project: string
  /** Everything of the project, exported or not. */
  readonly all: readonly PortableResource[]
}

/** No value of a secret is part of it. */
export function kubernetesExport(
  resources: readonly PortableResource[],
  { namespace, project, all }: KubernetesScene,
): KubernetesExport {
  const secrets = new SecretList()
  const named = (kind: string): string[] =>
    all.filter((resource) => resource.kind === kind).map(({ name }) => name)
  const surroundings: Surroundings = {
    namespace,
    project,
    components: new Set(named('Component')),
    hasEndpoints: named('HTTPEndpoint').length > 0,
  }
  const warnings: string[] = []
  const documents = resources.map((resource): ExportDocument => {
    const notes = new Notes()
    const manifest = convert(resource, { notes, secrets }, surroundings)
    if (manifest !== undefined) notes.warnOfName(resource.name)
    warnings.push(...notes.warnings.map((text) => `${resourceId(resource)}: ${text}`))
    const { kind, name } = resource
    const document = { kind, name, comments: notes.comments }
    return manifest === undefined
      ? document
      : { ...document, manifest: inNamespace(manifest, namespace) }
  })
  return { documents: [...secretDocuments(secrets, namespace), ...documents], warnings }
}

function convert(
  resource: PortableResource,
  scene: Scene,
  surroundings: Surroundings,
): JsonObject | undefined {
  const { kind, apiVersion } = resource
  if (kind === 'Component') return kubernetesComponent(resource, scene)
  if (kind === 'HTTPEndpoint') return kubernetesEndpoint(resource, scene)
  if (kind === 'MCPServer') return kubernetesMcpServer(resource, scene)
  if (kind === 'Configuration') {
    return kubernetesConfiguration(resource, scene.notes, surroundings)
  }
  if (kind === 'AppIdentity') {
    describePod(resource, scene)
    return undefined
  }
  if (!apiVersion.startsWith('dapr.io/')) {
    scene.notes.warn(`${resourceId(resource)} is left out: Dapr has no ${kind}.`)
    return undefined
  }
  return withoutInlineSecrets(resource, scene.notes)
}

function inNamespace(manifest: JsonObject, namespace: string): JsonObject {
  const metadata = isJsonObject(manifest['metadata']) ? manifest['metadata'] : {}
  return { ...manifest, metadata: { ...metadata, namespace } }
}

function secretDocuments(secrets: SecretList, namespace: string): ExportDocument[] {
  return secrets.all().map(({ name, keys }) => {
    const files = keys.map((key) => `--from-file=${key}=FILE`).join(' ')
    return {
      kind: 'Secret',
      name,
      comments: [
        `Secret ${name}: not filled in here. Each FILE holds one value and no line break at its end.`,
        `  kubectl create secret generic ${name} --namespace ${namespace} ${files}`,
      ],
    }
  })
}
