
# Names of VMs, snapshots and templates come from the records; no node is asked. They are data: nothing here evaluates them.
function _vmsnap_plain() {
  local word=$1
  case $word in
    \"*) word=${word#\"}; word=${word%\"} ;;
    \'*) word=${word#\'}; word=${word%\'} ;;
    *) word=${word//\\/} ;;
  esac
  printf '%s' "$word"
}

function _complete_vmsnap_names() {
  _complete_vmsnap
  local current=${COMP_WORDS[COMP_CWORD]} words=() word name
  if [[ ${#COMPREPLY[@]} != 0 || $current == -* ]]; then return 0; fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    words+=("$(_vmsnap_plain "$word")")
  done
  while IFS= read -r name; do
    if [[ $current != [\"\']* ]]; then
      printf -v name %q "$name"
      name=${name//:/\\:}
      name=${name//=/\\=}
    fi
    COMPREPLY+=("$name")
  done < <("${COMP_WORDS[0]}" complete -- "${words[@]}" </dev/null 2>/dev/null)
}

if [ -n "$BASH_VERSION" ]; then
  complete -F _complete_vmsnap_names -o default vmsnap
fi
