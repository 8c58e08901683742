# bash completion for model-manager.                                   -*- shell-script -*-
# model-manager completion script, stamp 36691ad8
# Made by: model-manager completion bash
#
# Commands, options and choices stand here; models, tasks and providers are what the program says of the current
# directory. What it prints is data: nothing of it is evaluated.

# Sets `options` to the options of a command, '' being what stands before one.
_model_manager_options() {
    options=()
    case $1 in
        '') options=(-V --version -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        list) options=(--provider --capability --task --min-context --max-price --recommended --ready --search --all --sort --columns --csv --markdown --ids --scenarios --on -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        cost) options=(--tokens --input --output --cache-read --cache-write --cache-write-1h --cache-write-12h --file --requests --per --task --assigned --reference --all --on -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        info) options=(--on --history -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        test) options=(-m --model --task --assigned --all --system --no-stream --max-tokens --temperature --reasoning --option --file --timeout --retries --repeat --concurrency --max-cost --each --probe --curl -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        assign) options=(--new --default --unset --undo --dry-run --test --keep-alias --force -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        init) options=(-y --yes --dry-run --undo --on -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        check) options=(--days --on --strict --live --code --ignore --format --output --rules --explain -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        route) options=(--user --preference -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        usage) options=(--by --since --until --timezone --task --project --what-if --arms --metric --calls --csv --line --watch --fail-over --ledger --reprice --prune --backup --path -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        serve) options=(--host --port --allow-host --read-only --max-cost --limit --root-path --no-access-log --open -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        export) options=(--dialect -o --output --force -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        update) options=(--source --offline --only --accept -y --yes --check --undo -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        trust) options=(-y --yes --list --revoke -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        completion) options=(--install --all -C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
        help) options=(-C --directory --models-file --env-file --json --no-color --trust -v --verbose -h --help) ;;
    esac
}

