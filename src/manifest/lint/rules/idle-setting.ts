// A setting of a bearer that has no effect without another one.
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'
import { bearer, hasSetting, lintedComponents, settingsOf } from '../settings.ts'

export const idleSetting: LintRule = {
  id: 'idle-setting',
  severity: 'warning',
  summary: 'A setting that has no effect without another one',
  why:
    'Some settings only say how something is done that another setting asks for. Without that other one nothing is done, ' +
    'and whoever reads the manifest takes it for a check that is not made.',
  targets: ['mcpauth'],
  check(set, report) {
    for (const on of lintedComponents(set, (type) => type === bearer)) {
      const { manifest, name } = on.resource
      for (const setting of settingsOf(manifest)) {
        const needed = neededBy.get(setting.name)
        if (needed === undefined || needed.some((other) => hasSetting(manifest, other))) continue
        report(on, {
          pointer: `${setting.pointer}/name`,
          message: `The setting ${quote(setting.name)} of Component ${quote(name)} has no effect without ${needed.map(quote).join(' or ')}.`,
          hint: `Add ${needed.join(' or ')}, or remove ${setting.name}.`,
        })
      }
    }
  },
}

const neededBy: ReadonlyMap<string, readonly string[]> = new Map([
  ['scopeHierarchy', ['requiredScopes', 'toolScopes']],
  ['dpopNonce', ['dpop']],
  ['introspectionClientID', ['introspectionURL']],
  ['introspectionClientSecret', ['introspectionURL']],
  ['introspectionCache', ['introspectionURL']],
])
