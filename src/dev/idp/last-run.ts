// Remembers where the development authorization server listened, so that minted tokens name the same issuer.
import path from 'node:path'
import { isJsonObject } from '../../core/json.ts'
import { idpFolder, invalidFile, readPrivateFile, writePrivateFile } from './private-file.ts'

export interface LastRun {
  readonly issuer: string
  readonly port: number
}

/** Where the server of `home` listens, or listened last; undefined when it never ran. */
export async function readLastRun(home: string): Promise<LastRun | undefined> {
  const text = await readPrivateFile(lastRunFile(home))
  if (text === undefined) return undefined
  const lastRun = parseLastRun(text)
  if (lastRun === undefined) throw invalidFile(lastRunFile(home), 'it names no issuer and port')
  return lastRun
}

export async function writeLastRun(home: string, run: LastRun): Promise<void> {
  await writePrivateFile(lastRunFile(home), `${JSON.stringify(run)}\n`)
}

function parseLastRun(text: string): LastRun | undefined {
  try {
    const content: unknown = JSON.parse(text)
    if (!isJsonObject(content)) return undefined
    const { issuer, port } = content
    return typeof issuer === 'string' && typeof port === 'number' ? { issuer, port } : undefined
  } catch {
    return undefined
  }
}

function lastRunFile(home: string): string {
  return path.join(idpFolder(home), 'last-run.json')
}
