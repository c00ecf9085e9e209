// The completion script of each shell. They hold no command: with every key they ask `mcpauth __complete`, which knows.
import { completeWord } from './word.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

// bash splits words at = and :, which are put together for the question and cut off from the answer. Works from bash 3.2 on.
const bash = `# bash completion for mcpauth
_mcpauth() {
  local IFS=$'\\n' current=\${COMP_WORDS[COMP_CWORD]} word previous='' line value strip
  local i count=0
  local -a words=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((count > 0)) && [[ $word == [=:] || $previous == [=:] ]]; then
      words[count - 1]+=$word
    else
      words[count]=$word
      count=$((count + 1))
    fi
    previous=$word
  done
  [[ $current == [=:] ]] && current=''
  strip=\${words[count - 1]%"$current"}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files)
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$current"))
        ;;
      :folders)
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -d -- "$current"))
        ;;
      *)
        value=\${line%%$'\\t'*}
        COMPREPLY+=("\${value#"$strip"}")
        ;;
    esac
  done < <("\${COMP_WORDS[0]}" ${completeWord} "\${words[@]}" 2>/dev/null)
}
complete -F _mcpauth mcpauth
`

const zsh = `#compdef mcpauth
# zsh completion for mcpauth
_mcpauth() {
  local line
  local -a described
  while IFS= read -r line; do
    case $line in
      :files)
        compset -P '--*='
        _files
        return
        ;;
      :folders)
        compset -P '--*='
        _files -/
        return
        ;;
      *) described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done < <("\${words[1]}" ${completeWord} "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  _describe mcpauth described
}
if [[ \${funcstack[1]} == _mcpauth ]]; then
  _mcpauth "$@"
else
  compdef _mcpauth mcpauth
fi
`

const fish = `# fish completion for mcpauth
function __mcpauth_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l flag (string match -r -- '^--[^=]+=' $token)
    set -l path (string replace -r -- '^--[^=]+=' '' $token)
    set -l found ($words[1] ${completeWord} $words[2..-1] "$token" 2>/dev/null)
    switch "$found[1]"
        case :files
            string replace -r '^' -- "$flag" (__fish_complete_path $path)
        case :folders
            string replace -r '^' -- "$flag" (__fish_complete_directories $path)
        case '*'
            printf '%s\\n' $found
    end
end
complete -c mcpauth -f -a '(__mcpauth_complete)'
`

export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish }
