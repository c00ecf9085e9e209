// Run files of `dev run -f` among manifests: known by what they hold, and checked as that command checks them.
import type { Diagnostic } from '../../core/diagnostic.ts'
import { isJsonObject, type Json } from '../../core/json.ts'
import type { SourceText } from '../load.ts'
import { parseManifest } from '../parse.ts'
import { parseRunFile } from '../run-file.ts'
import type { RuleInfo } from './rule.ts'

/** Other tools have lists of apps too; what these are called is Dapr's. */
const ofApp = /^(?:app_?(?:id|dir_?path|port)|dapr_?http_?port)$/i

/** Whether a file is meant for `dev run -f`, be it right or not. */
export function isRunFile({ text }: SourceText): boolean {
  if (!/(?:^|[{,\s])["']?apps["']?\s*:/.test(text)) return false
  const value: Json = parseManifest(text).documents[0]?.value ?? null
  if (!isJsonObject(value) || 'kind' in value || !Array.isArray(value['apps'])) return false
  const apps: readonly Json[] = value['apps']
  return apps.some((app) => isJsonObject(app) && Object.keys(app).some((name) => ofApp.test(name)))
}

/** Those that no manifest can break. */
export const runFileRules: readonly RuleInfo[] = [
  {
    id: 'run-file',
    severity: 'error',
    summary: 'A run file that dev run -f refuses',
    why: 'A run file is one document of its own, with a list of apps. Dapr starts what it understands of it, and the rest is missing.',
  },
  {
    id: 'ignored-field',
    severity: 'warning',
    summary: 'A field of a run file that has no meaning here',
    why: 'Dapr acts on it; mcpauth dev run does not, and says so once.',
    targets: ['mcpauth'],
  },
]

export function runFileFindings(files: readonly SourceText[]): Diagnostic[] {
  return files.flatMap((file) => parseRunFile(file).diagnostics)
}