# Sets `kind` and `choices` to what an option of a command takes.
_model_manager_kind() {
    kind=flag choices=()
    case $1:$2 in
        :-C|:--directory) kind=directory ;;
        :--models-file) kind=file ;;
        :--env-file) kind=file ;;
        list:--provider) kind=provider ;;
        list:--capability) kind=choice choices=(chat streaming function-calling structured-output reasoning vision audio pdf prompt-caching long-context fast-response) ;;
        list:--task) kind=task ;;
        list:--min-context) kind=text ;;
        list:--max-price) kind=text ;;
        list:--search) kind=text ;;
        list:--sort) kind=choice choices=(catalogue id name provider price output context released) ;;
        list:--columns) kind=text ;;
        list:--on) kind=text ;;
        list:-C|list:--directory) kind=directory ;;
        list:--models-file) kind=file ;;
        list:--env-file) kind=file ;;
        cost:--tokens) kind=text ;;
        cost:--input) kind=text ;;
        cost:--output) kind=text ;;
        cost:--cache-read) kind=text ;;
        cost:--cache-write) kind=text ;;
        cost:--cache-write-1h) kind=text ;;
        cost:--cache-write-12h) kind=text ;;
        cost:--file) kind=file ;;
        cost:--requests) kind=text ;;
        cost:--per) kind=choice choices=(day month) ;;
        cost:--task) kind=task ;;
        cost:--reference) kind=model ;;
        cost:--on) kind=text ;;
        cost:-C|cost:--directory) kind=directory ;;
        cost:--models-file) kind=file ;;
        cost:--env-file) kind=file ;;
        info:--on) kind=text ;;
        info:-C|info:--directory) kind=directory ;;
        info:--models-file) kind=file ;;
        info:--env-file) kind=file ;;
        test:-m|test:--model) kind=model ;;
        test:--task) kind=task ;;
        test:--system) kind=text ;;
        test:--max-tokens) kind=text ;;
        test:--temperature) kind=text ;;
        test:--reasoning) kind=text ;;
        test:--option) kind=text ;;
        test:--file) kind=text ;;
        test:--timeout) kind=text ;;
        test:--retries) kind=text ;;
        test:--repeat) kind=text ;;
        test:--concurrency) kind=text ;;
        test:--max-cost) kind=text ;;
        test:-C|test:--directory) kind=directory ;;
        test:--models-file) kind=file ;;
        test:--env-file) kind=file ;;
        assign:--default) kind=route ;;
        assign:-C|assign:--directory) kind=directory ;;
        assign:--models-file) kind=file ;;
        assign:--env-file) kind=file ;;
        init:--on) kind=text ;;
        init:-C|init:--directory) kind=directory ;;
        init:--models-file) kind=file ;;
        init:--env-file) kind=file ;;
        check:--days) kind=text ;;
        check:--on) kind=text ;;
        check:--code) kind=directory ;;
        check:--ignore) kind=choice choices=(MM101 MM102 MM103 MM104 MM105 MM201 MM202 MM203 MM204 MM205 MM206 MM207 MM208 MM209 MM301 MM302 MM303 MM304 MM305 MM311 MM312 MM313 MM314 MM315 MM401 MM402 MM403 MM404 MM501 MM502 MM503 MM504 MM505 MM601 MM602 MM603 MM604 MM701 MM702 MM703 MM704 MM705 MM706) ;;
        check:--format) kind=choice choices=(text json github gitlab junit sarif) ;;
        check:--output) kind=text ;;
        check:--explain) kind=choice choices=(MM101 MM102 MM103 MM104 MM105 MM201 MM202 MM203 MM204 MM205 MM206 MM207 MM208 MM209 MM301 MM302 MM303 MM304 MM305 MM311 MM312 MM313 MM314 MM315 MM401 MM402 MM403 MM404 MM501 MM502 MM503 MM504 MM505 MM601 MM602 MM603 MM604 MM701 MM702 MM703 MM704 MM705 MM706) ;;
        check:-C|check:--directory) kind=directory ;;
        check:--models-file) kind=file ;;
        check:--env-file) kind=file ;;
        route:--user) kind=text ;;
        route:--preference) kind=text ;;
        route:-C|route:--directory) kind=directory ;;
        route:--models-file) kind=file ;;
        route:--env-file) kind=file ;;
        usage:--by) kind=choice choices=(task model provider day hour arm error project) ;;
        usage:--since) kind=text ;;
        usage:--until) kind=text ;;
        usage:--timezone) kind=text ;;
        usage:--task) kind=task ;;
        usage:--project) kind=text ;;
        usage:--what-if) kind=route ;;
        usage:--arms) kind=task ;;
        usage:--metric) kind=choice choices=(cost latency failures) ;;
        usage:--calls) kind=text ;;
        usage:--fail-over) kind=text ;;
        usage:--ledger) kind=file ;;
        usage:--backup) kind=file ;;
        usage:-C|usage:--directory) kind=directory ;;
        usage:--models-file) kind=file ;;
        usage:--env-file) kind=file ;;
        serve:--host) kind=text ;;
        serve:--port) kind=text ;;
        serve:--allow-host) kind=text ;;
        serve:--max-cost) kind=text ;;
        serve:--limit) kind=text ;;
        serve:--root-path) kind=text ;;
        serve:-C|serve:--directory) kind=directory ;;
        serve:--models-file) kind=file ;;
        serve:--env-file) kind=file ;;
        export:--dialect) kind=choice choices=(posix fish powershell dotenv) ;;
        export:-o|export:--output) kind=file ;;
        export:-C|export:--directory) kind=directory ;;
        export:--models-file) kind=file ;;
        export:--env-file) kind=file ;;
        update:--source) kind=text ;;
        update:--offline) kind=file ;;
        update:--only) kind=model ;;
        update:--accept) kind=model ;;
        update:-C|update:--directory) kind=directory ;;
        update:--models-file) kind=file ;;
        update:--env-file) kind=file ;;
        trust:-C|trust:--directory) kind=directory ;;
        trust:--models-file) kind=file ;;
        trust:--env-file) kind=file ;;
        completion:--all) kind=directory ;;
        completion:-C|completion:--directory) kind=directory ;;
        completion:--models-file) kind=file ;;
        completion:--env-file) kind=file ;;
        help:-C|help:--directory) kind=directory ;;
        help:--models-file) kind=file ;;
        help:--env-file) kind=file ;;
    esac
}

