// A handler that asks for another type than its Component has.
import { handlerRule } from '../handler-rule.ts'

export const handlerTypeMismatch = handlerRule({
  id: 'handler-type-mismatch',
  summary: 'A pipeline handler that asks for another type than its Component has',
  why:
    'Dapr looks a handler up by name, type and version. When one of them is off it finds nothing and goes on without ' +
    'the handler.',
})
