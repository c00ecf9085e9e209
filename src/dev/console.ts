// Where `dev run` writes: its own lines to standard error as text or JSON, the command's output past it.
import type { Diagnostic } from '../core/diagnostic.ts'
import type { McpAuthError } from '../core/errors.ts'
import type { Logger, LogFields } from '../core/logger.ts'
import type { AccessLog } from '../data-plane/access-log.ts'
import { renderDiagnostics } from '../manifest/render.ts'
import { accessJson, accessText } from './access-line.ts'
import { jsonChecklist, labelled, textChecklist, type Checklist } from './checklist.ts'
import type { DevRunOptions, DevRunWorld } from './run-options.ts'

export interface DevConsole {
  readonly checklist: Checklist
  readonly logger: Logger
  readonly accessLog: AccessLog
  /** A line that the process of an MCP server wrote beside its protocol. */
  serverOutput(server: string, line: string): void
  /** Runs work whose outcome the checklist reports: what it logs meanwhile would say it twice. */
  quietly<T>(work: () => Promise<T>): Promise<T>
  /** Problems of manifests; `sources` maps file names to texts. */
  diagnostics(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, string>): void
  /** The error that ends the run, as a JSON line; false where the command line reports it better. */
  ended(error: McpAuthError): boolean
}

/** `appId` marks the lines as those of one app of several. */
export function devConsole(
  options: Pick<DevRunOptions, 'enableApiLogging' | 'logFormat'>,
  world: Pick<DevRunWorld, 'style' | 'clock'>,
  output: Output,
  appId?: string,
): DevConsole {
  const isLogged = (record: Parameters<AccessLog>[0]): boolean =>
    !record.api || record.status >= 400 || options.enableApiLogging
  return options.logFormat === 'json'
    ? jsonConsole(output, world, isLogged, appId)
    : textConsole(output, world, isLogged, appId)
}

export type Output = Parameters<typeof textChecklist>[0]
type IsLogged = (record: Parameters<AccessLog>[0]) => boolean

function textConsole(
  output: Output,
  { style }: Pick<DevRunWorld, 'style'>,
  isLogged: IsLogged,
  appId?: string,
): DevConsole {
  const plain = textChecklist(output, style)
  const checklist = appId === undefined ? plain : labelled(plain, appId)
  const log = (level: string, message: string, fields: LogFields = {}): void => {
    checklist.note(`${level}: ${message}${textFields(fields)}\n`)
  }
  return {
    checklist,
    ...quietable(log),
    accessLog: (record) => {
      if (isLogged(record)) checklist.note(`${accessText(record)}\n`)
    },
    serverOutput: (server, line) => checklist.note(`== MCP - ${server} == ${line}\n`),
    diagnostics: (diagnostics, sources) => {
      checklist.note(renderDiagnostics(diagnostics, sources, style))
    },
    ended: () => false,
  }
}

function jsonConsole(
  output: Output,
  { clock }: Pick<DevRunWorld, 'clock'>,
  isLogged: IsLogged,
  appId?: string,
): DevConsole {
  const app = appId === undefined ? {} : { appId }
  const write = (fields: object): void => {
    const line = { time: new Date(clock.now()).toISOString(), ...app, ...fields }
    output.write(`${JSON.stringify(line)}\n`)
  }
  return {
    checklist: jsonChecklist(output, () => clock.now(), app),
    ...quietable((level, msg, fields) => write({ type: 'log', level, msg, ...fields })),
    accessLog: (record) => {
      if (isLogged(record)) output.write(`${accessJson(record)}\n`)
    },
    serverOutput: (mcpServer, line) => write({ type: 'output', mcpServer, line }),
    diagnostics: (diagnostics) => {
      for (const diagnostic of diagnostics) write({ type: 'diagnostic', ...diagnostic })
    },
    ended: ({ code, message, hint, place }) => {
      const more = {
        ...(hint === undefined ? {} : { hint }),
        ...(place === undefined ? {} : { place }),
      }
      write({ type: 'error', code, msg: message, ...more })
      return true
    },
  }
}

function quietable(
  log: (level: string, message: string, fields?: LogFields) => void,
): Pick<DevConsole, 'logger' | 'quietly'> {
  /** How much such work is under way. */
  let quiet = 0
  const unlessQuiet = (level: string, message: string, fields?: LogFields): void => {
    if (quiet === 0) log(level, message, fields)
  }
  return {
    logger: {
      debug() {},
      info: (message, fields) => unlessQuiet('info', message, fields),
      warn: (message, fields) => unlessQuiet('warning', message, fields),
      error: (message, fields) => unlessQuiet('error', message, fields),
    },
    quietly: async (work) => {
      quiet += 1
      try {
        return await work()
      } finally {
        quiet -= 1
      }
    },
  }
}

function textFields(fields: LogFields): string {
  const parts = Object.entries(fields).filter(([, value]) => value !== undefined)
  return parts.length === 0
    ? ''
    : ` (${parts.map(([name, value]) => `${name}: ${value}`).join(', ')})`
}
