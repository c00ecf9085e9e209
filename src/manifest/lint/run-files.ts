// Run files of `dev run -f` among manifests: known by what they hold, and checked as that command checks them.
import type { Diagnostic } from '../../core/diagnostic.ts'
import { isJsonObject, type Json } from '../../core/json.ts'
import type { SourceText } from '../load.ts'
import { parseManifest } from '../parse.ts'
import { parseRunFile } from '../run-file.ts'

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

export function runFileFindings(files: readonly SourceText[]): Diagnostic[] {
  return files.flatMap((file) => parseRunFile(file).diagnostics)
}
