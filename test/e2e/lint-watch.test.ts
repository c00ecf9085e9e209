// `mcpauth lint --watch` as a process: it checks again after edits, and ends with Ctrl-C.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/temp-home.ts'

const endpoint = (field: string): string =>
  `apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata: { name: a }\nspec: { ${field}: "https://a.example.com" }\n`

it('checks again after every edit, new files included', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'a.yaml'), endpoint('baseUrl'))
  const lint = new CliProcess(['lint', '--watch'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
  })
  await lint.readUntil(/1 manifest checked: no findings/)
  writeFileSync(join(folder, 'a.yaml'), endpoint('baseURL'))
  await lint.readUntil(/a.yaml:4:9 error[^]*\[unknown-field\]/)
  writeFileSync(join(folder, 'a.yaml'), endpoint('baseUrl'))
  writeFileSync(join(folder, 'b.yaml'), endpoint('baseUrl').replace('name: a', 'name: b'))
  await lint.readUntil(/2 manifests checked: no findings/)
  expect(await lint.stop('SIGINT')).toBe(130)
})
