# fish completion for model-manager.
# model-manager completion script, stamp 0ebb5600
# Made by: model-manager completion fish
#
# The static part stands here; models, tasks and providers come from a word file that is read without a process as
# long as it is fresh. What it holds is data: nothing of it is evaluated.

# Prints the options of a command with their meanings, '' being what stands before one.
function __model_manager_options
    switch $argv[1]
        case ''
            printf '%s\t%s\n' --version 'Print the version'
            printf '%s\t%s\n' -C 'Work as if started in DIR'
            printf '%s\t%s\n' --directory 'Work as if started in DIR'
            printf '%s\t%s\n' --models-file 'A catalogue instead of your own and the project\'s models.toml'
            printf '%s\t%s\n' --env-file 'Instead of .env.local and .env; repeatable, the last one wins'
            printf '%s\t%s\n' --json 'Print one JSON object'
            printf '%s\t%s\n' --no-color 'No colours'
            printf '%s\t%s\n' --trust 'Let this project\'s hosts have your keys'
            printf '%s\t%s\n' -v 'Say more on stderr'
            printf '%s\t%s\n' --verbose 'Say more on stderr'
            printf '%s\t%s\n' -h 'Show this message and exit'
            printf '%s\t%s\n' --help 'Show this message and exit'
        case list
            printf '%s\t%s\n' --provider 'Models of this provider'
            printf '%s\t%s\n' --capability 'Models known to have it; repeatable, all must hold'
            printf '%s\t%s\n' --task 'Models that meet what a task requires'
            printf '%s\t%s\n' --min-context 'At least this context window'
            printf '%s\t%s\n' --max-price 'At most this much per million input tokens'
            printf '%s\t%s\n' --recommended 'Recommended models'
            printf '%s\t%s\n' --ready 'Models whose key is set, or that need none'
            printf '%s\t%s\n' --search 'All words in id, name or purpose'
            printf '%s\t%s\n' --all 'Retired models too'
            printf '%s\t%s\n' --sort 'catalogue, id, name, provider, price, output, context or released'
            printf '%s\t%s\n' --ids 'Only ids, one a line'
            printf '%s\t%s\n' --scenarios 'Which model for which kind of work'
            printf '%s\t%s\n' --on 'As of this day (or RFC 3339 moment)'
            printf '%s\t%s\n' -C 'Work as if started in DIR'
            printf '%s\t%s\n' --directory 'Work as if started in DIR'
            printf '%s\t%s\n' --models-file 'A catalogue instead of your own and the project\'s models.toml'
            printf '%s\t%s\n' --env-file 'Instead of .env.local and .env; repeatable, the last one wins'
            printf '%s\t%s\n' --json 'Print one JSON object'
            printf '%s\t%s\n' --no-color 'No colours'
            printf '%s\t%s\n' --trust 'Let this project\'s hosts have your keys'
            printf '%s\t%s\n' -v 'Say more on stderr'
            printf '%s\t%s\n' --verbose 'Say more on stderr'
            printf '%s\t%s\n' -h 'Show this message and exit'
            printf '%s\t%s\n' --help 'Show this message and exit'
        case cost
            printf '%s\t%s\n' --tokens 'Total tokens, a quarter of them output. Default: 100k'
            printf '%s\t%s\n' --input 'Input tokens: the whole prompt, cached parts included'
            printf '%s\t%s\n' --output 'Output tokens'
            printf '%s\t%s\n' --cache-read 'Input tokens read from a cache'
            printf '%s\t%s\n' --cache-write 'Input tokens written to a cache'
            printf '%s\t%s\n' --file 'Estimate the input from a text; - is stdin'
            printf '%s\t%s\n' --requests 'Number of requests'
            printf '%s\t%s\n' --per 'What the requests are per'
            printf '%s\t%s\n' --task 'The workload of a task\'s profile'
            printf '%s\t%s\n' --assigned 'Every task on its model, with a total'
            printf '%s\t%s\n' --reference 'What to compare with'
            printf '%s\t%s\n' --all 'Retired models too'
            printf '%s\t%s\n' --on 'As of this day (or RFC 3339 moment)'
            printf '%s\t%s\n' -C 'Work as if started in DIR'
            printf '%s\t%s\n' --directory 'Work as if started in DIR'
            printf '%s\t%s\n' --models-file 'A catalogue instead of your own and the project\'s models.toml'
            printf '%s\t%s\n' --env-file 'Instead of .env.local and .env; repeatable, the last one wins'
            printf '%s\t%s\n' --json 'Print one JSON object'
            printf '%s\t%s\n' --no-color 'No colours'
            printf '%s\t%s\n' --trust 'Let this project\'s hosts have your keys'
            printf '%s\t%s\n' -v 'Say more on stderr'
            printf '%s\t%s\n' --verbose 'Say more on stderr'
            printf '%s\t%s\n' -h 'Show this message and exit'
            printf '%s\t%s\n' --help 'Show this message and exit'
        case info
            printf '%s\t%s\n' --on 'As of this day (or RFC 3339 moment)'
            printf '%s\t%s\n' -C 'Work as if started in DIR'
            printf '%s\t%s\n' --directory 'Work as if started in DIR'
            printf '%s\t%s\n' --models-file 'A catalogue instead of your own and the project\'s models.toml'
            printf '%s\t%s\n' --env-file 'Instead of .env.local and .env; repeatable, the last one wins'
            printf '%s\t%s\n' --json 'Print one JSON object'
            printf '%s\t%s\n' --no-color 'No colours'
            printf '%s\t%s\n' --trust 'Let this project\'s hosts have your keys'
            printf '%s\t%s\n' -v 'Say more on stderr'
            printf '%s\t%s\n' --verbose 'Say more on stderr'
            printf '%s\t%s\n' -h 'Show this message and exit'
            printf '%s\t%s\n' --help 'Show this message and exit'
        case test
            printf '%s\t%s\n' -m 'Repeatable'
            printf '%s\t%s\n' --model 'Repeatable'
            printf '%s\t%s\n' --task 'The model of this task'
            printf '%s\t%s\n' --assigned 'The models of all tasks'
            printf '%s\t%s\n' --all 'Every current model whose key is set'
            printf '%s\t%s\n' --system 'A system prompt'
            printf '%s\t%s\n' --no-stream 'Ask for the answer in one piece'
            printf '%s\t%s\n' --max-tokens 'Most output tokens, hidden ones included. Default: 4096'
            printf '%s\t%s\n' --temperature 'Sent only if given, and if the model takes it'
            printf '%s\t%s\n' --timeout 'Seconds of silence to bear. Default: 120'
            printf '%s\t%s\n' --retries 'Default: 2'
            printf '%s\t%s\n' --repeat 'Calls a model; shows minimum, median and p95'
            printf '%s\t%s\n' --concurrency 'Calls at a time. Default: all; 1 with --repeat'
            printf '%s\t%s\n' --max-cost 'Make no call that could bring the sum above this'
            printf '%s\t%s\n' --probe 'Find out by six small calls what each model can do'
            printf '%s\t%s\n' --curl 'Print the requests as curl commands; send nothing'
            printf '%s\t%s\n' -C 'Work as if started in DIR'
            printf '%s\t%s\n' --directory 'Work as if started in DIR'
            printf '%s\t%s\n' --models-file 'A catalogue instead of your own and the project\'s models.toml'
            printf '%s\t%s\n' --env-file 'Instead of .env.local and .env; repeatable, the last one wins'
            printf '%s\t%s\n' --json 'Print one JSON object'
            printf '%s\t%s\n' --no-color 'No colours'
            printf '%s\t%s\n' --trust 'Let this project\'s hosts have your keys'
            printf '%s\t%s\n' -v 'Say more on stderr'
            printf '%s\t%s\n' --verbose 'Say more on stderr'
            printf '%s\t%s\n' -h 'Show this message and exit'
            printf '%s\t%s\n' --help 'Show this message and exit'
        case assign
            printf '%s\t%s\n' --default 'For every task that has none of its own'
            printf '%s\t%s\n' --unset 'Remove the tasks\' own values'
            printf '%s\t%s\n' --undo 'Take the last change of the file back'
            printf '%s\t%s\n' --dry-run 'Show the diff; write nothing'
            printf '%s\t%s\n' --test 'Write only if the live test passes'
            printf '%s\t%s\n' --force 'Write what would be refused'
            printf '%s\t%s\n' -C 'Work as if started in DIR'
            printf '%s\t%s\n' --directory 'Work as if started in DIR'
            printf '%s\t%s\n' --models-file 'A catalogue instead of your own and the project\'s models.toml'
            printf '%s\t%s\n' --env-file 'Instead of .env.local and .env; repeatable, the last one wins'
            printf '%s\t%s\n' --json 'Print one JSON object'
            printf '%s\t%s\n' --no-color 'No colours'
            printf '%s\t%s\n' --trust 'Let this project\'s hosts have your keys'
            printf '%s\t%s\n' -v 'Say more on stderr'
            printf '%s\t%s\n' --verbose 'Say more on stderr'
            printf '%s\t%s\n' -h 'Show this message and exit'
            printf '%s\t%s\n' --help 'Show this message and exit'
        case route
            printf '%s\t%s\n' --user 'Whose call it is'
            printf '%s\t%s\n' --preference 'A named route of the task'
            printf '%s\t%s\n' -C 'Work as if started in DIR'
            printf '%s\t%s\n' --directory 'Work as if started in DIR'
            printf '%s\t%s\n' --models-file 'A catalogue instead of your own and the project\'s models.toml'
            printf '%s\t%s\n' --env-file 'Instead of .env.local and .env; repeatable, the last one wins'
            printf '%s\t%s\n' --json 'Print one JSON object'
            printf '%s\t%s\n' --no-color 'No colours'
            printf '%s\t%s\n' --trust 'Let this project\'s hosts have your keys'
            printf '%s\t%s\n' -v 'Say more on stderr'
            printf '%s\t%s\n' --verbose 'Say more on stderr'
            printf '%s\t%s\n' -h 'Show this message and exit'
            printf '%s\t%s\n' --help 'Show this message and exit'
        case serve
            printf '%s\t%s\n' --host 'Where to listen'
            printf '%s\t%s\n' --port '0: any that is free'
            printf '%s\t%s\n' --allow-host 'A name that the server goes by; repeatable'
            printf '%s\t%s\n' --read-only 'Change no assignment'
            printf '%s\t%s\n' --max-cost 'What live tests may cost in an hour; 0: none. [default: 5]'
            printf '%s\t%s\n' --limit 'Connections that may be open at once. [default: 1000]'
            printf '%s\t%s\n' --root-path 'The path below which a proxy shows the server'
            printf '%s\t%s\n' --no-access-log 'No line for each request'
            printf '%s\t%s\n' --open 'Show the page in a browser'
            printf '%s\t%s\n' -C 'Work as if started in DIR'
            printf '%s\t%s\n' --directory 'Work as if started in DIR'
            printf '%s\t%s\n' --models-file 'A catalogue instead of your own and the project\'s models.toml'
            printf '%s\t%s\n' --env-file 'Instead of .env.local and .env; repeatable, the last one wins'
            printf '%s\t%s\n' --json 'Print one JSON object'
            printf '%s\t%s\n' --no-color 'No colours'
            printf '%s\t%s\n' --trust 'Let this project\'s hosts have your keys'
            printf '%s\t%s\n' -v 'Say more on stderr'
            printf '%s\t%s\n' --verbose 'Say more on stderr'
            printf '%s\t%s\n' -h 'Show this message and exit'
            printf '%s\t%s\n' --help 'Show this message and exit'
        case completion
            printf '%s\t%s\n' --install 'Put it where the shell finds it'
            printf '%s\t%s\n' --all 'Write all shells\' scripts into a directory'
            printf '%s\t%s\n' -C 'Work as if started in DIR'
            printf '%s\t%s\n' --directory 'Work as if started in DIR'
            printf '%s\t%s\n' --models-file 'A catalogue instead of your own and the project\'s models.toml'
            printf '%s\t%s\n' --env-file 'Instead of .env.local and .env; repeatable, the last one wins'
            printf '%s\t%s\n' --json 'Print one JSON object'
            printf '%s\t%s\n' --no-color 'No colours'
            printf '%s\t%s\n' --trust 'Let this project\'s hosts have your keys'
            printf '%s\t%s\n' -v 'Say more on stderr'
            printf '%s\t%s\n' --verbose 'Say more on stderr'
            printf '%s\t%s\n' -h 'Show this message and exit'
            printf '%s\t%s\n' --help 'Show this message and exit'
    end
