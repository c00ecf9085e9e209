// `mcpauth __complete WORD…`: what the scripts of `mcpauth completion` ask with every key. Hidden; says nothing but its answer.
import { dataFolder } from '../home.ts'
import type { World } from '../world.ts'
import { namesFor } from './names.ts'
import { offer, type Offer } from './offer.ts'

/**
 * Prints `:files` or `:folders` when the shell is to offer paths, else a candidate and what it means, a tab between them,
 * a line. Whatever goes wrong, nothing is printed: the user did not ask for anything yet.
 */
export async function runComplete(world: World): Promise<void> {
  const place = { home: dataFolder(world), env: world.env }
  const found = await offer(world.argv.slice(1), async (query) => namesFor(query, place)).catch(
    () => [],
  )
  world.stdout.write(answer(found))
}

function answer(found: Offer): string {
  if (typeof found === 'string') return `:${found}\n`
  return found.map(({ value, description }) => `${value}\t${description}\n`).join('')
}
