// Folders for the files of a run. They go away with the process, however it ends.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders = new Set<string>()

process.on('exit', () => {
  for (const folder of folders) removeScratchFolder(folder)
})

export function makeScratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcpauth-bench-'))
  folders.add(folder)
  return folder
}

export function removeScratchFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  folders.delete(folder)
}