end

# Prints what an option of a command takes, and the choices that there are.
function __model_manager_kind
    switch $argv[1]:$argv[2]
        case :-C :--directory
            printf '%s\n' directory
        case :--models-file
            printf '%s\n' file
        case :--env-file
            printf '%s\n' file
        case list:--provider
            printf '%s\n' provider
        case list:--capability
            printf '%s\n' choice chat streaming function-calling structured-output reasoning vision audio pdf prompt-caching long-context fast-response
        case list:--task
            printf '%s\n' task
        case list:--min-context
            printf '%s\n' text
        case list:--max-price
            printf '%s\n' text
        case list:--search
            printf '%s\n' text
        case list:--sort
            printf '%s\n' choice catalogue id name provider price output context released
        case list:--on
            printf '%s\n' text
        case list:-C list:--directory
            printf '%s\n' directory
        case list:--models-file
            printf '%s\n' file
        case list:--env-file
            printf '%s\n' file
        case cost:--tokens
            printf '%s\n' text
        case cost:--input
            printf '%s\n' text
        case cost:--output
            printf '%s\n' text
        case cost:--cache-read
            printf '%s\n' text
        case cost:--cache-write
            printf '%s\n' text
        case cost:--file
            printf '%s\n' file
        case cost:--requests
            printf '%s\n' text
        case cost:--per
            printf '%s\n' choice day month
        case cost:--task
            printf '%s\n' task
        case cost:--reference
            printf '%s\n' model
        case cost:--on
            printf '%s\n' text
        case cost:-C cost:--directory
            printf '%s\n' directory
        case cost:--models-file
            printf '%s\n' file
        case cost:--env-file
            printf '%s\n' file
        case info:--on
            printf '%s\n' text
        case info:-C info:--directory
            printf '%s\n' directory
        case info:--models-file
            printf '%s\n' file
        case info:--env-file
            printf '%s\n' file
        case test:-m test:--model
            printf '%s\n' model
        case test:--task
            printf '%s\n' task
        case test:--system
            printf '%s\n' text
        case test:--max-tokens
            printf '%s\n' text
        case test:--temperature
            printf '%s\n' text
        case test:--timeout
            printf '%s\n' text
        case test:--retries
            printf '%s\n' text
        case test:--repeat
            printf '%s\n' text
        case test:--concurrency
            printf '%s\n' text
        case test:--max-cost
            printf '%s\n' text
        case test:-C test:--directory
            printf '%s\n' directory
        case test:--models-file
            printf '%s\n' file
        case test:--env-file
            printf '%s\n' file
        case assign:--default
            printf '%s\n' route
        case assign:-C assign:--directory
            printf '%s\n' directory
        case assign:--models-file
            printf '%s\n' file
        case assign:--env-file
            printf '%s\n' file
        case route:--user
            printf '%s\n' text
        case route:--preference
            printf '%s\n' text
        case route:-C route:--directory
            printf '%s\n' directory
        case route:--models-file
            printf '%s\n' file
        case route:--env-file
            printf '%s\n' file
        case serve:--host
            printf '%s\n' text
        case serve:--port
            printf '%s\n' text
        case serve:--allow-host
            printf '%s\n' text
        case serve:--max-cost
            printf '%s\n' text
        case serve:--limit
            printf '%s\n' text
        case serve:--root-path
            printf '%s\n' text
        case serve:-C serve:--directory
            printf '%s\n' directory
        case serve:--models-file
            printf '%s\n' file
        case serve:--env-file
            printf '%s\n' file
        case completion:--all
            printf '%s\n' directory
        case completion:-C completion:--directory
            printf '%s\n' directory
        case completion:--models-file
            printf '%s\n' file
        case completion:--env-file
            printf '%s\n' file
        case '*'
            printf '%s\n' flag
    end
