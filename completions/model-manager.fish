# fish completion for model-manager.
# model-manager completion script, stamp 77f9b763
# Made by: model-manager completion fish
#
# Commands, options and choices stand here; models, tasks and providers are what the program says of the current
# directory. What it prints is data: nothing of it is evaluated.

# Prints the options of a command with their meanings, '' being what stands before one.
function __model_manager_options
    switch $argv[1]
        case ''
            printf '%s\t%s\n' \
                -V 'Show the version and exit' \
                --version 'Show the version and exit' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case list
            printf '%s\t%s\n' \
                --provider 'Only models of this provider, by any name; repeatable' \
                --capability 'Only models known to have it; repeatable' \
                --task 'Only models that meet this task\'s requirements' \
                --min-context 'Minimum context window' \
                --max-price 'Maximum price per million input tokens' \
                --recommended 'Only recommended models' \
                --ready 'Only models whose key is set or not needed' \
                --search 'Match all words in id, name or purpose' \
                --all 'Include older and retired models' \
                --sort 'By catalogue, id, name, provider, price, output, context or released; provider,price orders by price within a provider' \
                --columns 'Columns of the table: id,input,context_window and so on' \
                --csv 'Print comma-separated values with all columns' \
                --markdown 'Print a Markdown table' \
                --ids 'Print only ids, one per line' \
                --scenarios 'Show which model suits which kind of work' \
                --on 'Evaluate as of this date or RFC 3339 time' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case cost
            printf '%s\t%s\n' \
                --tokens 'Total tokens, a quarter of them output. Default: 100k' \
                --input 'Input tokens: the whole prompt, cached parts included' \
                --output 'Output tokens' \
                --cache-read 'Input tokens read from the cache' \
                --cache-write 'Input tokens written to the cache' \
                --cache-write-1h 'Those of --cache-write that are kept for an hour' \
                --cache-write-12h 'Those of --cache-write that are kept for 12 hours' \
                --file 'Estimate input tokens from a text; - is stdin' \
                --requests 'Number of requests' \
                --per 'Period of --requests' \
                --task 'Use the workload of this task\'s profile' \
                --assigned 'Price every task on its model, with a total' \
                --reference 'Model to compare with' \
                --all 'Include older and retired models' \
                --on 'Evaluate as of this date or RFC 3339 time' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case info
            printf '%s\t%s\n' \
                --on 'Evaluate as of this date or RFC 3339 time' \
                --history 'Show who changed a task\'s assignment when' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case test
            printf '%s\t%s\n' \
                -m 'Model or route to call; repeatable' \
                --model 'Model or route to call; repeatable' \
                --task 'Call a task along its route, fallbacks included' \
                --assigned 'Call every task along its route' \
                --all 'Call every current model whose key is set' \
                --system 'System prompt' \
                --no-stream 'Disable streaming' \
                --max-tokens 'Maximum output, reasoning included. Default: 4096' \
                --temperature 'Sampling temperature, if the model accepts one' \
                --reasoning 'How hard to think: none, minimal, low, medium, high, …, or tokens' \
                --option 'Any option of the library\'s calls, e.g. top_p=0.5; repeatable' \
                --file 'Send a picture, PDF or sound before the prompt; repeatable' \
                --timeout 'Give up after S seconds without data. Default: 120' \
                --retries 'Retry up to N times. Default: 2' \
                --repeat 'Repeat each call N times; show minimum, median and p95' \
                --concurrency 'Calls in parallel. Default: all; 1 with --repeat' \
                --max-cost 'Skip calls that could exceed this total' \
                --each 'Call every option of the routes by itself' \
                --probe 'Probe each model\'s capabilities with six calls' \
                --curl 'Print curl commands instead of calling' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case assign
            printf '%s\t%s\n' \
                --new 'Add the task to models.toml, too' \
                --default 'Route for tasks without one of their own' \
                --unset 'Remove the tasks\' own assignments' \
                --undo 'Undo the last change, with the tasks of --new' \
                --dry-run 'Show the diff without writing' \
                --test 'Call the models first; write only if all answer' \
                --keep-alias 'Write aliases such as haiku, not the ids they stand for' \
                --force 'Write even what would be refused' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case init
            printf '%s\t%s\n' \
                -y 'Write the proposed tasks without asking' \
                --yes 'Write the proposed tasks without asking' \
                --dry-run 'Show the diff without writing' \
                --undo 'Undo what init has written' \
                --on 'Evaluate as of this date or RFC 3339 time' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case check
            printf '%s\t%s\n' \
                --days 'Warn of retirements and price rises within N days (default 30)' \
                --on 'Evaluate as of this date or RFC 3339 time' \
                --strict 'Exit 1 on warnings too' \
                --live 'Compare with the providers\' own lists of models; costs no tokens' \
                --code 'Find model ids in the source code of DIR; repeatable' \
                --ignore 'Leave out a rule, or a family such as MM5; repeatable' \
                --format 'text, json, github, gitlab, junit or sarif' \
                --output 'Also write a report to a file; repeatable' \
                --rules 'List the rules' \
                --explain 'Explain a rule, with examples' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case route
            printf '%s\t%s\n' \
                --user 'User who makes the call' \
                --preference 'Named route of the task' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case usage
            printf '%s\t%s\n' \
                --by 'Rows by task, model, provider, day, hour, arm, error or project; repeatable. Default: task' \
                --since 'A day, an RFC 3339 time, or 7d. Default: this month' \
                --until 'The end of the report, exclusive' \
                --timezone 'Time zone of the days. Default: the system\'s' \
                --task 'Only calls of this task' \
                --project 'Only calls of this project' \
                --what-if 'Price the same calls on another route; repeatable. Without one: rank every model' \
                --arms 'Compare the arms of this task\'s split, and say which wins' \
                --metric 'The metric of --arms: cost, latency, failures, or a score\'s name' \
                --calls 'List the latest N calls' \
                --csv 'Comma-separated rows' \
                --line 'One line, for a status bar' \
                --watch 'Refresh whenever calls are recorded' \
                --fail-over 'Exit 1 if the total of this report exceeds USD, for cron' \
                --ledger 'Add the ledger of another host; repeatable' \
                --reprice 'Price the calls whose cost was unknown, then report' \
                --prune 'Remove calls older than 90 days and totals older than 3 years' \
                --backup 'Copy the ledger to a new file' \
                --path 'Print the path of the ledger' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case serve
            printf '%s\t%s\n' \
                --host 'Address to listen on' \
                --port 'Port to listen on; 0 picks a free one' \
                --allow-host 'Additional allowed Host header; repeatable' \
                --read-only 'Refuse to change assignments' \
                --max-cost 'Maximum cost of live tests per hour. [default: 5]' \
                --limit 'Maximum open connections. [default: 1000]' \
                --root-path 'Path prefix, if a proxy adds one' \
                --no-access-log 'Disable the access log' \
                --open 'Open the page in a browser' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case export
            printf '%s\t%s\n' \
                --dialect 'For shell: posix (default), fish, powershell, dotenv' \
                -o 'Write to FILE instead of stdout' \
                --output 'Write to FILE instead of stdout' \
                --force 'Replace FILE if it exists' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case update
            printf '%s\t%s\n' \
                --source 'Mirror of a source; repeatable' \
                --offline 'Read a source from a file, fetch nothing; repeatable' \
                --only 'Compare only this model; repeatable' \
                --accept 'Also write its held or uncertain changes; a model or a source' \
                -y 'Write without asking' \
                --yes 'Write without asking' \
                --check 'Write nothing; exit 1 on differences' \
                --undo 'Undo the last update' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case trust
            printf '%s\t%s\n' \
                -y 'Trust without asking' \
                --yes 'Trust without asking' \
                --list 'List everything that is trusted' \
                --revoke 'Stop trusting this project, or PROVIDER' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case completion
            printf '%s\t%s\n' \
                --install 'Install the script where the shell finds it' \
                --all 'Write all scripts, and the man page, into DIR' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
        case help
            printf '%s\t%s\n' \
                -C 'Run as if started in DIR' \
                --directory 'Run as if started in DIR' \
                --models-file 'Catalogue to use instead of any models.toml' \
                --env-file 'Replace .env.local and .env; repeatable, last wins' \
                --json 'Print one JSON object' \
                --no-color 'Disable colours' \
                --trust 'Allow sending API keys to hosts this project names' \
                -v 'Log more to stderr; repeatable' \
                --verbose 'Log more to stderr; repeatable' \
                -h 'Show this message and exit' \
                --help 'Show this message and exit'
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
        case list:--columns
            printf '%s\n' text
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
        case cost:--cache-write-1h
            printf '%s\n' text
        case cost:--cache-write-12h
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
        case test:--reasoning
            printf '%s\n' text
        case test:--option
            printf '%s\n' text
        case test:--file
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
        case init:--on
            printf '%s\n' text
        case init:-C init:--directory
            printf '%s\n' directory
        case init:--models-file
            printf '%s\n' file
        case init:--env-file
            printf '%s\n' file
        case check:--days
            printf '%s\n' text
        case check:--on
            printf '%s\n' text
        case check:--code
            printf '%s\n' directory
        case check:--ignore
            printf '%s\n' choice MM101 MM102 MM103 MM104 MM105 MM201 MM202 MM203 MM204 MM205 MM206 MM207 MM208 MM209 MM301 MM302 MM303 MM304 MM305 MM311 MM312 MM313 MM314 MM315 MM401 MM402 MM403 MM404 MM501 MM502 MM503 MM504 MM505 MM601 MM602 MM603 MM604 MM701 MM702 MM703 MM704 MM705 MM706
        case check:--format
            printf '%s\n' choice text json github gitlab junit sarif
        case check:--output
            printf '%s\n' text
        case check:--explain
            printf '%s\n' choice MM101 MM102 MM103 MM104 MM105 MM201 MM202 MM203 MM204 MM205 MM206 MM207 MM208 MM209 MM301 MM302 MM303 MM304 MM305 MM311 MM312 MM313 MM314 MM315 MM401 MM402 MM403 MM404 MM501 MM502 MM503 MM504 MM505 MM601 MM602 MM603 MM604 MM701 MM702 MM703 MM704 MM705 MM706
        case check:-C check:--directory
            printf '%s\n' directory
        case check:--models-file
            printf '%s\n' file
        case check:--env-file
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
        case usage:--by
            printf '%s\n' choice task model provider day hour arm error project
        case usage:--since
            printf '%s\n' text
        case usage:--until
            printf '%s\n' text
        case usage:--timezone
            printf '%s\n' text
        case usage:--task
            printf '%s\n' task
        case usage:--project
            printf '%s\n' text
        case usage:--what-if
            printf '%s\n' route
        case usage:--arms
            printf '%s\n' task
        case usage:--metric
            printf '%s\n' choice cost latency failures
        case usage:--calls
            printf '%s\n' text
        case usage:--fail-over
            printf '%s\n' text
        case usage:--ledger
            printf '%s\n' file
        case usage:--backup
            printf '%s\n' file
        case usage:-C usage:--directory
            printf '%s\n' directory
        case usage:--models-file
            printf '%s\n' file
        case usage:--env-file
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
        case export:--dialect
            printf '%s\n' choice posix fish powershell dotenv
        case export:-o export:--output
            printf '%s\n' file
        case export:-C export:--directory
            printf '%s\n' directory
        case export:--models-file
            printf '%s\n' file
        case export:--env-file
            printf '%s\n' file
        case update:--source
            printf '%s\n' text
        case update:--offline
            printf '%s\n' file
        case update:--only
            printf '%s\n' model
        case update:--accept
            printf '%s\n' model
        case update:-C update:--directory
            printf '%s\n' directory
        case update:--models-file
            printf '%s\n' file
        case update:--env-file
            printf '%s\n' file
        case trust:-C trust:--directory
            printf '%s\n' directory
        case trust:--models-file
            printf '%s\n' file
        case trust:--env-file
            printf '%s\n' file
        case completion:--all
            printf '%s\n' directory
        case completion:-C completion:--directory
            printf '%s\n' directory
        case completion:--models-file
            printf '%s\n' file
        case completion:--env-file
            printf '%s\n' file
        case help:-C help:--directory
            printf '%s\n' directory
        case help:--models-file
            printf '%s\n' file
        case help:--env-file
            printf '%s\n' file
        case '*'
            printf '%s\n' flag
    end
