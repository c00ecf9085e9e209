// A run file → the options of each of its apps: what `common` gives, where relative paths start, what contradicts.
import { statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'

import { isTooSlow, type AppHealthSettings } from '../core/app-health.ts'
import { McpAuthError } from '../core/errors.ts'
import type { RunFile } from '../core/generated/types.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import { isLabel, labelRule } from '../core/names.ts'
import { joinPointer } from '../core/pointer.ts'
import { readPublicUrl } from '../core/trusted-url.ts'
import type { Finding } from '../manifest/finding.ts'
import { readRunFile, type ReadRunFile } from '../manifest/run-file.ts'
import { bytesOf, headerBytesOf } from './byte-size.ts'
import { parseClockOffset } from './idp/clock-offset.ts'
import type { DevIdpOptions } from './idp/server.ts'
import { usersOf } from './idp/users.ts'
import { healthOptions, logOptions, pathsOf } from './run-file-settings.ts'
import { splitWords } from './split-words.ts'
import type { DevRunOptions, LogDestination } from './run-options.ts'

export interface AppOptions extends DevRunOptions {
  readonly sidecarLogDestination: LogDestination
}

export interface RunFileOptions {
  readonly apps: readonly AppOptions[]
  /** The authorization server that runs with them. */
  readonly idp?: {
    readonly port: number
    readonly clients: readonly string[]
    readonly audience: string | undefined
    readonly users?: DevIdpOptions['users']
    /** Seconds by which its clock is ahead. */
    readonly clockOffset: number
  }
}

/** What holds for all apps, and is not in the file. */
export type RunDefaults = Pick<DevRunOptions, 'project' | 'logFormat' | 'allowedUrls'>

export interface LoadedRunFile {
  /** Absent when a diagnostic is an error. */
  readonly options?: RunFileOptions
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: ReadonlyMap<string, string>
}

export interface RunFilePlace {
  /** A file, a folder with a dapr.yaml, or `-`. */
  readonly path: string
  /** Absolute: where relative paths of the command line start, and those of a run file on standard input. */
  readonly cwd: string
  readonly stdin: () => Promise<Uint8Array>
  /** Ports that are not the file's to give → what has them. */
  readonly taken?: ReadonlyMap<number, string>
}

export async function loadRunFile(
  { path, cwd, stdin, taken }: RunFilePlace,
  defaults: RunDefaults,
): Promise<LoadedRunFile> {
  const file = path !== '-' && isFolder(resolve(cwd, path)) ? join(path, 'dapr.yaml') : path
  const read = await readRunFile(file, { stdin })
  const { runFile, sources } = read
  if (runFile === undefined) return { diagnostics: read.diagnostics, sources }
  const folder = file === '-' ? cwd : dirname(resolve(cwd, file))
  const reader = new RunFileReader(read, runFile, { folder, cwd, taken })
  const options = reader.options(defaults)
  const diagnostics = [...read.diagnostics, ...reader.diagnostics]
  if (reader.diagnostics.length > 0) return { diagnostics, sources }
  return withUsers({ options, diagnostics, sources }, runFile.idp?.users, { folder, stdin })
}

async function withUsers(
  loaded: Required<LoadedRunFile>,
  users: string | undefined,
  { folder, stdin }: { readonly folder: string; readonly stdin: RunFilePlace['stdin'] },
): Promise<LoadedRunFile> {
  const { idp } = loaded.options
  if (users === undefined || idp === undefined) return loaded
  const { readDevUsers } = await import('../manifest/dev-users.ts')
  const read = await readDevUsers(resolve(folder, users), { stdin })
  const diagnostics = [...loaded.diagnostics, ...read.diagnostics]
  const sources = new Map([...loaded.sources, ...read.sources])
  if (read.users === undefined) return { diagnostics, sources }
  const options = { ...loaded.options, idp: { ...idp, users: usersOf(read.users) } }
  return { options, diagnostics, sources }
}

type App = RunFile['apps'][number]
type Idp = NonNullable<RunFile['idp']>
type Common = NonNullable<RunFile['common']>

class RunFileReader {
  readonly diagnostics: Diagnostic[] = []
  readonly #read: ReadRunFile
  readonly #file: RunFile
  readonly #folder: string
  readonly #cwd: string
  /** Port → the label of who has it. */
  readonly #ports: Map<number, string>
  readonly #names = new Set<string>()

  constructor(
    read: ReadRunFile,
    file: RunFile,
    place: { folder: string; cwd: string; taken: RunFilePlace['taken'] },
  ) {
    this.#ports = new Map(place.taken)
    this.#read = read
    this.#file = file
    this.#folder = place.folder
    this.#cwd = place.cwd
  }

  options(defaults: RunDefaults): RunFileOptions {
    const { idp } = this.#file
    if (idp !== undefined) this.#port(idp.port ?? 9400, '/idp/port')
    const apps = this.#file.apps.map((app, index) => this.#app(app, `/apps/${index}`, defaults))
    return {
      apps,
      ...(idp === undefined ? {} : { idp: this.#idp(idp) }),
    }
  }

  #idp({
    port = 9400,
    clients = [],
    audience,
    clockOffset = '0',
  }: Idp): NonNullable<RunFileOptions['idp']> {
    const seconds = parseClockOffset(clockOffset)
    if (seconds === undefined) {
      const hint = 'Write a number and a unit, such as 10m or -90s; at most a year.'
      this.#error('/idp/clockOffset', { message: 'clockOffset is no time.', hint })
    }
    return { port, clients, audience, clockOffset: seconds ?? 0 }
  }

  #app(app: App, pointer: string, defaults: RunDefaults): AppOptions {
    const common: Common = this.#file.common ?? {}
    const folder = resolve(this.#folder, app.appDirPath ?? '.')
    this.#check(app, pointer, folder)
    return {
      ...defaults,
      appId: this.#appId(app, pointer, folder),
      appPort: app.appPort === 0 ? undefined : app.appPort,
      appDirPath: folder,
      command: this.#command(app, pointer),
      env: { ...this.#env(common, '/common'), ...this.#env(app, pointer) },
      config: app.appConfig === undefined ? this.#config(app, common, folder) : undefined,
      appConfig: app.appConfig,
      resourcesPaths: this.#resources(app, common, folder),
      daprHttpPort: app.daprHTTPPort ?? 0,
      ingressPort: app.ingressPort,
      publicUrl: this.#publicUrl(app, pointer),
      maxBodyBytes: this.#maxBody(app, common, pointer),
      maxHeaderBytes: this.#maxHeader(app, common, pointer),
      health: this.#health(app, common, pointer),
      ...logOptions({ ...common, ...app }),
    }
  }

  #check(app: App, pointer: string, folder: string): void {
    for (const name of ['appPort', 'daprHTTPPort', 'ingressPort'] as const) {
      this.#port(app[name] ?? 0, joinPointer(pointer, name))
    }
    if (app.appConfig !== undefined && app.configFilePath !== undefined) {
      this.#error(joinPointer(pointer, 'appConfig'), {
        message: 'appConfig and configFilePath both attach a Configuration.',
        hint: 'Keep one of them.',
      })
    }
    if (app.appDirPath !== undefined && !isFolder(folder)) {
      this.#error(joinPointer(pointer, 'appDirPath'), {
        message: 'The folder of the app does not exist.',
        hint: 'It is looked for from the folder of the run file.',
      })
    }
  }

  /** Dapr: without an appID it is the name of the folder. */
  #appId(app: App, pointer: string, folder: string): string {
    const name = (app.appID ?? basename(folder)).toLowerCase()
    const at = app.appID === undefined ? pointer : joinPointer(pointer, 'appID')
    if (!isLabel(name)) {
      this.#error(at, { message: 'This cannot be an App ID.', hint: `Use ${labelRule}.` })
    } else if (this.#names.has(name)) {
      this.#error(at, {
        message: `App ID "${name}" is given to two apps.`,
        hint: 'Rename one of them.',
      })
    }
    this.#names.add(name)
    return name
  }

  #port(port: number, pointer: string): void {
    if (port === 0) return
    const other = this.#ports.get(port)
    if (other !== undefined) {
      this.#error(pointer, {
        message: `Port ${port} is given twice: ${other} has it too.`,
        hint: 'Each needs a port of its own.',
      })
    }
    this.#ports.set(port, pointer.slice(1).replaceAll('/', '.'))
  }

  #command({ command = [] }: App, pointer: string): string[] {
    if (typeof command !== 'string') {
      return command.map((_, index) =>
        this.#text(joinPointer(`${pointer}/command`, index), command[index]),
      )
    }
    const words = splitWords(command)
    if (words !== undefined) return words
    this.#error(`${pointer}/command`, {
      message: 'The command has a quotation mark without its end.',
      hint: 'Close it, or write the command as a list.',
    })
    return []
  }

  #env({ env = {} }: Pick<Common, 'env'>, pointer: string): Record<string, string> {
    return Object.fromEntries(
      Object.entries(env).map(([name, value]) => [
        name,
        this.#text(joinPointer(`${pointer}/env`, name), value),
      ]),
    )
  }

  /** A number is passed on as it is written, such as 0755 or 1.10. */
  #text(pointer: string, value: unknown): string {
    return typeof value === 'string' ? value : (this.#read.writtenAt(pointer) ?? String(value))
  }

  #config(app: App, common: Common, folder: string): string | undefined {
    const own = join(folder, '.dapr', 'config.yaml')
    if (app.configFilePath !== undefined) return this.#path(folder, app.configFilePath)
    if (exists(own)) return this.#path(folder, own)
    const { configFilePath } = common
    return configFilePath === undefined ? undefined : this.#path(this.#folder, configFilePath)
  }

  #resources(app: App, common: Common, folder: string): string[] {
    const own = join(folder, '.dapr', 'resources')
    const given = pathsOf(app)
    if (given.length > 0) return given.map((path) => this.#path(folder, path))
    if (isFolder(own)) return [this.#path(folder, own)]
    return pathsOf(common).map((path) => this.#path(this.#folder, path))
  }

  /** As messages show it: from where the command runs, unless that is far away. */
  #path(base: string, path: string): string {
    const absolute = resolve(base, path)
    const near = relative(this.#cwd, absolute)
    return near === '' || near.startsWith('..') ? absolute : near
  }

  #maxBody(app: App, common: Common, pointer: string): number {
    const size = app.maxBodySize ?? common.maxBodySize ?? '4Mi'
    const bytes = bytesOf(String(size))
    if (bytes !== undefined) return bytes
    const at = app.maxBodySize === undefined ? '/common' : pointer
    this.#error(joinPointer(at, 'maxBodySize'), {
      message: 'This is not a size.',
      hint: 'Write it as a number with Ki, Mi or Gi, such as 4Mi.',
    })
    return 0
  }

  #maxHeader(app: App, common: Common, pointer: string): number | undefined {
    const size = app.readBufferSize ?? common.readBufferSize
    if (size === undefined) return undefined
    const bytes = headerBytesOf(String(size))
    if (bytes !== undefined) return bytes
    const at = app.readBufferSize === undefined ? '/common' : pointer
    this.#error(joinPointer(at, 'readBufferSize'), {
      message: 'This is no length of headers.',
      hint: 'Write a size from 1Ki to 1Mi, such as 64Ki.',
    })
    return undefined
  }

  #publicUrl({ publicURL, ingressPort }: App, pointer: string): string | undefined {
    if (publicURL === undefined) return undefined
    const at = joinPointer(pointer, 'publicURL')
    const read = readPublicUrl(publicURL)
    if ('problem' in read) {
      this.#error(at, { message: `The publicURL ${read.problem}.`, hint: read.hint })
      return undefined
    }
    if (ingressPort !== undefined) return read.url
    const message = 'publicURL is the URL of an ingress, and there is none.'
    this.#error(at, { message, hint: 'Add ingressPort.' })
    return undefined
  }

  #health(app: App, common: Common, pointer: string): AppHealthSettings {
    const settings = healthOptions({ ...common, ...app })
    if (isTooSlow(settings)) {
      this.#error(pointer, {
        message: 'A health check may take longer than the time between two.',
        hint: 'Lower appHealthProbeTimeout, which is in ms, or raise appHealthProbeInterval, in seconds.',
      })
    }
    return settings
  }

  #error(pointer: string, { message, hint }: Pick<Finding, 'message' | 'hint'>): void {
    const more = hint === undefined ? {} : { hint }
    this.diagnostics.push(this.#read.at({ rule: 'run-file', pointer, message, ...more }))
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/** The error that ends a run whose file is not valid. */
export function invalidRunFile(diagnostics: readonly Diagnostic[]): McpAuthError {
  const count = diagnostics.filter(({ severity }) => severity === 'error').length
  const problems = count === 1 ? '1 problem' : `${count} problems`
  return new McpAuthError('MANIFEST_INVALID', `${problems} in the run file. Nothing was started.`, {
    diagnostics,
  })
}
