// Whether the user's command is there, as far as that can be told before it is started.
import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'

import { codeOf } from '../core/error-code.ts'
import { McpAuthError } from '../core/errors.ts'
import type { DevRunOptions, DevRunWorld } from './run-options.ts'

/** Throws COMMAND_NOT_STARTED for the command or folder of an app that is not there. */
export function checkCommandOf(
  { appDirPath: cwd, command, env: extra }: Pick<DevRunOptions, 'appDirPath' | 'command' | 'env'>,
  { env: inherited }: Pick<DevRunWorld, 'env'>,
): void {
  checkFolder(cwd)
  const [file] = command
  if (file !== undefined) checkCommand(file, { cwd, env: { ...inherited, ...extra } })
}

function checkFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return
  throw new McpAuthError('COMMAND_NOT_STARTED', `The folder ${path} does not exist.`, {
    hint: 'Correct --app-dir-path, which is where the command starts.',
  })
}

export interface CommandPlace {
  /** The folder the command starts in: what is relative, starts there. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Throws COMMAND_NOT_STARTED when execvp(3) would find no file of that name, or none that can be run. Says nothing on
 * Windows, where more than a name decides, nor without a PATH, for which each system has its own.
 */
export function checkCommand(file: string, { cwd, env }: CommandPlace): void {
  const path = env['PATH']
  if (process.platform === 'win32' || path === undefined) return
  // An empty entry of PATH is the folder itself.
  const candidates = file.includes('/')
    ? [file]
    : path.split(':').map((entry) => `${entry || '.'}/${file}`)
  let code = 'ENOENT'
  for (const candidate of candidates) {
    const found = lookAt(resolve(cwd, candidate))
    if (found === 'runs') return
    if (found === 'there') code = 'EACCES'
  }
  throw commandNotStarted(file, code)
}

function lookAt(path: string): 'runs' | 'there' | 'missing' {
  try {
    const isFile = statSync(path).isFile()
    if (isFile) accessSync(path, constants.X_OK)
    return isFile ? 'runs' : 'there'
  } catch (error) {
    return codeOf(error) === 'EACCES' ? 'there' : 'missing'
  }
}

/** `code` is what the system said, such as `ENOENT`. */
export function commandNotStarted(file: string, code: string | undefined): McpAuthError {
  const missing = code === 'ENOENT'
  return new McpAuthError(
    'COMMAND_NOT_STARTED',
    missing
      ? `The command ${file} was not found.`
      : `The command ${file} could not be started (${code ?? 'unknown'}).`,
    {
      hint: missing
        ? 'Check its name and PATH, and the folder given with --app-dir-path.'
        : 'Check that it is executable.',
    },
  )
}
