# SPDX-License-Identifier: Apache-2.0
# Completion of lintel(1) for bash: . completion.bash

_lintel_guests() {
    lintel list --json 2>/dev/null | grep -o '"name":"[^"]*"' | cut -d '"' -f 4 | grep -vx dom0
}

_lintel_disks() {
    lintel disk list --json 2>/dev/null | grep -o '"guest":"[^"]*","name":"[^"]*"' | cut -d '"' -f 8 | sort -u
}

# What may follow `lintel disk`, by how many words came behind it.
_lintel_disk() {
    local word=$1 words=()
    shift
    for argument in "$@"; do [[ $argument == -* ]] || words+=("$argument"); done
    case ${#words[@]}:${words[0]} in
        0:*) compgen -W 'attach detach list resize' -- "$word" ;;
        1:*) compgen -W "$(_lintel_guests)" -- "$word" ;;
        2:detach | 2:resize) compgen -W "$(_lintel_disks)" -- "$word" ;;
        3:attach) compgen -f -- "$word" ;;
    esac
}

_lintel() {
    local word=${COMP_WORDS[COMP_CWORD]} command='' argument
    local commands='create destroy shutdown list info console pause unpause dmesg disk config'
    for argument in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ $argument != -* ]]; then
            command=$argument
            break
        fi
    done
    case $command:$word in
        create:-*) mapfile -t COMPREPLY < <(compgen -W '--console --paused --json --help' -- "$word") ;;
        shutdown:-*) mapfile -t COMPREPLY < <(compgen -W '--reboot --wait --timeout --json --help' -- "$word") ;;
        disk:-*)
            local of_disk=''
            case ${COMP_WORDS[2]} in
                attach) of_disk='--read-only --sector --queues --pool-pages --operations --bytes' ;;
                detach) of_disk='--timeout' ;;
            esac
            mapfile -t COMPREPLY < <(compgen -W "$of_disk --json --socket --help" -- "$word")
            ;;
        *:-*) mapfile -t COMPREPLY < <(compgen -W '--json --socket --help' -- "$word") ;;
        disk:*)
            mapfile -t COMPREPLY < <(_lintel_disk "$word" "${COMP_WORDS[@]:2:COMP_CWORD-2}")
            ;;
        :*) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") ;;
        create:*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        config:*)
            if [[ ${COMP_WORDS[COMP_CWORD - 1]} == check ]]; then
                mapfile -t COMPREPLY < <(compgen -f -- "$word")
            else
                mapfile -t COMPREPLY < <(compgen -W 'check help' -- "$word")
            fi
            ;;
        info:*) mapfile -t COMPREPLY < <(compgen -W "dom0 $(_lintel_guests)" -- "$word") ;;
        destroy:* | shutdown:* | console:* | pause:* | unpause:*)
            mapfile -t COMPREPLY < <(compgen -W "$(_lintel_guests)" -- "$word")
            ;;
    esac
}

complete -o filenames -F _lintel lintel
