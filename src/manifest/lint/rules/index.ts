// The list of lint rules.
import type { LintRule } from '../rule.ts'
import { handlerTypeMismatch } from './handler-type-mismatch.ts'
import { handlerVersionMismatch } from './handler-version-mismatch.ts'
import { unknownComponent } from './unknown-component.ts'
import { verbCase } from './verb-case.ts'

export const rules: readonly LintRule[] = [
  // What refers to what.
  unknownComponent,
  handlerTypeMismatch,
  handlerVersionMismatch,
  // Access control.
  verbCase,
]
