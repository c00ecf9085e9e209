// Faults of the development authorization server on request, each once: left in its private folder by another command.
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import {
  fileVersion,
  idpFolder,
  readPrivateFile,
  withFolderLock,
  writePrivateFile,
} from './private-file.ts'

export const faultKinds = ['expire', 'revoke', 'slow', 'down'] as const

export interface Fault {
  readonly kind: (typeof faultKinds)[number]
  /** Of `slow` and `down`: the path whose next request has it. */
  readonly path: string
  /** Of `slow`. */
  readonly seconds: number
}

/** Leaves a fault for the running server of `home`; only this user can. */
export async function leaveFault(home: string, fault: Fault): Promise<void> {
  await withFolderLock(home, async () => {
    await writeFaults(home, [...(await readFaults(home)), fault])
  })
}

/** Takes the first fault that fits, which then is gone. Costs one look at the folder where there is none. */
export async function takeFault(
  home: string,
  fits: (fault: Fault) => boolean,
): Promise<Fault | undefined> {
  if ((await fileVersion(faultsFile(home))) === undefined) return undefined
  return withFolderLock(home, async () => {
    const faults = await readFaults(home)
    const found = faults.find((fault) => fits(fault))
    if (found !== undefined)
      await writeFaults(
        home,
        faults.filter((fault) => fault !== found),
      )
    return found
  })
}

/** Forgets what was left for a server that ran before. */
export async function dropFaults(home: string): Promise<void> {
  await rm(faultsFile(home), { force: true })
}

async function readFaults(home: string): Promise<Fault[]> {
  const text = await readPrivateFile(faultsFile(home))
  try {
    const content: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(content) ? content.filter((one: unknown) => isFault(one)) : []
  } catch {
    return []
  }
}

async function writeFaults(home: string, faults: readonly Fault[]): Promise<void> {
  if (faults.length === 0) await dropFaults(home)
  else await writePrivateFile(faultsFile(home), `${JSON.stringify(faults)}\n`)
}

function isFault(value: unknown): value is Fault & JsonObject {
  return (
    isJsonObject(value) &&
    faultKinds.some((kind) => kind === value['kind']) &&
    typeof value['path'] === 'string' &&
    typeof value['seconds'] === 'number'
  )
}

function faultsFile(home: string): string {
  return path.join(idpFolder(home), 'faults.json')
}
