// A handler that names no Component.
import { handlerRule } from '../handler-rule.ts'

export const unknownComponent = handlerRule({
  id: 'unknown-component',
  summary: 'A pipeline handler that names no Component',
  why:
    'Dapr skips a handler whose Component it does not find: requests go through without the check or the token that ' +
    'the pipeline was written for, and nothing says so. Here such a pipeline answers 503. Lint all manifests of a ' +
    'project together, or name the project with --project.',
})
