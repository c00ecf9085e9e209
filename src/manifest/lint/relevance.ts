// What in a folder is meant for this tool. A file that is named itself always is.
import { isJsonObject, type Json } from '../../core/json.ts'
import type { SourceText } from '../load.ts'
import { kinds } from '../kinds/index.ts'

/** Whether a file of a folder is left out whole: a Helm template, or no manifest of ours anywhere in it. */
export function isForeignFile({ text, isFound }: SourceText): boolean {
  if (isFound !== true) return false
  return helmTemplate.test(text) || !(ourGroup.test(text) || ourKind.test(text))
}

/** Whether a document of a folder belongs to another tool, such as a Kubernetes Deployment beside a Component. */
export function isForeignDocument(value: Json, { isFound }: SourceText): boolean {
  if (isFound !== true) return false
  if (!isJsonObject(value)) return true
  const { apiVersion, kind } = value
  if (typeof apiVersion === 'string' && apiVersion.includes('/')) return !ourGroup.test(apiVersion)
  return typeof kind !== 'string' || !ourKinds.has(kind)
}

const helmTemplate =
  /\{\{-?\s*(?:[.$]|\/\*|(?:if|else|end|range|with|define|include|template|block|toYaml|printf|default|quote|tpl|required|lookup|fail)\b)/

/** Near misses of the group count: they are what a linter is for. */
const ourGroup = /\b(?:dapr|diagrid)[\w.]*\//i

const ourKinds: ReadonlySet<string> = new Set(
  kinds.flatMap(({ kind, aliases = [] }) => [kind, ...aliases]),
)

const ourKind = new RegExp(
  `(?:^|[{,\\s])"?kind"?\\s*:\\s*["']?(?:${[...ourKinds].join('|')})\\b`,
  'm',
)
