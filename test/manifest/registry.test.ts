// What belongs together is there together: schema, generated module, reference page, list entry.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

import { expect, test } from 'vitest'

import { readSchemas, type Schema } from '../../scripts/generate/bundle.ts'
import { pagePath } from '../../scripts/generate/reference.ts'
import { componentTypes } from '../../src/manifest/generated/component-types.ts'
import { kinds } from '../../src/manifest/kinds/index.ts'
import { knownComponentTypes } from '../../src/manifest/known-component-types.ts'

const schemas = readSchemas('schemas')

test('generated files are current', () => {
  execFileSync(process.execPath, ['scripts/generate.ts', '--check'], { stdio: 'pipe' })
  expect(existsSync('schemas/manifest.schema.json')).toBe(true)
}, 60_000)

test.each([...schemas])('%s: every property is described and every object closed', (_, schema) => {
  const problems: string[] = []
  visit(schema, '', problems)
  expect(problems).toEqual([])
})

test.each([...schemas.keys()].filter((path) => !path.startsWith('shared/')))(
  '%s has a reference page and a list entry',
  (path) => {
    const schema = schemas.get(path)
    expect(existsSync(pagePath(path))).toBe(true)
    const type = schema?.['x-component-type']
    if (typeof type === 'string') {
      expect(Object.keys(componentTypes)).toContain(type)
      // The type is the path.
      expect(
        `${type.replace('middleware.http.', 'middleware/http/').replace('secretstores.', 'secretstores/')}.v1.schema.json`,
      ).toBe(path)
    } else if (schema?.['x-document'] !== true) {
      expect(kinds.map((kind) => kind.schema)).toContain(schema?.title)
    }
  },
)

test('no component type is both run here and only known', () => {
  expect(Object.keys(componentTypes).filter((type) => knownComponentTypes.has(type))).toEqual([])
  expect(knownComponentTypes.get('state.postgresql')).toEqual(['v1', 'v2'])
  expect(knownComponentTypes.size).toBeGreaterThan(130)
})

function visit(schema: Schema, path: string, problems: string[]): void {
  if (schema.description === undefined && !path.endsWith('[]'))
    problems.push(`${path}: no description`)
  if (schema.type === 'object' && schema['additionalProperties'] === undefined) {
    problems.push(`${path}: additionalProperties is not set`)
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    visit(property, `${path}.${name}`, problems)
  }
  if (schema.items !== undefined) visit(schema.items, `${path}[]`, problems)
}
