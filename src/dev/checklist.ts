// The start of `dev run`, step by step: filled in on a terminal, plain lines elsewhere, JSON lines when asked for.

export interface Checklist {
  /** Announces a step; on a terminal its line is filled in by `done` or `failed`. */
  begin(step: string): void
  done(step: string, detail: string): void
  /** `hint` says what to try; `place` is `file:line:column`. */
  failed(step: string, detail: string, more?: { hint?: string; place?: string }): void
  /** Something that works and may not be meant. */
  warned(step: string, detail: string, hint: string): void
  /** Writes other text without running into a step that is being filled in. */
  note(text: string): void
}

export interface ChecklistStyle {
  good(text: string): string
  bad(text: string): string
  warning(text: string): string
  dim(text: string): string
}

interface Output {
  write(text: string): void
  readonly isTerminal: boolean
}

const width = 16

export function textChecklist(output: Output, style: ChecklistStyle): Checklist {
  let pending = ''
  const clear = (): string => (pending === '' ? '' : '\r\u001b[2K')
  const line = (mark: string, step: string, detail: string): void => {
    const before = clear()
    pending = ''
    output.write(`${before}${mark} ${step.padEnd(width)} ${detail}\n`)
  }
  return {
    begin(step) {
      if (!output.isTerminal) return
      const before = clear()
      pending = style.dim(`… ${step.padEnd(width)}`)
      output.write(`${before}${pending}`)
    },
    done(step, detail) {
      line(style.good('✓'), step, detail)
    },
    failed(step, detail, more = {}) {
      line(style.bad('✗'), step, detail)
      if (more.place !== undefined) output.write(`  at ${more.place}\n`)
      if (more.hint !== undefined) output.write(`  hint: ${more.hint}\n`)
    },
    warned(step, detail, hint) {
      line(style.warning('!'), step, detail)
      output.write(`  hint: ${hint}\n`)
    },
    note(text) {
      output.write(`${clear()}${text}${pending}`)
    },
  }
}

/**
 * The lines of one app among those of others: each names it, and none is filled in, because others would write into it.
 */
export function labelled(checklist: Checklist, appId: string): Checklist {
  return {
    begin() {},
    done: (step, detail) => checklist.done(step, `${appId}: ${detail}`),
    failed: (step, detail, more) => checklist.failed(step, `${appId}: ${detail}`, more),
    warned: (step, detail, hint) => checklist.warned(step, `${appId}: ${detail}`, hint),
    note: (text) => checklist.note(`== API - ${appId} == ${text}`),
  }
}

/** `common` goes into every line. */
export function jsonChecklist(output: Output, now: () => number, common: object = {}): Checklist {
  const write = (fields: object): void => {
    const time = new Date(now()).toISOString()
    output.write(`${JSON.stringify({ time, type: 'start', ...common, ...fields })}\n`)
  }
  return {
    begin() {},
    done(step, detail) {
      write({ step, ok: true, detail })
    },
    failed(step, detail, more = {}) {
      write({ step, ok: false, detail, ...more })
    },
    warned(step, detail, hint) {
      write({ step, ok: true, warning: true, detail, hint })
    },
    note(text) {
      output.write(text)
    },
  }
}