end

# Prints the program's lines: each a word, a tab and its meaning, of a kind and beginning with the second argument.
function __model_manager_ask --no-scope-shadowing
    set -l program (string replace -r '^~/' "$HOME/" -- $typed[1])
    string match -q '*/*' -- $program; or command -sq -- $program; or return
    command $program __words $argv[1]:$argv[2] $query 2>/dev/null </dev/null
end

# Prints the words of a kind (model, task, provider, any) with their meanings, $prefix before and $suffix behind each
# word. Where none begins with what is typed, fish gets all, to match them in its own ways.
function __model_manager_offer --no-scope-shadowing
    set -l found (__model_manager_ask $argv[1] "$piece")
    test (count $found) -gt 0; or set found (__model_manager_ask $argv[1] '')
    test -n "$suffix"; and set found (string replace \t $suffix\t -- $found)
    printf '%s\n' $prefix$found
end

# Prints the names that may stand at the end of a route.
function __model_manager_offer_route --no-scope-shadowing
    set -l name (string match -r '[^,+]*$' -- $piece)
    set -l head (string sub -l (math (string length -- "$piece") - (string length -- "$name")) -- "$piece")
    set -l share (string match -r '^[0-9]+:' -- "$name")
    set prefix "$prefix$head$share"
    set piece (string sub -s (math 1 + (string length -- "$share")) -- "$name")
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
        case init
            set words none
        case check
            set words none
        case route
            set words task-and-prompt
        case usage
            set words none
        case serve
            set words none
        case export
            set words format
        case update
            set words none
        case trust
            set words none
        case completion
            set words shell
        case help
            set words command
    end
    switch $words
        case models
            __model_manager_offer model
        case model-or-task
            test (count $arguments) -eq 0; and __model_manager_offer any
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
        case format
            test (count $arguments) -eq 0; and printf '%s\n' litellm shell
        case command
            test (count $arguments) -eq 0; and printf '%s\n' list cost info test assign init check route usage serve export update trust completion help
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
        set -l options (__model_manager_options "$command")
        for name in $seen
            contains -- $name --accept --allow-host --by --capability --code --env-file --file --ignore --ledger --model --offline --only --option --output --provider --source --verbose --what-if -m -v; or set options (string match -v -r -- '^'(string escape --style=regex -- $name)\t $options)
        end
        printf '%s\n' $options
    else if test -z "$command"
            printf '%s\t%s\n' \
                list 'List models and task assignments' \
                cost 'Compare what a workload costs on each model' \
                info 'Show everything about a model, or how a task gets its model' \
                test 'Call models and show answer, tokens, cost and latency' \
                assign 'Assign models to tasks in .env.local or .env' \
                init 'Propose tasks for an application that names models' \
                check 'Check tasks, models, keys and budgets without spending tokens' \
                route 'Show which model a call would go to, and why' \
                usage 'Report recorded calls: costs, tokens, failures, latencies' \
                serve 'Serve the management API and the admin page' \
                export 'Print tasks and routes for a LiteLLM proxy or a shell' \
                update 'Refresh prices and limits from public tables' \
                trust 'Allow this project to send API keys to its own URLs' \
                completion 'Print or install shell completion' \
                help 'Show the help of a command, or of all'
    else
        __model_manager_offer_argument
    end
end

complete -c model-manager -e
complete -c model-manager -f
complete -c model-manager -k -a '(__model_manager_complete)'
complete -c model-manager -n __model_manager_wants_file -F
