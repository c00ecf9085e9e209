// The whole YAML parser, loaded on first use: most manifests are plain enough for plain-yaml.ts, which has read them by then.
import { createRequire } from 'node:module'

import type * as Yaml from 'yaml'

export function yaml(): typeof Yaml {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- require has no types
  return (loaded ??= createRequire(import.meta.url)('yaml') as typeof Yaml)
}

let loaded: typeof Yaml | undefined