end

# Prints the path of the command that is typed.
function __model_manager_program
    set -l program (string replace -r '^~/' "$HOME/" -- $argv[1])
    switch $program
        case '/*'
            printf '%s\n' $program
        case '*/*'
            printf '%s\n' $PWD/$program
        case '*'
            command -s $program
    end
end

# Sets lines to a word file's, once: those of the file itself if it is fresh, else those that the program prints.
function __model_manager_load --no-scope-shadowing
    test (count $lines) -gt 0 -o -z "$program"; and return
    set -l root $XDG_CACHE_HOME
    if not string match -q '/*' -- "$root"
        set root $HOME/.cache
        test -d $HOME/Library/Caches; and set root $HOME/Library/Caches
    end
    set root $root/model-manager
    set -l directory ''
    set -l file $root/words/common
    if test -n "$MODEL_MANAGER_MODELS_FILE" -o -e models.toml -o -L models.toml -o -e .env -o -L .env -o -e .env.local -o -L .env.local
        set directory $PWD
        set file $root/words/(string replace -a / % -- $PWD)
    end
    if test (count $query) -eq 0 -a -r "$file"
        read -l -z text <$file 2>/dev/null
        set lines (string split \n -- $text)[1..-2]
        __model_manager_is_fresh; and return
    end
    set lines ($program __words $program $query 2>/dev/null </dev/null)
    __model_manager_is_whole; or set lines nothing
