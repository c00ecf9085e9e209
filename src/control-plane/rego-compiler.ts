// Whether Rego in a manifest can become a policy here: the sidecar compiles it with the `opa` on the PATH.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

import { componentType, namedItems } from '../core/component.ts'
import type { Resource } from '../core/resource.ts'
import type { ReferenceProblem } from './references.ts'

export function missingRegoCompiler(
  env: Readonly<Record<string, string | undefined>>,
  { manifest }: Resource,
): ReferenceProblem[] {
  if (componentType(manifest) !== 'middleware.http.opa') return []
  const rego = namedItems(manifest, '/spec/metadata').find(
    ({ name }) => name.toLowerCase() === 'rego',
  )
  if (rego === undefined || isOnPath('opa', env['PATH'] ?? '')) return []
  return [
    {
      severity: 'error',
      rule: 'opa-missing',
      pointer: `${rego.pointer}/name`,
      message: 'The policy is written in Rego, and there is no opa on the PATH to compile it.',
      hint: 'Install opa, or compile it elsewhere with "opa build -t wasm -e http/allow" and set policyFile.',
    },
  ]
}

function isOnPath(program: string, path: string): boolean {
  const name = process.platform === 'win32' ? `${program}.exe` : program
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
