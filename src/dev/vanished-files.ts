// Manifest files that are gone while `dev run` follows them: leaving a resource out deletes nothing, and that is said.
import type { ControlPlane } from '../control-plane/control-plane.ts'
import { McpAuthError } from '../core/errors.ts'
import { resourceId, type Resource } from '../core/resource.ts'
import type { ManifestBatch } from '../manifest/read.ts'

interface RunningApps {
  /** As given on the command line. */
  readonly project: string | undefined
  readonly appIds: readonly string[]
}

type Defined = Pick<Resource, 'kind' | 'name'>

export class VanishedFiles {
  readonly #options: RunningApps
  readonly #controlPlane: Pick<ControlPlane, 'resources'>
  readonly #project: string
  /** File → what it defined when it was applied last. */
  readonly #known = new Map<string, readonly Defined[]>()

  constructor(
    options: RunningApps,
    controlPlane: Pick<ControlPlane, 'resources'>,
    project: string,
  ) {
    this.#options = options
    this.#controlPlane = controlPlane
    this.#project = project
  }

  /** After `batch` was applied. */
  remember({ sources, resources }: ManifestBatch): void {
    for (const file of sources.keys()) {
      this.#known.set(
        file,
        resources.filter(({ origin }) => origin.file === file),
      )
    }
  }

  /** A line for each file that `batch` no longer has and that leaves something applied; each is told once. */
  since({ sources, diagnostics, resources }: ManifestBatch): string[] {
    // One that is there and cannot be read is in the diagnostics.
    const present = new Set([...sources.keys(), ...diagnostics.map(({ file }) => file)])
    const gone = [...this.#known].filter(([file]) => !present.has(file))
    return gone.flatMap(([file, defined]) => {
      const elsewhere = new Set(resources.map((resource) => resourceId(resource)))
      const left = defined.filter((one) => !elsewhere.has(resourceId(one)) && this.#isApplied(one))
      this.#known.delete(file)
      return left.length === 0 ? [] : [this.#line(file, left)]
    })
  }

  #line(file: string, left: readonly Defined[]): string {
    const names = left.map((one) => resourceId(one)).join(', ')
    const commands = left.flatMap((one) => this.#deletion(one)).join('; ')
    const verb = left.length === 1 ? 'stays' : 'stay'
    return `${file} is gone; ${names} ${verb} applied${commands === '' ? '' : ` (${commands})`}`
  }

  /** The command that deletes it; none for a kind that has none, or for an App ID that runs here. */
  #deletion({ kind, name }: Defined): string[] {
    const word = deletable[kind]
    if (word === undefined || (kind === 'AppIdentity' && this.#options.appIds.includes(name)))
      return []
    // Where the run was told its project, another terminal may imply another one.
    const project = this.#options.project === undefined ? '' : ` --project ${this.#project}`
    return [`mcpauth ${word} delete ${name}${project}`]
  }

  #isApplied({ kind, name }: Defined): boolean {
    try {
      this.#controlPlane.resources.get(this.#project, kind, name)
      return true
    } catch (error) {
      if (error instanceof McpAuthError && notFound.has(error.code)) return false
      throw error
    }
  }
}

const notFound: ReadonlySet<string> = new Set(['RESOURCE_NOT_FOUND', 'APPID_NOT_FOUND'])

/** Kind → the word of its commands. */
const deletable: Readonly<Record<string, string>> = {
  Component: 'component',
  Configuration: 'configuration',
  HTTPEndpoint: 'httpendpoint',
  MCPServer: 'mcpserver',
  AppIdentity: 'appid',
}