end

function __model_manager_is_whole --no-scope-shadowing
    test (count $lines) -gt 9; and test "$lines[1]" = 'model-manager words 1' -a "$lines[-1]" = end; or return
    string match -q -r '^[0-9]+$' -- $lines[7]; and string match -q -r '^[1-9]$' -- $lines[8]; or return
    string match -q -r '^[0-9]+ [0-9]+ [0-9]+$' -- "$lines[$(math 9 + $lines[8])]"
end

# Whether the words that were read are for here and now, and no source of theirs has changed.
function __model_manager_is_fresh --no-scope-shadowing
    __model_manager_is_whole; or return 1
    test "$lines[2]" = "$directory" -a "$lines[3]" = "$MODEL_MANAGER_MODELS_FILE" -a "$lines[4]" = "$XDG_CONFIG_HOME" -a "$lines[5]" = "$HOME" -a "$lines[6]" = "$program"; or return 1
    # fish has no clock of its own, but it knows how old a file is.
    set -l now (math (path mtime -- $file) + (path mtime --relative -- $file))
    test $now -lt $lines[7]; or return 1
    for source in $lines[9..(math 8 + $lines[8])]
        set -l parts (string split -m 1 ' ' -- $source)
        if test $parts[1] = -
            test -e $parts[2] -o -L $parts[2]; and return 1
        else
            test "$(path mtime -- $parts[2])" = (string split . -- $parts[1])[1]; or return 1
        end
    end
    return 0
