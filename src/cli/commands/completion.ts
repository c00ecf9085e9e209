// `mcpauth completion` prints the script with which a shell completes command lines of mcpauth.
import { defineCommand } from '../command.ts'
import { scripts, shells } from '../complete/scripts.ts'

export const completion = defineCommand({
  description:
    'The shell then offers commands, options, their values, files, and the names of projects, App IDs, resources and ' +
    'secrets that are stored. The script stays the same when commands change.',
  args: { shell: { takes: 'one', choices: shells, description: 'Shell that the script is for' } },
  options: {},
  examples: [
    'source <(mcpauth completion bash)   # in ~/.bashrc',
    'source <(mcpauth completion zsh)    # in ~/.zshrc, after compinit',
    'mcpauth completion fish > ~/.config/fish/completions/mcpauth.fish',
  ],
  run(_, { args: { shell } }) {
    const script = scripts[shell]
    return { json: () => script, names: () => [], text: () => script }
  },
})
