# SPDX-License-Identifier: Apache-2.0
# Completion of hardenctl for bash (package bash-completion); hardenctl itself
# says what may come next.
_hardenctl() {
  local cur prev words cword lines line
  _get_comp_words_by_ref -n =: cur prev words cword || return
  mapfile -t lines < <("${words[0]}" complete -- "${words[@]:1:cword-1}" "$cur" 2>/dev/null)
  case "${lines[0]-}" in
    :file) _filedir; return ;;
    :dir) _filedir -d; return ;;
  esac
  # Of "--format=json" readline writes what follows the "=".
  local written=""
  [[ $cur != *=* || $COMP_WORDBREAKS != *=* ]] || written=${cur%%=*}=
  COMPREPLY=()
  for line in "${lines[@]}"; do
    line=${line%%$'\t'*}
    COMPREPLY+=("${line#"$written"}")
  done
  __ltrim_colon_completions "$cur"
} &&
  complete -F _hardenctl hardenctl
