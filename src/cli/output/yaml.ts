// Results as YAML.
import type { Json } from '../../core/json.ts'

/** Loads the YAML writer only when it is needed. */
export async function toYamlText(value: Json): Promise<string> {
  const { toYaml } = await import('../../manifest/serialize.ts')
  return toYaml(value)
}
