// Log files of the apps of a run, where Dapr puts them: <app folder>/.dapr/logs/<App ID>_<app|daprd>_<time>.log
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'

import type { Clock } from '../core/clock.ts'
import { codeOf } from '../core/error-code.ts'
import { McpAuthError } from '../core/errors.ts'
import { boundedOutput } from './bounded-output.ts'
import { devConsole, type DevConsole } from './console.ts'
import { LogFile } from './log-file.ts'
import type { ChildOptions } from './child.ts'
import type { AppOptions } from './run-file.ts'
import type { DevRunOptions, DevRunWorld } from './run-options.ts'

const plain = (text: string): string => text
const plainStyle = {
  good: plain,
  bad: plain,
  warning: plain,
  error: plain,
  dim: plain,
}

export class AppLogs {
  readonly #clock: Clock
  readonly #time: string
  readonly #open: LogFile[] = []

  constructor(clock: Clock) {
    this.#clock = clock
    this.#time = new Date(clock.now()).toISOString().replaceAll(/\D/g, '').slice(0, 14)
  }

  /** A new file. Throws FILE_NOT_WRITTEN. An App ID is a label, so that the name is one on every system. */
  open(
    { appId, appDirPath }: Pick<DevRunOptions, 'appId' | 'appDirPath'>,
    of: 'app' | 'daprd',
  ): LogFile {
    const folder = join(appDirPath, '.dapr', 'logs')
    const path = join(folder, `${appId}_${of}_${this.#time}.log`)
    try {
      // A folder of the app that is not there is a mistake, and none to be made.
      statSync(appDirPath)
      mkdirSync(folder, { recursive: true })
      const file = new LogFile(path)
      this.#open.push(file)
      return file
    } catch (error) {
      const why = codeOf(error, 'unknown error')
      throw new McpAuthError('FILE_NOT_WRITTEN', `The log ${path} cannot be written (${why}).`, {
        hint: 'Make its folder writable, or choose the destination console.',
      })
    }
  }

  /** Where the output of the command goes. Throws as `open` does. */
  streams(
    options: DevRunOptions,
    { stdout, stderr }: Pick<DevRunWorld, 'stdout' | 'stderr'>,
  ): Pick<ChildOptions, 'stdout' | 'stderr' | 'log'> {
    const { appLogDestination: destination = 'console' } = options
    const shown =
      destination === 'file' ? { stdout: undefined, stderr: undefined } : { stdout, stderr }
    return destination === 'console' ? shown : { ...shown, log: this.open(options, 'app') }
  }

  /** `shown` with its log, as far as the app wants, in a file as well or instead. */
  console(options: AppOptions, shown: DevConsole): DevConsole {
    const { sidecarLogDestination: destination } = options
    if (destination === 'console') return shown
    const output = boundedOutput(this.open(options, 'daprd'))
    const filed = devConsole(options, { style: plainStyle, clock: this.#clock }, output)
    if (destination === 'file') {
      return {
        ...shown,
        logger: filed.logger,
        accessLog: filed.accessLog,
        serverOutput: (...line) => filed.serverOutput(...line),
        quietly: (work) => filed.quietly(work),
      }
    }
    return {
      ...shown,
      logger: {
        debug() {},
        info: (...line) => [shown, filed].forEach(({ logger }) => logger.info(...line)),
        warn: (...line) => [shown, filed].forEach(({ logger }) => logger.warn(...line)),
        error: (...line) => [shown, filed].forEach(({ logger }) => logger.error(...line)),
      },
      accessLog: (record) => [shown, filed].forEach(({ accessLog }) => accessLog(record)),
      serverOutput: (...line) => [shown, filed].forEach((each) => each.serverOutput(...line)),
      quietly: (work) => shown.quietly(() => filed.quietly(work)),
    }
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#open.map(async (file) => {
        file.end()
        await finished(file).catch(() => {})
      }),
    )
  }
}