# Sets `typed` to the words up to the cursor, undoing what COMP_WORDBREAKS cut, the last one being in the making.
_model_manager_typed() {
    local LC_ALL=C rest piece i glued
    rest=${COMP_LINE:0:COMP_POINT}
    typed=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        glued=yes
        if [[ $rest == [[:space:]]* ]]; then
            rest=${rest#"${rest%%[![:space:]]*}"}
            glued=
        fi
        piece=${COMP_WORDS[i]}
        if [[ $i -eq $COMP_CWORD ]]; then
            piece=$rest
        fi
        rest=${rest#"$piece"}
        if [[ $glued && ${#typed[@]} -gt 0 ]]; then
            typed[${#typed[@]} - 1]+=$piece
        else
            typed+=("$piece")
        fi
    done
}

# Reads the words before the last one: sets `command`, `arguments`, `seen` options, `expecting` (an option whose value
# comes next), `ended` (by --) and `query` (options that say which directory and files count).
_model_manager_parse() {
    local i word name kind choices
    for ((i = 1; i < ${#typed[@]} - 1; i++)); do
        word=${typed[i]}
        if [[ $expecting ]]; then
            _model_manager_note "$expecting" "$word"
            expecting=
        elif [[ $ended || $word != -?* ]]; then
            if [[ $command ]]; then
                arguments+=("$word")
            else
                command=$word
            fi
        elif [[ $word == -- ]]; then
            ended=yes
        else
            name=$word
            if [[ $word == --*=* ]]; then
                name=${word%%=*}
                _model_manager_note "$name" "${word#*=}"
            elif [[ $word == -C?* ]]; then
                name=-C
                _model_manager_note -C "${word#-C}"
            else
                _model_manager_kind "$command" "$name"
                if [[ $kind != flag ]]; then
                    expecting=$name
                fi
            fi
            seen+=("$name")
        fi
    done
}

_model_manager_note() {
    case $1 in
        -C | --directory) query+=(-C) ;;
        --models-file | --env-file) query+=("$1") ;;
        *) return ;;
    esac
    local value=${2//[\"\'\\]/}
    query+=("${value/#\~\//$HOME/}")
}

# Offers the words of a kind (model, task, provider, any) that go on from `piece`: the program's lines, each a word, a
# tab and its meaning.
_model_manager_offer() {
    local program=${typed[0]/#\~\//$HOME/} text line lines=() LC_ALL=C # bytes are compared faster than characters
    hash "$program" 2>/dev/null || return 0
    text=$(command "$program" __words "$1:$piece" ${query[@]+"${query[@]}"} 2>/dev/null </dev/null)
    mapfile -t lines <<<"$text" # from a process it would read byte by byte
    for line in "${lines[@]}"; do
        if [[ $line == "$piece"*$'\t'* ]]; then
            COMPREPLY+=("$prefix${line%%$'\t'*}")
        fi
    done
}

_model_manager_offer_these() {
    local word
    for word; do
        if [[ $word == "$piece"* ]]; then
            COMPREPLY+=("$prefix$word")
        fi
    done
}

# Offers the names that may stand at the end of a route.
_model_manager_offer_route() {
    local name=${piece##*[,+]}
    prefix+=${piece%"$name"}
    piece=$name
    if [[ $piece == [0-9]*:* && ${piece%%:*} != *[!0-9]* ]]; then
        prefix+=${piece%%:*}:
        piece=${piece#*:}
    fi
    _model_manager_offer model
}

_model_manager_offer_assignment() {
    if [[ $piece == *=* ]]; then
        prefix+=${piece%%=*}=
        piece=${piece#*=}
        _model_manager_offer_route
    elif [[ " ${seen[*]-} " == *' --unset '* || ${#arguments[@]} -eq 0 ]]; then
        _model_manager_offer task
    elif [[ ${arguments[0]} == *=* ]]; then
        _model_manager_offer task
        COMPREPLY=("${COMPREPLY[@]/%/=}")
        compopt -o nospace
    elif [[ ${#arguments[@]} -eq 1 ]]; then
        _model_manager_offer_route
    fi
}

# Offers what an option takes.
_model_manager_offer_value() {
    case $kind in
        choice) _model_manager_offer_these "${choices[@]}" ;;
        model | task | provider) _model_manager_offer "$kind" ;;
        route) _model_manager_offer_route ;;
        file) compopt -o default ;;
        directory) compopt -o dirnames ;;
    esac
}

_model_manager_offer_options() {
    local options option used
    _model_manager_options "$command"
    for option in "${options[@]}"; do
        used=
        case $option in
            --accept | --allow-host | --by | --capability | --code | --env-file | --file | --ignore | --ledger | --model | --offline | --only | --option | --output | --provider | --source | --verbose | --what-if | -m | -v) ;;
            *) [[ " ${seen[*]-} " == *" $option "* ]] && used=yes ;;
        esac
        if [[ ! $used && $option == "$piece"* ]]; then
            COMPREPLY+=("$option")
        fi
    done
}

_model_manager_offer_argument() {
    local words=
    case $command in
        list) words=none ;;
        cost) words=models ;;
        info) words=model-or-task ;;
        test) words=model-and-prompt ;;
        assign) words=assignments ;;
        init) words=none ;;
        check) words=none ;;
        route) words=task-and-prompt ;;
        usage) words=none ;;
        serve) words=none ;;
        export) words=format ;;
        update) words=none ;;
        trust) words=none ;;
        completion) words=shell ;;
        help) words=command ;;
    esac
    case $words in
        models) _model_manager_offer model ;;
        model-or-task) [[ ${#arguments[@]} -gt 0 ]] || _model_manager_offer any ;;
        task-and-prompt) [[ ${#arguments[@]} -gt 0 ]] || _model_manager_offer task ;;
        model-and-prompt)
            case " ${seen[*]-} " in
                *' -m '* | *' --model '* | *' --task '* | *' --assigned '* | *' --all '*) ;;
                *) [[ ${#arguments[@]} -gt 0 ]] || _model_manager_offer model ;;
            esac
            ;;
        assignments) _model_manager_offer_assignment ;;
        shell) [[ ${#arguments[@]} -gt 0 ]] || _model_manager_offer_these bash zsh fish powershell ;;
        format) [[ ${#arguments[@]} -gt 0 ]] || _model_manager_offer_these litellm shell ;;
        command) [[ ${#arguments[@]} -gt 0 ]] || _model_manager_offer_these list cost info test assign init check route usage serve export update trust completion help ;;
    esac
}

_model_manager_complete() {
    local IFS=$' \t\n' typed command='' expecting='' ended='' arguments=() seen=() query=() kind choices=()
    local current piece prefix='' i length
    _model_manager_typed
    _model_manager_parse
    current=${typed[${#typed[@]} - 1]}
    piece=$current
    if [[ $expecting ]]; then
        _model_manager_kind "$command" "$expecting"
        _model_manager_offer_value
    elif [[ ! $ended && $current == --*=* ]]; then
        _model_manager_kind "$command" "${current%%=*}"
        prefix=${current%%=*}=
        piece=${current#*=}
        _model_manager_offer_value
    elif [[ ! $ended && $current == -* ]]; then
        _model_manager_offer_options
    elif [[ ! $command ]]; then
        _model_manager_offer_these list cost info test assign init check route usage serve export update trust completion help
    else
        _model_manager_offer_argument
    fi
    # readline replaces only what follows the last character that breaks words.
    for ((i = ${#current}; i > 0; i--)); do
        case ${current:i - 1:1} in
            [@$]) length=$((i - 1)) ;; # these it replaces too
            *) length=$i ;;
        esac
        if [[ $COMP_WORDBREAKS == *"${current:i - 1:1}"* ]]; then
            COMPREPLY=("${COMPREPLY[@]#"${current:0:length}"}")
            break
        fi
    done
    compopt -o nosort 2>/dev/null
}

_model_manager() {
    local folds=
    COMPREPLY=()
    # Older than 4.4: no empty arrays under `set -u`, no unsorted lists; 3.2, as on macOS, has no mapfile either.
    if [[ ${BASH_VERSINFO[0]} -lt 4 || (${BASH_VERSINFO[0]} -eq 4 && ${BASH_VERSINFO[1]} -lt 4) ]]; then
        return 0
    fi
    if shopt -q nocasematch; then
        shopt -u nocasematch
        folds=yes
    fi
    _model_manager_complete || :
    if [[ $folds ]]; then
        shopt -s nocasematch
    fi
    return 0
}

complete -F _model_manager model-manager
