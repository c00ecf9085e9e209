// Plain scalars that are text in YAML 1.2 and something else to the YAML 1.1 readers of Dapr and Kubernetes.

/** Booleans, dates, and numbers in the notations that only YAML 1.1 has (yaml.org/type). */
export function readsDifferently(source: string): boolean {
  return (
    /^(?:y|yes|n|no|true|false|on|off)$/i.test(source) ||
    /^\d{4}-\d\d?-\d\d?(?:[Tt\s].*)?$/.test(source) ||
    /^[-+]?(?:0b[01_]+|0o[0-7_]+|\d[\d_]*_[\d_]*|\d+(?::[0-5]?\d)+)$/.test(source)
  )
}
