// Opens a URL in the user's browser, without a shell that could read more into it (CVE-2025-6514).
import { spawn } from 'node:child_process'

/** `BROWSER` names another program. What fails is not told: the URL is printed anyway. */
export function openBrowser(url: URL, env: Readonly<Record<string, string | undefined>>): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return
  const [program, ...args] = browserCommand(env['BROWSER'])
  const child = spawn(program, [...args, url.href], { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}

function browserCommand(own: string | undefined): [string, ...string[]] {
  if (own !== undefined && own !== '') return [own]
  if (process.platform === 'darwin') return ['open']
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  return ['xdg-open']
}
