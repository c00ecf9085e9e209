// The pages of the lint rules: what each finds, why, and its cases below fixtures/manifests/lint as bad and good.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { allRules } from '../../src/manifest/lint/lint.ts'
import type { RuleInfo } from '../../src/manifest/lint/rule.ts'

const folder = 'docs/rules'

/** Path → text, one for each rule and one that lists them; `cases` is the folder of the fixtures. */
export function ruleReferencePages(cases: string): Map<string, string> {
  const rules = [...allRules.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return new Map([
    [`${folder}/README.md`, listPage(rules)],
    ...rules.map(
      (rule) => [`${folder}/${rule.id}.md`, rulePage(rule, join(cases, rule.id))] as const,
    ),
  ])
}

function listPage(rules: readonly RuleInfo[]): string {
  const rows = rules.map(
    ({ id, severity, summary, targets }) =>
      `| [${id}](${id}.md) | ${severity} | ${targets?.join(', ') ?? 'all'} | ${summary} |`,
  )
  return [
    '# Lint rules',
    '',
    'What `mcpauth lint` finds. `--rule ID=off|warn|error` sets a rule for a run; a comment',
    '`# mcpauth-ignore ID -- REASON` silences it on the next line. `mcpauth apply` refuses errors of the manifests',
    'themselves whatever `lint` was told.',
    '',
    '| rule | severity | targets | finds |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

function rulePage({ id, severity, summary, why, targets }: RuleInfo, cases: string): string {
  const where = targets === undefined ? '' : ` Only for target ${targets.join(', ')}.`
  return [
    `# ${id}`,
    '',
    `${summary}. Severity: ${severity}.${where}`,
    '',
    '## Why',
    '',
    why,
    '',
    ...examples(cases, 'bad'),
    ...examples(cases, 'good'),
  ].join('\n')
}

function examples(cases: string, prefix: 'bad' | 'good'): string[] {
  if (!existsSync(cases)) return []
  const files = readdirSync(cases)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.yaml'))
    .toSorted()
  if (files.length === 0) return []
  const heading = prefix === 'bad' ? '## Bad' : '## Good'
  const blocks = files.flatMap((name) => [
    '```yaml',
    readFileSync(join(cases, name), 'utf8').trimEnd(),
    '```',
    '',
  ])
  return [heading, '', ...blocks]
}