end

# Prints the words of a kind with their meanings, $prefix before and $suffix behind each word.
function __model_manager_offer --no-scope-shadowing
    __model_manager_load
    test (count $lines) -gt 9; or return
    set -l first (math 10 + $lines[8])
    set -l counts (string split ' ' -- $lines[(math $first - 1)])
    set -l count $counts[1]
    switch $argv[1]
        case task
            set first (math $first + $counts[1])
            set count $counts[2]
        case provider
            set first (math $first + $counts[1] + $counts[2])
            set count $counts[3]
    end
    test $count -gt 0; or return
    set -l found $lines[$first..(math $first + $count - 1)]
    test -n "$suffix"; and set found (string replace \t $suffix\t -- $found)
    printf '%s\n' $prefix$found
end

# Prints the names that may stand at the end of a route.
function __model_manager_offer_route --no-scope-shadowing
    set -l name (string match -r '[^,+]*$' -- $piece)
    set -l head (string sub -l (math (string length -- "$piece") - (string length -- "$name")) -- "$piece")
    set -l share (string match -r '^[0-9]+:' -- "$name")
    set prefix "$prefix$head$share"
    __model_manager_offer model
end

function __model_manager_offer_assignment --no-scope-shadowing
    if string match -q '*=*' -- $piece
        set prefix (string match -r '^[^=]*=' -- $piece)
        set piece (string replace -r '^[^=]*=' '' -- $piece)
        __model_manager_offer_route
    else if contains -- --unset $seen; or test (count $arguments) -eq 0
        __model_manager_offer task
    else if string match -q '*=*' -- $arguments[1]
        set suffix =
        __model_manager_offer task
    else if test (count $arguments) -eq 1
        __model_manager_offer_route
    end
end

# Prints what an option takes.
function __model_manager_offer_value --no-scope-shadowing
    switch $kind[1]
        case choice
            printf '%s\n' $prefix$kind[2..]
        case model task provider
            __model_manager_offer $kind[1]
        case route
            __model_manager_offer_route
        case directory
            __fish_complete_directories $piece ''
    end
end

function __model_manager_offer_argument --no-scope-shadowing
    set -l words none
    switch "$command"
        case list
            set words none
        case cost
            set words models
        case info
            set words model-or-task
        case test
            set words model-and-prompt
        case assign
            set words assignments
        case route
            set words task-and-prompt
        case serve
            set words none
        case completion
            set words shell
    end
    switch $words
        case models
            __model_manager_offer model
        case model-or-task
            if test (count $arguments) -eq 0
                __model_manager_offer model
                __model_manager_offer task
            end
        case task-and-prompt
            test (count $arguments) -eq 0; and __model_manager_offer task
        case model-and-prompt
            if test (count $arguments) -eq 0; and not string match -q -r '^(-m|--model|--task|--assigned|--all)$' -- $seen
                __model_manager_offer model
            end
        case assignments
            __model_manager_offer_assignment
        case shell
            test (count $arguments) -eq 0; and printf '%s\n' bash zsh fish powershell
    end
