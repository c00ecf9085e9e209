// The result of a command, in every form it can be printed in.
import type { Json } from '../../core/json.ts'
import type { Style } from './style.ts'

export interface Printable {
  /** For `-o json` and `-o yaml`: `{ items }` or one document. May hold what a table does not show. */
  json(): Json
  /** For `-o name`: `kind/name`, one a line. */
  names(): readonly string[]
  /** For `-o table`; ends with a line break unless it is empty. */
  text(style: Style): string
}
