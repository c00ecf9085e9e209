// Preloaded with --import: at the end of the process, standard error gets one `loaded URL` line per module file.
import { registerHooks } from 'node:module'

const loaded = new Set<string>()
registerHooks({
  load(url, context, next) {
    loaded.add(url)
    return next(url, context)
  },
})
process.on('exit', () => {
  for (const url of loaded) process.stderr.write(`loaded ${url}\n`)
})