end

function __model_manager_note --no-scope-shadowing
    set -l value (string replace -r '^~/' "$HOME/" -- $argv[2])
    switch $argv[1]
        case -C --directory
            set -a query -C $value
        case --models-file --env-file
            set -a query $argv[1] $value
    end
end

# Reads the words before the current one: sets command, arguments, seen options, expecting (an option whose value comes
# next), ended (by --) and query (options that say which directory and files count).
function __model_manager_parse --no-scope-shadowing
    for word in $typed[2..]
        if test -n "$expecting"
            __model_manager_note $expecting $word
            set expecting
        else if test -n "$ended"; or not string match -q -r '^-.' -- $word
            if test -n "$command"
                set -a arguments $word
            else
                set command $word
            end
        else if test "$word" = --
            set ended yes
        else if string match -q -r '^--.*=' -- $word
            set -l name (string split -m 1 = -- $word)
            set -a seen $name[1]
            __model_manager_note $name[1] "$name[2]"
        else if string match -q -r '^-C.' -- $word
            set -a seen -C
            __model_manager_note -C (string sub -s 3 -- $word)
        else
            set -a seen $word
            test (__model_manager_kind "$command" $word)[1] = flag; or set expecting $word
        end
    end
end

# Whether a file's name is to be typed: fish then offers the files that there are.
function __model_manager_wants_file
    set -l typed (commandline -opc)
    set -l command
    set -l arguments
    set -l seen
    set -l expecting
    set -l ended
    set -l query
    __model_manager_parse
    set -l piece (commandline -ct)
    if test -z "$expecting"; and string match -q -r '^--.*=' -- $piece
        set expecting (string split -m 1 = -- $piece)[1]
    end
    test -n "$expecting"; and test (__model_manager_kind "$command" $expecting)[1] = file
end

# Prints what may stand where the cursor is.
function __model_manager_complete
    set -l typed (commandline -opc)
    set -l piece (commandline -ct)
    set -l command
    set -l arguments
    set -l seen
    set -l expecting
    set -l ended
    set -l query
    set -l prefix ''
    set -l suffix ''
    set -l kind
    set -l lines
    set -l program (__model_manager_program $typed[1])
    __model_manager_parse
    if test -n "$expecting"
        set kind (__model_manager_kind "$command" $expecting)
        __model_manager_offer_value
    else if test -z "$ended"; and string match -q -r '^--.*=' -- $piece
        set -l name (string split -m 1 = -- $piece)
        set kind (__model_manager_kind "$command" $name[1])
        set prefix $name[1]=
        set piece $name[2]
        __model_manager_offer_value
    else if test -z "$ended"; and string match -q -- '-*' $piece
        for line in (__model_manager_options "$command")
            set -l name (string split -m 1 \t -- $line)[1]
            if contains -- $name --allow-host --capability --env-file --model --provider --verbose -m -v; or not contains -- $name $seen
                printf '%s\n' $line
            end
        end
    else if test -z "$command"
            printf '%s\t%s\n' list 'The models, each task\'s model and where it comes from, and what is wrong'
            printf '%s\t%s\n' cost 'What a workload costs on each model, the cheapest first'
            printf '%s\t%s\n' info 'Everything about one model; or which model a task has, why, and what that hides'
            printf '%s\t%s\n' test 'Call models and see what comes back: the answer, tokens, cost, latency, time to first token'
            printf '%s\t%s\n' assign 'Give tasks their models: one line of .env.local if there is one, else of .env'
            printf '%s\t%s\n' route 'Which model a call would go to, and why; nothing is called'
            printf '%s\t%s\n' serve 'The management API and the admin page, until Ctrl-C'
            printf '%s\t%s\n' completion 'Complete commands, options, models and tasks by TAB: print a shell\'s script, or install it'
    else
        __model_manager_offer_argument
    end
end

complete -c model-manager -e
complete -c model-manager -f
complete -c model-manager -k -a '(__model_manager_complete)'
complete -c model-manager -n __model_manager_wants_file -F
