// Tables and colour.
import { describe, expect, it } from 'vitest'

import { hasColor, loadPalette, loadStyle } from '../../src/cli/output/style.ts'
import { fields, table } from '../../src/cli/output/table.ts'

describe('table', () => {
  it('aligns columns and leaves no blanks at line ends', () => {
    expect(
      table(
        ['NAME', 'TYPE'],
        [
          ['a-long-name', 'x'],
          ['b', ''],
        ],
      ),
    ).toBe('NAME         TYPE\na-long-name  x\nb\n')
  })

  it('is its heading when there is nothing', () => {
    expect(table(['NAME', 'TYPE'], [])).toBe('NAME  TYPE\n')
  })

  it('lets no value write to the terminal', () => {
    expect(table(['A'], [['x\u001b[31m\ny']])).toBe('A\nx?[31m?y\n')
  })

  it('lists fields that have a value', () => {
    const pairs = [
      ['Name', 'x'],
      ['Project', 'p'],
      ['Gone', undefined],
    ] as const
    expect(fields(pairs)).toBe('Name:     x\nProject:  p\n')
  })
})

describe('colour', () => {
  const terminal = { isTTY: true }

  it('is for terminals only, and not when unwanted', () => {
    expect(hasColor(terminal, {}, true)).toBe(true)
    expect(hasColor(terminal, { NO_COLOR: '' }, true)).toBe(true)
    expect(hasColor(terminal, { NO_COLOR: '1' }, true)).toBe(false)
    expect(hasColor(terminal, { TERM: 'dumb' }, true)).toBe(false)
    expect(hasColor(terminal, {}, false)).toBe(false)
    expect(hasColor({}, {}, true)).toBe(false)
  })

  it('tells the apps of a run apart', async () => {
    const paint = await loadPalette(true)
    const painted = [0, 1, 2, 3, 4].map((index) => paint(index, '== APP - x =='))
    expect(new Set(painted).size).toBe(5)
    for (const text of painted) expect(text).toContain('== APP - x ==')
    expect((await loadPalette(false))(1, 'x')).toBe('x')
  })

  it('is there when wanted', async () => {
    expect((await loadStyle(true)).error('x')).toContain('\u001b[')
    expect((await loadStyle(false)).error('x')).toBe('x')
  })
})
